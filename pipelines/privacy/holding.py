"""Which cells may be released anew tonight, and which have to stand as they were.

A cell whose records changed for 1 to ``min_group`` - 1 people stands as it was: its new number
minus its old one would be about these few. But where a whole and the other parts of it are
released, what is left of the difference is the held part's all the same. So further parts are held
until, in every division of every whole, the held ones together have no change or at least
``min_group`` people's, and until linear algebra over all sums gives no small cell's change back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from pipelines.outcomes.divisions import CROSS
from pipelines.outcomes.results import ALL_PEOPLE
from pipelines.privacy.ledger import COUNTED, CellPlan

Cell = tuple[str, str]
"""Segment and segment value."""
WHOLE: Cell = (ALL_PEOPLE, ALL_PEOPLE)
SMALL = 1e-6
"""What counts as no freedom, and as an eigenvalue of 0: the equations hold whole numbers."""
_Counts = Mapping[tuple[str, str], int]
"""People by arm and by what is counted."""


def held_cells(
    changes: pl.DataFrame,
    plan: CellPlan,
    min_group: int,
    waiting: pl.DataFrame | None = None,
    since: pl.DataFrame | None = None,
) -> frozenset[Cell] | None:
    """The cells of one family that have to stand as they were; None if all of them have to.

    ``changes`` as `pipelines.privacy.ledger.changes` returns them. Cells without any change aren't
    in it and are never held for themselves. ``waiting`` are the cells that stood at earlier
    releases (`WAITING_SCHEMA`), ``since`` the changes since these (`changes_since`).
    """
    table = _counts(changes)
    small = {cell for cell, counts in table.items() if not _is_safe(counts, min_group)}
    if not plan.has_whole:
        return frozenset(small)
    if WHOLE in small:
        return None
    if not small and (waiting is None or waiting.is_empty()):
        return frozenset()
    lattice = _Lattice.of(table)
    return _together(lattice, small, min_group, _Past.of(waiting, since))


def _counts(changes: pl.DataFrame) -> dict[Cell, dict[tuple[str, str], int]]:
    table: dict[Cell, dict[tuple[str, str], int]] = defaultdict(dict)
    columns = ("segment", "segment_value", "arm", *COUNTED)
    for segment, value, arm, *numbers in changes.select(columns).iter_rows():
        for name, number in zip(COUNTED, numbers, strict=True):
            table[(segment, value)][(arm, name)] = number
    return dict(table)


def _is_safe(counts: _Counts, min_group: int) -> bool:
    """Whether nobody's or enough people's records changed, in each arm and by each count."""
    return all(number == 0 or number >= min_group for number in counts.values())


@dataclass
class _Lattice:
    """Cells with any change, and how they add up: each whole with each way of dividing it."""

    counts: dict[Cell, dict[tuple[str, str], int]]
    divided: list[tuple[Cell, list[Cell]]] = field(default_factory=list)

    @staticmethod
    def of(counts: dict[Cell, dict[tuple[str, str], int]]) -> _Lattice:
        """Link every cell to those that it is a part of."""
        parts: dict[tuple[Cell, str], list[Cell]] = defaultdict(list)
        for cell in sorted(counts):
            for whole in _wholes(cell):
                parts[(whole, cell[0])].append(cell)
        return _Lattice(counts, [(whole, cells) for (whole, _), cells in sorted(parts.items())])


def _wholes(cell: Cell) -> Iterator[Cell]:
    """The cells that have one dimension less."""
    segment, value = cell
    if cell == WHOLE:
        return
    names, values = segment.split(CROSS), value.split(CROSS)
    if len(names) == 1:
        yield WHOLE
        return
    for left_out in range(len(names)):
        kept = [position for position in range(len(names)) if position != left_out]
        yield (
            CROSS.join(names[position] for position in kept),
            CROSS.join(values[position] for position in kept),
        )


@dataclass(frozen=True)
class _Past:
    """What earlier releases left open: by release, the counts of the cells that stood at it."""

    stood: dict[int, dict[Cell, dict[tuple[str, str], int]]]
    since: dict[tuple[int, Cell], _Counts]

    @staticmethod
    def of(waiting: pl.DataFrame | None, since: pl.DataFrame | None) -> _Past:
        stood: dict[int, dict[Cell, dict[tuple[str, str], int]]] = {}
        later: dict[tuple[int, Cell], _Counts] = {}
        if waiting is not None:
            for (night,), rows in waiting.group_by("release_id"):
                stood[int(str(night))] = _counts(rows)
        if since is not None:
            for (night,), rows in since.group_by("release_id"):
                later |= {(int(str(night)), cell): n for cell, n in _counts(rows).items()}
        return _Past(dict(stood), later)

    def given_away(self, held: set[Cell], min_group: int) -> set[Cell]:
        """Cells that may not go out yet: their new number would tell of the others' at a release.

        At each release a whole that went out is the sum of its parts. A part that stood then is
        known as it is at the nearest of its releases; if what all parts differ by comes from a
        few people, these are found out.
        """
        found: set[Cell] = set()
        for night, cells in self.stood.items():
            for whole, parts in _Lattice.of(cells).divided:
                if whole in cells:
                    continue
                total: dict[tuple[str, str], int] = defaultdict(int)
                for part in parts:
                    for name, number in self._nearest(night, part, cells[part], held).items():
                        total[name] += number
                if not _is_safe(total, min_group):
                    nearer = [
                        part
                        for part in parts
                        if self._nearest(night, part, cells[part], held) != cells[part]
                    ]
                    found |= set(nearer)
        return found

    def _nearest(self, night: int, part: Cell, stood: _Counts, held: set[Cell]) -> _Counts:
        """By how many people a part at a past release differs from any of its numbers."""
        if part in held:
            return stood
        later = self.since.get((night, part), {})
        return {name: min(number, later.get(name, 0)) for name, number in stood.items()}


def _together(
    lattice: _Lattice, small: set[Cell], min_group: int, past: _Past
) -> frozenset[Cell] | None:
    """Hold further cells until nothing gives a small one's changes away; None if all must stand."""
    held = set(small)
    while True:
        _settle_sums(lattice, held, min_group)
        early = past.given_away(held, min_group)
        if early:
            held |= early
            continue
        exposed = small & _worked_out(lattice, held)
        if not exposed:
            return frozenset(held)
        more = [cell for cell in _neighbours(lattice, held) if cell not in held]
        if not more:
            return None
        held.add(min(more, key=lambda cell: (max(lattice.counts[cell].values()), cell)))


def _settle_sums(lattice: _Lattice, held: set[Cell], min_group: int) -> None:
    """Hold the least changed part beside held ones until no whole minus its parts is about few."""
    is_settled = False
    while not is_settled:
        is_settled = True
        for whole, parts in lattice.divided:
            others = [part for part in parts if part not in held]
            standing = [part for part in parts if part in held]
            if whole in held or not others or _is_safe(_sum(lattice, standing), min_group):
                continue
            held.add(min(others, key=lambda part: (max(lattice.counts[part].values()), part)))
            is_settled = False


def _worked_out(lattice: _Lattice, held: set[Cell]) -> set[Cell]:
    """The held cells whose change follows from the released ones, by linear algebra.

    Every whole is the sum of its parts, so each division is an equation between the changes of
    held cells. A change is determined where the null space of all equations leaves it no freedom.
    """
    column = {cell: position for position, cell in enumerate(sorted(held))}
    equations = np.zeros((len(lattice.divided), len(column)))
    for row, (whole, parts) in enumerate(lattice.divided):
        for part in parts:
            if part in column:
                equations[row, column[part]] = 1.0
        if whole in column:
            equations[row, column[whole]] = -1.0
    squares, directions = np.linalg.eigh(equations.T @ equations)
    free = directions[:, squares <= SMALL]
    freedom = np.abs(free).max(axis=1, initial=0.0)
    return {cell for cell, position in column.items() if freedom[position] <= SMALL}


def _neighbours(lattice: _Lattice, held: set[Cell]) -> set[Cell]:
    """The cells in an equation with a held one, apart from everybody."""
    found: set[Cell] = set()
    for whole, parts in lattice.divided:
        together = {whole, *parts} & set(lattice.counts)
        if together & held:
            found |= together
    return found - {WHOLE}


def _sum(lattice: _Lattice, cells: list[Cell]) -> dict[tuple[str, str], int]:
    total: dict[tuple[str, str], int] = defaultdict(int)
    for cell in cells:
        for name, number in lattice.counts.get(cell, {}).items():
            total[name] += number
    return total
