"""`meta.refresh`: every refresh, when it ran, what it was made from and what became of it.

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
from pipelines.core.versions import KEYED_DIGITS, code_version, data_version, keyed_data_version
from pipelines.core.warehouse import Connection, append, fetch, fetch_value, read_table

_CREATE = """
create table if not exists meta.refresh (
    refresh_id integer,
    started_at timestamp,
    finished_at timestamp,
    status varchar,
    code_version varchar,
    data_version varchar,
    data_until date,
    n_estimates integer,
    n_estimates_changed integer,
    comparison_until date,
    cut_cause varchar
)
"""
_CREATE_KEY = "create table if not exists ledger.version_key (key varchar not null)"
KEY_BYTES = 32


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


def refresh_row(
    con: Connection,
    started_at: dt.datetime,
    status: str,
    settings: Settings,
    publication: Publication | None = None,
) -> pl.DataFrame:
    """The row of `meta.refresh` for a refresh that ends now."""
    _open_log(con)
    next_id = fetch_value(con, "select coalesce(max(refresh_id), 0) + 1 from meta.refresh")
    return pl.DataFrame(
        {
            "refresh_id": [next_id],
            "started_at": [_naive_utc(started_at)],
            "finished_at": [_naive_utc(dt.datetime.now(dt.UTC))],
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
            "data_until": pl.Date,
            "n_estimates": pl.Int32,
            "n_estimates_changed": pl.Int32,
            "comparison_until": pl.Date,
            "cut_cause": pl.String,
        },
    )


def record_refresh(
    con: Connection, started_at: dt.datetime, status: str, settings: Settings
) -> None:
    """Note a refresh that published nothing: ``refused`` or ``failed``."""
    append(con, "meta.refresh", refresh_row(con, started_at, status, settings))


def current_data_version(con: Connection, settings: Settings) -> str:
    """Return a keyed fingerprint of what is loaded: the same for the same files and settings."""
    return keyed_data_version(_version_key(con), _private_data_version(con, settings))


def _open_log(con: Connection) -> None:
    con.execute(_CREATE)
    _key_earlier_versions(con)


def _version_key(con: Connection) -> bytes:
    """The key of the data versions, made on first use."""
    con.execute(_CREATE_KEY)
    keys = con.execute("select key from ledger.version_key").fetchall()
    if not keys:
        keys = [(secrets.token_hex(KEY_BYTES),)]
        con.execute("insert into ledger.version_key values (?)", list(keys[0]))
    return bytes.fromhex(keys[0][0])


def _key_earlier_versions(con: Connection) -> None:
    """Key the versions in rows that were written before there was a key; they compare as before."""
    bare = con.execute(
        "select distinct data_version from meta.refresh where length(data_version) < ?",
        [KEYED_DIGITS],
    ).fetchall()
    for (version,) in bare:
        con.execute(
            "update meta.refresh set data_version = ? where data_version = ?",
            [keyed_data_version(_version_key(con), version), version],
        )


def _private_data_version(con: Connection, settings: Settings) -> str:
    has_ledger = fetch_value(
        con,
        "select count(*) from information_schema.tables "
        "where table_schema = 'ledger' and table_name = 'file'",
    )
    if not has_ledger:
        return data_version((), settings.model_dump_json())
    files = fetch(
        con, "select source, sha256 from ledger.file where status = 'loaded' order by file_id"
    )
    loaded = ((source, sha256) for source, sha256 in files.iter_rows())
    return data_version(loaded, settings.model_dump_json())


def catch_up(con: Connection, published: pl.DataFrame | None) -> None:
    """Note published refreshes that are missing here, as after a kill right behind the swap."""
    _open_log(con)
    if published is None:
        return
    known = read_table(con, "meta.refresh")["refresh_id"].to_list()
    missing = published.filter(~pl.col("refresh_id").is_in(known))
    if not missing.is_empty():
        append(con, "meta.refresh", missing)
        _key_earlier_versions(con)


def data_changes(con: Connection, settings: Settings, *, since_publication: bool) -> pl.DataFrame:
    """What came in since the last publication: why its figures may have moved.

    One row per loaded file (``cause`` is ``file``), and one each where the settings or the code
    differ (``settings``, ``code``). Columns: cause, source, file, n_rows. Empty before the first
    publication.
    """
    schema = {"cause": pl.String, "source": pl.String, "file": pl.String, "n_rows": pl.Int64}
    if not since_publication:
        return pl.DataFrame(schema=schema)
    last = last_published(con).row(0, named=True)
    files = fetch(
        con,
        "select 'file' as cause, source, file, n_rows from ledger.file where status = 'loaded' "
        "and copy_of is null and loaded_at > ? order by file_id",
        [last["finished_at"].replace(tzinfo=dt.UTC)],
    )
    rows = [dict(row) for row in files.iter_rows(named=True)]
    nothing = {"source": None, "file": None, "n_rows": None}
    if not rows and last["data_version"] != current_data_version(con, settings):
        rows.append({"cause": "settings", **nothing})
    if last["code_version"] != code_version():
        rows.append({"cause": "code", **nothing})
    return pl.DataFrame(rows, schema=schema)


def last_published(con: Connection) -> pl.DataFrame:
    """The newest published refresh: one row, or none before the first publication."""
    _open_log(con)
    return fetch(
        con,
        "select * from meta.refresh where status = 'published' order by refresh_id desc limit 1",
    )


def _naive_utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
