"""From the marts to the parts of the workforce, what a difference is worth, and repeated looks."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.config.settings import Settings
from pipelines.core.warehouse import Connection, fetch_query
from pipelines.estimators.coaching_time import time_rows
from pipelines.estimators.confidence_sequences import anytime_rows
from pipelines.estimators.cost_benefit import Cost, headline_rows, worth_rows
from pipelines.estimators.designs.fitted_cohort import FittedCohort
from pipelines.estimators.results import WORTH_SCHEMA
from pipelines.estimators.segments.comparison import JointEstimates
from pipelines.estimators.segments.pooling import segment_estimates


def read_sessions(con: Connection) -> pl.DataFrame:
    """Number and minutes of the sessions with a length, per agent, coach and kind."""
    return fetch_query(con, "estimates/coach_sessions")


def read_minutes(con: Connection, horizon_days: Sequence[int]) -> pl.DataFrame:
    """Minutes of any coaching from day 0 to each horizon, per person in the comparison."""
    return fetch_query(con, "estimates/coaching_minutes", {"horizon_days": list(horizon_days)})


def styles_on_day_0(con: Connection) -> pl.DataFrame:
    """Whether the behaviours of each person's session on day 0 speak for its label.

    NULL where they weren't coded, or speak for neither of the two kinds that are compared.
    """
    return fetch_query(con, "estimates/style_on_day_0")


def tables_of_parts_and_worth(
    con: Connection,
    settings: Settings,
    cohort: FittedCohort,
    released: pl.DataFrame,
    joint: Sequence[JointEstimates],
) -> dict[str, pl.DataFrame]:
    """Return segment_estimate, worth and anytime_interval.

    ``released`` is the comparison as it is released; all three tables are made of it, so nothing
    that is hidden there can be worked out from them.
    """
    headline = headline_rows(released, cohort.spec.headline)
    rows = worth_rows(headline, Cost(settings.cost.exit, settings.cost.currency))
    rows += time_rows(
        cohort,
        read_sessions(con),
        read_minutes(con, cohort.spec.horizon_days),
        headline,
    )
    return {
        "segment_estimate": segment_estimates(released, joint),
        "worth": pl.DataFrame(rows, schema=WORTH_SCHEMA),
        "anytime_interval": anytime_rows(released),
    }
