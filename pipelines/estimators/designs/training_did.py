"""Coaches who learn to coach with compassion: what changes around their training.

Coaches complete the training at different times. A coach's months after it are compared, month by
month since the training, with those of coaches yet to be trained (see `staggered_did`): the share
of the coach's agents who leave in a month, and, to see whether the training changed the coaching at
all, the share of sessions of arm a and of coded compassionate behaviours. The month of the training
is left out, since it lies on both sides. The base is the mean of the six months before, because one
coach's exits of one month say little.

It answers for the training, not for a kind of coaching, and only if coaches trained early and late
would have moved alike without it. Where they had parted before, it isn't reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import polars as pl

from pipelines.core.status import (
    NOT_REPORTABLE,
    SHOWN,
    SUPPRESSED,
    TOO_EARLY,
    TOO_LITTLE_DATA,
    Absence,
    no_data,
    suppressed,
)
from pipelines.estimators.designs.staggered_did import EventWindow, Rollout, event_study
from pipelines.estimators.estimate_rows import DisclosureFacts, RowName, estimate_row
from pipelines.estimators.results import (
    COMPARISON_SCHEMA,
    EVENT_STUDY_SCHEMA,
    INSTRUMENT_SCHEMA,
    OUTCOMES,
    ComparisonSpec,
    Outcome,
)
from pipelines.estimators.verdict import ArmSupport, ComparisonSupport, Evidence

DESIGN: Literal["training_rollout"] = "training_rollout"
TRAINED, YET_TO_BE_TRAINED = "trained coaches", "coaches yet to be trained"
"""The labels of the two sides, in the place of the arms."""
MONTH_DAYS = 30
"""The horizon of a monthly share."""
WINDOW = EventWindow(first=-12, last=11, n_base=6)
MIN_COACHES = 5
"""Coaches that each side needs: sums over fewer give no error to rely on."""
PARTED_BEFORE = 0.01
"""Under this p-value the two sides had parted before the training."""
EXIT_COLUMNS: Mapping[Outcome, str] = {
    "voluntary_exit": "n_voluntary_exits",
    "involuntary_exit": "n_involuntary_exits",
    "any_exit": "n_any_exits",
}
COACHES = ("n_coaches", "n_coaches_compared")
"""How many coaches a month of the event study is of; hidden where the course's number is."""
ARM_A_SHARE, COMPASSIONATE_SHARE = "arm_a_share", "compassionate_share"
"""What the coaching itself is measured by; no outcomes of the comparison."""


@dataclass(frozen=True)
class TrainingRollout:
    """The rows for the comparison, for the table of first stages and for the event study."""

    comparison: pl.DataFrame
    first_stages: pl.DataFrame
    events: pl.DataFrame


def training_rollout(
    coach_months: pl.DataFrame,
    spec: ComparisonSpec,
    *,
    is_delivered: bool = True,
    n_completed: int = 0,
) -> TrainingRollout:
    """Compare coaches' months after the training with those of coaches yet to be trained.

    `coach_months` has one row per coach and calendar month: `coach_key`, `month` (its first day),
    `training_month` (NULL: not trained by the end of data), `n_agents`, the columns of
    `EXIT_COLUMNS`, `n_arm_sessions`, `n_arm_a_sessions`, `n_coded_sessions` and
    `compassionate_share`. ``is_delivered``: whether anything was for trainings; ``n_completed``:
    people who completed this one, also those who don't coach. Too little data never raises: it
    becomes a verdict with a reason.
    """
    absent = without_rollout(coach_months, spec.min_group, n_completed, is_delivered=is_delivered)
    spec = replace(spec, arm_a=TRAINED, arm_b=YET_TO_BE_TRAINED)
    months = _numbered(coach_months)
    studies = {
        outcome: _study(months, pl.col(column) / pl.col("n_agents"), "n_agents", spec)
        for outcome, column in EXIT_COLUMNS.items()
    }
    coaching = {
        ARM_A_SHARE: _study(
            months,
            pl.col("n_arm_a_sessions") / pl.col("n_arm_sessions"),
            "n_arm_sessions",
            spec,
        ),
        COMPASSIONATE_SHARE: _study(
            months, pl.col("compassionate_share"), "n_coded_sessions", spec
        ),
    }
    rows = [_row(outcome, studies[outcome], months, spec) for outcome in OUTCOMES]
    firsts = [_first_stage(outcome, coaching[ARM_A_SHARE], spec) for outcome in OUTCOMES]
    if absent is not None:
        why = absent.columns()
        rows = [row | {"verdict": "too_little_data"} | why for row in rows]
        firsts = [_unestimated(outcome, spec) | why for outcome in OUTCOMES]
    are_few = _n_trained(coach_months) < spec.min_group
    if are_few:
        firsts = [first | {"n_coaches": None} for first in firsts]
    agents = months.group_by(event_time="since").agg(
        pl.col("n_agents").sum(), n_leavers=pl.col(EXIT_COLUMNS["any_exit"]).sum()
    )
    events = [_events(name, study, agents, spec) for name, study in (studies | coaching).items()]
    if are_few:
        nobody = [pl.lit(None, pl.Int64).alias(name) for name in COACHES]
        events = [each.with_columns(nobody) for each in events]
    return TrainingRollout(
        comparison=pl.DataFrame(rows, schema=COMPARISON_SCHEMA),
        first_stages=pl.DataFrame(firsts, schema=INSTRUMENT_SCHEMA),
        events=pl.concat(events),
    )


def without_rollout(
    coach_months: pl.DataFrame, min_group: int, n_completed: int, *, is_delivered: bool
) -> Absence | None:
    """Say why no months after a training are there; None where some are.

    What was never delivered comes first, then dates; of few trained coaches it isn't told how few.
    """
    if not is_delivered:
        return no_data("nothing was delivered for training")
    trained = coach_months.drop_nulls("training_month")
    few = suppressed(f"fewer than {min_group} people")
    if trained.is_empty() and 0 < n_completed < min_group:
        return few
    if trained.is_empty():
        return no_data("no coach followed has completed the training")
    last = coach_months["month"].max()
    if not (trained["training_month"] < last).any():
        return Absence(TOO_EARLY, "too early: no month after the coaches’ training has passed yet")
    after = trained.filter(pl.col("month") > pl.col("training_month"), pl.col("n_agents") > 0)
    if not after.is_empty():
        return None
    if _n_trained(coach_months) < min_group:
        return few
    return no_data("no trained coach has agents after the training")


def _n_trained(coach_months: pl.DataFrame) -> int:
    return coach_months.drop_nulls("training_month")["coach_key"].n_unique()


def _numbered(coach_months: pl.DataFrame) -> pl.DataFrame:
    """Number months, leave out those of the training itself, and say which come after it."""

    def number(column: str) -> pl.Expr:
        date = pl.col(column).cast(pl.Date)
        return date.dt.year().cast(pl.Int64) * 12 + date.dt.month()

    return (
        coach_months.filter(pl.col("month").ne_missing(pl.col("training_month")))
        .with_columns(period=number("month"), start=number("training_month") + 1)
        .with_columns(since=pl.col("period") - pl.col("start"))
    )


def _study(months: pl.DataFrame, value: pl.Expr, weight: str, spec: ComparisonSpec) -> Rollout:
    """Return the event study of one share, each month weighted by what the share is of."""
    panel = months.filter(pl.col(weight) > 0).select(
        unit="coach_key",
        period="period",
        first_treated_period="start",
        value=value,
        weight=pl.col(weight).cast(pl.Float64),
    )
    return event_study(panel, WINDOW, spec.conf_level)


def _row(
    outcome: Outcome, study: Rollout, months: pl.DataFrame, spec: ComparisonSpec
) -> dict[str, Any]:
    """Judge the average over the months after the training; it is a difference of shares."""
    after = months.filter(pl.col("since").is_between(0, WINDOW.last))
    before = months.filter(pl.col("start").is_null() | (pl.col("since") < 0))
    column = EXIT_COLUMNS[outcome]
    n_events = (int(after[column].sum()), int(before[column].sum()))
    evidence = Evidence(
        horizon_days=MONTH_DAYS,
        n_events=n_events,
        is_followed=(True, True),
        conf_low=study.overall.conf_low,
        conf_high=study.overall.conf_high,
        no_difference=0.0,
        is_lower_better=True,
    )
    arms = (
        ArmSupport(TRAINED, _agents_at_once(after), _coaches(after)),
        ArmSupport(YET_TO_BE_TRAINED, _agents_at_once(before), _coaches(before)),
    )
    support = ComparisonSupport(arms, _problem(study))
    name = RowName(outcome, MONTH_DAYS, DESIGN, "risk_difference")
    every = EXIT_COLUMNS["any_exit"]
    left = (int(after[every].sum()), int(before[every].sum()))
    is_alike = outcome != "any_exit" and any(
        n in (0, n_left) for n, n_left in zip(n_events, left, strict=True)
    )
    return estimate_row(
        name, spec, support, evidence, study.overall, DisclosureFacts(left, is_alike)
    )


def _agents_at_once(months: pl.DataFrame) -> int:
    """Return the largest number of agents counted in one month: surely different people."""
    totals = months.group_by("period").agg(pl.col("n_agents").sum())["n_agents"]
    return int(totals.max() or 0)  # type: ignore[arg-type]


def _coaches(months: pl.DataFrame) -> int:
    return months.filter(pl.col("n_agents") > 0)["coach_key"].n_unique()


def _problem(study: Rollout) -> str | None:
    """Say why the roll-out can't be read; None if it can."""
    if study.problem is not None:
        return f"no roll-out to compare: {study.problem}"
    fewest = min(study.n_clusters, study.n_clusters_compared)
    if fewest < MIN_COACHES:
        return f"fewer than {MIN_COACHES} coaches on one side"
    p_value = study.pre_trend.p_value
    if p_value is not None and p_value < PARTED_BEFORE:
        return f"the two sides had parted before the training (p under {PARTED_BEFORE})"
    return None


def _hidden(study: Rollout, spec: ComparisonSpec) -> Absence | None:
    """Say that a study rests on too few coaches to be shown; None if there are enough."""
    few = [
        label
        for label, n in (
            (TRAINED, study.n_clusters),
            (YET_TO_BE_TRAINED, study.n_clusters_compared),
        )
        if 0 < n < spec.min_coaches
    ]
    return suppressed(f"fewer than {spec.min_coaches} {few[0]}") if few else None


def _first_stage(outcome: str, share: Rollout, spec: ComparisonSpec) -> dict[str, Any]:
    """Return how far the share of arm a moves with the training, as a first stage."""
    row = _unestimated(outcome, spec)
    if hidden := _hidden(share, spec):
        return row | hidden.columns()
    if problem := _problem(share):
        return row | Absence(NOT_REPORTABLE, problem).columns()
    found = share.overall
    if found.estimate is None or found.std_error is None:
        few = Absence(TOO_LITTLE_DATA, "no interval can be computed from these months")
        return row | few.columns()
    return row | {
        "status": SHOWN,
        "n_coaches": share.n_clusters,
        "first_stage": found.estimate,
        "std_error": found.std_error,
        "conf_low": found.conf_low,
        "conf_high": found.conf_high,
        "f_statistic": (found.estimate / found.std_error) ** 2,
    }


def _unestimated(outcome: str, spec: ComparisonSpec) -> dict[str, Any]:
    return {"design": DESIGN, "outcome": outcome, "conf_level": spec.conf_level}


def _events(name: str, study: Rollout, agents: pl.DataFrame, spec: ComparisonSpec) -> pl.DataFrame:
    """Return the event study's published rows; months with too few coaches or agents are hidden.

    `agents` counts the trained coaches' agents (`n_agents`) and how many of them left (`n_leavers`)
    by `event_time`. How people left is hidden in months in which few did.
    """
    whole = _hidden(study, spec)
    few_coaches = pl.min_horizontal("n_units", "n_units_compared") < spec.min_coaches
    few_agents = pl.col("n_agents").fill_null(0) < spec.min_group
    is_kind = name in EXIT_COLUMNS and name != "any_exit"
    few_leavers = pl.lit(is_kind) & (pl.col("n_leavers").fill_null(0) < spec.min_leavers)
    reason = (
        pl.when(pl.lit(whole is not None))
        .then(pl.lit(whole.reason if whole is not None else None, pl.String))
        .when(few_coaches)
        .then(pl.lit(suppressed(f"fewer than {spec.min_coaches} coaches").reason))
        .when(few_agents)
        .then(pl.lit(suppressed(f"fewer than {spec.min_group} people").reason))
        .when(few_leavers)
        .then(pl.lit(suppressed(f"fewer than {spec.min_leavers} people left").reason))
    )
    is_hidden = pl.lit(whole is not None) | few_coaches | few_agents | few_leavers
    values = ("estimate", "std_error", "conf_low", "conf_high", "n_coaches", "n_coaches_compared")
    return (
        study.events.join(agents, on="event_time", how="left", maintain_order="left")
        .with_columns(
            training=pl.lit("coaching_with_compassion"),
            outcome=pl.lit(name),
            months_since_training=pl.col("event_time"),
            n_people=pl.col("n_agents"),
            n_coaches=pl.col("n_units"),
            n_coaches_compared=pl.col("n_units_compared"),
            conf_level=pl.lit(spec.conf_level),
            pre_trend_p_value=pl.lit(
                None if whole is not None else study.pre_trend.p_value, pl.Float64
            ),
            status=pl.when(is_hidden).then(pl.lit(SUPPRESSED)).otherwise(pl.lit(SHOWN)),
            reason=reason,
        )
        .with_columns(pl.when(pl.col("status") == SHOWN).then(each).alias(each) for each in values)
        .select(EVENT_STUDY_SCHEMA.keys())
        .cast(EVENT_STUDY_SCHEMA)  # type: ignore[arg-type]
    )
