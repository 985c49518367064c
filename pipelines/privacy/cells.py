"""Which groups aren't shown of which outcome: dangerous ones, and others that would give them away.

Three kinds of numbers, each over the lattice of everybody and the published parts:

- everybody in the comparison: who is hidden here is hidden for every outcome;
- exits of one kind by a day: the people are the leavers, see `groups`. Days follow each other, so
  those who left between two shown days are a group too;
- values (fatigue, absence and so on): the people are those with a value.

A hidden cell is hidden in all designs and estimands: they are about the same people, and an
unadjusted share beside a number of people tells how many it stands for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.outcomes.divisions import divide, divide_twice
from pipelines.outcomes.measures import MeasureValues, values_of
from pipelines.outcomes.people import People
from pipelines.outcomes.results import Measure
from pipelines.outcomes.survival import Ints
from pipelines.privacy.bounds import Bools, Floats
from pipelines.privacy.complementary import Column, GroupTest, hide_more
from pipelines.privacy.groups import (
    Floor,
    Leaving,
    PeopleTest,
    few_leavers,
    few_people,
    telling_leavers,
    telling_values,
)
from pipelines.privacy.lattice import WHOLE, Lattice, Name, lattice_of

KINDS = {"voluntary_exit": "voluntary", "involuntary_exit": "involuntary"}
"""Outcomes that tell how people left, and the kind of exit that each counts."""
ANY_EXIT = "any_exit"
EVERYBODY = "everybody"
"""Stands in the place of an outcome, by day 0, for the people of a cell as such."""
PRIMARY, COMPLEMENTARY = "primary", "complementary"
HIDDEN_CELL_SCHEMA = {
    "outcome": pl.String(),
    "horizon_days": pl.Int64(),
    "segment": pl.String(),
    "segment_value": pl.String(),
    "suppression": pl.String(),
}
_FAMILY = ("outcome", "horizon_days")
_CELL = ("segment", "segment_value")


def hidden_cells(
    people: People,
    values: pl.DataFrame,
    measures: Iterable[Measure],
    published: pl.DataFrame,
    floor: Floor,
) -> pl.DataFrame:
    """Return the cells to hide (`HIDDEN_CELL_SCHEMA`), each with the kind of its suppression.

    ``published`` names what would be shown: ``outcome``, ``horizon_days``, ``segment`` and
    ``segment_value``, any number of times; ``values`` as for `compare_measures`.
    """
    world = _World(people, _rows_of_parts(people), floor)
    families = _families(published)
    everybody = np.ones(len(people), dtype=bool)
    names = tuple(dict.fromkeys(name for own in families.values() for name in own))
    all_cells = _Cells.of(world, names)
    base = _Found.of(
        all_cells,
        all_cells.columns(everybody),
        few_people(people, floor, everybody),
    )
    hidden = [(EVERYBODY, 0, *name, kind) for name, kind in base.listed()]
    exits = {family: own for family, own in families.items() if family[0] in (ANY_EXIT, *KINDS)}
    found = _of_all_exits(world, exits, base)
    for family, own in families.items():
        if family not in exits:
            mine = values_of(people, values, _measure(measures, family[0]))
            found[family] = _of_values(_Cells.of(world, own), mine, base)
    hidden += [
        (*family, *name, kind) for family, each in found.items() for name, kind in each.listed()
    ]
    return pl.DataFrame(hidden, schema=HIDDEN_CELL_SCHEMA, orient="row")


@dataclass(frozen=True)
class _World:
    """The people, who is in which part, and the floor."""

    people: People
    rows: Mapping[Name, Ints]
    floor: Floor


def _rows_of_parts(people: People) -> dict[Name, Ints]:
    parts = [*divide(people.frame).values(), *divide_twice(people.frame).values()]
    rows = {(part.segment, part.value): part.rows for own in parts for part in own}
    return {(WHOLE, WHOLE): np.arange(len(people)), **rows}


def _families(published: pl.DataFrame) -> dict[tuple[str, int], tuple[Name, ...]]:
    keys = published.select(*_FAMILY, *_CELL).unique(maintain_order=True)
    families: dict[tuple[str, int], list[Name]] = {}
    for outcome, day, segment, value in keys.iter_rows():
        families.setdefault((outcome, day), []).append((segment, value))
    return {family: tuple(own) for family, own in families.items()}


def _measure(measures: Iterable[Measure], outcome: str) -> Measure:
    return next(each for each in measures if each.outcome == outcome)


@dataclass(frozen=True)
class _Cells:
    """Some published cells and the people in each."""

    world: _World
    lattice: Lattice
    rows: tuple[Ints, ...]

    @classmethod
    def of(cls, world: _World, names: Sequence[Name]) -> _Cells:
        return cls(world, lattice_of(names), tuple(world.rows[name] for name in names))

    def columns(self, is_counted: NDArray[np.bool_], width: float | None = None) -> list[Column]:
        """Count some people (n,) of each arm in every cell."""
        people, floor = self.world.people, self.world.floor
        return [
            Column(
                self._counts(is_counted & (people.is_a == is_a)),
                floor.min_group if width is None else width,
                is_empty_safe=width is None,
            )
            for is_a in (True, False)
        ]

    def _counts(self, is_counted: NDArray[np.bool_]) -> Floats:
        return np.array([is_counted[rows].sum() for rows in self.rows], dtype=np.float64)

    def dangerous(self, test: PeopleTest) -> Bools:
        """Tell which cells (C,) are dangerous by themselves."""
        return np.array([test(rows) for rows in self.rows], dtype=bool)

    def together(self, test: PeopleTest) -> GroupTest:
        """Turn a test of people into one of cells."""
        return lambda cells: test(np.concatenate([self.rows[cell] for cell in cells]))


@dataclass(frozen=True)
class _Found:
    """Which cells are hidden, and which of them because of themselves."""

    cells: _Cells
    hidden: Bools
    primary: Bools

    @classmethod
    def of(
        cls,
        cells: _Cells,
        columns: Sequence[Column],
        test: PeopleTest,
        primary: Bools | None = None,
        already: _Found | None = None,
    ) -> _Found:
        """Hide the dangerous cells, those of `already`, and what protects them."""
        own = cells.dangerous(test) if primary is None else primary
        before = np.zeros_like(own)
        if already is not None:
            inherited = already.within(cells)
            own, before = own | inherited.primary, inherited.hidden
        hidden = hide_more(cells.lattice, columns, own | before, cells.together(test))
        return cls(cells, hidden, own)

    def within(self, cells: _Cells) -> _Found:
        """Return the same for some of the cells."""
        place = {name: position for position, name in enumerate(self.cells.lattice.names)}
        at = [place[name] for name in cells.lattice.names]
        return _Found(cells, self.hidden[at], self.primary[at])

    def listed(self) -> list[tuple[Name, str]]:
        """Return every hidden cell with the kind of its suppression."""
        return [
            (name, PRIMARY if is_primary else COMPLEMENTARY)
            for name, is_hidden, is_primary in zip(
                self.cells.lattice.names, self.hidden, self.primary, strict=True
            )
            if is_hidden
        ]


_Families = Mapping[tuple[str, int], tuple[Name, ...]]
"""The published cells of an outcome by a day."""


def _of_all_exits(
    world: _World, families: _Families, base: _Found
) -> dict[tuple[str, int], _Found]:
    """Hide exits of every kind by every day.

    All these rows tell how many people there are. So a cell that none of them shows must not be
    worked out from others that are shown on some of the days: those are hidden on all, then.
    """
    while True:
        found: dict[tuple[str, int], _Found] = {}
        for outcome in dict.fromkeys(outcome for outcome, _ in families):
            days = sorted(day for each, day in families if each == outcome)
            mine = [(day, _Cells.of(world, families[outcome, day])) for day in days]
            if outcome == ANY_EXIT:
                own = {day: base.within(cells) for day, cells in mine}
            else:
                own = _of_exits(world, KINDS[outcome], mine, base)
            found |= {(outcome, day): each for day, each in own.items()}
        never = base.hidden | _never_shown(base.cells.lattice.names, found.values())
        everybody = np.ones(len(world.people), dtype=bool)
        columns = base.cells.columns(everybody)
        closed = hide_more(base.cells.lattice, columns, never)
        if (closed == never).all():
            return found
        base = _Found(base.cells, closed, base.primary)


def _never_shown(names: Sequence[Name], found: Iterable[_Found]) -> Bools:
    """Tell which cells (C,) are published, but hidden in every family."""
    shown: set[Name] = set()
    listed: set[Name] = set()
    for each in found:
        own = each.cells.lattice.names
        listed.update(own)
        shown.update(name for name, hidden in zip(own, each.hidden, strict=True) if not hidden)
    return np.array([name in listed and name not in shown for name in names], dtype=bool)


def _of_exits(
    world: _World, kind: str, days: Sequence[tuple[int, _Cells]], base: _Found
) -> dict[int, _Found]:
    """Hide exits of one kind by each of some days, ascending."""
    people, floor = world.people, world.floor
    found: dict[int, _Found] = {}
    last_shown: dict[Name, Leaving] = {}
    for day, cells in days:
        names = cells.lattice.names
        leaving = Leaving.by(people, kind, day)
        dangerous = []
        for name, rows in zip(names, cells.rows, strict=True):
            groups = [leaving]
            if (
                name in last_shown
                and (more := leaving.since(last_shown[name])).has_left[rows].any()
            ):
                groups.append(more)
            test = few_leavers if name[0] == WHOLE else telling_leavers
            dangerous.append(any(test(people, floor, group)(rows) for group in groups))
        columns = [
            column
            for column in cells.columns(leaving.is_counted, width=1.0)
            if column.counts.max() > 0
        ]
        found[day] = _Found.of(
            cells,
            columns,
            telling_leavers(people, floor, leaving),
            np.array(dangerous, dtype=bool),
            base,
        )
        last_shown |= {
            name: leaving
            for name, is_hidden in zip(names, found[day].hidden, strict=True)
            if not is_hidden
        }
    return found


def _of_values(cells: _Cells, mine: MeasureValues, base: _Found) -> _Found:
    """Hide the values of one outcome."""
    test = telling_values(cells.world.people, cells.world.floor, mine)
    return _Found.of(cells, cells.columns(mine.has_value), test, None, base)
