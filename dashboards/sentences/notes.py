"""What the small print at the foot of the summary says of this publication."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.formats import joined, lowered
from dashboards.labels import OBSERVED, Arms

_NAMED = 14


def adjusted(covariates: Sequence[str], arms: Arms, assignment: str) -> str:
    """Return what adjusting does, to complete "Adjusted means that …"."""
    listed = _listed(covariates)
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
