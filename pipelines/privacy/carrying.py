"""Putting tonight's rows and the standing ones together: what is held stands as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from pipelines.outcomes.divisions import CROSS
from pipelines.outcomes.results import ALL_PEOPLE
from pipelines.privacy.families import FAMILIES, JOINED, Following
from pipelines.privacy.holding import Cell
from pipelines.privacy.ledger import CELL

Held = Mapping[str, frozenset[Cell] | None]
"""By family, the cells that have to stand; None where all of them have to."""

_HIDDEN = "hidden for privacy"
_IS_HELD = "_is_held"
_STANDS = "_stands"
_BEFORE = "_before"
_ORDER = "_order"
_KEPT = ("conf_level",)
"""A number that says nothing of people."""
_TELLING = ("reading", "data_until")
"""What isn't a number and says as much as one."""


def held_reason(min_group: int) -> str:
    """The words in the place of a number that has never been published and can't be yet."""
    return (
        f"{_HIDDEN}: fewer than {min_group} people's records have changed since the"
        " last publication"
    )


def held_back(n_held: int, min_group: int) -> str:
    """Say how many numbers wait, and for what."""
    return f"{n_held:,} held back until at least {min_group} people's records have changed"


def is_held(frame: pl.DataFrame, following: Following, held: Held) -> pl.Series:
    """Tell (n,) which rows of a table have to stand as they were last released."""
    placed = _placed(frame, following)
    verdict = {row: _has_to_stand(row, held) for row in placed.unique().iter_rows()}
    return pl.Series([verdict[row] for row in placed.iter_rows()], dtype=pl.Boolean)


def _placed(frame: pl.DataFrame, following: Following) -> pl.DataFrame:
    """Each row's families, segment and segment value."""
    segment, value = following.cell
    placed = {"families": following.families, "segment": segment, "segment_value": value}
    return frame.with_columns(**placed).select(list(placed))


def _has_to_stand(row: tuple[str, str, str], held: Held) -> bool:
    families, segment, value = row
    for family in families.split(JOINED):
        cells = held.get(family, frozenset())
        if cells is None or (segment, value) in cells:
            return True
    return False


def carry(
    tonight: pl.DataFrame,
    standing: pl.DataFrame | None,
    key: Sequence[str],
    following: Following,
    held: Held,
    min_group: int,
    *,
    hides_more: bool = False,
) -> pl.DataFrame:
    """The rows to publish: tonight's, and in the place of those that are held the standing ones.

    A held row that has never been published has no number, and its reason says so. Columns that
    the standing table doesn't have are NULL in its rows. ``key`` identifies a row.

    What tonight's data can't bear isn't told, held or not; nor, with ``hides_more``, because the
    floor has been raised, what is too small for tonight's floor.
    """
    waits = is_held(tonight, following, held) & ~_is_silent(tonight, key, hides_more)
    old = _like(standing, tonight)
    old = old.filter(is_held(old, following, held))
    if old.is_empty() and not waits.any():
        return tonight
    rows = tonight.with_row_index(_ORDER).with_columns(waits.alias(_IS_HELD))
    if not following.columns:
        rows = _with_those_gone(rows, old, key)
    waiting = _waiting_columns(tonight, key, following)
    beside = rows.join(
        old.select(*key, *waiting, pl.lit(value=True).alias(_STANDS)),
        on=list(key),
        how="left",
        nulls_equal=True,
        suffix=_BEFORE,
    )
    return (
        beside.with_columns(
            pl.when(~pl.col(_IS_HELD))
            .then(pl.col(name))
            .when(pl.col(_STANDS).is_not_null())
            .then(pl.col(name + _BEFORE))
            .otherwise(_unpublished(name, tonight, following, min_group))
            .alias(name)
            for name in waiting
        )
        .sort(_ORDER, nulls_last=True, maintain_order=True)
        .select(tonight.columns)
    )


def _waiting_columns(tonight: pl.DataFrame, key: Sequence[str], following: Following) -> list[str]:
    """The columns of a held row that stand as they were."""
    if not following.columns:
        return [name for name in tonight.columns if name not in key]
    reason = [] if following.reason is None else [following.reason]
    return [*following.columns, *reason]


def _with_those_gone(rows: pl.DataFrame, old: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Tonight's rows and, behind them, held ones that tonight doesn't have."""
    gone = old.join(rows.select(key), on=list(key), how="anti", nulls_equal=True)
    marked = gone.with_columns(pl.lit(value=True).alias(_IS_HELD))
    return pl.concat([rows, marked], how="diagonal_relaxed")


def _is_silent(tonight: pl.DataFrame, key: Sequence[str], hides_more: bool) -> pl.Series:
    """Tell (n,) which rows have no number tonight, and a reason for it that holds tonight."""
    numbers = [
        name
        for name, kind in tonight.schema.items()
        if kind.is_numeric() and name not in (*key, *_KEPT)
    ]
    if "reason" not in tonight.columns or not numbers:
        return pl.repeat(value=False, n=tonight.height, eager=True)
    is_for_privacy = pl.col("reason").cast(pl.String).str.starts_with(_HIDDEN)
    return tonight.select(
        pl.all_horizontal(pl.col(name).is_null() for name in numbers)
        & pl.col("reason").is_not_null()
        & (~is_for_privacy if not hides_more else pl.lit(value=True))
    ).to_series()


def _unpublished(name: str, tonight: pl.DataFrame, following: Following, min_group: int) -> pl.Expr:
    """What stands in a held row that was never published: words, but no number."""
    kind = tonight.schema[name]
    if name == following.reason:
        return pl.lit(held_reason(min_group))
    if name == "verdict":
        return pl.lit("not_reportable")
    is_telling = name in _TELLING or (kind.is_numeric() and name not in _KEPT)
    return pl.lit(None, kind) if is_telling else pl.col(name)


def _like(standing: pl.DataFrame | None, tonight: pl.DataFrame) -> pl.DataFrame:
    """The standing rows with tonight's columns and types."""
    if standing is None:
        return tonight.clear()
    return standing.select(
        pl.col(name).cast(kind, strict=False)
        if name in standing.columns
        else pl.lit(None, kind).alias(name)
        for name, kind in tonight.schema.items()
    )


def shown_cells(frame: pl.DataFrame, following: Following, held: Held) -> pl.DataFrame:
    """The cells of each family that a table's advancing rows rest on: family, segment, value.

    A family that has no such cell, because it knows everybody only, counts as its cell of
    everybody.
    """
    rows = _placed(frame.filter(~is_held(frame, following, held)), following).select(
        pl.col("families").str.split(JOINED).alias("family"), *CELL
    )
    divisions = [
        (family, CROSS.join(division) if division else ALL_PEOPLE, True)
        for family, plan in FAMILIES.items()
        for division in plan.divisions
    ]
    known = pl.DataFrame(
        divisions,
        schema={"family": pl.String, "segment": pl.String, "is_known": pl.Boolean},
        orient="row",
    )
    return (
        rows.unique()
        .explode("family")
        .join(known, on=["family", "segment"], how="left")
        .with_columns(
            pl.when("is_known").then(name).otherwise(pl.lit(ALL_PEOPLE)).alias(name)
            for name in CELL
        )
        .filter(pl.col("family") != "")
        .select("family", *CELL)
        .unique()
    )
