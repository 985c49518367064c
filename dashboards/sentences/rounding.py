"""What the pages say of rounding: which outcomes are rounded, and to the weight of how many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import polars as pl

from dashboards.data import SiteData
from dashboards.formats import joined, plural
from dashboards.sentences.leavers import leavers
from dashboards.trends import series
from pipelines.contracts.tables import load_metrics

ANSWERED = "emotional_exhaustion"
"""The outcome in whose place it stands who answered at all."""
FACT, RESTRICTED, CONFIDENTIAL = "fact", "restricted", "confidential"
_KINDS_OF_EXIT = ("voluntary_exit", "involuntary_exit")
_FIGURES = ("value_a", "value_b", "estimate")
_HAS_FIGURES = pl.any_horizontal(pl.col(_FIGURES).is_not_null())
_EVERYBODY = "all"
_BY_ITSELF = "each is rounded by itself, so that two needn’t make up their difference"
_OF_WORK = ("customer_satisfaction", "handle_time", "first_contact_resolution")
_ANSWERS_AND_ABSENCE = ("unplanned_absence", "exhaustion")


def confidentiality(outcome: str, data: SiteData) -> str:
    """Return how an outcome is treated; how people left is a plain fact where it is set open."""
    if outcome in _KINDS_OF_EXIT and data.exit_kind == "open":
        return FACT
    return _by_outcome().get(outcome, FACT)


def people_of(outcome: str, data: SiteData) -> int:
    """Return to the weight of how many people an outcome's figures are rounded; 0 is exact."""
    grids = {FACT: 0, RESTRICTED: data.grid, CONFIDENTIAL: data.grid_confidential}
    return grids[confidentiality(outcome, data)]


def rounding_note(outcomes: Iterable[str], data: SiteData, of_parts: str = "") -> str:
    """Return one quiet note for a chart or table; empty where everything in it is exact.

    ``of_parts`` is what has to be said of parts of the workforce besides.
    """
    kinds = {confidentiality(each, data) for each in outcomes}
    at_work = data.grid if RESTRICTED in kinds else 0
    answers = data.grid_confidential if CONFIDENTIAL in kinds else 0
    if not at_work and not answers:
        return ""
    facts = "; all leavers are exact" if FACT in kinds else ""
    return f"{_rounded(at_work, answers, kinds)}{of_parts}{facts}"


def note_of_figures(
    outcomes: Iterable[str], data: SiteData, *, are_groups_told: bool = False
) -> str:
    """Return the note for what the comparison has figures of; empty where it has none of these.

    Where the figures of both groups stand beside their difference, it says why they needn't add up.
    """
    told = set(data.comparison.filter(_HAS_FIGURES)["outcome"])
    curve = data.retention_curve
    told |= {kind for kind in _KINDS_OF_EXIT if kind in curve and curve[kind].is_not_null().any()}
    listed = [each for each in outcomes if each in told]
    note = rounding_note(listed, data, _of_parts(listed, data))
    return f"{note}; {_BY_ITSELF}" if note and are_groups_told else note


def _of_parts(outcomes: Iterable[str], data: SiteData) -> str:
    """Say how much more coarsely it is told how people left a part, where it is."""
    kinds = [each for each in outcomes if each in _KINDS_OF_EXIT]
    of_parts = data.comparison.filter(
        _HAS_FIGURES, pl.col("outcome").is_in(kinds), pl.col("segment") != _EVERYBODY
    )
    return "" if of_parts.is_empty() else parts_note(data)


def parts_note(data: SiteData) -> str:
    """Return, to follow a note on rounding, how coarsely leaving is told of parts."""
    step = data.kinds_step_of_parts
    return f", ways of leaving in parts to steps of {step:,}" if step else ""


def note_of_answers(data: SiteData) -> str:
    """Return the note for who answered; empty where no quarter shows it."""
    is_told = data.response_rate["response_rate"].is_not_null().any()
    return rounding_note([ANSWERED], data) if is_told else ""


def note_of_claims(data: SiteData) -> str:
    """Return the note for the estimates behind claims, as far as they have figures."""
    told = data.claim_estimate.filter(pl.col("estimate").is_not_null())["outcome"]
    return rounding_note([each for each in told.drop_nulls() if each in _by_outcome()], data)


def months_note(data: SiteData) -> str:
    """Return how far the months' figures are rounded; empty where all that are told are exact."""
    left, work, answers = (
        people_of(each, data) for each in ("voluntary_exit", "quality_score", ANSWERED)
    )
    is_left_told = leavers(data).has_figures or _has_month(data, "voluntary_exits")
    is_work_told = any(_has_month(data, each) for each in _OF_WORK)
    restricted = ["how people left"] if left and is_left_told else []
    restricted += ["work with customers"] if work and is_work_told else []
    steps = plural(data.grid, "person", "people")
    parts = [f"{joined(restricted)} to steps of {steps}"] if restricted else []
    if answers and any(_has_month(data, each) for each in _ANSWERS_AND_ABSENCE):
        people = f"{answers:,}" if restricted else plural(answers, "person", "people")
        parts.append(f"answers and absence to steps of {people}")
    return f"Rounded: {', '.join(parts)}." if parts else ""


def _has_month(data: SiteData, measure: str) -> bool:
    return series(data.trend, measure).newest is not None


def _rounded(at_work: int, answers: int, kinds: set[str]) -> str:
    people = plural(at_work or answers, "person", "people")
    told = f"Rounded to steps of {people}"
    if at_work == answers or not {RESTRICTED, CONFIDENTIAL} <= kinds:
        return told
    if not at_work:
        return f"Answers and absence are rounded to steps of {people}"
    return f"{told}, answers and absence {f'to steps of {answers:,}' if answers else 'are exact'}"


def outcomes_of(kind: str, data: SiteData) -> list[str]:
    """Return the names of the outcomes that are treated alike, as they stand inside a sentence."""
    return [
        metric.label[:1].lower() + metric.label[1:]
        for metric in load_metrics()
        if confidentiality(metric.outcome, data) == kind
    ]


@cache
def _by_outcome() -> Mapping[str, str]:
    return {metric.outcome: metric.confidentiality for metric in load_metrics()}
