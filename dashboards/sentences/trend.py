"""What is said of one measure's newest month: as usual, outside, or a pattern."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.formats import (
    capitalised,
    decimal,
    direction,
    month_name,
    month_year,
    on_screen,
    plural,
)
from dashboards.trends import MARKS, Month, Series
from pipelines.core.status import NO_DATA, NOT_REPORTABLE, SUPPRESSED, words

UNITS = {
    "people": "agents",
    "per year": "per 100 agents a year",
    "points 0-100": "of 100 points",
    "points 1-5": "of 5",
    "seconds": "minutes per contact",
}
_SHARES = {
    "any_exits": "agents, by choice or not",
    "left_within_90_days": "of 100 hired in {month}",
    "unplanned_absence": "hours per 100 scheduled",
    "first_contact_resolution": "of 100 contacts",
    "coached_30_days": "of 100 agents at the month’s end",
    "arm_a_sessions": "of 100 sessions",
    "arm_b_sessions": "of 100 sessions",
}
_SHARES_OF_CHARTS = {"left_within_90_days": "of 100 hired in the month"}
_NEEDED = {"left_within_90_days": "hires", "exhaustion": "answers"}
"""What a month has too few of where these are hidden."""
_ENDS = {"outer_third_above": "upper", "outer_third_below": "lower"}
_SIDES = {"run_above": "above", "run_below": "below"}
_IN_WORDS = {
    "above_limit": "unusually high",
    "below_limit": "unusually low",
    "run_above": "one of seven or more above average in a row",
    "run_below": "one of seven or more below average in a row",
    "rising": "one of seven or more rising in a row",
    "falling": "one of seven or more falling in a row",
    "outer_third_above": "near the upper end of what is usual",
    "outer_third_below": "near the lower end of what is usual",
}
"""What a month is in a chart's table."""
AS_USUAL = "∼"
TOO_EARLY = "too early to say what is usual"
TOO_FEW_MONTHS = "too few months have a figure to say what is usual"


def unit(series: Series) -> str:
    """Return the unit of a figure on screen."""
    known = _unit(series)
    month = _newest_month(series)
    is_late = series.newest != series.last and series.measure.name not in _SHARES_OF_CHARTS
    return f"{known}, {month}" if series.newest and is_late else known


def why_no_limits(series: Series, newest: Month) -> str:
    """Return why nothing is said to be usual: time is missing, or months without a figure are."""
    has_gaps = any(month.row["status"] in (SUPPRESSED, NO_DATA) for month in series.months)
    is_cut_short = len(series.phases) > 1
    untold = TOO_FEW_MONTHS if has_gaps and not is_cut_short else TOO_EARLY
    return str(newest.row["reason"] or untold)


def why_empty(month: Month) -> str:
    """Return why a month has no figure: its status, or what keeps it from being reported."""
    status = month.row["status"]
    return str(month.row["reason"]) if status == NOT_REPORTABLE else words(status)


def chart_unit(series: Series) -> str:
    """Return the unit of the figures of all months."""
    return _SHARES_OF_CHARTS.get(series.measure.name) or _unit(series)


def _unit(series: Series) -> str:
    month = _newest_month(series) or "the month"
    return _SHARES.get(series.measure.name, "").format(month=month) or UNITS[series.measure.unit]


def _newest_month(series: Series) -> str:
    """The newest month with a figure; with its year where the months go on into another one."""
    if series.newest is None or series.last is None:
        return ""
    is_this_year = series.newest.day.year == series.last.day.year
    return (month_name if is_this_year else month_year)(series.newest.day)


def word(series: Series) -> str:
    """Return what the newest month is, in a few words: "8 months below average"."""
    newest = series.newest
    if newest is None:
        return capitalised(words(series.missing))
    if not series.measure.has_limits:
        return _change(series, newest)
    signal = newest.row["signal"]
    if newest.is_outside:
        return "Unusually high" if signal == "above_limit" else "Unusually low"
    if newest.row["mean"] is None:
        return capitalised(why_no_limits(series, newest))
    if signal in _SIDES:
        return f"{run(series, newest)} {_SIDES[signal]} average"
    if signal in ("rising", "falling"):
        return f"{capitalised(signal)} for {run(series, newest)}"
    if signal in _ENDS:
        return f"Near the {_ENDS[signal]} end of what is usual"
    return "As usual so far" if newest.row["is_trial"] else "As usual"


def run(series: Series, newest: Month) -> str:
    """Return how long a run is: "8 months"; "8 months with a figure" where others lie between."""
    n = newest.row["n_run"]
    first = series.told[max(0, len(series.told) - n)]
    days = [each.day for each in series.months]
    between = series.months[days.index(first.day) : days.index(newest.day)]
    gaps = " with a figure" if any(each not in series.told for each in between) else ""
    return f"{plural(n, 'month', 'months')}{gaps}"


def mark(series: Series) -> str:
    """Return the sign beside the word: filled outside the limits, open for a pattern."""
    newest = series.newest
    if newest is None or not series.is_judged:
        return "•"
    if newest.row["mean"] is None:
        return MARKS.get(newest.row["signal"], "•")
    return MARKS.get(newest.row["signal"], AS_USUAL)


def looks(series: Series) -> str:
    """Return how the word looks: worse where unwelcome, better where welcome, else plain."""
    welcome = series.newest.row["is_welcome"] if series.newest else None
    return "" if welcome is None else "better" if welcome else "worse"


def usual(series: Series) -> str:
    """Return the usual range: "Usual: 3.6 to 4.9"; trial limits say so."""
    newest = series.newest
    if newest is None or newest.row["mean"] is None:
        return ""
    n = newest.row["n_points"]
    trial = f"; trial limits from {plural(n, 'month', 'months')}" if newest.row["is_trial"] else ""
    return f"Usual: {span(series, newest.row)}{trial}"


def span(series: Series, row: Mapping[str, Any]) -> str:
    """Write a usual range: "14 to 44"; from nothing on "up to 33"."""
    low, high = row["usual_low"], row["usual_high"]
    lower, upper = series.span_text(low, high)
    return f"{lower} to {upper}" if low else f"up to {upper}"


def before(series: Series, step: int) -> str:
    """Return last month's figure and that of a year ago: "Sep 3.8 · Oct 2025 4.3"."""
    newest = series.newest
    if newest is None:
        return ""
    parts = []
    last = series.before(newest)
    if last is not None and newest.row["value_month_before"] is not None:
        name = month_name(last.day)[:3]
        parts.append(f"{name} {told(series, newest.row['value_month_before'], step)}")
    if newest.row["value_year_before"] is not None:
        parts.append(f"a year ago {told(series, newest.row['value_year_before'], step)}")
    return capitalised(" · ".join(parts))


def needed(series: Series, min_group: int) -> str:
    """Return from how many people on a measure without any figure is told; empty for others."""
    people = _NEEDED.get(series.measure.name)
    if series.newest is not None or series.missing != SUPPRESSED or people is None:
        return ""
    return f"A month needs {min_group:,} {people} to be told"


def target(series: Series) -> str:
    """Return how the target stands; empty without one."""
    newest = series.newest
    if newest is None or newest.row["target"] is None:
        return ""
    states = {
        "out_of_reach": ": out of reach as things are",
        "met_as_a_rule": ": met as a rule",
        "met_at_times": ": met at times",
        None: "",
    }
    return f"Target {series.text(newest.row['target'])}{states[newest.row['target_state']]}"


def title(series: Series) -> str:
    """Return a chart's title, which says the state: "Unplanned absence: 8 months below average"."""
    said = word(series)
    return f"{series.measure.label}: {said[:1].lower()}{said[1:]}"


def subtitle(series: Series) -> str:
    """Return what is drawn, with its unit."""
    return f"Month by month, {chart_unit(series)}"


def description(series: Series, step: int) -> str:
    """Return the chart in words, for who doesn't see it."""
    newest = series.newest
    if newest is None or newest.value is None:
        return f"{series.measure.label}: {words(series.missing)}."
    now = f"{month_year(newest.day)}: {figure(series, step)} {chart_unit(series)}"
    parts = [now, word(series), usual(series), before(series, step), target(series)]
    n = len(series.told)
    drawn = f" {plural(n, 'month', 'months')} drawn." if series.is_drawable else ""
    return f"{'. '.join(part for part in parts if part)}.{drawn}"


def cells(series: Series) -> tuple[tuple[str, ...], ...]:
    """Return the rows of the chart's table: month, figure, mean, usual range, what it is."""
    return tuple(_cells(series, month) for month in reversed(series.months))


def _cells(series: Series, month: Month) -> tuple[str, ...]:
    row = month.row
    if month.value is None:
        return (month_year(month.day), why_empty(month), "", "")
    what = _IN_WORDS[row["signal"]] if month.is_signalled else "as usual"
    if row["mean"] is None:
        what = what if month.is_outside else ""
        return (month_year(month.day), series.text(month.value), "", what)
    return (month_year(month.day), series.text(month.value), span(series, row), what)


def _change(series: Series, newest: Month) -> str:
    """What a measure without limits has done since a year ago, or since last month."""
    for column, since in (
        ("change_year", "than a year ago"),
        ("change_month", "than the month before"),
    ):
        change = newest.row[column]
        if change:
            size = decimal(
                on_screen(series.measure.unit, change), 0 if series.measure.is_count else 1
            )
            return f"{size} {direction(change, _less(series), 'more')} {since}"
    is_first = newest.row["change_month"] is None and newest.row["change_year"] is None
    return "The first month with a figure" if is_first else "As in the month before"


def _less(series: Series) -> str:
    return "fewer" if series.measure.is_count else "less"


def figure(series: Series, step: int) -> str:
    """Return the newest figure, empty without one; leavers of a kind as rounded: "about 20"."""
    newest = series.newest
    if newest is None or newest.value is None:
        return ""
    is_about = _is_rounded(series, step) and newest.value
    return f"{'about ' if is_about else ''}{told(series, newest.value, step)}"


def told(series: Series, value: float, step: int) -> str:
    """Write a figure; none of a kind, where that is rounded, as "under 5"."""
    return f"under {step}" if _is_rounded(series, step) and not value else series.text(value)


def _is_rounded(series: Series, step: int) -> bool:
    return bool(step) and series.measure.is_count and series.measure.is_hidden_by_value
