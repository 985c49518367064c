"""What the claims page says: the register beside today's evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dashboards.data import SiteData
from dashboards.estimates import records, why_missing
from dashboards.formats import DASH, count, joined, plural
from dashboards.labels import Arms
from dashboards.sentences.phrases import as_sentence
from dashboards.sentences.quality import has_one_kind
from pipelines.core.figures import figures, unit_in_words
from pipelines.core.status import NO_DATA, SUPPRESSED, TOO_EARLY

Mark = Literal["yes", "note", "off"]
VERDICTS: dict[str, tuple[str, Mark, str]] = {
    "supported": ("Fits", "yes", "the data fit the claim: its estimates lie where it expects them"),
    "not_supported": ("Doesn’t fit", "note", "the estimates lie on the other side"),
    "unclear": (
        "Unclear",
        "off",
        "the likely range leaves both sides open, or such estimates can’t tell",
    ),
    "too_little_data": ("Too little data", "off", "there are too few people for a verdict"),
    "too_early": ("Too early", "off", "nobody can have been followed for so long yet"),
    SUPPRESSED: (
        "Hidden for privacy",
        "off",
        "too few people, coaches or leavers stand behind it to be told of",
    ),
    "no_data": ("No data", "off", "nothing was delivered, or nobody has a value, to test it with"),
    "not_reportable": ("Not reportable", "off", "the data can’t bear it, and the reason says why"),
    "not_testable_here": (
        "Can’t be tested here",
        "off",
        "no organisation’s records hold what would test it",
    ),
}
"""The word for each verdict, its mark, and what it means; in the order of the page."""
_NOT_TESTABLE = "not_testable_here"
_OF_LEVELS = frozenset({"mean", "share", "worth"})
"""Estimators whose figures are no differences unless the claim expects them on a side."""
_OF_CHANGE = "change of "
"""How the label of a mean begins that is a change, with a direction."""
_BETWEEN_PARTS = re.compile(r"; (?![^(]*\))")
"""A semicolon outside brackets: each part of a reason is about one estimate."""


@dataclass(frozen=True)
class ClaimView:
    """One claim: what is said, by whom, what was found, and the estimates behind it."""

    key: str
    wording: str
    source: str
    tested_by: str
    verdict: str
    mark: Mark
    reasons: tuple[str, ...]
    estimates: tuple[tuple[str, ...], ...]


def finding(data: SiteData) -> str:
    """Return how many claims today's data support, in one sentence."""
    counts = _counts(data)
    n_testable = len([row for row in records(data.claim) if row["verdict"] != _NOT_TESTABLE])
    if not n_testable:
        return "No claim has been looked at yet"
    n_supported = counts.get("supported", 0)
    told = "that can be tested here"
    whose = "Today’s data"
    if has_one_kind(data):
        whose = "Only one of the two kinds of coaching occurs; today’s data"
    if n_testable == 1:
        does_it = "fit" if n_supported else "don’t fit"
        return f"{whose} {does_it} the one claim {told}"
    if not n_supported:
        return f"{whose} fit no claim of the {n_testable} {told}"
    return f"{whose} fit {n_supported} of the {n_testable} claims {told}"


def which_kinds(arms: Arms) -> str:
    """Return which kind is taken for which in the wording of claims; empty where labels say it."""
    if arms.are_known:
        return ""
    return (
        f"Where a claim speaks of compassion, {arms.kind_a} is taken for it, and {arms.kind_b} for "
        "compliance: the settings name them in that order"
    )


def lead(data: SiteData) -> str:
    """Return what became of the others."""
    counts = _counts(data)
    others = [
        f"{counts[verdict]} {_become(verdict, counts[verdict])}"
        for verdict in VERDICTS
        if counts.get(verdict) and verdict not in ("supported", _NOT_TESTABLE)
    ]
    whom = "the others" if counts.get("supported") else "these"
    told = f"Of {whom}, {joined(others)}. " if others else ""
    n_beyond = counts.get(_NOT_TESTABLE, 0)
    beyond = (
        f"{plural(n_beyond, 'claim', 'claims')} can’t be tested with an organisation’s records."
        if n_beyond
        else ""
    )
    return f"{told}{beyond}".strip()


def _become(verdict: str, n: int) -> str:
    word = VERDICTS[verdict][0].lower()
    if verdict == "not_supported":
        return "doesn’t fit" if n == 1 else "don’t fit"
    if verdict in ("too_little_data", "no_data"):
        return f"{'has' if n == 1 else 'have'} {word}"
    return f"{'is' if n == 1 else 'are'} {word}"


def meanings() -> list[tuple[str, str]]:
    """Return each verdict's word and what it means."""
    return [(word, as_sentence(meaning)) for word, _, meaning in VERDICTS.values()]


def claim_views(data: SiteData) -> list[ClaimView]:
    """Return every claim, those with a clear answer first, otherwise in the register's order."""
    estimates: dict[str, list[Mapping[str, Any]]] = {}
    for row in records(data.claim_estimate):
        estimates.setdefault(row["claim"], []).append(row)
    order = list(VERDICTS)
    rows = sorted(records(data.claim), key=lambda row: order.index(_verdict(row)))
    return [_view(row, estimates.get(row["claim"], [])) for row in rows]


def _verdict(row: Mapping[str, Any]) -> str:
    """Return a claim's verdict; without any data or time, or hidden, its status says so."""
    is_told_by_status = row["status"] in (NO_DATA, TOO_EARLY, SUPPRESSED)
    return str(row["status"] if is_told_by_status else row["verdict"])


def _view(row: Mapping[str, Any], estimates: Sequence[Mapping[str, Any]]) -> ClaimView:
    word, mark, _ = VERDICTS[_verdict(row)]
    return ClaimView(
        key=row["claim"],
        wording=row["wording"],
        source=row["source"],
        tested_by=row["tested_by"],
        verdict=word,
        mark=mark,
        reasons=tuple(
            as_sentence(part) for part in _BETWEEN_PARTS.split(row["reason"] or "") if part
        ),
        estimates=tuple(_estimate(each) for each in estimates),
    )


def _estimate(row: Mapping[str, Any]) -> tuple[str, ...]:
    """One estimate as cells: what is compared, its part in the verdict, people, value, range."""
    part = "decides" if row["is_deciding"] else "beside it"
    unit = row["unit"] or ""
    is_told = row["n_people"] is not None and row["status"] != SUPPRESSED
    n_people = count(row["n_people"]) if is_told else DASH
    if row["estimate"] is None:
        return (row["label"], part, n_people, why_missing(row), DASH)
    is_change = row["label"].startswith(_OF_CHANGE)
    is_difference = is_change or row["expected"] is not None or row["estimator"] not in _OF_LEVELS
    is_signed = row["no_difference"] == 0 and is_difference

    all_of_it = (row["estimate"], row["conf_low"], row["conf_high"])

    def told(value: float) -> str:
        return figures(value, unit, is_signed=is_signed, beside=all_of_it)

    value = f"{told(row['estimate'])} {unit_in_words(unit)}".strip()
    has_range = row["conf_low"] is not None and row["conf_high"] is not None
    likely = f"{told(row['conf_low'])} to {told(row['conf_high'])}" if has_range else DASH
    return (row["label"], part, n_people, value, likely)


def _counts(data: SiteData) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in records(data.claim):
        counts[_verdict(row)] = counts.get(_verdict(row), 0) + 1
    return counts
