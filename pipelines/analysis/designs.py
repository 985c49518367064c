"""From the marts to the designs that need months: sustained, the coach's leaning, the roll-out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from pipelines.core.status import SHOWN
from pipelines.core.warehouse import Connection, fetch
from pipelines.estimators.cohort import people_of
from pipelines.estimators.compare_exits import ComparisonSpec
from pipelines.estimators.compare_rates import regression_row
from pipelines.estimators.design_fit import Observation
from pipelines.estimators.designs import coach_preference
from pipelines.estimators.designs.person_months import DAYS_PER_MONTH, MONTH_COLUMNS
from pipelines.estimators.designs.training_did import TrainingRollout, training_rollout
from pipelines.estimators.measure_estimates import MeasureValues, values_of
from pipelines.estimators.results import INSTRUMENT_SCHEMA, SENSITIVITY_SCHEMA, Measure
from pipelines.estimators.sensitivity.immortal_time import immortal_time_rows
from pipelines.quality.reportability import withheld_columns

_EVENT_VALUES = ("estimate", "std_error", "conf_low", "conf_high", "pre_trend_p_value")


def read_trial_months(con: Connection, horizon_days: Sequence[int]) -> pl.DataFrame:
    """Everybody's months of follow-up, as far as the largest horizon reaches."""
    last = int(np.ceil(max(horizon_days) / DAYS_PER_MONTH))
    return fetch(
        con,
        f"select {', '.join(MONTH_COLUMNS)} from marts.trial_month "
        f"where month_number <= {last} order by agent_key, month_number",
    )


def read_training_rollout(con: Connection, spec: ComparisonSpec) -> TrainingRollout:
    """The roll-out of the coaches' training."""
    months = fetch(con, "select * from marts.coach_month order by coach_key, month")
    return training_rollout(months, spec)


@dataclass
class PreferenceOfMeasures:
    """Adds the design coach_preference to outcomes with a value, and keeps their first stages."""

    leaning: coach_preference.Leaning
    spec: ComparisonSpec
    first_stages: list[dict[str, Any]]

    def __call__(self, mine: MeasureValues, seen: Observation) -> list[dict[str, Any]]:
        """Return an outcome's rows under the design."""
        rows, first = coach_preference.measure_rows(self.leaning, self.spec, mine, seen)
        self.first_stages.append(first)
        return rows

    def instrument(self) -> pl.DataFrame:
        """Return the first stages of the outcomes so far."""
        return pl.DataFrame(self.first_stages, schema=INSTRUMENT_SCHEMA)


def preference_of_measures(episodes: pl.DataFrame, spec: ComparisonSpec) -> PreferenceOfMeasures:
    """Prepare the leaning of everybody's coach for `compare_measures`."""
    people = people_of(episodes, spec.arm_a, spec.arm_b)
    return PreferenceOfMeasures(coach_preference.leaning_of(people, spec), spec, [])


def further_checks(
    episodes: pl.DataFrame,
    months: pl.DataFrame,
    values: pl.DataFrame,
    rates: Sequence[Measure],
    preference: PreferenceOfMeasures,
    grades: pl.DataFrame,
) -> pl.DataFrame:
    """Rows of sensitivity: both readings of "ever coached", and rates by regression alone."""
    leaning, spec = preference.leaning, preference.spec
    rows = immortal_time_rows(episodes, months, spec)
    for measure in rates:
        mine = values_of(leaning.people, values, measure)
        rows.append(regression_row(leaning.people, leaning.controls, mine, spec))
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
