"""Sources against their own past: steady ones pass, sudden changes and gaps are told."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts import casts
from pipelines.contracts.sources import load_contracts
from pipelines.core.check_results import CheckResult
from pipelines.core.warehouse import Connection, append, open_warehouse
from pipelines.quality.drift import MAX_PSI, mix_shift, psi_limit, psi_terms
from pipelines.quality.history_checks import check_history
from pipelines.quality.shift_coverage import site_coverage
from tests.unit.raw_tables import create_raw_tables

LAST = dt.date(2024, 12, 29)  # a Sunday
PEOPLE = [f"E{i:03d}" for i in range(24)]


def site_of(employee: str) -> str:
    return "North" if employee < "E012" else "South"


@pytest.fixture
def con() -> Iterator[Connection]:
    """Two sites of twelve agents, empty sources beside them."""
    with open_warehouse(Path(":memory:")) as connection:
        create_raw_tables(connection)
        for source in load_contracts().sources:
            columns = ", ".join(
                f"{column.name} {casts.SQL_TYPES[column.type]}" for column in source.columns
            )
            connection.execute(
                f"create table staging.{source.name} "
                f"({columns}, file_id integer, line_number bigint)"
            )
        hired = dt.date(2023, 1, 2)
        rows = [(e, hired, hired, site_of(e), "agent") for e in PEOPLE]
        names = ["employee_id", "effective_date", "hire_date", "site", "role"]
        append(connection, "staging.roster", pl.DataFrame(rows, names, orient="row"))
        yield connection


def working_days(n_days: int) -> list[dt.date]:
    days = [LAST - dt.timedelta(days=i) for i in range(n_days)]
    return [day for day in days if day.isoweekday() <= 5]


def put_shifts(con: Connection, rows: list[tuple[str, dt.date]]) -> None:
    frame = pl.DataFrame(rows, ["employee_id", "shift_date"], orient="row")
    append(con, "staging.shifts", frame)


def put_exits(con: Connection, days: list[dt.date], kinds: list[str]) -> None:
    frame = pl.DataFrame({"separation_date": days, "separation_type": kinds})
    append(con, "staging.attrition", frame)


def judged(con: Connection, source: str) -> dict[str, CheckResult]:
    results = check_history(con, load_contracts().source(source), as_of=dt.date(2025, 1, 3))
    return {result.check_name: result for result in results}


def put_file(con: Connection, file_id: int, n_rows: int) -> None:
    con.execute(
        "insert into ledger.file (file_id, source, file, status, n_rows, first_seen_at, "
        "is_in_landing) values (?, 'roster', 'r' || ?, 'loaded', ?, now(), true)",
        [file_id, file_id, n_rows],
    )


@pytest.mark.parametrize(
    ("newest", "passes"), [(100, True), (50, True), (49, False), (200, True), (201, False)]
)
def test_newest_file_against_the_median_of_those_before(
    con: Connection, newest: int, passes: bool
) -> None:
    for file_id, n_rows in enumerate([90, 100, 100, 400, newest]):
        put_file(con, file_id, n_rows)
    result = judged(con, "roster")["newest_file_as_usual"]
    assert (result.passed, result.n_checked, result.severity) == (passes, 5, "WARN")


def test_too_few_files_are_not_judged(con: Connection) -> None:
    for file_id, n_rows in enumerate([100, 100, 100, 1]):
        put_file(con, file_id, n_rows)
    result = judged(con, "roster")["newest_file_as_usual"]
    assert (result.passed, result.n_checked) == (True, 0)
    assert result.detail is not None
    assert result.detail.startswith("not judged: needs 4 earlier files")


def test_newest_full_week_against_the_weeks_before(con: Connection) -> None:
    days = working_days(70)
    put_shifts(con, [(e, day) for e in PEOPLE for day in days if day < LAST - dt.timedelta(days=6)])
    newest = LAST - dt.timedelta(days=2)
    put_shifts(con, [(e, newest) for e in PEOPLE])
    # The last day is a Friday: its week isn't over, so the week before is the newest full one.
    assert judged(con, "shifts")["newest_week_as_usual"].passed
    put_shifts(con, [("E000", LAST)])
    result = judged(con, "shifts")["newest_week_as_usual"]
    assert not result.passed
    assert result.public_detail == (
        "the newest full week has 25 rows, 21% of the usual 120 (median of 9 earlier weeks)"
    )


def test_a_week_without_any_row_counts_as_one(con: Connection) -> None:
    gap = LAST - dt.timedelta(days=13)
    days = [day for day in working_days(70) if not gap <= day <= gap + dt.timedelta(days=6)]
    put_shifts(con, [(e, day) for e in PEOPLE for day in [*days, LAST]])
    assert judged(con, "shifts")["newest_week_as_usual"].n_checked == 10


def test_few_weeks_are_not_judged(con: Connection) -> None:
    put_shifts(con, [(e, day) for e in PEOPLE for day in working_days(20)])
    assert judged(con, "shifts")["newest_week_as_usual"].n_checked == 0


def test_a_site_that_stops_delivering_shifts_is_told(con: Connection) -> None:
    days = working_days(182)
    stopped = LAST - dt.timedelta(days=20)
    put_shifts(con, [(e, d) for e in PEOPLE for d in days if site_of(e) == "North" or d < stopped])
    result = judged(con, "shifts")["working_days_covered"]
    assert result.public_detail == (
        "South: no shift on 15 of 130 working days, the latest 2024-12-27"
    )
    assert (result.n_checked, result.n_failed) == (260, 15)


def test_a_site_without_any_shift_is_all_missing(con: Connection) -> None:
    put_shifts(con, [(e, d) for e in PEOPLE for d in working_days(182) if site_of(e) == "North"])
    rows = {row["site"]: row for row in site_coverage(con, as_of=LAST).to_dicts()}
    assert rows["North"]["n_missing"] == 0
    assert rows["South"]["missing_share"] == 1.0


def test_closed_weekends_holidays_and_small_sites_are_no_gaps(con: Connection) -> None:
    days = working_days(182)
    put_shifts(con, [(e, d) for e in PEOPLE for d in days if d.month != 12 or d.day != 25])
    assert judged(con, "shifts")["working_days_covered"].passed
    con.execute("delete from staging.roster where employee_id in ('E000', 'E001', 'E002')")
    con.execute(
        "delete from staging.shifts where employee_id < 'E012' and shift_date > '2024-10-01'"
    )
    assert site_coverage(con, as_of=LAST)["site"].to_list() == ["South"]


def test_a_moved_roster_row_takes_its_shifts_to_the_new_site(con: Connection) -> None:
    put_shifts(con, [(e, d) for e in PEOPLE for d in working_days(182)])
    moved = [(e, dt.date(2024, 10, 1), dt.date(2023, 1, 2), "West", "agent") for e in PEOPLE[12:]]
    names = ["employee_id", "effective_date", "hire_date", "site", "role"]
    append(con, "staging.roster", pl.DataFrame(moved, names, orient="row"))
    rows = {row["site"]: row for row in site_coverage(con, as_of=LAST).to_dicts()}
    assert set(rows) == {"North", "West"}
    assert rows["West"]["n_missing"] == 0
    assert rows["West"]["n_days"] < rows["North"]["n_days"]


def exits(n: int, first: dt.date, kinds: list[str]) -> tuple[list[dt.date], list[str]]:
    return [first + dt.timedelta(days=i % 80) for i in range(n)], [
        kinds[i % len(kinds)] for i in range(n)
    ]


def test_a_mix_that_turns_is_told_without_naming_shares(con: Connection) -> None:
    put_exits(con, *exits(300, dt.date(2024, 1, 1), ["voluntary", "voluntary", "involuntary"]))
    put_exits(con, *exits(100, dt.date(2024, 10, 5), ["other"]))
    result = judged(con, "attrition")["separation_type_mix_stable"]
    assert not result.passed
    assert result.detail is not None
    assert "'other' from 0%" in result.detail
    assert result.public_detail is not None
    assert "%" not in result.public_detail
    assert (result.n_checked, result.n_failed) == (400, 100)


def test_a_steady_mix_passes_and_few_rows_are_not_judged(con: Connection) -> None:
    kinds = ["voluntary", "voluntary", "involuntary"]
    put_exits(con, *exits(300, dt.date(2024, 1, 1), kinds))
    put_exits(con, *exits(48, dt.date(2024, 10, 5), kinds))
    assert judged(con, "attrition")["separation_type_mix_stable"].n_checked == 0
    put_exits(con, *exits(48, dt.date(2024, 10, 5), kinds))
    result = judged(con, "attrition")["separation_type_mix_stable"]
    assert (result.passed, result.n_checked) == (True, 396)


def test_many_labels_are_judged_together(con: Connection) -> None:
    con.execute(
        "insert into staging.coaching_sessions (session_id, started_at, style) "
        "select 's' || i, timestamp '2023-10-20' + interval (i) day, 'label ' || (i % 60) "
        "from range(400) as t(i)"
    )
    source = load_contracts().source("coaching_sessions")
    shift = mix_shift(con, source, "style", as_of=dt.date(2025, 1, 3))
    assert shift is not None
    assert not shift.is_beyond_limit


def test_a_mean_that_jumps_is_told(con: Connection) -> None:
    con.execute(
        "insert into staging.performance (employee_id, week_start, quality_score) "
        "select 'E' || i, date '2024-01-01' + interval (i) day, "
        "70 + i % 10 + case when i > 300 then 5 else 0 end from range(360) as t(i)"
    )
    results = judged(con, "performance")
    assert not results["quality_score_mean_stable"].passed
    assert results["csat_mean_mean_stable"].n_checked == 0


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=2, max_size=12))
def test_the_index_is_no_less_than_zero_and_the_same_both_ways(
    pairs: list[tuple[int, int]],
) -> None:
    now, before = zip(*pairs, strict=True)
    index = sum(psi_terms(now, before))
    assert index >= 0
    assert math.isclose(index, sum(psi_terms(before, now)), abs_tol=1e-12)
    assert sum(psi_terms(now, now)) == 0


def test_the_index_by_hand() -> None:
    # 80.5/101, 20.5/101 against 50.5/101, 50.5/101
    by_hand = (30 / 101) * math.log(80.5 / 50.5) + (-30 / 101) * math.log(20.5 / 50.5)
    assert math.isclose(sum(psi_terms([80, 20], [50, 50])), by_hand)


def test_the_limit_allows_for_chance() -> None:
    assert psi_limit(5000, 20_000, 4) == MAX_PSI
    assert math.isclose(psi_limit(50, 50, 2), 10.828 / 25, rel_tol=1e-3)  # chi-squared, 1 df
