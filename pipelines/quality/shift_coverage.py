"""Whether the shifts of each site are complete: working days without a single row."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from pipelines.core.warehouse import Connection, fetch_query

WINDOW_DAYS = 182
"""Half a year: every weekday stands in it 26 times."""
NORMAL_SHARE = 0.8
"""A weekday is a working day of a site that has shifts on so many of them."""
MIN_SITE_PEOPLE = 10
"""At a smaller site a day without a shift may be a day without anybody."""
MAX_MISSING_SHARE = 0.05
"""Six or seven of the 130 working days of half a year: more than public holidays take."""
_MONDAY_TO_FRIDAY = frozenset(range(1, 6))

_SCHEMA = {
    "site": pl.String,
    "n_people": pl.Int64,
    "n_days": pl.Int64,
    "n_missing": pl.Int64,
    "missing_share": pl.Float64,
    "last_missing": pl.Date,
}


def site_coverage(con: Connection, *, as_of: dt.date) -> pl.DataFrame:
    """One row per site with at least `MIN_SITE_PEOPLE` agents today, in order of name.

    Columns: site, n_people (agents employed), n_days (its normal working days in the window that
    ends with the newest shift of any site), n_missing (those without a row), missing_share and
    last_missing. A site without any shift in the window counts as working from Monday to Friday,
    all of it missing. No rows where no shift was delivered at all.
    """
    covered = fetch_query(con, "grades/covered_day", {"as_of": as_of, "window_days": WINDOW_DAYS})
    if covered.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    last_day: dt.date = covered["last_day"][0]
    people = fetch_query(con, "grades/people_now", {"as_of": as_of}).filter(
        pl.col("n_people") >= MIN_SITE_PEOPLE
    )
    days = {key[0]: set(part["day"].to_list()) for key, part in covered.group_by("site")}
    rows = [
        _of_site(site, n_people, days.get(site, set()), last_day)
        for site, n_people in people.sort("site").iter_rows()
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _of_site(site: str, n_people: int, days: set[dt.date], last_day: dt.date) -> tuple[Any, ...]:
    first_day = last_day - dt.timedelta(days=WINDOW_DAYS - 1)
    if days:
        first_day = min(days)
    weekdays = _normal_weekdays(days) if days else _MONDAY_TO_FRIDAY
    expected = [day for day in _every_day(first_day, last_day) if day.isoweekday() in weekdays]
    missing = [day for day in expected if day not in days]
    share = len(missing) / len(expected) if expected else 0.0
    return (site, n_people, len(expected), len(missing), share, max(missing, default=None))


def _normal_weekdays(days: set[dt.date]) -> frozenset[int]:
    """Weekdays (1 is Monday) that have shifts nearly always, from the first day to the last."""
    span = _every_day(min(days), max(days))
    return frozenset(
        weekday
        for weekday in range(1, 8)
        if (on_it := [day for day in span if day.isoweekday() == weekday])
        and sum(day in days for day in on_it) >= NORMAL_SHARE * len(on_it)
    )


def _every_day(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
