"""Made-up publications, one per situation that the page has to tell rightly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl

from dashboards.data import Cut, Headcount, SiteData
from pipelines.core.status import NO_DATA, NOT_REPORTABLE, SHOWN, SUPPRESSED, TOO_LITTLE_DATA
from pipelines.core.status import TOO_EARLY as EARLY
from pipelines.quality.reportability import GRADE_SCHEMA, PROBLEM_SCHEMA, DataMeasure
from tests.figures.frames import (
    BALANCE_SCHEMA,
    CHECK_LABELS,
    COMPASSIONATE,
    HORIZONS,
    LABELS,
    MEANS,
    balance,
    checks,
    comparison,
    curves,
    files,
    flow,
    freshness,
    means,
    quarantine,
    weights,
)
from tests.figures.made_up import MadeUp
from tests.figures.quality_worlds import (
    OUTCOME_LABELS,
    graded,
    measured,
    responses,
    with_status,
)


def world(
    arms: tuple[str, str] = COMPASSIONATE,
    horizons: tuple[int, ...] = HORIZONS,
    rates: tuple[float, float] = (0.00054, 0.00078),
    error: float = 0.0175,
) -> SiteData:
    """A publication under constant hazards of leaving, by arm."""
    lean, noise = (rates[1] - rates[0]) / 0.00024, error / 0.0175
    further = means(arms, lean, noise)
    ungraded = MadeUp(
        comparison=pl.concat([comparison(arms, horizons, *rates, error), further], how="diagonal"),
        retention_curve=curves(arms, horizons, rates, error),
        covariate_balance=balance(),
        weight_summary=weights(arms),
        trial_flow=flow(),
        ingested_file=files(),
        freshness=freshness(),
        check_result=checks(),
        quarantine_summary=quarantine(),
        outcome_grade=with_status(pl.DataFrame(schema=GRADE_SCHEMA)),
        outcome_problem=with_status(pl.DataFrame(schema=PROBLEM_SCHEMA)),
        response_rate=responses(arms),
        arm_a=arms[0],
        arm_b=arms[1],
        horizon_days=horizons,
        data_until=dt.date(2026, 10, 31),
        published_at=dt.datetime(2026, 11, 22, 3, 10, tzinfo=dt.UTC),
        time_zone="UTC",
        min_group=10,
        covariate_labels=LABELS,
        outcome_labels=OUTCOME_LABELS,
        check_labels=CHECK_LABELS,
        n_sites=12,
        changes=0,
        cut=Cut(dt.date(2026, 11, 20), dt.date(2026, 10, 31), dt.date(2026, 12, 1), "month_end"),
        headcount=Headcount(1204, is_anybody=True),
    )
    return graded(ungraded)


_NUMBERS = ("value_a", "value_b", "estimate", "std_error", "conf_low", "conf_high")
_CURVE = (
    "survival", "clustered_conf_low", "clustered_conf_high", "voluntary_exit", "involuntary_exit",
    "voluntary_exit_conf_low", "voluntary_exit_conf_high", "involuntary_exit_conf_low",
    "involuntary_exit_conf_high",
)  # fmt: skip
_COUNTS = ("n_people_a", "n_people_b", "n_events_a", "n_events_b")


def _blank(frame: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    kept = [pl.lit(None, frame.schema[name]).alias(name) for name in columns]
    return frame.with_columns(kept)


def _judged(frame: pl.DataFrame, verdict: str, reason: str, status: str) -> pl.DataFrame:
    return _without(frame, reason, status).with_columns(pl.lit(verdict).alias("verdict"))


def _without(frame: pl.DataFrame, reason: str, status: str) -> pl.DataFrame:
    """The frame with why its rows aren't shown, in words and as a state."""
    return frame.with_columns(pl.lit(reason).alias("reason"), pl.lit(status).alias("status"))


def clear_difference() -> SiteData:
    return world()


def no_difference() -> SiteData:
    return replace(world(rates=(0.00076, 0.00078)), changes=None)


def harm() -> SiteData:
    return replace(world(rates=(0.00085, 0.00056)), covariate_balance=balance(0.17), changes=4)


def tiny_difference() -> SiteData:
    return world(rates=(0.00076, 0.00078), error=0.0012)


def too_little_data() -> SiteData:
    base = world(error=0.11)
    few = _judged(
        base.comparison, "too_little_data", "7 exits in both arms, under 10", TOO_LITTLE_DATA
    )
    is_mean = pl.col("outcome").is_in(list(MEANS))
    unanswered = pl.lit("18 people with a value in compliance, under 20")
    few = few.with_columns(
        pl.when(is_mean).then(unanswered).otherwise(pl.col("reason")).alias("reason"),
        pl.lit(21).alias("n_people_a"),
        pl.lit(18).alias("n_people_b"),
        pl.when(~is_mean).then(4).alias("n_events_a"),
        pl.when(~is_mean).then(3).alias("n_events_b"),
    )
    sizes = (21, 18)
    return replace(
        base,
        comparison=few,
        weight_summary=weights(COMPASSIONATE, sizes),
        retention_curve=curves(COMPASSIONATE, HORIZONS, (0.00054, 0.00078), 0.11, sizes),
    )


def not_reportable() -> SiteData:
    """Nothing may be shown: one arm is under the privacy floor."""
    base = world()
    reason = "hidden for privacy: fewer than 10 people in compliance"
    blank = _blank(base.comparison, _NUMBERS + _COUNTS)
    hidden = _judged(blank, "not_reportable", reason, SUPPRESSED)
    curve = _blank(base.retention_curve, ("at_risk", "n_events", *_CURVE))
    weight = _blank(
        base.weight_summary, ("n_people", "effective_sample_size", "largest_weight", "overlap")
    )
    flow = _blank(base.trial_flow, ("n_people", "n_left"))
    return replace(
        base,
        comparison=hidden,
        retention_curve=_without(curve, reason, SUPPRESSED),
        weight_summary=_without(weight, reason, SUPPRESSED),
        covariate_balance=_without(
            _blank(base.covariate_balance, ("smd_before", "smd_after")), reason, SUPPRESSED
        ),
        trial_flow=_without(flow, reason, SUPPRESSED),
    )


def no_overlap() -> SiteData:
    """The groups can't be compared: weighted numbers are withheld, unadjusted ones are there."""
    base = world()
    reason = (
        "only 61% of the compassionate group have comparable people in the other one, under 80%"
    )
    weighted = base.comparison.filter(pl.col("design") == "weighted")
    rest = base.comparison.filter(pl.col("design") != "weighted")
    withheld = _judged(_blank(weighted, _NUMBERS), "not_reportable", reason, NOT_REPORTABLE)
    curve = base.retention_curve.filter(pl.col("design") == "weighted")
    curve = _blank(curve, _CURVE)
    curve = _without(curve, reason, NOT_REPORTABLE)
    return replace(
        base,
        comparison=pl.concat([withheld, rest], how="diagonal"),
        retention_curve=curve,
        covariate_balance=balance(0.3),
    )


def reasons_missing() -> SiteData:
    """Exits are known but not their kind: only all leavers can be told."""
    return graded(world(), measured(DataMeasure("exits_without_kind", 0.41, 532)))


def hidden_counts() -> SiteData:
    """Late counts are hidden, then the curve itself; and steps of the kinds of exit."""
    base = world()
    late = pl.col("day") > 200
    few = pl.col("day").is_in(HORIZONS).not_() & (pl.col("day") % 21 != 0)
    curve = base.retention_curve.with_columns(
        pl.when(late).then(None).otherwise(pl.col("at_risk")).alias("at_risk"),
        pl.when(pl.col("day") > 330).then(None).otherwise(pl.col("survival")).alias("survival"),
        *(pl.when(~few).then(name).alias(name) for name in _CURVE if name.startswith("voluntary")),
        *(pl.lit(None, pl.Float64).alias(name) for name in _CURVE if name.startswith("invol")),
        pl.when(pl.col("day") > 330)
        .then(pl.lit("hidden for privacy: fewer than 10 people"))
        .alias("reason"),
        pl.lit(SUPPRESSED).alias("status"),
    )
    why = "hidden for privacy: fewer than 10 people left at this step"
    is_small = pl.col("n_left").is_between(1, 9)
    steps = base.trial_flow.with_columns(
        pl.when(~is_small).then("n_left").alias("n_left"),
        pl.when(~is_small | (pl.col("step_number") == 7)).then("n_people").alias("n_people"),
        pl.when(is_small).then(pl.lit(why)).otherwise(pl.col("reason")).alias("reason"),
        pl.when(is_small).then(pl.lit(SUPPRESSED)).otherwise("status").alias("status"),
    )
    return replace(base, retention_curve=curve, trial_flow=steps)


def missing_sources() -> SiteData:
    """Only what is required was delivered, under labels that aren't the default ones."""
    absent = ("fatigue_surveys", "shifts", "performance", "training")
    base = world(arms=("dedicated coach", "line manager"), rates=(0.00062, 0.0003), error=0.03)
    nobody = _judged(
        _blank(base.comparison, _NUMBERS), "too_little_data", "no data: nobody", NO_DATA
    )
    nobody = nobody.with_columns(pl.lit(0, pl.Int64).alias(n) for n in _COUNTS[:2])
    is_mean = pl.col("outcome").is_in(list(MEANS))
    absent_data = replace(
        base,
        comparison=pl.concat(
            [base.comparison.filter(~is_mean), nobody.filter(is_mean)], how="diagonal"
        ),
        freshness=freshness(absent),
        ingested_file=base.ingested_file.filter(~pl.col("source").is_in(absent)),
        quarantine_summary=base.quarantine_summary.filter(~pl.col("source").is_in(absent)),
        response_rate=base.response_rate.clear(),
        missing_sources=absent,
        n_sites=1,
        changes=None,
    )
    unmeasured = (
        "survey_response", "survey_response_gap", "shift_days_missing",
        "shift_days_missing_overall",
    )  # fmt: skip
    return graded(absent_data, measured(*(DataMeasure(name, None, 0) for name in unmeasured)))


HOSTILE = (
    "<img src=x onerror=alert(1)> & </script><b>Ünfug</b>",
    "=cmd|' /C calc'!A0 a very long label of a kind of coaching that nobody would choose",
)


def odd_labels() -> SiteData:
    base = world(arms=HOSTILE)
    odd = base.covariate_balance.with_columns(
        (pl.col("label") + " <i>of & all</i> that is long").alias("label")
    )
    return replace(base, covariate_balance=odd)


def short_horizon() -> SiteData:
    late = freshness(late=("shifts",))
    return graded(
        replace(world(horizons=(90,), error=0.008), freshness=late, check_result=checks(0))
    )


def long_horizon() -> SiteData:
    return world(horizons=(180, 400, 730))


def many_characteristics() -> SiteData:
    base = world()
    months = pl.DataFrame(
        {
            "design": ["weighted"] * 24,
            "covariate": ["calendar_month"] * 24,
            "level": [f"2025-{1 + i % 12:02d}-{1 + i // 12:02d}" for i in range(24)],
            "label": ["Calendar month"] * 24,
            "smd_before": [0.01 * i for i in range(24)],
            "smd_after": [0.002 * i for i in range(24)],
            "reason": [None] * 24,
            "status": [SHOWN] * 24,
        },
        schema=BALANCE_SCHEMA,
    )
    return replace(
        base, covariate_balance=pl.concat([base.covariate_balance, months], how="diagonal")
    )


FIRST_NIGHT: dict[str, Any] = {"cut": Cut(), "headcount": Headcount()}


def too_early() -> SiteData:
    """Nobody can have been followed for the longest horizon yet."""
    base = world()
    reason = "too early: nobody was first coached 365 days before the data end"
    is_late = pl.col("horizon_days") == 365
    late = _judged(
        _blank(base.comparison.filter(is_late), _NUMBERS), "not_reportable", reason, EARLY
    )
    return replace(
        base, comparison=pl.concat([base.comparison.filter(~is_late), late], how="diagonal")
    )


def nothing() -> SiteData:
    """Before the first delivery: every frame is empty."""
    base = world()
    empty = {
        name: value.clear() for name, value in vars(base).items() if isinstance(value, pl.DataFrame)
    }
    return replace(base, **empty, data_until=None, n_sites=0, changes=None, **FIRST_NIGHT)


WORLDS: dict[str, Callable[[], SiteData]] = {
    make.__name__: make
    for make in (
        clear_difference,
        no_difference,
        harm,
        tiny_difference,
        too_little_data,
        not_reportable,
        no_overlap,
        reasons_missing,
        hidden_counts,
        missing_sources,
        odd_labels,
        short_horizon,
        long_horizon,
        many_characteristics,
        too_early,
        nothing,
    )
}
