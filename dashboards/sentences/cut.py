"""Up to when the figures go: what is counted every night, and what stands between two cuts."""

from __future__ import annotations

from datetime import date

from dashboards.data import SiteData
from dashboards.formats import day_month_year, month_year, months_or_years

EVERY_NIGHT = "every_night"
_MADE_ANEW = {
    "settings": ", made anew after a change of the settings",
    "code": ", made anew after a change of the program",
    **dict.fromkeys(("command", "erasure", "key", "age"), ", made anew between two cuts"),
}
"""What is said of a cut outside the calendar; of an erasure no more than of a command."""


def cut_line(data: SiteData) -> str:
    """Return what every page says on its first screen: the two dates, and the next comparison."""
    if data.cut_told:
        return data.cut_told
    cut = data.cut
    if cut.counts_until is None:
        return "No data yet, so nothing is counted or compared."
    counts = day_month_year(cut.counts_until)
    if cut.comparison_until is None:
        told = f"Data reach {counts}. No comparison yet{_next(data)}."
    elif cut.cause == EVERY_NIGHT and cut.comparison_until == cut.counts_until:
        told = f"Everything to {counts}, made anew every night."
    else:
        made = _MADE_ANEW.get(cut.cause, "")
        told = f"Data reach {counts}. Comparisons to {_compared(cut.comparison_until, data)}"
        told += f"{made}{_next(data)}."
    return f"{told}{_late(data)}{_long_ago(data)}"


def _compared(until: date, data: SiteData) -> str:
    """Name the date; where there is no whole month yet, that it is all there is."""
    if until == data.cut.counts_until and not data.cut.is_whole_month:
        return "the end of the data"
    return day_month_year(until)


def _is_due(data: SiteData) -> bool:
    """Whether the next comparison should have been made by now."""
    return data.cut.next_on is not None and not data.is_ahead(data.cut.next_on)


def _next(data: SiteData) -> str:
    if data.cut.next_on is None or _is_due(data):
        return ""
    told = f", next on {day_month_year(data.cut.next_on)}"
    is_late = "late" in data.freshness["status"]
    if data.cut.waits_for is None or not is_late:
        return told
    return f"{told} if the data reach {day_month_year(data.cut.waits_for)}"


def _late(data: SiteData) -> str:
    """Say what a comparison waits for whose day has passed."""
    last = data.cut.waits_for
    if last is None or not _is_due(data) or data.cut.cause == EVERY_NIGHT:
        return ""
    return f" The next comparison comes when the data reach the end of {month_year(last)}."


def _long_ago(data: SiteData) -> str:
    """Say plainly how long ago the data end, where that is long."""
    if not data.cut.is_long_ago or data.cut.data_age_days is None:
        return ""
    ago = months_or_years(data.cut.data_age_days)
    return f" These figures are about {ago} old."


def compared_until(data: SiteData) -> date | None:
    """Return the last day of the data behind the comparisons."""
    return data.cut.comparison_until or data.data_until


def counted_until(data: SiteData) -> date | None:
    """Return the last day of the data behind what is counted every night."""
    return data.cut.counts_until or data.data_until
