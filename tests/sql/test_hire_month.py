"""Who left soon by month of hire, against a count of days, and beside the month table."""

from __future__ import annotations

import datetime as dt

import pytest

from pipelines.core.queries import analysts_macros
from pipelines.core.warehouse import Connection, DatabaseError, fetch
from tests.sql.test_hire_quarter import HIRED, hiring
from tests.sql.worlds import Row, World, built, mart, random_world

DAYS = (30, 60, 90, 180, 365)
TABLES = ["hire_month", "all_month", "agent_month", "dim_month"]


def later_hires(seed: int, min_group: int) -> World:
    world = random_world(seed)
    rows = [{**row, "hire_date": row["hire_date"] and row["hire_date"] + dt.timedelta(days=70)}
            for row in world.of("roster")]  # fmt: skip
    return World({**world.rows, "roster": rows}, data_until=world.data_until, min_group=min_group)


def by_month(rows: list[Row]) -> dict[tuple[dt.date, int], Row]:
    return {(row["hire_month"], row["n_days"]): row for row in rows}


def left_in_time(con: Connection, days: int) -> dict[dt.date, int]:
    """How many of the agents hired in a month left within so many days, from rows as delivered."""
    rows = fetch(
        con,
        """
        select placed.month, count(distinct placed.employee_id) as n
        from marts.employed_month as placed
        inner join staging.attrition as gone using (employee_id)
        where placed.role = 'agent'
            and date_trunc('month', placed.hire_date) = placed.month
            and gone.separation_date between placed.hire_date and placed.hire_date + $1
            and gone.separation_date <= (select data_until from staging.study_setting)
        group by placed.month
        """,
        [days],
    )
    return dict(rows.rows())


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("min_group", [1, 3])
def test_cohorts_are_counted_as_by_hand(seed: int, min_group: int) -> None:
    world = later_hires(seed, min_group)
    with built(world, TABLES) as con:
        found = by_month(mart(con, "hire_month"))
        months = {row["month"]: row for row in mart(con, "all_month")}
        ends = {row["month"]: row["month_end"] for row in mart(con, "dim_month")}
        left = {days: left_in_time(con, days) for days in DAYS}
    assert found.keys() == {(month, days) for month in months for days in DAYS}
    assert min_group > 1 or "shown" in {row["status"] for row in found.values()}
    for (month, days), row in found.items():
        could = (world.data_until - ends[month]).days >= days
        assert (row["status"] == "too_early") == (not could and row["status"] != "no_data")
        if row["n_hired"] is not None:
            assert row["n_hired"] == months[month]["n_hires"] >= min_group
        if row["status"] == "shown":
            assert row["n_left"] == left[days].get(month, 0)
            assert row["share_left"] == row["n_left"] / row["n_hired"]
        else:
            assert (row["n_left"], row["share_left"]) == (None, None)
        if days == 90:
            table = months[month]
            assert (row["status"], row["n_left"]) == (
                table["starters_status"],
                table["n_left_early"],
            )


@pytest.mark.parametrize("case", HIRED)
def test_a_month_that_is_held_back_is_so_at_every_day(case: str) -> None:
    """What would tell of few starters at one number of days tells of them at any."""
    n_hired, _ = HIRED[case]
    months = [dt.date(2025, 4 + place, 3) for place in range(3)]
    world = hiring({month: n for month, n in zip(months, n_hired, strict=True) if n})
    with built(world, TABLES) as con:
        rows = mart(con, "hire_month")
        told = {row["month"] for row in mart(con, "all_month")
                if row["starters_status"] == "shown"}  # fmt: skip
    for row in rows:
        if row["status"] == "shown":
            assert row["hire_month"] in told
            assert row["n_hired"] >= 10


def test_the_macro_is_the_table_and_takes_no_other_days() -> None:
    with built(later_hires(1, 2), TABLES) as con:
        for macro in analysts_macros():
            con.execute(macro)
        table = by_month(mart(con, "hire_month"))
        for days in DAYS:
            for row in fetch(con, "select * from left_within($1)", [days]).to_dicts():
                mine = table[row["hire_month"], days]
                assert [row[name] for name in ("n_hired", "n_left", "status")] == [
                    mine[name] for name in ("n_hired", "n_left", "status")
                ]
        for days in (None, -5, 100):
            with pytest.raises(DatabaseError, match="30, 60, 90, 180 or 365"):
                fetch(con, "select * from left_within($1)", [days])


def test_the_table_of_an_attached_file_is_its_own() -> None:
    """A macro takes the tables of the file in use; a table's whole name can't be mistaken."""
    with built(later_hires(1, 1), TABLES) as con:
        home = fetch(con, "select current_database() as name").item()
        for macro in analysts_macros():
            con.execute(macro)
        con.execute("attach ':memory:' as demo")
        try:
            con.execute("create schema demo.marts")
            con.execute(
                "create table demo.marts.hire_month as select * replace (7 as n_hired) "
                "from marts.hire_month where n_days = 90"
            )
            theirs = "select distinct n_hired from demo.marts.hire_month"
            assert fetch(con, theirs).to_series().to_list() == [7]
            con.execute("use demo")
            for macro in analysts_macros():
                con.execute(macro)
            told = fetch(con, "select distinct n_hired from demo.left_within(90)")
            assert told.to_series().to_list() == [7]
        finally:
            con.execute(f'use "{home}"')
            con.execute("detach demo")
