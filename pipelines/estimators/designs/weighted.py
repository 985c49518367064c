"""The headline design: each arm is weighted to look like both arms together on what was known.

It answers the question only if the covariates hold everything that both drew people towards one
kind of coaching and bears on exits; `docs/method.md` says so to readers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from pipelines.estimators.cohort import People
from pipelines.estimators.design_fit import DesignFit, arm_support, fit_arm
from pipelines.estimators.kernels.design_matrix import DesignMatrix, OverlapError, design_matrix
from pipelines.estimators.kernels.influence_functions import PropensityCorrection
from pipelines.estimators.kernels.survival import Floats
from pipelines.estimators.kernels.weights import (
    Propensity,
    SeparationError,
    effective_sample_size,
    fit_propensity,
    overlap,
    stabilised_weights,
    weight_slopes,
)
from pipelines.estimators.results import ALL_PEOPLE, WEIGHT_SUMMARY_SCHEMA, ComparisonSpec
from pipelines.estimators.verdict import ComparisonSupport, verdict_for


@dataclass(frozen=True)
class _Model:
    """A fitted propensity model with the weights that follow from it."""

    design: DesignMatrix
    propensity: Propensity
    weights: Floats
    overlap: tuple[float, float, float]
    """Share with counterparts in arm a, in arm b, and of everybody."""


def fit(people: People, spec: ComparisonSpec) -> DesignFit:
    """Fit the propensity model and both weighted arms; a model that can't be fitted is reported."""
    if _has_empty_arm(people):
        return _without_model(people, spec, problem=None)
    try:
        model = _fit_model(people, spec)
    except (OverlapError, SeparationError) as error:
        return _without_model(people, spec, problem=f"no weights can be found, as {error}")
    return _with_model(people, spec, model)


def _has_empty_arm(people: People) -> bool:
    return len(people) == 0 or bool(people.is_a.all()) or not bool(people.is_a.any())


def _fit_model(people: People, spec: ComparisonSpec) -> _Model:
    design = design_matrix(people.frame, people.is_a, spec.covariates)
    propensity = fit_propensity(design.values, people.is_a)
    weights = stabilised_weights(propensity.probability, people.is_a)
    shares = overlap(propensity.probability, people.is_a, design.has_counterpart)
    return _Model(design, propensity, weights, shares)


def _with_model(people: People, spec: ComparisonSpec, model: _Model) -> DesignFit:
    correction = PropensityCorrection(
        weight_slopes(model.design.values, model.propensity, people.is_a, model.weights),
        cluster_scores(people, model.design, model.propensity, people.is_a),
    )
    arm_a, arm_b = (
        arm_support(
            people,
            spec,
            is_a=is_a,
            effective_sample_size=effective_sample_size(model.weights[people.is_a == is_a]),
            overlap=share,
        )
        for is_a, share in zip((True, False), model.overlap[:2], strict=True)
    )
    support = ComparisonSupport((arm_a, arm_b))
    return DesignFit(
        design="weighted",
        arm_a=fit_arm(people, spec, model.weights, is_a=True, correction=correction),
        arm_b=fit_arm(people, spec, model.weights, is_a=False, correction=correction),
        n_clusters=people.n_coaches,
        support=support,
        weights=model.weights,
        weight_summary=_summary(people, spec, support, model),
        covariates=model.design.values,
        correction=correction,
        probability=model.propensity.probability,
        has_counterpart=model.design.has_counterpart,
    )


def cluster_scores(
    people: People, design: DesignMatrix, model: Propensity, outcome: NDArray[np.bool_]
) -> Floats:
    """Return each coach's summed influence (clusters, p) on the coefficients of a logistic model.

    `outcome` (n,) is what the model explains.
    """
    residual = outcome - model.probability
    by_coach = sparse.csr_matrix(
        (residual, (people.coach, np.arange(len(people)))),
        shape=(people.n_coaches, len(people)),
    )
    scores = by_coach @ design.values
    return np.asarray(scores @ model.covariance, dtype=np.float64)


def _without_model(people: People, spec: ComparisonSpec, problem: str | None) -> DesignFit:
    """Carry the counts of a design whose weights don't exist; its values are never shown."""
    ones = np.ones(len(people))
    arms = (arm_support(people, spec, is_a=True), arm_support(people, spec, is_a=False))
    support = ComparisonSupport(arms, problem)
    return DesignFit(
        design="weighted",
        arm_a=fit_arm(people, spec, ones, is_a=True),
        arm_b=fit_arm(people, spec, ones, is_a=False),
        n_clusters=people.n_coaches,
        support=support,
        weights=ones,
        weight_summary=_summary(people, spec, support, None),
    )


def _summary(
    people: People, spec: ComparisonSpec, support: ComparisonSupport, model: _Model | None
) -> pl.DataFrame:
    """Describe the weights of arm a, arm b and everybody; absent figures are NULL."""
    verdict = verdict_for(support)
    groups = (
        (spec.arm_a, people.is_a),
        (spec.arm_b, ~people.is_a),
        (ALL_PEOPLE, np.ones(len(people), dtype=bool)),
    )
    rows = []
    for position, (label, members) in enumerate(groups):
        shown = model is not None
        weights = model.weights[members] if shown and model is not None else np.empty(0)
        rows.append(
            {
                "design": "weighted",
                "arm": label,
                "n_people": int(members.sum()),
                "effective_sample_size": effective_sample_size(weights) if shown else None,
                "mean_weight": float(weights.mean()) if shown else None,
                "largest_weight": float(weights.max()) if shown else None,
                "share_trimmed": 0.0 if shown else None,
                "overlap": model.overlap[position] if shown and model is not None else None,
                "status": verdict.status,
                "reason": verdict.reason or _pooling(model),
            }
        )
    return pl.DataFrame(rows, schema=WEIGHT_SUMMARY_SCHEMA)


def _pooling(model: _Model | None) -> str | None:
    """Say what was pooled before the model was fitted, if anything."""
    if model is None or not model.design.notes:
        return None
    return "pooled in the propensity model: " + "; ".join(model.design.notes)
