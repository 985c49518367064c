"""How people left moves only with enough new leavers: until then a cell's figures stand.

A cell is a part of the workforce by a horizon. Its figures about kinds of exit move at a cut where
somebody has newly left since they last moved, and in each arm nobody or at least ``min_leavers``;
otherwise a reader could tell from two cuts how the few in between left. Nor do they move where
nobody is new: the same leavers, told again with other weights and other numbers at risk, are an
equation more about each of them. Every other figure moves at every cut. A figure stands only for
what it was made of: other arms, another unit or grid, and it is made anew; where nobody is new, so
it is after a change of what is asked for (`asked_for`) and by command.
"""

from __future__ import annotations

import hashlib
from collections.abc import Set
from dataclasses import dataclass

import polars as pl

from pipelines.config.settings import Settings
from pipelines.core.status import NO_DATA, SUPPRESSED, TOO_EARLY
from pipelines.disclosure.confidentiality import KINDS_OF_EXIT, Protection
from pipelines.estimators.results import ALL_PEOPLE

CELL = ("segment", "segment_value", "horizon_days")
LEAVERS_SCHEMA: dict[str, pl.DataType] = {
    "segment": pl.String(),
    "segment_value": pl.String(),
    "horizon_days": pl.Int64(),
    "n_leavers_a": pl.Int64(),
    "n_leavers_b": pl.Int64(),
    "is_told": pl.Boolean(),
    "asked": pl.String(),
}
"""How many had left in each cell when its figures last moved, whether any were told, and what was
asked for then; private."""
KEY = ("outcome", "horizon_days", "design", "estimand", "segment", "segment_value")
MEANING = ("arm_a", "arm_b", "conf_level", "unit", "confidentiality")
"""What a figure means besides its key: where any of it is another now, the old one can't stand."""
CURVE_KEY = ("design", "segment", "segment_value", "arm", "day")
_DIGITS = 12
Cell = tuple[str, str, int]


@dataclass(frozen=True)
class Released:
    """What was released at a cut, and how many leavers each cell's figures rest on."""

    comparison: pl.DataFrame
    curve: pl.DataFrame
    leavers: pl.DataFrame


def asked_for(settings: Settings) -> str:
    """Return a fingerprint of the settings that say what is compared; never of the day."""
    asked = settings.comparison.model_dump_json() + settings.privacy.model_dump_json()
    return hashlib.sha256(f"{asked}{settings.time_zone}".encode()).hexdigest()[:_DIGITS]


def noted_before(leavers: pl.DataFrame, asked: str) -> pl.DataFrame:
    """Return what a cut noted; one that noted no question is taken to have had tonight's."""
    is_noted = "asked" in leavers.columns
    return leavers if is_noted else leavers.with_columns(asked=pl.lit(asked))


def leavers_of(decided: pl.DataFrame, asked: str) -> pl.DataFrame:
    """Count who has left in each cell, from the design that everybody is in."""
    own = decided.filter(
        pl.col("design") == "unadjusted",
        pl.col("outcome") == KINDS_OF_EXIT[0],
        pl.col("estimand") == "risk_difference",
    )
    is_told = ~pl.col("status").is_in([SUPPRESSED, TOO_EARLY, NO_DATA])
    return own.with_columns(is_told=is_told, asked=pl.lit(asked)).select(LEAVERS_SCHEMA.keys())


def with_carried_over(
    tonight: Released, before: Released | None, protection: Protection, *, by_command: bool = False
) -> Released:
    """Carry the last cut's figures over where nobody or too few have left since.

    A row that is suppressed tonight stays so. The curve of everybody stands with its last horizon.
    """
    if before is None or tonight.comparison.schema != before.comparison.schema:
        return tonight
    carried = carried_cells(
        tonight.leavers, before.leavers, protection.min_leavers, by_command=by_command
    )
    carried &= _same_cells(tonight.comparison, before.comparison, protection)
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


def carried_cells(
    now: pl.DataFrame, then: pl.DataFrame, min_leavers: int, *, by_command: bool = False
) -> set[Cell]:
    """Return the cells in which nobody, or too few, have left since their figures moved.

    Where nothing was told before, there is nothing to take a difference from. Where nobody has
    left, figures move by command and where something else was asked for then.
    """
    both = now.join(then.select(*CELL, pl.exclude(CELL).name.suffix("_then")), on=list(CELL))
    new = [(pl.col(f"n_leavers_{arm}") - pl.col(f"n_leavers_{arm}_then")).abs() for arm in "ab"]
    are_few = pl.any_horizontal(each.is_between(1, min_leavers - 1) for each in new)
    is_same = (pl.col("asked") == pl.col("asked_then")) & pl.lit(not by_command)
    waits = are_few | (pl.all_horizontal(each == 0 for each in new) & is_same)
    return set(both.filter(waits, "is_told_then").select(CELL).iter_rows())


def _same_cells(tonight: pl.DataFrame, before: pl.DataFrame, protection: Protection) -> set[Cell]:
    """Return the cells whose figures mean the same in both, and lie on tonight's grid."""
    own = pl.col("outcome").is_in(KINDS_OF_EXIT) & (pl.col("design") == "unadjusted")
    old = before.filter(own)
    both = tonight.filter(own).join(old, on=[*KEY, *MEANING], how="semi", nulls_equal=True)
    return set(both.select(CELL).iter_rows()) - _off_grid(old, protection)


def _off_grid(kinds: pl.DataFrame, protection: Protection) -> set[Cell]:
    """Return the cells whose shares were rounded to the weight of another number of people."""
    shares = kinds.filter(pl.col("estimand") == "risk_difference")
    names = ("confidentiality", "outcome", "segment")
    bases = [protection.base_of(*each) for each in shares.select(names).iter_rows()]
    base = pl.Series(bases, dtype=pl.Int64)
    weights = ((pl.col(f"rounding_{arm}") * pl.col(f"n_people_{arm}")).round() for arm in "ab")
    is_off = pl.any_horizontal((each != base).fill_null(value=False) for each in weights)
    return set(shares.filter(is_off).select(CELL).iter_rows())


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
