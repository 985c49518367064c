"""A ratio of rates by log-linear regression alone, as a check of the weighted ratio of absence.

The same people, the same columns, another way of making the arms alike.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.core.group_words import group_of
from pipelines.core.rounding import step_by_error, to_grid
from pipelines.core.status import (
    NOT_REPORTABLE,
    SHOWN,
    TOO_LITTLE_DATA,
    Absence,
    no_data,
    not_followed_yet,
)
from pipelines.estimators.cohort import People
from pipelines.estimators.estimate_rows import precision_of
from pipelines.estimators.kernels.influence_functions import clustered_variance
from pipelines.estimators.kernels.poisson import RateError, fit_rates
from pipelines.estimators.kernels.survival import Floats, Ints
from pipelines.estimators.measure_estimates import MeasureValues
from pipelines.estimators.minimum_counts import too_few_in_an_arm
from pipelines.estimators.results import ComparisonSpec
from pipelines.estimators.verdict import MIN_VALUES

MIN_PEOPLE_PER_COLUMN = 5
"""People with a value that the regression needs for each column."""


def regression_row(
    people: People, controls: Floats, own_values: MeasureValues, spec: ComparisonSpec
) -> dict[str, Any]:
    """Return the row of sensitivity that compares a rate by regression alone.

    `controls` (n, p) are the covariates as columns, the intercept first; `own_values` are the
    values of a rate beside `people`.
    """
    row: dict[str, Any] = {
        "check": "rate_by_regression",
        "design": "weighted",
        "outcome": own_values.measure.outcome,
        "horizon_days": own_values.measure.horizon_days,
        "estimand": "rate_ratio",
        "status": SHOWN,
    }
    rows = np.flatnonzero(own_values.has_value)
    if len(people) and not own_values.is_about.any():
        return row | not_followed_yet().columns()
    design = np.column_stack([controls[rows], people.is_a[rows]])
    if why := _too_few(people, rows, design.shape[1], spec):
        return row | why.columns()
    lost, scheduled = own_values.columns[rows].T
    try:
        fit = fit_rates(design, lost, scheduled, people.coach[rows], people.n_coaches)
    except RateError as error:
        return row | Absence(NOT_REPORTABLE, str(error)).columns()
    n_clusters = len(np.unique(people.coach[rows]))
    std_error = float(np.sqrt(clustered_variance(fit.influence[:, -1:], n_clusters)[0]))
    margin = precision_of(n_clusters, spec.conf_level).t_quantile * std_error
    exact = np.exp(fit.coefficients[-1] + np.array([0.0, -margin, margin]))
    step = step_by_error(spec.grid_confidential, std_error, len(rows))
    ratio, low, high = (to_grid(float(each), step) for each in exact)
    return row | {
        "value": ratio,
        "range_low": low,
        "range_high": high,
        "conf_level": spec.conf_level,
        "reading": (
            f"By regression alone, without weights, the rate in {group_of(spec.arm_a)} is "
            f"{ratio:.2f} times that in {group_of(spec.arm_b)} ({low:.2f} to {high:.2f}), all "
            "else alike."
        ),
    }


def _too_few(people: People, rows: Ints, n_columns: int, spec: ComparisonSpec) -> Absence | None:
    """Say why there is no regression: too few people or coaches in an arm; None if there are."""
    if why := too_few_in_an_arm(people, rows, spec, "with a value in"):
        return why
    for is_a, label in ((True, spec.arm_a), (False, spec.arm_b)):
        n_people = int((people.is_a[rows] == is_a).sum())
        if n_people == 0:
            return no_data(f"nobody with a value in {group_of(label)}")
        if n_people < MIN_VALUES:
            few = f"fewer than {MIN_VALUES} people with a value in {group_of(label)}"
            return Absence(TOO_LITTLE_DATA, few)
    if len(rows) < MIN_PEOPLE_PER_COLUMN * n_columns:
        few = f"fewer than {MIN_PEOPLE_PER_COLUMN} people with a value per column of the regression"
        return Absence(TOO_LITTLE_DATA, few)
    return None
