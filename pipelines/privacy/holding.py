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
TOLERANCE = 1e-9
_Counts = Mapping[tuple[str, str], int]
"""People by arm and by what is counted."""


def held_cells(changes: pl.DataFrame, plan: CellPlan, min_group: int) -> frozenset[Cell] | None:
    """The cells of one family that have to stand as they were; None if all of them have to.

    ``changes`` as `pipelines.privacy.ledger.changes` returns them. Cells without any change aren't
    in it and are never held.
    """
    table = _counts(changes)
    small = {cell for cell, counts in table.items() if not _is_safe(counts, min_group)}
    if not plan.has_whole:
        return frozenset(small)
    if WHOLE in small:
        return None
    return _together(_Lattice.of(table), small, min_group) if small else frozenset()


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


def _together(lattice: _Lattice, small: set[Cell], min_group: int) -> frozenset[Cell] | None:
    """Hold further cells until nothing gives a small one's changes away; None if all must stand."""
    held = set(small)
    while True:
        _settle_sums(lattice, held, min_group)
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
    _, singular, directions = np.linalg.svd(equations)
    rank = int((singular > TOLERANCE).sum())
    freedom = np.abs(directions[rank:]).max(axis=0, initial=0.0)
    return {cell for cell, position in column.items() if freedom[position] <= TOLERANCE}


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
        for name, number in lattice.counts[cell].items():
            total[name] += number
    return total
