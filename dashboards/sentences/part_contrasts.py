"""Parts of the workforce beside each other, each steadied by the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.data import SiteData
from dashboards.estimates import Estimate, matching, records
from dashboards.figures.whiskers import Line, WhiskerInfo
from dashboards.formats import (
    DASH,
    directed,
    likely_range,
    plural,
)
from dashboards.labels import OBSERVED, Arms, part_name
from dashboards.sentences.contrasts import Contrast, line_of, named
from dashboards.sentences.phrases import counted
from dashboards.sentences.tiles import verdict_word, whisker_text
from dashboards.sentences.workforce import (
    SEGMENTS,
    by_tenure,
    has_people,
    people_of,
    said,
    steadied_towards,
    tested,
    why_of_part,
    word_of_part,
    word_of_people,
)
from pipelines.core.status import NO_DATA, NOT_REPORTABLE

MOST = 16
"""Parts that a chart draws; the table has all of them."""
_WEIGHTED_PARTS = "Parts are weighted; everybody is as assigned."
Row = Mapping[str, Any]


def divisions(data: SiteData, headline: Estimate, wanted: Sequence[str]) -> list[str]:
    """Return which of the wanted divisions have estimates of the headline's outcome."""
    there = {row["segment"] for row in _rows(data, headline)}
    return [segment for segment in wanted if segment in there]


def _rows(data: SiteData, headline: Estimate) -> list[Row]:
    found = matching(
        data.segment_estimate,
        outcome=headline.outcome,
        horizon_days=headline.horizon_days,
    )
    return list(records(found))


def by_part(
    data: SiteData, headline: Estimate, segment: str, arms: Arms, is_brief: bool = False
) -> Contrast:
    """Set the parts of one division under everybody, in their own order: never by size.

    A brief one draws those alone that have a likely range, and leaves to the outcome's own page how
    the parts were tested; the table has all.
    """
    parts = [row for row in _rows(data, headline) if row["segment"] == segment]
    parts.sort(key=by_tenure)
    lines = [_line(row, headline) for row in parts]
    everybody = line_of(headline, "Everybody", is_main=True)
    drawn = _drawn(lines, is_brief)
    notes = (
        _note(SEGMENTS[segment][1], len(drawn), len(parts)),
        "" if is_brief else tested(parts),
        steadied_towards(segment, parts, headline),
        "" if data.assignment == OBSERVED else _WEIGHTED_PARTS,
    )
    left, right = whisker_text(arms)
    measure = headline.measure
    name = SEGMENTS[segment][0]
    return Contrast(
        key=f"by-{segment.replace('_', '-')}",
        title=said(segment, parts),
        subtitle=f"{named(headline)}, by {name.lower()}: {arms.a} minus {arms.b}, "
        f"in {measure.counted}",
        note=" ".join(filter(None, notes)),
        info=WhiskerInfo(
            (everybody, *drawn), left, right, measure.is_more_better,
            measure.digits, "this part alone",
        ),
        unit=measure.counted,
        outcomes=(headline.outcome,),
        head=(name, "People", "This part alone", "Steadied", "Likely range"),
        cells=tuple(_cells(row, line, headline) for row, line in zip(parts, lines, strict=True)),
    )  # fmt: skip


def verdict_title(e: Estimate) -> str:
    """Return the verdict on absence, with the difference where it is clear."""
    name = e.measure.title
    word = verdict_word(e).lower()
    is_clear = e.is_shown and e.verdict in ("better", "worse")
    return f"{name}: {word}, {counted(e)}" if is_clear else f"{name}: {word}"


def _note(many: str, n_drawn: int, n_parts: int) -> str:
    note = (
        f"Dot: best estimate, steadied by the other {many}, with its likely range. "
        "Open circle: this part alone."
    )
    if n_drawn < n_parts:
        note += f" {n_drawn} of {plural(n_parts, 'part', 'parts')} drawn; the table has all."
    return note


def _drawn(lines: Sequence[Line], only_told: bool) -> list[Line]:
    """Return the parts that the chart draws: the first ones that aren't without any data."""
    there = [line for line in lines if line.status != NO_DATA]
    told = [line for line in there if line.has_range]
    return told[:MOST] if len(there) > MOST or (only_told and told) else there


def _line(row: Row, like: Estimate) -> Line:
    name = part_name(str(row["segment_value"]))
    value = row["shrunken_estimate"]
    if row["estimate"] is None or value is None:
        own = like.one_on_screen(row["estimate"])
        text = word_of_part(row) if own is None else f"{_told(own, like)}, this part alone"
        status = row["status"] if own is None else NOT_REPORTABLE
        return Line(name, text, before=own, verdict="not_reportable", status=status)
    low, high = row["shrunken_conf_low"], row["shrunken_conf_high"]
    drawn, low, high = like.to_screen(value, low, high)
    text = _told(drawn, like)
    ends = likely_range(low, high, like.measure.less, like.measure.more, like.measure.digits)
    return Line(name, text, drawn, low, high, ends, before=like.one_on_screen(row["estimate"]))


def _told(value: float, like: Estimate) -> str:
    return directed(value, like.measure.less, like.measure.more, like.measure.digits)


def _cells(row: Row, line: Line, like: Estimate) -> tuple[str, ...]:
    people = people_of(row) if has_people(row) else word_of_people(row)
    if line.before is None:
        return (line.label, people, why_of_part(row), DASH, DASH)
    own = _told(line.before, like)
    if not line.range_text:
        return (line.label, people, own, DASH, DASH)
    return (line.label, people, own, line.text, line.range_text)
