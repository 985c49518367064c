"""Fatigue, absence, satisfaction and quality after day 0: arm a against arm b under every design.

An outcome is about the people whose window was over by the end of data, which day 0 alone decides.
Of these, whoever has a value counts: as they are (unadjusted), weighted by the design's weight
times the weight for having a value (weighted, see `observation`), or with a regression on top of
these weights (doubly_robust, see `moments`). Standard errors allow for estimated weights and for
shared coaches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl

from pipelines.estimators.cohort import people_of
from pipelines.estimators.design_fit import Observation
from pipelines.estimators.designs import unadjusted, weighted
from pipelines.estimators.designs.missingness_weights import observation_weights
from pipelines.estimators.measure_estimates import MeasureValues, measure_rows, values_of
from pipelines.estimators.results import (
    COMPARISON_SCHEMA,
    ComparisonSpec,
    Measure,
)

FurtherRows = Callable[[MeasureValues, Observation], list[dict[str, Any]]]
"""From an outcome's values and the weights for having one to its rows under other designs."""


def compare_measures(
    episodes: pl.DataFrame,
    values: pl.DataFrame,
    measures: Sequence[Measure],
    spec: ComparisonSpec,
    further: Sequence[FurtherRows] = (),
) -> pl.DataFrame:
    """Compare outcomes that have a value per person; rows of the published comparison.

    `episodes` as for `compare_exits`. `values` has at most one row per person and outcome:
    `agent_key`, `outcome`, `is_window_complete`, `numerator`, `denominator` (both NULL without a
    value). `further` adds an outcome's rows under other designs. Too little data never raises: it
    becomes a verdict with a reason. Raises EpisodeError, CovariateError or MeasureError for data
    that can't be right.
    """
    people = people_of(episodes, spec.arm_a, spec.arm_b)
    plain, adjusted = unadjusted.fit(people, spec), weighted.fit(people, spec)
    rows: list[dict[str, Any]] = []
    for measure in measures:
        mine = values_of(people, values, measure)
        seen = Observation(np.ones(len(people)), None)
        rows += measure_rows(people, spec, plain, "unadjusted", mine, seen)
        seen = observation_weights(people, mine.is_about, mine.has_value, spec.covariates)
        rows += measure_rows(people, spec, adjusted, "weighted", mine, seen)
        rows += measure_rows(people, spec, adjusted, "doubly_robust", mine, seen)
        for rows_of in further:
            rows += rows_of(mine, seen)
    return pl.DataFrame(rows, schema=COMPARISON_SCHEMA)
