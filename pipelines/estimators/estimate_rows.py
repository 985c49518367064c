"""From an estimate and its evidence to its row of the comparison: the same for every design.

Standard errors are cluster-robust by coach (see `influence_functions`). Intervals use the t
distribution with one degree of freedom fewer than there are coaches behind the arm that has fewer:
an error made of three coaches on one side is no surer for thirty on the other. A ratio's interval
is computed on the log scale; its `std_error` is on the ratio's own scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import special

from pipelines.estimators.kernels.influence_functions import clustered_variance
from pipelines.estimators.kernels.survival import Floats
from pipelines.estimators.results import ALL_PEOPLE, ComparisonSpec, DesignName
from pipelines.estimators.verdict import ComparisonSupport, Evidence, verdict_for

WIDEST_LOG_MARGIN = 50.0
"""A ratio whose logarithm is less certain than this has no interval: it would hold everything."""


@dataclass(frozen=True)
class Estimate:
    """An estimate with both arms' values; missing parts are None. Named as a row's columns."""

    value_a: float | None = None
    value_b: float | None = None
    estimate: float | None = None
    std_error: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None


@dataclass(frozen=True)
class Precision:
    """How many clusters there are, and how wide the intervals are in standard errors."""

    n_clusters: int
    t_quantile: float


def precision_of(n_clusters: int, conf_level: float, smaller_side: int | None = None) -> Precision:
    """Return the two-sided t quantile for so many clusters; NaN with fewer than two.

    `smaller_side` is the number of clusters behind the arm that has fewer, at least 2 of which
    count; without it, the comparison has one side only.
    """
    if n_clusters < 2:
        return Precision(n_clusters, float("nan"))
    n_sure = n_clusters if smaller_side is None else min(n_clusters, max(smaller_side, 2))
    return Precision(n_clusters, float(special.stdtrit(n_sure - 1, (1.0 + conf_level) / 2.0)))


def difference(values: list[float], influences: list[Floats], precision: Precision) -> Estimate:
    """Return a minus b; where no cluster has influence there is no standard error.

    `values` are arm a's and arm b's, `influences` (clusters,) each cluster's influence on them.
    """
    estimate = values[0] - values[1]
    error = _std_error(influences[0] - influences[1], precision.n_clusters)
    if error is None:
        return Estimate(values[0], values[1], estimate)
    margin = precision.t_quantile * error
    return Estimate(values[0], values[1], estimate, error, estimate - margin, estimate + margin)


def ratio(values: list[float], influences: list[Floats], precision: Precision) -> Estimate:
    """Return a over b with limits from the log scale; both values must be above 0 for these."""
    if values[1] <= 0.0:
        return Estimate(values[0], values[1])
    quotient = values[0] / values[1]
    if values[0] <= 0.0:
        return Estimate(values[0], values[1], quotient)
    error = _std_error(influences[0] / values[0] - influences[1] / values[1], precision.n_clusters)
    if error is None or not precision.t_quantile * error < WIDEST_LOG_MARGIN:
        return Estimate(values[0], values[1], quotient)
    factor = float(np.exp(precision.t_quantile * error))
    return Estimate(
        values[0], values[1], quotient, quotient * error, quotient / factor, quotient * factor
    )


def _std_error(influence: Floats, n_clusters: int) -> float | None:
    """Return the cluster-robust standard error; None without influence or with one cluster."""
    variance = float(clustered_variance(influence[:, None], n_clusters)[0])
    return float(np.sqrt(variance)) if variance > 0.0 else None


@dataclass(frozen=True)
class RowName:
    """What a row of the comparison is about; named as its columns."""

    outcome: str
    horizon_days: int
    design: DesignName
    estimand: str
    segment: str = ALL_PEOPLE
    segment_value: str = ALL_PEOPLE


@dataclass(frozen=True)
class DisclosureFacts:
    """What decides whether a row may be shown, and how coarsely it is rounded.

    ``n_leavers`` left in any way by the horizon, in arm a and in arm b (None for other outcomes).
    ``is_alike``: all leavers of an arm left in one way, or all its values are the same.
    ``spread`` is the standard deviation between people; None for a risk, which needs none.
    """

    n_leavers: tuple[int, int] | None = None
    is_alike: bool = False
    spread: float | None = None


def estimate_row(
    name: RowName,
    spec: ComparisonSpec,
    support: ComparisonSupport,
    evidence: Evidence,
    estimate: Estimate,
    facts: DisclosureFacts,
) -> dict[str, Any]:
    """Give an estimate its verdict and return its row, without values where it allows none."""
    verdict = verdict_for(support, evidence)
    shown = Estimate() if verdict.hides_values else estimate
    return {
        **asdict(name),
        "arm_a": spec.arm_a,
        "arm_b": spec.arm_b,
        **_by_arm("n_people", [arm.n_people for arm in support.arms]),
        **_by_arm("n_events", evidence.n_events),
        **asdict(shown),
        "conf_level": spec.conf_level,
        "verdict": verdict.word,
        "status": verdict.status,
        "reason": verdict.reason,
        **_by_arm("n_coaches", [arm.n_coaches for arm in support.arms]),
        **_by_arm("n_leavers", facts.n_leavers),
        "is_alike": facts.is_alike,
        "spread": facts.spread,
    }


def _by_arm(column: str, counts: Sequence[int] | None) -> dict[str, int | None]:
    """Return a column of counts for each arm, empty where nothing is counted."""
    return {f"{column}_{arm}": counts[i] if counts else None for i, arm in enumerate("ab")}
