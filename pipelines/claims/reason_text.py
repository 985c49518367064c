"""The reason beside a claim's verdict: its deciding estimates in words, computed from them."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.claims.claim_estimate import ClaimEstimate
from pipelines.claims.verdict import (
    CHANCE,
    AdjustedEstimate,
    has_failed_placebo,
    is_one_of_many,
    is_unconfirmed,
    side,
)
from pipelines.contracts.claims import Claim, EstimateSpec
from pipelines.core.figures import figures, unit_in_words
from pipelines.core.status import SHOWN

NOT_TESTABLE = "nothing in an organisation’s records could test it"


def reason_of(
    claim: Claim, adjusted: Sequence[AdjustedEstimate], q_value: float | None = None
) -> str:
    """Say what the verdict rests on, estimate by estimate, and what to bear in mind."""
    if not claim.is_testable:
        return NOT_TESTABLE
    parts = [_sentence(each) for each in adjusted if each.spec.decides]
    if has_failed_placebo(adjusted):
        parts += [_sentence(each) for each in adjusted if each.spec.placebo]
        parts.append("something is found where nothing can be, so the others prove nothing")
    elif any(side(each) > 0 for each in adjusted) and is_unconfirmed(adjusted):
        parts += [_sentence(each) for each in adjusted if each.spec.confirms]
        parts.append("that doesn’t confirm the others")
    elif q_value is not None and is_one_of_many(claim, adjusted, q_value):
        parts.append(_among_all(q_value))
    if claim.note is not None:
        parts.append(claim.note)
    return "; ".join(parts)


def _among_all(q_value: float) -> str:
    """Say that of so many claims some look as clear by chance."""
    found, limit = (figures(q, "fraction 0-1", is_signed=False) for q in (q_value, CHANCE))
    return (
        f"among so many claims, {found} of 100 findings as clear as this would be chance alone, "
        f"and a fit needs fewer than {limit}"
    )


def _sentence(adjusted: AdjustedEstimate) -> str:
    spec, found = adjusted.spec, adjusted.found
    if found.estimate is None:
        return f"{spec.label}: {found.reason or 'no estimate'}"
    text = f"{spec.label}: {_number(found, found.estimate, spec)}{_interval(found, spec)}"
    if found.status != SHOWN:
        return f"{text}, {found.reason}"
    if not adjusted.is_carried and _excludes(found, spec):
        return f"{text}, but a check of its credibility has failed"
    p_value = adjusted.adjusted_p_value
    if p_value is not None and side(adjusted) == 0 and _excludes(found, spec):
        return f"{text}, but p = {p_value:.3f} corrected for several estimates"
    return text


def _excludes(found: ClaimEstimate, spec: EstimateSpec) -> bool:
    if found.conf_low is None or found.conf_high is None:
        return False
    return found.conf_low > spec.no_difference or found.conf_high < spec.no_difference


def _interval(found: ClaimEstimate, spec: EstimateSpec) -> str:
    if found.conf_low is None or found.conf_high is None:
        return ""
    low, high = (_plain(found, end, spec) for end in (found.conf_low, found.conf_high))
    is_rounded = found.rounding is not None and found.status != SHOWN
    about = "about " if is_rounded else ""  # beside the limit that they are under
    people = "" if found.n_people is None else f"; {about}{found.n_people:,} people"
    return f" (likely range {low} to {high}{people})"


def _number(found: ClaimEstimate, value: float, spec: EstimateSpec) -> str:
    return f"{_plain(found, value, spec)} {unit_in_words(spec.unit)}".strip()


def _plain(found: ClaimEstimate, value: float, spec: EstimateSpec) -> str:
    has_side = spec.expects is not None or spec.confirms is not None or spec.placebo
    is_difference = spec.no_difference == 0.0 and bool(has_side)
    all_of_it = (found.estimate, found.conf_low, found.conf_high)
    return figures(value, spec.unit, is_signed=is_difference, beside=all_of_it)
