"""`meta.refresh`: every refresh, when it ran, what it was made from and what became of it.

Each refresh is a row from its start, with its number; a row ends as published, refused or failed.
Only runs of the nightly job are refreshes: a table that somebody makes by itself is none.

It is published, so its data versions are keyed. The key lies in the warehouse, like the log whose
rows it makes comparable: it goes and comes back with it, and a new key for the pseudonyms leaves
it alone.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

import polars as pl

from pipelines.config.settings import Settings
from pipelines.core.errors import PipelineError
from pipelines.core.queries import statement
from pipelines.core.versions import KEYED_DIGITS, code_version, data_version, keyed_data_version
from pipelines.core.warehouse import (
    Connection,
    append,
    fetch,
    fetch_query,
    fetch_value,
    has_table,
    read_table,
)

RUNNING, PUBLISHED, REFUSED, FAILED = "running", "published", "refused", "failed"
ROLLED_BACK = "rolled_back"
KEY_BYTES = 32
MOST_SET_BACK = dt.timedelta(days=2)
"""So far a clock may stand before the last refresh: a time zone, or a mended slip of a day."""
A_SECOND = dt.timedelta(seconds=1)
"""The log counts in seconds."""


class ClockSetBackError(PipelineError):
    """The clock stands before what has happened already."""


@dataclass(frozen=True)
class Killed:
    """A refresh that was ended from outside: its number, its run and when it had begun (UTC)."""

    refresh_id: int
    run: str | None
    started_at: dt.datetime


@dataclass(frozen=True)
class Publication:
    """What a refresh published: to which days, number of estimates, how many moved.

    ``cut_cause`` says why comparisons were made anew, None where those of the last cut stand.
    """

    data_until: dt.date
    comparison_until: dt.date
    cut_cause: str | None
    n_estimates: int
    n_estimates_changed: int | None
    """None at the first publication, which has nothing to be compared with."""


def begin(con: Connection, settings: Settings, started_at: dt.datetime, run: str) -> int:
    """Give a refresh its number and note that it runs; returns the number.

    ``run`` names the run of the nightly job. A run that goes on with one that was broken off has
    the number of that one: a refresh has one number, whatever it takes to get it done.
    """
    open_log(con)
    known = _number_of_run(con, run)
    number = next_id(con) if known is None else known
    if known is None:
        con.execute(statement("refresh/note_run"), {"refresh_id": number, "run": run})
    _put(con, refresh_row(con, number, started_at, RUNNING, settings))
    return number


def check_clock(con: Connection, now: dt.datetime) -> None:
    """Raises `ClockSetBackError` where the last refresh began well after this one, by the clock.

    Which rows lie ahead, how late a source is and when a cut is due all go by the day.
    """
    open_log(con)
    last = fetch(con, statement("refresh/last"))
    if not last.height:
        return
    number, began = last.row(0)
    if began - _naive_utc(now) > MOST_SET_BACK:
        raise ClockSetBackError(
            f"by this machine's clock it is {now.astimezone(dt.UTC):%d %b %Y %H:%M} UTC, but "
            f"refresh {number} began at {began:%d %b %Y %H:%M} UTC. Mend the clock and refresh "
            "again; if it is right now and was ahead then, `make rebuild` goes on, which makes "
            "everything anew from private/raw by the clock as it is. Nothing was changed"
        )


def next_id(con: Connection) -> int:
    """A number that no refresh has had."""
    open_log(con)
    return int(fetch_value(con, statement("refresh/next_number")))


def knows_run(con: Connection, run: str) -> bool:
    """Whether a run of the nightly job has been begun here."""
    open_log(con)
    return _number_of_run(con, run) is not None


def _number_of_run(con: Connection, run: str) -> int | None:
    known = con.execute(statement("refresh/number_of_run"), {"run": run}).fetchall()
    return int(known[0][0]) if known else None


def end(con: Connection, number: int, status: str, published: pl.DataFrame | None) -> str:
    """Note how a refresh ended; returns its status.

    What stands published counts, whatever went wrong behind the swap: ``published`` is
    `meta.refresh` of the analysts' file that stands, None without one.
    """
    settle(con, published, running=number)
    ended = {"status": status, "finished_at": _naive_utc(dt.datetime.now(dt.UTC))}
    con.execute(statement("refresh/end"), {"refresh_id": number, **ended})
    row = fetch(con, statement("refresh/status"), {"refresh_id": number})
    return str(row["status"].item()) if row.height else status


def settle(
    con: Connection, published: pl.DataFrame | None, *, running: int | None = None
) -> list[Killed]:
    """Bring the log into line with what stands published, and end what a kill left running.

    The file that stands decides: refreshes that it has as published are, and later ones that were
    published stand no longer. ``running`` is the refresh that goes on. Returns what was killed.
    """
    open_log(con)
    if published is not None:
        standing = published.filter(pl.col("status").is_in([PUBLISHED, ROLLED_BACK]))
        known = dict(read_table(con, "meta.refresh").select("refresh_id", "status").iter_rows())
        for row in standing.iter_slices(1):
            if known.get(row["refresh_id"].item()) != row["status"].item():
                _put(con, row)
        if standing.height:
            newest = {"standing": standing["refresh_id"].max()}
            con.execute(statement("refresh/roll_back"), newest)
    killed = fetch_query(con, "alerts/left_running", {"running": running})
    con.execute(statement("refresh/fail_others"), {"running": running})
    _key_earlier_versions(con)
    return [Killed(**row) for row in killed.iter_rows(named=True)]


def rolled_back(con: Connection) -> frozenset[int]:
    """The refreshes whose publications were rolled back."""
    if not has_table(con, "meta.refresh"):
        return frozenset()
    return frozenset(fetch(con, statement("refresh/rolled_back"))["refresh_id"])


def refresh_row(
    con: Connection,
    number: int,
    started_at: dt.datetime,
    status: str,
    settings: Settings,
    publication: Publication | None = None,
) -> pl.DataFrame:
    """The row of `meta.refresh` for a refresh that runs, or ends now."""
    open_log(con)
    now = dt.datetime.now(dt.UTC)
    ended = None if status == RUNNING else _naive_utc(after_publication(con, now) + A_SECOND)
    return pl.DataFrame(
        {
            "refresh_id": [number],
            "started_at": [_naive_utc(started_at)],
            "finished_at": [ended],
            "status": [status],
            "code_version": [code_version()],
            "data_version": [current_data_version(con, settings)],
            "data_until": [publication.data_until if publication else None],
            "n_estimates": [publication.n_estimates if publication else None],
            "n_estimates_changed": [publication.n_estimates_changed if publication else None],
            "comparison_until": [publication.comparison_until if publication else None],
            "cut_cause": [publication.cut_cause if publication else None],
        },
        schema_overrides={
            "refresh_id": pl.Int32,
            "finished_at": pl.Datetime("us"),
            "data_until": pl.Date,
            "n_estimates": pl.Int32,
            "n_estimates_changed": pl.Int32,
            "comparison_until": pl.Date,
            "cut_cause": pl.String,
        },
    )


def confirm(con: Connection, row: pl.DataFrame) -> None:
    """Note a publication that stands, in place of the row that said it was running."""
    _put(con, row)


def _put(con: Connection, row: pl.DataFrame) -> None:
    """Write a row of the log, in place of the one with its number."""
    con.execute(statement("refresh/forget"), {"refresh_id": row["refresh_id"].item()})
    append(con, "meta.refresh", row)


def refused_since(con: Connection) -> dt.datetime | None:
    """The end of the last publication if a refresh was refused after it; None if none was."""
    open_log(con)
    last = last_published(con)
    after = int(last["refresh_id"].item()) if last.height else 0
    if not fetch_value(con, statement("refresh/n_refused_since"), {"after": after}):
        return None
    return published_at(con)


def published_at(con: Connection) -> dt.datetime:
    """The end of the last publication that stands; long ago before the first."""
    last = last_published(con)
    if not last.height:
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    moment: dt.datetime = last["finished_at"].item()
    return moment.replace(tzinfo=dt.UTC)


def published_before(con: Connection) -> dt.datetime:
    """The end of the publication before the last one; long ago where there is none."""
    moment: dt.datetime | None = fetch_value(con, statement("refresh/published_before"))
    return (moment or dt.datetime(1970, 1, 1)).replace(tzinfo=dt.UTC)


def after_publication(con: Connection, moment: dt.datetime) -> dt.datetime:
    """A moment, or where a clock that was set back has it before the last publication, one after.

    What came since a publication is told by these moments, so they never go back.
    """
    return max(moment, published_at(con) + A_SECOND)


def current_data_version(con: Connection, settings: Settings) -> str:
    """Return a keyed fingerprint of what is loaded: the same for the same files and settings."""
    return keyed_data_version(_version_key(con), _private_data_version(con, settings))


def open_log(con: Connection) -> None:
    """Make the log, where it isn't there yet."""
    con.execute(statement("refresh/tables"))
    _key_earlier_versions(con)


def _version_key(con: Connection) -> bytes:
    """The key of the data versions, made on first use."""
    con.execute(statement("refresh/version_key"))
    keys = con.execute(statement("refresh/key")).fetchall()
    key = keys[0][0] if keys else secrets.token_hex(KEY_BYTES)
    if not keys:
        con.execute(statement("refresh/note_key"), {"key": key})
    return bytes.fromhex(key)


def _key_earlier_versions(con: Connection) -> None:
    """Key the versions in rows that were written before there was a key; they compare as before."""
    asked = {"n_digits": KEYED_DIGITS}
    for (bare,) in con.execute(statement("refresh/bare_versions"), asked).fetchall():
        keyed = keyed_data_version(_version_key(con), bare)
        con.execute(statement("refresh/key_version"), {"keyed": keyed, "bare": bare})


def _private_data_version(con: Connection, settings: Settings) -> str:
    if not has_table(con, "ledger.file"):
        return data_version((), settings.model_dump_json())
    files = fetch(con, statement("refresh/loaded"))
    loaded = ((source, sha256) for source, sha256 in files.iter_rows())
    return data_version(loaded, settings.model_dump_json())


def data_changes(con: Connection, settings: Settings, *, since_publication: bool) -> pl.DataFrame:
    """What came in since the last publication: why its figures may have moved.

    One row per loaded file (``cause`` is ``file``), per published one that was withdrawn, and one
    each where the settings or the code differ (``settings``, ``code``). Columns: cause, source,
    file, n_rows. Empty before the first publication.
    """
    schema = {"cause": pl.String, "source": pl.String, "file": pl.String, "n_rows": pl.Int64}
    if not since_publication:
        return pl.DataFrame(schema=schema)
    last = last_published(con).row(0, named=True)
    published = {"published": last["finished_at"].replace(tzinfo=dt.UTC)}
    files = fetch(con, statement("refresh/loaded_since"), published)
    withdrawn = fetch(con, statement("refresh/withdrawn_since"), published)
    rows = [dict(row) for frame in (files, withdrawn) for row in frame.iter_rows(named=True)]
    nothing = {"source": None, "file": None, "n_rows": None}
    if not rows and last["data_version"] != current_data_version(con, settings):
        rows.append({"cause": "settings", **nothing})
    if last["code_version"] != code_version():
        rows.append({"cause": "code", **nothing})
    return pl.DataFrame(rows, schema=schema)


def last_published(con: Connection) -> pl.DataFrame:
    """The newest published refresh: one row, or none before the first publication."""
    open_log(con)
    return fetch(con, statement("refresh/last_published"))


def n_gone(con: Connection) -> int:
    """How many estimates of the publication before the last one aren't there any more."""
    return int(fetch_value(con, statement("refresh/n_gone")))


def _naive_utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
