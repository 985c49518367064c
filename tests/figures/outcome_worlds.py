"""Made-up publications for the pages on one topic each, with parts of the workforce."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl

from dashboards.data import SiteData
from pipelines.core.status import NO_DATA, NOT_REPORTABLE, SHOWN, SUPPRESSED
from tests.figures.frames import COMPARISON_SCHEMA, MEANS, difference, row
from tests.figures.worlds import clear_difference

PART_SCHEMA = {
    **dict.fromkeys(["segment", "segment_value", "outcome", "reason", "status"], pl.String),
    "shrunken_verdict": pl.String,
    **dict.fromkeys(["horizon_days", "n_people_a", "n_people_b", "n_tests"], pl.Int64),
    **dict.fromkeys(["estimate", "shrunken_estimate", "shrunken_conf_low"], pl.Float64),
    **dict.fromkeys(["shrunken_conf_high", "heterogeneity_p_adjusted", "pooled_mean"], pl.Float64),
    "n_pooled": pl.Int64,
}
HIDDEN = "hidden for privacy: too few people or coaches here"
FEW = "after weighting, the compassionate group counts for only 14.1 people, under the 20 needed"
NOBODY = "no data: nobody has a value in either group"
STATES = {None: SHOWN, HIDDEN: SUPPRESSED, FEW: NOT_REPORTABLE, NOBODY: NO_DATA}
PARTS: tuple[tuple[str, str, float, str | None], ...] = (
    ("tenure_band", "1 to 3 years", 1.3, None),
    ("tenure_band", "under 90 days", 0.4, None),
    ("site", "North", 0.9, None),
    ("site", "South", -0.3, None),
    ("site", "West", 0.0, HIDDEN),
    ("period", "2025-Q1", 0.8, None),
    ("period", "2025-Q2", 1.1, None),
    ("period", "2025-Q3", 0.0, FEW),
    ("period", "2026-Q3", 0.0, NOBODY),
)
"""Division, part, its own difference as a multiple of everybody's, and why it has none."""
GAPS = {name: (day, gap, error) for name, (day, _, gap, error, _) in MEANS.items()} | {
    "voluntary_exit": (365, -0.052, 0.013)
}


def part(outcome: str, segment: str, value: str, size: float, reason: str | None) -> dict[str, Any]:
    """One row of ``outcomes.segment_estimate``; sites differ beyond chance, others don't."""
    horizon, gap, error = GAPS[outcome]
    told = dict.fromkeys(PART_SCHEMA) | {
        "segment": segment,
        "segment_value": value,
        "outcome": outcome,
        "horizon_days": horizon,
        "n_tests": 40,
        "heterogeneity_p_adjusted": 0.004 if segment == "site" else 0.61,
        "reason": reason,
        "status": STATES[reason],
    }
    if reason == HIDDEN:
        return told
    n = 0 if reason == NOBODY else 15 if reason else 210
    told |= {"n_people_a": n, "n_people_b": n}
    if reason:
        return told
    drawn = gap * (0.7 * size + 0.3)
    return told | {
        "estimate": gap * size,
        "n_pooled": sum(each == segment and why is None for each, _, _, why in PARTS),
        "pooled_mean": 1.2 * gap,
        "shrunken_estimate": drawn,
        "shrunken_conf_low": drawn - 2 * error,
        "shrunken_conf_high": drawn + 2 * error,
    }


def with_parts() -> SiteData:
    """A clear difference, with parts: some shown, one hidden, one too small, one without data."""
    data = clear_difference()
    parts = [part(outcome, *told) for outcome in GAPS for told in PARTS]
    quarters = [
        _quarter(outcome, value, 100 if reason is None else None)
        for outcome in GAPS
        for segment, value, _, reason in PARTS
        if segment == "period"
    ]
    rows = pl.DataFrame(quarters, schema=COMPARISON_SCHEMA)
    return replace(
        data,
        comparison=pl.concat([data.comparison, rows], how="diagonal"),
        segment_estimate=pl.DataFrame(parts, schema=PART_SCHEMA),
    )


def _quarter(outcome: str, value: str, n: int | None) -> dict[str, Any]:
    horizon, gap, error = GAPS[outcome]
    estimand = "risk_difference" if outcome == "voluntary_exit" else "mean_difference"
    told = row(outcome, horizon, "weighted", estimand, **difference(0.1 + gap, 0.1, error))
    where = {"segment": "period", "segment_value": value, "arm_a": "a", "arm_b": "b"}
    return told | where | {"n_people_a": n, "n_people_b": n, "n_events_a": None}


OUTCOME_WORLDS: dict[str, Callable[[], SiteData]] = {make.__name__: make for make in (with_parts,)}
