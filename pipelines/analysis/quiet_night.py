"""Whether a night has anything to take in, to compare or to remove: if not, little is done.

Nothing is quiet that could matter: a file or a setting that changed, another version of the
program, a last refresh that didn't publish, a cut that is due or asked for, an age that moved, rows
that waited for this day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl

from pipelines.analysis.study_setting import end_of_counts, end_of_data
from pipelines.config.settings import Settings
from pipelines.core.table_changes import drop_table
from pipelines.core.versions import code_version
from pipelines.core.warehouse import Connection, read_table, tables_with_columns, write
from pipelines.disclosure.cut_record import cause_tonight
from pipelines.ingest.load import set_aside

LANDED = "ledger.landed"
"""The state of `landing/` and the settings when the current publication was begun: a row for each
folder of `landing/`, and one for the settings."""
_LANDED_SCHEMA = {"folder": pl.String, "fingerprint": pl.String, "code_version": pl.String}
_NEEDED = {LANDED, "meta.refresh", "quality.retention", "release.comparison", "marts.agent"}


def note_landed(con: Connection, folders: Mapping[str, str]) -> None:
    """Note what the publication was made from; call it with the publication's own row.

    ``folders`` are the fingerprints of `landing/`'s folders and of the settings.
    """
    rows = [(name, fingerprint, code_version()) for name, fingerprint in folders.items()]
    write(con, LANDED, pl.DataFrame(rows, schema=_LANDED_SCHEMA, orient="row"))


def forget_landed(con: Connection) -> None:
    """Let the next night take everything in anew, whatever `landing/` looks like."""
    drop_table(con, LANDED)


def folders_with_news(
    con: Connection, folders: Mapping[str, str], today: dt.date
) -> frozenset[str] | None:
    """Say in which folders of `landing/` something changed since the last publication.

    The settings are among them by the name of their file. None where something else may have
    changed what counts. The connection may be read-only.
    """
    tables = tables_with_columns(con)
    if not set(tables) >= _NEEDED or set(tables[LANDED]) != set(_LANDED_SCHEMA):
        return None
    landed = read_table(con, LANDED)
    if set(landed["code_version"]) != {code_version()} or _last_status(con) != "published":
        return None
    if set_aside.is_due(con, today):
        return None
    before = dict(landed.select("folder", "fingerprint").iter_rows())
    changed = {*before.items()} ^ {*folders.items()}
    return frozenset(name for name, _ in changed)


def is_quiet(con: Connection, settings: Settings, today: dt.date) -> bool:
    """Whether tonight only freshness and counts can move, nothing having come in.

    The connection may be read-only.
    """
    until = end_of_counts(con, settings, today)
    if until is None or cause_tonight(con, settings, until, today) is not None:
        return False
    kept_from = read_table(con, "quality.retention")["kept_from"].max()
    end = end_of_data(con, settings, today) or until
    return bool(kept_from == settings.retention.kept_from(end))


def comparisons_stand(con: Connection, settings: Settings, today: dt.date) -> bool:
    """Whether tonight is no night for a cut, to whatever day up to this one the data then go.

    It holds only while the required sources stay as they are.
    """
    return settings.privacy.cut != "none" and cause_tonight(con, settings, today, today) is None


def _last_status(con: Connection) -> str | None:
    refreshes = read_table(con, "meta.refresh").sort("refresh_id")
    return refreshes["status"].item(-1) if refreshes.height else None
