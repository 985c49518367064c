"""The month tables against a naive recount, and what must hold between them."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.sql.recount_groups import Recount, months_of
from tests.sql.worlds import Row, World, built, mart, random_world

WORLDS = [random_world(seed) for seed in range(12)]
WORLDS += [replace(random_world(seed), data_until=dt.date(2024, 3, 20)) for seed in range(4)]
TABLES = {"all": None, "site": "site", "arm": "arm"}


def rows_of(con: Any) -> dict[tuple[str, str, dt.date], Row]:
    found: dict[tuple[str, str, dt.date], Row] = {}
    for scope, column in TABLES.items():
        rows = mart(con, f"{scope}_month")
        keyed = {(scope, row[column] if column else "all", row["month"]): row for row in rows}
        assert len(keyed) == len(rows)
        found |= keyed
    return found


def is_same(found: Any, value: Any, name: str) -> bool:
    if isinstance(value, float) and found is not None:
        tolerance = 1e-6 if name.endswith("_spread") else 1e-9
        return math.isclose(float(found), value, rel_tol=1e-9, abs_tol=tolerance)
    return bool(found == value)


@pytest.mark.parametrize("world", WORLDS, ids=[str(number) for number in range(len(WORLDS))])
def test_every_group_counts_as_the_recount_does(world: World) -> None:
    with built(world, ["all_month", "site_month", "arm_month"]) as con:
        calendar = {row.pop("month"): row for row in mart(con, "dim_month")}
        assert calendar == months_of(world)
        actual, expected = rows_of(con), Recount(world).rows()
        assert actual.keys() == expected.keys()
        for place, row in expected.items():
            for name, value in row.items():
                assert is_same(actual[place][name], value, name), (place, name)


def test_the_random_worlds_reach_every_status() -> None:
    """A recount of nothing proves nothing."""
    seen: Counter[tuple[str, str]] = Counter()
    for world in WORLDS:
        for row in Recount(world).rows().values():
            seen.update((name, v) for name, v in row.items() if name.endswith("status"))
    for name in ("exits", "starters", "absence", "survey", "csat", "handle", "resolution",
                 "sessions", "session_kinds"):  # fmt: skip
        assert seen[f"{name}_status", "shown"] >= 3, name
        assert seen[f"{name}_status", "suppressed"] >= 3, name
    assert seen["starters_status", "too_early"] >= 1
    assert seen["starters_status", "no_data"] >= 1


def closing_world() -> World:
    """Birch is closed on 15 March: of twelve there eight leave, in both ways, and four move."""
    people = [(f"{site}{number}", site) for site in ("Aster", "Birch") for number in range(12)]
    rows: dict[str, list[Row]] = {"roster": [], "attrition": [], "shifts": []}
    days = [dt.date(2025, month, day) for month in (1, 2, 3, 4) for day in (6, 7)]
    for number, (person, site) in enumerate(people):
        row = {"employee_id": person, "effective_date": dt.date(2024, 6, 1), "site": site,
               "hire_date": dt.date(2024, 6, 1), "role": "agent", "team": "a"}  # fmt: skip
        rows["roster"].append(row)
        leaves = site == "Birch" and number % 12 < 8
        if site == "Birch" and not leaves:
            moved = {"site": "Aster", "effective_date": dt.date(2025, 3, 15)}
            rows["roster"].append(row | moved)
        if leaves:
            kind = "voluntary" if number % 2 else "involuntary"
            rows["attrition"].append(
                {"employee_id": person, "separation_date": dt.date(2025, 3, 15),
                 "separation_type": kind, "reason": None}
            )  # fmt: skip
        rows["shifts"] += [
            {"employee_id": person, "shift_date": day, "scheduled_hours": 8.0,
             "absent_hours": float(number % 3), "absence_type": "sick"}
            for day in days if not (leaves and day > dt.date(2025, 3, 14))
        ]  # fmt: skip
    return World(rows, data_until=dt.date(2025, 4, 30), min_group=5)


@pytest.mark.parametrize("is_open", [False, True])
def test_of_a_site_that_closes_facts_are_told_and_nothing_else(is_open: bool) -> None:
    """Everybody there is known by having left or moved on, so what they share would be theirs."""
    world = replace(closing_world(), is_exit_kind_open=is_open)
    with built(world, ["all_month", "site_month", "arm_month", "team_month"]) as con:
        rows, expected = rows_of(con), Recount(world).rows()
        teams = {(row["site"], row["month"].month): row for row in mart(con, "team_month")}
    march = rows["site", "Birch", dt.date(2025, 3, 1)]
    for name, value in expected["site", "Birch", dt.date(2025, 3, 1)].items():
        assert is_same(march[name], value, name), name
    facts = ("n_opening", "n_exits", "n_net_moves", "n_closing", "status")
    assert [march[name] for name in facts] == [12, 8, -4, 0, "shown"]
    assert (march["n_voluntary_exits"], march["exits_status"]) == (
        (4, "shown") if is_open else (None, "suppressed")
    )
    assert (march["unplanned_absence_rate"], march["absence_status"]) == (None, "suppressed")
    assert (teams["Birch", 3]["status"], teams["Birch", 3]["n_exits"]) == ("suppressed", None)
    assert (teams["Birch", 2]["status"], teams["Aster", 3]["status"]) == ("shown", "shown")
    before = rows["site", "Birch", dt.date(2025, 2, 1)]
    assert (before["absence_status"], before["exits_status"]) == ("shown", "shown")
    assert ("site", "Birch", dt.date(2025, 4, 1)) not in rows
    assert rows["all", "all", dt.date(2025, 3, 1)]["exits_status"] == "shown"
