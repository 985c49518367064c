"""What the charts of one kind of exit say."""

from __future__ import annotations

from dashboards.estimates import missing_word
from dashboards.figures.incidence import Incidence, IncidenceInfo
from dashboards.formats import joined, per_100, per_100_range, percent
from dashboards.labels import OUTCOMES, within
from dashboards.sentences.charts import chance_left
from dashboards.sentences.phrases import counted, range_in_words
from dashboards.sentences.tiles import verdict_word


def title(info: IncidenceInfo) -> str:
    """Return the finding: the verdict on this kind of exit, and the difference."""
    e = info.headline
    word = verdict_word(e).lower()
    if not e.is_shown or e.verdict == "no_clear_difference":
        return f"{e.measure.title}: {word}"
    return f"{e.measure.title}: {word}, {counted(e)}"


def subtitle(info: IncidenceInfo) -> str:
    """Return what the lines are."""
    happened = OUTCOMES[info.kind].happened
    return f"Share of people who {happened} by each day, {info.how}; other exits compete"


def note(info: IncidenceInfo) -> str:
    """Return how to read the chart, and what is missing in it."""
    e = info.headline
    has_band = any(curve.limits for curve in (info.a, info.b))
    told = "Shaded: likely range (95%)." if has_band else ""
    if e.is_shown:
        told += f" Likely range of the difference: {range_in_words(e)} per 100."
    if info.missing:
        told += f" Steps that aren’t drawn: {joined(info.missing)}."
    return f"{told} Axis starts at zero.{chance_left(info.how)}".strip()


def description(info: IncidenceInfo) -> str:
    """Return the chart in words."""
    if not info.is_drawable:
        return f"Not shown: {joined(info.missing) or missing_word(info.a.status)}."
    told = ["Two step curves."]
    for curve, name in ((info.a, info.arms.a_title), (info.b, info.arms.b_title)):
        told.append(f"{name}: {_end(curve, info)}.")
    return " ".join(told)


def _end(curve: Incidence, info: IncidenceInfo) -> str:
    if curve.end is None:
        return missing_word(curve.status)
    day, share = curve.end
    when = within(info.horizon_days) if day == info.horizon_days else f"by day {day}"
    ends = curve.range_at(day)
    aside = "" if ends is None else f" (likely range {per_100_range(ends, info.digits)})"
    return f"{percent(share, info.digits)}{aside} {OUTCOMES[info.kind].happened} {when}"


def caption(info: IncidenceInfo) -> str:
    """Return what the table holds."""
    return f"{info.headline.measure.title}, per 100 people, {info.how} (likely range)"


def cells(info: IncidenceInfo) -> tuple[tuple[str, ...], ...]:
    """Return a row for each tick: the share of either arm, or why there is none by then."""
    return tuple(
        (label, *(_cell(curve, day, info.digits) for curve in (info.a, info.b)))
        for day, label in info.ticks
    )


def _cell(curve: Incidence, day: int, digits: int) -> str:
    share = curve.at(day)
    if share is None:
        return missing_word(curve.status_at(day))
    ends, told = curve.range_at(day), per_100(share, digits)
    return told if ends is None else f"{told} ({per_100_range(ends, digits)})"
