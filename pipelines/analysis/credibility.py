"""From the estimates to the grade of credibility: reads what came before, calls the checks."""

from __future__ import annotations

from typing import Protocol

import polars as pl

from pipelines.contracts.tables import load_metrics
from pipelines.core.warehouse import Connection, fetch_query
from pipelines.estimators.credibility.grade import Graded, graded
from pipelines.estimators.credibility.measured import Study
from pipelines.estimators.designs.coach_preference import CoachPreference
from pipelines.estimators.designs.fitted_cohort import FittedCohort
from pipelines.estimators.measure_estimates import ObservedMeasure


class Estimated(Protocol):
    """What the checks need of everything that was estimated."""

    @property
    def cohort(self) -> FittedCohort:
        """Who is compared."""

    @property
    def observed(self) -> list[ObservedMeasure]:
        """The outcomes with a value per person."""

    @property
    def preference(self) -> CoachPreference:
        """The instrument, and what is adjusted for."""


def read_and_grade(
    con: Connection,
    made: Estimated,
    n_everybody: int,
    sensitivity: pl.DataFrame,
    released: pl.DataFrame,
) -> Graded:
    """Grade the released headline of every outcome; ``n_everybody`` were there before the look."""
    control = sensitivity.filter(pl.col("check") == "negative_control").to_dicts()
    begin = fetch_query(con, "estimates/data_begin")["data_begin"]
    study = Study(
        cohort=made.cohort,
        observed=made.observed,
        controls=made.preference.controls,
        placebo_values=fetch_query(con, "estimates/placebo_value"),
        n_everybody=n_everybody,
        data_begin=begin[0] if len(begin) else None,
        labels={metric.outcome: metric.label for metric in load_metrics()},
        control=control[0] if control else {},
        later_coaches=fetch_query(con, "estimates/later_coach"),
    )
    return graded(study, released)
