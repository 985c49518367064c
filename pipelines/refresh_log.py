"""`meta.refresh`: every refresh, when it ran, what it was made from and what became of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from pipelines.settings import Settings
from pipelines.versions import code_version, data_version
from pipelines.warehouse import Connection, append, fetch, fetch_value

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
    n_estimates_changed integer
)
"""


@dataclass(frozen=True)
class Publication:
    """What a refresh published: end of data, number of estimates, how many moved since the last."""

    data_until: dt.date
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
    con.execute(_CREATE)
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
        },
        schema_overrides={
            "refresh_id": pl.Int32,
            "data_until": pl.Date,
            "n_estimates": pl.Int32,
            "n_estimates_changed": pl.Int32,
        },
    )


def record_refresh(
    con: Connection, started_at: dt.datetime, status: str, settings: Settings
) -> None:
    """Note a refresh that published nothing: ``refused`` or ``failed``."""
    append(con, "meta.refresh", refresh_row(con, started_at, status, settings))


def current_data_version(con: Connection, settings: Settings) -> str:
    """The fingerprint of everything that is loaded now; see `data_version`."""
    has_ledger = fetch_value(
        con,
        "select count(*) from information_schema.tables "
        "where table_schema = 'ledger' and table_name = 'file'",
    )
    if not has_ledger:
        return data_version((), settings)
    files = fetch(
        con, "select source, sha256 from ledger.file where status = 'loaded' order by file_id"
    )
    return data_version(((source, sha256) for source, sha256 in files.iter_rows()), settings)


def last_published(con: Connection) -> pl.DataFrame:
    """The newest published refresh: one row, or none before the first publication."""
    con.execute(_CREATE)
    return fetch(
        con,
        "select * from meta.refresh where status = 'published' order by refresh_id desc limit 1",
    )


def _naive_utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
