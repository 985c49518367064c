"""Who is still there by quarter of hire, against a count of days: what can't be known is empty."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.sql.worlds import Row, World, built, mart, random_world


def naive(
    world: World, agents: list[Row], months: list[Row]
) -> dict[tuple[str, dt.date, int], Row]:
    """Every cell, from each agent's own days."""
    whole = [row["month_end"] for row in months if row["is_whole_month"]]
    first = min((row["observed_from_month"] for row in months if row["observed_from_month"]),
                default=None)  # fmt: skip
    hired: dict[tuple[str, dt.date], list[Row]] = {}
    for row in agents:
        if row["is_ever_agent"] and row["hire_month"]:
            month = row["hire_month"]
            quarter = month.replace(month=1 + 3 * ((month.month - 1) // 3))
            for group in {"all", row["site"] or "all"}:
                hired.setdefault((group, quarter), []).append(row)
    cells = {}
    for (group, quarter), people in hired.items():
        after = (quarter + dt.timedelta(days=95)).replace(day=1)
        if first is None or not whole or quarter < first or after > max(whole):
            continue
        for n in (1, 2, 3, 6, 9, 12, 18, 24):
            days = n * 365.25 / 12
            here = [p for p in people if p["exit_date"] is None or p["tenure_days"] >= days]
            could = (max(whole) - after).days + 1 >= days
            is_small = len(people) < world.min_group
            cells[group, quarter, n] = {
                "status": "suppressed" if is_small else "shown" if could else "too_early",
                "n_hired": None if is_small else len(people),
                "n_still_there": len(here) if could and not is_small else None,
            }
    return cells


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("min_group", [2, 4])
def test_cells_are_counted_as_naively(seed: int, min_group: int) -> None:
    world = random_world(seed)
    rows = [{**row, "hire_date": row["hire_date"] and row["hire_date"] + dt.timedelta(days=70)}
            for row in world.of("roster")]  # fmt: skip
    world = World({**world.rows, "roster": rows}, data_until=world.data_until, min_group=min_group)
    with built(world, ["hire_quarter"]) as con:
        found = {(row["scope_value"], row["hire_quarter"], row["months_in_job"]): row
                 for row in mart(con, "hire_quarter")}  # fmt: skip
        expected = naive(world, mart(con, "agent"), mart(con, "dim_month"))
    assert {k: {c: found[k][c] for c in v} for k, v in expected.items()} == expected
    assert found.keys() == expected.keys()
    for row in found.values():
        is_told = row["status"] == "shown"
        assert (
            row["share_still_there"] is not None
        ) is is_told  # never a 0 for what can't be known
        assert (row["level"] is not None) is is_told


def test_a_quarter_that_begins_before_the_data_is_left_out() -> None:
    """Its early leavers aren't in the data: everybody who is would seem to stay."""
    world = random_world(3)
    with built(world, ["hire_quarter"]) as con:
        first = min(row["observed_from_month"] for row in mart(con, "dim_month"))
        assert all(row["hire_quarter"] >= first for row in mart(con, "hire_quarter"))


def hiring(n_by_month: dict[dt.date, int]) -> World:
    """Agents hired as given, one of each month leaves; the others have been there for long."""
    roster, exits, shifts = [], [], []
    hired = {dt.date(2024, 1, 15): 30, **n_by_month}
    for number, (day, n) in enumerate(hired.items()):
        for place in range(n):
            name = f"{number}-{place}"
            roster.append({"employee_id": name, "effective_date": day, "hire_date": day,
                           "role": "agent", "site": "North"})  # fmt: skip
            if place == 0 and day.year == 2025:
                exits.append({"employee_id": name, "separation_type": "voluntary",
                              "separation_date": day + dt.timedelta(days=40)})  # fmt: skip
    shifts.append({"employee_id": "0-0", "shift_date": dt.date(2025, 1, 1),
                   "scheduled_hours": 8.0, "absent_hours": 0.0})  # fmt: skip
    rows = {"roster": roster, "attrition": exits, "shifts": shifts}
    return World(rows, data_until=dt.date(2025, 12, 31), min_group=10)


HIRED = {
    "one_few": ((8, 12, 15), 20),
    "two_few": ((4, 5, 22), 31),
    "two_that_are_enough": ((7, 6, 22), 13),
    "none": ((10, 12, 15), 0),
    "few_and_nobody": ((0, 6, 22), 28),
}
"""Agents hired by month of a quarter, and how many of them are in months without a figure."""


@pytest.mark.parametrize("case", HIRED)
def test_no_few_starters_follow_from_their_quarter(case: str) -> None:
    """The quarter's row less the months that are told leaves nobody, or enough people."""
    n_hired, n_hidden = HIRED[case]
    quarter = dt.date(2025, 4, 1)
    months = [quarter.replace(month=4 + place) for place in range(3)]
    world = hiring({month.replace(day=3): n for month, n in zip(months, n_hired, strict=True) if n})
    with built(world, ["hire_quarter", "all_month", "site_month"]) as con:
        quarters = [row for row in mart(con, "hire_quarter")
                    if row["hire_quarter"] == quarter and row["months_in_job"] == 3]  # fmt: skip
        rows = {"all": mart(con, "all_month"), "site": mart(con, "site_month")}
    assert {row["scope"] for row in quarters} >= {"all", "site"}
    for whole in quarters:
        told = [row for row in rows[whole["scope"]]
                if row["month"] in months and row["starters_status"] == "shown"]  # fmt: skip
        rest = whole["n_hired"] - sum(row["n_hires"] for row in told)
        assert rest == n_hidden, whole
        left = whole["n_hired"] - whole["n_still_there"] - sum(row["n_left_early"] for row in told)
        assert (left > 0) == (n_hidden > 0)
        assert rest == 0 or rest >= world.min_group
