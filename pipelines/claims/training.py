"""Estimator "training": what differs around a training, person by person, as it is rolled out.

People complete a course at different times or never; each is compared with people who haven't
completed it yet (see `pipelines.estimators.designs.staggered_did`). Somebody's own period of the
course is left out, since it is partly before and partly after.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import polars as pl

from pipelines.claims.claim_estimate import (
    CONF_LEVEL,
    ClaimEstimate,
    Counts,
    claim_estimate_of,
    guarded,
    hidden,
    no_data,
    two_sided,
    withheld,
    without_figures,
)
from pipelines.claims.frames import ClaimInputs, Parameters, Where, rows_where
from pipelines.contracts.claims import EstimateSpec
from pipelines.core.status import NOT_REPORTABLE, SHOWN, TOO_EARLY, Absence
from pipelines.estimators.designs.staggered_did import EventWindow, Rollout, event_study
from pipelines.estimators.designs.training_did import PARTED_BEFORE

BASELINE_PERIODS = 3
"""A person's first periods with a value, which tell high from low and then count for nothing."""

__all__ = ["TrainingParameters", "training"]


class TrainingParameters(Parameters):
    """Which course and whose values; the frame has one row per ``agent_key`` and ``period``.

    ``weight`` is a column, else every row counts the same. ``by_baseline`` tells the difference
    between people above and people not above the middle at the start.
    """

    course: str
    value: str
    weight: str | None = None
    period: Literal["month", "quarter"] = "month"
    first_event: int = -6
    last_event: int = 11
    n_base: int = 3
    format: str | None = None
    by_baseline: bool = False
    cluster: str = "team"
    where: tuple[Where, ...] = ()


def training(
    spec: EstimateSpec, parameters: TrainingParameters, inputs: ClaimInputs
) -> ClaimEstimate:
    """Average what differs after the course over people and periods."""
    panel = _panel(spec, parameters, inputs)
    if absent := _without_rollout(panel, parameters, inputs):
        return absent
    window = EventWindow(parameters.first_event, parameters.last_event, parameters.n_base)
    if parameters.by_baseline:
        return _difference_by_baseline(panel, window, parameters, inputs)
    return _claim_estimate(panel, event_study(panel, window, CONF_LEVEL), parameters, inputs)


def _without_rollout(
    panel: pl.DataFrame, parameters: TrainingParameters, inputs: ClaimInputs
) -> ClaimEstimate | None:
    """Say why there is no roll-out to look at; None where there is one.

    Dates decide first, then how many completed the course: of few it isn't told how few.
    """
    course = _first_completions(parameters, inputs)
    held = course
    if parameters.format is not None:
        held = course.filter(pl.col("format") == parameters.format)
    if panel.is_empty():
        return no_data("nobody has a value of it")
    last = int(panel["period"].max())  # type: ignore[arg-type]
    if held.height and not (held["completed"] < last).any():
        why = f"too early: no {parameters.period} after the course has values yet"
        return withheld(Absence(TOO_EARLY, why))
    if course.height > 0 and held["agent_key"].n_unique() < inputs.minimum.min_group:
        return hidden(f"fewer than {inputs.minimum.min_group} people")
    name = parameters.course.replace("_", " ")
    if course.is_empty():
        return no_data(f"nobody has completed {name}")
    if panel["first_treated_period"].is_null().all():
        return no_data(f"nobody who has completed {name} has a value of it")
    return None


def _first_completions(parameters: TrainingParameters, inputs: ClaimInputs) -> pl.DataFrame:
    """Who completed the course when for the first time, in which format."""
    number = pl.col(f"{parameters.period}_number").cast(pl.Int64)
    return (
        inputs.frames["training"]
        .filter(pl.col("course") == parameters.course, pl.col("is_first"))
        .select("agent_key", "format", completed=number)
    )


def _panel(spec: EstimateSpec, parameters: TrainingParameters, inputs: ClaimInputs) -> pl.DataFrame:
    """Return the panel of `event_study`; whoever had the course in another format is left out."""
    used = {"agent_key", "period", parameters.value, parameters.cluster}
    used |= {parameters.weight} if parameters.weight else set()
    rows = (
        rows_where(inputs.frames[spec.frame], parameters.where)
        .select(sorted(used))
        .filter(pl.col(parameters.value).is_not_null())
    )
    panel = rows.join(
        _first_completions(parameters, inputs), on="agent_key", how="left", maintain_order="left"
    )
    if parameters.format is not None:
        panel = panel.filter(
            pl.col("completed").is_null() | (pl.col("format") == parameters.format)
        )
    panel = panel.filter(pl.col("completed").is_null() | (pl.col("period") != pl.col("completed")))
    return panel.join(
        _first_clusters(panel, parameters.cluster),
        on="agent_key",
        how="left",
        maintain_order="left",
    ).select(
        pl.col("period").cast(pl.Int64),
        unit=pl.col("agent_key"),
        first_treated_period=pl.col("completed"),
        value=pl.col(parameters.value).cast(pl.Float64),
        weight=pl.col(parameters.weight).cast(pl.Float64) if parameters.weight else pl.lit(1.0),
        cluster="first_cluster",
    )


def _first_clusters(panel: pl.DataFrame, cluster: str) -> pl.DataFrame:
    """The cluster that each person is first seen in, for a unit must stay in one."""
    return (
        panel.select("agent_key", "period", first_cluster=cluster)
        .sort("agent_key", "period")
        .unique("agent_key", keep="first", maintain_order=True)
        .drop("period")
    )


def _claim_estimate(
    panel: pl.DataFrame, found: Rollout, parameters: TrainingParameters, inputs: ClaimInputs
) -> ClaimEstimate:
    if found.problem is not None:
        return no_data(found.problem)
    overall, counts = found.overall, _counts(panel, found, parameters)
    result = guarded(
        ClaimEstimate(
            exposure=parameters.course,
            n_people=counts.n_people,
            n_coaches=counts.n_clusters,
            estimate=overall.estimate,
            std_error=overall.std_error,
            conf_low=overall.conf_low,
            conf_high=overall.conf_high,
            p_value=two_sided(overall.estimate, overall.std_error, counts.n_clusters - 1),
        ),
        counts,
        inputs.minimum,
    )
    p_value = found.pre_trend.p_value
    if result.status == SHOWN and p_value is not None and p_value < PARTED_BEFORE:
        why = f"the two sides had parted before the training (p under {PARTED_BEFORE})"
        return without_figures(result, Absence(NOT_REPORTABLE, why))
    return result


def _counts(panel: pl.DataFrame, found: Rollout, parameters: TrainingParameters) -> Counts:
    """Count everybody in the panel; whoever is compared with first and starts later counts once."""
    return Counts(
        n_people=panel["unit"].n_unique(),
        n_clusters=min(found.n_clusters, found.n_clusters_compared),
        n_sides=(found.n_units, found.n_units_compared),
        clusters="teams" if parameters.cluster == "team" else "coaches",
    )


def _difference_by_baseline(
    panel: pl.DataFrame, window: EventWindow, parameters: TrainingParameters, inputs: ClaimInputs
) -> ClaimEstimate:
    """Return the estimate of those who started high minus that of those who started low.

    The level is a person's mean over their first `BASELINE_PERIODS`, which are then left out:
    otherwise whoever was high by chance would fall back and look as if the course did it. The two
    errors are put together as if high and low shared no cluster.
    """
    order = pl.col("period").rank("ordinal").over("unit")
    is_baseline = order <= BASELINE_PERIODS
    is_before = pl.col("first_treated_period").is_null() | (
        pl.col("period") < pl.col("first_treated_period")
    )
    level = panel.filter(is_baseline & is_before).group_by("unit").agg(level=pl.col("value").mean())
    middle = level["level"].median()
    known = panel.filter(~is_baseline).join(level, on="unit", maintain_order="left")
    panels = [
        known.filter(condition).drop("level")
        for condition in (pl.col("level") > middle, pl.col("level") <= middle)
    ]
    halves = [event_study(half, window, CONF_LEVEL) for half in panels]
    for half in halves:
        if half.problem is not None:
            return no_data(half.problem)
    high, low = (half.overall for half in halves)
    error = float(np.hypot(high.std_error or np.nan, low.std_error or np.nan))
    each = [_counts(panel, half, parameters) for panel, half in zip(panels, halves, strict=True)]
    counts = Counts(
        n_people=sum(one.n_people for one in each),
        n_clusters=min(one.n_clusters for one in each),
        n_sides=(
            min((one.n_sides or (0, 0))[0] for one in each),
            min((one.n_sides or (0, 0))[1] for one in each),
        ),
        clusters=each[0].clusters,
    )
    difference = (high.estimate or 0.0) - (low.estimate or 0.0)
    return claim_estimate_of(difference, error, counts, inputs.minimum, exposure=parameters.course)
