"""From one row per person to both basic designs fitted, once for every estimate about them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.estimators.cohort import People, people_of
from pipelines.estimators.design_fit import DesignFit
from pipelines.estimators.designs import unadjusted, weighted
from pipelines.estimators.results import ComparisonSpec


@dataclass(frozen=True)
class FittedCohort:
    """Who is compared, in which comparison, counted once each and weighted to be alike."""

    people: People
    spec: ComparisonSpec
    plain: DesignFit
    """The design unadjusted."""
    adjusted: DesignFit
    """The design weighted: the propensity model is fitted here and nowhere else for all people."""


def fit_cohort(episodes: pl.DataFrame, spec: ComparisonSpec) -> FittedCohort:
    """Fit both basic designs to everybody.

    `episodes` has one row per person: `agent_key`, `coach_key`, `arm`, `follow_up_days` (>= 0),
    `exit_type` (voluntary, involuntary, other, NULL for an end of data) and the columns of the
    spec's covariates. The order of rows doesn't matter. Too little data never raises: it becomes
    a verdict with a reason. Raises EpisodeError or CovariateError for data that can't be right.
    """
    people = people_of(episodes, spec.arm_a, spec.arm_b)
    return FittedCohort(
        people, spec, plain=unadjusted.fit(people, spec), adjusted=weighted.fit(people, spec)
    )
