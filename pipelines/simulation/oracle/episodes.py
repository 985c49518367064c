"""The analysis data of a simulated contact centre, counted plainly from its landing frames.

A second road to ``marts.coaching_episode``: estimators can be tried without the pipeline, and
the pipeline's own table can be compared with this one.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipelines.contracts.sources import unplanned_absence_types
from pipelines.simulation.cohort_entry import Entries
from pipelines.simulation.config import SampleConfig
from pipelines.simulation.employee_ids import agent_ids

_QUALITY_DAYS = 56
_ABSENCE_DAYS = 90
_SURVEY_DAYS = 365
UNPLANNED = unplanned_absence_types()

COLUMNS = (
    "agent_key",
    "coach_key",
    "arm",
    "day_0",
    "follow_up_days",
    "exit_type",
    "site",
    "team",
    "role",
    "employment_type",
    "weekly_hours",
    "tenure_days",
    "trigger",
    "calendar_month",
    "prior_session_count",
    "prior_quality_score_0_100",
    "prior_quality_slope_per_week",
    "prior_csat_mean_1_5",
    "prior_unplanned_absence_rate",
    "prior_emotional_exhaustion_0_100",
    "prior_cynicism_0_100",
    "is_prior_survey_missing",
)


def episodes_frame(config: SampleConfig, frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """One row per person who entered, in order of ``agent_key``; see `COLUMNS`."""
    entries = _first_arm_sessions(config, frames["coaching_sessions"])
    people = _with_exit(config, _with_roster(entries, frames["roster"]), frames["attrition"])
    day_0 = people.select("employee_id", "day_0")
    parts = (
        _prior_sessions(day_0, frames["coaching_sessions"]),
        _prior_performance(day_0, frames["performance"]),
        _prior_absence(day_0, frames["shifts"]),
        _prior_survey(day_0, frames["fatigue_surveys"]),
    )
    for part in parts:
        people = people.join(part, on="employee_id", how="left")
    return (
        people.with_columns(
            pl.col("prior_session_count").fill_null(0),
            is_prior_survey_missing=pl.col("has_survey").is_null(),
            calendar_month=pl.col("day_0").dt.truncate("1mo"),
            agent_key=pl.col("employee_id"),
        )
        .select(COLUMNS)
        .sort("agent_key")
    )


def propensity_frame(entries: Entries) -> pl.DataFrame:
    """``agent_key`` and true ``propensity`` of the first arm for everybody who entered."""
    entered = np.flatnonzero(entries.has_entered)
    return pl.DataFrame(
        {"agent_key": agent_ids(entered), "propensity": entries.propensity[entered]}
    ).sort("agent_key")


def _first_arm_sessions(config: SampleConfig, sessions: pl.DataFrame) -> pl.DataFrame:
    return (
        sessions.filter(pl.col("style").is_in([config.arm_a, config.arm_b]))
        .sort("started_at", "session_id")
        .unique("employee_id", keep="first", maintain_order=True)
        .select(
            "employee_id",
            "trigger",
            arm=pl.col("style"),
            coach_key=pl.col("coach_id"),
            day_0=pl.col("started_at").dt.date(),
        )
    )


def _with_roster(entries: pl.DataFrame, roster: pl.DataFrame) -> pl.DataFrame:
    """The newest roster row that holds on day 0; agents only."""
    return (
        entries.join(roster, on="employee_id")
        .filter(pl.col("effective_date") <= pl.col("day_0"))
        .sort("effective_date")
        .unique("employee_id", keep="last", maintain_order=True)
        .filter(pl.col("role") == "agent")
        .with_columns(
            pl.col("weekly_hours").cast(pl.Float64),
            tenure_days=days_between("day_0", "hire_date"),
        )
    )


def _with_exit(config: SampleConfig, people: pl.DataFrame, attrition: pl.DataFrame) -> pl.DataFrame:
    joined = people.join(attrition, on="employee_id", how="left")
    last = pl.col("separation_date").fill_null(pl.lit(config.end))
    return joined.with_columns(
        exit_type=pl.col("separation_type"),
        follow_up_days=(last - pl.col("day_0")).dt.total_days(),
    )


def _prior_sessions(day_0: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    return (
        sessions.join(day_0, on="employee_id")
        .filter(pl.col("started_at").dt.date() < pl.col("day_0"))
        .group_by("employee_id")
        .agg(prior_session_count=pl.len().cast(pl.Int64))
    )


def _prior_performance(day_0: pl.DataFrame, performance: pl.DataFrame) -> pl.DataFrame:
    """Level, slope and satisfaction over the weeks that start in the 56 days before day 0."""
    quality = pl.col("quality_score")
    week = (pl.col("week") - pl.col("week").filter(quality.is_not_null()).mean()).filter(
        quality.is_not_null()
    )
    scores = quality.drop_nulls()
    is_rated = pl.col("csat_mean").is_not_null()
    responses = pl.col("csat_responses").filter(is_rated)
    return (
        performance.join(day_0, on="employee_id")
        .with_columns(before=days_between("day_0", "week_start"))
        .filter(pl.col("before").is_between(1, _QUALITY_DAYS))
        .with_columns(week=-pl.col("before") / 7.0)
        .group_by("employee_id")
        .agg(
            prior_quality_score_0_100=quality.mean(),
            prior_quality_slope_per_week=pl.when(scores.len() >= 2).then(
                (week * scores).sum() / (week**2).sum()
            ),
            prior_csat_mean_1_5=(pl.col("csat_mean").filter(is_rated) * responses).sum()
            / responses.sum(),
        )
        .with_columns(pl.col("prior_csat_mean_1_5").fill_nan(None))
    )


def _prior_absence(day_0: pl.DataFrame, shifts: pl.DataFrame) -> pl.DataFrame:
    missed = pl.col("absent_hours").filter(pl.col("absence_type").is_in(UNPLANNED)).sum()
    return (
        shifts.join(day_0, on="employee_id")
        .filter(days_between("day_0", "shift_date").is_between(1, _ABSENCE_DAYS))
        .group_by("employee_id")
        .agg(prior_unplanned_absence_rate=missed / pl.col("scheduled_hours").sum())
    )


def _prior_survey(day_0: pl.DataFrame, surveys: pl.DataFrame) -> pl.DataFrame:
    return (
        surveys.join(day_0, on="employee_id")
        .filter(days_between("day_0", "submitted_on").is_between(1, _SURVEY_DAYS))
        .sort("submitted_on", "response_id")
        .unique("employee_id", keep="last", maintain_order=True)
        .select(
            "employee_id",
            has_survey=pl.lit(True),
            prior_emotional_exhaustion_0_100=pl.col("emotional_exhaustion"),
            prior_cynicism_0_100=pl.col("cynicism"),
        )
    )


def days_between(later: str, earlier: str) -> pl.Expr:
    """Days from one date column to a later one."""
    return (pl.col(later) - pl.col(earlier)).dt.total_days()
