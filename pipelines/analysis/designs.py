"""From the marts to the designs that need months: sustained, the coach's leaning, the roll-out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.core.status import SHOWN
from pipelines.core.warehouse import Connection, fetch_query
from pipelines.estimators.compare_exits import ComparisonSpec
from pipelines.estimators.compare_rates import regression_row
from pipelines.estimators.designs.coach_preference import CoachPreference
from pipelines.estimators.designs.person_months import DAYS_PER_MONTH
from pipelines.estimators.designs.training_did import TrainingRollout, training_rollout
from pipelines.estimators.measure_estimates import ObservedMeasure
from pipelines.estimators.results import SENSITIVITY_SCHEMA
from pipelines.estimators.sensitivity.immortal_time import immortal_time_rows
from pipelines.quality.reportability import withheld_columns

_EVENT_VALUES = ("estimate", "std_error", "conf_low", "conf_high", "pre_trend_p_value")


def read_trial_months(con: Connection, horizon_days: Sequence[int]) -> pl.DataFrame:
    """Everybody's months of follow-up, as far as the largest horizon reaches."""
    last = int(np.ceil(max(horizon_days) / DAYS_PER_MONTH))
    return fetch_query(con, "estimates/trial_month", {"last_month": last})


def read_training_rollout(con: Connection, spec: ComparisonSpec) -> TrainingRollout:
    """The roll-out of the coaches' training."""
    months = fetch_query(con, "estimates/coach_month")
    missing = fetch_query(con, "grades/undelivered")["source"]
    return training_rollout(
        months,
        spec,
        is_delivered="training" not in missing,
        n_completed=fetch_query(con, "estimates/coaches_course").item(),
    )


def further_checks(
    episodes: pl.DataFrame,
    months: pl.DataFrame,
    observed: Sequence[ObservedMeasure],
    preference: CoachPreference,
    spec: ComparisonSpec,
    grades: pl.DataFrame,
) -> pl.DataFrame:
    """Rows of sensitivity: both readings of "ever coached", and rates by regression alone."""
    rows = immortal_time_rows(episodes, months, spec)
    for each in observed:
        if each.values.measure.is_rate:
            rows.append(regression_row(preference.people, preference.controls, each.values, spec))
    shown = ("value", "range_low", "range_high", "conf_level", "reading")
    return _withhold(pl.DataFrame(rows, schema=SENSITIVITY_SCHEMA), grades, shown)


def graded_events(events: pl.DataFrame, grades: pl.DataFrame) -> pl.DataFrame:
    """The event study without what the grades withhold."""
    return _withhold(events, grades, _EVENT_VALUES)


def _withhold(rows: pl.DataFrame, grades: pl.DataFrame, values: Sequence[str]) -> pl.DataFrame:
    """NULL in ``values``, with status and reason, where the grades withhold the outcome."""
    status, reason = withheld_columns(grades)
    is_withheld = status.is_not_null() & (pl.col("status") == SHOWN)
    return rows.with_columns(
        *(pl.when(~is_withheld).then(pl.col(name)).alias(name) for name in values),
        status=pl.when(is_withheld).then(status).otherwise(pl.col("status")),
        reason=pl.when(is_withheld).then(reason).otherwise(pl.col("reason")),
    )
