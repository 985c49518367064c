"""What was seen of each outcome before anything that people are weighted by, from landing frames.

A second road to ``marts.placebo_outcome``: estimators can be tried without the pipeline.
"""

from __future__ import annotations

import polars as pl

from pipelines.simulation.oracle.episodes import UNPLANNED, days_between

_WEEKS, _ABSENCE, _NEWEST, _OLDEST = (57, 168), (91, 270), 365, 730
_WEIGHTED_BY = ("emotional_exhaustion", "cynicism")
_OTHER_SCALES = ("compassion_satisfaction", "morale")


def placebo_values_frame(episodes: pl.DataFrame, frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """One row per episode and outcome that was seen; columns as of `outcome_values_frame`."""
    day_0 = episodes.select("agent_key", "day_0")
    found = [
        *_answers(_before(day_0, frames["fatigue_surveys"], "submitted_on")),
        _absence(_before(day_0, frames["shifts"], "shift_date")),
        *_weekly(_before(day_0, frames["performance"], "week_start")),
    ]
    columns = ("agent_key", "outcome", "numerator", "denominator")
    return (
        pl.concat([each.select(columns) for each in found])
        .with_columns(is_window_complete=pl.lit(value=True))
        .sort("agent_key", "outcome")
    )


def _before(day_0: pl.DataFrame, frame: pl.DataFrame, day: str) -> pl.DataFrame:
    """Rows of the entrants with ``before``, the days until day 0; none from day 0 on."""
    joined = frame.join(day_0, left_on="employee_id", right_on="agent_key")
    return joined.with_columns(
        agent_key=pl.col("employee_id"), before=days_between("day_0", day)
    ).filter(pl.col("before") >= 1)


def _answers(surveys: pl.DataFrame) -> list[pl.DataFrame]:
    """The newest answer older than the covariates', and of other scales the newest of a year."""
    in_order = surveys.filter(pl.col("before") <= _OLDEST).sort("submitted_on", "response_id")
    has_scale = pl.any_horizontal(pl.col(name).is_not_null() for name in _WEIGHTED_BY)
    used = (
        in_order.filter(has_scale & (pl.col("before") <= _NEWEST))
        .group_by("agent_key")
        .agg(used_on=pl.col("submitted_on").last())
    )
    with_used = in_order.join(used, on="agent_key", how="left")
    older = with_used.filter(
        (pl.col("submitted_on") < pl.col("used_on"))
        | (pl.col("used_on").is_null() & (pl.col("before") > _NEWEST))
    )
    of_year = in_order.filter(pl.col("before") <= _NEWEST)
    return [_newest(older, name) for name in _WEIGHTED_BY] + [
        _newest(of_year, name) for name in _OTHER_SCALES
    ]


def _newest(in_order: pl.DataFrame, scale: str) -> pl.DataFrame:
    known = in_order.filter(pl.col(scale).is_not_null())
    return (
        known.group_by("agent_key")
        .agg(numerator=pl.col(scale).last().cast(pl.Float64))
        .with_columns(outcome=pl.lit(scale), denominator=pl.lit(1.0))
    )


def _absence(shifts: pl.DataFrame) -> pl.DataFrame:
    missed = pl.col("absent_hours").filter(pl.col("absence_type").is_in(UNPLANNED)).sum()
    return (
        shifts.filter(pl.col("before").is_between(*_ABSENCE))
        .group_by("agent_key")
        .agg(numerator=missed, denominator=pl.col("scheduled_hours").sum())
        .filter(pl.col("denominator") > 0)
        .with_columns(outcome=pl.lit("unplanned_absence"))
    )


def _weekly(performance: pl.DataFrame) -> list[pl.DataFrame]:
    weeks = performance.filter(pl.col("before").is_between(*_WEEKS))
    rated = weeks.filter(pl.col("csat_mean").is_not_null() & (pl.col("csat_responses") > 0))
    mean = (pl.col("csat_mean") * pl.col("csat_responses")).sum() / pl.col("csat_responses").sum()
    satisfaction = rated.group_by("agent_key").agg(numerator=mean)
    scored = weeks.filter(pl.col("quality_score").is_not_null())
    quality = scored.group_by("agent_key").agg(numerator=pl.col("quality_score").mean())
    return [
        frame.with_columns(outcome=pl.lit(name), denominator=pl.lit(1.0))
        for name, frame in (("customer_satisfaction", satisfaction), ("quality_score", quality))
    ]
