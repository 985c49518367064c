"""From two fitted arms to estimates about exits: differences, ratios, verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.core.rounding import count_to_grid
from pipelines.estimators.design_fit import ArmFit, DesignFit
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
from pipelines.estimators.kernels.influence_functions import (
    incidence_influence,
    time_lost_influence,
)
from pipelines.estimators.kernels.survival import (
    CAUSES,
    Floats,
    Ints,
    exits_by,
    incidence_at,
    is_estimable,
    time_lost_at,
)
from pipelines.estimators.results import (
    ALL_PEOPLE,
    COMPARISON_SCHEMA,
    ESTIMANDS,
    OUTCOMES,
    ComparisonSpec,
    Estimand,
    Outcome,
)
from pipelines.estimators.verdict import Evidence, verdict_for

CAUSES_OF: Mapping[Outcome, list[int]] = {
    "voluntary_exit": [CAUSES.index("voluntary")],
    "involuntary_exit": [CAUSES.index("involuntary")],
    "any_exit": list(range(len(CAUSES))),
}
"""Which kinds of exits make up an outcome (positions in `CAUSES`)."""


@dataclass(frozen=True)
class ArmNumbers:
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


def comparison_rows(fit: DesignFit, spec: ComparisonSpec) -> pl.DataFrame:
    """Return one row per outcome, horizon and estimand of one design."""
    return rows_of(fit, spec, (arm_numbers(fit.arm_a, spec), arm_numbers(fit.arm_b, spec)))


def rows_of(
    fit: DesignFit, spec: ComparisonSpec, numbers: tuple[ArmNumbers, ArmNumbers]
) -> pl.DataFrame:
    """Return one row per outcome, horizon and estimand, from both arms' numbers."""
    rows = [
        row_of(fit, spec, outcome, position, estimand, numbers)
        for outcome in OUTCOMES
        for position in range(len(spec.horizon_days))
        for estimand in ESTIMANDS
    ]
    return pl.DataFrame(rows, schema=COMPARISON_SCHEMA)


def arm_numbers(arm: ArmFit, spec: ComparisonSpec) -> ArmNumbers:
    """Return one arm's risks and days lost at every horizon."""
    horizons = np.asarray(spec.horizon_days, dtype=np.float64)
    curve = arm.curve
    return ArmNumbers(
        n_events=exits_by(curve, horizons),
        is_followed=is_estimable(curve, horizons),
        risk=incidence_at(curve, horizons),
        time_lost=time_lost_at(curve, horizons),
        risk_influence=_by_cluster(arm, incidence_influence(curve, horizons)),
        time_lost_influence=_by_cluster(arm, time_lost_influence(curve, horizons)),
    )


def _by_cluster(arm: ArmFit, tables: Floats) -> Floats:
    """Turn influence tables (K, cells, H) into influences by cluster (K, clusters, H)."""
    n_causes, n_cells, n_horizons = tables.shape
    side_by_side = np.moveaxis(tables, 0, 1).reshape(n_cells, n_causes * n_horizons)
    influences = arm.cluster_influence(side_by_side).reshape(-1, n_causes, n_horizons)
    return np.ascontiguousarray(np.moveaxis(influences, 1, 0))


def row_of(
    fit: DesignFit,
    spec: ComparisonSpec,
    outcome: Outcome,
    position: int,
    estimand: Estimand,
    numbers: tuple[ArmNumbers, ArmNumbers],
) -> dict[str, Any]:
    """Estimate one row and give it a verdict; `position` is the horizon's place in the spec."""
    causes = CAUSES_OF[outcome]
    n_events = tuple(int(arm.n_events[causes, position].sum()) for arm in numbers)
    n_leavers = tuple(int(arm.n_events[:, position].sum()) for arm in numbers)
    horizon = spec.horizon_days[position]
    precision = precision_of(fit.n_clusters, spec.conf_level, fit.smaller_side)
    estimate = _estimate(estimand, outcome, position, horizon, numbers, precision)
    evidence = Evidence(
        horizon_days=horizon,
        n_events=_judged(outcome, n_events, spec, fit.segment),
        is_followed=(
            bool(numbers[0].is_followed[position]),
            bool(numbers[1].is_followed[position]),
        ),
        conf_low=estimate.conf_low,
        conf_high=estimate.conf_high,
        no_difference=1.0 if estimand == "risk_ratio" else 0.0,
        is_lower_better=estimand != "rmst_difference_days",
    )
    name = RowName(outcome, horizon, fit.design, estimand, fit.segment, fit.segment_value)
    n_people = sum(arm.n_people for arm in fit.support.arms)
    facts = DisclosureFacts(
        n_leavers=(n_leavers[0], n_leavers[1]),
        is_alike=outcome != "any_exit"
        and any(n in (0, left) for n, left in zip(n_events, n_leavers, strict=True)),
        spread=_days_spread(horizon, sum(n_leavers), n_people)
        if estimand == "rmst_difference_days"
        else None,
    )
    row = estimate_row(name, spec, fit.support, evidence, estimate, facts)
    return row | {f"n_events_{arm}": n for arm, n in zip("ab", n_events, strict=True)}


def _judged(
    outcome: Outcome, n_events: tuple[int, ...], spec: ComparisonSpec, segment: str
) -> tuple[int, int]:
    """Return the exits that a verdict may hang on: as they are told, or it would tell more."""
    of_kinds = spec.grid if segment == ALL_PEOPLE else spec.grid_of_parts
    base = 0 if outcome == "any_exit" else of_kinds
    n_a, n_b = (count_to_grid(n, base) or 0 for n in n_events)
    return n_a, n_b


def _days_spread(horizon: int, n_leavers: int, n_people: int) -> float | None:
    """Return the standard deviation between people of the days lost to any exit by a horizon.

    Exits are taken as spread evenly over the time, which is close enough for a rounding step. A
    kind of exit has that of all leavers: its own would tell their number. It is that of one exit at
    least: days that nobody lost would be told exactly otherwise.
    """
    if n_people == 0:
        return None
    share = max(n_leavers, 1) / n_people
    return horizon * float(np.sqrt(share / 3.0 - share**2 / 4.0))


def influence_on_risk(
    numbers: tuple[ArmNumbers, ArmNumbers], outcome: Outcome, position: int
) -> tuple[Floats, Floats]:
    """Return each coach's influence (clusters,) on an outcome's risk in arm a and in arm b."""
    causes = CAUSES_OF[outcome]
    influences = [arm.risk_influence[causes, :, position].sum(axis=0) for arm in numbers]
    return influences[0], influences[1]


def risk_differences(fit: DesignFit, horizon_days: int) -> dict[str, float | None]:
    """Return each outcome's difference of risks without its error; None where none may be shown."""
    is_followed = all(is_estimable(arm.curve, [horizon_days])[0] for arm in fit.arms)
    if verdict_for(fit.support).hides_values or not is_followed:
        return dict.fromkeys(OUTCOMES)
    risk_a, risk_b = (incidence_at(arm.curve, [horizon_days])[:, 0] for arm in fit.arms)
    return {name: float((risk_a - risk_b)[CAUSES_OF[name]].sum()) for name in OUTCOMES}


def _estimate(
    estimand: Estimand,
    outcome: Outcome,
    position: int,
    horizon: int,
    numbers: tuple[ArmNumbers, ArmNumbers],
    precision: Precision,
) -> Estimate:
    """Compute one estimand at one horizon."""
    causes = CAUSES_OF[outcome]
    if estimand == "rmst_difference_days":
        values = [horizon - float(arm.time_lost[causes, position].sum()) for arm in numbers]
        influences = [-arm.time_lost_influence[causes, :, position].sum(axis=0) for arm in numbers]
    else:
        values = [float(arm.risk[causes, position].sum()) for arm in numbers]
        influences = list(influence_on_risk(numbers, outcome, position))
    compare = ratio if estimand == "risk_ratio" else difference
    return compare(values, influences, precision)
