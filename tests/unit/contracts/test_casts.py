"""What counts as a date, a time, a number, a truth: cases decided by hand."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from pipelines.contracts import casts
from pipelines.contracts.sources import Column, load_contracts
from pipelines.core.warehouse import fetch_value, open_warehouse

DAY = dt.date(2024, 2, 29)
NINE = dt.datetime(2024, 2, 29, 9, 0)
CASES: dict[str, dict[str, Any]] = {
    "shifts.shift_date": {
        "2024-02-29": DAY,
        "2023-02-29": None,
        "2024-2-29": None,
        "29/02/2024": None,
        "20240229": None,
        "2024-02-29 00:00:00": DAY,
        "2024-02-29T09:00:00Z": DAY,
        "2024-02-29 09:00:00 +0000": DAY,
        "2024-02-29 9 o'clock": None,
        "2024-02-29x": None,
        "infinity": None,
        "epoch": None,
    },
    "coaching_sessions.started_at": {
        "2024-02-29T09:00:00": NINE,
        "2024-02-29 09:00:00": NINE,
        "2024-02-29T09:00": NINE,
        "2024-02-29 09:00:00.000": NINE,
        "2024-02-29T09:00:00Z": NINE,
        "2024-02-29T10:00:00+01:00": NINE,
        "2024-02-29 04:00:00-0500": NINE,
        "2024-02-29": dt.datetime(2024, 2, 29),
        "2024-02-29T24:00:00": None,
        "2024-02-29T09:60:00": None,
        "2023-02-29T09:00:00": None,
        "2024-02-29 9:00": None,
        "29.02.2024 09:00": None,
    },
    "coaching_sessions.offered_help": {
        "true": True,
        "TRUE": True,
        "yes": True,
        "1": True,
        "false": False,
        "No": False,
        "0": False,
        "2": None,
        "x": None,
        "t": None,
    },
    "performance.contacts_handled": {
        "12": 12,
        "+12": 12,
        "-3": -3,
        "12.0": 12,
        "12.5": None,
        ".5": None,
        "1e3": None,
        "0x10": None,
        "1_000": None,
        "1,000": None,
        "99999999999999999999": None,
    },
    "performance.quality_score": {
        "12": 12.0,
        "12.5": 12.5,
        ".5": 0.5,
        "-1": -1.0,
        "1e2": 100.0,
        "12,5": None,
        "1_000": None,
        "12 5": None,
        "12%": None,
        "n/a": None,
    },
    "roster.site": {"NA": "NA", "00123": "00123", "null": "null"},
}


def _column(name: str) -> Column:
    source, column = name.split(".")
    return load_contracts().source(source).column(column)


@pytest.mark.parametrize("name", CASES)
def test_casts_follow_the_cases(name: str) -> None:
    column = _column(name)
    with open_warehouse(Path(":memory:")) as con:
        found = {
            text: fetch_value(
                con, f"select {casts.cast(column, 'text')} from (select ? as text)", [text]
            )
            for text in CASES[name]
        }
    assert found == CASES[name]


@pytest.mark.parametrize(
    ("text", "cleaned"), [("  a b ", "a b"), ("", None), ("   ", None), ("NA", "NA")]
)
def test_blanks_are_taken_off_and_nothing_is_null(text: str, cleaned: str | None) -> None:
    with open_warehouse(Path(":memory:")) as con:
        query = f"select {casts.clean('text')} from (select ? as text)"
        assert fetch_value(con, query, [text]) == cleaned


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e400"])
def test_numbers_that_are_none_are_out_of_range(value: str) -> None:
    column = _column("performance.quality_score")
    condition = casts.is_out_of_range(column, f"({casts.cast(column, 'text')})")
    with open_warehouse(Path(":memory:")) as con:
        assert fetch_value(con, f"select {condition} from (select ? as text)", [value]) is True


def test_offset_times_become_the_sessions_local_time() -> None:
    column = _column("coaching_sessions.started_at")
    with open_warehouse(Path(":memory:")) as con:
        con.execute("set timezone = 'Europe/Berlin'")
        query = f"select {casts.cast(column, 'text')} from (select ? as text)"
        assert fetch_value(con, query, ["2024-07-01T09:00:00Z"]) == dt.datetime(2024, 7, 1, 11)
        assert fetch_value(con, query, ["2024-07-01T09:00:00"]) == dt.datetime(2024, 7, 1, 9)
