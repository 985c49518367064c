"""From the comparison to the comparison with a status: the one decision on what may be shown.

Facts need ``min_group`` people and ``min_coaches`` coaches in each arm. How people left needs
``min_leavers`` leavers in each arm as well, and they must not all have left in one way; means need
values that aren't all the same. Where all leavers of the organisation left in one way, that is
known anyway and nothing follows about a part. Dates decide before counts: where nobody can have
been followed for so long, it is too early, however few there are.
"""

from __future__ import annotations

from typing import Literal

import polars as pl

from pipelines.contracts.tables import load_metrics
from pipelines.core.status import NO_DATA, SUPPRESSED, TOO_EARLY
from pipelines.disclosure.confidentiality import KINDS_OF_EXIT, Protection
from pipelines.estimators.results import ALL_PEOPLE, OUTCOMES

ARMS = ("a", "b")
DECISION_SCHEMA = {"unit": pl.String(), "confidentiality": pl.String()}
"""What the decision adds to the rows of an estimator."""
_UNIT_OF = {"risk_difference": "fraction 0-1", "rmst_difference_days": "days"}
_RATIOS = ("risk_ratio", "rate_ratio")


def decide(comparison: pl.DataFrame, protection: Protection) -> pl.DataFrame:
    """Return the comparison with its classes, its units and the status suppressed where due.

    ``comparison`` has the columns of `COMPARISON_SCHEMA`. Values stay: `comparison.released` takes
    them away. Rows without anybody keep the status no_data, since nobody is protected by them.
    """
    classed = comparison.with_columns(
        unit=_unit(),
        confidentiality=pl.col("outcome").replace_strict(
            {name: protection.class_of(name) for name in comparison["outcome"].unique()},
            return_dtype=pl.String,
        ),
    )
    is_small = _few_people(protection)
    if not protection.is_exit_kind_open:
        is_small |= _revealing_leavers(classed, protection)
    is_small |= ~_is_kind() & (pl.col("confidentiality") != "fact") & pl.col("is_alike")
    is_suppressed = (is_small & (pl.col("status") != NO_DATA)) | _nobody_answered(classed)
    hidden = classed.with_columns(
        status=pl.when(is_suppressed).then(pl.lit(SUPPRESSED)).otherwise("status"),
        verdict=pl.when(is_suppressed).then(pl.lit("not_reportable")).otherwise("verdict"),
        reason=pl.when(~is_suppressed).then("reason"),
    )
    return _too_early_first(hidden, classed)


def _too_early_first(decided: pl.DataFrame, estimated: pl.DataFrame) -> pl.DataFrame:
    """Say "too early" wherever exits of the same part say that nobody was followed for so long yet.

    It is that, and not that few left so far or that nobody has a value, which stands in the way of
    how people left and of what is measured after so many days. When it ends follows from day 0, the
    end of the data and who left in any way, all of it fact: nothing is told of who answered.
    """
    key = ("horizon_days", "design", "segment", "segment_value")
    taken = ("verdict", "status", "reason")
    early = estimated.filter(
        pl.col("outcome").is_in(OUTCOMES),
        pl.col("estimand") == "risk_difference",
        pl.col("status") == TOO_EARLY,
    ).unique(key, keep="first", maintain_order=True)
    beside = decided.join(
        early.select(*key, *taken), on=list(key), how="left", suffix="_early", maintain_order="left"
    )
    is_early = pl.col("status_early").is_not_null() & pl.col("status").is_in([SUPPRESSED, NO_DATA])
    return beside.with_columns(
        pl.when(is_early).then(f"{name}_early").otherwise(name).alias(name) for name in taken
    ).select(decided.columns)


def _nobody_answered(comparison: pl.DataFrame) -> pl.Expr:
    """A part in which nobody has a value, of an outcome of which others have one.

    "No data" there and "hidden" next month would tell that somebody answered. Where nobody of a
    kind of coaching is in the part at all, that is a fact and stays.
    """
    has_nobody = pl.col("status") == NO_DATA
    answered = comparison.filter(~has_nobody)["outcome"].unique().to_list()
    empty = comparison.filter(has_nobody, pl.col("n_leavers_a").is_not_null())
    is_empty_part = pl.struct("segment", "segment_value").is_in(
        empty.select(pl.struct("segment", "segment_value").alias("part"))["part"].unique().implode()
    )
    return (
        has_nobody
        & (pl.col("confidentiality") == "confidential")
        & pl.col("outcome").is_in(answered)
        & ~is_empty_part
    )


def _unit() -> pl.Expr:
    of_outcome = {metric.outcome: metric.unit for metric in load_metrics()}
    return (
        pl.when(pl.col("estimand").is_in(_RATIOS))
        .then(pl.lit("ratio"))
        .otherwise(
            pl.coalesce(
                pl.col("estimand").replace_strict(_UNIT_OF, default=None, return_dtype=pl.String),
                pl.col("outcome").replace_strict(of_outcome, default=None, return_dtype=pl.String),
            )
        )
    )


def _is_kind() -> pl.Expr:
    return pl.col("outcome").is_in(KINDS_OF_EXIT)


def _few_people(protection: Protection) -> pl.Expr:
    return pl.any_horizontal(
        (pl.col(f"n_people_{arm}") < protection.min_group)
        | (pl.col(f"n_coaches_{arm}") < protection.min_coaches)
        for arm in ARMS
    )


def lacking(
    comparison: pl.DataFrame, protection: Protection
) -> Literal["people", "coaches"] | None:
    """Return what one of the groups of everybody, or both, has too little of to be shown at all.

    Who is in which group and who coaches them is fact; of leavers and answers nothing is told.
    """
    everybody = comparison.filter(
        pl.col("outcome").is_in(OUTCOMES),
        pl.col("design") == "unadjusted",
        pl.col("segment") == ALL_PEOPLE,
    )
    sizes = [
        pl.min_horizontal(f"n_{what}_a", f"n_{what}_b").min() for what in ("people", "coaches")
    ]
    n_people, n_coaches = everybody.select(a=sizes[0], b=sizes[1]).row(0)
    if n_people is None or not n_people:
        return None
    if n_people < protection.min_group:
        return "people"
    return "coaches" if n_coaches is not None and n_coaches < protection.min_coaches else None


def _revealing_leavers(comparison: pl.DataFrame, protection: Protection) -> pl.Expr:
    """Few leavers in an arm, or all of one kind in a part while not everywhere."""
    few = pl.any_horizontal(pl.col(f"n_leavers_{arm}") < protection.min_leavers for arm in ARMS)
    alike = pl.lit(not _is_one_kind_everywhere(comparison)) & pl.col("is_alike")
    return _is_kind() & (few | alike)


def _is_one_kind_everywhere(comparison: pl.DataFrame) -> bool:
    """Whether all leavers in the comparison left in one way."""
    whole = comparison.filter(
        _is_kind(), pl.col("design") == "unadjusted", pl.col("segment") == ALL_PEOPLE
    )
    if whole.is_empty():
        return False
    latest = whole.filter(pl.col("horizon_days") == pl.col("horizon_days").max())
    n_of_kind = pl.col("n_events_a") + pl.col("n_events_b")
    n_left = pl.col("n_leavers_a") + pl.col("n_leavers_b")
    return bool(latest.select((n_of_kind == n_left).any()).item())
