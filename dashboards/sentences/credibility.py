"""How far a headline may be believed: its grade, what decides it, what would lift it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from dashboards.data import SiteData
from dashboards.estimates import records, why_missing
from dashboards.formats import DASH, capitalised
from dashboards.sentences.phrases import Statement, as_sentence

GRADES: dict[str, str] = {
    "strong": "Strong",
    "moderate": "Moderate",
    "weak": "Weak",
    "not_credible": "Not credible",
}
"""The grades in words, the best first."""


def grade_of(data: SiteData, outcome: str) -> tuple[str, str] | None:
    """Return the grade of an outcome as a head and a text; None where it has none."""
    for row in records(data.credibility):
        if row["outcome"] == outcome and row["grade"] is not None:
            return f"Credibility: {GRADES[row['grade']].lower()}.", _why(row)
    return None


def _why(row: Mapping[str, Any]) -> str:
    if row["reasons"] is None:
        return "Every check that could be made of it passed."
    return f"{as_sentence(row['reasons'])} What would raise it: {row['would_raise']}."


def why_weak(data: SiteData, outcome: str) -> str:
    """Return what failed among an outcome's checks, as a sentence."""
    for row in records(data.credibility):
        if row["outcome"] == outcome and row["reasons"]:
            return as_sentence(row["reasons"])
    return "A check of it has failed."


def as_far_as_carried(told: Statement, data: SiteData, outcome: str) -> Statement:
    """Return what is counted from an outcome's difference as far as its grade carries that."""
    grades = {row["outcome"]: row["grade"] for row in records(data.credibility)}
    if told.mark == "off" or grades.get(outcome) not in ("weak", "not_credible"):
        return told
    if grades[outcome] == "weak":
        return replace(told, mark="note", text=f"{told.text} The difference is weakly supported.")
    why = "Nothing is counted from a difference that isn’t credible."
    return replace(told, mark="off", text=why)


def is_lottery_doubted(data: SiteData) -> bool:
    """Whether groups that a lottery is said to have drawn are too unlike before day 0 for one."""
    doubts = ("weak", "not_credible")
    return any(
        row["check"] == "drawn" and row["level"] in doubts
        for row in records(data.credibility_check)
    )


def grade_rows(data: SiteData) -> list[tuple[str, ...]]:
    """Return one row per outcome: its grade, the reasons and what would raise it."""
    rows: list[tuple[str, ...]] = []
    for row in sorted(records(data.credibility), key=_place):
        name = data.outcome_labels.get(row["outcome"], row["outcome"].replace("_", " "))
        if row["grade"] is None:
            rows.append((capitalised(name), DASH, as_sentence(why_missing(row)), DASH))
            continue
        reasons = (
            as_sentence(row["reasons"])
            if row["reasons"]
            else "Every check that could be made passed."
        )
        raised = as_sentence(row["would_raise"]) if row["would_raise"] else DASH
        rows.append((capitalised(name), GRADES[row["grade"]], reasons, raised))
    return rows


def _place(row: Mapping[str, Any]) -> tuple[int, str]:
    """The weakest first, outcomes without a grade last."""
    grades = list(reversed(GRADES))
    place = len(grades) if row["grade"] is None else grades.index(row["grade"])
    return place, row["outcome"]


def check_statements(data: SiteData, outcome: str) -> list[Statement]:
    """Return what each check of an outcome's headline came to; only a passed one gets a tick."""
    told = []
    for row in records(data.credibility_check):
        if row["outcome"] == outcome:
            told.append(Statement(_mark(row["level"]), f"{row['label']}.", _reading(row)))
    return sorted(told, key=lambda each: ("note", "off", "yes").index(each.mark))


def _mark(level: str) -> Literal["yes", "note", "off"]:
    if level == "passed":
        return "yes"
    return "off" if level == "not_made" else "note"


def _reading(row: Mapping[str, Any]) -> str:
    text = as_sentence(row["reading"])
    if row["caps_at"] == "strong":
        return text
    return f"{text} It leaves {GRADES[row['caps_at']].lower()} at best."
