"""Exits under two models at once: right if either the weights or the regression are.

Not everybody is followed to the horizon, so a regression has no outcome for everybody. A person's
pseudo-value stands in for it: with F(t) the cumulative incidence in the person's own arm and n the
people in it,

    F(t) + n * (influence of the person on F(t))

which for complete follow-up is exactly the 0/1 of having left in that way by t. These are the
infinitesimal-jackknife pseudo-observations of Parner, Andersen & Overgaard 2023 (Lifetime Data Anal
29:654); they take the end of data to be independent of exits within an arm, as the curves do. They
are regressed on the propensity model's columns by least squares within each arm, and averaged with
the weights (see `estimating_equations`; Andersen, Syriopoulou & Parner 2017, Stat Med 36:2669).
Days lost have pseudo-values in the same way. Standard errors take pseudo-values as observed, which
at worst makes them a little too wide (Overgaard, Parner & Pedersen 2017, Ann Stat 45:1988).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.estimators.cohort import People
from pipelines.estimators.design_fit import ArmFit, DesignFit, regression_problem
from pipelines.estimators.exit_estimates import ArmNumbers, rows_of
from pipelines.estimators.kernels.estimating_equations import Moments, Sample, augmented_mean
from pipelines.estimators.kernels.influence_functions import (
    incidence_influence,
    time_lost_influence,
)
from pipelines.estimators.kernels.survival import (
    CAUSES,
    Curve,
    Floats,
    exits_by,
    incidence_at,
    is_estimable,
    time_lost_at,
)
from pipelines.estimators.results import ComparisonSpec


def comparison_rows(
    people: People, spec: ComparisonSpec, plain: DesignFit, adjusted: DesignFit
) -> pl.DataFrame:
    """Return one row per outcome, horizon and estimand.

    `plain` is the unadjusted fit, whose curves give the pseudo-values, `adjusted` the weighted one.
    """
    fit = replace(adjusted, design="doubly_robust")
    if fit.support.problem is None:
        problem = regression_problem(people, spec, fit, np.ones(len(people), dtype=bool))
        fit = replace(fit, support=replace(fit.support, problem=problem))
    return rows_under(people, spec, plain, fit)


def rows_under(
    people: People, spec: ComparisonSpec, plain: DesignFit, fit: DesignFit
) -> pl.DataFrame:
    """Return the rows of a fit whose weights and columns stand, by its own name."""
    numbers = (
        _arm_numbers(people, spec, plain.arm_a, fit, is_a=True),
        _arm_numbers(people, spec, plain.arm_b, fit, is_a=False),
    )
    return rows_of(fit, spec, numbers)


def pseudo_values(curve: Curve, estimates: Floats, table: Floats) -> Floats:
    """Return each person's pseudo-values (n, K * G) of estimates (K, G) with influence (K, C, G).

    The curve must be unweighted.
    """
    each = estimates[:, None, :] + curve.n_people * table[:, curve.cell_of_person, :]
    return np.moveaxis(each, 1, 0).reshape(curve.n_people, -1)


def exit_pseudo_values(curve: Curve, days: Floats) -> Floats:
    """Return each person's pseudo-values (n, 2 * K * H) of risks and of days lost."""
    return np.hstack(
        [
            pseudo_values(curve, incidence_at(curve, days), incidence_influence(curve, days)),
            pseudo_values(curve, time_lost_at(curve, days), time_lost_influence(curve, days)),
        ]
    )


def numbers_of_moments(curve: Curve, days: Floats, moments: Moments) -> ArmNumbers:
    """Lay out one arm's mean pseudo-values and their influence by kind of exit and horizon."""
    risk, time_lost = moments.value.reshape(2, len(CAUSES), len(days))
    influences = np.moveaxis(moments.influence.reshape(-1, 2, len(CAUSES), len(days)), 0, 2)
    return ArmNumbers(
        n_events=exits_by(curve, days),
        is_followed=is_estimable(curve, days),
        risk=risk,
        time_lost=time_lost,
        risk_influence=influences[0],
        time_lost_influence=influences[1],
    )


def _arm_numbers(
    people: People, spec: ComparisonSpec, plain: ArmFit, fit: DesignFit, *, is_a: bool
) -> ArmNumbers:
    days = np.asarray(spec.horizon_days, dtype=np.float64)
    curve = plain.curve
    members = people.arm(is_a=is_a)
    values = np.zeros((len(people), 2 * len(CAUSES) * len(days)))
    if len(members):
        values[members] = exit_pseudo_values(curve, days)
    return numbers_of_moments(curve, days, _means(people, values, members, fit))


def _means(people: People, values: Floats, members: NDArray[np.int64], fit: DesignFit) -> Moments:
    """Average an arm's values over everybody; without a model the result is never shown."""
    design = np.ones((len(people), 1)) if fit.covariates is None else fit.covariates
    sample = Sample(values, members, fit.weights, people.coach, people.n_coaches, fit.correction)
    return augmented_mean(sample, design)
