"""How people left moves only with enough new leavers: until then a cell's figures stand.

A cell is a part of the workforce by a horizon. Its figures about kinds of exit move at a cut where,
in each arm, nobody or at least ``min_leavers`` have newly left since they last moved; otherwise a
reader could tell from two cuts how the few in between left. Every other figure moves at every cut.
A figure stands only for what it was made of: other arms, another unit or grid, and it is made anew.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import polars as pl

from pipelines.core.status import NO_DATA, SUPPRESSED, TOO_EARLY
from pipelines.disclosure.confidentiality import KINDS_OF_EXIT
from pipelines.estimators.results import ALL_PEOPLE

CELL = ("segment", "segment_value", "horizon_days")
LEAVERS_SCHEMA: dict[str, pl.DataType] = {
    "segment": pl.String(),
    "segment_value": pl.String(),
    "horizon_days": pl.Int64(),
    "n_leavers_a": pl.Int64(),
    "n_leavers_b": pl.Int64(),
    "is_told": pl.Boolean(),
}
"""How many had left in each cell when its figures last moved, and whether any were; private."""
KEY = ("outcome", "horizon_days", "design", "estimand", "segment", "segment_value")
MEANING = ("arm_a", "arm_b", "conf_level", "unit", "confidentiality")
"""What a figure means besides its key: where any of it is another now, the old one can't stand."""
CURVE_KEY = ("design", "segment", "segment_value", "arm", "day")
Cell = tuple[str, str, int]


@dataclass(frozen=True)
class Released:
    """What was released at a cut, and how many leavers each cell's figures rest on."""

    comparison: pl.DataFrame
    curve: pl.DataFrame
    leavers: pl.DataFrame


def leavers_of(decided: pl.DataFrame) -> pl.DataFrame:
    """Count who has left in each cell, from the design that everybody is in."""
    own = decided.filter(
        pl.col("design") == "unadjusted",
        pl.col("outcome") == KINDS_OF_EXIT[0],
        pl.col("estimand") == "risk_difference",
    )
    is_told = ~pl.col("status").is_in([SUPPRESSED, TOO_EARLY, NO_DATA])
    return own.with_columns(is_told=is_told).select(LEAVERS_SCHEMA.keys())


def with_carried_over(tonight: Released, before: Released | None, min_leavers: int) -> Released:
    """Carry the last cut's figures over where too few have left since.

    A row that is suppressed tonight stays so. The curve of everybody stands with its last horizon.
    """
    if before is None or tonight.comparison.schema != before.comparison.schema:
        return tonight
    carried = carried_cells(tonight.leavers, before.leavers, min_leavers)
    carried &= _same_cells(tonight.comparison, before.comparison)
    if not carried:
        return tonight
    last = tonight.leavers["horizon_days"].max()
    is_curve_carried = (ALL_PEOPLE, ALL_PEOPLE, last) in carried and not before.curve.is_empty()
    return Released(
        _carried_rows(tonight.comparison, before.comparison, carried),
        # A column that the last cut's curve didn't have yet stays empty until it moves.
        pl.concat([tonight.curve.clear(), before.curve], how="diagonal")
        if is_curve_carried
        else tonight.curve,
        _carried_leavers(tonight.leavers, before.leavers, carried),
    )


def carried_cells(now: pl.DataFrame, then: pl.DataFrame, min_leavers: int) -> set[Cell]:
    """Return the cells in which some, but too few, have left since their figures moved.

    Where nothing was told before, there is nothing to take a difference from.
    """
    both = now.join(then, on=list(CELL), suffix="_then")
    waits = pl.any_horizontal(
        (pl.col(f"n_leavers_{arm}") - pl.col(f"n_leavers_{arm}_then"))
        .abs()
        .is_between(1, min_leavers - 1)
        for arm in "ab"
    )
    return set(both.filter(waits, "is_told_then").select(CELL).iter_rows())


def _same_cells(tonight: pl.DataFrame, before: pl.DataFrame) -> set[Cell]:
    """Return the cells whose figures mean the same in both, and lie on the same grid."""
    own = pl.col("outcome").is_in(KINDS_OF_EXIT) & (pl.col("design") == "unadjusted")
    grids = [_grids(frame.filter(own)) for frame in (tonight, before)]
    if grids[0] and grids[1] and grids[0] != grids[1]:
        return set()
    both = tonight.filter(own).join(before, on=[*KEY, *MEANING], how="semi", nulls_equal=True)
    return set(both.select(CELL).iter_rows())


def _grids(kinds: pl.DataFrame) -> set[float]:
    """The numbers of people to whose weight shares are rounded: one, or none where none is told."""
    shares = kinds.filter(pl.col("estimand") == "risk_difference")
    weights = (pl.col("rounding_a") * pl.col("n_people_a")).round()
    return set(shares.select(weights).drop_nulls().to_series())


def _carried_rows(tonight: pl.DataFrame, before: pl.DataFrame, carried: Set[Cell]) -> pl.DataFrame:
    is_carried = pl.struct(CELL).map_elements(
        lambda cell: tuple(cell.values()) in carried, return_dtype=pl.Boolean
    )
    waits = (
        pl.col("outcome").is_in(KINDS_OF_EXIT)
        & (pl.col("design") != "training_rollout")
        & (pl.col("status") != SUPPRESSED)
        & is_carried
    )
    marked = tonight.with_row_index("_row").with_columns(_waits=waits)
    old = before.join(
        marked.filter("_waits").select("_row", *KEY, *MEANING),
        on=[*KEY, *MEANING],
        how="inner",
        nulls_equal=True,
    ).select("_row", *tonight.columns)
    kept = marked.join(old.select("_row"), on="_row", how="anti").select("_row", *tonight.columns)
    return pl.concat([kept, old]).sort("_row").drop("_row")


def _carried_leavers(now: pl.DataFrame, then: pl.DataFrame, carried: Set[Cell]) -> pl.DataFrame:
    is_carried = pl.struct(CELL).map_elements(
        lambda cell: tuple(cell.values()) in carried, return_dtype=pl.Boolean
    )
    return pl.concat([now.filter(~is_carried), then.filter(is_carried)])
