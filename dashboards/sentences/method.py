"""What the page on the comparison says: the designs side by side, and what it would take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from dashboards.data import SiteData
from dashboards.estimates import Estimate, find, matching, missing_word, records
from dashboards.formats import DASH, capitalised, directed, joined, likely_range, plural, with_minus
from dashboards.labels import OBSERVED, OUTCOMES, within
from dashboards.sentences.credibility import is_lottery_doubted, is_lottery_held, marked
from dashboards.sentences.phrases import Statement, as_sentence, difference, together
from dashboards.sentences.tiles import verdict_word

REWEIGHTED = "reweighted"
"""What the weighted design is called under a lottery, where it isn't the headline."""
DESIGNS: dict[str, tuple[str, str]] = {
    "unadjusted": ("Simple comparison", "people as they are"),
    "weighted": ("Weighted (headline)", "weighted until both groups look alike"),
    "doubly_robust": ("Doubly robust", "weights and a model of the outcome together"),
    "sustained": ("Sustained", "as long as the kind of coaching lasts"),
    "coach_preference": ("Coach’s leaning", "the coach’s habit in place of the choice"),
    "within_coach": ("Within each coach", "people of one coach against each other"),
    "training_rollout": ("Training roll-out", "coaches trained against coaches yet to be"),
}
"""The name of each design and what it compares, in the order of the page."""

OTHER_ASSUMPTIONS = ("coach_preference", "within_coach")
"""Designs whose agreement with the headline tells something: they share none of its models."""


def designs_of(data: SiteData) -> dict[str, tuple[str, str]]:
    """Return the designs by name; where a lottery decided, the headline is as it assigned."""
    if data.assignment == OBSERVED:
        return DESIGNS
    out = "differences" if is_lottery_doubted(data) else "chance differences"
    out = f"calendar and {out}" if data.assignment == "stepped" else out
    drawn = ("As assigned (headline)", f"as they were assigned, {out} taken out")
    beside = ("Weighted", DESIGNS["weighted"][1])
    first = {"unadjusted": DESIGNS["unadjusted"], "weighted": drawn, "reweighted": beside}
    return first | {name: told for name, told in DESIGNS.items() if name not in first}


LEAVE_ONE_OUT = ("leave_one_site_out", "leave_one_coach_out")
"""Checks that tell from where to where the difference moves, which is no likely range."""
CHECKS: dict[str, str] = {
    "permutation": "The lottery drawn again",
    "e_value": "Something unknown",
    "e_value_of_limit": "The end of the range",
    "negative_control": "Before the first session",
    "new_people": "New people alone",
    "poor_reading": "If scores are a poor reading",
    "leave_one_site_out": "Without each site",
    "leave_one_coach_out": "Without each coach",
    "complete_case": "Complete records only",
    "misclassified_style_1_in_20": "One label in 20 wrong",
    "misclassified_style_1_in_10": "One label in 10 wrong",
    "misclassified_style_as_coded": "Labels against behaviours",
    "rate_by_regression": "By regression alone",
}
"""The name of each sensitivity check that the page tells; others stand in the analysts' file."""
_UNKNOWN = ("e_value", "e_value_of_limit")


def design_rows(data: SiteData, outcome: str, horizon: int) -> list[tuple[str, ...]]:
    """Return one row per design of that horizon: what it compares, its difference and verdict."""
    asked = _asked(data, outcome, horizon)
    return [(name, what, *_cells(found)) for name, what, found in asked]


def _asked(data: SiteData, outcome: str, horizon: int) -> list[tuple[str, str, Estimate]]:
    """The designs that ask about that horizon, with their estimates."""
    every = _every(data, outcome, horizon)
    return [each for each in every if each[2].horizon_days == horizon]


def _every(data: SiteData, outcome: str, horizon: int) -> list[tuple[str, str, Estimate]]:
    designs = designs_of(data).items()
    return [(name, what, _found(data, outcome, horizon, key)) for key, (name, what) in designs]


def _found(data: SiteData, outcome: str, horizon: int, design: str) -> Estimate:
    """A design's estimate at the horizon, or at its own where it has another."""
    rows = matching(data.comparison, design=design, outcome=outcome, segment="all")
    own = rows["horizon_days"].to_list()
    return find(
        data.comparison, outcome, horizon if horizon in own or not own else max(own), design
    )


def elsewhere(data: SiteData, outcome: str, horizon: int) -> list[Statement]:
    """Return what designs with a horizon of their own find, apart from those that are counted."""
    told = []
    for name, what, found in _every(data, outcome, horizon):
        if found.horizon_days != horizon and found.is_shown:
            size, span, word = _cells(found)
            head = f"{name}, {within(found.horizon_days)}."
            text = f"{capitalised(what)}: {size}, likely range {span}. {word}"
            told.append(Statement("off", head, f"{text}; not counted above."))
    return told


def _cells(found: Estimate) -> tuple[str, str, str]:
    word = verdict_word(found)
    if not found.has_numbers or not found.is_shown:
        return (missing_word(found.status), DASH, word)
    value, low, high = found.on_screen
    size = directed(value, "fewer", "more")
    return (size, likely_range(low, high, "fewer", "more"), word)


def finding(data: SiteData, outcome: str, horizon: int) -> str:
    """Return how many of the designs find a difference, and on which side.

    A design whose likely range includes zero leaves it open, whatever its estimate.
    """
    return agreement([found for _, _, found in _asked(data, outcome, horizon)])


def agreement(found: Sequence[Estimate]) -> str:
    """Return how many of several designs' estimates of one outcome find a difference."""
    shown = [each for each in found if each.is_shown]
    if not shown:
        return "No design gives an answer yet"
    clear = [each for each in shown if each.verdict != "no_clear_difference"]
    n_fewer = len([each for each in clear if each.is_below])
    n_more = len(clear) - n_fewer
    n_open = len(shown) - len(clear)
    designs = plural(len(shown), "design", "designs")
    fewer, more = outcome_sides(shown[0])
    if not n_fewer and not n_more and len(shown) == 1:
        return "The one design that gives an answer finds no clear difference"
    if not n_fewer and not n_more:
        return f"Not one of the {designs} that give an answer finds a clear difference"
    if len(shown) > 1 and len(shown) in (n_fewer, n_more):
        every = "Both" if len(shown) == 2 else f"All {len(shown)}"
        side = fewer if n_fewer else more
        return f"{every} designs that give an answer find {side}"
    sides = [
        f"{n_fewer} {_find(n_fewer)} {fewer}" if n_fewer else "",
        f"{n_more} {_find(n_more)} the opposite" if n_fewer and n_more else "",
        f"{n_more} {_find(n_more)} {more}" if n_more and not n_fewer else "",
        f"{n_open} {'leaves' if n_open == 1 else 'leave'} it open" if n_open else "",
    ]
    return f"Of {designs} that give an answer, {joined([side for side in sides if side])}"


def outcome_sides(estimate: Estimate) -> tuple[str, str]:
    """Return what a design finds below zero and above it: "that fewer people leave"."""
    if estimate.estimand == "risk_difference":
        happen = OUTCOMES[estimate.outcome].happen
        return f"that fewer people {happen}", f"that more people {happen}"
    whom = "customers " if estimate.outcome == "customer_satisfaction" else ""
    return f"{whom}{estimate.measure.below}", f"{whom}{estimate.measure.above}"


def _find(n: int) -> str:
    return "finds" if n == 1 else "find"


def reasons(data: SiteData, outcome: str, horizon: int) -> list[Statement]:
    """Return why the designs without an answer have none, once for those of one reason."""
    told = [
        Statement("off", f"{name}.", as_sentence(found.why_not))
        for name, _, found in _every(data, outcome, horizon)
        if not found.is_shown
    ]
    return together(told)


def checks(data: SiteData, outcome: str) -> list[Statement]:
    """Return what each sensitivity check says in its own words, with its mark on every page.

    Where a lottery decided, nothing unknown sets the groups apart: how strong it would have to be
    isn't asked.
    """
    asked = {name for name in CHECKS if not (is_lottery_held(data) and name in _UNKNOWN)}
    told: list[Statement] = []
    for row in records(data.sensitivity):
        is_asked = row["outcome"] == outcome or row["check"] == "negative_control"
        text = with_minus(row["reading"] or row["reason"] or "")
        if row["check"] in asked and is_asked and text:
            mark: Literal["yes", "note", "off"] = "note" if row["reading"] else "off"
            mark = "yes" if _has_passed(data, row) else mark
            head = f"{CHECKS[row['check']]}."
            told.append(Statement(mark, head, as_sentence(text), row["check"]))
    order = list(CHECKS)
    return marked(sorted(told, key=lambda each: order.index(each.subject)), data, outcome)


def prefaced(data: SiteData, headline: Estimate) -> list[Statement]:
    """Return the checks; under a lottery, what they start from behind the one that starts there."""
    told = checks(data, headline.outcome)
    start = checked_of(data, headline)
    if data.assignment == OBSERVED or not start.is_shown:
        return told
    drawn = [each for each in told if each.subject == "permutation"]
    rest = [each for each in told if each.subject != "permutation"]
    text = f"What follows starts from it ({difference(start)}), not from the one as assigned."
    return [*drawn, *([Statement("note", "The weighted difference.", text)] if rest else []), *rest]


def checked_of(data: SiteData, headline: Estimate) -> Estimate:
    """Return the weighted estimate that the checks start from: the headline but under a lottery."""
    if data.assignment == OBSERVED:
        return headline
    key = (headline.outcome, headline.horizon_days, REWEIGHTED, headline.estimand)
    return find(data.comparison, *key)


def _has_passed(data: SiteData, row: Mapping[str, Any]) -> bool:
    """Whether a check speaks for the headline; a value alone doesn't, nor does a figure to weigh.

    Under a lottery the checks start from the weighted difference, and speak for that.

    The negative control must find nothing; a comparison without some people, or with other labels,
    must come to the headline's own verdict on either end of its range. Without a direction in the
    headline, a difference that stays on one side whoever is left out speaks for it, too.
    """
    if row["reason"] or row["verdict"] is None:
        return False
    if row["check"] == "negative_control":
        return bool(row["verdict"] == "no_clear_difference")
    estimand = "mean_difference" if row["estimand"] == "rate_ratio" else row["estimand"]
    design = "weighted" if data.assignment == OBSERVED else REWEIGHTED
    headline = find(data.comparison, row["outcome"], row["horizon_days"], design, estimand)
    is_open = row["check"] in LEAVE_ONE_OUT and headline.verdict == "no_clear_difference"
    return headline.is_shown and (is_open or bool(row["verdict"] == headline.verdict))
