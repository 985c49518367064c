"""Made-up frames of a publication: comparisons, curves, balance, checks and files."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import polars as pl

from pipelines.core.status import SHOWN

COMPASSIONATE = ("compassionate", "compliance")
HORIZONS = (90, 180, 365)
LABELS = {
    "prior_unplanned_absence_rate": "Prior absence",
    "tenure_days": "Time in job",
    "prior_emotional_exhaustion_0_100": "Baseline exhaustion",
    "weekly_hours": "Weekly hours",
    "site": "Site",
    "trigger": "What set off the session",
    "prior_quality_score_0_100": "Prior quality score",
    "prior_csat_mean_1_5": "Prior customer score",
    "calendar_month": "Calendar month",
    "employment_type": "Contract",
}
COMPARISON_SCHEMA = {
    **dict.fromkeys(["outcome", "design", "estimand", "segment", "segment_value"], pl.String),
    **dict.fromkeys(["arm_a", "arm_b", "verdict", "reason", "status"], pl.String),
    "credibility": pl.String,
    **dict.fromkeys(["horizon_days", "n_people_a", "n_people_b"], pl.Int64),
    **dict.fromkeys(["n_events_a", "n_events_b"], pl.Int64),
    **dict.fromkeys(["value_a", "value_b", "estimate", "std_error"], pl.Float64),
    **dict.fromkeys(["conf_low", "conf_high", "conf_level", "rounding"], pl.Float64),
}
CURVE_SCHEMA = {
    **dict.fromkeys(["design", "segment", "segment_value", "arm", "reason", "status"], pl.String),
    **dict.fromkeys(["day", "at_risk", "n_events"], pl.Int64),
    **dict.fromkeys(["survival", "clustered_conf_low", "clustered_conf_high"], pl.Float64),
    **{
        f"{kind}{part}": pl.Float64
        for kind in ("voluntary_exit", "involuntary_exit")
        for part in ("", "_conf_low", "_conf_high")
    },
}
BALANCE_SCHEMA = {
    **dict.fromkeys(["design", "covariate", "level", "label", "reason", "status"], pl.String),
    **dict.fromkeys(["smd_before", "smd_after"], pl.Float64),
}
WEIGHT_SCHEMA = {
    **dict.fromkeys(["design", "arm", "reason", "status"], pl.String),
    "n_people": pl.Int64,
    **dict.fromkeys(["effective_sample_size", "mean_weight", "largest_weight"], pl.Float64),
    **dict.fromkeys(["share_trimmed", "overlap"], pl.Float64),
}
FLOW_SCHEMA = {
    "step_number": pl.Int64,
    "step": pl.String,
    "label": pl.String,
    "n_people": pl.Int64,
    "n_left": pl.Int64,
    "reason": pl.String,
    "status": pl.String,
}
FRESHNESS_SCHEMA = {
    "source": pl.String,
    "latest_date": pl.Date,
    "age_days": pl.Int64,
    "expected_days": pl.Int64,
    "is_on_time": pl.Boolean,
    "n_rows": pl.Int64,
    "status": pl.String,
}
CHECK_SCHEMA = {
    **dict.fromkeys(["table_name", "check_name", "severity", "detail"], pl.String),
    "passed": pl.Boolean,
    "n_checked": pl.Int64,
    "n_failed": pl.Int64,
}
FILE_SCHEMA = {
    **dict.fromkeys(["source", "file", "status", "reason"], pl.String),
    **dict.fromkeys(["n_rows", "n_accepted", "n_quarantined", "n_superseded"], pl.Int64),
    "first_seen_at": pl.Datetime("us", "UTC"),
    "is_in_landing": pl.Boolean,
    "unknown_columns": pl.String,
}
QUARANTINE_SCHEMA = {
    **dict.fromkeys(["source", "file", "rule", "column_name"], pl.String),
    "n_rows": pl.Int64,
}


def risk(hazard: float, share: float) -> Callable[[int], float]:
    """Cumulative incidence of one kind of exit under constant hazards, by day."""
    return lambda day: share * (1 - math.exp(-hazard * day))


def row(outcome: str, horizon: int, design: str, estimand: str, **values: Any) -> dict[str, Any]:
    """One row of the comparison; the verdict follows from the interval unless given."""
    low, high = values.get("conf_low"), values.get("conf_high")
    verdict = "no_clear_difference"
    if low is not None and high is not None and (low > 0 or high < 0):
        is_good = (low > 0) == (estimand == "rmst_difference_days")
        verdict = "better" if is_good else "worse"
    base = dict.fromkeys(COMPARISON_SCHEMA)
    base |= {
        "outcome": outcome,
        "horizon_days": horizon,
        "design": design,
        "estimand": estimand,
        "segment": "all",
        "segment_value": "all",
        "conf_level": 0.95,
        "verdict": verdict,
        "status": SHOWN,
        "n_people_a": 1240,
        "n_people_b": 1315,
        "n_events_a": 223,
        "n_events_b": 309,
    }
    return base | values


def difference(a: float, b: float, error: float) -> dict[str, float]:
    return {
        "value_a": a,
        "value_b": b,
        "estimate": a - b,
        "std_error": error,
        "conf_low": a - b - 1.96 * error,
        "conf_high": a - b + 1.96 * error,
    }


def comparison(
    arms: tuple[str, str], horizons: tuple[int, ...], rate_a: float, rate_b: float, error: float
) -> pl.DataFrame:
    """All rows under constant hazards; the unadjusted gap is half as large again."""
    rows = []
    for design, stretch in (("weighted", 1.0), ("unadjusted", 1.5)):
        b = rate_b
        a = b + (rate_a - rate_b) * stretch
        for h in horizons:
            shares = {"voluntary_exit": 0.75, "involuntary_exit": 0.18, "any_exit": 1.0}
            for outcome, share in shares.items():
                gap = difference(
                    risk(a, share)(h), risk(b, share)(h), error * share * math.sqrt(h / 365)
                )
                if outcome == "involuntary_exit":
                    gap = difference(risk(b, share * 0.98)(h), risk(b, share)(h), error)
                rows.append(row(outcome, h, design, "risk_difference", **gap))
                days = difference(mean_time(a, h), mean_time(b, h), error * h * 0.45)
                rows.append(row(outcome, h, design, "rmst_difference_days", **days))
    frame = pl.DataFrame(rows, schema=COMPARISON_SCHEMA)
    return frame.with_columns(pl.lit(arms[0]).alias("arm_a"), pl.lit(arms[1]).alias("arm_b"))


MEANS: dict[str, tuple[int, float, float, float, bool]] = {
    "emotional_exhaustion": (180, 44.6, -6.1, 0.93, False),
    "cynicism": (180, 39.6, -4.6, 0.89, False),
    "compassion_satisfaction": (180, 62.6, 3.6, 0.77, True),
    "morale": (180, 6.29, 0.41, 0.09, True),
    "unplanned_absence": (180, 0.0423, -0.0092, 0.0011, False),
    "customer_satisfaction": (90, 3.911, -0.002, 0.005, True),
    "quality_score": (90, 73.0, 0.31, 0.16, True),
}
"""Last day, the mean in arm b, the difference and its error, and whether more is better."""
DESIGNS_OF_MEANS = {
    "unadjusted": (0.85, 1.0),
    "weighted": (1.0, 1.0),
    "doubly_robust": (0.96, 0.95),
    "coach_preference": (0.9, 5.0),
}


def means(arms: tuple[str, str], lean: float, noise: float) -> pl.DataFrame:
    """Rows of the outcomes other than exits; ``lean`` 1 is better for arm a, -1 worse."""
    rows = []
    for outcome, (day, b, gap, error, is_more_better) in MEANS.items():
        for design, (size, spread) in DESIGNS_OF_MEANS.items():
            values = difference(b + lean * size * gap, b, error * noise * spread)
            low, high = values["conf_low"], values["conf_high"]
            verdict = "no_clear_difference"
            if low > 0 or high < 0:
                verdict = "better" if (low > 0) == is_more_better else "worse"
            told = row(outcome, day, design, "mean_difference", **values)
            counts = {"n_people_a": 830, "n_people_b": 790, "n_events_a": None, "n_events_b": None}
            rows.append(told | counts | {"verdict": verdict})
    frame = pl.DataFrame(rows, schema=COMPARISON_SCHEMA)
    return frame.with_columns(pl.lit(arms[0]).alias("arm_a"), pl.lit(arms[1]).alias("arm_b"))


def mean_time(hazard: float, horizon: int) -> float:
    return (1 - math.exp(-hazard * horizon)) / hazard


def curves(
    arms: tuple[str, str],
    horizons: tuple[int, ...],
    rates: tuple[float, float],
    error: float,
    sizes: tuple[int, int] = (1240, 1315),
) -> pl.DataFrame:
    last = max(horizons)
    days = sorted({*range(0, last + 1, 7), *horizons})
    rows = []
    for design in ("weighted", "unadjusted"):
        for arm, rate, n in zip(arms, rates, sizes, strict=True):
            for day in days:
                survival = math.exp(-rate * day) - 0.004 * math.sin(day / 9) * (day > 0)
                spread = 1.96 * error * 0.7 * math.sqrt(day / 365)
                left = 1 - min(1.0, survival)
                rows.append(
                    {
                        "design": design,
                        "segment": "all",
                        "segment_value": "all",
                        "arm": arm,
                        "day": day,
                        "at_risk": round(n * survival * (1 - 0.25 * day / last)),
                        "n_events": 3,
                        "survival": min(1.0, survival),
                        "clustered_conf_low": None if day == 0 else survival - spread,
                        "clustered_conf_high": None if day == 0 else min(1, survival + spread),
                        **_kind("voluntary_exit", 0.75 * left, spread),
                        **_kind("involuntary_exit", 0.18 * left, 0.4 * spread),
                        "reason": None,
                        "status": SHOWN,
                    }
                )
    return pl.DataFrame(rows, schema=CURVE_SCHEMA)


def _kind(name: str, share: float, spread: float) -> dict[str, float | None]:
    low, high = max(share - spread, 0.4 * share), share + spread
    ends = (low, high) if share else (None, None)
    return {name: share, f"{name}_conf_low": ends[0], f"{name}_conf_high": ends[1]}


def balance(largest_after: float = 0.06) -> pl.DataFrame:
    rows = []
    for i, (name, label) in enumerate(LABELS.items()):
        levels = ["North", "South", "Site"] if name == "site" else [None]
        for level in levels:
            before = 0.41 * (0.82**i) * (-1 if i % 3 else 1)
            rows.append(
                {
                    "design": "weighted",
                    "covariate": name,
                    "level": level,
                    "label": label,
                    "smd_before": before,
                    "smd_after": largest_after * (0.5 + 0.5 * math.cos(i)),
                    "status": SHOWN,
                }
            )
    return pl.DataFrame(rows, schema=BALANCE_SCHEMA)


def weights(arms: tuple[str, str], sizes: tuple[int, int] = (1240, 1315)) -> pl.DataFrame:
    rows = [
        {
            "design": "weighted",
            "arm": arm,
            "n_people": n,
            "effective_sample_size": n * 0.81,
            "mean_weight": 1.0,
            "largest_weight": 3.9,
            "share_trimmed": 0.0,
            "overlap": 0.99,
            "reason": None,
            "status": SHOWN,
        }
        for arm, n in zip((*arms, "all"), (*sizes, sum(sizes)), strict=True)
    ]
    return pl.DataFrame(rows, schema=WEIGHT_SCHEMA)


def flow() -> pl.DataFrame:
    steps = [
        ("on_roster", "Ever on the roster", 3104, 0, None),
        ("never_agent", "Ever an agent", 2866, 238, "never had the role agent"),
        ("no_session", "Had a coaching session", 2731, 135, "no coaching session"),
        (
            "no_arm_session",
            "Had a session of one of the two kinds compared",
            2604,
            127,
            "only sessions of other kinds",
        ),
        ("after_data_until", "First such session before the data end", 2598, 6, "too late"),
        ("not_agent_on_day_0", "An agent on the roster on day 0", 2570, 28, "another role"),
        ("unknown_hire_date", "Hire date known", 2562, 8, "no hire date"),
        (
            "exit_on_or_before_day_0",
            "Still employed after day 0: in the analysis",
            2555,
            7,
            "exit on or before day 0",
        ),
    ]
    rows = [(i, *step, SHOWN) for i, step in enumerate(steps)]
    return pl.DataFrame(rows, schema=FLOW_SCHEMA, orient="row")


ALL_SOURCES = (
    "roster", "coaching_sessions", "attrition", "fatigue_surveys", "shifts", "performance",
    "training",
)  # fmt: skip


def freshness(missing: tuple[str, ...] = (), late: tuple[str, ...] = ()) -> pl.DataFrame:
    rows = []
    for source in ALL_SOURCES:
        status = "missing" if source in missing else "late" if source in late else "present"
        there = status != "missing"
        rows.append(
            {
                "source": source,
                "latest_date": dt.date(2026, 10, 31) if there else None,
                "age_days": (40 if status == "late" else 22) if there else None,
                "expected_days": 31,
                "is_on_time": status == "present",
                "n_rows": 21_460 if there else 0,
                "status": status,
            }
        )
    return pl.DataFrame(rows, schema=FRESHNESS_SCHEMA)


WHERE = (
    "12 of 700,000 rows: shifts/shifts.csv line 9, column absent_hours: is more than was scheduled"
)
CHECK_LABELS = {
    "staging.shifts.absent_hours_within_scheduled": "Nobody missed more hours than were scheduled."
}


def checks(n_failed: int = 1) -> pl.DataFrame:
    rows = [
        {
            "table_name": "staging.shifts" if i < n_failed else "staging.roster",
            "check_name": "absent_hours_within_scheduled" if i < n_failed else f"rule_{i}",
            "severity": "WARN",
            "passed": i >= n_failed,
            "n_checked": 700_000,
            "n_failed": 12 if i < n_failed else 0,
            "detail": WHERE if i < n_failed else None,
        }
        for i in range(42)
    ]
    return pl.DataFrame(rows, schema=CHECK_SCHEMA)


SEEN = dt.datetime(2026, 11, 20, 2, 31, tzinfo=dt.UTC)


def files() -> pl.DataFrame:
    rows = [
        (s, f"{s}.csv", "loaded", None, 21_460, 21_447, 13, 0, SEEN, True, None)
        for s in ALL_SOURCES
    ]
    return pl.DataFrame(rows, schema=FILE_SCHEMA, orient="row")


def quarantine() -> pl.DataFrame:
    rows = [(s, f"{s}.csv", "date_out_of_range", "started_at", 13) for s in ALL_SOURCES]
    return pl.DataFrame(rows, schema=QUARANTINE_SCHEMA, orient="row")
