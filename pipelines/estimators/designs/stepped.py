"""A lottery decided when each coach or site began with arm a: units before and after their step.

In come people with the units that took the steps in the place of coaches; out come both arms'
numbers for the rows of `as_assigned`, and by how many draws of the same order of steps the
difference would have been as large.

All units begin with arm b and go over to arm a on one of a few dates (a stepped wedge). Arm a is
then later than arm b everywhere, so that whatever changes with the calendar would pass for it:
the value is regressed on the arm, one term for each stretch between steps, one for each unit and
what was known before day 0 (Hussey & Hughes 2007, Contemp Clin Trials 28:182, with fixed units).
Errors leave out one unit at a time. Which unit stepped when is read from the kinds that its people
had: the step that leaves the fewest with the other kind. The permutation test draws the order of
the steps again within the strata, keeping how many step on each date, and compares what the same
regression without arms leaves over (Wang & De Gruttola 2017, Stat Med 36:2831).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipelines.estimators.cohort import People
from pipelines.estimators.design_fit import DesignFit
from pipelines.estimators.designs import within_coach
from pipelines.estimators.designs.draws import in_own_order
from pipelines.estimators.exit_estimates import ArmNumbers
from pipelines.estimators.kernels.design_matrix import levels_of
from pipelines.estimators.kernels.estimating_equations import least_squares
from pipelines.estimators.kernels.survival import Bools, Floats, Ints
from pipelines.estimators.measure_estimates import ObservedMeasure
from pipelines.estimators.results import ComparisonSpec

MIN_UNITS = 5
"""Units that went over inside the data, for errors that leave one out to mean anything."""
MIN_BESIDE = 3
"""Units of either kind that must have been there while others gave the other kind."""
MAX_STRAYS = 0.05
"""Share of people with another kind than the step of their unit gives."""
N_DRAWS = 1999
"""Orders of the steps drawn; with the one that fell the smallest p is 1 in 2,000."""
_SEED = 20_260_101
_CELLS_AT_ONCE = 2_000_000
_NO_SPREAD = 1e-9
_UNITS = {"coach": "coaches", "site": "sites"}


@dataclass(frozen=True)
class Steps:
    """When everybody was first coached, and when each unit went over, counted in steps."""

    stretch: Ints
    """(n,) number of steps on or before the person's day 0."""
    step: Ints
    """(units,) number of the step from which on arm a is given; past the last one: never."""
    n_steps: int
    n_strays: int
    """People with another kind than their unit's step gives."""


def by_unit(people: People, spec: ComparisonSpec) -> People:
    """Return the people with the units that took the steps in the place of coaches."""
    if spec.step_unit == "coach":
        return people
    names, unit = np.unique(levels_of(people.frame, "site"), return_inverse=True)
    return replace(people, coach=unit.astype(np.int64), n_coaches=len(names))


def steps_of(people: People, spec: ComparisonSpec) -> Steps:
    """Read when each unit went over; of several steps that fit alike the earliest counts."""
    days = people.frame["day_0"].to_numpy().astype("datetime64[D]")
    dates = np.array(spec.steps, dtype="datetime64[D]")
    stretch = np.searchsorted(dates, days, side="right").astype(np.int64)
    n_steps = len(dates)
    n_a, n_b = (
        _table(people.coach, stretch, side.astype(np.float64), people.n_coaches, n_steps)
        for side in (people.is_a, ~people.is_a)
    )
    early_a = np.cumsum(np.pad(n_a, ((0, 0), (1, 0))), axis=1)
    late_b = np.cumsum(np.pad(n_b, ((0, 0), (0, 1)))[:, ::-1], axis=1)[:, ::-1]
    strays = early_a + late_b
    step = strays.argmin(axis=1).astype(np.int64)
    return Steps(stretch, step, n_steps, int(strays.min(axis=1).sum()))


def problem_of(people: People, steps: Steps, spec: ComparisonSpec) -> str | None:
    """Say why a lottery of steps can't have decided, or can't be told; None where it can."""
    if not len(people):
        return None
    in_a = np.bincount(people.coach, weights=people.is_a, minlength=people.n_coaches)
    size = np.bincount(people.coach, minlength=people.n_coaches)
    if ((in_a > 0) & (in_a < size)).sum() < MIN_UNITS:
        return (
            f"fewer than {MIN_UNITS} {_UNITS[spec.step_unit]} went from one kind of coaching to "
            "the other inside the data"
        )
    if steps.n_strays > MAX_STRAYS * len(people):
        return (
            "a lottery of steps is declared, but more than one person in twenty had a kind of "
            f"coaching that their {spec.step_unit}’s step doesn’t give"
        )
    if min(_n_beside(people, steps)) < MIN_BESIDE:
        return (
            f"nearly all {_UNITS[spec.step_unit]} went over on one date, so that the kinds of "
            "coaching can’t be told from what changed with the calendar"
        )
    return None


def _n_beside(people: People, steps: Steps) -> tuple[int, int]:
    """Return how many units gave either kind while others, by their step, gave the other."""
    ones = np.ones(len(people))
    is_there = _table(people.coach, steps.stretch, ones, people.n_coaches, steps.n_steps) > 0
    given = np.arange(steps.n_steps + 1) >= steps.step[:, None]
    both = (is_there & given).any(axis=0) & (is_there & ~given).any(axis=0)
    n_a, n_b = ((is_there & side & both).any(axis=1).sum() for side in (given, ~given))
    return int(n_a), int(n_b)


def with_stretches(controls: Floats, steps: Steps) -> Floats:
    """Return columns (n, p) with one more for every stretch between steps but the first."""
    stretches = np.unique(steps.stretch)[1:]
    return np.hstack([controls, (steps.stretch[:, None] == stretches).astype(np.float64)])


def exit_numbers(
    people: People, spec: ComparisonSpec, fit: DesignFit
) -> tuple[ArmNumbers, ArmNumbers]:
    """Return both arms' risks and days lost from the regression within units."""
    return within_coach.exit_numbers(people, spec, fit, _controls(fit))[0]


def measure_contrast(
    people: People, fit: DesignFit, observed: ObservedMeasure
) -> tuple[list[float], list[Floats]]:
    """Return both arms' values of an outcome with one per person, and each unit's influence."""
    counted = np.flatnonzero(observed.values.has_value)
    values, influences, _ = within_coach.measure_sides(people, _controls(fit), observed, counted)
    return values, influences


def permutation_p(
    people: People, steps: Steps, stratum: Ints, fit: DesignFit, value: Floats, has: Bools
) -> float | None:
    """Return the share of orders of the steps with a difference at least as large.

    `value` (n,) is read where `has` (n,) says so; `stratum` (units,) numbers each unit's stratum.
    The order that fell counts as one; None where nothing is left to compare.
    """
    rows = np.flatnonzero(has)
    found = _by_order(people, steps, stratum, rows, _controls(fit)[rows], value[rows, None])
    return share_as_large(np.abs(found[:, 0]))


def apartness(people: People, steps: Steps, stratum: Ints, columns: Floats) -> Floats:
    """Return how far apart columns (n, k) are under each order of the steps, together.

    Freed of units and stretches; the order that fell comes first, NaN where nothing is left.
    """
    rows = np.arange(len(people))
    stretches = with_stretches(np.ones((len(people), 1)), steps)
    found = _by_order(people, steps, stratum, rows, stretches, columns)
    return np.asarray((found**2).sum(axis=1))


def share_as_large(found: Floats) -> float | None:
    """Return the share of draws (draws,) as large as the first; None where that isn't known."""
    if not np.isfinite(found[0]):
        return None
    return float(np.mean(np.nan_to_num(found) >= found[0] * (1.0 - 1e-9)))


def _by_order(
    people: People, steps: Steps, stratum: Ints, rows: Ints, controls: Floats, values: Floats
) -> Floats:
    """Return the differences that each order of steps would show in values (rows, k)."""
    unit, stretch = people.coach[rows], steps.stretch[rows]
    size = _table(unit, stretch, np.ones(len(rows)), people.n_coaches, steps.n_steps)
    columns = _apart(controls, unit, people.n_coaches)
    apart = _apart(values, unit, people.n_coaches)
    rest = apart - columns @ least_squares(columns, apart)[0]
    tables = [_table(unit, stretch, each, people.n_coaches, steps.n_steps) for each in rest.T]
    figures = np.column_stack([*tables, size])
    return _coefficients(_orders(steps.step, stratum, figures), size, np.stack(tables, axis=2))


def _orders(step: Ints, stratum: Ints, figures: Floats) -> Ints:
    """Return the steps as they fell and as they might have (1 + `N_DRAWS`, units)."""
    draw = np.random.default_rng(_SEED)
    orders = np.tile(step, (N_DRAWS + 1, 1))
    for each in np.unique(stratum):
        own = in_own_order(np.flatnonzero(stratum == each), figures)
        orders[1:, own] = draw.permuted(np.sort(orders[1:, own], axis=1), axis=1)
    return orders


def _coefficients(orders: Ints, size: Floats, total: Floats) -> Floats:
    """Return the differences that each order of steps (draws, units) would show; NaN for none.

    `size` (units, stretches) counts people, `total` (units, stretches, k) adds up what the
    regressions of k values leave over, which has no mean by unit or stretch any more: only the arm
    has to be freed of both.
    """
    n_stretches = size.shape[1]
    share = size / np.maximum(size.sum(axis=1, keepdims=True), 1.0)
    stretches = np.eye(n_stretches)[None, :, :] - share[:, None, :]
    weighted = stretches * size[:, :, None]
    inverse = np.linalg.pinv(np.einsum("usk,usj->kj", weighted, stretches), hermitian=True)
    found = np.empty((len(orders), total.shape[2]))
    for start in range(0, len(orders), n_at_once := max(1, _CELLS_AT_ONCE // size.size)):
        some = orders[start : start + n_at_once]
        given = (np.arange(n_stretches) >= some[:, :, None]).astype(np.float64)
        apart = given - np.einsum("dus,us->du", given, share)[:, :, None]
        along = np.einsum("dus,usk->dk", apart, weighted)
        spread = np.einsum("dus,us->d", apart**2, size)
        spread -= np.einsum("dk,kj,dj->d", along, inverse, along)
        moved = np.tensordot(given, total, axes=2)
        has_spread = (spread > _NO_SPREAD)[:, None]
        moved /= np.maximum(spread, _NO_SPREAD)[:, None]
        found[start : start + n_at_once] = np.where(has_spread, moved, np.nan)
    return found


def _controls(fit: DesignFit) -> Floats:
    if fit.covariates is None:
        raise ValueError("a lottery of steps needs the columns of its stretches")
    return fit.covariates


def _apart(columns: Floats, unit: Ints, n_units: int) -> Floats:
    """Return columns (n, k) less the mean of the unit."""
    n = np.bincount(unit, minlength=n_units)
    out = np.empty_like(columns)
    for k in range(columns.shape[1]):
        total = np.bincount(unit, weights=columns[:, k], minlength=n_units)
        out[:, k] = columns[:, k] - (total / np.where(n > 0, n, 1))[unit]
    return out


def _table(unit: Ints, stretch: Ints, values: Floats, n_units: int, n_steps: int) -> Floats:
    """Add up values (n,) by unit and stretch (units, n_steps + 1)."""
    shape = (n_units, n_steps + 1)
    cell = unit * shape[1] + stretch
    summed = np.bincount(cell, weights=values, minlength=shape[0] * shape[1])
    return np.asarray(summed, dtype=np.float64).reshape(shape)
