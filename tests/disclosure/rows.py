"""Rows of the comparison as estimators leave them, for tests of what is made of them."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.disclosure.confidentiality import Protection
from pipelines.estimators.results import COMPARISON_SCHEMA

DEFAULT = Protection(min_group=10, min_coaches=3, min_leavers=5, grid=5, grid_confidential=10)
EXACT = Protection(min_group=10, min_coaches=3, min_leavers=5, grid=0, grid_confidential=0)


def row(**changed: Any) -> dict[str, Any]:
    """A shown row about leaving by choice, 60 of 200 against 40 of 200."""
    return {
        "outcome": "voluntary_exit",
        "horizon_days": 180,
        "design": "unadjusted",
        "estimand": "risk_difference",
        "segment": "all",
        "segment_value": "all",
        "arm_a": "compassionate",
        "arm_b": "compliance",
        "n_people_a": 200,
        "n_people_b": 250,
        "n_events_a": 61,
        "n_events_b": 42,
        "value_a": 0.3123456,
        "value_b": 0.1765432,
        "estimate": 0.1358024,
        "std_error": 0.0412345,
        "conf_low": 0.0358024,
        "conf_high": 0.2358024,
        "conf_level": 0.95,
        "verdict": "worse",
        "status": "shown",
        "reason": None,
        "n_coaches_a": 12,
        "n_coaches_b": 14,
        "n_leavers_a": 90,
        "n_leavers_b": 80,
        "is_alike": False,
        "spread": None,
        **changed,
    }


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=COMPARISON_SCHEMA)


def exhaustion(**changed: Any) -> dict[str, Any]:
    """A shown row about answers: means of 40 and 44 points."""
    values = {
        "outcome": "emotional_exhaustion",
        "estimand": "mean_difference",
        "n_people_a": 96,
        "n_people_b": 143,
        "n_events_a": None,
        "n_events_b": None,
        "value_a": 40.123,
        "value_b": 44.456,
        "estimate": -4.333,
        "std_error": 1.5,
        "conf_low": -7.4,
        "conf_high": -1.266,
        "verdict": "better",
        "n_leavers_a": None,
        "n_leavers_b": None,
        "spread": 18.04,
    }
    return row(**(values | changed))
