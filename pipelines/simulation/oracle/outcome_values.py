"""What came after day 0, counted plainly from landing frames.

A second road to ``marts.episode_outcome``: estimators can be tried without the pipeline.
"""

from __future__ import annotations

import polars as pl

from pipelines.simulation.config import SampleConfig
from pipelines.simulation.oracle.episodes import UNPLANNED, days_between
from pipelines.simulation.oracle.measure_truth import WEEK_DAYS, WINDOWS

_SCALES = ("emotional_exhaustion", "cynicism", "compassion_satisfaction", "morale")


def outcome_values_frame(
    config: SampleConfig, episodes: pl.DataFrame, frames: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    """One row per episode and outcome.

    Columns: ``agent_key``, ``outcome``, ``is_window_complete``, ``numerator``, ``denominator``
    (both null without a value).
    """
    followed = episodes.select("agent_key", "day_0", "follow_up_days")
    observed = pl.concat(
        [
            _first_answers(followed, frames["fatigue_surveys"]),
            _absence(followed, frames["shifts"]),
            _weekly(followed, frames["performance"]),
        ]
    )
    windows = pl.DataFrame(
        {"outcome": list(WINDOWS), "last_day": [last for _, last in WINDOWS.values()]}
    )
    days_to_end = (pl.lit(config.end) - pl.col("day_0")).dt.total_days()
    return (
        followed.join(windows, how="cross")
        .with_columns(is_window_complete=days_to_end >= pl.col("last_day"))
        .join(observed, on=["agent_key", "outcome"], how="left")
        .select("agent_key", "outcome", "is_window_complete", "numerator", "denominator")
    )


def _after_day_0(followed: pl.DataFrame, frame: pl.DataFrame, day: str) -> pl.DataFrame:
    """Rows of the entrants with ``since``, the days after day 0."""
    return frame.join(followed, left_on="employee_id", right_on="agent_key").with_columns(
        agent_key=pl.col("employee_id"), since=days_between(day, "day_0")
    )


def _first_answers(followed: pl.DataFrame, surveys: pl.DataFrame) -> pl.DataFrame:
    """The first answer to each scale in its window."""
    rows = _after_day_0(followed, surveys, "submitted_on")
    answers = []
    for scale in _SCALES:
        first, last = WINDOWS[scale]
        is_inside = pl.col("since").is_between(first, pl.min_horizontal(last, "follow_up_days"))
        answers.append(
            rows.filter(is_inside & pl.col(scale).is_not_null())
            .sort("submitted_on", "response_id")
            .unique("agent_key", keep="first", maintain_order=True)
            .select(
                "agent_key",
                outcome=pl.lit(scale),
                numerator=pl.col(scale).cast(pl.Float64),
                denominator=pl.lit(1.0),
            )
        )
    return pl.concat(answers)


def _absence(followed: pl.DataFrame, shifts: pl.DataFrame) -> pl.DataFrame:
    """Hours lost and hours scheduled."""
    first, last = WINDOWS["unplanned_absence"]
    missed = pl.col("absent_hours").filter(pl.col("absence_type").is_in(UNPLANNED)).sum()
    return (
        _after_day_0(followed, shifts, "shift_date")
        .filter(pl.col("since").is_between(first, pl.min_horizontal(last, "follow_up_days")))
        .group_by("agent_key")
        .agg(numerator=missed, denominator=pl.col("scheduled_hours").sum())
        .select(
            "agent_key", pl.lit("unplanned_absence").alias("outcome"), "numerator", "denominator"
        )
    )


def _weekly(followed: pl.DataFrame, performance: pl.DataFrame) -> pl.DataFrame:
    """Means over the weeks that lie wholly in the window; satisfaction weighted by responses."""
    first, last = WINDOWS["quality_score"]
    last_begin = pl.min_horizontal(last, "follow_up_days") - (WEEK_DAYS - 1)
    weeks = _after_day_0(followed, performance, "week_start").filter(
        pl.col("since").is_between(first, last_begin)
    )
    is_rated = pl.col("csat_mean").is_not_null() & (pl.col("csat_responses") > 0)
    satisfaction = (
        weeks.filter(is_rated)
        .group_by("agent_key")
        .agg(
            numerator=(pl.col("csat_mean") * pl.col("csat_responses")).sum()
            / pl.col("csat_responses").sum()
        )
        .with_columns(outcome=pl.lit("customer_satisfaction"))
    )
    quality = (
        weeks.filter(pl.col("quality_score").is_not_null())
        .group_by("agent_key")
        .agg(numerator=pl.col("quality_score").mean())
        .with_columns(outcome=pl.lit("quality_score"))
    )
    both = pl.concat([satisfaction, quality])
    return both.select("agent_key", "outcome", "numerator", denominator=pl.lit(1.0))
