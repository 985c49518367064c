"""From one outcome's values beside everybody to its estimates: the values and moves of both arms.

Of the people whom an outcome is about, whoever has a value counts: as they are, weighted by the
design's weight times the weight for having a value (see `missingness_weights`), or with a
regression on top of these weights (see `estimating_equations`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from pipelines.core.errors import PipelineError
from pipelines.estimators.cohort import People
from pipelines.estimators.design_fit import DesignFit, Observation, regression_problem
from pipelines.estimators.estimate_rows import (
    DisclosureFacts,
    Estimate,
    Precision,
    RowName,
    difference,
    estimate_row,
    precision_of,
    ratio,
)
from pipelines.estimators.kernels.estimating_equations import (
    Moments,
    Sample,
    augmented_mean,
    weighted_mean,
)
from pipelines.estimators.kernels.influence_functions import (
    PropensityCorrection,
    clusters_behind,
)
from pipelines.estimators.kernels.survival import Bools, Floats, Ints
from pipelines.estimators.kernels.weights import effective_sample_size
from pipelines.estimators.results import (
    ComparisonSpec,
    DesignName,
    Measure,
    MeasureEstimand,
)
from pipelines.estimators.verdict import ArmSupport, ComparisonSupport, Evidence

NOBODY = "nobody has a value"
VALUE_COLUMNS = ("agent_key", "outcome", "is_window_complete", "numerator", "denominator")


class MeasureError(PipelineError):
    """The values of an outcome can't be used: what is wrong, and what was expected."""


@dataclass(frozen=True)
class MeasureValues:
    """One outcome's values beside everybody (n)."""

    measure: Measure
    columns: Floats
    """(n, 2) numerator and denominator; 0 where there is no value."""
    is_about: Bools
    has_value: Bools


@dataclass(frozen=True)
class ObservedMeasure:
    """One outcome's values, and the weights that make up for who has none."""

    values: MeasureValues
    observation: Observation


def values_of(people: People, values: pl.DataFrame, measure: Measure) -> MeasureValues:
    """Put one outcome's values beside the people; raises MeasureError for impossible ones."""
    if missing := [name for name in VALUE_COLUMNS if name not in values.columns]:
        raise MeasureError(f"the values lack the column(s) {', '.join(missing)}")
    own = values.filter(pl.col("outcome") == measure.outcome)
    if own["agent_key"].is_duplicated().any():
        raise MeasureError(f"{measure.outcome}: agent_key appears more than once")
    beside = people.frame.select("agent_key").join(
        own.select(VALUE_COLUMNS), on="agent_key", how="left", maintain_order="left"
    )
    columns = beside.select(
        pl.col("numerator", "denominator").cast(pl.Float64).fill_null(float("nan"))
    ).to_numpy()
    has_value = np.isfinite(columns).all(axis=1)
    if (columns[has_value, 1] <= 0.0).any():
        raise MeasureError(f"{measure.outcome}: a denominator must be above 0")
    if not measure.is_rate:
        columns = np.column_stack([columns[:, 0] / columns[:, 1], np.ones(len(columns))])
    is_about = beside["is_window_complete"].fill_null(False).to_numpy().astype(bool)
    return MeasureValues(
        measure,
        np.where(has_value[:, None], columns, 0.0),
        is_about,
        is_about & has_value,
    )


def measure_rows(
    people: People,
    spec: ComparisonSpec,
    fit: DesignFit,
    design: DesignName,
    own_values: MeasureValues,
    observation: Observation,
    contrast: tuple[list[float], list[Floats]] | None = None,
) -> list[dict[str, Any]]:
    """Return one row per estimand of one outcome under one design, each with its verdict.

    `contrast` has both arms' values and influence; by default those of `measure_contrast`.
    """
    weights = fit.weights * observation.weights
    problem = fit.support.problem or observation.problem
    if problem is None and design == "doubly_robust":
        problem = regression_problem(people, spec, fit, own_values.has_value)
    support = _comparison_support(people, spec, fit, own_values, weights, problem)
    precision = measure_precision(people, spec, own_values.has_value, weights)
    values, influences = contrast or measure_contrast(people, fit, design, own_values, observation)
    facts = _disclosure_facts(people, own_values)
    rows = []
    for estimand in own_values.measure.estimands:
        compare = ratio if estimand == "rate_ratio" else difference
        estimate = (
            compare(values, influences, precision) if own_values.has_value.any() else Estimate()
        )
        evidence = _evidence(own_values.measure, estimand, estimate)
        name = RowName(
            own_values.measure.outcome,
            own_values.measure.horizon_days,
            design,
            estimand,
            fit.segment,
            fit.segment_value,
        )
        rows.append(estimate_row(name, spec, support, evidence, estimate, facts))
    return rows


def measure_precision(
    people: People, spec: ComparisonSpec, has_value: Bools, weights: Floats
) -> Precision:
    """Return how sure an error is that is made of the coaches of those with a value."""
    arms = (np.flatnonzero(has_value & (people.is_a == is_a)) for is_a in (True, False))
    smaller_side = min(clusters_behind(weights[rows], people.coach[rows]) for rows in arms)
    n_clusters = len(np.unique(people.coach[has_value]))
    return precision_of(n_clusters, spec.conf_level, smaller_side)


def _disclosure_facts(people: People, own_values: MeasureValues) -> DisclosureFacts:
    """Return how far people differ, and whether those of an arm are all alike."""
    value = own_values.columns[:, 0] / np.where(own_values.has_value, own_values.columns[:, 1], 1.0)
    arms = [value[own_values.has_value & (people.is_a == is_a)] for is_a in (True, False)]
    both = value[own_values.has_value]
    return DisclosureFacts(
        is_alike=any(len(arm) > 0 and float(np.ptp(arm)) == 0.0 for arm in arms),
        spread=float(both.std()) if len(both) else None,
    )


def measure_contrast(
    people: People,
    fit: DesignFit,
    design: DesignName,
    own_values: MeasureValues,
    observation: Observation,
) -> tuple[list[float], list[Floats]]:
    """Return an outcome's value in arm a and in arm b, and each coach's influence on them."""
    arms = [
        _moments(people, fit, design, own_values, observation, is_a=is_a) for is_a in (True, False)
    ]
    values = [float(arm.value[0] / arm.value[1]) for arm in arms]
    influences = [
        (arm.influence[:, 0] - value * arm.influence[:, 1]) / arm.value[1]
        for arm, value in zip(arms, values, strict=True)
    ]
    return values, influences


def _evidence(measure: Measure, estimand: MeasureEstimand, estimate: Estimate) -> Evidence:
    return Evidence(
        horizon_days=measure.horizon_days,
        n_events=None,
        is_followed=(True, True),
        conf_low=estimate.conf_low,
        conf_high=estimate.conf_high,
        no_difference=1.0 if estimand == "rate_ratio" else 0.0,
        is_lower_better=measure.is_lower_better,
    )


def _moments(
    people: People,
    fit: DesignFit,
    design: DesignName,
    own_values: MeasureValues,
    observation: Observation,
    *,
    is_a: bool,
) -> Moments:
    """Return an arm's means of numerator and denominator among the people it is about."""
    is_augmented = design == "doubly_robust" and fit.covariates is not None
    counts = own_values.has_value & (people.is_a == is_a)
    rows = np.flatnonzero(own_values.is_about if is_augmented else counts)
    sample = Sample(
        values=own_values.columns[rows],
        counts=np.flatnonzero(counts[rows]),
        weights=(fit.weights * observation.weights)[rows],
        cluster=people.coach[rows],
        n_clusters=people.n_coaches,
        correction=_joined(fit, observation, rows),
    )
    if is_augmented and fit.covariates is not None:
        return augmented_mean(sample, fit.covariates[rows])
    return weighted_mean(sample)


def _joined(fit: DesignFit, observation: Observation, rows: Ints) -> PropensityCorrection | None:
    """Return the correction of a product of two weights, each with a model or without.

    Its slopes are those of the people at `rows`.
    """
    parts = [
        (each.weight_slopes[rows] * other[rows, None], each.cluster_scores)
        for each, other in (
            (fit.correction, observation.weights),
            (observation.correction, fit.weights),
        )
        if each is not None
    ]
    if not parts:
        return None
    return PropensityCorrection(
        np.hstack([slopes for slopes, _ in parts]), np.hstack([scores for _, scores in parts])
    )


def _comparison_support(
    people: People,
    spec: ComparisonSpec,
    fit: DesignFit,
    own_values: MeasureValues,
    weights: Floats,
    problem: str | None,
) -> ComparisonSupport:
    """Count the people with a value for the verdict, and weigh them where a model made weights."""
    has_weights = fit.correction is not None
    arms = []
    for is_a, whole in zip((True, False), fit.support.arms, strict=True):
        members = own_values.has_value & (people.is_a == is_a)
        coaches = people.coach[members & people.has_coach]
        arms.append(
            ArmSupport(
                label=whole.label,
                n_people=int(members.sum()),
                n_coaches=len(np.unique(coaches)),
                effective_sample_size=(
                    effective_sample_size(weights[members]) if has_weights else None
                ),
                overlap=whole.overlap,
            )
        )
    return ComparisonSupport((arms[0], arms[1]), problem, NOBODY)
