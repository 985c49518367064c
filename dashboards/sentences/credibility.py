"""How far a headline may be believed: its grade, what decides it, what would lift it.

In come a publication and outcomes; out come sentences, and lists in which nothing is ticked that
lowers a grade.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from dashboards.data import SiteData
from dashboards.estimates import RISKS, Estimate, find, records, why_missing
from dashboards.formats import DASH, capitalised, joined
from dashboards.labels import OBSERVED, OUTCOMES
from dashboards.sentences.phrases import Statement, as_sentence, difference, range_in_words

Mark = Literal["yes", "note", "off"]
GRADES: dict[str, str] = {
    "strong": "Strong",
    "moderate": "Moderate",
    "weak": "Weak",
    "not_credible": "Not credible",
}
"""The grades in words, the best first."""
RIVALS: dict[str, str] = {
    "within_coach": "within each coach",
    "coach_preference": "coach’s leaning",
}
"""The designs that the check of another assumption holds against the headline."""
SUBJECTS: dict[str, tuple[str, ...]] = {
    "people": ("coaches",),
    "groups": ("balance", "balance_spread", "set_aside"),
    "weights": ("information", "largest_share"),
    "designs": ("designs",),
    "answers": ("answer_gap", "answer_depends", "silence"),
    "e_value": ("hidden",),
    "negative_control": ("placebo", "control", "placebo_size", "placebo_work"),
    "new_people": ("new_people", "prevalent"),
    "poor_reading": ("placebo_work",),
}
"""What statements are about, and the checks of credibility that are about the same."""
OF_EVERY_OUTCOME = frozenset({"groups", "weights", "negative_control"})
"""Subjects that are the same whatever is asked for: what lowers any outcome's grade counts."""
WITHOUT_PRAISE: dict[str, str] = {
    "people": "People.",
    "weights": "Weights.",
    "designs": "Other ways of asking.",
}
"""What a statement is called once it has lost its tick."""
WHY_NO_TICK = "A check of this lowers the credibility."


class Grade(NamedTuple):
    """The grade of a headline in words: a head, and what decides it.

    ``has_word``: whether the head names the grade; ``is_lowered``: whether anything was found.
    """

    head: str
    text: str
    has_word: bool
    is_lowered: bool


def grade_of(data: SiteData, told: Estimate) -> Grade | None:
    """Return the grade of a headline; None where it has none.

    Where no direction can be read there is no finding to believe: a good grade would read as
    strong evidence of no difference, so that only what was checked is told. A poor one is.
    """
    for row in records(data.credibility):
        if row["outcome"] == told.outcome and row["grade"] is not None:
            return _grade(data, row, is_open=told.verdict == "no_clear_difference")
    return None


def _grade(data: SiteData, row: Mapping[str, Any], *, is_open: bool) -> Grade:
    text, is_lowered = _why(data, row), row["grade"] != "strong"
    if is_open and row["grade"] in ("strong", "moderate"):
        if row["reasons"] is None:
            text = f"{text.removesuffix('.')}; the range tells no direction."
        return Grade("What was checked.", text, has_word=False, is_lowered=is_lowered)
    of = "Credibility of this range" if is_open else "Credibility"
    return Grade(f"{of}: {GRADES[row['grade']].lower()}.", text, True, is_lowered)


def _why(data: SiteData, row: Mapping[str, Any]) -> str:
    if row["reasons"] is None:
        return _all_passed(row)
    return f"{_reasons(data, row)} What would raise it: {row['would_raise']}."


def _all_passed(row: Mapping[str, Any]) -> str:
    """Return that nothing failed, and how many checks could be made at all."""
    asked, passed = row["n_checks"], row["n_passed"]
    if asked == passed or passed is None:
        return "Every check passed."
    return f"{passed} of {asked} checks could be made, and passed."


@dataclass(frozen=True)
class Doubts:
    """What keeps a headline from being told without reserve, by kind.

    ``decides`` are the checks that its grade is down to, ``lowers`` all that found something.
    """

    is_lottery_doubted: bool = False
    decides: frozenset[str] = frozenset()
    lowers: frozenset[str] = frozenset()

    @property
    def is_chance_alone(self) -> bool:
        """Whether all that failed is the range that allows for repeated looks."""
        return self.decides == {"looks"}

    @property
    def is_of_answers(self) -> bool:
        """Whether those who answer may not stand for all."""
        return not self.lowers.isdisjoint(SUBJECTS["answers"])


def doubts_of(data: SiteData, e: Estimate) -> Doubts:
    """Return what was found against a headline."""
    rows = lowering(data, (e.outcome,))
    return Doubts(
        is_lottery_doubted(data),
        frozenset(row["check"] for row in rows if row["caps_at"] == e.credibility),
        frozenset(row["check"] for row in rows),
    )


def why_weak(data: SiteData, outcome: str) -> str:
    """Return what failed among an outcome's checks, as a sentence."""
    for row in records(data.credibility):
        if row["outcome"] == outcome and row["reasons"]:
            return _reasons(data, row)
    return "A check of it has failed."


def is_of_size_alone(data: SiteData, e: Estimate) -> bool:
    """Whether all that a grade lacks are designs of which none that has a direction has another."""
    worst = {
        row["check"] for row in lowering(data, (e.outcome,)) if row["caps_at"] == e.credibility
    }
    rivals = [find(data.comparison, e.outcome, e.horizon_days, d, e.estimand) for d in RIVALS]
    clear = [each for each in rivals if each.is_shown and each.verdict != "no_clear_difference"]
    same = [each for each in clear if each.is_below == e.is_below]
    return worst == {"designs"} and bool(clear) and len(same) == len(clear)


def _reasons(data: SiteData, row: Mapping[str, Any]) -> str:
    """Return why an outcome has its grade, with what the designs say that differ."""
    text = as_sentence(row["reasons"])
    lowered = {(each["check"], each["caps_at"]) for each in lowering(data, (row["outcome"],))}
    return f"{text}{_rivals(data, row)}" if ("designs", row["grade"]) in lowered else text


def _rivals(data: SiteData, row: Mapping[str, Any]) -> str:
    """Return what each design with other assumptions finds, after a space; nothing without any."""
    outcome = row["outcome"]
    horizons = {each["outcome"]: each["horizon_days"] for each in records(data.credibility)}
    estimand = RISKS if outcome in OUTCOMES else "mean_difference"
    told = []
    for design, name in RIVALS.items():
        e = find(data.comparison, outcome, horizons[outcome], design, estimand)
        if e.is_shown and e.verdict == "no_clear_difference":
            told.append(f"{name}: open, {range_in_words(e)}")
        elif e.is_shown:
            told.append(f"{name}: {difference(e)}, likely range {range_in_words(e)}")
    return f" {as_sentence('; '.join(told))}" if told else ""


def lowering(data: SiteData, outcomes: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return the checks that leave one of these outcomes less than the best grade."""
    rows = records(data.credibility_check)
    return [row for row in rows if row["outcome"] in outcomes and row["caps_at"] != "strong"]


def what_lowers(data: SiteData, outcomes: Sequence[str], told: str = "") -> list[Statement]:
    """Name each check that lowers a grade, once for all outcomes of which it says the same.

    The reasons of `told` stand beside the list already, and aren't said again.
    """
    grades = {row["outcome"]: row["grade"] for row in records(data.credibility)}
    asked = [outcome for outcome in outcomes if grades.get(outcome)]
    alike: dict[tuple[str, str], list[str]] = {}
    for row in lowering(data, asked):
        text = _reading(data, row)
        if row["outcome"] != told or row["caps_at"] != grades[told]:
            alike.setdefault((row["label"], text), []).append(row["outcome"])
    return [
        Statement("note", f"{label}{_of(data, about, asked)}.", text)
        for (label, text), about in alike.items()
    ]


def _of(data: SiteData, about: Sequence[str], of: Sequence[str]) -> str:
    """Name the outcomes that a check is about, where a page has others, too."""
    if len(about) == len(of):
        return ""
    names = [data.outcome_labels.get(each, each.replace("_", " ")).lower() for each in about]
    return f" ({joined(names)})"


def marked(told: Sequence[Statement], data: SiteData, outcome: str) -> list[Statement]:
    """Return statements on one outcome with the marks that they have on every page.

    What lowers the outcome's grade has no tick, and what bears the name of one of its checks has
    the mark of that check.
    """
    rows = list(records(data.credibility_check))
    named = {f"{row['label']}.": row for row in rows if row["outcome"] == outcome}
    lowered = {row["check"] for row in lowering(data, (outcome,))}
    anywhere = {row["check"] for row in rows if row["caps_at"] != "strong"}
    return [
        _as_check(each, named[each.head])
        if each.head in named
        else _without_tick(each, anywhere if each.subject in OF_EVERY_OUTCOME else lowered)
        for each in told
    ]


def _as_check(each: Statement, row: Mapping[str, Any]) -> Statement:
    """Give a statement the mark of the check that it is about, and what that mark is for."""
    why = f" {as_sentence(row['reading'])}" if row["check"] == "looks" else ""
    return replace(each, mark=_mark(row), text=f"{each.text}{why}")


def _without_tick(each: Statement, lowered: Collection[str]) -> Statement:
    if each.mark == "yes" and not set(lowered).isdisjoint(SUBJECTS.get(each.subject, ())):
        head = WITHOUT_PRAISE.get(each.subject, each.head)
        return replace(each, mark="note", head=head, text=f"{each.text} {WHY_NO_TICK}")
    return each


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


def is_lottery_held(data: SiteData) -> bool:
    """Whether a lottery is declared, and nothing doubts it."""
    return data.assignment != OBSERVED and not is_lottery_doubted(data)


def grade_rows(data: SiteData) -> list[tuple[str, ...]]:
    """Return one row per outcome: its grade, the reasons and what would raise it."""
    rows: list[tuple[str, ...]] = []
    for row in sorted(records(data.credibility), key=_place):
        name = data.outcome_labels.get(row["outcome"], row["outcome"].replace("_", " "))
        if row["grade"] is None:
            rows.append((capitalised(name), DASH, as_sentence(why_missing(row)), DASH))
            continue
        reasons = _reasons(data, row) if row["reasons"] else _all_passed(row)
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
            told.append(Statement(_mark(row), f"{row['label']}.", _reading(data, row)))
    return sorted(told, key=lambda each: ("note", "off", "yes").index(each.mark))


def _mark(row: Mapping[str, Any]) -> Mark:
    """Return the mark of a check: what lowers the grade has none but this, made or not."""
    if row["caps_at"] != "strong":
        return "note"
    return {"passed": "yes", "not_made": "off"}.get(row["level"], "note")  # type: ignore[return-value]


def _reading(data: SiteData, row: Mapping[str, Any]) -> str:
    text = as_sentence(row["reading"])
    if row["caps_at"] == "strong":
        return text
    if row["check"] == "designs":
        text += _rivals(data, row)
    return f"{text} Credibility: {GRADES[row['caps_at']].lower()} at best."
