"""What the pages say of rounding: which outcomes are rounded, and to the weight of how many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from dashboards.data import SiteData
from dashboards.formats import plural
from pipelines.contracts.tables import load_metrics

FACT, RESTRICTED, CONFIDENTIAL = "fact", "restricted", "confidential"
_KINDS_OF_EXIT = ("voluntary_exit", "involuntary_exit")


def confidentiality(outcome: str, data: SiteData) -> str:
    """Return how an outcome is treated; how people left is a plain fact where it is set open."""
    if outcome in _KINDS_OF_EXIT and data.exit_kind == "open":
        return FACT
    return _by_outcome().get(outcome, FACT)


def people_of(outcome: str, data: SiteData) -> int:
    """Return to the weight of how many people an outcome's figures are rounded; 0 is exact."""
    grids = {FACT: 0, RESTRICTED: data.grid, CONFIDENTIAL: data.grid_confidential}
    return grids[confidentiality(outcome, data)]


def rounding_note(outcomes: Iterable[str], data: SiteData) -> str:
    """Return one quiet note for a chart or table; empty where everything in it is exact."""
    kinds = {confidentiality(each, data) for each in outcomes}
    at_work = data.grid if RESTRICTED in kinds else 0
    answers = data.grid_confidential if CONFIDENTIAL in kinds else 0
    if not at_work and not answers:
        return ""
    facts = "; all leavers are exact" if FACT in kinds else ""
    return f"{_rounded(at_work, answers, kinds)}{facts}"


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
