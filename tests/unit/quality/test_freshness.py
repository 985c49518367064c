"""The age of each source: on the day it is due, one day late, never delivered."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import Connection, fetch, open_warehouse
from pipelines.quality.freshness import freshness, write_freshness

NEWEST = dt.date(2024, 3, 1)
EXPECTED_DAYS = load_contracts().source("shifts").expected_days


def _staged(con: Connection) -> None:
    for source in load_contracts().sources:
        kind = source.column(source.date_column).type
        con.execute(f"create table staging.{source.name} ({source.date_column} {kind})")
    con.execute("insert into staging.shifts values ('2024-02-01'), ('2024-03-01')")
    con.execute("insert into staging.coaching_sessions values ('2024-03-01 23:59:00')")


@pytest.mark.parametrize(
    ("age_days", "status"),
    [(0, "present"), (EXPECTED_DAYS, "present"), (EXPECTED_DAYS + 1, "late"), (-3, "present")],
)
def test_age_against_what_is_expected(age_days: int, status: str) -> None:
    with open_warehouse(Path(":memory:")) as con:
        _staged(con)
        frame = freshness(con, as_of=NEWEST + dt.timedelta(days=age_days))
    rows = {row["source"]: row for row in frame.to_dicts()}
    assert rows["shifts"] == {
        "source": "shifts",
        "latest_date": NEWEST,
        "age_days": max(age_days, 0),
        "expected_days": EXPECTED_DAYS,
        "is_on_time": status == "present",
        "n_rows": 2,
        "status": status,
    }
    assert rows["coaching_sessions"]["latest_date"] == NEWEST
    assert rows["training"]["status"] == "missing"
    assert rows["training"]["latest_date"] is None
    assert not rows["training"]["is_on_time"]


def test_freshness_is_written_as_it_is_returned() -> None:
    with open_warehouse(Path(":memory:")) as con:
        _staged(con)
        frame = write_freshness(con, as_of=NEWEST)
        assert fetch(con, "select * from quality.freshness").equals(frame)
