"""A lottery decided who was coached how: the difference as it fell, adjusted for chance only.

In come people, and the columns known before day 0; out come rows of the comparison, and by how many
draws of the same lottery the difference would have been as large.

Where a kind of coaching was drawn, people differ by chance alone, and no model of who got which is
needed. Within each arm the value is regressed on what was known before day 0 (and on the strata of
the draw), and both regressions are averaged over everybody: that adds precision and leaves the
difference what it is (Lin 2013, Ann Appl Stat 7:295). Exits enter as pseudo-values, as in
`doubly_robust`. Errors are made of the units that were drawn: people, or coaches with all of their
people. The permutation test draws the lottery again within the strata: it compares the means of
what a regression without arms leaves over, and asks how often chance alone gives as large a
difference (Rosenbaum 2002, Stat Sci 17:286). Where the lottery decided when each coach or site went
over, `stepped` has the regression and the draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import polars as pl

from pipelines.core.status import NOT_REPORTABLE, SHOWN, Absence, no_data
from pipelines.estimators.cohort import People
from pipelines.estimators.design_fit import DesignFit, Observation, regression_problem
from pipelines.estimators.designs import doubly_robust, stepped, unadjusted
from pipelines.estimators.designs.doubly_robust import exit_pseudo_values
from pipelines.estimators.designs.draws import in_own_order
from pipelines.estimators.designs.missingness_weights import observation_weights
from pipelines.estimators.exit_estimates import CAUSES_OF, rows_of
from pipelines.estimators.kernels.design_matrix import (
    covariate_columns,
    independent_columns,
    levels_of,
)
from pipelines.estimators.kernels.estimating_equations import least_squares
from pipelines.estimators.kernels.survival import CAUSES, Bools, Floats, Ints, fit_curve
from pipelines.estimators.measure_estimates import ObservedMeasure, measure_contrast, measure_rows
from pipelines.estimators.results import (
    COMPARISON_SCHEMA,
    SENSITIVITY_SCHEMA,
    ComparisonSpec,
    Covariate,
)

DESIGN: Literal["as_assigned"] = "as_assigned"
MAX_STRAYS = 0.05
"""Share of people with another kind than most of their coach's, under a lottery by coach."""
N_DRAWS = 1999
"""Draws of the lottery; with the one that fell the smallest p is 1 in 2,000."""
_SEED = 20_260_101


@dataclass(frozen=True)
class Drawn:
    """The people, the same with the units drawn in the place of coaches, and a fit of both arms."""

    people: People
    by_unit: People
    fit: DesignFit
    stratum: Ints
    """(n,) number of each person's stratum of the draw."""
    steps: stepped.Steps | None = None
    """When each unit went over; None where people or coaches were drawn into one kind."""


def as_drawn(people: People, spec: ComparisonSpec) -> Drawn:
    """Fit both arms as they fell; with too few people for the regression it is left out."""
    by_unit = units_of(people, spec)
    steps = stepped.steps_of(by_unit, spec) if spec.assignment == "stepped" else None
    plain = unadjusted.fit(by_unit, spec)
    support = unadjusted.fit(people, replace(spec, horizon_days=())).support
    support = replace(support, problem=_not_drawn(by_unit, spec, steps))
    fit = replace(plain, design=DESIGN, support=support, covariates=_controls(people, spec, steps))
    if regression_problem(people, spec, fit, np.ones(len(people), dtype=bool)) is not None:
        alone = np.ones((len(people), 1))
        fit = replace(fit, covariates=stepped.with_stretches(alone, steps) if steps else alone)
    return Drawn(people, by_unit, fit, strata_of(people, spec), steps)


def _is_of_coach(people: People, covariate: Covariate) -> bool:
    """Whether a category is that of the coach rather than of the person, like the site.

    With a few dozen coaches in an arm it would take the place of some of them: a regression on it
    adds noise in the place of precision, more than the errors know of.
    """
    if covariate.kind != "categorical" or not len(people):
        return False
    _, level = np.unique(levels_of(people.frame, covariate.column), return_inverse=True)
    table = np.zeros((people.n_coaches, int(level.max()) + 1))
    np.add.at(table, (people.coach, level), 1.0)
    return bool(table.max(axis=1).sum() >= (1.0 - MAX_STRAYS) * len(people))


def units_of(people: People, spec: ComparisonSpec) -> People:
    """Return the people with the units that were drawn in the place of coaches."""
    if spec.assignment == "by_person":
        return replace(people, coach=np.arange(len(people)), n_coaches=len(people))
    return stepped.by_unit(people, spec) if spec.assignment == "stepped" else people


def _controls(people: People, spec: ComparisonSpec, steps: stepped.Steps | None) -> Floats:
    """Return what chance differences are taken out by (n, p): strata, the list, and stretches."""
    strata = tuple(Covariate(name, name, "categorical", name) for name in spec.strata)
    others = tuple(
        each
        for each in spec.covariates
        if each.column not in spec.strata
        and not (spec.assignment == "by_coach" and _is_of_coach(people, each))
    )
    columns = covariate_columns(people.frame, (*strata, *others))
    controls = independent_columns(columns, len(people))[1]
    return stepped.with_stretches(controls, steps) if steps else controls


def comparison_rows(
    drawn: Drawn, spec: ComparisonSpec, observed: Sequence[ObservedMeasure]
) -> pl.DataFrame:
    """Return the rows of every outcome as the lottery decided."""
    rows: list[dict[str, Any]] = []
    for each in observed:
        observation = _observation(drawn, spec, each)
        contrast = _contrast(drawn, each, observation)
        found = measure_rows(
            drawn.by_unit, spec, drawn.fit, DESIGN, each.values, observation, contrast
        )
        rows += [row | _coaches(drawn.people, each.values.has_value) for row in found]
    if drawn.steps is None:
        exits = doubly_robust.rows_under(drawn.by_unit, spec, drawn.fit, drawn.fit)
    else:
        exits = rows_of(drawn.fit, spec, stepped.exit_numbers(drawn.by_unit, spec, drawn.fit))
    return pl.concat([exits, pl.DataFrame(rows, schema=COMPARISON_SCHEMA)])


def _contrast(
    drawn: Drawn, observed: ObservedMeasure, observation: Observation
) -> tuple[list[float], list[Floats]]:
    """Return both arms' values of an outcome with one per person, and each unit's influence."""
    if drawn.steps is not None:
        return stepped.measure_contrast(drawn.by_unit, drawn.fit, observed)
    return measure_contrast(drawn.by_unit, drawn.fit, "doubly_robust", observed.values, observation)


def permutation_rows(
    drawn: Drawn, spec: ComparisonSpec, observed: Sequence[ObservedMeasure]
) -> pl.DataFrame:
    """Return one row of sensitivity per outcome: how often chance alone does as much."""
    people, horizon = drawn.people, max(spec.horizon_days)
    curve = fit_curve(people.follow_up_days, people.exit_code, np.ones(len(people)), until=horizon)
    risks = exit_pseudo_values(curve, np.array([float(horizon)]))[:, : len(CAUSES)]
    everybody = np.ones(len(people), dtype=bool)
    rows = [
        _row(drawn, outcome, horizon, "risk_difference", risks[:, causes].sum(axis=1), everybody)
        for outcome, causes in CAUSES_OF.items()
    ]
    for each in observed:
        measure, has = each.values.measure, each.values.has_value
        numerator, denominator = each.values.columns.T
        value = np.where(has, numerator / np.where(has, denominator, 1.0), 0.0)
        horizon = measure.horizon_days
        rows.append(_row(drawn, measure.outcome, horizon, "mean_difference", value, has))
    return pl.DataFrame(rows, schema=SENSITIVITY_SCHEMA)


def permutation_p(drawn: Drawn, value: Floats, has: Bools) -> float | None:
    """Return the share of draws with a difference at least as large; None where none is possible.

    `value` (n,) is read where `has` (n,) says so. The draw that fell counts as one.
    """
    rows = np.flatnonzero(has)
    if drawn.fit.covariates is None or len(rows) == 0:
        return None
    if drawn.steps is not None:
        of_unit = np.zeros(drawn.by_unit.n_coaches, dtype=np.int64)
        of_unit[drawn.by_unit.coach] = drawn.stratum
        return stepped.permutation_p(drawn.by_unit, drawn.steps, of_unit, drawn.fit, value, has)
    columns = drawn.fit.covariates[rows]
    coefficients, _ = least_squares(columns, value[rows, None])
    rest = value[rows] - (columns @ coefficients)[:, 0]
    _, unit = np.unique(drawn.by_unit.coach[rows], return_inverse=True)
    size = np.bincount(unit).astype(np.float64)
    total = np.bincount(unit, weights=rest).astype(np.float64)
    in_a = np.bincount(unit, weights=drawn.people.is_a[rows]) * 2 > size
    stratum = np.zeros(len(size), dtype=np.int64)
    stratum[unit] = drawn.stratum[rows]
    if in_a.all() or not in_a.any():
        return None
    fell = abs(_apart(in_a, size, total))
    draw = np.random.default_rng(_SEED)
    figures = np.column_stack([total, size])
    every = (np.flatnonzero(stratum == each) for each in np.unique(stratum))
    members = [(in_own_order(own, figures), np.sort(in_a[own])) for own in every]
    n_as_large, drawn_arm = 1, in_a.copy()
    for _ in range(N_DRAWS):
        for own, arms in members:
            drawn_arm[own] = draw.permutation(arms)
        n_as_large += abs(_apart(drawn_arm, size, total)) >= fell * (1.0 - 1e-9)
    return n_as_large / (N_DRAWS + 1)


def _apart(in_a: Bools, size: Floats, total: Floats) -> float:
    return float(total[in_a].sum() / size[in_a].sum() - total[~in_a].sum() / size[~in_a].sum())


def _row(
    drawn: Drawn, outcome: str, horizon: int, estimand: str, value: Floats, has: Bools
) -> dict[str, Any]:
    """Return one row of sensitivity; nothing of it where the lottery can't have decided."""
    row: dict[str, Any] = {
        "check": "permutation",
        "design": DESIGN,
        "outcome": outcome,
        "horizon_days": horizon,
        "estimand": estimand,
        "status": SHOWN,
    }
    if drawn.fit.support.problem is not None:
        return row | Absence(NOT_REPORTABLE, drawn.fit.support.problem).columns()
    p = permutation_p(drawn, value, has)
    if p is None:
        return row | no_data("there aren’t two kinds with a value").columns()
    told = max(round(p, 3), 0.001)
    return row | {
        "value": told,
        "reading": (
            "If both kinds of coaching did the same, a difference at least as large would be seen "
            f"in {1000 * told:.0f} of 1,000 draws by chance alone."
        ),
    }


def _not_drawn(people: People, spec: ComparisonSpec, steps: stepped.Steps | None) -> str | None:
    """Say why the lottery that is declared can't have decided; None where it can."""
    if steps is not None:
        return stepped.problem_of(people, steps, spec)
    if spec.assignment != "by_coach" or not len(people):
        return None
    size = np.bincount(people.coach, minlength=people.n_coaches)
    in_a = np.bincount(people.coach, weights=people.is_a, minlength=people.n_coaches)
    strays = np.minimum(in_a, size - in_a).sum() / len(people)
    if strays <= MAX_STRAYS:
        return None
    return (
        "a lottery by coach is declared, but more than one person in twenty had a kind of "
        "coaching that most of their coach’s people didn’t have"
    )


def strata_of(people: People, spec: ComparisonSpec) -> Ints:
    """Number everybody's stratum of the draw (n,); one stratum where none is declared."""
    code = np.zeros(len(people), dtype=np.int64)
    for name in spec.strata:
        _, level = np.unique(levels_of(people.frame, name), return_inverse=True)
        code = code * (int(level.max(initial=0)) + 1) + level
    return code


def _observation(drawn: Drawn, spec: ComparisonSpec, observed: ObservedMeasure) -> Observation:
    """Weights for who has a value, their errors by the unit that was drawn."""
    if spec.assignment != "by_person":
        return observed.observation
    values = observed.values
    return observation_weights(drawn.by_unit, values.is_about, values.has_value, spec.covariates)


def _coaches(people: People, has_value: Bools) -> dict[str, int]:
    """Count each arm's coaches, which decide who may be shown whatever was drawn."""
    return {
        f"n_coaches_{arm}": len(
            np.unique(people.coach[has_value & people.has_coach & (people.is_a == is_a)])
        )
        for arm, is_a in (("a", True), ("b", False))
    }
