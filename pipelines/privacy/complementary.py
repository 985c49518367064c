"""Which further groups must be hidden so that nothing shown gives a hidden one back.

Some cells of a lattice are hidden because of what they would say (primary suppression). The others
overlap with them, so more must go (complementary suppression), until for every hidden cell

- in each equation that it stands in at least one other number is hidden, and what is shown leaves a
  rest of nobody or of at least `width` people, who aren't themselves a group to hide; and
- its range, as far as an outsider can tell, is at least `width` wide (see `bounds`).

The second implies most of the first; the first is quick, and it is where groups that nobody
published but anybody can form (everybody but the shown parts) are looked at as people: whether they
have too few coaches, or all the same value. Both are repeated until nothing changes, so the outcome
is a fixpoint, and `pipelines.privacy.audit` finds nothing left. Where there is a choice the
smallest cell goes first (hypercube and network methods choose by cost as well: Hundepool et al.
2012, Statistical Disclosure Control, section 4.4); the whole goes last.

The engine knows nothing of outcomes or arms: a column is anything that adds up over people. Counts
of *changes* between two publications work alike, a held cell being a hidden one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.privacy.bounds import TOLERANCE, Bools, Floats, narrow_cells
from pipelines.privacy.lattice import WHOLE, Equation, Lattice

GroupTest = Callable[[Sequence[int]], bool]
"""Whether the people of some cells (positions, no person in two of them), taken together, are a
group that must not be shown."""


@dataclass(frozen=True)
class Column:
    """A count over people, in every cell of a lattice."""

    counts: Floats
    """(C,) never below 0; NaN where it isn't known, and so can't be shown."""
    width: float
    """How wide the range of a hidden count must be; a rest between 0 and this is too small."""
    is_empty_safe: bool = True
    """Whether it may be known of a hidden cell that it holds nobody."""


def hide_more(
    lattice: Lattice,
    columns: Sequence[Column],
    is_hidden: Bools,
    is_unsafe_together: GroupTest | None = None,
) -> Bools:
    """Return (C,) which cells to hide so that the hidden ones stay so; all of `is_hidden` are.

    A cell is shown in all columns or in none; without columns nothing adds up. Terminates because
    every step hides a cell more.
    """
    hidden = is_hidden.copy()
    for column in columns:
        hidden |= np.isnan(column.counts)
    if not hidden.any() or not columns:
        return hidden
    order = _order(lattice, columns)
    while True:
        hidden = _balance(lattice, columns, hidden, order, is_unsafe_together)
        more = _from_ranges(lattice, columns, hidden, order)
        if not more:
            return hidden
        hidden[sorted(more)] = True


def _order(lattice: Lattice, columns: Sequence[Column]) -> dict[int, int]:
    """Rank the cells: the smallest first, by their smaller count; cells with a 0, the whole last.

    A cell that has nobody in one column protects nothing there.
    """
    counts = np.nan_to_num(np.array([column.counts for column in columns]))
    smallest, total = counts.min(axis=0), counts.sum(axis=0)
    ranked = sorted(
        range(len(lattice)),
        key=lambda cell: (
            lattice.names[cell][0] == WHOLE,
            smallest[cell] == 0,
            smallest[cell],
            total[cell],
            lattice.names[cell],
        ),
    )
    return {cell: rank for rank, cell in enumerate(ranked)}


def _balance(
    lattice: Lattice,
    columns: Sequence[Column],
    is_hidden: Bools,
    order: dict[int, int],
    is_unsafe_together: GroupTest | None,
) -> Bools:
    """Hide until every equation has no hidden cell or enough of them."""
    hidden = is_hidden.copy()
    changed = True
    while changed:
        changed = False
        for equation in lattice.equations:
            while not _is_balanced(equation, columns, hidden, is_unsafe_together):
                hidden[_next(equation, hidden, order)] = True
                changed = True
    return hidden


def _is_balanced(
    equation: Equation,
    columns: Sequence[Column],
    hidden: Bools,
    is_unsafe_together: GroupTest | None,
) -> bool:
    unknown = [child for child in equation.children if hidden[child]]
    if hidden[equation.parent]:
        return bool(unknown)
    if not unknown:
        return True
    if len(unknown) < 2:
        return False
    shown = [child for child in equation.children if not hidden[child]]
    if not shown:
        return True
    rests = (column.counts[equation.parent] - column.counts[shown].sum() for column in columns)
    if any(_is_small(rest, column) for rest, column in zip(rests, columns, strict=True)):
        return False
    return is_unsafe_together is None or not is_unsafe_together(unknown)


def _is_small(rest: float, column: Column) -> bool:
    if rest <= TOLERANCE:
        return not column.is_empty_safe
    return rest < column.width - TOLERANCE


def _next(equation: Equation, hidden: Bools, order: dict[int, int]) -> int:
    """Return the smallest shown child, or the parent where none is shown."""
    shown = [child for child in equation.children if not hidden[child]]
    return min(shown, key=order.__getitem__) if shown else equation.parent


def _from_ranges(
    lattice: Lattice, columns: Sequence[Column], hidden: Bools, order: dict[int, int]
) -> set[int]:
    """Return for every hidden cell with too narrow a range one of those that it follows from."""
    more: set[int] = set()
    for column in columns:
        shown = np.where(hidden, np.nan, column.counts)
        for each in narrow_cells(lattice, shown, column.width, is_empty_safe=column.is_empty_safe):
            if each.shown and not more.intersection(each.shown):
                more.add(min(each.shown, key=order.__getitem__))
    return more
