"""The small print at the foot of the page."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.formats import joined, shortened
from dashboards.labels import Arms

_NAMED = 14


def notes(arms: Arms, covariates: Sequence[str], min_group: int) -> list[tuple[str, str]]:
    """Return the notes as pairs of a term and what it means here."""
    return [
        (
            "Likely range",
            "is a 95% confidence interval: if this were repeated many times, about 95 in 100 such "
            "ranges would hold the true figure. It allows for people who share a coach being "
            "alike.",
        ),
        ("Adjusted", f"means that people are weighted so that {arms.both} {_mix(covariates)}."),
        (
            "Counting",
            "starts on day 0, the day of a person’s first session of either kind, and everyone "
            "stays in the group of that session. Exits on later days count; people still employed "
            "when the data ends are followed until then.",
        ),
        (
            "Leaving by choice",
            "is an exit recorded as voluntary; a dismissal is one recorded as involuntary. All "
            "leavers are both and any other exit. Once a person has left one way, they can’t "
            "leave another.",
        ),
        (
            "Better and worse",
            f"are said of the group named first, “{shortened(arms.a, 40)}”. No clear difference "
            "means that the likely range includes zero, not that the two are the same.",
        ),
        (
            "Privacy.",
            f"“Hidden for privacy” stands where too few people ({min_group}), coaches or leavers "
            "would show, or all alike; hidden figures are not in this file. “No data” stands where "
            "there is nothing to show, “too early” where nobody can have been followed for so long "
            "yet, “not reportable” where the data can’t bear it.",
        ),
    ]


def _mix(covariates: Sequence[str]) -> str:
    if not covariates:
        return "had the same recorded mix before day 0"
    names = [name[:1].lower() + name[1:] for name in covariates[:_NAMED]]
    more = len(covariates) - len(names)
    listed = joined([*names, f"{more} more"] if more else names)
    return f"had the same mix before day 0 of: {listed}"
