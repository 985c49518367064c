"""The lattice, the bounds and the fixpoint, against counting every population there could be."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.outcomes.divisions import CROSS
from pipelines.privacy.bounds import InconsistentError, narrow_cells
from pipelines.privacy.complementary import Column, hide_more
from pipelines.privacy.lattice import lattice_of
from tests.unit.privacy.lattices import SmallWorld, every_population, worlds

FLOORS = st.integers(min_value=2, max_value=5)


def primary(counts: np.ndarray, floor: int) -> np.ndarray:
    return (counts > 0) & (counts < floor)


@settings(max_examples=25, deadline=None)
@given(worlds(), st.data())
def test_the_bounds_are_those_of_every_population_that_fits(world: SmallWorld, data) -> None:
    """Hide any cells: a range is too narrow exactly if all populations there are say so."""
    counts, n = world.counts, len(world.counts)
    hidden = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    hidden[0] = False  # else there are too many populations to count
    width = data.draw(FLOORS)
    shown = np.where(hidden, np.nan, counts)
    populations = every_population(world, shown)
    assert (populations == counts).all(axis=1).any()
    low, high = populations.min(axis=0), populations.max(axis=0)
    expected = {k for k in np.flatnonzero(hidden) if high[k] - low[k] < width and high[k] > 0}
    found = {each.cell: each for each in narrow_cells(world.lattice, shown, width)}
    assert set(found) == expected
    for cell, each in found.items():
        assert (each.low, each.high) == pytest.approx((low[cell], high[cell]))


@settings(max_examples=40, deadline=None)
@given(worlds(), FLOORS)
def test_no_population_count_gives_a_hidden_number_back(world: SmallWorld, floor: int) -> None:
    """After hiding, whoever counts all populations that fit knows no number to `floor`."""
    counts = world.counts
    hidden = hide_more(world.lattice, [Column(counts, floor)], primary(counts, floor))
    assert hidden[primary(counts, floor)].all()
    assert not narrow_cells(world.lattice, np.where(hidden, np.nan, counts), floor)
    if hidden[0]:
        return
    populations = every_population(world, np.where(hidden, np.nan, counts))
    for cell in np.flatnonzero(hidden):
        values = set(populations[:, cell].tolist())
        assert values == {0} or max(values) - min(values) >= floor


@settings(max_examples=30, deadline=None)
@given(worlds(), worlds(), FLOORS)
def test_both_arms_are_protected_by_one_pattern(world: SmallWorld, other, floor: int) -> None:
    if world.table.shape != other.table.shape:
        return
    both = SmallWorld(world.table + other.table, world.pairs)
    arms = [
        np.array([table[mask].sum() for mask in both.groups.values()], dtype=float)
        for table in (world.table, other.table)
    ]
    small = primary(arms[0], floor) | primary(arms[1], floor)
    hidden = hide_more(both.lattice, [Column(arm, floor) for arm in arms], small)
    for arm in arms:
        assert not narrow_cells(both.lattice, np.where(hidden, np.nan, arm), floor)
    for equation in both.lattice.equations:
        rests_are_safe(equation, arms, hidden, floor)


def rests_are_safe(equation, arms, hidden, floor) -> None:
    """Whatever is shown of a whole and its parts leaves nobody, or enough people."""
    inside = [child for child in equation.children if hidden[child]]
    if hidden[equation.parent] or not inside:
        return
    assert len(inside) >= 2
    for arm in arms:
        rest = arm[inside].sum()
        assert rest == 0 or rest >= floor


@settings(max_examples=25, deadline=None)
@given(worlds(), FLOORS)
def test_the_order_of_the_cells_changes_nothing(world: SmallWorld, floor: int) -> None:
    names, counts = list(world.groups), world.counts
    back = np.arange(len(names))[::-1]
    hidden = hide_more(world.lattice, [Column(counts, floor)], primary(counts, floor))
    turned = hide_more(
        lattice_of([names[k] for k in back]),
        [Column(counts[back], floor)],
        primary(counts, floor)[back],
    )
    if len(world.pairs) == 0:
        assert (turned[::-1] == hidden).all()
    assert not narrow_cells(world.lattice, np.where(turned[::-1], np.nan, counts), floor)


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    world = SmallWorld(np.array([[20, 30], [40, 50]]), ((0, 1),))
    counts = world.counts
    assert not hide_more(world.lattice, [Column(counts, 10)], primary(counts, 10)).any()


def test_the_smallest_that_suffice_are_hidden_around_one_small_cell() -> None:
    """A rectangle of four: the small cell, its smallest neighbours, and their crossing."""
    world = SmallWorld(np.array([[4, 60, 20], [70, 80, 90], [30, 85, 40]]), ((0, 1),))
    counts, names = world.counts, list(world.groups)
    hidden = hide_more(world.lattice, [Column(counts, 10)], primary(counts, 10))
    crossed = [f"v{i}{CROSS}v{j}" for i, j in itertools.product((0, 2), (0, 2))]
    assert {names[k][1] for k in np.flatnonzero(hidden)} == set(crossed)


def test_a_group_that_hidden_parts_form_together_is_looked_at_as_people() -> None:
    """Two hidden parts whose people share two coaches: a third part is hidden with them."""
    world = SmallWorld(np.array([[3, 0], [40, 0], [50, 0], [60, 0]]), ())
    counts = world.counts
    tested: list[tuple[int, ...]] = []

    def is_unsafe(cells) -> bool:
        tested.append(tuple(cells))
        return len(cells) == 2

    start = primary(counts, 10)
    hidden = hide_more(world.lattice, [Column(counts, 10)], start, is_unsafe)
    names = list(world.groups)
    assert sorted(names[k] for k in np.flatnonzero(hidden)) == [
        ("site", "v0"),
        ("site", "v1"),
        ("site", "v2"),
    ]
    assert (1, 2) in tested


def test_numbers_that_no_population_has_are_refused() -> None:
    world = SmallWorld(np.array([[4, 6], [5, 5]]), ((0, 1),))
    shown = np.where(primary(world.counts, 5), np.nan, world.counts)
    shown[1] += 90
    with pytest.raises(InconsistentError):
        narrow_cells(world.lattice, shown, 5)


def test_counts_that_arent_known_are_hidden_and_protected() -> None:
    world = SmallWorld(np.array([[30, 0], [40, 0], [50, 0]]), ())
    counts = world.counts
    counts[1] = np.nan
    hidden = hide_more(world.lattice, [Column(counts, 10)], np.zeros(len(counts), dtype=bool))
    assert hidden[:4].tolist() == [False, True, True, False]
