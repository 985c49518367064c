"""The verdict on a claim: one function, in this order.

1. not_testable_here: nothing an organisation's records hold could test it.
2. supported: a deciding estimate (or all of them, where the claim needs all) lies on the claim's
   side, beyond chance, and none lies beyond chance on the other side.
   Not where a placebo of the claim finds something (`placebo`), where an estimate that should
   confirm it doesn't (`confirms`), where such estimates can't bear it
   (`at_most`), where the headline that it takes over is weak or not credible, or where more than
   5 % of the register's claims that are as clear would be false (Benjamini & Hochberg 1995); then
   it is unclear.
3. not_supported: a deciding estimate lies beyond chance on the other side, and none on the claim's.
4. unclear: there are estimates, and they say neither, or both.
5. Without any deciding estimate that can bear a verdict: not_reportable if one of them is withheld
   or hidden, else too_little_data.

Beside it stands a status: shown with a verdict from 2 to 4. A claim that can't be tested here is
not_reportable: no data could carry it. Without a verdict it is the first of `WHY_NO_VERDICT` that a
deciding estimate has.

"Beyond chance" means: the 95 % interval excludes no difference and, where several deciding
estimates are told together (a family), the p-value corrected after Holm (1979, Scand J Stat 6:65)
is under 5 %. Where all are needed and one has too little data, the claim is never supported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipelines.claims.claim_estimate import ClaimEstimate
from pipelines.contracts.claims import Claim, ClaimVerdict, EstimateSpec
from pipelines.core.status import (
    NO_DATA,
    NOT_REPORTABLE,
    SHOWN,
    SUPPRESSED,
    TOO_EARLY,
    TOO_LITTLE_DATA,
    Status,
)

WHY_NO_VERDICT: tuple[Status, ...] = (
    NOT_REPORTABLE,
    SUPPRESSED,
    TOO_LITTLE_DATA,
    TOO_EARLY,
    NO_DATA,
)
"""What a claim's status is where none of its deciding estimates can bear a verdict."""
CHANCE = 0.05
"""A corrected p-value under this is beyond chance."""


@dataclass(frozen=True)
class AdjustedEstimate:
    """An estimate's contract, its result, and its p-value corrected within its family.

    The corrected p-value is None where the estimate decides nothing or has none.
    """

    spec: EstimateSpec
    found: ClaimEstimate
    adjusted_p_value: float | None = None
    is_carried: bool = True
    """Whether the headline that it takes over has a grade of credibility that carries a verdict."""


def side(adjusted: AdjustedEstimate) -> int:
    """Return 1 where an estimate speaks for its claim, -1 against it, 0 where chance explains it.

    Only an estimate that is shown and has a side in the contract says anything.
    """
    found, spec = adjusted.found, adjusted.spec
    if found.status != SHOWN or spec.expects is None:
        return 0
    if found.conf_low is None or found.conf_high is None:
        return 0
    if _is_chance(adjusted) or not adjusted.is_carried:
        return 0
    sign = 1 if spec.expects == "higher" else -1
    if found.conf_low > spec.no_difference:
        return sign
    if found.conf_high < spec.no_difference:
        return -sign
    return 0


def _is_chance(adjusted: AdjustedEstimate) -> bool:
    """Whether the correction for several estimates leaves it within chance.

    An estimate by itself isn't corrected; its interval alone says so.
    """
    corrected, p_value = adjusted.adjusted_p_value, adjusted.found.p_value
    return corrected is not None and corrected != p_value and corrected >= CHANCE


def status_of(claim: Claim, adjusted: Sequence[AdjustedEstimate]) -> Status:
    """Say whether a claim has a verdict, and if not, what stands in its way."""
    if not claim.is_testable:
        return NOT_REPORTABLE
    found = {each.found.status for each in adjusted if each.spec.decides}
    if SHOWN in found:
        return SHOWN
    return next((status for status in WHY_NO_VERDICT if status in found), NO_DATA)


def has_failed_placebo(adjusted: Sequence[AdjustedEstimate]) -> bool:
    """Whether something is found where nothing can be, so that the others prove nothing."""
    return any(
        each.found.conf_low is not None
        and each.found.conf_high is not None
        and not each.found.conf_low <= each.spec.no_difference <= each.found.conf_high
        for each in adjusted
        if each.spec.placebo and each.found.status == SHOWN
    )


def is_unconfirmed(adjusted: Sequence[AdjustedEstimate]) -> bool:
    """Whether an estimate that should confirm the others doesn't lie on its side beyond chance."""
    return any(
        side(replace(each, spec=each.spec.model_copy(update={"expects": each.spec.confirms}))) < 1
        for each in adjusted
        if each.spec.confirms is not None
    )


def p_of(claim: Claim, adjusted: Sequence[AdjustedEstimate]) -> float | None:
    """Return a claim's p-value among the claims of the register; None without any.

    That of its clearest deciding estimate, or of its least clear one where all are needed.
    """
    found = [
        each.found.p_value if each.adjusted_p_value is None else each.adjusted_p_value
        for each in adjusted
        if each.spec.decides and each.found.status == SHOWN
    ]
    known = [p for p in found if p is not None]
    if not known:
        return None
    return max(known) if claim.needs == "all" else min(known)


def verdict_of(
    claim: Claim, adjusted: Sequence[AdjustedEstimate], q_value: float | None = None
) -> ClaimVerdict:
    """Hand out the verdict word of a claim from all its estimates.

    `q_value` is the share of false discoveries among the claims that are as clear.
    """
    word = _by_sides(claim, adjusted)
    if word != "supported":
        return word
    is_doubted = has_failed_placebo(adjusted) or is_unconfirmed(adjusted)
    if claim.at_most == "unclear" or is_doubted or is_one_of_many(claim, adjusted, q_value):
        return "unclear"
    return word


def is_one_of_many(
    claim: Claim, adjusted: Sequence[AdjustedEstimate], q_value: float | None
) -> bool:
    """Whether its estimates lie where it expects, but so many claims are held up that chance may.

    `q_value` is the share of false discoveries among the claims that are as clear.
    """
    by_itself = _by_sides(claim, adjusted) == "supported"
    return by_itself and q_value is not None and q_value >= CHANCE


def _by_sides(claim: Claim, adjusted: Sequence[AdjustedEstimate]) -> ClaimVerdict:
    if not claim.is_testable:
        return "not_testable_here"
    deciding = [each for each in adjusted if each.spec.decides]
    status = status_of(claim, adjusted)
    if status != SHOWN:
        is_withheld = status in (NOT_REPORTABLE, SUPPRESSED)
        return "not_reportable" if is_withheld else "too_little_data"
    sides = [side(each) for each in deciding]
    speaks_for = min(sides) > 0 if claim.needs == "all" else max(sides) > 0
    if speaks_for and min(sides) >= 0:
        return "supported"
    if min(sides) < 0 and max(sides) <= 0:
        return "not_supported"
    return "unclear"
