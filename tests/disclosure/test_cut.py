"""The calendar of comparisons, against a walk through the days one by one."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.config.settings import Privacy
from pipelines.disclosure.cut import (
    CurrentCut,
    Data,
    SourceCoverage,
    cause_of_cut,
    comparison_day,
    next_cut,
)

BEGIN = dt.date(2024, 1, 15)
MONTHLY, QUARTERLY, NIGHTLY = Privacy(), Privacy(cut="quarter"), Privacy(cut="none")
VERSIONS = ("settings", "code")


def data(until: dt.date, *latest: tuple[dt.date | None, int]) -> Data:
    return Data(BEGIN, until, [SourceCoverage(*each) for each in latest or ((until, 14),)])


def ends_of_months(months: set[int]) -> list[dt.date]:
    """Every last day of such a month, found day by day."""
    days = [BEGIN + dt.timedelta(n) for n in range(1500)]
    return [d for d in days if (d + dt.timedelta(1)).day == 1 and d.month in months]


@given(st.integers(0, 1400))
def test_it_is_the_last_whole_month_or_else_the_end_of_data(n: int) -> None:
    until = BEGIN + dt.timedelta(n)
    whole = [
        d for d in ends_of_months(set(range(1, 13))) if d <= until and d.replace(day=1) > BEGIN
    ]
    expected = whole[-1] if whole else until
    assert comparison_day(data(until), MONTHLY, None) == expected


@given(st.integers(60, 1400))
def test_quarters_end_in_march_june_september_and_december(n: int) -> None:
    until = BEGIN + dt.timedelta(n)
    ends = [d for d in ends_of_months({3, 6, 9, 12}) if d <= until]
    expected = ends[-1] if ends else until
    assert comparison_day(data(until), QUARTERLY, None) == expected


@given(st.integers(0, 1400))
def test_the_next_cut_is_the_day_after_the_next_end(n: int) -> None:
    until = BEGIN + dt.timedelta(n)
    later = [d for d in ends_of_months(set(range(1, 13))) if d > until]
    if later:
        assert next_cut(until, MONTHLY) == later[0] + dt.timedelta(1)
    assert next_cut(until, NIGHTLY) is None


def test_a_required_source_that_is_late_holds_the_month_back() -> None:
    until = dt.date(2026, 11, 3)
    on_time = comparison_day(data(until, (dt.date(2026, 10, 30), 14)), MONTHLY, None)
    late = comparison_day(data(until, (dt.date(2026, 9, 20), 14)), MONTHLY, None)
    never = comparison_day(data(until, (None, 14)), MONTHLY, None)
    assert (on_time, late) == (dt.date(2026, 10, 31), dt.date(2026, 9, 30))
    assert never == until


def test_a_rare_event_needs_no_row_on_the_last_day() -> None:
    until = dt.date(2026, 10, 31)
    roster = (dt.date(2026, 9, 1), 90)
    assert comparison_day(data(until, (until, 14), roster), MONTHLY, None) == until


def test_a_declared_day_wins_and_every_night_goes_to_the_end() -> None:
    until, declared = dt.date(2026, 10, 20), dt.date(2025, 7, 4)
    assert comparison_day(data(until), MONTHLY, declared) == declared
    assert comparison_day(data(until), NIGHTLY, None) == until


@pytest.mark.parametrize(
    ("day", "current", "versions", "privacy", "requested", "expected"),
    [
        (dt.date(2026, 10, 31), None, VERSIONS, MONTHLY, None, "first"),
        (dt.date(2026, 10, 31), dt.date(2026, 10, 31), VERSIONS, MONTHLY, None, None),
        (dt.date(2026, 9, 30), dt.date(2026, 10, 31), VERSIONS, MONTHLY, None, None),
        (dt.date(2026, 11, 30), dt.date(2026, 10, 31), VERSIONS, MONTHLY, None, "month_end"),
        (dt.date(2026, 12, 31), dt.date(2026, 9, 30), VERSIONS, QUARTERLY, None, "quarter_end"),
        (dt.date(2026, 11, 3), dt.date(2026, 11, 2), VERSIONS, NIGHTLY, None, "every_night"),
        (dt.date(2026, 10, 31), dt.date(2026, 10, 31), ("x", "code"), MONTHLY, None, "settings"),
        (dt.date(2026, 10, 31), dt.date(2026, 10, 31), ("settings", "x"), MONTHLY, None, "code"),
        (dt.date(2026, 10, 31), dt.date(2026, 10, 31), VERSIONS, MONTHLY, "erasure", "erasure"),
    ],
)
def test_why_a_night_makes_comparisons(
    day: dt.date,
    current: dt.date | None,
    versions: tuple[str, str],
    privacy: Privacy,
    requested: str | None,
    expected: str | None,
) -> None:
    stands = None if current is None else CurrentCut(current, *VERSIONS)
    assert cause_of_cut(day, stands, versions, privacy, requested) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("until", "versions", "basis", "expected"),
    [
        (dt.date(2026, 11, 2), VERSIONS, "data", None),
        (dt.date(2026, 11, 1), VERSIONS, "data", "every_night"),
        (dt.date(2026, 11, 2), ("x", "code"), "data", "every_night"),
        (dt.date(2026, 11, 2), ("settings", "x"), "data", "every_night"),
        (dt.date(2026, 11, 2), VERSIONS, "other data", "every_night"),
        (dt.date(2026, 11, 2), VERSIONS, None, "every_night"),
    ],
)
def test_without_a_calendar_a_cut_is_kept_only_where_nothing_could_move(
    until: dt.date, versions: tuple[str, str], basis: str | None, expected: str | None
) -> None:
    current = CurrentCut(until, *versions, basis)
    day = dt.date(2026, 11, 2)
    assert cause_of_cut(day, current, VERSIONS, NIGHTLY, None, "data") == expected
    assert cause_of_cut(day, current, VERSIONS, NIGHTLY, "command", "data") == "command"
