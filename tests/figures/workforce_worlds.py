"""Made-up parts of the workforce, one publication per situation that the page has to tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl

from dashboards.data import SiteData
from pipelines.core.status import NO_DATA, NOT_REPORTABLE, SHOWN, SUPPRESSED
from tests.figures.worlds import clear_difference

PART_SCHEMA = {
    **dict.fromkeys(["segment", "segment_value", "outcome", "reason", "status"], pl.String),
    **dict.fromkeys(["horizon_days", "n_people_a", "n_people_b", "n_tests"], pl.Int64),
    **dict.fromkeys(["estimate", "shrunken_estimate", "shrunken_conf_low"], pl.Float64),
    **dict.fromkeys(["shrunken_conf_high", "heterogeneity_p_adjusted", "pooled_mean"], pl.Float64),
    "n_pooled": pl.Int64,
}
WORTH_SCHEMA = {
    **dict.fromkeys(["quantity", "reading", "reason", "status"], pl.String),
    "horizon_days": pl.Int64,
}
HIDDEN = "hidden for privacy: too few people or coaches here"


def part(segment: str, value: str, p_value: float | None, **others: Any) -> dict[str, Any]:
    return {
        "segment": segment,
        "segment_value": value,
        "outcome": "voluntary_exit",
        "horizon_days": 365,
        "n_people_a": 120,
        "n_people_b": 95,
        "n_tests": 40,
        "heterogeneity_p_adjusted": p_value,
        "estimate": -0.08,
        "shrunken_estimate": -0.06,
        "shrunken_conf_low": -0.11,
        "shrunken_conf_high": 0.012,
        "status": SHOWN,
        **others,
    }


NOT_SHOWN = {
    "estimate": None,
    "shrunken_estimate": None,
    "shrunken_conf_low": None,
    "shrunken_conf_high": None,
}
NO_ONE = {**NOT_SHOWN, "reason": "no data: nobody was followed", "status": NO_DATA}


def _told(parts: list[dict[str, Any]], worth: list[tuple[str, str | None, str | None]]) -> SiteData:
    rows = [
        {
            "quantity": quantity,
            "horizon_days": 365,
            "reading": reading,
            "reason": reason,
            "status": SHOWN if reading else NOT_REPORTABLE,
        }
        for quantity, reading, reason in worth
    ]
    return replace(
        clear_difference(),
        segment_estimate=pl.DataFrame(parts, schema=PART_SCHEMA),
        worth=pl.DataFrame(rows, schema=WORTH_SCHEMA),
    )


def differing() -> SiteData:
    """Sites differ, bands of tenure don't, quarters are too few; one site is hidden."""
    hidden = {
        **NOT_SHOWN,
        "n_people_a": None,
        "n_people_b": None,
        "reason": HIDDEN,
        "status": SUPPRESSED,
    }
    return _told(
        [
            part("site", "North", 0.003),
            part("site", "South", 0.003, estimate=0.031, shrunken_estimate=0.004),
            part("site", "West", 0.003, **hidden),
            part("tenure_band", "1 to 3 years", 0.61),
            part("tenure_band", "under 90 days", 0.61, n_people_a=31, n_people_b=28),
            part("period", "2025-Q1", None, shrunken_estimate=None, shrunken_conf_low=None),
            part("period", "2025-Q2", None, **NO_ONE),
        ],
        [
            ("number_needed_to_coach", "One exit fewer goes with every 19 people.", None),
            ("money_per_100_people", None, "no cost of an exit is set"),
        ],
    )


def alike() -> SiteData:
    """No division shows a difference beyond chance."""
    return _told([part("employment_type", "full_time", 1.0), part("site", "North", 0.2)], [])


def without_parts() -> SiteData:
    """Nothing was estimated of any part."""
    return clear_difference()


WORKFORCE_WORLDS: dict[str, Callable[[], SiteData]] = {
    "differing": differing,
    "alike": alike,
    "without_parts": without_parts,
}
