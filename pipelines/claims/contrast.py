"""Estimator "contrast": two groups of people, weighted to be alike on what came before.

It is the headline's own design with another exposure in the place of the kind of coaching: the same
weights, competing exits, errors by coach and thresholds (see
`pipelines.estimators.designs.weighted`). Where the exposure is only known some days after day 0,
time starts then (``landmark_days``): people who have left or aren't followed by then don't count,
since nobody could tell their side (Anderson, Cain & Gelber 1983, J Clin Oncol 1:710).
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.claims.claim_estimate import ClaimEstimate, MinimumCounts, hidden, no_data, two_sided
from pipelines.claims.frames import ClaimInputs, Parameters, Where, rows_where
from pipelines.contracts.claims import EstimateSpec
from pipelines.core.group_words import group_of
from pipelines.estimators.cohort import people_of
from pipelines.estimators.designs import weighted
from pipelines.estimators.designs.missingness_weights import observation_weights
from pipelines.estimators.exit_estimates import comparison_rows
from pipelines.estimators.measure_estimates import measure_rows, values_of
from pipelines.estimators.results import COMPARISON_SCHEMA, ComparisonSpec, Measure

WITH, WITHOUT = "the group with it", "the group without it"

__all__ = ["ContrastParameters", "contrast"]


class ContrastParameters(Parameters):
    """Who is on which side, and what is compared.

    ``exposure`` None compares the two kinds of coaching. ``is_unknown_without`` counts people whose
    exposure isn't known as without it. The outcome is an ``exit`` kind within the horizon, the
    ``value`` of a column, or a rate: ``value`` over ``denominator``.
    """

    exposure: Where | None = None
    is_unknown_without: bool = False
    value: str | None = None
    denominator: str | None = None
    exit: str | None = None
    landmark_days: int = 0
    adjust_for: tuple[str, ...] = ("default",)
    without: tuple[str, ...] = ()
    where: tuple[Where, ...] = ()


def contrast(
    spec: EstimateSpec, parameters: ContrastParameters, inputs: ClaimInputs
) -> ClaimEstimate:
    """Estimate with minus without (or arm a minus arm b); reasons come from the verdict's rules."""
    frame = _sides(rows_where(inputs.frames[spec.frame], parameters.where), parameters, inputs)
    if frame.is_empty():
        return no_data("nobody who was followed has this on record")
    labels = inputs.arms if parameters.exposure is None else (WITH, WITHOUT)
    if too_few := _too_few(_counted(frame, parameters), labels, inputs.minimum):
        return too_few
    days = spec.horizon_days or 0
    comparison = ComparisonSpec(
        arm_a=labels[0],
        arm_b=labels[1],
        horizon_days=(days,),
        covariates=inputs.covariates(frame, parameters.adjust_for, parameters.without),
        min_group=inputs.minimum.min_group,
        min_coaches=inputs.minimum.min_coaches,
    )
    if parameters.exit is not None:
        people = people_of(frame, *labels)
        rows = comparison_rows(weighted.fit(people, comparison), comparison).filter(
            outcome=f"{parameters.exit}_exit", estimand="risk_difference"
        )
    else:
        rows = _compared_values(frame, spec, parameters, inputs, comparison)
    row = rows.to_dicts()[0]
    if parameters.exit is not None and _few_leavers(row) < inputs.minimum.min_leavers:
        return hidden(f"fewer than {inputs.minimum.min_leavers} people left on a side")
    coaches = frame.filter(pl.col("arm").is_in(labels))["coach_key"].drop_nulls().n_unique()
    return _claim_estimate(row, parameters, coaches)


def _few_leavers(row: dict[str, Any]) -> int:
    """The leavers of the side that has fewer; nobody tells about a side without people."""
    sides = [row[f"n_leavers_{side}"] for side in "ab" if row[f"n_people_{side}"]]
    return min(sides, default=0)


def _sides(
    frame: pl.DataFrame, parameters: ContrastParameters, inputs: ClaimInputs
) -> pl.DataFrame:
    """Put people on their side and start time at the landmark; ``arm`` holds the side."""
    if parameters.landmark_days:
        frame = frame.filter(pl.col("follow_up_days") > parameters.landmark_days).with_columns(
            pl.col("follow_up_days", "days_to_end") - parameters.landmark_days
        )
    if parameters.exposure is None:
        return frame.filter(pl.col("arm").is_in(inputs.arms))
    is_with = parameters.exposure.expression()
    if parameters.is_unknown_without:
        is_with = is_with.fill_null(value=False)
    side = pl.when(is_with).then(pl.lit(WITH)).when(~is_with).then(pl.lit(WITHOUT))
    return (
        frame.with_columns(kind_of_coaching=pl.col("arm"))
        .with_columns(arm=side)
        .filter(pl.col("arm").is_not_null())
    )


def _counted(frame: pl.DataFrame, parameters: ContrastParameters) -> pl.DataFrame:
    """The people whom the estimate is about: everybody's exit, or those with a value."""
    known = [name for name in (parameters.value, parameters.denominator) if name is not None]
    return frame.drop_nulls(known) if known else frame


def _too_few(
    frame: pl.DataFrame, labels: tuple[str, str], minimum: MinimumCounts
) -> ClaimEstimate | None:
    """Hide a contrast with few people or coaches on a side; a side with nobody says so itself."""
    for label in labels:
        side = frame.filter(pl.col("arm") == label)
        if 0 < side["agent_key"].n_unique() < minimum.min_group:
            return hidden(f"fewer than {minimum.min_group} people in {group_of(label)}")
        if side.height and side["coach_key"].drop_nulls().n_unique() < minimum.min_coaches:
            return hidden(f"fewer than {minimum.min_coaches} coaches in {group_of(label)}")
    return None


def _compared_values(
    frame: pl.DataFrame,
    spec: EstimateSpec,
    parameters: ContrastParameters,
    inputs: ClaimInputs,
    comparison: ComparisonSpec,
) -> pl.DataFrame:
    (days,) = comparison.horizon_days
    is_rate = parameters.denominator is not None
    measure = Measure("value", days, is_lower_better=True, is_rate=is_rate)
    values = frame.select(
        "agent_key",
        outcome=pl.lit("value"),
        is_window_complete=pl.col("days_to_end") >= days,
        numerator=pl.col(parameters.value or ""),
        denominator=pl.col(parameters.denominator) if parameters.denominator else pl.lit(1.0),
    ).with_columns(
        denominator=pl.when(pl.col("numerator").is_not_null() & (pl.col("denominator") > 0)).then(
            "denominator"
        )
    )
    # The weights depend on who is on which side and on the covariates, not on the outcome.
    sides = parameters.model_copy(update={"value": None, "denominator": None})
    key = (spec.frame, sides.model_dump_json())
    if key not in inputs.memo:
        people = people_of(frame, comparison.arm_a, comparison.arm_b)
        inputs.memo[key] = people, weighted.fit(people, comparison)
    people, fit = inputs.memo[key]
    own_values = values_of(people, values, measure)
    observation = observation_weights(
        people, own_values.is_about, own_values.has_value, comparison.covariates
    )
    rows = measure_rows(people, comparison, fit, "weighted", own_values, observation)
    return pl.DataFrame(rows, schema=COMPARISON_SCHEMA).filter(estimand="mean_difference")


def _claim_estimate(
    row: dict[str, Any], parameters: ContrastParameters, n_coaches: int
) -> ClaimEstimate:
    sides = (row["n_people_a"], row["n_people_b"])
    return ClaimEstimate(
        exposure=_exposure(parameters),
        n_people=None if None in sides else sum(sides),
        n_coaches=None if None in sides else n_coaches,
        estimate=row["estimate"],
        std_error=row["std_error"],
        conf_low=row["conf_low"],
        conf_high=row["conf_high"],
        p_value=two_sided(row["estimate"], row["std_error"], n_coaches - 1),
        status=row["status"],
        reason=row["reason"],
    )


def _exposure(parameters: ContrastParameters) -> str:
    return "kind of coaching" if parameters.exposure is None else parameters.exposure.column
