"""Estimators "headline" and "worth": what the comparison itself and its arithmetic already say."""

from __future__ import annotations

import polars as pl

from pipelines.claims.claim_estimate import ClaimEstimate, no_data, two_sided
from pipelines.claims.frames import ClaimInputs, Parameters
from pipelines.contracts.claims import EstimateSpec

__all__ = ["HeadlineParameters", "WorthParameters", "headline", "worth"]

_ON_BOTH_SIDES = frozenset({"training_rollout"})
"""Designs whose arms share people, before the training and after it: their counts don't add up."""


def not_carried(grades: pl.DataFrame, sensitivity: pl.DataFrame) -> frozenset[str]:
    """Return the outcomes whose headline can't carry a claim.

    Its grade is weak or not credible, or nothing is left of it if earlier scores are a poor reading
    of people (`poor_reading`). Both frames are those of ``outcomes``.
    """
    low = grades.filter(pl.col("grade").is_in(["weak", "not_credible"]))
    vanished = sensitivity.filter(
        pl.col("check") == "poor_reading", pl.col("range_low") <= 0.0, pl.col("range_high") >= 0.0
    )
    return frozenset([*low["outcome"], *vanished["outcome"]])


class HeadlineParameters(Parameters):
    """Which row of the comparison: of everybody, at the largest horizon.

    Without a ``design`` it is the one that the pages lead with.
    """

    estimand: str
    design: str | None = None


class WorthParameters(Parameters):
    """Which quantity of ``outcomes.worth``, at the largest horizon."""

    quantity: str


def headline(
    spec: EstimateSpec, parameters: HeadlineParameters, inputs: ClaimInputs
) -> ClaimEstimate:
    """Take over the estimate of the comparison; the frame has the columns of that table."""
    rows = (
        inputs.frames[spec.frame]
        .filter(
            pl.col("outcome") == spec.outcome,
            pl.col("design") == (parameters.design or inputs.headline),
            pl.col("estimand") == parameters.estimand,
            pl.col("segment") == "all",
        )
        .sort("horizon_days")
    )
    if rows.is_empty():
        return no_data("there is no estimate of it")
    row = rows.tail(1).to_dicts()[0]
    sides = (row["n_people_a"], row["n_people_b"])
    is_apart = row["design"] not in _ON_BOTH_SIDES
    degrees = inputs.frames["episode"]["coach_key"].drop_nulls().n_unique() - 1
    return ClaimEstimate(
        exposure="kind of coaching",
        n_people=sum(sides) if is_apart and None not in sides else None,
        n_coaches=None if None in sides else degrees + 1,
        estimate=row["estimate"],
        std_error=row["std_error"],
        conf_low=row["conf_low"],
        conf_high=row["conf_high"],
        p_value=two_sided(row["estimate"], row["std_error"], degrees),
        rounding=row["rounding"],
        horizon_days=row["horizon_days"],
        status=row["status"],
        reason=row["reason"],
    )


def worth(spec: EstimateSpec, parameters: WorthParameters, inputs: ClaimInputs) -> ClaimEstimate:
    """Take over a quantity that goes with the difference in leaving, where there is one.

    The frame has the columns of ``outcomes.worth``.
    """
    rows = (
        inputs.frames[spec.frame]
        .filter(pl.col("quantity") == parameters.quantity)
        .sort("horizon_days", nulls_last=False)
    )
    if rows.is_empty():
        return no_data("there is no estimate of it")
    row = rows.tail(1).to_dicts()[0]
    return ClaimEstimate(
        exposure="kind of coaching",
        estimate=row["value"],
        conf_low=row["range_low"],
        conf_high=row["range_high"],
        horizon_days=row["horizon_days"],
        status=row["status"],
        reason=row["reason"],
    )
