"""The comparison within parts of the workforce: sites, roles, tenure, contracts, quarters.

Every part of one segment, and of two segments at a time, is compared as it is (`unadjusted`) and
weighted; only the parts of one segment are read beside each other (`JointEstimates`).

Within a part the two arms keep the weights of the one propensity model for everybody. A model of
its own for each part would have about as many coefficients as a small part has people; it would
call chance separation and refuse, or chase noise with wild weights. The model for everybody holds
site, tenure, contract and calendar time as covariates, so each part's arms are weighted to look
like both of that part's arms together as far as that model has the right shape;
`largest_smd_after` says how far from alike they still are. Errors carry the estimation of the
weights as they do for everybody: a coach elsewhere moves a part's estimate through the model.

Verdicts come from the same function as for everybody, with the part's own people, coaches,
effective sample sizes and overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from scipy import special

from pipelines.estimators.cohort import People, subset
from pipelines.estimators.design_fit import DesignFit, Observation, arm_support, fit_arm
from pipelines.estimators.designs.fitted_cohort import FittedCohort
from pipelines.estimators.estimate_rows import Precision, precision_of
from pipelines.estimators.exit_estimates import arm_numbers, influence_on_risk, row_of
from pipelines.estimators.kernels.influence_functions import PropensityCorrection
from pipelines.estimators.kernels.survival import Floats
from pipelines.estimators.kernels.weights import effective_sample_size, overlap
from pipelines.estimators.measure_estimates import (
    MeasureValues,
    ObservedMeasure,
    measure_contrast,
    measure_precision,
    measure_rows,
)
from pipelines.estimators.results import COMPARISON_SCHEMA, ComparisonSpec, Outcome
from pipelines.estimators.segments.definitions import Part, divide, divide_twice
from pipelines.estimators.verdict import ComparisonSupport, verdict_for

OUTCOME: Outcome = "voluntary_exit"
"""The exits that are compared in every part."""

_Row = dict[str, Any]


@dataclass(frozen=True)
class JointEstimates:
    """Estimates of all K parts of one segment with their joint covariance, for one outcome."""

    segment: str
    outcome: str
    horizon_days: int
    estimand: str
    values: tuple[str, ...]
    covariance: Floats
    """(K, K) of the estimates, widened as the t distribution of each is against the normal."""
    n_clusters: int
    """Coaches in all parts together."""
    largest_smd: Floats
    """(K,) the largest standardised difference that the weights leave; NaN where unknown."""


@dataclass(frozen=True)
class _Segment:
    """One way of dividing the people, and both designs within each of its parts."""

    parts: tuple[Part, ...]
    fits: tuple[DesignFit, ...]
    """The weighted design."""
    plain: tuple[DesignFit, ...]
    """The design without weights."""
    largest_smd: Floats | None
    """(K,) see `JointEstimates`; None where the parts aren't read beside each other."""


@dataclass(frozen=True)
class SegmentComparison:
    """The comparison within every part, and the joint errors of the parts of each segment."""

    comparison: pl.DataFrame
    joint: tuple[JointEstimates, ...]


def segment_comparison(
    cohort: FittedCohort, observed: Sequence[ObservedMeasure] = ()
) -> SegmentComparison:
    """Compare voluntary exits, and what has a value per person, within each part of each segment.

    A segment whose column isn't there, or that has one value only, is left out; so is an outcome
    of which nobody has a value.
    """
    rows: list[_Row] = []
    joint: list[JointEstimates] = []
    segments = _segments(cohort)
    for segment in segments:
        rows += _plain_exits(cohort, segment)
        of_exits, of_parts = _exits(cohort, segment)
        rows += of_exits
        joint += of_parts
    for each in observed:
        for segment in segments if each.values.has_value.any() else ():
            of_measure, of_parts = _measure(cohort, segment, each)
            rows += of_measure
            joint += of_parts
    return SegmentComparison(pl.DataFrame(rows, schema=COMPARISON_SCHEMA), tuple(joint))


def _segments(cohort: FittedCohort) -> tuple[_Segment, ...]:
    people, spec, adjusted = cohort.people, cohort.spec, cohort.adjusted
    one, two = divide(people.frame), divide_twice(people.frame)
    if not one:
        return ()
    return tuple(
        _Segment(
            tuple(own),
            tuple(fit_part(people, spec, adjusted, part) for part in own),
            tuple(fit_part(people, spec, cohort.plain, part) for part in own),
            None if segment in two else _largest_smds(people, adjusted, own),
        )
        for segment, own in (one | two).items()
    )


def _plain_exits(cohort: FittedCohort, segment: _Segment) -> list[_Row]:
    spec, rows = cohort.spec, []
    for fit in segment.plain:
        arms = (arm_numbers(fit.arm_a, spec), arm_numbers(fit.arm_b, spec))
        rows += [
            row_of(fit, spec, OUTCOME, position, "risk_difference", arms)
            for position in range(len(spec.horizon_days))
        ]
    return rows


def _exits(cohort: FittedCohort, segment: _Segment) -> tuple[list[_Row], list[JointEstimates]]:
    spec, rows, joint = cohort.spec, [], []
    numbers = [(arm_numbers(fit.arm_a, spec), arm_numbers(fit.arm_b, spec)) for fit in segment.fits]
    for position, horizon in enumerate(spec.horizon_days):
        influences = []
        for fit, arms in zip(segment.fits, numbers, strict=True):
            rows.append(row_of(fit, spec, OUTCOME, position, "risk_difference", arms))
            of_a, of_b = influence_on_risk(arms, OUTCOME, position)
            influences.append(of_a - of_b)
        name = (OUTCOME, horizon, "risk_difference")
        sizes = [
            precision_of(fit.n_clusters, spec.conf_level, fit.smaller_side) for fit in segment.fits
        ]
        joint += _joint_estimates(spec, segment, name, influences, sizes, cohort.people.n_coaches)
    return rows, joint


def _measure(
    cohort: FittedCohort, segment: _Segment, observed: ObservedMeasure
) -> tuple[list[_Row], list[JointEstimates]]:
    people, spec = cohort.people, cohort.spec
    own_values, observation = observed.values, observed.observation
    rows, influences, sizes = [], [], []
    as_they_are = Observation(np.ones(len(people)), None)
    for part, fit, plain in zip(segment.parts, segment.fits, segment.plain, strict=True):
        own = _within(own_values, part)
        rows += measure_rows(people, spec, plain, "unadjusted", own, as_they_are)[:1]
        contrast = measure_contrast(people, fit, "weighted", own, observation)
        rows += measure_rows(people, spec, fit, "weighted", own, observation, contrast)[:1]
        influences.append(contrast[1][0] - contrast[1][1])
        weights = fit.weights * observation.weights
        sizes.append(measure_precision(people, spec, own.has_value, weights))
    measure = own_values.measure
    name = (measure.outcome, measure.horizon_days, "mean_difference")
    n_coaches = len(np.unique(people.coach[own_values.has_value]))
    return rows, _joint_estimates(spec, segment, name, influences, sizes, n_coaches)


def _joint_estimates(
    spec: ComparisonSpec,
    segment: _Segment,
    name: tuple[str, int, str],
    influences: Sequence[Floats],
    sizes: Sequence[Precision],
    n_coaches: int,
) -> list[JointEstimates]:
    """How one outcome's estimates err together; `sizes` are how sure each part's error is.

    None where the parts aren't read beside each other.
    """
    if segment.largest_smd is None:
        return []
    outcome, horizon_days, estimand = name
    return [
        JointEstimates(
            segment=segment.parts[0].segment,
            outcome=outcome,
            horizon_days=horizon_days,
            estimand=estimand,
            values=tuple(part.value for part in segment.parts),
            covariance=widened_covariance(np.column_stack(influences), sizes, spec.conf_level),
            n_clusters=n_coaches,
            largest_smd=segment.largest_smd,
        )
    ]


def _largest_smds(people: People, adjusted: DesignFit, parts: Sequence[Part]) -> Floats:
    return np.array([largest_smd(people, adjusted, part) for part in parts])


def fit_part(people: People, spec: ComparisonSpec, adjusted: DesignFit, part: Part) -> DesignFit:
    """Return a design for the people of one part; `weights` stay everybody's (n,)."""
    some = subset(people, part.rows)
    weights = adjusted.weights[part.rows]
    correction = adjusted.correction
    if correction is not None:
        correction = PropensityCorrection(
            correction.weight_slopes[part.rows], correction.cluster_scores
        )
    sizes, shares = _support(some, adjusted, part)
    arms = [
        arm_support(some, spec, is_a=is_a, effective_sample_size=size, overlap=share)
        for is_a, size, share in zip((True, False), sizes, shares, strict=True)
    ]
    whole = verdict_for(adjusted.support)
    problem = whole.reason if whole.hides_values else None
    return replace(
        adjusted,
        arm_a=fit_arm(some, spec, weights, is_a=True, correction=correction),
        arm_b=fit_arm(some, spec, weights, is_a=False, correction=correction),
        n_clusters=len(np.unique(some.coach)),
        support=ComparisonSupport((arms[0], arms[1]), problem, is_part=True),
        segment=part.segment,
        segment_value=part.value,
    )


def _support(
    some: People, adjusted: DesignFit, part: Part
) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """Return both arms' effective sample sizes and shares with counterparts, within the part."""
    if (
        adjusted.probability is None
        or adjusted.has_counterpart is None
        or some.is_a.all()
        or not some.is_a.any()
    ):
        return (None, None), (None, None)
    weights = adjusted.weights[part.rows]
    share_a, share_b, _ = overlap(
        adjusted.probability[part.rows], some.is_a, adjusted.has_counterpart[part.rows]
    )
    sizes = [effective_sample_size(weights[some.is_a == is_a]) for is_a in (True, False)]
    return (sizes[0], sizes[1]), (share_a, share_b)


def largest_smd(people: People, adjusted: DesignFit, part: Part) -> float:
    """Return the largest difference of weighted means in any column of the propensity model.

    In standard deviations among everybody; NaN without a model or without people in an arm.
    """
    is_a = people.is_a[part.rows]
    if adjusted.covariates is None or is_a.all() or not is_a.any():
        return float("nan")
    columns, weights = adjusted.covariates[part.rows], adjusted.weights[part.rows]
    means = [weights[arm] @ columns[arm] / weights[arm].sum() for arm in (is_a, ~is_a)]
    return float(np.max(np.abs(means[0] - means[1])))


def _within(own_values: MeasureValues, part: Part) -> MeasureValues:
    members = np.zeros(len(own_values.is_about), dtype=bool)
    members[part.rows] = True
    return replace(
        own_values, is_about=own_values.is_about & members, has_value=own_values.has_value & members
    )


def widened_covariance(influences: Floats, sizes: Sequence[Precision], conf_level: float) -> Floats:
    """Return the covariance (K, K) of estimates from coaches' influences (clusters, K) on them.

    Its diagonal is the square of the published standard error times (t / z)^2: read with the
    normal distribution it gives the interval that is published with the t distribution of so many
    coaches. NaN where an estimate has fewer than two coaches.
    """
    normal = float(special.ndtri((1.0 + conf_level) / 2.0))
    factors = np.array(
        [
            np.sqrt(each.n_clusters / (each.n_clusters - 1)) * each.t_quantile / normal
            if each.n_clusters > 1
            else np.nan
            for each in sizes
        ]
    )
    return np.asarray((influences.T @ influences) * np.outer(factors, factors), dtype=np.float64)
