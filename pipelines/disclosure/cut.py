"""The release calendar: to which day comparisons are made, and whether tonight is a night for it.

A comparison that moves a little every night tells, by its differences, about the few people who
moved it. So comparisons are made at the end of a month (or quarter) and stand until the next one,
while facts, freshness, quality and deliveries move every night. No clock and no database in here.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipelines.config.settings import Privacy

Cause = Literal[
    "first",
    "month_end",
    "quarter_end",
    "every_night",
    "settings",
    "code",
    "command",
    "erasure",
    "age",
]
"""Why comparisons were made anew; ``age``: records past their age had to go."""
_MONTHS = {"month": 1, "quarter": 3}
QUARTER = dt.timedelta(days=91)
LONG_AGO_DAYS = 60
"""Age of the data from which on they are said to end long ago."""


@dataclass(frozen=True)
class SourceCoverage:
    """The newest event of a required source, and how old it may be to be on time."""

    latest: dt.date | None
    expected_days: int


@dataclass(frozen=True)
class Data:
    """What the sources have: the first session, the newest day of any, and each required one."""

    first_session: dt.date | None
    until: dt.date
    required: Sequence[SourceCoverage]


@dataclass(frozen=True)
class CurrentCut:
    """The cut in force: its day, and the versions of settings and code it was made with.

    ``basis`` is the fingerprint of what it rests on (`cut_basis`); None where none was noted.
    """

    until: dt.date
    settings_version: str
    code_version: str
    basis: str | None = None


def comparison_day(data: Data, privacy: Privacy, declared: dt.date | None) -> dt.date:
    """Return the day to which comparisons are made.

    ``declared`` (`data_until` in the settings) wins. Otherwise it is the end of the last whole
    month, or quarter, that the data reach; the end of the data where there is none yet.
    """
    if declared is not None:
        return declared
    if privacy.cut == "none":
        return data.until
    day = _period_end_until(data.until, _MONTHS[privacy.cut])
    while day is not None and _is_whole(day, data):
        if all(_covers(source, day) for source in data.required):
            return day
        day = _period_end_until(day.replace(day=1) - dt.timedelta(days=1), _MONTHS[privacy.cut])
    return data.until


def next_cut(until: dt.date, privacy: Privacy) -> dt.date | None:
    """Return the first day on which the next comparison may be made; None for every night."""
    if privacy.cut == "none":
        return None
    months = _MONTHS[privacy.cut]
    end = _period_end_from(until + dt.timedelta(days=1), months)
    return end + dt.timedelta(days=1)


def cause_of_cut(
    day: dt.date,
    current: CurrentCut | None,
    versions: tuple[str, str],
    privacy: Privacy,
    requested: Cause | None,
    basis: str | None = None,
) -> Cause | None:
    """Say why comparisons are made anew tonight; None where the current cut is kept.

    ``versions`` are tonight's settings and code, ``basis`` the fingerprint of tonight's data. A day
    earlier than the standing one is no reason: a source that is late again takes nothing back.
    Without a calendar a cut is kept only where a new one would be the same.
    """
    if requested is not None:
        return requested
    if current is None:
        return "first"
    if privacy.cut == "none":
        is_same = basis is not None and current == CurrentCut(day, *versions, basis)
        return None if is_same else "every_night"
    if current.settings_version != versions[0]:
        return "settings"
    if current.code_version != versions[1]:
        return "code"
    if day > current.until:
        return "month_end" if privacy.cut == "month" else "quarter_end"
    return None


def _is_whole(day: dt.date, data: Data) -> bool:
    """Whether data begin before the month that ends on this day does."""
    return data.first_session is not None and data.first_session <= day.replace(day=1)


def _covers(source: SourceCoverage, day: dt.date) -> bool:
    """Whether a source goes to a day; one whose events are rare may end some days before it."""
    return source.latest is not None and source.latest >= day - dt.timedelta(source.expected_days)


def _period_end_until(day: dt.date, months: int) -> dt.date | None:
    """The last end of a period on or before a day."""
    end = _period_end_from(day.replace(day=1), months)
    if end <= day:
        return end
    before = day.replace(day=1)
    for _ in range(months):
        before = (before - dt.timedelta(days=1)).replace(day=1)
    return _period_end_from(before, months)


def _period_end_from(day: dt.date, months: int) -> dt.date:
    """The first end of a period on or after a day."""
    month = (day.month - 1) // months * months + months
    return dt.date(day.year, month, calendar.monthrange(day.year, month)[1])


def dates_around(
    counts_until: dt.date | None,
    comparison_until: dt.date | None,
    next_on: dt.date | None,
    published_on: dt.date,
) -> dict[str, Any]:
    """What follows from the dates of a cut for who reads it: columns of ``meta.cut``."""
    day = dt.timedelta(days=1)
    age = None if counts_until is None else (published_on - counts_until).days
    return {
        "waits_for": next_on - day if next_on else None,
        "quarter_later_on": comparison_until + QUARTER if comparison_until else None,
        "is_whole_month": comparison_until is None or (comparison_until + day).day == 1,
        "data_age_days": age,
        "is_long_ago": age is not None and age > LONG_AGO_DAYS,
    }
