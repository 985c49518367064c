"""Had what people are like decided on their coaching, of which scores are a poor reading.

In come a study and the outcomes whose headline is shown; out come rows of sensitivity.

Weights and regressions make up for the score before day 0. If it wasn't the score that decided who
is coached how, but what somebody is like, the score makes up for a part of it only, and the better
people of a group look like a difference (Fuller 1987, Measurement Error Models). An older score
reads the same with errors of its own. With the older one standing for the newer one (as an
instrument), a regression of the value on the arm, the newer score and the rest of the list is clear
of both errors. Where it was the score itself that decided, the headline is right and this one a
little off; the check before day 0 tells which of both it looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipelines.contracts.tables import load_metrics
from pipelines.core.figures import decimals_of, signed
from pipelines.core.rounding import step_by_error, to_grid
from pipelines.core.status import SHOWN, TOO_LITTLE_DATA, Absence, no_data, suppressed
from pipelines.estimators.credibility.measured import Study, placebo_measure
from pipelines.estimators.estimate_rows import difference
from pipelines.estimators.kernels.design_matrix import (
    covariate_columns,
    independent_columns,
    numbers_of,
)
from pipelines.estimators.kernels.estimating_equations import Moments, Sample
from pipelines.estimators.kernels.survival import Bools, Floats
from pipelines.estimators.kernels.two_stage_least_squares import MIN_F, coefficient_of_first
from pipelines.estimators.measure_estimates import ObservedMeasure, measure_precision, values_of
from pipelines.estimators.verdict import MIN_VALUES

CHECK = "poor_reading"
OUTCOMES_READ = ("quality_score", "customer_satisfaction")
SCORE = "prior_quality_score_0_100"
_UNITS = {metric.outcome: metric.unit for metric in load_metrics()}
OF_SCORES = (SCORE, "prior_quality_slope_per_week", "prior_csat_mean_1_5")
"""Covariates that read how people work; the first stands for all of them."""


def poor_reading_rows(study: Study, shown: Sequence[str]) -> list[dict[str, Any]]:
    """Return a row for each outcome of how people work whose headline is `shown`.

    None where the newer score isn't among what people are weighted by.
    """
    names = {each.column for each in study.cohort.spec.covariates}
    if SCORE not in names:
        return []
    older = values_of(study.cohort.people, study.placebo_values, placebo_measure(OUTCOMES_READ[0]))
    newer = numbers_of(study.cohort.people.frame, SCORE)
    has_both = older.has_value & np.isfinite(newer)
    rows = []
    for observed in study.observed:
        measure = observed.values.measure
        if measure.outcome not in OUTCOMES_READ or measure.outcome not in shown:
            continue
        row: dict[str, Any] = {
            "check": CHECK,
            "design": study.cohort.spec.headline,
            "outcome": measure.outcome,
            "horizon_days": measure.horizon_days,
            "estimand": "mean_difference",
            "status": SHOWN,
        }
        counts = has_both & observed.values.has_value
        why = _too_few(study, counts)
        told = why.columns() if why else _figures(study, observed, counts, newer, older.columns)
        rows.append(row | told)
    return rows


def _too_few(study: Study, counts: Bools) -> Absence | None:
    """Say why so few people have all three scores that nothing is told; None for enough."""
    people, spec = study.cohort.people, study.cohort.spec
    arms = [counts & (people.is_a == is_a) for is_a in (True, False)]
    n_coaches = min(len(np.unique(people.coach[mine & people.has_coach])) for mine in arms)
    n_people = min(int(mine.sum()) for mine in arms)
    if n_people < spec.min_group or n_coaches < spec.min_coaches:
        return suppressed("too few people have a score in all three times")
    if n_people < MIN_VALUES or n_coaches < 2:
        return Absence(TOO_LITTLE_DATA, f"fewer than {MIN_VALUES} people with an older score")
    return None


def _figures(
    study: Study, observed: ObservedMeasure, counts: Bools, newer: Floats, older: Floats
) -> dict[str, Any]:
    """Return the difference with the older score standing for the newer one, and its range."""
    people, spec = study.cohort.people, study.cohort.spec
    others = tuple(each for each in spec.covariates if each.column not in OF_SCORES)
    controls = independent_columns(covariate_columns(people.frame, others), len(people))[1]
    arm = people.is_a.astype(np.float64)[:, None]
    read = np.where(counts, newer, 0.0)[:, None]
    stands_for = (older[:, 0] / np.where(counts, older[:, 1], 1.0))[:, None]
    sample = Sample(
        np.hstack([observed.values.columns[:, :1], read]),
        np.flatnonzero(counts),
        observed.observation.weights,
        people.coach,
        people.n_coaches,
        observed.observation.correction,
    )
    by_older = np.hstack([stands_for, arm, controls])
    first = coefficient_of_first(sample, by_older, by_older)
    found = coefficient_of_first(
        sample,
        np.hstack([arm, stands_for, controls]),
        np.hstack([arm, read, controls]),
    )
    precision = measure_precision(people, spec, counts, sample.weights)
    is_read = difference([first.value[1], 0.0], _beside_none(first, 1), precision)
    if not is_read.std_error or (is_read.estimate or 0.0) < is_read.std_error * MIN_F**0.5:
        return no_data("an older score hardly goes with the newer one").columns()
    told = difference([found.value[0], 0.0], _beside_none(found, 0), precision)
    step = step_by_error(spec.grid_confidential, told.std_error, int(counts.sum()))
    value, low, high = (to_grid(x, step) for x in (told.estimate, told.conf_low, told.conf_high))
    if value is None or low is None or high is None:
        return no_data("there is no interval").columns()
    digits = decimals_of(_UNITS[observed.values.measure.outcome])
    told_value, told_low, told_high = (signed(each, digits) for each in (value, low, high))
    return {
        "value": value,
        "range_low": low,
        "range_high": high,
        "conf_level": spec.conf_level,
        "reading": (
            "If what people are like decided, and scores before the first session read that "
            f"poorly, the difference is {told_value} ({told_low} to {told_high})."
        ),
    }


def _beside_none(found: Moments, column: int) -> list[Floats]:
    influence = found.influence[:, column]
    return [influence, np.zeros_like(influence)]
