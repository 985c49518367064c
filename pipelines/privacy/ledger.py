"""The release ledger: what each person contributed to the numbers that stand published.

Whoever keeps the files of two nights can subtract them. So a number may only be replaced when
nobody's record behind it has changed since it was last released, or at least ``min_group`` people's
records have. This module counts whose have; `pipelines.privacy.holding` decides.

A family is a set of published rows that rest on the same facts about people. To each family
belongs a frame of `CONTRIBUTION_SCHEMA`:

- ``family``; ``agent_key`` and ``item`` say whose fact it is (``item`` tells several facts of one
  person apart, such as those of different months; else it is empty);
- ``arm``: the kind of coaching, empty where a family knows none;
- ``place``: the values of the family's dimensions, in their order; they say in which cells the
  person counts (`CellPlan`);
- ``own``: the secret itself as text or as its digest, such as the kind and the day of an exit;
  NULL where the person has none (hasn't left, hasn't answered);
- ``whole``: the same together with everything else that a row of the family rests on.

People whose ``own`` differs are counted by themselves, and people whose ``whole`` differs: one
leaver among a hundred corrected rosters is one leaver. Follow-up that only the calendar has made
longer stands in neither.

The standing ledger has the same columns, and ``since`` and ``until``: the numbers of the releases
from which on and up to which (not included; NULL while it lasts) a contribution was the current
one. A cell's own last release picks the contributions that it was made from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import polars as pl

from pipelines.outcomes.divisions import CROSS
from pipelines.outcomes.results import ALL_PEOPLE

CONTRIBUTION_SCHEMA: dict[str, pl.DataType] = {
    "family": pl.String(),
    "agent_key": pl.String(),
    "item": pl.String(),
    "arm": pl.String(),
    "place": pl.List(pl.String()),
    "own": pl.String(),
    "whole": pl.String(),
}
LEDGER_SCHEMA: dict[str, pl.DataType] = {
    **CONTRIBUTION_SCHEMA,
    "since": pl.Int64(),
    "until": pl.Int64(),
}
CELL_SCHEMA: dict[str, pl.DataType] = {
    "family": pl.String(),
    "segment": pl.String(),
    "segment_value": pl.String(),
    "release_id": pl.Int64(),
    "data_until": pl.Date(),
}
"""When each cell was last released, and up to which day the data went then."""
CELL = ("segment", "segment_value")
COUNTED = ("own", "whole")
"""What is counted: people whose secret differs, and people of whom anything differs."""

_FACT = ("agent_key", "item")


@dataclass(frozen=True)
class CellPlan:
    """In which cells a family's rows stand: ``dimensions`` name what ``place`` holds.

    ``divisions`` are the sets of dimensions that cells are made of; the empty one is everybody.
    """

    dimensions: tuple[str, ...] = ()
    divisions: tuple[tuple[str, ...], ...] = ((),)

    @property
    def has_whole(self) -> bool:
        """Whether there is a cell of everybody, which the others add up to."""
        return () in self.divisions


def lattice(dimensions: Sequence[str], crossed: Sequence[str]) -> CellPlan:
    """Everybody, each dimension by itself, and every two of ``crossed`` in their order."""
    pairs = combinations([name for name in crossed if name in dimensions], 2)
    return CellPlan(tuple(dimensions), ((), *((name,) for name in dimensions), *pairs))


def cell_names(plan: CellPlan, division: tuple[str, ...]) -> tuple[pl.Expr, pl.Expr]:
    """The segment and the segment value of a division, from ``place``; `divisions` writes both."""
    if not division:
        return pl.lit(ALL_PEOPLE), pl.lit(ALL_PEOPLE)
    values = [pl.col("place").list.get(plan.dimensions.index(name)) for name in division]
    if len(division) > 1:
        values = [value.str.replace_all(CROSS, " x ", literal=True) for value in values]
    return pl.lit(CROSS.join(division)), pl.concat_str(values, separator=CROSS)


def changes(
    now: pl.DataFrame, ledger: pl.DataFrame, released: pl.DataFrame, plan: CellPlan
) -> pl.DataFrame:
    """How many people's records differ between now and each cell's own last release.

    ``now`` (`CONTRIBUTION_SCHEMA`), ``ledger`` (`LEDGER_SCHEMA`) and ``released`` (`CELL_SCHEMA`)
    are those of one family. Returns a row per cell and arm with any change: ``segment``,
    ``segment_value``, ``arm``, and the number of people by ``own`` and by ``whole``. In a cell
    that was never released everybody is a change.
    """
    moved_now, moved_ledger = _without_the_unmoved(now, ledger, released)
    today = _in_cells(moved_now, plan)
    last = released.select(*CELL, "release_id")
    then = (
        _in_cells(moved_ledger, plan)
        .join(last, on=list(CELL))
        .filter(
            pl.col("since") <= pl.col("release_id"),
            pl.col("until").is_null() | (pl.col("until") > pl.col("release_id")),
        )
    )
    counts = [_changed(today, then, name) for name in COUNTED]
    both = counts[0].join(counts[1], on=[*CELL, "arm"], how="full", coalesce=True)
    return both.with_columns(pl.col(name).fill_null(0).cast(pl.Int64) for name in COUNTED).sort(
        *CELL, "arm"
    )


def _without_the_unmoved(
    now: pl.DataFrame, ledger: pl.DataFrame, released: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave out whose only contribution has stood since before any cell's last release.

    They are no change anywhere, and nearly everybody is one of them.
    """
    if released.is_empty():
        return now, ledger
    compared = [*_FACT, "arm", "place", *COUNTED]
    oldest = released["release_id"].min()
    steady = ledger.filter(pl.col("until").is_null() & (pl.col("since") <= oldest))
    same = now.join(steady.select(compared), on=compared, how="semi", nulls_equal=True)
    unmoved = same.select(_FACT)
    return (
        now.join(unmoved, on=list(_FACT), how="anti"),
        ledger.join(unmoved, on=list(_FACT), how="anti"),
    )


def _in_cells(frame: pl.DataFrame, plan: CellPlan) -> pl.DataFrame:
    """A row for each contribution and each cell in which it counts."""
    parts = []
    for division in plan.divisions:
        segment, value = cell_names(plan, division)
        parts.append(frame.with_columns(segment=segment, segment_value=value))
    return pl.concat(parts).drop("place", "family")


def _changed(today: pl.DataFrame, then: pl.DataFrame, name: str) -> pl.DataFrame:
    """Count the people of each cell and arm whose ``name`` isn't what it was."""
    key = [*_FACT, *CELL, "arm"]
    both = (
        today.filter(pl.col(name).is_not_null())
        .select(*key, pl.col(name).alias("now"))
        .join(
            then.filter(pl.col(name).is_not_null()).select(*key, pl.col(name).alias("then")),
            on=key,
            how="full",
            coalesce=True,
        )
    )
    return (
        both.filter(pl.col("now").ne_missing(pl.col("then")))
        .group_by(*CELL, "arm")
        .agg(pl.col("agent_key").n_unique().cast(pl.Int64).alias(name))
    )


def advance(ledger: pl.DataFrame, now: pl.DataFrame, release_id: int) -> pl.DataFrame:
    """The ledger after a release: what differs now ends, and what is new begins with it."""
    columns = list(CONTRIBUTION_SCHEMA)
    current = ledger.filter(pl.col("until").is_null())
    past = ledger.filter(pl.col("until").is_not_null())
    kept = current.join(now, on=columns, how="semi", nulls_equal=True)
    ended = current.join(now, on=columns, how="anti", nulls_equal=True)
    new = now.join(current, on=columns, how="anti", nulls_equal=True)
    night = pl.lit(release_id, pl.Int64)
    return pl.concat(
        frame.select(list(LEDGER_SCHEMA))
        for frame in (
            past,
            ended.with_columns(until=night),
            kept,
            new.with_columns(since=night, until=pl.lit(None, pl.Int64)),
        )
    )


def forget_unused(ledger: pl.DataFrame, released: pl.DataFrame) -> pl.DataFrame:
    """Leave out past contributions that no cell's last release was made from any longer."""
    nights = released.select("family", night="release_id").unique()
    past = ledger.filter(pl.col("until").is_not_null())
    used = (
        past.with_row_index("row")
        .join(nights, on="family")
        .filter(pl.col("since") <= pl.col("night"), pl.col("night") < pl.col("until"))["row"]
        .unique()
        .sort()
    )
    return pl.concat([ledger.filter(pl.col("until").is_null()), past[used.cast(pl.Int64)]])
