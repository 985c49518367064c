"""What the small print at the foot of the summary says of this publication."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.figures.balance import BalanceInfo
from dashboards.formats import capitalised, joined, lowered
from dashboards.labels import OBSERVED, Arms
from pipelines.core.status import NO_DATA, NOT_REPORTABLE, SUPPRESSED, words

_NAMED = 14


_ALIKE = {
    "by_person": "The one as assigned takes people as drawn one by one; the others allow for "
    "people who share a coach being alike.",
    "stepped": "The one as assigned allows for people being alike who went over together, the "
    "others for those who share a coach.",
}
_OF_ONE_COACH = "It allows for people who share a coach being alike."


def allowed_for(assignment: str) -> str:
    """Return who may be alike without a likely range being too narrow for it."""
    return _ALIKE.get(assignment, _OF_ONE_COACH)


def not_adjusted(balance: BalanceInfo, assignment: str) -> str:
    """Return that nothing is adjusted and why; empty where weights are there or aren't told."""
    can_be = balance.rows or balance.status not in (NO_DATA, NOT_REPORTABLE, SUPPRESSED)
    if assignment != OBSERVED or can_be:
        return ""
    if balance.status == SUPPRESSED:
        return "Here nothing that is adjusted is shown: it is hidden for privacy."
    why = balance.why_empty.removeprefix(f"{capitalised(words(NO_DATA))}: ")
    return f"Here nothing is adjusted: {lowered(why)}"


def adjusted(
    covariates: Sequence[str], arms: Arms, assignment: str, *, is_doubted: bool = False
) -> str:
    """Return what adjusting does, to complete "Adjusted means that …".

    ``is_doubted``: whether a check doubts that the declared lottery decided.
    """
    listed = _listed(covariates)
    if assignment != OBSERVED and is_doubted:
        what = f": {listed}" if listed else ""
        return (
            "what sets the two groups apart is taken out, be it by chance or not, as far as it was "
            f"recorded before the first session{what}"
        )
    if assignment != OBSERVED:
        what = f": {listed}" if listed else ""
        return (
            "what the lottery left apart between the two groups by chance is taken out, as far as "
            f"it was recorded before the first session{what}"
        )
    made = f"people are weighted so that {arms.both} had the same"
    if not listed:
        return f"{made} recorded mix before the first session"
    return f"{made} mix before the first session of: {listed}"


def _listed(covariates: Sequence[str]) -> str:
    names = [lowered(name) for name in covariates[:_NAMED]]
    more = len(covariates) - len(names)
    return joined([*names, f"{more} more"] if more else names)
