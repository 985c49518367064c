"""What changed since the last publication, and what came in that may account for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from dashboards.data import SiteData
from dashboards.estimates import records
from dashboards.formats import joined, plural, signed
from dashboards.labels import OUTCOMES, VERDICTS, source_name
from dashboards.outcome_display import display_of
from dashboards.sentences.phrases import Statement
from pipelines.core.parts import CROSS

Mark = Literal["yes", "off"]
NOT_SHOWN = "not shown"
"""What stands in the place of a figure or verdict that one of two publications lacks."""
MOST_CAUSES = 12
"""Files named one by one; the rest are counted."""
_UNITS = {"risk_difference": " per 100", "rmst_difference_days": " days", "mean_difference": ""}
_OTHER_CAUSES = {
    "settings": Statement("note", "Settings.", "The settings differ from those of last time."),
    "code": Statement("note", "Program.", "The program differs from that of last time."),
}


def finding(data: SiteData) -> str:
    """Say in one sentence how many estimates moved, and how many verdicts with them."""
    if data.changes is None:
        return "This is the first publication; there is nothing to compare it with."
    if not data.changes:
        return "No estimate changed."
    moved = f"{plural(data.changes, 'estimate', 'estimates')} changed"
    every = [row for row in records(data.estimate_change) if row["change"] == "moved"]
    turned = len([row for row in every if row["verdict"] != row["verdict_before"]])
    return f"{moved}, {plural(turned, 'verdict', 'verdicts')} among them."


def link(data: SiteData) -> str:
    """Return what the page on data quality lists further; empty where it has nothing."""
    came_in = causes(data)
    if not data.changes:
        return "What came in" if data.changes is not None and came_in else ""
    listed = "The adjusted estimates that moved" if moved_rows(data) else ""
    if not came_in:
        return listed
    return f"{listed}, and what came in" if listed else "What came in"


def causes(data: SiteData) -> list[Statement]:
    """Name what came in since the last publication: files, other settings, another program."""
    rows = list(records(data.data_change))
    files = [row for row in rows if row["cause"] == "file"]
    told = [
        Statement(
            "note",
            f"{source_name(row['source'])}.",
            f"{row['file']}, {plural(row['n_rows'] or 0, 'row', 'rows')}.",
        )
        for row in files[:MOST_CAUSES]
    ]
    if len(files) > MOST_CAUSES:
        more = plural(len(files) - MOST_CAUSES, "more file", "more files")
        told.append(Statement("note", "Further files.", f"{more} came in."))
    others = [row["cause"] for row in rows if row["cause"] != "file"]
    return told + [_OTHER_CAUSES[cause] for cause in others]


MOST_MOVED = 6
"""Estimates told one by one on the summary; the data quality page has all."""
MOST_NAMED = 4
"""Parts of the workforce that are named one by one."""


def summary(data: SiteData) -> list[Statement]:
    """Return what moved, which parts came or went, and what came in, in a few statements."""
    if not data.changes:
        return []
    moved = [
        Statement("next", f"{name} within {days} days.", f"{before} before, {now} now. {verdict}.")
        for name, days, before, now, verdict in moved_rows(data)[:MOST_MOVED]
    ]
    return [*moved, *_parts(data), *causes(data)[:3]]


def _parts(data: SiteData) -> list[Statement]:
    """Tell which parts of the workforce are newly shown, newly hidden, new or gone.

    A part is shown if any of its adjusted estimates has a number.
    """
    before: dict[str, bool] = {}
    now: dict[str, bool] = {}
    for row in records(data.estimate_change):
        if row["segment"] == "all" or row["design"] != "weighted":
            continue
        part = str(row["segment_value"]).replace("_", " ")
        before[part] = before.get(part, False) or row["estimate_before"] is not None
        now[part] = now.get(part, False) or row["estimate"] is not None
    told: list[Statement] = []
    kinds: tuple[tuple[Mark, str, Callable[[str], bool]], ...] = (
        ("yes", "Newly shown.", lambda part: now[part] and not before[part]),
        ("off", "No longer shown.", lambda part: before[part] and not now[part]),
    )
    for mark, head, is_in in kinds:
        parts = sorted((part for part in now if is_in(part)), key=lambda p: (CROSS in p, p))
        if parts:
            told.append(Statement(mark, head, _listed(parts)))
    return told


def _listed(parts: list[str]) -> str:
    """Name the parts; of many, the first few and how many there are."""
    if len(parts) <= MOST_NAMED:
        return f"{joined(parts)}."
    named = ", ".join(parts[:MOST_NAMED])
    return f"{plural(len(parts), 'part', 'parts')} of the workforce, among them {named}."


def moved_rows(data: SiteData) -> list[tuple[str, ...]]:
    """Tabulate the adjusted estimates of everybody that moved.

    The columns are outcome, days, before, now, verdict now.
    """
    return [
        (
            _outcome(row["outcome"], data),
            str(row["horizon_days"]),
            _value(row, "estimate_before"),
            _value(row, "estimate"),
            _verdict(row),
        )
        for row in records(data.estimate_change)
        if (row["design"], row["segment"]) == ("weighted", "all") and row["estimand"] in _UNITS
    ]


def _outcome(outcome: str, data: SiteData) -> str:
    if outcome in OUTCOMES:
        return OUTCOMES[outcome].title
    return data.outcome_labels.get(outcome, outcome.replace("_", " "))


def _value(row: Any, name: str) -> str:
    if row[name] is None:
        return NOT_SHOWN
    measure = display_of(row["outcome"], row["estimand"])
    return f"{signed(measure.on_screen(row[name]), measure.digits)}{_UNITS[row['estimand']]}"


def _verdict(row: Any) -> str:
    now = VERDICTS.get(row["verdict"] or "", NOT_SHOWN.capitalize())
    before = VERDICTS.get(row["verdict_before"] or "", NOT_SHOWN.capitalize())
    return now if now == before else f"{now} (before: {before.lower()})"
