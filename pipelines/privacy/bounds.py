"""How closely an outsider can pin down hidden numbers from the shown ones.

Every shown number is a linear equation in the atoms' numbers (see `lattice`), and no atom holds
fewer than nobody. What a hidden number can be is therefore a range, and its ends are two linear
programmes (Willenborg & de Waal 2001, section 6.3; Hundepool et al. 2012, Statistical Disclosure
Control, section 4.4). A hidden number is safe where that range is at least `width` wide; a range of
width 0 is what "recoverable by adding and subtracting" means, and more: it also counts what
follows from no group having fewer than nobody.

Most hidden numbers are shown to be safe without a programme: from one population that fits all that
is shown, with somebody in every atom that can hold somebody, we walk in both directions along which
nothing shown changes and the hidden number does, as far as nobody becomes fewer than nobody. The
two ends are two populations that an outsider can't tell apart. They are checked, not trusted: only
if both give what is shown does the distance between them count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.optimize import linprog

from pipelines.errors import PipelineError
from pipelines.privacy.lattice import Equation, Lattice

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TOLERANCE = 1e-6
"""How far apart two counts may be and still be called equal, for rounding (people)."""
_ROUNDS = 200
"""Rounds of proportional fitting before the slower way is taken."""


class InconsistentError(PipelineError):
    """No population has the numbers that are shown."""


@dataclass(frozen=True)
class Narrow:
    """A hidden cell whose number is known too well."""

    cell: int
    low: float
    high: float
    shown: tuple[int, ...]
    """The shown cells that the narrower end follows from."""


@dataclass(frozen=True)
class _System:
    """What an outsider knows: rows @ atoms = values, atoms >= 0."""

    rows: sparse.csr_array
    values: Floats
    cells: tuple[int, ...]
    """The cell that each of the first rows is about; links come after them."""


def narrow_cells(
    lattice: Lattice, shown: Floats, width: float, *, is_empty_safe: bool = True
) -> list[Narrow]:
    """Return the hidden cells whose possible numbers span less than `width`.

    `shown` (C,) has NaN for hidden cells. With `is_empty_safe` a cell that must be empty is safe:
    there is nobody about whom something could be known. Raises InconsistentError where no
    population fits, which released tables can't do.
    """
    known, is_open = _without_the_empty(lattice, shown)
    hidden = np.flatnonzero(np.isnan(shown))
    member = lattice.member[:, is_open]
    must_be_empty = np.asarray(member[hidden].sum(axis=1)).ravel() == 0
    narrow = [
        Narrow(int(cell), 0.0, 0.0, _around(lattice.equations, int(cell), shown))
        for cell in hidden[must_be_empty]
        if not is_empty_safe
    ]
    asked = hidden[~must_be_empty]
    if not len(asked):
        return narrow
    system = _system(lattice, member, known, is_open)
    widths = _walked(system, member[asked])
    for cell in asked[widths < width]:
        found = _programmes(system, member[[int(cell)]], int(cell))
        is_safe = found.high - found.low >= width - TOLERANCE
        if not is_safe and not (is_empty_safe and found.high <= TOLERANCE):
            narrow.append(found)
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


def _system(lattice: Lattice, member: sparse.csr_array, known: Floats, is_open: Bools) -> _System:
    cells = np.flatnonzero(known > TOLERANCE)
    rows = sparse.csr_array(sparse.vstack([member[cells], lattice.links[:, is_open]]))
    values = np.concatenate([known[cells], np.zeros(lattice.links.shape[0])])
    return _System(rows, values, tuple(int(cell) for cell in cells))


def _walked(system: _System, asked: sparse.csr_array) -> Floats:
    """Return widths (hidden cells,) that are proved by two populations each; 0 without proof."""
    none = np.zeros(asked.shape[0])
    inside = _population(system)
    if inside is None:
        return none
    scaled = system.rows.multiply(inside).tocsr()
    gram = (scaled @ scaled.T).toarray()
    gram[np.diag_indices_from(gram)] += 1e-12 * max(float(gram.trace()), 1.0)
    try:
        factor = linalg.cho_factor(gram, check_finite=False)
    except linalg.LinAlgError:
        return none
    targets = asked.multiply(inside).toarray()
    along = linalg.cho_solve(factor, scaled @ targets.T, check_finite=False)
    moves = (targets - (scaled.T @ along).T) * inside
    ends = []
    for sign in (1.0, -1.0):
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.where(sign * moves < 0.0, inside / -(sign * moves), np.inf).min(axis=1)
        ends.append(inside + np.where(np.isfinite(reach), reach, 0.0)[:, None] * sign * moves)
    fits = [_fits(system, end) for end in ends]
    apart = np.abs(np.asarray((asked.multiply(ends[0] - ends[1])).sum(axis=1)).ravel())
    return np.where(fits[0] & fits[1], apart, 0.0)


def _fits(system: _System, populations: Floats) -> Bools:
    """Tell which populations (P, atoms) have all that is shown and nothing below zero."""
    error = np.abs(system.rows @ populations.T - system.values[:, None])
    is_right = error.max(axis=0, initial=0.0) <= TOLERANCE
    return np.asarray(is_right & (populations.min(axis=1) >= -TOLERANCE), dtype=np.bool_)


def _population(system: _System) -> Floats | None:
    """Return a population that fits, with somebody in every atom; None if none was found.

    Proportional fitting (Deming & Stephan 1940) keeps everything above zero; a last projection
    makes the fit exact.
    """
    n_cells = len(system.cells)
    rows = system.rows[:n_cells]
    values = system.values[:n_cells]
    atoms = np.full(rows.shape[1], values.max(initial=1.0) / max(rows.shape[1], 1))
    spans = [
        rows.indices[start:end] for start, end in zip(rows.indptr, rows.indptr[1:], strict=False)
    ]
    for _ in range(_ROUNDS):
        for span, value in zip(spans, values, strict=True):
            atoms[span] *= value / max(atoms[span].sum(), 1e-300)
        if np.abs(rows @ atoms - values).max(initial=0.0) < 1e-3:
            break
    return _projected(system, atoms)


def _projected(system: _System, atoms: Floats) -> Floats | None:
    for _ in range(2):
        scaled = system.rows.multiply(atoms).tocsr()
        gram = (scaled @ scaled.T).toarray()
        gram[np.diag_indices_from(gram)] += 1e-12 * max(float(gram.trace()), 1.0)
        try:
            factor = linalg.cho_factor(gram, check_finite=False)
        except linalg.LinAlgError:
            return None
        lack = linalg.cho_solve(factor, system.values - system.rows @ atoms, check_finite=False)
        atoms = atoms * (1.0 + np.asarray(scaled.T @ lack).ravel())
        if atoms.min(initial=1.0) <= 0.0:
            return None
    return atoms if bool(_fits(system, atoms[None, :])[0]) else None


def _programmes(system: _System, asked: sparse.csr_array, cell: int) -> Narrow:
    """Return the exact range of one hidden cell, and the shown cells its ends follow from."""
    goal = asked.toarray().ravel()
    ends: list[float] = []
    proofs: list[tuple[int, ...]] = []
    for sign in (1.0, -1.0):
        found = linprog(
            sign * goal, A_eq=system.rows, b_eq=system.values, bounds=(0, None), method="highs"
        )
        if found.status == 3:
            ends.append(np.inf)
            proofs.append(())
            continue
        if found.status != 0:
            raise InconsistentError("What is shown of the parts fits no population.")
        ends.append(float(found.fun) * sign)
        prices = found.eqlin.marginals[: len(system.cells)]
        used = np.flatnonzero(np.abs(prices) > TOLERANCE)
        proofs.append(tuple(system.cells[each] for each in used))
    shown = tuple(sorted({*proofs[0], *proofs[1]}))
    return Narrow(cell, ends[0], ends[1], shown)


def _around(equations: Sequence[Equation], cell: int, shown: Floats) -> tuple[int, ...]:
    """Return the shown cells of the equations that a cell stands in."""
    mine = [each for each in equations if cell == each.parent or cell in each.children]
    cells = {each for equation in mine for each in (equation.parent, *equation.children)}
    return tuple(sorted(each for each in cells if not np.isnan(shown[each])))
