"""Released rows in; out come the same rows with what may be concluded of them, as columns.

A figure is rounded before it is released, so whatever is held against a limit is held against it
here, on the rounded figure that everybody sees: a reader who does the same comes to the same. The
pages word these columns and compare nothing themselves.

The limits stand in `pipelines.core.limits`; a range that excludes zero gives the checks
the verdict that `verdict.py` would.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import polars as pl

from pipelines.core.limits import (
    BEYOND_CHANCE,
    EVEN,
    NOTICEABLE,
    RELIABLE,
    TENTATIVE,
)
from pipelines.core.status import NO_DATA
from pipelines.estimators.results import ALL_PEOPLE, DIFFERENCES

RATIO_CHECKED = "rate_by_regression"
"""The check whose value is a ratio that stands beside a difference."""
CONCLUDED_OF_CURVES = ("error_ratio", "is_clustered")
CONCLUDED_OF_COMPARISON = "credibility"
_PLACE = ("outcome", "horizon_days", "design", "estimand")
_BETTER = ("strong", "moderate")
"""Grades that carry a verdict without reserve."""

Conclude = Callable[[pl.DataFrame], pl.DataFrame]


def leaves_out_zero(low: str = "conf_low", high: str = "conf_high") -> pl.Expr:
    """Whether a range excludes zero; NULL without a range."""
    return (pl.col(low) > 0) | (pl.col(high) < 0)


def _verdict(value: str, low: str, high: str, lower_is_better: Collection[str]) -> pl.Expr:
    """The verdict on arm a that a difference's own range bears; NULL without one."""
    is_lower_better = pl.col("outcome").is_in(list(lower_is_better)) & (
        pl.col("estimand") != "rmst_difference_days"
    )
    is_good = (pl.col(value) < 0) == is_lower_better
    told = pl.col("estimand").is_in(DIFFERENCES) & pl.all_horizontal(
        pl.col(value, low, high).is_not_null()
    )
    verdict = (
        pl.when(~leaves_out_zero(low, high))
        .then(pl.lit("no_clear_difference"))
        .when(is_good)
        .then(pl.lit("better"))
        .otherwise(pl.lit("worse"))
    )
    return pl.when(told).then(verdict)


def sensitivity(frame: pl.DataFrame, lower_is_better: Collection[str]) -> pl.DataFrame:
    """Give each check the verdict on arm a that its own range bears, a ratio's held against 1."""
    figures = ("value", "range_low", "range_high")
    is_ratio = pl.col("check") == RATIO_CHECKED
    told = frame.with_columns(
        *(pl.when(is_ratio).then(pl.col(n) - 1.0).otherwise(n).alias(n) for n in figures),
        estimand=pl.when(is_ratio).then(pl.lit("mean_difference")).otherwise("estimand"),
    )
    return frame.with_columns(told.select(verdict=_verdict(*figures, lower_is_better))["verdict"])


def weight_summary(frame: pl.DataFrame) -> pl.DataFrame:
    """Say of each arm whether its weights leave it at least half of its people's information."""
    enough = pl.col("effective_sample_size") >= EVEN * pl.col("n_people")
    return frame.with_columns(is_even=enough)


def instrument(frame: pl.DataFrame) -> pl.DataFrame:
    """Say whether an instrument is strong enough, and whether it moves the coaching at all."""
    f, needed = pl.col("f_statistic"), pl.col("min_f_statistic")
    return frame.with_columns(
        is_strong=pl.when(f.is_not_null()).then((f >= needed).fill_null(value=True)),
        is_clear=leaves_out_zero(),
    )


def event_study(frame: pl.DataFrame) -> pl.DataFrame:
    """Say which months stand apart from the base, and whether the sides had parted before it."""
    return frame.with_columns(
        is_apart=leaves_out_zero(), has_parted_before=pl.col("pre_trend_p_value") < BEYOND_CHANCE
    )


def segment_estimate(frame: pl.DataFrame, lower_is_better: Collection[str]) -> pl.DataFrame:
    """Say whether a division's parts differ beyond chance, and what of each part may be concluded.

    The verdict is that of the difference drawn towards the mean, the one to look at.
    """
    drawn = ("shrunken_estimate", "shrunken_conf_low", "shrunken_conf_high")
    people = pl.col("n_people_a", "n_people_b")
    # People of other outcomes are those with a value: who has a part is told by exits.
    is_of_one_kind = (pl.col("estimand") == "risk_difference") & pl.any_horizontal(people == 0)
    is_part_of_one = is_of_one_kind.fill_null(value=False).any().over("segment", "segment_value")
    is_alone = is_part_of_one | pl.all_horizontal(people.is_null())
    return frame.with_columns(
        is_heterogeneous=pl.col("heterogeneity_p_adjusted") < BEYOND_CHANCE,
        has_counterparts=~(is_alone & (pl.col("status") == NO_DATA)),
        shrunken_verdict=_verdict(*drawn, lower_is_better),
    )


def retention_curve(frame: pl.DataFrame) -> pl.DataFrame:
    """Give each day the ratio of its two errors, and whether people of one coach are alike."""
    plain = pl.col("std_error")
    ratio = pl.when(plain > 0).then(pl.col("clustered_std_error") / plain)
    return frame.with_columns(error_ratio=ratio).with_columns(
        is_clustered=pl.col("error_ratio") >= NOTICEABLE
    )


def style_agreement(frame: pl.DataFrame) -> pl.DataFrame:
    """Say whether labels and behaviours agree often enough to be relied on."""
    return frame.with_columns(is_reliable=pl.col("agreement_share") >= RELIABLE)


def rater_agreement(frame: pl.DataFrame) -> pl.DataFrame:
    """Say of each statistic what may be drawn from it: reliable, tentative or unreliable."""
    value = pl.col("estimate")
    grade = (
        pl.when(value >= RELIABLE)
        .then(pl.lit("reliable"))
        .when(value >= TENTATIVE)
        .then(pl.lit("tentative"))
        .otherwise(pl.lit("unreliable"))
    )
    return frame.with_columns(reliability=pl.when(value.is_not_null()).then(grade))


def with_credibility(
    comparison: pl.DataFrame, credibility: pl.DataFrame, anytime: pl.DataFrame
) -> pl.DataFrame:
    """Give each estimate the grade of its outcome's headline, which caps the words for a verdict.

    The headline's check of repeated looks is about its horizon alone. At another one a range that
    leaves out zero is weak where the range that holds on all looks (`anytime`) doesn't.
    The roll-out of the training compares other people and has no grade.
    """
    grades = credibility.select("outcome", credibility="grade")
    looks = anytime.filter(~leaves_out_zero("anytime_conf_low", "anytime_conf_high")).select(
        *_PLACE, is_of_one_look=True, segment=pl.lit(ALL_PEOPLE)
    )
    joined = comparison.join(grades, on="outcome", how="left", maintain_order="left").join(
        looks, on=[*_PLACE, "segment"], how="left", maintain_order="left"
    )
    is_weaker = pl.col("is_of_one_look") & leaves_out_zero() & pl.col("credibility").is_in(_BETTER)
    is_graded = pl.col("design") != "training_rollout"
    told = pl.when(is_weaker).then(pl.lit("weak")).otherwise("credibility")
    return joined.with_columns(credibility=pl.when(is_graded).then(told)).drop("is_of_one_look")


def conclusions(lower_is_better: Collection[str]) -> Mapping[str, Conclude]:
    """Return what is concluded of which released table."""
    return {
        "outcomes.sensitivity": lambda frame: sensitivity(frame, lower_is_better),
        "outcomes.weight_summary": weight_summary,
        "outcomes.instrument": instrument,
        "outcomes.event_study": event_study,
        "outcomes.segment_estimate": lambda frame: segment_estimate(frame, lower_is_better),
        "outcomes.retention_curve": retention_curve,
        "quality.style_agreement": style_agreement,
        "quality.rater_agreement": rater_agreement,
    }
