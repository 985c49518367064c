"""The released comparison in; out comes when another look at each answer is worth it.

Two forecasts per adjusted difference of everybody, both from what is shown:

- by when everybody compared today has been followed: the last day 0 is the end of data at most;
- how long until `MORE` more people are there. A range is then a tenth narrower, since its width
  goes with one over the square root of the people (1 / sqrt 1.25). People come at the pace of the
  latest quarters of day 0 that show a number.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.core.status import NO_DATA, SHOWN, words
from pipelines.estimators.results import DIFFERENCES

MORE = 0.25
MOST_QUARTERS = 8
"""Waiting for longer than this isn't advice."""
LATEST = 4
"""Quarters that the pace is taken from."""
KEY = ("outcome", "horizon_days", "estimand")
NEXT_LOOK_SCHEMA: dict[str, pl.DataType] = {
    "outcome": pl.String(),
    "horizon_days": pl.Int64(),
    "estimand": pl.String(),
    "followed_on": pl.Date(),
    "n_people": pl.Int64(),
    "n_more_people": pl.Int64(),
    "n_people_per_quarter": pl.Int64(),
    "n_quarters": pl.Int64(),
    "is_worth_waiting": pl.Boolean(),
    "narrower_in": pl.String(),
    "status": pl.String(),
    "reason": pl.String(),
}
Row = dict[str, Any]


def next_look(
    comparison: pl.DataFrame, until: dt.date | None, headline: str = "weighted"
) -> pl.DataFrame:
    """Return a row per headline difference of everybody; ``until`` is the last day compared."""
    differences = comparison.filter(pl.col("estimand").is_in(DIFFERENCES))
    adjusted = differences.filter(pl.col("design") == "weighted")
    everybody = differences.filter(pl.col("design") == headline, pl.col("segment") == "all").sort(
        KEY
    )
    paces = _paces(adjusted.filter(pl.col("segment") == "period"))
    rows = [
        _row(row, until, paces.get(tuple(row[name] for name in KEY)))
        for row in everybody.to_dicts()
    ]
    return pl.DataFrame(rows, schema=NEXT_LOOK_SCHEMA)


def _row(row: Mapping[str, Any], until: dt.date | None, pace: float | None) -> Row:
    empty = dict.fromkeys(NEXT_LOOK_SCHEMA) | {name: row[name] for name in KEY}
    if not (row["n_people_a"] and row["n_people_b"]):
        status = NO_DATA if row["status"] == SHOWN else row["status"]
        return empty | {"status": status, "reason": row["reason"] or words(status)}
    told = empty | {"status": SHOWN}
    if until is not None:
        told["followed_on"] = until + dt.timedelta(days=row["horizon_days"])
    if None in (row["estimate"], row["conf_low"], row["conf_high"]):
        return told
    n = row["n_people_a"] + row["n_people_b"]
    more = math.ceil(n * MORE)
    told |= {"n_people": n, "n_more_people": more}
    if pace is None or until is None:
        return told
    quarters = math.ceil(more / pace)
    return told | {
        "n_people_per_quarter": round(pace),
        "n_quarters": quarters,
        "is_worth_waiting": quarters <= MOST_QUARTERS,
        "narrower_in": _quarter(until, quarters),
    }


def _paces(quarters: pl.DataFrame) -> dict[tuple[Any, ...], float]:
    """People per quarter of day 0, over the latest quarters that show a number, by `KEY`."""
    shown = quarters.drop_nulls(["n_people_a", "n_people_b"]).select(
        *KEY, "segment_value", n=pl.col("n_people_a") + pl.col("n_people_b")
    )
    latest = shown.sort(*KEY, "segment_value").group_by(KEY, maintain_order=True).tail(LATEST)
    means = latest.filter(pl.col("n") > 0).group_by(KEY).agg(pl.col("n").mean())
    return {row[:-1]: row[-1] for row in means.select(*KEY, "n").rows()}


def _quarter(start: dt.date, n: int) -> str:
    """Name the quarter that lies ``n`` quarters after the one of ``start``: "Q3 2027"."""
    index = start.year * 4 + (start.month - 1) // 3 + n
    return f"Q{index % 4 + 1} {index // 4}"
