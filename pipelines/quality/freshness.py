"""How old each source is against what is expected of it."""

from __future__ import annotations

import datetime as dt

import polars as pl

from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.warehouse import Connection, count_rows, latest_date, write

PRESENT, LATE, MISSING = "present", "late", "missing"

_SCHEMA = {
    "source": pl.String,
    "latest_date": pl.Date,
    "age_days": pl.Int64,
    "expected_days": pl.Int64,
    "is_on_time": pl.Boolean,
    "n_rows": pl.Int64,
    "status": pl.String,
}


def freshness(con: Connection, *, as_of: dt.date) -> pl.DataFrame:
    """One row per source, in the contracts' order.

    Columns: source, latest_date (of its newest event), age_days (from there to ``as_of``, not
    below 0), expected_days, is_on_time, n_rows (accepted) and status: ``present``, ``late``, or
    ``missing`` where no row was accepted (then date and age are NULL).
    """
    rows = [_of_source(con, source, as_of) for source in load_contracts().sources]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def write_freshness(con: Connection, *, as_of: dt.date) -> pl.DataFrame:
    """Write ``quality.freshness`` and return it; see `freshness`."""
    frame = freshness(con, as_of=as_of)
    write(con, "quality.freshness", frame)
    return frame


def _of_source(con: Connection, source: Source, as_of: dt.date) -> tuple[object, ...]:
    table = f"staging.{source.name}"
    latest, n_rows = latest_date(con, table, source.date_column), count_rows(con, table)
    if latest is None:
        return (source.name, None, None, source.expected_days, False, n_rows, MISSING)
    age_days = max((as_of - latest).days, 0)
    is_on_time = age_days <= source.expected_days
    status = PRESENT if is_on_time else LATE
    return (source.name, latest, age_days, source.expected_days, is_on_time, n_rows, status)
