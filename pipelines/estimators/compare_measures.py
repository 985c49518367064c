"""Fatigue, absence, satisfaction and quality after day 0: arm a against arm b under every design.

An outcome is about the people whose window was over by the end of data, which day 0 alone decides.
Of these, whoever has a value counts: as they are (unadjusted), weighted by the design's weight
times the weight for having a value (weighted, see `missingness_weights`), or with a regression on
top of these weights (doubly_robust, see `estimating_equations`). Standard errors allow for
estimated weights and for shared coaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from pipelines.estimators.design_fit import Observation
from pipelines.estimators.designs.fitted_cohort import FittedCohort, fit_cohort
from pipelines.estimators.designs.missingness_weights import observation_weights
from pipelines.estimators.measure_estimates import ObservedMeasure, measure_rows, values_of
from pipelines.estimators.results import (
    COMPARISON_SCHEMA,
    ComparisonSpec,
    Measure,
)


def compare_measures(
    episodes: pl.DataFrame,
    values: pl.DataFrame,
    measures: Sequence[Measure],
    spec: ComparisonSpec,
) -> pl.DataFrame:
    """Compare outcomes that have a value per person; rows of the published comparison.

    `episodes` as for `fit_cohort`, `values` as for `observed_measures`. Too little data never
    raises: it becomes a verdict with a reason.
    """
    cohort = fit_cohort(episodes, spec)
    return measure_comparison(cohort, observed_measures(cohort, values, measures))


def observed_measures(
    cohort: FittedCohort, values: pl.DataFrame, measures: Sequence[Measure]
) -> list[ObservedMeasure]:
    """Put each outcome's values beside the people, with weights for who has one.

    `values` has at most one row per person and outcome: `agent_key`, `outcome`,
    `is_window_complete`, `numerator`, `denominator` (both NULL without a value). Raises
    MeasureError for values that can't be right.
    """
    found = []
    for measure in measures:
        own_values = values_of(cohort.people, values, measure)
        observation = observation_weights(
            cohort.people, own_values.is_about, own_values.has_value, cohort.spec.covariates
        )
        found.append(ObservedMeasure(own_values, observation))
    return found


def measure_comparison(cohort: FittedCohort, observed: Sequence[ObservedMeasure]) -> pl.DataFrame:
    """Return the rows of each outcome under the designs unadjusted, weighted and doubly_robust."""
    people, spec = cohort.people, cohort.spec
    as_they_are = Observation(np.ones(len(people)), None)
    rows: list[dict[str, Any]] = []
    for each in observed:
        own_values, observation = each.values, each.observation
        rows += measure_rows(people, spec, cohort.plain, "unadjusted", own_values, as_they_are)
        rows += measure_rows(people, spec, cohort.adjusted, "weighted", own_values, observation)
        rows += measure_rows(
            people, spec, cohort.adjusted, "doubly_robust", own_values, observation
        )
    return pl.DataFrame(rows, schema=COMPARISON_SCHEMA)
