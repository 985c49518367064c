"""The month tables against a naive recount, and what must hold between them."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
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
def test_every_group_counts_as_the_recount_does(world: World, tmp_path: Path) -> None:
    with built(world, tmp_path, ["all_month", "site_month", "arm_month"]) as con:
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
                 "sessions"):  # fmt: skip
        assert seen[f"{name}_status", "shown"] >= 3, name
        assert seen[f"{name}_status", "suppressed"] >= 3, name
    assert seen["starters_status", "too_early"] >= 1
    assert seen["starters_status", "no_data"] >= 1
