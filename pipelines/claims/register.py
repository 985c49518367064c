"""The register evaluated: every claim's estimates, corrected, judged and put into words.

Adding a claim is an entry in ``contracts/claims/``; only a new way of estimating needs a
function, which gets its key in `ESTIMATORS`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import polars as pl

from pipelines.claims.alpha import AlphaParameters, alpha
from pipelines.claims.claim_estimate import (
    ESTIMATE_SCHEMA,
    ClaimEstimate,
    no_data,
    rounded,
    withheld,
    within_scale,
    without_small_counts,
)
from pipelines.claims.contrast import ContrastParameters, contrast
from pipelines.claims.frames import ClaimInputs, Parameters, can_be_followed, never_delivered
from pipelines.claims.headline import HeadlineParameters, WorthParameters, headline, worth
from pipelines.claims.means import (
    CorrelationParameters,
    MeanParameters,
    ShareParameters,
    correlation,
    mean,
    share,
)
from pipelines.claims.reason_text import reason_of
from pipelines.claims.slope import SlopeParameters, slope
from pipelines.claims.training import TrainingParameters, training
from pipelines.claims.verdict import AdjustedEstimate, p_of, status_of, verdict_of
from pipelines.contracts.claims import Claim, EstimateSpec
from pipelines.core.status import Absence, not_followed_yet
from pipelines.estimators.kernels.multiplicity import false_discovery, holm

Estimator = Callable[[EstimateSpec, Any, ClaimInputs], ClaimEstimate]

ESTIMATORS: Mapping[str, tuple[type[Parameters], Estimator]] = {
    "headline": (HeadlineParameters, headline),
    "worth": (WorthParameters, worth),
    "contrast": (ContrastParameters, contrast),
    "slope": (SlopeParameters, slope),
    "training": (TrainingParameters, training),
    "share": (ShareParameters, share),
    "mean": (MeanParameters, mean),
    "correlation": (CorrelationParameters, correlation),
    "alpha": (AlphaParameters, alpha),
}

FROM_RELEASED = ("headline", "worth")
"""Estimators that quote released figures, which are rounded already."""
OF_COURSES = ("first_sign",)
"""Frames whose exposure is a course, whatever the estimator."""
DAYS_BEFORE_COACHES = 180
"""Days of coaching after which coaches are followed (`marts.coach_entry`)."""
DESIGNS = {"contrast": "weighted", "training": "training_rollout"}
"""The designs of ``outcomes.comparison`` that estimators share, beside the headline's own."""

CLAIM_SCHEMA: dict[str, pl.DataType] = {
    "claim": pl.String(),
    "wording": pl.String(),
    "source": pl.String(),
    "tested_by": pl.String(),
    "verdict": pl.String(),
    "status": pl.String(),
    "reason": pl.String(),
    "n_estimates": pl.Int64(),
    "q_value": pl.Float64(),
    "estimator": pl.String(),
    "outcome": pl.String(),
    "design": pl.String(),
    "estimand": pl.String(),
    "horizon_days": pl.Int64(),
}


@dataclass(frozen=True)
class Register:
    """The two published frames: claims, and the estimates that test them."""

    claims: pl.DataFrame
    estimates: pl.DataFrame


def evaluate(
    claims: Sequence[Claim], inputs: ClaimInputs, not_reportable: Mapping[str, Absence]
) -> Register:
    """Estimate every claim and give it a verdict; ``not_reportable``: withheld outcomes and why.

    Too little data never raises: it becomes a verdict with a reason.
    """
    adjusted = {claim.claim: _evaluate_claim(claim, inputs, not_reportable) for claim in claims}
    corrected = _corrected(adjusted)
    q_values = _q_values(claims, corrected)
    rows = [_estimate_row(claim.claim, each) for claim in claims for each in corrected[claim.claim]]
    return Register(
        claims=pl.DataFrame(
            [
                _claim_row(
                    claim, corrected[claim.claim], q_values.get(claim.claim), inputs.headline
                )
                for claim in claims
            ],
            schema=CLAIM_SCHEMA,
        ),
        estimates=pl.DataFrame(rows, schema=ESTIMATE_SCHEMA),
    )


def parameters_of(spec: EstimateSpec) -> Parameters:
    """Check an estimate's parameters; raises pydantic's ValidationError for a wrong one."""
    kind, _ = ESTIMATORS[spec.estimator]
    return kind.model_validate(spec.parameters)


def _evaluate_claim(
    claim: Claim, inputs: ClaimInputs, not_reportable: Mapping[str, Absence]
) -> list[AdjustedEstimate]:
    named = [_in_words(spec, inputs.arms) for spec in claim.estimates]
    return [
        AdjustedEstimate(
            spec,
            _find(spec, inputs, not_reportable),
            is_carried=spec.estimator != "headline" or spec.outcome not in inputs.not_carried,
        )
        for spec in named
    ]


def _in_words(spec: EstimateSpec, arms: tuple[str, str]) -> EstimateSpec:
    """Name the two kinds of coaching as the organisation does."""
    label = spec.label.replace("{arm_a}", arms[0]).replace("{arm_b}", arms[1])
    return spec.model_copy(update={"label": label})


def _find(
    spec: EstimateSpec, inputs: ClaimInputs, not_reportable: Mapping[str, Absence]
) -> ClaimEstimate:
    for outcome in (spec.outcome, *spec.graded_as):
        if outcome in not_reportable:
            return withheld(not_reportable[outcome])
    if missing := _undelivered(spec, inputs):
        return no_data(never_delivered(missing))
    if _is_too_early(spec, inputs):
        return withheld(not_followed_yet())
    if inputs.frames[spec.frame].is_empty():
        return no_data("it is about nobody in the data")
    _, estimator = ESTIMATORS[spec.estimator]
    found = estimator(spec, parameters_of(spec), inputs)
    if spec.estimator in FROM_RELEASED:
        return found
    found = without_small_counts(found, inputs.minimum)
    found = rounded(found, inputs.rounding_bases.get((spec.frame, spec.outcome), 0), spec)
    return within_scale(found, spec)


def _undelivered(spec: EstimateSpec, inputs: ClaimInputs) -> str | None:
    """The source without which there is nothing to compare, where it was never delivered."""
    is_of_courses = spec.estimator == "training" or spec.frame in OF_COURSES
    return "training" if is_of_courses and "training" in inputs.undelivered else None


def _is_too_early(spec: EstimateSpec, inputs: ClaimInputs) -> bool:
    """Whether nobody can have been followed for so long yet: dates decide before counts.

    A placebo looks back. A coach is followed from some days after the first session on.
    """
    if spec.horizon_days is None or spec.placebo or spec.estimator in FROM_RELEASED:
        return False
    if spec.frame == "coach_entry":
        entered = inputs.frames["coach_entry"]
        wait = DAYS_BEFORE_COACHES if entered.is_empty() else None
        episodes = inputs.frames.get("episode", entered)
        return wait is not None and not can_be_followed(episodes, wait + spec.horizon_days)
    landmark = int(spec.parameters.get("landmark_days", 0))
    return not can_be_followed(inputs.frames[spec.frame], landmark + spec.horizon_days)


def _corrected(
    adjusted: Mapping[str, Sequence[AdjustedEstimate]],
) -> dict[str, list[AdjustedEstimate]]:
    """Correct the p-values of deciding estimates within their family (by default, their claim)."""
    families: dict[str, list[AdjustedEstimate]] = defaultdict(list)
    for claim, found in adjusted.items():
        for each in found:
            if each.spec.decides and each.found.p_value is not None:
                families[each.spec.family or claim].append(each)
    corrected: dict[int, float] = {}
    for members in families.values():
        p_values = holm([each.found.p_value or 0.0 for each in members])
        corrected |= {id(each): value for each, value in zip(members, p_values, strict=True)}
    return {
        claim: [replace(each, adjusted_p_value=corrected.get(id(each))) for each in found]
        for claim, found in adjusted.items()
    }


def _q_values(
    claims: Sequence[Claim], corrected: Mapping[str, Sequence[AdjustedEstimate]]
) -> dict[str, float]:
    """Return the share of false discoveries among the claims that are as clear, by claim."""
    p_values = {claim.claim: p_of(claim, corrected[claim.claim]) for claim in claims}
    known = {name: p for name, p in p_values.items() if p is not None}
    return dict(zip(known, false_discovery(list(known.values())), strict=True))


def _estimate_row(claim: str, adjusted: AdjustedEstimate) -> dict[str, Any]:
    spec, found = adjusted.spec, adjusted.found
    return {
        "claim": claim,
        "estimate_name": spec.name,
        "label": spec.label,
        "estimator": spec.estimator,
        "outcome": spec.outcome,
        "is_deciding": spec.decides,
        "expected": spec.expects,
        "no_difference": spec.no_difference,
        "adjusted_p_value": adjusted.adjusted_p_value,
        "unit": spec.unit or None,
        **asdict(found),
        "horizon_days": found.horizon_days or spec.horizon_days,
    }


def _claim_row(
    claim: Claim, adjusted: Sequence[AdjustedEstimate], q_value: float | None, headline: str
) -> dict[str, Any]:
    row: dict[str, Any] = {
        **claim.model_dump(include={"claim", "wording", "source", "tested_by"}),
        "verdict": verdict_of(claim, adjusted, q_value),
        "status": status_of(claim, adjusted),
        "reason": reason_of(claim, adjusted, q_value),
        "q_value": None if q_value is None else round(q_value, 3),
        "n_estimates": sum(each.found.estimate is not None for each in adjusted),
    }
    first = next((each for each in adjusted if each.spec.decides), None)
    if first is None:
        return row
    return row | {
        "estimator": first.spec.estimator,
        "outcome": first.spec.outcome,
        "design": (DESIGNS | {"headline": headline}).get(first.spec.estimator),
        "estimand": first.spec.parameters.get("estimand"),
        "horizon_days": first.found.horizon_days or first.spec.horizon_days,
    }
