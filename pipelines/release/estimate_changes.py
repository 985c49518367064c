"""What moved since the last publication, estimate by estimate."""

from __future__ import annotations

import polars as pl

KEY = ("outcome", "horizon_days", "design", "estimand", "segment", "segment_value")
COMPARED = (
    "arm_a",
    "arm_b",
    "n_people_a",
    "n_people_b",
    "n_events_a",
    "n_events_b",
    "estimate",
    "conf_low",
    "conf_high",
    "verdict",
)
TOLERANCE = 1e-9
"""Absolute; floating-point sums may differ in their last digits without any change of data."""


def changed_estimates(current: pl.DataFrame, previous: pl.DataFrame) -> pl.DataFrame:
    """Rows of `outcomes.comparison` that are new, gone or different.

    Returns the key columns, ``change`` (``new``, ``gone`` or ``moved``), and the estimate and the
    verdict before and now, in key order.
    """
    columns = [*KEY, *COMPARED]
    now = current.select(columns).with_columns(_is_now=pl.lit(True))
    before = previous.select(columns).with_columns(_is_before=pl.lit(True))
    both = now.join(before, on=list(KEY), how="full", coalesce=True, suffix="_before")
    moved = pl.any_horizontal(_differs(name, current.schema[name]) for name in COMPARED)
    return (
        both.with_columns(
            change=pl.when(pl.col("_is_before").is_null())
            .then(pl.lit("new"))
            .when(pl.col("_is_now").is_null())
            .then(pl.lit("gone"))
            .when(moved)
            .then(pl.lit("moved"))
        )
        .filter(pl.col("change").is_not_null())
        .select(*KEY, "change", "estimate_before", "estimate", "verdict_before", "verdict")
        .sort(KEY)
    )


def _differs(name: str, dtype: pl.DataType) -> pl.Expr:
    now, before = pl.col(name), pl.col(f"{name}_before")
    if dtype.is_float():
        is_same = (now - before).abs() <= TOLERANCE
        return ~(is_same | (now.is_null() & before.is_null())).fill_null(False)
    return now.ne_missing(before)
