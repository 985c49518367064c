"""How closely an outsider can pin down hidden numbers from the shown ones.

Every shown number is a linear equation in the atoms' numbers (see `lattice`), and no atom holds
fewer than nobody. What a hidden number can be is therefore a range, and its ends are two linear
programmes (Willenborg & de Waal 2001, section 6.3; Hundepool et al. 2012, Statistical Disclosure
Control, section 4.4). A hidden number is safe where that range is at least `width` wide; a range of
width 0 is what "recoverable by adding and subtracting" means, and more: it also counts what
follows from no group having fewer than nobody.

A range is wide as soon as two populations are known that both have all the shown numbers and lie so
far apart in the hidden one: nobody outside can tell them apart. One pair of programmes that pushes
many hidden numbers up and down at once usually tells that of half of them, so few cells need
programmes of their own. Up to `MAX_WHOLE_ATOMS` atoms the populations consist of whole people;
above that, of fractions too, which may make a range look wider than whole people would have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from pipelines.errors import PipelineError
from pipelines.privacy.lattice import Equation, Lattice

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TOLERANCE = 1e-6
"""How far apart two counts may be and still be called equal, for rounding (people)."""
MAX_WHOLE_ATOMS = 60
"""Up to so many smallest groups whole people are counted; it takes five to thirty times as long."""
_ROUNDS = 30
"""Pairs of programmes for many cells at once before the cells left get their own."""
_IDLE_ROUNDS = 3
"""So many pairs in a row that tell of no further cell are enough."""
_OPTIMAL, _INFEASIBLE = 0, 2


class InconsistentError(PipelineError):
    """No population has the numbers that are shown."""


@dataclass(frozen=True)
class Narrow:
    """A hidden cell whose number is known too well."""

    cell: int
    low: float
    high: float
    shown: tuple[int, ...]
    """The shown cells that the range follows from."""


@dataclass(frozen=True)
class _System:
    """What an outsider knows: rows @ atoms = values, atoms >= 0."""

    rows: sparse.csr_array
    values: Floats
    cells: tuple[int, ...]
    """The cell that each of the first rows is about; links come after them."""
    most: float
    """No atom is looked at with more: far above all that is shown, and enough for any width."""

    @property
    def is_whole(self) -> bool:
        """Whether whole people are counted."""
        return int(self.rows.shape[1]) <= MAX_WHOLE_ATOMS


def narrow_cells(
    lattice: Lattice,
    shown: Floats,
    width: float,
    *,
    is_empty_safe: bool = True,
    is_secret: Bools | None = None,
) -> list[Narrow]:
    """Return the hidden cells whose possible numbers span less than `width`.

    `shown` (C,) has NaN for hidden cells. With `is_empty_safe` a cell that must be empty is safe:
    there is nobody about whom something could be known. `is_secret` (C,) leaves out cells that
    aren't shown for other reasons than privacy. Raises InconsistentError where no population fits,
    which released tables can't do.
    """
    known, is_open = _without_the_empty(lattice, shown)
    hidden = np.flatnonzero(np.isnan(shown) if is_secret is None else np.isnan(shown) & is_secret)
    member = lattice.member[:, is_open]
    must_be_empty = np.asarray(member[hidden].sum(axis=1)).ravel() == 0
    narrow = [
        Narrow(int(cell), 0.0, 0.0, _around(lattice.equations, int(cell), shown))
        for cell in hidden[must_be_empty]
        if not is_empty_safe
    ]
    asked = hidden[~must_be_empty]
    system = _system(lattice, member, known, is_open, width)
    for position in _not_yet_wide(system, member[asked], width):
        cell = int(asked[position])
        found = _range(system, member[[cell]], cell)
        is_safe = found.high - found.low >= width - TOLERANCE
        if is_safe or (is_empty_safe and found.high <= TOLERANCE):
            continue
        around = found.shown or _around(lattice.equations, cell, shown)
        narrow.append(Narrow(cell, found.low, found.high, around))
    return narrow


def _without_the_empty(lattice: Lattice, shown: Floats) -> tuple[Floats, Bools]:
    """Follow up what must be empty: returns the known numbers and the atoms that may hold some."""
    known = shown.copy()
    changed = True
    while changed:
        changed = False
        for equation in lattice.equations:
            children = np.array(equation.children)
            parent, own = known[equation.parent], known[children]
            if np.isnan(parent) or not np.isnan(own).any():
                continue
            if parent - np.nansum(own) <= TOLERANCE:
                known[children[np.isnan(own)]] = 0.0
                changed = True
    empty = known <= TOLERANCE
    is_open = np.asarray(lattice.member[np.flatnonzero(empty)].sum(axis=0)).ravel() == 0
    return known, is_open


def _system(
    lattice: Lattice, member: sparse.csr_array, known: Floats, is_open: Bools, width: float
) -> _System:
    cells = np.flatnonzero(known > TOLERANCE)
    rows = sparse.csr_array(sparse.vstack([member[cells], lattice.links[:, is_open]]))
    values = np.concatenate([known[cells], np.zeros(lattice.links.shape[0])])
    most = 10.0 * (float(values.max(initial=0.0)) + width)
    return _System(rows, values, tuple(int(cell) for cell in cells), most)


def _not_yet_wide(system: _System, asked: sparse.csr_array, width: float) -> list[int]:
    """Return the positions in `asked` whose width needs programmes of their own.

    The signs are drawn, always in the same way; that a range is wide doesn't depend on them, only
    how soon it is found.
    """
    signs = np.random.default_rng(20120703)
    low, high = np.full(asked.shape[0], np.inf), np.full(asked.shape[0], -np.inf)
    idle, n_left = 0, asked.shape[0] + 1
    for _ in range(_ROUNDS):
        left = np.flatnonzero(high - low < width)
        idle = idle + 1 if len(left) == n_left else 0
        n_left = len(left)
        if n_left <= 1 or idle == _IDLE_ROUNDS:
            break
        pushed = np.zeros(asked.shape[0])
        pushed[left] = signs.choice([-1.0, 1.0], len(left))
        for direction in (pushed, -pushed):
            found = _population(system, np.asarray(asked.T @ direction))
            counts = np.asarray(asked @ found.x)
            low, high = np.minimum(low, counts), np.maximum(high, counts)
    return [int(each) for each in np.flatnonzero(high - low < width)]


def _range(system: _System, asked: sparse.csr_array, cell: int) -> Narrow:
    """Return the exact range of one hidden cell, and the shown cells that it follows from."""
    goal = asked.toarray().ravel()
    ends: list[float] = []
    shown: set[int] = set()
    for sign in (1.0, -1.0):
        found = _priced(system, sign * goal)
        prices = found.eqlin.marginals[: len(system.cells)]
        shown |= {system.cells[each] for each in np.flatnonzero(np.abs(prices) > TOLERANCE)}
        if system.is_whole:
            found = _population(system, sign * goal)
        ends.append(float(found.fun) * sign)
    return Narrow(cell, ends[0], ends[1], tuple(sorted(shown)))


def _population(system: _System, goal: Floats) -> Any:
    """Return the population with the smallest `goal` among all that have what is shown."""
    found = milp(
        goal,
        integrality=np.full(len(goal), int(system.is_whole)),
        bounds=Bounds(0.0, system.most),
        constraints=LinearConstraint(system.rows, system.values, system.values),
        options={"presolve": system.is_whole},
    )
    return _solved(found)


def _priced(system: _System, goal: Floats) -> Any:
    """Return the same in fractions of people, with what each shown number contributes to it.

    Slower than `_population`, which doesn't tell the prices.
    """
    found = linprog(
        goal,
        A_eq=system.rows,
        b_eq=system.values,
        bounds=(0.0, system.most),
        method="highs",
        options={"presolve": False},
    )
    return _solved(found)


def _solved(found: Any) -> Any:
    if found.status == _INFEASIBLE:
        raise InconsistentError("What is shown of the parts fits no population.")
    if found.status != _OPTIMAL:
        raise PipelineError("How well hidden numbers are protected could not be computed.")
    return found


def _around(equations: Sequence[Equation], cell: int, shown: Floats) -> tuple[int, ...]:
    """Return the shown cells of the equations that a cell stands in."""
    mine = [each for each in equations if cell == each.parent or cell in each.children]
    cells = {each for equation in mine for each in (equation.parent, *equation.children)}
    return tuple(sorted(each for each in cells if not np.isnan(shown[each])))
