"""Month rows of sites and their trend in; out comes `outcomes.site_leaving`, the cells of a map.

A site where enough leave for a month to say something has a cell per month, another one per
quarter: the rate of three months from their leavers together. Leaving in any way is fact, so
figures are exact; a cell with a month that is hidden is hidden.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from pipelines.contracts.trend_measures import MOVED
from pipelines.core.status import NO_DATA, NOT_REPORTABLE, SHOWN, SUPPRESSED, TOO_EARLY, words
from pipelines.estimators.trend.table import Month

MEASURE = "any_exit_rate"
LEVELS = 5
"""Shades of the map: fifths of its highest figure."""
SITE_LEAVING_SCHEMA: dict[str, Any] = {
    "site": pl.String(),
    "first_month": pl.Date(),
    "last_month": pl.Date(),
    "per": pl.String(),
    "value": pl.Float64(),
    "n_people": pl.Int64(),
    "level": pl.Int64(),
    "signal": pl.String(),
    "status": pl.String(),
    "reason": pl.String(),
}
CUT_QUARTER = "quarter not whole"
"""Why a quarter has no figure in which the data, or a site's people, begin or end."""
_QUARTER = 3
_Row = dict[str, Any]


def site_leaving(
    sites: Mapping[str, Sequence[Month]], trend: pl.DataFrame, whole: Sequence[dt.date]
) -> pl.DataFrame:
    """Return the cells of every site; ``whole`` are the months to be told, in order."""
    rows: list[_Row] = []
    for site, months in sorted(sites.items()):
        told = trend.filter(
            pl.col("scope") == "site", pl.col("scope_value") == site, pl.col("measure") == MEASURE
        ).to_dicts()
        by_month = {row["month"]: row for row in told}
        is_judged = any(row["mean"] is not None or row["reason"] in MOVED.values() for row in told)
        cells = (
            (_month_cell(month, by_month.get(month)) for month in whole)
            if is_judged
            else _quarter_cells(months, by_month, whole)
        )
        rows += [{"site": site, "per": "month" if is_judged else "quarter"} | c for c in cells]
    highest = max((row["value"] for row in rows if row["value"]), default=1.0)
    for row in rows:
        if row["value"] is not None:
            row["level"] = min(LEVELS, 1 + math.floor(LEVELS * row["value"] / highest))
    return pl.DataFrame(rows, schema=SITE_LEAVING_SCHEMA, orient="row")


def _month_cell(month: dt.date, row: Mapping[str, Any] | None) -> _Row:
    if row is None or row["value"] is None:
        return _without(month, month, *((row["status"], row["reason"]) if row else (NO_DATA, "")))
    return {
        "first_month": month, "last_month": month, "value": row["value"],
        "n_people": row["n_people"], "signal": row["signal"], "status": SHOWN,
    }  # fmt: skip


def _quarter_cells(
    months: Sequence[Month], told: Mapping[dt.date, Mapping[str, Any]], whole: Sequence[dt.date]
) -> Iterator[_Row]:
    """A cell per quarter that the whole months touch; one that they don't fill has no figure."""
    by_month = {row["month"]: row for row in months}
    for first in sorted({month.replace(month=_quarter_start(month.month)) for month in whole}):
        quarter = [first.replace(month=first.month + place) for place in range(_QUARTER)]
        inside = [month for month in quarter if month in whole]
        if len(inside) < _QUARTER:
            is_late = inside[-1] == whole[-1] and inside[-1] != quarter[-1]
            status = TOO_EARLY if is_late else NOT_REPORTABLE
            yield _without(inside[0], inside[-1], status, CUT_QUARTER)
            continue
        statuses = [told[month]["status"] if month in told else NO_DATA for month in quarter]
        if any(status != SHOWN for status in statuses):
            yield _without(first, quarter[-1], *_why_none(statuses))
            continue
        people = sum(by_month[month]["average_headcount"] for month in quarter)
        n_left = sum(by_month[month]["n_exits"] for month in quarter)
        yield {
            "first_month": first, "last_month": quarter[-1], "value": 12 * n_left / people,
            "n_people": round(people / _QUARTER), "status": SHOWN,
        }  # fmt: skip


def _why_none(statuses: Sequence[str]) -> tuple[str, str]:
    """Return the status and the reason of a quarter not all of whose months have a figure."""
    if SUPPRESSED in statuses:
        return SUPPRESSED, ""
    # A site that opens or closes within the quarter.
    return (
        (NOT_REPORTABLE, CUT_QUARTER) if {SHOWN, NOT_REPORTABLE} & set(statuses) else (NO_DATA, "")
    )


def _quarter_start(month: int) -> int:
    return month - (month - 1) % _QUARTER


def _without(first: dt.date, last: dt.date, status: str, reason: str = "") -> _Row:
    return {
        "first_month": first, "last_month": last, "value": None, "status": status,
        "reason": reason or words(status),
    }  # fmt: skip
