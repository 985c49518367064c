"""From two fitted arms to the published estimates: differences, ratios, intervals, verdicts.

Standard errors are cluster-robust by coach (see `influence`). Intervals use the t distribution with
one degree of freedom fewer than there are coaches in both arms. A ratio's interval is computed on
the log scale; its `std_error` is on the ratio's own scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from pipelines.outcomes.arms import ArmFit, DesignFit
from pipelines.outcomes.influence import (
    clustered_variance,
    incidence_influence,
    time_lost_influence,
)
from pipelines.outcomes.results import (
    ALL_PEOPLE,
    COMPARISON_SCHEMA,
    ESTIMANDS,
    OUTCOMES,
    ComparisonSpec,
    Estimand,
    Outcome,
)
from pipelines.outcomes.survival import (
    CAUSES,
    Floats,
    Ints,
    exits_by,
    incidence_at,
    is_estimable,
    time_lost_at,
)
from pipelines.outcomes.verdict import Evidence, judge

CAUSES_OF: Mapping[Outcome, list[int]] = {
    "voluntary_exit": [CAUSES.index("voluntary")],
    "involuntary_exit": [CAUSES.index("involuntary")],
    "any_exit": list(range(len(CAUSES))),
}
"""Which kinds of exits make up an outcome (positions in `CAUSES`)."""


@dataclass(frozen=True)
class _ArmNumbers:
    """One arm's values at every horizon (H of them), and how clusters move them."""

    n_events: Ints
    """(K, H) exits of each kind."""
    is_followed: NDArray[np.bool_]
    risk: Floats
    """(K, H) cumulative incidence."""
    time_lost: Floats
    """(K, H) restricted mean time lost, days."""
    risk_influence: Floats
    """(K, clusters, H)."""
    time_lost_influence: Floats
    """(K, clusters, H)."""


@dataclass(frozen=True)
class _Estimate:
    """An estimate with both arms' values; missing parts are None."""

    value_a: float | None = None
    value_b: float | None = None
    estimate: float | None = None
    std_error: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None


def comparison_rows(fit: DesignFit, spec: ComparisonSpec) -> pl.DataFrame:
    """Return one row per outcome, horizon and estimand of one design."""
    numbers = (_arm_numbers(fit.arm_a, spec), _arm_numbers(fit.arm_b, spec))
    t_quantile = _t_quantile(fit.n_clusters, spec.conf_level)
    rows = [
        _row(fit, spec, outcome, position, estimand, numbers, t_quantile)
        for outcome in OUTCOMES
        for position in range(len(spec.horizon_days))
        for estimand in ESTIMANDS
    ]
    return pl.DataFrame(rows, schema=COMPARISON_SCHEMA)


def _arm_numbers(arm: ArmFit, spec: ComparisonSpec) -> _ArmNumbers:
    horizons = np.asarray(spec.horizon_days, dtype=np.float64)
    curve = arm.curve
    return _ArmNumbers(
        n_events=exits_by(curve, horizons),
        is_followed=is_estimable(curve, horizons),
        risk=incidence_at(curve, horizons),
        time_lost=time_lost_at(curve, horizons),
        risk_influence=_by_cluster(arm, incidence_influence(curve, horizons)),
        time_lost_influence=_by_cluster(arm, time_lost_influence(curve, horizons)),
    )


def _by_cluster(arm: ArmFit, tables: Floats) -> Floats:
    """Turn influence tables (K, cells, H) into influences by cluster (K, clusters, H)."""
    return np.stack([arm.cluster_influence(table) for table in tables])


def _t_quantile(n_clusters: int, conf_level: float) -> float:
    """Return the two-sided t quantile; NaN with fewer than two clusters."""
    if n_clusters < 2:
        return float("nan")
    return float(special.stdtrit(n_clusters - 1, (1.0 + conf_level) / 2.0))


def _row(
    fit: DesignFit,
    spec: ComparisonSpec,
    outcome: Outcome,
    position: int,
    estimand: Estimand,
    numbers: tuple[_ArmNumbers, _ArmNumbers],
    t_quantile: float,
) -> dict[str, Any]:
    """Estimate, judge and blank one row; `position` is the horizon's place in the spec."""
    causes = CAUSES_OF[outcome]
    n_events = tuple(int(arm.n_events[causes, position].sum()) for arm in numbers)
    horizon = spec.horizon_days[position]
    estimate = _estimate(estimand, causes, position, horizon, numbers, fit.n_clusters, t_quantile)
    verdict = judge(
        fit.standing,
        Evidence(
            horizon_days=horizon,
            n_events=(n_events[0], n_events[1]),
            is_followed=(
                bool(numbers[0].is_followed[position]),
                bool(numbers[1].is_followed[position]),
            ),
            conf_low=estimate.conf_low,
            conf_high=estimate.conf_high,
            no_difference=1.0 if estimand == "risk_ratio" else 0.0,
            is_lower_better=estimand != "rmst_difference_days",
        ),
    )
    shown = _Estimate() if verdict.hides_values else estimate
    people = tuple(None if verdict.hides_counts else arm.n_people for arm in fit.standing.arms)
    events = (None, None) if verdict.hides_counts else n_events
    return {
        "outcome": outcome,
        "horizon_days": horizon,
        "design": fit.design,
        "estimand": estimand,
        "segment": ALL_PEOPLE,
        "segment_value": ALL_PEOPLE,
        "arm_a": spec.arm_a,
        "arm_b": spec.arm_b,
        "n_people_a": people[0],
        "n_people_b": people[1],
        "n_events_a": events[0],
        "n_events_b": events[1],
        "value_a": shown.value_a,
        "value_b": shown.value_b,
        "estimate": shown.estimate,
        "std_error": shown.std_error,
        "conf_low": shown.conf_low,
        "conf_high": shown.conf_high,
        "conf_level": spec.conf_level,
        "verdict": verdict.word,
        "reason": verdict.reason,
    }


def _estimate(
    estimand: Estimand,
    causes: list[int],
    position: int,
    horizon: int,
    numbers: tuple[_ArmNumbers, _ArmNumbers],
    n_clusters: int,
    t_quantile: float,
) -> _Estimate:
    """Compute one estimand for the sum of some causes at one horizon."""
    if estimand == "rmst_difference_days":
        values = [horizon - float(arm.time_lost[causes, position].sum()) for arm in numbers]
        moves = [-arm.time_lost_influence[causes, :, position].sum(axis=0) for arm in numbers]
    else:
        values = [float(arm.risk[causes, position].sum()) for arm in numbers]
        moves = [arm.risk_influence[causes, :, position].sum(axis=0) for arm in numbers]
    if estimand == "risk_ratio":
        return _ratio(values, moves, n_clusters, t_quantile)
    return _difference(values, moves, n_clusters, t_quantile)


def _difference(
    values: list[float], moves: list[Floats], n_clusters: int, t_quantile: float
) -> _Estimate:
    """Return a minus b; without any exit there is no standard error."""
    estimate = values[0] - values[1]
    error = _std_error(moves[0] - moves[1], n_clusters)
    if error is None:
        return _Estimate(values[0], values[1], estimate)
    margin = t_quantile * error
    return _Estimate(values[0], values[1], estimate, error, estimate - margin, estimate + margin)


def _ratio(
    values: list[float], moves: list[Floats], n_clusters: int, t_quantile: float
) -> _Estimate:
    """Return a over b with limits from the log scale; both arms need exits for an interval."""
    if values[1] <= 0.0:
        return _Estimate(values[0], values[1])
    ratio = values[0] / values[1]
    if values[0] <= 0.0:
        return _Estimate(values[0], values[1], ratio)
    error = _std_error(moves[0] / values[0] - moves[1] / values[1], n_clusters)
    if error is None:
        return _Estimate(values[0], values[1], ratio)
    factor = float(np.exp(t_quantile * error))
    return _Estimate(values[0], values[1], ratio, ratio * error, ratio / factor, ratio * factor)


def _std_error(influence: Floats, n_clusters: int) -> float | None:
    """Return the cluster-robust standard error; None if nothing moves or there is one cluster."""
    variance = float(clustered_variance(influence[:, None], n_clusters)[0])
    return float(np.sqrt(variance)) if variance > 0.0 else None
