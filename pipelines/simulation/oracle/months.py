"""Months of follow-up and months of coaches, counted plainly from landing frames.

A second road to ``marts.trial_month`` and ``marts.coach_month``.
"""

from __future__ import annotations

import polars as pl

from pipelines.simulation.config import SampleConfig
from pipelines.simulation.hr_exports import COACHING_COURSE
from pipelines.simulation.oracle.episodes import UNPLANNED, days_between
from pipelines.simulation.oracle.measure_truth import WEEK_DAYS

MONTH_DAYS = 30
_COACH_KNOWN_MONTHS = 6


def trial_months_frame(
    config: SampleConfig, episodes: pl.DataFrame, frames: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    """One row per episode and month of follow-up, as far as the largest horizon reaches."""
    last_month = -(-max(config.horizon_days) // MONTH_DAYS)
    followed = episodes.select("agent_key", "arm", "day_0", "follow_up_days")
    months = (
        episodes.select(
            "agent_key",
            "prior_quality_score_0_100",
            "prior_unplanned_absence_rate",
            n_months=pl.min_horizontal(_month_of(pl.col("follow_up_days")), last_month),
        )
        .with_columns(month_number=pl.int_ranges(1, pl.col("n_months") + 1))
        .explode("month_number")
        .drop_nulls("month_number")
    )
    for part in (
        _sessions(config, followed, frames["coaching_sessions"]),
        _quality(followed, frames["performance"]),
        _absence(followed, frames["shifts"]),
    ):
        months = months.join(part, on=["agent_key", "month_number"], how="left")
    is_first = pl.col("month_number") == 1

    def earlier(column: str) -> pl.Expr:
        return pl.col(column).shift(1).over("agent_key", order_by="month_number")

    return months.sort("agent_key", "month_number").select(
        "agent_key",
        "month_number",
        "other_arm_day",
        known_quality_score_0_100=pl.when(is_first)
        .then("prior_quality_score_0_100")
        .otherwise(earlier("quality_score")),
        known_unplanned_absence_rate=pl.when(is_first)
        .then("prior_unplanned_absence_rate")
        .otherwise(earlier("absence_rate")),
        known_n_sessions=pl.when(is_first).then(1).otherwise(earlier("n_sessions").fill_null(0)),
    )


def coach_months_frame(config: SampleConfig, frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """One row per coach and calendar month with agents or sessions to count."""
    sessions = frames["coaching_sessions"].with_columns(
        month=pl.col("started_at").dt.date().dt.truncate("1mo"), coach_key=pl.col("coach_id")
    )
    is_arm = pl.col("style").is_in([config.arm_a, config.arm_b])
    held = sessions.group_by("coach_key", "month").agg(
        n_arm_sessions=is_arm.sum(),
        n_arm_a_sessions=(pl.col("style") == config.arm_a).sum(),
        n_coded_sessions=pl.lit(0),
        compassionate_share=pl.lit(None, pl.Float64),
    )
    trained = (
        frames["training"]
        .filter(pl.col("course") == COACHING_COURSE)
        .group_by(coach_key="employee_id")
        .agg(training_month=pl.col("completed_on").min().dt.truncate("1mo"))
    )
    counts = ("n_agents", "n_voluntary_exits", "n_involuntary_exits", "n_any_exits")
    return (
        _agents_of_coaches(config, sessions, frames)
        .join(held, on=["coach_key", "month"], how="full", coalesce=True)
        .join(trained, on="coach_key", how="left")
        .with_columns(pl.col(*counts, "n_arm_sessions", "n_arm_a_sessions").fill_null(0))
        .sort("coach_key", "month")
    )


def _agents_of_coaches(
    config: SampleConfig, sessions: pl.DataFrame, frames: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    """Agents and exits by month, each counted for the coach of their last session before it."""
    agents = frames["roster"].filter(pl.col("role") == "agent")
    employed = (
        agents.group_by("employee_id")
        .agg(hire_date=pl.col("hire_date").min())
        .join(frames["attrition"], on="employee_id", how="left")
        .with_columns(
            first=pl.max_horizontal("hire_date", pl.lit(config.start)).dt.truncate("1mo"),
            last=pl.col("separation_date").fill_null(config.end).dt.truncate("1mo"),
        )
        .with_columns(month=pl.date_ranges("first", "last", "1mo"))
        .explode("month")
        .with_columns(
            exit_type=pl.when(pl.col("separation_date").dt.truncate("1mo") == pl.col("month")).then(
                "separation_type"
            )
        )
        .sort("month")
    )
    last_of_month = (
        sessions.sort("started_at")
        .unique(["employee_id", "month"], keep="last", maintain_order=True)
        .select("employee_id", "coach_key", month=pl.col("month").dt.offset_by("1mo"))
        .with_columns(known_until=pl.col("month").dt.offset_by(f"{_COACH_KNOWN_MONTHS - 1}mo"))
        .sort("month")
    )
    exits = pl.col("exit_type")
    return (
        employed.join_asof(last_of_month, on="month", by="employee_id", check_sortedness=False)
        .filter(pl.col("month") <= pl.col("known_until"))
        .group_by("coach_key", "month")
        .agg(
            n_agents=pl.len(),
            n_voluntary_exits=(exits == "voluntary").sum(),
            n_involuntary_exits=(exits == "involuntary").sum(),
            n_any_exits=exits.count(),
        )
    )


def _month_of(day: pl.Expr) -> pl.Expr:
    """Month of follow-up that holds a day after day 0; month 1 holds days 1 to 30."""
    return (day + (MONTH_DAYS - 1)) // MONTH_DAYS


def _inside(followed: pl.DataFrame, frame: pl.DataFrame, day: pl.Expr) -> pl.DataFrame:
    """Rows whose ``day`` after day 0 lies in the follow-up, with its ``month_number``."""
    return (
        frame.join(followed, left_on="employee_id", right_on="agent_key")
        .with_columns(agent_key=pl.col("employee_id"), day=day)
        .filter(pl.col("day").is_between(1, pl.col("follow_up_days")))
        .with_columns(month_number=_month_of(pl.col("day")))
    )


def _sessions(config: SampleConfig, followed: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    styled = sessions.filter(pl.col("style").is_in([config.arm_a, config.arm_b])).with_columns(
        session_date=pl.col("started_at").dt.date()
    )
    everyone = sessions.with_columns(session_date=pl.col("started_at").dt.date())
    day = days_between("session_date", "day_0")
    other = (
        _inside(followed, styled, day)
        .filter(pl.col("style") != pl.col("arm"))
        .group_by("agent_key", "month_number")
        .agg(other_arm_day=pl.col("day").min())
    )
    return (
        _inside(followed, everyone, day)
        .group_by("agent_key", "month_number")
        .agg(n_sessions=pl.len().cast(pl.Int64))
        .join(other, on=["agent_key", "month_number"], how="left")
    )


def _quality(followed: pl.DataFrame, performance: pl.DataFrame) -> pl.DataFrame:
    """Mean score of the weeks that end in each month."""
    return (
        _inside(followed, performance, days_between("week_start", "day_0") + (WEEK_DAYS - 1))
        .group_by("agent_key", "month_number")
        .agg(pl.col("quality_score").mean())
    )


def _absence(followed: pl.DataFrame, shifts: pl.DataFrame) -> pl.DataFrame:
    missed = pl.col("absent_hours").filter(pl.col("absence_type").is_in(UNPLANNED)).sum()
    return (
        _inside(followed, shifts, days_between("shift_date", "day_0"))
        .group_by("agent_key", "month_number")
        .agg(absence_rate=missed / pl.col("scheduled_hours").sum())
    )
