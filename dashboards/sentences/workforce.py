"""What the page on parts of the workforce and on worth says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.data import SiteData
from dashboards.estimates import Estimate, find, missing_word, records, why_missing, with_reason
from dashboards.formats import (
    DASH,
    counted_or_hidden,
    directed,
    in_100,
    joined,
    likely_range,
    p_value,
    plural,
)
from dashboards.labels import part_name
from dashboards.outcome_display import EXITS
from dashboards.sentences.credibility import as_far_as_carried
from dashboards.sentences.phrases import Statement, as_sentence, difference, together
from pipelines.core.parts import TENURE_BANDS
from pipelines.core.status import NO_DATA, SHOWN, SUPPRESSED, TOO_EARLY, TOO_LITTLE_DATA, words

SEGMENTS: dict[str, tuple[str, str]] = {
    "site": ("Site", "sites"),
    "role": ("Role", "roles"),
    "tenure_band": ("Time in job", "bands of time in the job"),
    "employment_type": ("Contract", "kinds of contract"),
    "period": ("Quarter of the first session", "quarters"),
}
"""The name of what divides the workforce, and what its parts are called together."""
NO_COUNTERPART = "no counterpart"
"""What stands beside a part in which nobody of one kind of coaching can be compared."""
_AS = {
    words(NO_DATA): "without data",
    words(TOO_LITTLE_DATA): "with too little data",
    NO_COUNTERPART: "without a counterpart",
}
"""How many parts lack a figure for these reasons, after their number."""

_WORTH = (
    "number_needed_to_coach",
    "exits_avoided_per_100_people",
    "money_per_100_people",
    "minutes_per_person_a",
    "minutes_per_person_b",
    "minutes_per_exit_avoided",
    "extra_minutes_per_exit_avoided",
)
_WORTH_NAMES = {
    "number_needed_to_coach": "People per exit",
    "exits_avoided_per_100_people": "Per 100 people",
    "money_per_100_people": "In money",
    "minutes_per_person_a": "Time with the first kind",
    "minutes_per_person_b": "Time with the second kind",
    "minutes_per_exit_avoided": "Time per exit",
    "extra_minutes_per_exit_avoided": "Extra time per exit",
}
_OF_TIME_ALONE = ("minutes_per_person_a", "minutes_per_person_b")
"""Quantities that nothing about leaving enters."""
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class SegmentView:
    """One way to divide the workforce: what is seen, and its parts as rows of cells."""

    key: str
    name: str
    said: str
    rows: tuple[tuple[str, ...], ...]
    has_figures: bool
    """Whether a part has a figure of its own, beside the number of its people."""
    towards: str = ""
    """What the parts are steadied towards, where that isn't all of them together."""


def segment_views(data: SiteData, outcome: str, horizon: int) -> list[SegmentView]:
    """Return every division of the workforce that there are estimates of."""
    rows = [
        row
        for row in records(data.segment_estimate)
        if (row["outcome"], row["horizon_days"]) == (outcome, horizon)
    ]
    views, everybody = [], find(data.comparison, outcome, horizon)
    digits = everybody.measure.digits
    for key, (name, _) in SEGMENTS.items():
        parts = sorted((row for row in rows if row["segment"] == key), key=by_tenure)
        if parts:
            cells = tuple(_cells(row, digits) for row in parts) if any(map(_is_told, parts)) else ()
            views.append(
                SegmentView(
                    key,
                    name,
                    f"{said(key, parts)}. {tested(parts)}".strip(),
                    cells,
                    any(row["estimate"] is not None for row in parts),
                    steadied_towards(key, parts, everybody),
                )
            )
    return views


def _is_told(row: Mapping[str, Any]) -> bool:
    """Whether anything of a part is told in figures."""
    return row["estimate"] is not None or has_people(row)


def by_tenure(row: Mapping[str, Any]) -> tuple[int, str]:
    """Sort bands of tenure from short to long, and the parts of other divisions by name."""
    bands, name = list(TENURE_BANDS), str(row["segment_value"])
    return (bands.index(name) if name in bands else len(bands), name.casefold())


def _cells(row: Mapping[str, Any], digits: int) -> tuple[str, ...]:
    """A part, its people, its own difference, and the one drawn towards the mean of all parts."""
    name = part_name(str(row["segment_value"]))
    if row["estimate"] is None:
        people = people_of(row) if has_people(row) else word_of_people(row)
        return (name, people, why_of_part(row), DASH, DASH)
    own = directed(in_100(row["estimate"]), "fewer", "more", digits)
    if row["shrunken_estimate"] is None:
        return (name, people_of(row), own, DASH, DASH)
    low, high = in_100(row["shrunken_conf_low"]), in_100(row["shrunken_conf_high"])
    drawn = directed(in_100(row["shrunken_estimate"]), "fewer", "more", digits)
    return (name, people_of(row), own, drawn, likely_range(low, high, "fewer", "more", digits))


def word_of_part(row: Mapping[str, Any]) -> str:
    """Return what stands in the place of a part's figure."""
    return missing_word(row["status"]) if row["has_counterparts"] else NO_COUNTERPART


def why_of_part(row: Mapping[str, Any]) -> str:
    """Return the same for a table, with the reason where the data can't bear a figure."""
    word = word_of_part(row)
    return with_reason(word, row["status"], row["reason"]) if row["has_counterparts"] else word


def word_of_people(row: Mapping[str, Any]) -> str:
    """Return what stands in the place of how many people a part has.

    They are there whatever day it is: where they aren't told it isn't too early, they are hidden.
    """
    is_counted = row["outcome"] in EXITS and row["status"] == TOO_EARLY
    return words(SUPPRESSED) if is_counted else word_of_part(row)


def has_people(row: Mapping[str, Any]) -> bool:
    """Whether it is told how many people of one group at least a part has."""
    return row["n_people_a"] is not None or row["n_people_b"] is not None


def people_of(row: Mapping[str, Any]) -> str:
    """Return how many people of either group a part has: "48 and 27"."""
    return " and ".join(counted_or_hidden(row[f"n_people_{arm}"]) for arm in "ab")


def said(key: str, parts: Rows) -> str:
    """Tell whether the parts differ from each other, beyond what chance does to small groups."""
    many = SEGMENTS[key][1]
    if parts[0]["heterogeneity_p_adjusted"] is None:
        return _why_untested(many, parts)
    if parts[0]["is_heterogeneous"]:
        return f"The {many} differ from each other beyond chance"
    return f"No clear difference between the {many}"


def _why_untested(many: str, parts: Rows) -> str:
    """Tell why the parts aren't held against each other: one reason only if it is that of all."""
    without = [word_of_part(row) for row in parts if row["estimate"] is None]
    n_shown = len([row for row in parts if row["status"] == SHOWN])
    if set(without) == {words(TOO_EARLY)} and len(without) + n_shown > 1:
        return f"It is too early to hold the {many} against each other"
    alone = [row for row in parts if row["estimate"] is not None]
    own = ["1 with a figure of its own"] if len(alone) == 1 else []
    rest = without if own else [word_of_part(row) for row in parts if row["status"] != SHOWN]
    each = [f"{rest.count(word)} {_AS.get(word, word)}" for word in dict.fromkeys(rest)]
    few = "Too few" if alone else "No"
    reasons = joined([*own, *each])
    return f"{few} {many} can be held against each other{f': {reasons}' if reasons else ''}"


def tested(parts: Rows) -> str:
    """Return how the parts of one division were tested, as a sentence; empty where they weren't."""
    found, n_tests = parts[0]["heterogeneity_p_adjusted"], parts[0]["n_tests"]
    if found is None:
        return ""
    looks = p_value(found, f", corrected for {plural(n_tests or 0, 'test', 'tests')}")
    return f"Tested together: {looks}."


def steadied_towards(key: str, parts: Rows, everybody: Estimate) -> str:
    """Tell what parts are steadied towards, where not all of them are: it isn't everybody's figure.

    Parts that are hidden or have too little data take no part in it.
    """
    read = [row for row in parts if row["n_pooled"] is not None]
    if not read or read[0]["n_pooled"] == len(parts):
        return ""
    measure, mean = everybody.measure, everybody.one_on_screen(read[0]["pooled_mean"])
    if mean is None:
        return ""
    told = directed(mean, measure.less, measure.more, measure.digits)
    if everybody.is_told and told == difference(everybody):
        return ""
    beside = f"; of everybody it is {difference(everybody)}" if everybody.is_told else ""
    return (
        f"Steadied towards what the {read[0]['n_pooled']} {SEGMENTS[key][1]} with enough data say "
        f"together, {told}{beside}."
    )


def finding(data: SiteData, outcome: str, horizon: int) -> str:
    """Return which divisions show a difference between their parts."""
    rows = [
        row
        for row in records(data.segment_estimate)
        if (row["outcome"], row["horizon_days"]) == (outcome, horizon)
    ]
    tested = {
        row["segment"]: row["is_heterogeneous"]
        for row in rows
        if row["heterogeneity_p_adjusted"] is not None
    }
    if not tested:
        return _why_not_looked_at(rows)
    differing = [SEGMENTS[key][1] for key in SEGMENTS if tested.get(key)]
    if differing:
        return f"The answer differs between {joined(differing)}"
    return "No part of the workforce clearly stands apart from the others"


_NOT_LOOKED_AT = {
    TOO_EARLY: "Too early to look at parts of the workforce",
    TOO_LITTLE_DATA: "Too little data to look at parts of the workforce",
    SUPPRESSED: "The parts of the workforce are hidden for privacy",
    NO_DATA: "No data on parts of the workforce",
}


def _why_not_looked_at(rows: Rows) -> str:
    """Tell why no parts are held against each other: in a word if it is one, else by how many."""
    first, *others = {row["status"] for row in rows} or {NO_DATA}
    if not others and first in _NOT_LOOKED_AT:
        return _NOT_LOOKED_AT[first]
    return _why_untested("parts of the workforce", rows)


def worth(data: SiteData, horizon: int) -> list[Statement]:
    """Return what the difference is worth in people, money and minutes, or why it isn't told."""
    rows = {row["quantity"]: row for row in records(data.worth) if row["horizon_days"] == horizon}
    told = []
    for quantity in _WORTH:
        row = rows.get(quantity)
        if row is None:
            continue
        name = f"{_WORTH_NAMES[quantity]}."
        if row["reading"]:
            each = Statement("yes", name, as_sentence(row["reading"]))
            is_of_leaving = quantity not in _OF_TIME_ALONE
            told.append(as_far_as_carried(each, data, "voluntary_exit") if is_of_leaving else each)
        else:
            told.append(Statement("off", name, as_sentence(why_missing(row))))
    return together(told)
