"""A design fitted to both arms: the same record whatever the design, so estimates read it alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.core.group_words import group_of
from pipelines.estimators.cohort import People
from pipelines.estimators.kernels.influence_functions import (
    GroupWeights,
    PropensityCorrection,
    cluster_influence,
    clusters_behind,
    person_variance,
)
from pipelines.estimators.kernels.survival import Curve, Floats, fit_curve
from pipelines.estimators.results import (
    ALL_PEOPLE,
    WEIGHT_SUMMARY_SCHEMA,
    ComparisonSpec,
    DesignName,
)
from pipelines.estimators.verdict import ArmSupport, ComparisonSupport

MIN_PEOPLE_PER_COLUMN = 5
"""People with a value that an arm needs for each column of its regression."""


@dataclass(frozen=True)
class ArmFit:
    """One arm's curve together with the weights and clusters behind it."""

    label: str
    curve: Curve
    group: GroupWeights
    n_clusters: int
    """Clusters with somebody in this arm."""

    def person_variance(self, table: Floats) -> Floats:
        """Return the personal variance (G,) of an estimate with influence table (C, G)."""
        return person_variance(self.curve, self.group, table)

    def cluster_influence(self, table: Floats) -> Floats:
        """Return the influence (clusters of both arms, G) for an influence table (C, G)."""
        return cluster_influence(self.curve, self.group, table)


@dataclass(frozen=True)
class DesignFit:
    """Both arms of one design, whether they can be compared, and the weights that did it."""

    design: DesignName
    arm_a: ArmFit
    arm_b: ArmFit
    n_clusters: int
    """Clusters in both arms together."""
    support: ComparisonSupport
    weights: Floats
    """(n,) everybody's weight; 1 where the design has none or couldn't be fitted."""
    weight_summary: pl.DataFrame
    """Rows of the published weight summary; none for a design without weights."""
    covariates: Floats | None = None
    """(n, p) columns of the propensity model, the intercept first; None without a model."""
    correction: PropensityCorrection | None = None
    """How the fitted model ties everybody to everybody's weight; None without a model."""
    probability: Floats | None = None
    """(n,) everybody's fitted probability of arm a; None without a model."""
    has_counterpart: NDArray[np.bool_] | None = None
    """(n,) False in large levels that only one arm has; None without a model."""
    segment: str = ALL_PEOPLE
    """What divides the people, where the two arms are those of one part of them."""
    segment_value: str = ALL_PEOPLE

    @cached_property
    def smaller_side(self) -> int:
        """Coaches behind the arm that has fewer, strays left aside."""
        return min(clusters_behind(arm.group.weights, arm.group.cluster) for arm in self.arms)

    @property
    def arms(self) -> tuple[ArmFit, ArmFit]:
        """Arm a and arm b."""
        return self.arm_a, self.arm_b


def no_weight_summary() -> pl.DataFrame:
    """Return the weight summary of a design without weights."""
    return pl.DataFrame(schema=WEIGHT_SUMMARY_SCHEMA)


def fit_arm(
    people: People,
    spec: ComparisonSpec,
    weights: Floats,
    *,
    is_a: bool,
    correction: PropensityCorrection | None = None,
) -> ArmFit:
    """Fit one arm's curve up to the largest horizon; `weights` (n,) and slopes are everybody's."""
    members = people.arm(is_a=is_a)
    if correction is not None:
        correction = PropensityCorrection(
            correction.weight_slopes[members], correction.cluster_scores
        )
    curve = fit_curve(
        people.follow_up_days[members],
        people.exit_code[members],
        weights[members],
        until=max(spec.horizon_days, default=0),
    )
    group = GroupWeights(weights[members], people.coach[members], people.n_coaches, correction)
    label = spec.arm_a if is_a else spec.arm_b
    return ArmFit(label, curve, group, len(np.unique(people.coach[members])))


def arm_support(
    people: People,
    spec: ComparisonSpec,
    *,
    is_a: bool,
    effective_sample_size: float | None = None,
    overlap: float | None = None,
) -> ArmSupport:
    """Count an arm's people and known coaches for the verdict."""
    members = people.arm(is_a=is_a)
    coaches = people.coach[members][people.has_coach[members]]
    return ArmSupport(
        label=spec.arm_a if is_a else spec.arm_b,
        n_people=len(members),
        n_coaches=len(np.unique(coaches)),
        effective_sample_size=effective_sample_size,
        overlap=overlap,
    )


@dataclass(frozen=True)
class Observation:
    """Everybody's weight for having a value; read only where a person has one."""

    weights: Floats
    """(n,)."""
    correction: PropensityCorrection | None
    """How the fitted model ties people together; None where nothing was fitted."""
    problem: str | None = None
    """Why people without a value can't be made up for, in words that can be shown."""


def regression_problem(
    people: People, spec: ComparisonSpec, fit: DesignFit, has_value: NDArray[np.bool_]
) -> str | None:
    """Say why an arm has too few people with a value for a regression; None if it has enough."""
    if fit.covariates is None:
        return None
    n_columns = fit.covariates.shape[1]
    for is_a, label in ((True, spec.arm_a), (False, spec.arm_b)):
        n_people = int((has_value & (people.is_a == is_a)).sum())
        if 0 < n_people < MIN_PEOPLE_PER_COLUMN * n_columns:
            return (
                f"a regression on {n_columns} columns needs at least "
                f"{MIN_PEOPLE_PER_COLUMN * n_columns} people in {group_of(label)}"
            )
    return None
