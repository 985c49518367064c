"""Ways of leaving beside how many left: what follows from a month, by trying every one."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.core.rounding import apportioned
from pipelines.disclosure.months import KINDS, kinds_to_grid

FEWEST_ALIKE = 3
"""How many numbers of leavers by choice must look the same."""
GRID, LEAVERS = 5, range(5, 41)
Told = tuple[Any, ...]


def ways_of(n_exits: int) -> list[tuple[int, int]]:
    """Every number of leavers by choice and of dismissals that so many leavers may be."""
    return [(v, i) for v in range(n_exits + 1) for i in range(n_exits + 1 - v)]


def told_of(n_exits: int) -> dict[Told, set[tuple[int, int]]]:
    """What is told of each, and of which ones it is."""
    ways = ways_of(n_exits)
    frame = pl.DataFrame([(n_exits, *way) for way in ways], ["n_exits", *KINDS], orient="row")
    rounded = frame.with_columns(kinds_to_grid(frame, GRID))
    found: dict[Told, set[tuple[int, int]]] = defaultdict(set)
    for way, row in zip(ways, rounded.rows(), strict=True):
        found[row].add(way)
    return found


@pytest.mark.parametrize("n_exits", LEAVERS)
def test_no_number_of_a_kind_follows_from_what_is_told(n_exits: int) -> None:
    for told, ways in told_of(n_exits).items():
        by_choice, dismissed = ({way[k] for way in ways} for k in (0, 1))
        otherwise = {n_exits - sum(way) for way in ways}
        for possible in (by_choice, dismissed, otherwise):
            assert len(possible) >= FEWEST_ALIKE, told
        # Whoever knows that nobody left in another way still can't tell that all were alike.
        two_ways = {v for v, i in ways if v + i == n_exits}
        assert not two_ways or len(two_ways) >= FEWEST_ALIKE, told


@given(st.lists(st.integers(0, 60), min_size=1, max_size=4), st.integers(1, 12))
def test_lots_add_up_and_stay_near(counts: list[int], base: int) -> None:
    told = apportioned(counts, base)
    total = sum(counts)
    assert all(each % base == 0 for each in told)
    if total:
        assert abs(sum(told) - total) <= base / 2
        lots = round(sum(told) / base)
        assert all(abs(t / base - c * lots / total) < 1 for t, c in zip(told, counts, strict=True))
    assert apportioned(counts, 0) == counts


def test_what_is_hidden_stays_hidden_and_nobody_is_nobody() -> None:
    frame = pl.DataFrame(
        {"n_exits": [4, 0, 14], KINDS[0]: [None, 0, 14], KINDS[1]: [None, 0, 0]},
        schema_overrides=dict.fromkeys(KINDS, pl.Int32()),
    )
    chose, dismissed = kinds_to_grid(frame, GRID)
    assert chose.to_list() == [None, 0, 15]
    assert dismissed.to_list() == [None, 0, 0]
    assert chose.dtype == pl.Int32()
