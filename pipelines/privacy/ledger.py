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
WAITING_SCHEMA: dict[str, pl.DataType] = {
    "family": pl.String(),
    "segment": pl.String(),
    "segment_value": pl.String(),
    "release_id": pl.Int64(),
    "arm": pl.String(),
    "own": pl.Int64(),
    "whole": pl.Int64(),
}
"""Cells that stood while others of their family were released: how many people's records there
differed at that release from the nearest one that the cell was ever released with."""
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
    last = released.select(*CELL, "release_id")
    today = _in_cells(moved_now, plan).join(last, on=list(CELL), how="left")
    then = _at_their_releases(_in_cells(moved_ledger, plan), last)
    return _counted(today, then).drop("release_id")


def changes_since(
    now: pl.DataFrame, ledger: pl.DataFrame, nights: pl.DataFrame, plan: CellPlan
) -> pl.DataFrame:
    """As `changes`, between now and any releases: ``nights`` has cells, each with one or several.

    The rows say in ``release_id`` which one they are compared with.
    """
    if nights.is_empty():
        kinds = {name: kind for name, kind in WAITING_SCHEMA.items() if name != "family"}
        return pl.DataFrame(schema=kinds)
    moved_now, moved_ledger = _without_the_unmoved(now, ledger, nights)
    asked = nights.select(*CELL, "release_id").unique()
    today = _in_cells(moved_now, plan).join(asked, on=list(CELL))
    return _counted(today, _at_their_releases(_in_cells(moved_ledger, plan), asked))


def _at_their_releases(ledger: pl.DataFrame, nights: pl.DataFrame) -> pl.DataFrame:
    """What stood in each cell at each of its releases."""
    return ledger.join(nights, on=list(CELL)).filter(
        pl.col("since") <= pl.col("release_id"),
        pl.col("until").is_null() | (pl.col("until") > pl.col("release_id")),
    )


def _counted(today: pl.DataFrame, then: pl.DataFrame) -> pl.DataFrame:
    """People whose records differ, by cell, release and arm; a row where there are any."""
    key = [*CELL, "release_id", "arm"]
    own, whole = (_changed(today, then, name) for name in COUNTED)
    both = own.join(whole, on=key, how="full", coalesce=True, nulls_equal=True)
    return both.with_columns(pl.col(name).fill_null(0) for name in COUNTED).sort(key)


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
    key = [*_FACT, *CELL, "release_id", "arm"]
    both = (
        today.filter(pl.col(name).is_not_null())
        .select(*key, pl.col(name).alias("now"))
        .join(
            then.filter(pl.col(name).is_not_null()).select(*key, pl.col(name).alias("then")),
            on=key,
            how="full",
            coalesce=True,
            nulls_equal=True,
        )
    )
    return (
        both.filter(pl.col("now").ne_missing(pl.col("then")))
        .group_by(*CELL, "release_id", "arm")
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


def forget_unused(ledger: pl.DataFrame, nights: pl.DataFrame) -> pl.DataFrame:
    """Leave out past contributions that no release in use was made from.

    ``nights`` has in ``family`` and ``release_id`` the cells' last releases, and those at which
    cells that still wait stood.
    """
    past = ledger.filter(pl.col("until").is_not_null())
    used = (
        past.with_row_index("row")
        .join(nights.select("family", night="release_id").unique(), on="family")
        .filter(pl.col("since") <= pl.col("night"), pl.col("night") < pl.col("until"))["row"]
        .unique()
        .sort()
    )
    return pl.concat([ledger.filter(pl.col("until").is_null()), past[used.cast(pl.Int64)]])


def wait(
    waiting: pl.DataFrame,
    since: pl.DataFrame,
    held: pl.DataFrame,
    cells: pl.DataFrame,
    release_id: int,
) -> pl.DataFrame:
    """One family's waiting cells after a release, at which ``held`` (as `changes`) stood.

    ``waiting`` was before it, ``since`` are the changes since its releases (as `changes_since`),
    ``cells`` the last releases after tonight's. A cell that goes out now is compared with the
    nearer of its releases from here on. Releases that no cell waits from any longer are left out.
    """
    key = [*CELL, "release_id", "arm"]
    gone = cells.filter(pl.col("release_id") == release_id).select(CELL)
    nearer = (
        waiting.join(gone, on=list(CELL), how="semi")
        .join(since.select(*key, *COUNTED), on=key, how="left", suffix="_since")
        .with_columns(
            pl.min_horizontal(name, pl.col(f"{name}_since").fill_null(0)).alias(name)
            for name in COUNTED
        )
        .select(waiting.columns)
    )
    tonight = held.with_columns(release_id=pl.lit(release_id, pl.Int64))
    rows = [waiting.join(gone, on=list(CELL), how="anti"), nearer]
    known = pl.concat([*rows, tonight.select(waiting.columns)])
    last = cells.select(*CELL, last="release_id")
    in_use = known.join(last, on=list(CELL), how="left").filter(
        pl.col("last").is_null() | (pl.col("last") < pl.col("release_id"))
    )
    return known.join(in_use.select("release_id").unique(), on="release_id", how="semi")
