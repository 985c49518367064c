"""What the page Today says beside the pulse: its charts, its sites and what began when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from dashboards.data import SiteData
from dashboards.estimates import records
from dashboards.formats import (
    DASH,
    capitalised,
    day_month_year,
    joined,
    month_name,
    month_year,
    plural,
)
from dashboards.labels import source_name
from dashboards.sentences import trend
from dashboards.sentences.site_edges import edge_word
from dashboards.trends import COUNTS, RATES, Month, Series, groups, series
from pipelines.contracts.trend_measures import CLOSED, OPENED
from pipelines.core.status import NOT_REPORTABLE, SUPPRESSED, words


@dataclass(frozen=True)
class ChartTexts:
    """What stands around a chart of two lines."""

    title: str
    subtitle: str
    note: str


KINDS = ChartTexts(
    "Leaving by kind of first session",
    "Left in any way, per 100 agents a year",
    "As recorded, not adjusted: the comparison is on the page Outcomes. Bands: likely range of "
    "each month by itself; one month alone seldom tells the kinds apart.",
)
SESSIONS = ChartTexts(
    "Which kinds of session are held",
    "Of 100 coaching sessions in the month",
    "No limits: a programme changes this on purpose. Sessions of other kinds make up the rest, "
    "where there is one.",
)
_TOO_FEW = "Too few to judge"
_OTHER_SITES = "Other sites, together"
"""One that few people were ever at, whose name could be somebody's, and what would tell of it."""
_EDGES = {OPENED: "the month it began in", CLOSED: "the month it closed in"}
"""Which months of a group have no rate, after "Months not drawn"."""
_INCLUDED = (
    "A year’s rate: the month’s leavers × 12 ÷ the average of opening and closing headcount. "
    "Agents only; moves between sites don’t count."
)


def months_line(data: SiteData, leaving: Series) -> str:
    """Return up to when months are told; empty without a whole month."""
    if leaving.last is None:
        return ""
    return f"Whole months to {month_year(leaving.last.day)}; they move with the comparison."


def late_line(data: SiteData) -> str:
    """Return which sources are late; empty where none is."""
    late = [source_name(r["source"]) for r in records(data.freshness) if r["status"] == "late"]
    return f"Late data: {joined([name.lower() for name in late])}." if late else ""


def caution_line(data: SiteData, outcomes: Collection[str]) -> str:
    """Return for which of the outcomes the data are to be read with caution; empty without one."""
    names = [
        data.outcome_labels.get(row["outcome"], row["outcome"].replace("_", " ")).lower()
        for row in records(data.outcome_grade)
        if row["grade"] == "with_caution" and row["outcome"] in outcomes
    ]
    told = "all outcomes" if len(names) == len(outcomes) else joined(names)
    return f"Data with caution: {told}." if names else ""


def note(each: Series, start: str) -> str:
    """Return the small print under a chart: what is included, the usual range, where it starts."""
    included = _INCLUDED if each.measure.unit == "per year" else f"{each.measure.standard}"
    gaps = {
        _EDGES.get(why, why)
        for month in each.months
        if month.value is None
        for why in (trend.why_empty(month),)
    }
    gap = f"Months not drawn: {joined(sorted(gaps))}." if gaps else ""
    newest, last = each.newest, each.last
    late = ""
    if newest is not None and last is not None and newest != last:
        late = f"The newest month with a figure is {month_year(newest.day)}."
    usual = trend.usual(each)
    usual = f"{usual}." if usual else ""
    axis = f"The axis starts at {start}." if start else ""
    return " ".join(part for part in (usual, _breaks(each), included, late, gap, axis) if part)


def _breaks(each: Series) -> str:
    """Return where what is usual was set anew, and why; empty where it never was."""
    firsts = [part[0] for part in each.phases[1:]]
    told = [f"{month_year(first.day)} ({first.row['break_reason']})" for first in firsts]
    return f"What is usual is set anew from {joined(told)}." if told else ""


def two_note(texts: ChartTexts, is_cut: bool) -> str:
    """Return the small print under a chart of two lines."""
    return (
        f"{texts.note} Earlier months beyond the axis are in the table." if is_cut else texts.note
    )


def two_lines(found: Sequence[tuple[str, Series]], texts: ChartTexts) -> str:
    """Return a chart of two lines in words."""
    if not any(each.is_drawable for _, each in found):
        return f"Nothing to draw: {joined(sorted({_why_none(each) for _, each in found}))}."
    parts = [f"{name}: {_newest_of(each)}" for name, each in found]
    return f"{texts.title}, {texts.subtitle[:1].lower()}{texts.subtitle[1:]}. {'. '.join(parts)}."


def _newest_of(each: Series) -> str:
    """Return the newest figure with its month, and first why the newest month has none."""
    newest, last = each.newest, each.last
    if newest is None or newest.value is None or last is None:
        return words(each.missing)
    told = f"{each.text(newest.value)} in {month_year(newest.day)}"
    if last == newest:
        return told
    return f"{words(last.row['status'])} in {month_year(last.day)}, {told}"


def two_cells(found: Sequence[Series]) -> tuple[tuple[str, ...], ...]:
    """Return a row per month with both figures."""
    days = sorted({month.day for each in found for month in each.months}, reverse=True)
    rows = []
    for day in days:
        cells = []
        for each in found:
            month = next((m for m in each.months if m.day == day), None)
            if month is None:
                cells.append(DASH)
            elif month.value is None:
                cells.append(trend.why_empty(month))
            else:
                cells.append(each.text(month.value))
        rows.append((month_year(day), *cells))
    return tuple(rows)


def site_head(leaving: Series) -> tuple[str, ...]:
    """Return the heads of the table of sites."""
    month = month_name(leaving.last.day) if leaving.last else "the month"
    return ("Site", "Agents", f"Left in {month}", "Usual", "What it is")


def site_rows(data: SiteData, leaving: Series) -> list[tuple[str, ...]]:
    """Return each site's newest month, in alphabetical order; pooled ones are hidden."""
    last = leaving.last
    if last is None:
        return []
    hidden = words(SUPPRESSED)
    small = [(_OTHER_SITES, hidden, hidden, "", "")] if data.pooled_sites else []
    return [*sorted(_site(data, name, last) for name in groups(data.trend, "site")), *small]


def _site(data: SiteData, name: str, last: Month) -> tuple[str, ...]:
    left = series(data.trend, "any_exits", "site", name)
    agents = series(data.trend, "headcount", "site", name)
    newest = left.last
    shown = capitalised(name)
    if newest is None or newest.value is None:
        status = words(newest.row["status"]) if newest else words(left.missing)
        return (shown, status, status, "", "")
    if newest.day != last.day:
        return (shown, DASH, DASH, DASH, f"No agents after {month_year(newest.day)}")
    told = trend.told(left, newest.value, data.kinds_step)
    usual = trend.usual(left).removeprefix("Usual: ").partition(";")[0]
    held = agents.last.value if agents.last else None
    people = DASH if held is None else trend.told(agents, held, data.kinds_step)
    unjudged = _TOO_FEW if left.has_too_few else trend.word(left)
    word = trend.word(left) if left.is_judged else unjudged
    return (shown, people, told, usual or DASH, edge_word(data, name) or word)


def event_lines(data: SiteData) -> list[tuple[str, str, str]]:
    """Return what began when, numbered as on the charts; what no chart reaches has no number."""
    drawn = {month.day for month in series(data.trend, "headcount").months}
    return [
        (str(number), event.label, day_month_year(event.day))
        if event.day.replace(day=1) in drawn
        else (DASH, event.label, f"{day_month_year(event.day)}, outside the months drawn")
        for number, event in enumerate(data.events, start=1)
    ]


def _why_none(each: Series) -> str:
    """Return why a measure isn't drawn: too few months, or none that says what is usual."""
    if each.newest is not None and each.is_drawable:
        return trend.why_no_limits(each, each.newest)
    is_new = bool(each.told) and len(each.told) == len(each.months)
    if is_new:
        return "the first month"
    few = plural(len(each.told), "month has", "months have")
    if each.told:
        return f"{few} a figure, others: {words(each.missing)}"
    if each.last is not None and each.missing == NOT_REPORTABLE:
        return trend.why_empty(each.last)
    return words(each.missing)


def kinds_untold(data: SiteData, leaving: Series) -> list[Series]:
    """Return leaving by choice where it isn't what the page counts, because it can't be."""
    chose = series(data.trend, RATES[COUNTS[0]])
    return [chose] if chose.months and leaving.measure.name != COUNTS[0] else []


def not_drawn(missing: Sequence[Series], not_delivered: Sequence[Series]) -> str:
    """Return which measures have no chart and why, by reason; empty where all have one."""
    by_reason: dict[str, list[str]] = {}
    for each in missing:
        by_reason.setdefault(_why_none(each), []).append(each.measure.label.lower())
    told = "; ".join(f"{joined(names)} ({why})" for why, names in by_reason.items())
    absent = [each.measure.label.lower() for each in not_delivered]
    parts = [
        f"Not drawn: {told}." if told else "",
        f"No data on {joined(absent)}." if absent else "",
    ]
    return " ".join(part for part in parts if part)
