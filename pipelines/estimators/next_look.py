"""The released comparison in; out comes when another look at each answer is worth it.

Where there is a figure, that is the day by which everybody compared today has been followed: the
last day 0 is the end of data at most. Where there is none since too few have been followed, it is
the month's end with which enough people of either kind have been. When a range will be narrower
isn't forecast: that hangs on the coaches that come, and not on the number of people alone.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

import polars as pl

from pipelines.core.status import NO_DATA, SHOWN, SUPPRESSED, TOO_EARLY, words
from pipelines.estimators.results import DIFFERENCES, OUTCOMES
from pipelines.estimators.verdict import MIN_VALUES

KEY = ("outcome", "horizon_days", "estimand")
NEXT_LOOK_SCHEMA: dict[str, pl.DataType] = {
    "outcome": pl.String(),
    "horizon_days": pl.Int64(),
    "estimand": pl.String(),
    "followed_on": pl.Date(),
    "first_on": pl.Date(),
    "lacks": pl.String(),
    "status": pl.String(),
    "reason": pl.String(),
}
Row = dict[str, Any]
Lack = Literal["people", "coaches"]
"""What there is too little of in one of the groups for anything to be shown of either."""


def next_look(
    comparison: pl.DataFrame,
    until: dt.date | None,
    headline: str = "weighted",
    *,
    people: pl.DataFrame | None = None,
    min_group: int = 0,
    lacks: Lack | None = None,
) -> pl.DataFrame:
    """Return a row per headline difference of everybody; ``until`` is the last day compared.

    ``people`` has a row per person compared: `arm`, `day_0`, `follow_up_days` and `exit_type`.
    """
    differences = comparison.filter(pl.col("estimand").is_in(DIFFERENCES))
    everybody = differences.filter(pl.col("design") == headline, pl.col("segment") == "all").sort(
        KEY
    )
    rows = []
    for row in everybody.to_dicts():
        told = _row(row, until)
        if row["status"] in (SUPPRESSED, TOO_EARLY) and people is not None and until is not None:
            needed = min_group if row["outcome"] in OUTCOMES else max(min_group, MIN_VALUES)
            told["first_on"] = first_figure(people, row["horizon_days"], needed, until)
        if row["status"] == SUPPRESSED:
            told["lacks"] = lacks
        rows.append(told)
    return pl.DataFrame(rows, schema=NEXT_LOOK_SCHEMA)


def first_figure(
    people: pl.DataFrame, horizon_days: int, needed: int, until: dt.date
) -> dt.date | None:
    """Return the month's end with which so many of either kind have been followed to a horizon.

    None where they have been already, or aren't there: then time alone brings no figure. Who has
    left before the horizon can't be followed to it. A month is told, and of many people's days.
    """
    stays = pl.col("exit_type").is_null() | (pl.col("follow_up_days") >= horizon_days)
    days = [
        arm["day_0"].sort().to_list()
        for _, arm in people.filter(stays).group_by("arm", maintain_order=True)
    ]
    if len(days) != 2 or min(map(len, days)) < max(needed, 1):
        return None
    entered: dt.date = max(arm[max(needed, 1) - 1] for arm in days)
    on = entered + dt.timedelta(days=horizon_days)
    if on <= until:
        return None
    return on.replace(day=calendar.monthrange(on.year, on.month)[1])


def _row(row: Mapping[str, Any], until: dt.date | None) -> Row:
    empty = dict.fromkeys(NEXT_LOOK_SCHEMA) | {name: row[name] for name in KEY}
    if not (row["n_people_a"] and row["n_people_b"]):
        status = NO_DATA if row["status"] == SHOWN else row["status"]
        return empty | {"status": status, "reason": row["reason"] or words(status)}
    told = empty | {"status": SHOWN}
    if until is not None:
        told["followed_on"] = until + dt.timedelta(days=row["horizon_days"])
    return told
