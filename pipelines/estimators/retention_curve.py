"""The retention curves: who is still employed on each day, by arm, with two kinds of limits.

`std_error`, `conf_low` and `conf_high` take people as independent (Greenwood's formula unweighted,
the infinitesimal jackknife with weights taken as known otherwise) and agree with R. The columns
`clustered_*` sum people by coach and allow for the estimation of the weights; they are the ones to
draw, and so are those of a kind of exit. All limits are computed on the log(-log) scale, so they
stay between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy import special

from pipelines.core.status import NO_DATA, SHOWN, TOO_EARLY
from pipelines.estimators.design_fit import ArmFit, DesignFit
from pipelines.estimators.kernels.influence_functions import clustered_variance, incidence_influence
from pipelines.estimators.kernels.survival import (
    CAUSES,
    Floats,
    at_risk_at,
    exits_by,
    incidence_at,
    is_estimable,
)
from pipelines.estimators.results import ALL_PEOPLE, RETENTION_CURVE_SCHEMA, ComparisonSpec
from pipelines.estimators.verdict import not_followed_reason, verdict_for

BANDED = ("voluntary_exit", "involuntary_exit")
"""Kinds of exit whose curves have limits: those that are drawn."""
STEP_DAYS = 7
"""The curve is written down every so many days, and at every horizon."""

_VALUES = tuple(name for name, dtype in RETENTION_CURVE_SCHEMA.items() if dtype == pl.Float64())


def curve_days(horizon_days: Sequence[int]) -> list[int]:
    """Return day 0, every seventh day up to the largest horizon, and every horizon."""
    return sorted({*range(0, max(horizon_days, default=0) + 1, STEP_DAYS), *horizon_days})


def retention_rows(fit: DesignFit, spec: ComparisonSpec) -> pl.DataFrame:
    """Return one row per arm and day of one design; absent values are NULL."""
    days = np.asarray(curve_days(spec.horizon_days), dtype=np.float64)
    verdict = verdict_for(fit.support)
    is_blocked = verdict.hides_values and fit.design != "unadjusted"
    frames = []
    for arm in fit.arms:
        frame = _arm_rows(arm, days, spec.conf_level, fit.design)
        if is_blocked:
            frame = frame.with_columns(
                *(pl.lit(None, RETENTION_CURVE_SCHEMA[name]).alias(name) for name in _VALUES),
                pl.lit(verdict.status).alias("status"),
                pl.lit(verdict.reason).alias("reason"),
            )
        frames.append(frame)
    return pl.concat(frames)


def _arm_rows(arm: ArmFit, days: Floats, conf_level: float, design: str) -> pl.DataFrame:
    curve = arm.curve
    tables = incidence_influence(curve, days)
    table = tables.sum(axis=0)
    incidence = incidence_at(curve, days)
    survival = np.maximum(1.0 - incidence.sum(axis=0), 0.0)
    exits = exits_by(curve, days)
    n_exits = exits.sum(axis=0)
    personal = np.sqrt(arm.person_variance(table))
    clustered = np.sqrt(clustered_variance(arm.cluster_influence(table), arm.n_clusters))
    normal = float(special.ndtri((1.0 + conf_level) / 2.0))
    student = float(special.stdtrit(max(arm.n_clusters - 1, 1), (1.0 + conf_level) / 2.0))
    low, high = log_log_limits(survival, personal, normal, n_exits == 0)
    clustered_low, clustered_high = log_log_limits(survival, clustered, student, n_exits == 0)
    followed = is_estimable(curve, days)
    values = {
        "survival": survival,
        "std_error": personal,
        "conf_low": low,
        "conf_high": high,
        "clustered_std_error": clustered,
        "clustered_conf_low": clustered_low,
        "clustered_conf_high": clustered_high,
        **{f"{cause}_exit": incidence[k] for k, cause in enumerate(CAUSES)},
    }
    for k, kind in enumerate(f"{cause}_exit" for cause in CAUSES):
        if kind in BANDED:
            values |= _kind_limits(arm, kind, incidence[k], tables[k], exits[k], student)
    frame = pl.DataFrame(
        {
            "design": [design] * len(days),
            "segment": [ALL_PEOPLE] * len(days),
            "segment_value": [ALL_PEOPLE] * len(days),
            "arm": [arm.label] * len(days),
            "day": days.astype(np.int64),
            "at_risk": at_risk_at(curve, days),
            "n_events": np.diff(n_exits, prepend=0),
            **{name: np.where(followed, column, np.nan) for name, column in values.items()},
            "status": [
                SHOWN if ok else TOO_EARLY if curve.n_people else NO_DATA for ok in followed
            ],
            "reason": [
                None if ok else not_followed_reason([arm.label], int(day))
                for ok, day in zip(followed, days, strict=True)
            ],
        },
        schema=RETENTION_CURVE_SCHEMA,
    )
    return frame.with_columns(pl.col(_VALUES).fill_nan(None))


def _kind_limits(
    arm: ArmFit, kind: str, share: Floats, table: Floats, n_exits: Floats, quantile: float
) -> dict[str, Floats]:
    """Return error and limits (G,) of the share that has left in one way, coaches allowed for."""
    error = np.sqrt(clustered_variance(arm.cluster_influence(table), arm.n_clusters))
    low, high = _around(share, error, quantile, n_exits == 0)
    return {f"{kind}_std_error": error, f"{kind}_conf_low": low, f"{kind}_conf_high": high}


def log_log_limits(
    survival: Floats, std_error: Floats, quantile: float, is_without_exits: np.ndarray
) -> tuple[Floats, Floats]:
    """Return limits (G,), (G,) that are symmetric for log(-log survival).

    NaN where that scale has none: before the first exit (as in R) and when nobody is left. On day 0
    both limits are 1, because everybody is there by definition.
    """
    low, high = _around(survival, std_error, quantile, is_without_exits)
    low[:1], high[:1] = 1.0, 1.0
    return low, high


def _around(
    share: Floats, std_error: Floats, quantile: float, is_without: np.ndarray
) -> tuple[Floats, Floats]:
    """Return limits (G,), (G,) that are symmetric for log(-log share); NaN where there are none."""
    inside = ~is_without & (share > 0.0) & (share < 1.0)
    safe = np.where(inside, share, 0.5)
    log_share = np.log(safe)
    width = quantile * std_error / (safe * np.abs(log_share))
    low = np.where(inside, np.exp(log_share * np.exp(width)), np.nan)
    high = np.where(inside, np.exp(log_share * np.exp(-width)), np.nan)
    return low, high
