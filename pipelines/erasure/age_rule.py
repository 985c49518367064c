"""How long records are kept: which rows are past their age, and who left too long ago.

Age is measured against the end of the data, not against the clock, and by whole months, so that
records go once a month. Events past the age go one by one. A roster is different: its rows hold
until the next one, so the row that held at the cut-off stays, whatever its date. So are coaching
sessions: who was coached first, and how, holds as long as somebody is there. Who had left by then
goes as a whole, for without the exit the person would seem to be there still.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

_ROSTER_KEY = ("employee_id", "effective_date")


@dataclass(frozen=True)
class Expired:
    """What is past its age in a roster and its exits.

    ``gone`` left too long ago. ``dropped_before`` has a day for each of them, and for who is back:
    what belongs to an employment before it must not come again, for its exit is forgotten.
    ``rows`` (employee_id, effective_date) of the roster say nothing about the cut-off or later.
    """

    gone: frozenset[str]
    dropped_before: dict[str, dt.date]
    rows: pl.DataFrame


def expired(
    roster: pl.DataFrame, exits: pl.DataFrame, active: Collection[str], day: dt.date
) -> Expired:
    """Return who had left before a day for good, and which roster rows expire from then on.

    Somebody is back who was hired after the exit, leaves again later, or is in ``active``: has
    records of any kind from that day on, whatever the roster says.

    Args:
        roster: employee_id, effective_date, hire_date.
        exits: employee_id, separation_date.
        active: identifiers of people with records from ``day`` on.
        day: the cut-off.
    """
    left = exits.filter(pl.col("separation_date") < day, ~pl.col("employee_id").is_in(list(active)))
    ended = _rows_of_ended_employments(roster, left)
    kept = roster.join(ended, on=_ROSTER_KEY, how="anti")
    later = exits.filter(pl.col("separation_date") >= day)
    hired_again = kept.join(left, on="employee_id", how="semi").group_by("employee_id")
    back = dict(hired_again.agg(pl.col("hire_date").min().clip(upper_bound=day)).iter_rows())
    gone = {*left["employee_id"]} - {*kept["employee_id"], *later["employee_id"]}
    followed = (
        kept.filter(pl.col("effective_date") <= day)
        .filter(pl.col("effective_date") < pl.col("effective_date").max().over("employee_id"))
        .select(_ROSTER_KEY)
    )
    rows = pl.concat([ended, followed]).unique().sort(_ROSTER_KEY)
    return Expired(frozenset(gone), {**back, **dict.fromkeys(gone, day)}, rows)


def _rows_of_ended_employments(roster: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """The roster rows of who was hired on or before the exit."""
    last_exit = left.group_by("employee_id").agg(last_exit=pl.col("separation_date").max())
    return (
        roster.join(last_exit, on="employee_id")
        .filter(pl.col("hire_date") <= pl.col("last_exit"))
        .select(_ROSTER_KEY)
        .unique()
    )
