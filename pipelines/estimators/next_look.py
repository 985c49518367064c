"""The released comparison in; out comes when another look at each answer is worth it.

That is the day by which everybody compared today has been followed: the last day 0 is the end of
data at most. When a range will be narrower isn't forecast: that hangs on the coaches that come,
and not on the number of people alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.core.status import NO_DATA, SHOWN, words
from pipelines.estimators.results import DIFFERENCES

KEY = ("outcome", "horizon_days", "estimand")
NEXT_LOOK_SCHEMA: dict[str, pl.DataType] = {
    "outcome": pl.String(),
    "horizon_days": pl.Int64(),
    "estimand": pl.String(),
    "followed_on": pl.Date(),
    "status": pl.String(),
    "reason": pl.String(),
}
Row = dict[str, Any]


def next_look(
    comparison: pl.DataFrame, until: dt.date | None, headline: str = "weighted"
) -> pl.DataFrame:
    """Return a row per headline difference of everybody; ``until`` is the last day compared."""
    differences = comparison.filter(pl.col("estimand").is_in(DIFFERENCES))
    everybody = differences.filter(pl.col("design") == headline, pl.col("segment") == "all").sort(
        KEY
    )
    rows = [_row(row, until) for row in everybody.to_dicts()]
    return pl.DataFrame(rows, schema=NEXT_LOOK_SCHEMA)


def _row(row: Mapping[str, Any], until: dt.date | None) -> Row:
    empty = dict.fromkeys(NEXT_LOOK_SCHEMA) | {name: row[name] for name in KEY}
    if not (row["n_people_a"] and row["n_people_b"]):
        status = NO_DATA if row["status"] == SHOWN else row["status"]
        return empty | {"status": status, "reason": row["reason"] or words(status)}
    told = empty | {"status": SHOWN}
    if until is not None:
        told["followed_on"] = until + dt.timedelta(days=row["horizon_days"])
    return told
