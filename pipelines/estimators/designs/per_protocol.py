"""Exits as long as the kind of coaching lasts: people leave the comparison when it changes.

The weighted design asks how people do who *began* with one kind of coaching, whatever came later.
This one asks how they would do had it gone on: follow-up ends on the day of a person's first
session of the other arm, and those who stay in the arm are weighted to stand in for those who left
it (see `switching_weights`), on top of the weights for who began with what. It answers that only if
what is in the two regressions holds everything that bears both on switching and on exits.

Curves, competing exits and risk sets are those of `survival`; a stretch of days with one weight
stands in the place of a person. Standard errors are sums of influence by coach and allow for both
estimated regressions: the coefficients of the propensity model and of the switches move every
estimate, and people move the coefficients (Stefanski & Boos 2002, Am Stat 56:29).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from pipelines.estimators.cohort import People
from pipelines.estimators.design_fit import DesignFit
from pipelines.estimators.designs.person_months import PersonMonths, person_months
from pipelines.estimators.designs.switching_weights import SwitchingWeights, switching_weights
from pipelines.estimators.exit_estimates import ArmNumbers, rows_of
from pipelines.estimators.kernels.influence_functions import (
    incidence_influence,
    time_lost_influence,
)
from pipelines.estimators.kernels.survival import (
    CAUSES,
    Floats,
    exits_by,
    fit_curve,
    incidence_at,
    is_estimable,
    time_lost_at,
)
from pipelines.estimators.kernels.weights import effective_sample_size
from pipelines.estimators.results import WEIGHT_SUMMARY_SCHEMA, ComparisonSpec
from pipelines.estimators.verdict import verdict_for


def comparison_rows(
    people: People, spec: ComparisonSpec, adjusted: DesignFit, months: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one row per outcome, horizon and estimand, and the rows of the weight summary.

    `adjusted` is the weighted fit, `months` are as for `person_months`.
    """
    followed = person_months(people, months, until=max(spec.horizon_days, default=0))
    arms = [
        switching_weights(people, followed.of_people(people.is_a == is_a), adjusted.covariates)
        for is_a in (True, False)
    ]
    weights = [adjusted.weights[arm.months.person] * arm.weights for arm in arms]
    fit = _fit_of(adjusted, arms, weights)
    numbers = [
        _arm_numbers(people, spec, fit, arm, weight)
        for arm, weight in zip(arms, weights, strict=True)
    ]
    return rows_of(fit, spec, (numbers[0], numbers[1])), _summary(fit, spec, arms, weights)


def _fit_of(adjusted: DesignFit, arms: list[SwitchingWeights], weights: list[Floats]) -> DesignFit:
    """Return the weighted design with what switching does to its support."""
    support = adjusted.support
    if support.problem is None and adjusted.correction is not None:
        sizes = [_effective(arm.months, weight) for arm, weight in zip(arms, weights, strict=True)]
        support = replace(
            support,
            arms=(
                replace(support.arms[0], effective_sample_size=sizes[0]),
                replace(support.arms[1], effective_sample_size=sizes[1]),
            ),
            problem=arms[0].problem or arms[1].problem,
        )
    return replace(adjusted, design="sustained", support=support)


def _effective(months: PersonMonths, weights: Floats) -> float:
    """Return how many equally weighted people say as much as these weighted months do."""
    if len(months) == 0:
        return 0.0
    n_people = len(np.unique(months.person))
    return n_people * effective_sample_size(weights) / len(months)


def _arm_numbers(
    people: People,
    spec: ComparisonSpec,
    fit: DesignFit,
    arm: SwitchingWeights,
    weights: Floats,
) -> ArmNumbers:
    """Return an arm's values at every horizon and how coaches move them."""
    days = np.asarray(spec.horizon_days, dtype=np.float64)
    months = arm.months
    curve = fit_curve(
        months.last_day,
        months.exit_code,
        weights,
        until=max(spec.horizon_days, default=0),
        entries=months.entry,
    )
    tables = np.concatenate([incidence_influence(curve, days), time_lost_influence(curve, days)])
    n_values = tables.shape[0] * int(np.prod(tables.shape[2:]))  # said, for arms without anybody
    by_cell = np.moveaxis(tables, 1, 0).reshape(tables.shape[1], n_values)
    influences = weights[:, None] * by_cell[curve.cell_of_person]
    influence = _by_coach(people, fit, arm, influences).reshape(
        people.n_coaches, 2, len(CAUSES), n_values // (2 * len(CAUSES))
    )
    risk_influence, time_lost_moves = np.moveaxis(influence, 0, 2)
    return ArmNumbers(
        n_events=exits_by(curve, days),
        is_followed=is_estimable(curve, days),
        risk=incidence_at(curve, days),
        time_lost=time_lost_at(curve, days),
        risk_influence=risk_influence,
        time_lost_influence=time_lost_moves,
    )


def _by_coach(people: People, fit: DesignFit, arm: SwitchingWeights, influences: Floats) -> Floats:
    """Sum the influence (m, k) of weighted months by coach, with both regressions' part in it."""
    of_person: Floats = np.zeros((len(people), influences.shape[1]))
    np.add.at(of_person, arm.months.person, influences)
    own: Floats = np.zeros((people.n_coaches, influences.shape[1]))
    rows = np.unique(arm.months.person)
    unaided = of_person[rows]
    if fit.correction is not None and len(rows):
        factor = fit.correction.without_own_cluster(fit.weights[rows], people.coach[rows], rows)
        unaided = factor[:, None] * unaided
    np.add.at(own, people.coach[rows], unaided)
    total = own + arm.influence(influences, people.coach[arm.months.person])
    if fit.correction is None:
        return total
    # A person's months share one propensity: its slope, relative to the weight, times their sum.
    relative = fit.correction.weight_slopes.T @ (of_person / fit.weights[:, None])
    return np.asarray(total + fit.correction.cluster_scores @ relative, dtype=np.float64)


def _summary(
    fit: DesignFit, spec: ComparisonSpec, arms: list[SwitchingWeights], weights: list[Floats]
) -> pl.DataFrame:
    """Describe the weights of person-months by arm; hidden or absent figures are NULL."""
    verdict = verdict_for(fit.support)
    is_shown = fit.support.problem is None
    rows: list[dict[str, Any]] = []
    labels = (spec.arm_a, spec.arm_b)
    for label, support, arm, weight in zip(labels, fit.support.arms, arms, weights, strict=True):
        has_figures = is_shown and len(weight) > 0
        rows.append(
            {
                "design": fit.design,
                "arm": label,
                "n_people": support.n_people,
                "effective_sample_size": _effective(arm.months, weight) if has_figures else None,
                "mean_weight": float(weight.mean()) if has_figures else None,
                "largest_weight": float(weight.max()) if has_figures else None,
                "share_trimmed": 0.0 if has_figures else None,
                "overlap": support.overlap if has_figures else None,
                "status": verdict.status,
                "reason": verdict.reason or arm.note,
            }
        )
    return pl.DataFrame(rows, schema=WEIGHT_SUMMARY_SCHEMA)
