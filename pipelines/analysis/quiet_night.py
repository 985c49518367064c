"""Whether a night has anything to take in, to compare or to remove: if not, little is done.

Nothing is quiet that could matter: a file or a setting that changed, another version of the
program, a last refresh that didn't publish, a cut that is due or asked for, an age that moved, rows
that waited for this day.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from pipelines.analysis.study_setting import end_of_counts, end_of_data
from pipelines.config.settings import Settings
from pipelines.core.versions import code_version
from pipelines.core.warehouse import Connection, read_table, tables_with_columns, write
from pipelines.disclosure.cut_record import cause_tonight
from pipelines.ingest.load import set_aside

LANDED = "ledger.landed"
"""The state of `landing/` and the settings when the current publication was begun: one row."""
_NEEDED = {LANDED, "meta.refresh", "quality.retention", "release.comparison", "marts.agent"}


def note_landed(con: Connection, fingerprint: str) -> None:
    """Note what the publication was made from; call it with the publication's own row."""
    row = {"fingerprint": [fingerprint], "code_version": [code_version()]}
    write(con, LANDED, pl.DataFrame(row))


def forget_landed(con: Connection) -> None:
    """Let the next night take everything in anew, whatever `landing/` looks like."""
    con.execute(f"drop table if exists {LANDED}")


def is_quiet(con: Connection, settings: Settings, fingerprint: str, today: dt.date) -> bool:
    """Whether tonight only freshness and counts can have moved.

    ``fingerprint`` is that of `landing/` and the settings now. The connection may be read-only.
    """
    if not set(tables_with_columns(con)) >= _NEEDED:
        return False
    landed = read_table(con, LANDED).select("fingerprint", "code_version").row(0)
    if landed != (fingerprint, code_version()) or _last_status(con) != "published":
        return False
    until = end_of_counts(con, settings, today)
    if (
        until is None
        or set_aside.is_due(con, today)
        or cause_tonight(con, settings, until, today) is not None
    ):
        return False
    kept_from = read_table(con, "quality.retention")["kept_from"].max()
    end = end_of_data(con, settings, today) or until
    return bool(kept_from == settings.retention.kept_from(end))


def _last_status(con: Connection) -> str | None:
    refreshes = read_table(con, "meta.refresh").sort("refresh_id")
    return refreshes["status"].item(-1) if refreshes.height else None
