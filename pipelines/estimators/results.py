"""What goes into a comparison and what comes out: frozen records and the columns of each frame.

The column names, their order and their meaning are the published ones: fractions lie between 0
and 1, lengths are days, every difference is arm a minus arm b and every ratio is a over b.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import polars as pl

from pipelines.core.rounding import COARSER_IN_PARTS

CovariateKind = Literal["numeric", "categorical", "spline", "curve"]
DesignName = Literal[
    "unadjusted",
    "weighted",
    "doubly_robust",
    "sustained",
    "coach_preference",
    "within_coach",
    "as_assigned",
    "training_rollout",
]
Assignment = Literal["observed", "by_person", "by_coach", "stepped"]
StepUnit = Literal["coach", "site"]
Outcome = Literal["voluntary_exit", "involuntary_exit", "any_exit"]
Estimand = Literal["risk_difference", "risk_ratio", "rmst_difference_days"]
MeasureEstimand = Literal["mean_difference", "rate_ratio"]
VerdictWord = Literal["better", "worse", "no_clear_difference", "too_little_data", "not_reportable"]

OUTCOMES: tuple[Outcome, ...] = ("voluntary_exit", "involuntary_exit", "any_exit")
ESTIMANDS: tuple[Estimand, ...] = ("risk_difference", "risk_ratio", "rmst_difference_days")
DIFFERENCES = ("risk_difference", "mean_difference", "rmst_difference_days")
"""Estimands that have two sides of zero, as against ratios and E-values."""
ALL_PEOPLE = "all"
"""Segment, segment value and the arm of a total row when nothing is singled out."""


@dataclass(frozen=True)
class Covariate:
    """One characteristic known before day 0, and how it enters the propensity model.

    ``name`` identifies it in the balance table, ``column`` is where its values are, ``label`` is
    what people read, ``phrase`` what it is called inside a sentence where that isn't its label.
    ``kind``: "numeric" (a straight line), "categorical" (a level each), "spline" or "curve" (a
    restricted cubic spline with four or three knots).
    """

    name: str
    column: str
    kind: CovariateKind
    label: str
    phrase: str = ""

    @property
    def in_words(self) -> str:
        """What it is called inside a sentence."""
        return self.phrase or self.label.lower()


@dataclass(frozen=True)
class Measure:
    """An outcome with a value for each person who has one: a mean or, with ``is_rate``, a rate.

    The value of a person is numerator / denominator. An arm's mean counts each person once; its
    rate is the sum of numerators over the sum of denominators. ``horizon_days`` is the last day
    that counts.
    """

    outcome: str
    horizon_days: int
    is_lower_better: bool
    is_rate: bool = False

    @property
    def estimands(self) -> tuple[MeasureEstimand, ...]:
        """What is estimated of it."""
        return ("mean_difference", "rate_ratio") if self.is_rate else ("mean_difference",)


@dataclass(frozen=True)
class ComparisonSpec:
    """Which arms to compare, at which horizons, adjusted for what.

    Levels and ranges over fewer than ``min_group`` people or ``min_coaches`` coaches, and months in
    which fewer than ``min_leavers`` left, are put together or left out; ``conf_level`` is the
    coverage of every interval, between 0 and 1. What words are made of is rounded to the weight of
    ``grid`` people (``grid_of_parts`` where it is about how a part of them left,
    ``grid_confidential`` where it is about answers or absence) before they are; 0 leaves it exact.
    ``assignment`` says whether a lottery decided who was coached how, and whether people or coaches
    were drawn, or when each coach or site (``step_unit``) went over from arm b to arm a on one of
    the dates ``steps``, in ascending order; all within the columns ``strata``.
    """

    arm_a: str
    arm_b: str
    horizon_days: tuple[int, ...]
    covariates: tuple[Covariate, ...]
    min_group: int
    min_coaches: int
    conf_level: float = 0.95
    min_leavers: int = 1
    grid: int = 0
    grid_confidential: int = 0
    assignment: Assignment = "observed"
    strata: tuple[str, ...] = ()
    steps: tuple[dt.date, ...] = ()
    step_unit: StepUnit = "coach"

    @property
    def grid_of_parts(self) -> int:
        """To the weight of how many people ways of leaving are rounded in a part."""
        return self.grid * COARSER_IN_PARTS

    @property
    def headline(self) -> DesignName:
        """The design that the page leads with: as assigned where a lottery decided."""
        return "weighted" if self.assignment == "observed" else "as_assigned"


@dataclass(frozen=True)
class ComparisonResult:
    """The published frames of one comparison; the schemas below list their columns."""

    comparison: pl.DataFrame
    retention_curve: pl.DataFrame
    covariate_balance: pl.DataFrame
    weight_summary: pl.DataFrame
    instrument: pl.DataFrame


COMPARISON_SCHEMA: dict[str, pl.DataType] = {
    "outcome": pl.String(),
    "horizon_days": pl.Int64(),
    "design": pl.String(),
    "estimand": pl.String(),
    "segment": pl.String(),
    "segment_value": pl.String(),
    "arm_a": pl.String(),
    "arm_b": pl.String(),
    "n_people_a": pl.Int64(),
    "n_people_b": pl.Int64(),
    "n_events_a": pl.Int64(),
    "n_events_b": pl.Int64(),
    "value_a": pl.Float64(),
    "value_b": pl.Float64(),
    "estimate": pl.Float64(),
    "std_error": pl.Float64(),
    "conf_low": pl.Float64(),
    "conf_high": pl.Float64(),
    "conf_level": pl.Float64(),
    "verdict": pl.String(),
    "status": pl.String(),
    "reason": pl.String(),
    "n_coaches_a": pl.Int64(),
    "n_coaches_b": pl.Int64(),
    "n_leavers_a": pl.Int64(),
    "n_leavers_b": pl.Int64(),
    "is_alike": pl.Boolean(),
    "spread": pl.Float64(),
}
"""The last six columns stay private: `pipelines.disclosure` decides by them what may be shown.

Coaches of each arm's people; people who left in any way by the horizon (NULL for other outcomes);
whether an arm's people are all alike (all leavers left in one way, all values are the same); and
the standard deviation between people of what a difference of means is about (NULL for a risk).
"""

RETENTION_CURVE_SCHEMA: dict[str, pl.DataType] = {
    "design": pl.String(),
    "segment": pl.String(),
    "segment_value": pl.String(),
    "arm": pl.String(),
    "day": pl.Int64(),
    "at_risk": pl.Int64(),
    "n_events": pl.Int64(),
    "survival": pl.Float64(),
    "std_error": pl.Float64(),
    "conf_low": pl.Float64(),
    "conf_high": pl.Float64(),
    "clustered_std_error": pl.Float64(),
    "clustered_conf_low": pl.Float64(),
    "clustered_conf_high": pl.Float64(),
    "voluntary_exit": pl.Float64(),
    "involuntary_exit": pl.Float64(),
    "other_exit": pl.Float64(),
    **{
        f"{kind}_{name}": pl.Float64()
        for kind in ("voluntary_exit", "involuntary_exit")
        for name in ("std_error", "conf_low", "conf_high")
    },
    "status": pl.String(),
    "reason": pl.String(),
}

COVARIATE_BALANCE_SCHEMA: dict[str, pl.DataType] = {
    "design": pl.String(),
    "covariate": pl.String(),
    "level": pl.String(),
    "label": pl.String(),
    "smd_before": pl.Float64(),
    "smd_after": pl.Float64(),
    "is_alike_before": pl.Boolean(),
    "is_alike_after": pl.Boolean(),
    "status": pl.String(),
    "reason": pl.String(),
}

WEIGHT_SUMMARY_SCHEMA: dict[str, pl.DataType] = {
    "design": pl.String(),
    "arm": pl.String(),
    "n_people": pl.Int64(),
    "effective_sample_size": pl.Float64(),
    "mean_weight": pl.Float64(),
    "largest_weight": pl.Float64(),
    "share_trimmed": pl.Float64(),
    "overlap": pl.Float64(),
    "status": pl.String(),
    "reason": pl.String(),
}

TRIAL_FLOW_SCHEMA: dict[str, pl.DataType] = {
    "step_number": pl.Int64(),
    "step": pl.String(),
    "label": pl.String(),
    "n_people": pl.Int64(),
    "n_left": pl.Int64(),
    "status": pl.String(),
    "reason": pl.String(),
}

SENSITIVITY_SCHEMA: dict[str, pl.DataType] = {
    "check": pl.String(),
    "design": pl.String(),
    "outcome": pl.String(),
    "horizon_days": pl.Int64(),
    "estimand": pl.String(),
    "value": pl.Float64(),
    "range_low": pl.Float64(),
    "range_high": pl.Float64(),
    "conf_level": pl.Float64(),
    "reading": pl.String(),
    "status": pl.String(),
    "reason": pl.String(),
}

SEGMENT_ESTIMATE_SCHEMA: dict[str, pl.DataType] = {
    "segment": pl.String(),
    "segment_value": pl.String(),
    "outcome": pl.String(),
    "horizon_days": pl.Int64(),
    "estimand": pl.String(),
    "n_people_a": pl.Int64(),
    "n_people_b": pl.Int64(),
    "estimate": pl.Float64(),
    "std_error": pl.Float64(),
    "shrunken_estimate": pl.Float64(),
    "shrunken_conf_low": pl.Float64(),
    "shrunken_conf_high": pl.Float64(),
    "conf_level": pl.Float64(),
    "largest_smd_after": pl.Float64(),
    "n_pooled": pl.Int64(),
    "pooled_mean": pl.Float64(),
    "between_sd": pl.Float64(),
    "between_sd_low": pl.Float64(),
    "between_sd_high": pl.Float64(),
    "heterogeneity_p": pl.Float64(),
    "heterogeneity_p_adjusted": pl.Float64(),
    "n_tests": pl.Int64(),
    "rounding": pl.Float64(),
    "status": pl.String(),
    "reason": pl.String(),
}

WORTH_SCHEMA: dict[str, pl.DataType] = {
    "quantity": pl.String(),
    "horizon_days": pl.Int64(),
    "value": pl.Float64(),
    "range_low": pl.Float64(),
    "range_high": pl.Float64(),
    "unit": pl.String(),
    "conf_level": pl.Float64(),
    "reading": pl.String(),
    "status": pl.String(),
    "reason": pl.String(),
}

ANYTIME_INTERVAL_SCHEMA: dict[str, pl.DataType] = {
    "outcome": pl.String(),
    "horizon_days": pl.Int64(),
    "design": pl.String(),
    "estimand": pl.String(),
    "estimate": pl.Float64(),
    "std_error": pl.Float64(),
    "conf_low": pl.Float64(),
    "conf_high": pl.Float64(),
    "anytime_conf_low": pl.Float64(),
    "anytime_conf_high": pl.Float64(),
    "conf_level": pl.Float64(),
    "status": pl.String(),
    "reason": pl.String(),
}

INSTRUMENT_SCHEMA: dict[str, pl.DataType] = {
    "design": pl.String(),
    "outcome": pl.String(),
    "n_people": pl.Int64(),
    "n_coaches": pl.Int64(),
    "first_stage": pl.Float64(),
    "std_error": pl.Float64(),
    "conf_low": pl.Float64(),
    "conf_high": pl.Float64(),
    "conf_level": pl.Float64(),
    "f_statistic": pl.Float64(),
    "min_f_statistic": pl.Float64(),
    "status": pl.String(),
    "reason": pl.String(),
}

EVENT_STUDY_SCHEMA: dict[str, pl.DataType] = {
    "training": pl.String(),
    "outcome": pl.String(),
    "months_since_training": pl.Int64(),
    "n_coaches": pl.Int64(),
    "n_coaches_compared": pl.Int64(),
    "estimate": pl.Float64(),
    "std_error": pl.Float64(),
    "conf_low": pl.Float64(),
    "conf_high": pl.Float64(),
    "conf_level": pl.Float64(),
    "pre_trend_p_value": pl.Float64(),
    "status": pl.String(),
    "reason": pl.String(),
    "n_people": pl.Int64(),
}

CREDIBILITY_SCHEMA: dict[str, pl.DataType] = {
    "outcome": pl.String(),
    "horizon_days": pl.Int64(),
    "grade": pl.String(),
    "reasons": pl.String(),
    "would_raise": pl.String(),
    "n_checks": pl.Int64(),
    "n_passed": pl.Int64(),
    "status": pl.String(),
    "reason": pl.String(),
}

CREDIBILITY_CHECK_SCHEMA: dict[str, pl.DataType] = {
    "outcome": pl.String(),
    "check": pl.String(),
    "label": pl.String(),
    "level": pl.String(),
    "caps_at": pl.String(),
    "reading": pl.String(),
    "would_raise": pl.String(),
    "status": pl.String(),
    "reason": pl.String(),
}
