"""Differences side by side: designs, horizons, scales and checks, as lines, table and words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from dashboards.data import SiteData
from dashboards.estimates import Estimate, find, matching, missing_word, records, with_reason
from dashboards.figures.whiskers import Line, WhiskerInfo
from dashboards.formats import DASH, directed, joined, likely_range, lowered, plural, signed
from dashboards.labels import OBSERVED, Arms, within
from dashboards.sentences.method import (
    CHECKS,
    DESIGNS,
    LEAVE_ONE_OUT,
    REWEIGHTED,
    agreement,
    checked_of,
    designs_of,
)
from dashboards.sentences.phrases import by_verdict, difference, range_in_words
from dashboards.sentences.tiles import tile_looks, verdict_word, whisker_text

Cells = tuple[str, ...]
READ = "Dot: adjusted, with its likely range (95%)."
READ_BEFORE = "Open circle: before adjusting."
_SPAN = "from smallest to largest"
"""What a range is that has the difference without each one in turn, and no error."""


@dataclass(frozen=True)
class Contrast:
    """A chart of differences in words: its lines, title, note, and the rows of its table."""

    key: str
    title: str
    subtitle: str
    note: str
    info: WhiskerInfo
    unit: str
    outcomes: tuple[str, ...]
    head: Cells
    cells: tuple[Cells, ...]
    caption: str = ""
    """What the table and the words are in, where that isn't what is drawn."""

    @property
    def description(self) -> str:
        """The chart in words, a sentence for each line."""
        if not self.info.lines:
            return "No data."
        told = [self._told(line) for line in self.info.lines]
        return " ".join([f"{self.caption}.", *told] if self.caption else told)

    def _told(self, line: Line) -> str:
        ends = f", {line.range_name} {line.range_text}" if line.range_text else ""
        return f"{line.label}: {line.text}{ends}."


def line_of(
    estimate: Estimate, label: str, before: Estimate | None = None, is_main: bool = False
) -> Line:
    """Return one estimate as a line, in its own unit on screen."""
    key = tile_looks(estimate)
    old = None if before is None else before.difference_on_screen
    told = difference_cell(estimate)
    if estimate.is_told and not estimate.is_shown:
        told = f"{told}, {missing_word(estimate.status)}"
    line = Line(label, told, before=old, verdict=key, is_main=is_main, status=estimate.status)
    if not estimate.is_told:
        return line
    value, low, high = estimate.on_screen
    ends = range_in_words(estimate)
    return replace(line, value=value, low=low, high=high, range_text=ends)


def difference_cell(estimate: Estimate) -> str:
    """Return the difference in words, or the word that stands in its place."""
    if estimate.is_told:
        return difference(estimate)
    return missing_word(estimate.status)


def range_cell(estimate: Estimate) -> str:
    """Return the likely range for a table, where the difference is told; a dash elsewhere."""
    return range_in_words(estimate) if estimate.is_told else DASH


def verdict_cell(estimate: Estimate) -> str:
    """Return the verdict in its fixed word."""
    return verdict_word(estimate)


def _info(lines: Iterable[Line], like: Estimate, arms: Arms) -> WhiskerInfo:
    left, right = whisker_text(arms)
    measure = like.measure
    return WhiskerInfo(
        tuple(lines), left, right, measure.is_more_better,
        measure.digits,
    )  # fmt: skip


def by_design(data: SiteData, headline: Estimate, arms: Arms) -> Contrast:
    """Set the designs beside each other that ask the headline's question at its horizon."""
    found = designs_found(data.comparison, headline)
    designs = designs_of(data)
    names = {design: designs[design][0] for design, _ in found}
    lines = [line_of(e, names[design], is_main=design == "weighted") for design, e in found]
    rows = [
        (
            names[d], designs[d][1], with_reason(difference_cell(e), e.status, e.reason),
            range_cell(e), verdict_cell(e),
        )
        for d, e in found
    ]  # fmt: skip
    return Contrast(
        key=f"designs-{headline.outcome.replace('_', '-')}",
        title=agreement([e for _, e in found]),
        subtitle=f"{named(headline)}: {arms.a} minus {arms.b}, in {headline.measure.counted}",
        note=f"{READ.replace(' adjusted,', ' difference,')} {_headline(data)} is the headline.",
        info=_info(lines, headline, arms),
        unit=headline.measure.counted,
        outcomes=(headline.outcome,),
        head=("Design", "What it compares", "Difference", "Likely range", "Verdict"),
        cells=tuple(rows),
    )


def _headline(data: SiteData) -> str:
    observed = data.assignment == OBSERVED
    return "The weighted design" if observed else "The difference as assigned"


def designs_found(comparison: pl.DataFrame, headline: Estimate) -> list[tuple[str, Estimate]]:
    """Return the designs that have a row for the headline's outcome, estimand and horizon."""
    asked = matching(
        comparison,
        outcome=headline.outcome,
        estimand=headline.estimand,
        horizon_days=headline.horizon_days,
        segment="all",
    )
    there = set(asked["design"])
    key = (headline.outcome, headline.horizon_days)
    return [
        (design, find(comparison, *key, design, headline.estimand))
        for design in (*DESIGNS, REWEIGHTED)
        if design in there
    ]


def named(e: Estimate) -> str:
    """Return an outcome at the head of a subtitle: "Leaving by choice within a year"."""
    span = f" {within(e.horizon_days)}" if e.estimand == "risk_difference" else ""
    return f"{e.measure.title}{span}"


def by_horizon(data: SiteData, outcomes: Sequence[str], arms: Arms) -> Contrast:
    """Set every kind of exit at every horizon under each other, before and after adjusting."""
    horizons = sorted(data.horizon_days)
    pairs = [
        (find(data.comparison, o, h), find(data.comparison, o, h, "unadjusted"))
        for o in outcomes
        for h in horizons
    ]
    lines = [line_of(e, _at_horizon(e), before) for e, before in pairs]
    like = pairs[0][0]
    return Contrast(
        key="horizons",
        title=horizon_title([e for e, _ in pairs if e.outcome == like.outcome]),
        subtitle=f"Leavers per 100 people: {arms.a} minus {arms.b}",
        note=f"{READ} {READ_BEFORE}",
        info=_info(lines, like, arms),
        unit=like.measure.counted,
        outcomes=tuple(outcomes),
        head=("Outcome", "Before adjusting", "Adjusted", "Likely range", "Verdict"),
        cells=tuple(_pair_cells(_at_horizon(e), e, before) for e, before in pairs),
    )


def _at_horizon(e: Estimate) -> str:
    return f"{e.measure.title}, {within(e.horizon_days).removeprefix('within ')}"


def _pair_cells(label: str, e: Estimate, before: Estimate) -> Cells:
    return (label, before_cell(before), difference_cell(e), range_cell(e), verdict_cell(e))


def before_cell(before: Estimate) -> str:
    """Return the difference before adjusting, or the word in its place."""
    return missing_word(before.status) if before.estimate is None else difference(before)


def horizon_title(estimates: Sequence[Estimate]) -> str:
    """Return the verdicts of one outcome by horizon: "Leaving by choice: better within 90 days"."""
    name = estimates[0].measure.title
    told = by_verdict([(within(e.horizon_days), e) for e in estimates])
    return f"{name}: {'; '.join(f'{word} {joined(spans)}' for word, spans in told)}"


def by_scale(
    data: SiteData, key: str, together: str, estimates: Sequence[Estimate], arms: Arms
) -> Contrast:
    """Set scales of different lengths beside each other, in hundredths of each scale.

    Right means better for arm a on every scale, whichever way the scale itself runs.
    """
    lines, rows = [], []
    for e in estimates:
        before = find(data.comparison, e.outcome, e.horizon_days, "unadjusted", e.estimand)
        lines.append(_in_hundredths(line_of(e, e.measure.title, before), e))
        rows.append(_pair_cells(e.measure.title, e, before))
    left, right = whisker_text(arms)
    return Contrast(
        key=key,
        title=scale_title(together, estimates),
        subtitle="Difference between the groups, in hundredths of each scale’s length",
        note=f"{READ} {READ_BEFORE} Right is better on every scale.",
        info=WhiskerInfo(tuple(lines), left, right, True, 1),
        unit="hundredths of the scale, better above 0",
        outcomes=tuple(e.outcome for e in estimates),
        head=("Scale", "Before adjusting", "Adjusted", "Likely range", "Verdict"),
        caption="Difference between the groups, in points of each scale",
        cells=tuple(rows),
    )


def _in_hundredths(line: Line, e: Estimate) -> Line:
    value, before, *ends = (
        e.measure.in_hundredths(each) for each in (line.value, line.before, line.low, line.high)
    )
    known = sorted(each for each in ends if each is not None)
    first, last = known if len(known) == 2 else (None, None)
    told = signed(e.measure.in_hundredths(e.as_told[0]) or 0.0) if line.has_range else ""
    if told and not e.is_shown:
        told = f"{told}, {missing_word(e.status)}"
    return replace(line, value=value, low=first, high=last, before=before, beside=told)


def scale_title(together: str, estimates: Sequence[Estimate]) -> str:
    """Return the verdicts of several scales: all the same, or each with its names."""
    told = by_verdict((e.measure.title.lower(), e) for e in estimates)
    of_each = "; ".join(_of_scales(word, joined(names)) for word, names in told)
    if len(told) == 1 and len(estimates) > 1:
        n = {2: "both", 3: "all three", 4: "all four"}.get(len(estimates), "all")
        if told[0][0].startswith("no "):
            n = "either" if n == "both" else n.replace("all", "any of the").strip()
            return f"{together}: {told[0][0]} on {n} {'scale' if n == 'either' else 'scales'}"
        return f"{together}: {told[0][0]} on {n} scales"
    return f"{together}: {of_each}".replace(f"{together}: {together.lower()} ", f"{together}: ")


_WITH_NOUN = {"no clear difference": "in", "too little data": "on", "no data": "on"}
"""Words for a verdict that are a noun, and what joins scales to them."""


def _of_scales(word: str, names: str) -> str:
    """Say a verdict of scales: "no clear difference in cynicism", "morale better"."""
    return f"{word} {_WITH_NOUN[word]} {names}" if word in _WITH_NOUN else f"{names} {word}"


def by_check(data: SiteData, headline: Estimate, arms: Arms) -> Contrast:
    """Set what the headline becomes under each check beside what it is."""
    rows = {
        row["check"]: row
        for row in records(data.sensitivity)
        if (row["outcome"], row["horizon_days"]) == (headline.outcome, headline.horizon_days)
        and row["estimand"] == headline.estimand
        and row["check"] in CHECKS
        and None not in (row["value"], row["range_low"], row["range_high"])
    }
    checked = [_check_line(name, rows[name], headline) for name in CHECKS if name in rows]
    lines = [_checked_line(data, headline), *checked] if checked else []
    drawn = [replace(line, verdict="unsure") for line in lines] if headline.is_capped else lines
    return Contrast(
        key="checks",
        title=_check_title(checked, checked_of(data, headline)),
        subtitle=f"{named(headline)}: {arms.a} minus {arms.b}, in {headline.measure.counted}",
        note=_check_note(checked),
        info=_info(drawn, headline, arms),
        unit=headline.measure.counted,
        outcomes=(headline.outcome,),
        head=("Check", "Difference", "Range"),
        cells=tuple((line.label, line.text, line.range_text or DASH) for line in lines),
    )


def _checked_line(data: SiteData, headline: Estimate) -> Line:
    name = designs_of(data)["weighted" if data.assignment == OBSERVED else REWEIGHTED][0]
    return line_of(checked_of(data, headline), name, is_main=True)


def _check_note(lines: Sequence[Line]) -> str:
    there = {line.label for line in lines}
    spans = [CHECKS[name] for name in LEAVE_ONE_OUT if CHECKS[name] in there]
    if spans:
        return (
            f"{joined([spans[0], *map(lowered, spans[1:])])}: from the smallest to the largest "
            "difference. The other lines: likely range (95%)."
        )
    return "Lines: likely range (95%)."


def _check_line(name: str, row: Mapping[str, Any], headline: Estimate) -> Line:
    value, low, high = headline.to_screen(row["value"], row["range_low"], row["range_high"])
    measure = headline.measure
    text = directed(value, measure.less, measure.more, measure.digits)
    ends = likely_range(low, high, measure.less, measure.more, measure.digits)
    line = Line(CHECKS[name], text, value, low, high, ends, verdict=row["verdict"])
    return replace(line, range_name=_SPAN) if name in LEAVE_ONE_OUT else line


def _check_title(lines: Sequence[Line], headline: Estimate) -> str:
    if not lines:
        return "What would change the answer: nothing to draw"
    if not headline.is_shown or headline.verdict == "no_clear_difference":
        spans = {CHECKS[name] for name in LEAVE_ONE_OUT}
        asked = [line for line in lines if line.label not in spans]
        n = len([line for line in asked if line.verdict == "no_clear_difference"])
        if not asked:
            return "How far the difference moves"
        of = plural(len(asked), "check", "checks")
        if n == len(asked) and n > 1:
            return f"All {of} find no clear difference, either"
        return f"{n} of {of} {'finds' if n == 1 else 'find'} no clear difference, either"
    n = len([line for line in lines if line.verdict == headline.verdict])
    checks = plural(len(lines), "check", "checks")
    if n == len(lines):
        return f"The range stays on the same side of zero in all {checks}"
    return f"The range stays on the same side of zero in {n} of {checks}"
