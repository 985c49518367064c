"""Labels that nobody has, and agents who fell silent: told with what occurs, and counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.analysis.study_checks import check_study
from pipelines.config.settings import parse_settings
from pipelines.contracts import casts
from pipelines.contracts.sources import load_contracts
from pipelines.core.check_results import CheckResult
from pipelines.core.warehouse import Connection, open_warehouse
from tests.unit.raw_tables import create_raw_tables

END = dt.date(2026, 6, 30)
HIRED = "date '2026-01-01'"


@pytest.fixture
def con() -> Iterator[Connection]:
    """Twenty agents who work to the end, coached in two ways."""
    with open_warehouse(Path(":memory:")) as connection:
        create_raw_tables(connection)
        for source in load_contracts().sources:
            columns = ", ".join(
                f"{column.name} {casts.SQL_TYPES[column.type]}" for column in source.columns
            )
            connection.execute(
                f"create table staging.{source.name} ({columns}, file_id integer, "
                "line_number bigint)"
            )
        connection.execute(
            f"create table staging.study_setting as select date '{END}' as counts_until"
        )
        connection.execute(
            "insert into ledger.file (file_id, source, file, status, first_seen_at, "
            "is_in_landing) values (1, 'roster', 'r.csv', 'loaded', now(), true)"
        )
        for i in range(20):
            connection.execute(
                "insert into staging.roster by name select ? as employee_id, "
                f"{HIRED} as effective_date, {HIRED} as hire_date, 'agent' as role, "
                "1 as file_id, ? as line_number",
                [f"E{i}", i + 2],
            )
            connection.execute(
                "insert into staging.coaching_sessions by name select ? as session_id, "
                "? as employee_id, timestamp '2026-02-01 09:00' as started_at, ? as style",
                [f"s{i}", f"E{i}", "compassionate" if i % 2 else "compliance"],
            )
            connection.execute(
                "insert into staging.shifts by name select ? as employee_id, "
                f"date '{END}' as shift_date",
                [f"E{i}"],
            )
        yield connection


def run(con: Connection, **comparison: str) -> dict[str, CheckResult]:
    settings = parse_settings({"comparison": comparison} if comparison else {})
    return {result.check_name: result for result in check_study(con, settings)}


def test_a_sound_centre_passes(con: Connection) -> None:
    found = run(con)
    assert {result.detail for result in found.values()} == {None}
    assert found["no_silent_leavers"].n_checked == 20


def test_a_style_that_nobody_has_is_told_with_those_that_occur(con: Connection) -> None:
    result = run(con, arm_a="kindness")["compared_styles_occur"]
    assert not result.passed
    assert result.public_detail == result.detail
    assert str(result.detail).startswith(
        "coaching_sessions has the styles compassionate (10), compliance (10); "
        'arm_a = "kindness" matches none of them: declare values.style'
    )


def test_labels_of_few_people_are_not_named(con: Connection) -> None:
    con.execute("update staging.coaching_sessions set style = 'Jane Doe' where session_id = 's1'")
    detail = str(run(con, arm_a="kindness")["compared_styles_occur"].detail)
    assert "compliance (10), 2 others" in detail
    assert "Jane" not in detail


def test_a_roster_without_agents_is_told_with_its_roles(con: Connection) -> None:
    con.execute("update staging.roster set role = 'Advisor'")
    found = run(con)
    assert str(found["agents_occur"].detail).startswith(
        'roster has the roles Advisor (20); role = "agent" matches none of them'
    )
    assert found["no_silent_leavers"].n_checked == 0


def test_agents_who_fell_silent_are_counted(con: Connection) -> None:
    con.execute(
        "update staging.shifts set shift_date = date '2026-04-01' "
        "where employee_id in ('E3', 'E5', 'E7', 'E9')"
    )
    con.execute("delete from staging.shifts where employee_id = 'E11'")
    con.execute(  # left, and said so
        "insert into staging.attrition by name select 'E5' as employee_id, "
        "date '2026-04-02' as separation_date"
    )
    con.execute(  # answered since
        "insert into staging.fatigue_surveys by name select 'E7' as employee_id, "
        "date '2026-05-15' as submitted_on"
    )
    con.execute("update staging.roster set hire_date = date '2026-06-01' where employee_id = 'E9'")
    result = run(con)["no_silent_leavers"]
    assert not result.passed
    assert (result.n_failed, result.n_checked) == (0, 18), "two people are too few to be published"
    assert str(result.detail).startswith("2 of 18 agents without an exit had no shift")
    assert "roster/r.csv line 5" in str(result.detail)
    assert str(result.public_detail).startswith("a few of 18 agents without an exit")
    con.execute(
        "update staging.shifts set shift_date = date '2026-04-01' where employee_id > 'E11'"
    )
    many = run(con)["no_silent_leavers"]
    assert many.n_failed == 14
    assert str(many.public_detail).startswith("14 of 18 agents")


def test_nobody_is_judged_by_sessions_alone(con: Connection) -> None:
    con.execute("delete from staging.shifts")
    assert run(con)["no_silent_leavers"].n_checked == 0
