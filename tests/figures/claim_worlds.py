"""Made-up registers of claims, one per situation that the page has to tell rightly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl

from dashboards.data import SiteData
from pipelines.core.status import NO_DATA, NOT_REPORTABLE, SHOWN, SUPPRESSED
from tests.figures.worlds import clear_difference

CLAIM_SCHEMA = {
    **dict.fromkeys(
        ["claim", "wording", "source", "tested_by", "verdict", "reason", "status"], pl.String
    ),
    "n_estimates": pl.Int64,
}
ESTIMATE_SCHEMA = {
    **dict.fromkeys(
        ["claim", "estimate_name", "label", "expected", "unit", "reason", "status"], pl.String
    ),
    "is_deciding": pl.Boolean,
    "estimator": pl.String,
    "n_people": pl.Int64,
    **dict.fromkeys(["no_difference", "estimate", "conf_low", "conf_high"], pl.Float64),
}
SENSITIVITY_SCHEMA = {
    **dict.fromkeys(["check", "outcome", "reading", "reason", "estimand", "status"], pl.String),
    "horizon_days": pl.Int64,
    **dict.fromkeys(["value", "range_low", "range_high"], pl.Float64),
}


def claim(name: str, verdict: str, reason: str) -> dict[str, Any]:
    return {
        "claim": name,
        "wording": f"What is said of {name}.",
        "source": "Practitioners",
        "tested_by": "People with it and without it",
        "verdict": verdict,
        "reason": reason,
        "n_estimates": 1,
        "status": SUPPRESSED if verdict == "not_reportable" else SHOWN,
    }


def estimate(name: str, **values: Any) -> dict[str, Any]:
    return {
        "claim": name,
        "estimate_name": "main",
        "label": "leaving by choice, with it against without it",
        "expected": "lower",
        "unit": "fraction 0-1",
        "is_deciding": True,
        "n_people": 1200,
        "no_difference": 0.0,
        "status": SHOWN,
        **values,
    }


def register(claims: list[dict[str, Any]], estimates: list[dict[str, Any]]) -> SiteData:
    return replace(
        clear_difference(),
        claim=pl.DataFrame(claims, schema=CLAIM_SCHEMA),
        claim_estimate=pl.DataFrame(estimates, schema=ESTIMATE_SCHEMA),
    )


def mixed() -> SiteData:
    """A claim of every verdict."""
    told = "leaving by choice: −9.9 per 100 people (likely range −14.8 to −5.1; 1,292 people)"
    return register(
        [
            claim("nerves", "not_testable_here", "nothing in the records could test it"),
            claim("listening", "unclear", f"{told}; the quality score: no estimate"),
            claim("retention", "supported", told),
            claim("spiral", "not_supported", told),
            claim("order", "too_little_data", "fewer than 50 people"),
            claim("acting", "not_reportable", "hidden for privacy: fewer than 10 people"),
            claim("exposure", "too_little_data", "no data: nothing was delivered")
            | {"status": NO_DATA},
        ],
        [
            estimate("retention", estimate=-0.099, conf_low=-0.148, conf_high=-0.051),
            estimate("retention", estimate_name="beside", is_deciding=False, expected=None,
                     unit="minutes", estimate=12.5),
            estimate("acting", n_people=None, status=SUPPRESSED,
                     reason="hidden for privacy: fewer than 10 people"),
            estimate("order", n_people=31, status=NOT_REPORTABLE, reason="fewer than 50 people"),
            estimate("exposure", n_people=None, status=NO_DATA,
                     reason="no data: nothing was delivered"),
            estimate("retention", estimate_name="worth", is_deciding=False, expected=None,
                     unit="minutes", estimate=1724.4, n_people=None, estimator="worth"),
        ],
    )  # fmt: skip


def none_supported() -> SiteData:
    """Claims, and none that the data support."""
    return register([claim("order", "unclear", "the quality score: no estimate")], [])


def one_supported() -> SiteData:
    """The only claim is supported."""
    return register([claim("retention", "supported", "leaving by choice: lower")], [])


def without_register() -> SiteData:
    """Nothing was estimated yet."""
    return clear_difference()


CLAIM_WORLDS: dict[str, Callable[[], SiteData]] = {
    "mixed": mixed,
    "none_supported": none_supported,
    "one_supported": one_supported,
    "without_register": without_register,
}


def reading(
    check: str,
    text: str | None,
    value: float | None = None,
    low: float | None = None,
    high: float | None = None,
    outcome: str = "voluntary_exit",
) -> dict[str, Any]:
    """One row of ``outcomes.sensitivity``."""
    return dict.fromkeys(SENSITIVITY_SCHEMA) | {
        "check": check,
        "outcome": outcome,
        "reading": text,
        "status": SHOWN if text else NOT_REPORTABLE,
        "estimand": "risk_ratio" if check == "e_value" else "risk_difference",
        "horizon_days": 365,
        "value": value,
        "range_low": low,
        "range_high": high,
    }


def checked() -> SiteData:
    """A clear difference with what the sensitivity checks say, and further designs."""
    data = clear_difference()
    exits = pl.col("outcome").is_in(["voluntary_exit", "involuntary_exit", "any_exit"])
    weighted = data.comparison.filter((pl.col("design") == "weighted") & exits)
    sustained = weighted.with_columns(pl.lit("sustained").alias("design"))
    leaning = weighted.with_columns(
        pl.lit("coach_preference").alias("design"),
        pl.lit("not_reportable").alias("verdict"),
        pl.lit("the coach’s leaning says too little").alias("reason"),
        pl.lit(NOT_REPORTABLE).alias("status"),
        *(pl.lit(None, pl.Float64).alias(n) for n in ("estimate", "conf_low", "conf_high")),
    )
    rollout = weighted.filter(pl.col("horizon_days") == 90).with_columns(
        pl.lit("training_rollout").alias("design"),
        pl.lit(30, pl.Int64).alias("horizon_days"),
        (-pl.col("estimate")).alias("estimate"),
        (-pl.col("conf_high")).alias("conf_low"),
        (-pl.col("conf_low")).alias("conf_high"),
        pl.lit("worse").alias("verdict"),
    )
    readings = [
        reading(
            "negative_control", "Before day 0 nothing is seen.", 0.001, -0.002, 0.004,
            outcome="unplanned_absence",
        ),
        reading("e_value", "A ratio of risks of at least 2.49.", value=2.49),
        reading("leave_one_site_out", "Between -12.1 and -8.5.", -0.1, -0.121, -0.085),
        reading("misclassified_style_1_in_10", "It would be -11.0.", -0.11, -0.22, 0.003),
        reading("complete_case", None) | {"reason": "too few people with complete records"},
        reading("e_value", "Not the outcome that is asked for.", outcome="any_exit"),
    ]  # fmt: skip
    return replace(
        data,
        comparison=pl.concat([data.comparison, sustained, leaning, rollout], how="diagonal"),
        sensitivity=pl.DataFrame(readings, schema=SENSITIVITY_SCHEMA),
        anytime_interval=weighted.filter(pl.col("horizon_days") == 365).with_columns(
            (2 * pl.col("conf_low") - pl.col("estimate")).alias("anytime_conf_low"),
            (2 * pl.col("conf_high") - pl.col("estimate")).alias("anytime_conf_high"),
        ),
    )
