"""One night's publication against the last one: what stands, what goes out, what is remembered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from pipelines.privacy.carrying import Held, carry, shown_cells
from pipelines.privacy.families import FAMILIES, FOLLOWING
from pipelines.privacy.holding import WHOLE, held_cells
from pipelines.privacy.ledger import (
    CELL,
    CELL_SCHEMA,
    LEDGER_SCHEMA,
    WAITING_SCHEMA,
    advance,
    changes,
    changes_since,
    forget_unused,
    wait,
)

Tables = Mapping[str, pl.DataFrame]
"""Frames of published tables by their names."""


@dataclass(frozen=True)
class Ledger:
    """What the standing publication was made from; see `pipelines.privacy.ledger`."""

    contribution: pl.DataFrame
    cell: pl.DataFrame
    waiting: pl.DataFrame
    release_id: int

    @staticmethod
    def empty() -> Ledger:
        """Before the first publication."""
        return Ledger(
            pl.DataFrame(schema=LEDGER_SCHEMA),
            pl.DataFrame(schema=CELL_SCHEMA),
            pl.DataFrame(schema=WAITING_SCHEMA),
            0,
        )


@dataclass(frozen=True)
class Decision:
    """What has to stand tonight: by family, its cells, or None for all of them; and why."""

    held: Held
    changes: Mapping[str, pl.DataFrame]
    since: Mapping[str, pl.DataFrame]


EVERYTHING_GOES_OUT = Decision({}, {}, {})


def decide(now: pl.DataFrame, ledger: Ledger, tonight: Tables, min_group: int) -> Decision:
    """Decide what has to stand.

    ``now`` is what people contribute tonight, ``tonight`` the tables as they could be published.
    Cells that no table shows, and none has shown, aren't looked at.
    """
    rows = [shown_cells(frame, FOLLOWING[table], {}) for table, frame in tonight.items()]
    seen = pl.concat([*rows, ledger.cell.select("family", *CELL)]).unique()
    whole = pl.DataFrame([WHOLE], schema=list(CELL), orient="row")
    decision = Decision({}, {}, {})
    for family, plan in FAMILIES.items():
        mine = pl.col("family") == family
        people, known = now.filter(mine), ledger.contribution.filter(mine)
        waiting = ledger.waiting.filter(mine)
        published = pl.concat([seen.filter(mine).select(CELL), whole])
        found = changes(people, known, ledger.cell.filter(mine), plan)
        found = found.join(published, on=list(CELL), how="semi")
        since = changes_since(people, known, waiting, plan)
        decision = Decision(
            {**decision.held, family: held_cells(found, plan, min_group, waiting, since)},
            {**decision.changes, family: found},
            {**decision.since, family: since},
        )
    return decision


def dated(tonight: Tables, data_until: dt.date) -> dict[str, pl.DataFrame]:
    """Tables with the last day of their data, where they have a column for it."""
    day = pl.lit(data_until, pl.Date).alias("data_until")
    return {
        table: frame.with_columns(day) if FOLLOWING[table].is_dated else frame
        for table, frame in tonight.items()
    }


def to_publish(
    tonight: Tables,
    standing: Tables,
    keys: Mapping[str, tuple[str, ...]],
    held: Held,
    min_group: int,
    *,
    hides_more: bool = False,
) -> dict[str, pl.DataFrame]:
    """Tonight's rows, and the standing ones where they have to stand; see `carry`."""
    return {
        table: carry(
            frame,
            standing.get(table),
            keys[table],
            FOLLOWING[table],
            held,
            min_group,
            hides_more=hides_more,
        )
        for table, frame in tonight.items()
    }


def after(
    ledger: Ledger, now: pl.DataFrame, tonight: Tables, decision: Decision, data_until: dt.date
) -> Ledger:
    """The ledger once tonight's rows are published."""
    release_id = ledger.release_id + 1
    rows = [shown_cells(frame, FOLLOWING[table], decision.held) for table, frame in tonight.items()]
    shown = pl.concat(rows).unique()
    new = shown.with_columns(
        release_id=pl.lit(release_id, pl.Int64), data_until=pl.lit(data_until, pl.Date)
    )
    old = ledger.cell.join(shown, on=["family", *CELL], how="anti")
    cells = pl.concat([old, new.select(list(CELL_SCHEMA))]).sort("family", *CELL)
    waiting = _waiting(ledger, cells, decision, release_id)
    night = ["family", "release_id"]
    in_use = pl.concat([cells.select(night), waiting.select(night)])
    contribution = forget_unused(advance(ledger.contribution, now, release_id), in_use)
    return Ledger(contribution, cells, waiting, release_id)


def _waiting(
    ledger: Ledger, cells: pl.DataFrame, decision: Decision, release_id: int
) -> pl.DataFrame:
    """The cells that wait after tonight, of every family that was decided about."""
    frames = [pl.DataFrame(schema=WAITING_SCHEMA)]
    for family, held in decision.held.items():
        mine = pl.col("family") == family
        stood = pl.DataFrame(list(held or ()), schema=dict.fromkeys(CELL, pl.String), orient="row")
        standing = decision.changes[family].join(stood, on=list(CELL), how="semi")
        rows = wait(
            ledger.waiting.filter(mine).drop("family"),
            decision.since[family],
            standing,
            cells.filter(mine),
            release_id,
        )
        frames.append(rows.with_columns(family=pl.lit(family)).select(list(WAITING_SCHEMA)))
    return pl.concat(frames)
