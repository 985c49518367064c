"""What the small print at the foot of the summary says of this publication."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.formats import joined, lowered

_NAMED = 14


def mix(covariates: Sequence[str]) -> str:
    """Return in what the two groups are made alike, to complete "so that they …"."""
    if not covariates:
        return "had the same recorded mix before the first session"
    names = [lowered(name) for name in covariates[:_NAMED]]
    more = len(covariates) - len(names)
    listed = joined([*names, f"{more} more"] if more else names)
    return f"had the same mix before the first session of: {listed}"
