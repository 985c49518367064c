"""Made-up practice, coaches and trainings: one publication per situation that pages must tell."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl

from dashboards.data import SiteData
from pipelines.core.status import NO_DATA, SHOWN, SUPPRESSED
from pipelines.estimators.results import EVENT_STUDY_SCHEMA, INSTRUMENT_SCHEMA
from pipelines.measurement.practice_counts import PRACTICE_SCHEMA
from pipelines.measurement.style_coding import (
    BEHAVIOURS,
    COMPASSIONATE_BEHAVIOURS,
    RATER_AGREEMENT_SCHEMA,
    STYLE_AGREEMENT_SCHEMA,
)
from tests.figures.claim_worlds import CLAIM_SCHEMA, ESTIMATE_SCHEMA, SENSITIVITY_SCHEMA
from tests.figures.frames import COMPARISON_SCHEMA, row
from tests.figures.worlds import clear_difference, odd_labels, world

HIDDEN = "hidden for privacy: fewer than 10 people or 3 coaches with it, or without it"
OTHER_ARMS = ("dedicated coach", "line manager")
Rows = list[dict[str, Any]]


def _with_status(schema: dict[str, pl.DataType]) -> dict[str, Any]:
    return schema | {"status": pl.String()}


def entry(topic: str, measure: str, arm: str | None, value: float | None, **more: Any) -> Any:
    base = dict.fromkeys(_with_status(PRACTICE_SCHEMA)) | {"position": 0, "unit": "fraction 0-1"}
    sizes = {"n_people": 640, "n_coaches": 41, "n_sessions": 5210}
    shown = sizes | {"status": SHOWN}
    if value is None:
        shown = {"reason": HIDDEN, "status": SUPPRESSED}
    return base | {"topic": topic, "measure": measure, "arm": arm, "value": value} | shown | more


def sessions(arms: tuple[str, str], gap: float) -> Rows:
    """Rows by kind; ``gap`` is how far apart behaviours are, 0 for not at all."""
    rows: Rows = []
    for arm, sign in zip(arms, (1, -1), strict=True):
        for i, name in enumerate(BEHAVIOURS):
            side = sign if name in COMPASSIONATE_BEHAVIOURS else -sign
            rows.append(
                entry("behaviour", name, arm, 0.5 + side * (gap / 2 + gap * i / 60), position=i)
            )
        rows.append(entry("follow_up", "agreed", arm, 0.6 + sign * gap / 4))
        rows.append(entry("follow_up", "done", arm, 0.5 + sign * gap / 4, position=1))
        rows.append(entry("length", "length", arm, 30 + 8 * sign * gap, unit="minutes"))
        rows.append(entry("sessions_per_agent", "sessions_per_agent", arm, 6.1, unit="sessions"))
        for i, (name, value) in enumerate((("in_person", 0.6), ("video", 0.4))):
            rows.append(entry("modality", name, arm, value, position=i))
        for i, (name, value) in enumerate((("scheduled", 0.7), ("metric_miss", 0.3))):
            shift = sign * gap / 8 * (1 if i == 0 else -1)
            rows.append(entry("trigger", name, arm, value + shift, position=i))
    return rows  # fmt: skip


def bands(mix: dict[str, int], sizes: dict[str, int]) -> Rows:
    rows: Rows = []
    for topic, found in (("coach_mix", mix), ("people_per_coach", sizes)):
        for i, (measure, n) in enumerate(found.items()):
            ends = [int(end) for end in re.findall(r"\d+", measure)[:2]]
            is_mixed = len(ends) == 2 and ends[0] >= 20 and ends[1] <= 80
            both = {
                "n_coaches_both": 0 if measure in ("none", "all") else n,
                "n_coaches_mixed": n if is_mixed else 0,
            }
            rows.append(
                entry(
                    topic,
                    measure,
                    None,
                    n / sum(found.values()),
                    n_coaches=n,
                    n_people=20 * n,
                    n_sessions=None,
                    position=i,
                    **(both if topic == "coach_mix" else {}),
                )
            )
    return rows  # fmt: skip


def attended() -> Rows:
    none = {"n_coaches": None, "n_sessions": None}
    return [
        entry("training", "coaching_with_compassion", None, 1.0, level="all", n_people=34, **none),
        entry("training", "coaching_with_compassion", None, 0.6, level="onsite", n_people=20,
              position=1, **none),
        entry("training", "coaching_with_compassion", None, 0.4, level="other", n_people=14,
              position=2, **none),
        entry("training", "compassion_fatigue", None, None, level="all",
              reason="hidden for privacy: fewer than 10 people"),
    ]  # fmt: skip


def practice(rows: Rows) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=_with_status(PRACTICE_SCHEMA))


def events(after: float, p_value: float | None = 0.63) -> pl.DataFrame:
    rows = [
        {
            "training": "coaching_with_compassion",
            "outcome": outcome,
            "months_since_training": month,
            "n_coaches": 30 - abs(month),
            "n_coaches_compared": 60,
            "estimate": after if month >= 0 else 0.002,
            "conf_low": (after if month >= 0 else 0.002) - 0.012,
            "conf_high": (after if month >= 0 else 0.002) + 0.012,
            "pre_trend_p_value": p_value,
            "status": SHOWN,
        }
        for outcome in ("voluntary_exit", "any_exit", "arm_a_share")
        for month in (*range(-9, -6), *range(4))
    ]
    return pl.DataFrame(
        [dict.fromkeys(EVENT_STUDY_SCHEMA) | each for each in rows], schema=EVENT_STUDY_SCHEMA
    )


def first_stages(f: float, moved: tuple[float, float, float]) -> pl.DataFrame:
    value, low, high = moved
    rows = [
        {"design": "coach_preference", "outcome": "voluntary_exit", "first_stage": 0.5,
         "f_statistic": f, "min_f_statistic": 10.0, "n_people": 1500, "n_coaches": 80},
        {"design": "training_rollout", "outcome": "voluntary_exit", "first_stage": value,
         "conf_low": low, "conf_high": high, "n_coaches": 34},
    ]  # fmt: skip
    return pl.DataFrame(
        [dict.fromkeys(INSTRUMENT_SCHEMA) | {"status": SHOWN} | each for each in rows],
        schema=INSTRUMENT_SCHEMA,
    )


def agreement(share: float) -> pl.DataFrame:
    found = {"agreement_share": share, "kappa": 2 * share - 1, "conf_low": 2 * share - 1.02,
             "conf_high": 2 * share - 0.98, "n_compared": 9120, "status": SHOWN}  # fmt: skip
    return pl.DataFrame(
        [dict.fromkeys(STYLE_AGREEMENT_SCHEMA) | found], schema=_with_status(STYLE_AGREEMENT_SCHEMA)
    )


def raters(alpha: float | None) -> pl.DataFrame:
    rows = [
        dict.fromkeys(RATER_AGREEMENT_SCHEMA)
        | {
            "behaviour": name,
            "statistic": "krippendorff_alpha",
            "estimate": None if alpha is None else alpha - 0.02 * i,
            "conf_low": None if alpha is None else alpha - 0.02 * i - 0.1,
            "conf_high": None if alpha is None else alpha - 0.02 * i + 0.1,
            "n_sessions": 0 if alpha is None else 120,
            "reason": "nothing was coded twice" if alpha is None else None,
            "status": NO_DATA if alpha is None else SHOWN,
        }
        for i, name in enumerate(BEHAVIOURS)
    ]
    return pl.DataFrame(rows, schema=_with_status(RATER_AGREEMENT_SCHEMA))


def with_designs(data: SiteData, leaving: tuple[float, float, float]) -> SiteData:
    """Rows of the two designs of these pages; ``leaving`` is the roll-out's estimate and range."""
    value, low, high = leaving
    shown = {"value_a": 0.02 + value, "value_b": 0.02, "std_error": 0.005}
    more = [
        row("voluntary_exit", 30, "training_rollout", "risk_difference",
            estimate=value, conf_low=low, conf_high=high, **shown),
        row("voluntary_exit", 365, "coach_preference", "risk_difference",
            estimate=-0.05, conf_low=-0.16, conf_high=0.06, value_a=0.2, value_b=0.25,
            std_error=0.05),
    ]  # fmt: skip
    frame = pl.DataFrame(more, schema=COMPARISON_SCHEMA)
    curve = data.retention_curve.with_columns(
        std_error=pl.lit(0.010), clustered_std_error=pl.lit(0.013)
    )
    left_out = {
        "status": SHOWN, "check": "leave_one_coach_out", "outcome": "voluntary_exit",
        "horizon_days": 365,
        "value": -6.8, "range_low": -7.4, "range_high": -6.1, "estimand": "risk_difference",
        "reading": "Leaving out one of 41 coaches at a time, the difference lies between -7.4 and "
        "-6.1 per 100 people, on the same side throughout",
    }  # fmt: skip
    return replace(
        data,
        comparison=pl.concat([data.comparison, frame], how="diagonal"),
        retention_curve=curve,
        sensitivity=pl.DataFrame([left_out], schema=SENSITIVITY_SCHEMA),
    )


def with_claim(data: SiteData, verdict: str) -> SiteData:
    said = {
        "claim": "trainable", "wording": "Coaches can learn it.", "source": "Trainers",
        "tested_by": "Behaviours before and after", "verdict": verdict, "n_estimates": 1,
        "reason": "share of the behaviours after the training: +12.2 per 100 behaviours",
        "status": SHOWN,
    }  # fmt: skip
    estimate = {
        "claim": "trainable",
        "estimator": "training",
        "is_deciding": True,
        "label": "behaviours after the training",
        "n_people": 80,
        "reason": "no data",
        "status": NO_DATA,
    }
    return replace(
        data,
        claim=pl.DataFrame([said], schema=CLAIM_SCHEMA),
        claim_estimate=pl.DataFrame([estimate], schema={**ESTIMATE_SCHEMA, "estimator": pl.String}),
    )


def _world(data: SiteData, rows: Rows, **frames: Any) -> SiteData:
    return replace(data, coaching_practice=practice(rows), **frames)


def practised() -> SiteData:
    """Everything is there: kinds far apart, mixed coaches, a training with fewer leavers after."""
    rows = [
        *sessions(("compassionate", "compliance"), 0.5),
        *bands({"0 to 40 per 100": 6, "40 to 60 per 100": 22, "60 to 80 per 100": 13},
               {"10 to 19": 15, "20 to 29": 26}),
        *attended(),
    ]  # fmt: skip
    base = with_claim(with_designs(clear_difference(), (-0.011, -0.019, -0.003)), "supported")
    return _world(
        base, rows, style_agreement=agreement(0.97), rater_agreement=raters(0.92),
        event_study=events(-0.02), instrument=first_stages(60.2, (0.08, 0.03, 0.13)),
    )  # fmt: skip


def alike() -> SiteData:
    """Kinds look alike, coaches are pure, the two sides had parted before the training."""
    rows = [
        *sessions(("compassionate", "compliance"), 0.02),
        *bands({"none": 20, "all": 18, "20 to 40 per 100": 3}, {"1 to 9": 41}),
        *attended(),
    ]
    base = with_claim(with_designs(clear_difference(), (0.002, -0.008, 0.012)), "unclear")
    return _world(
        base, rows, style_agreement=agreement(0.61), rater_agreement=raters(None),
        event_study=events(0.001, 0.004), instrument=first_stages(4.1, (0.01, -0.03, 0.05)),
    )  # fmt: skip


def few_people() -> SiteData:
    """Too few people and coaches for most of it."""
    arms = ("compassionate", "compliance")
    rows = [
        *(entry("behaviour", name, arm, None) for arm in arms for name in BEHAVIOURS),
        *(entry(topic, "all", arm, None) for arm in arms for topic in ("modality", "trigger")),
        *(entry("length", "length", arm, None, unit="minutes") for arm in arms),
        entry("coach_mix", "all", None, None),
        entry("people_per_coach", "all", None, None),
        attended()[-1],
    ]
    return _world(clear_difference(), rows)


def other_labels() -> SiteData:
    """As `practised` under labels of the organisation's own: none of the default words fits."""
    rows = [
        *sessions(OTHER_ARMS, 0.5),
        *bands({"20 to 40 per 100": 6, "40 to 60 per 100": 22}, {"10 to 19": 15, "20 to 29": 26}),
    ]
    return _world(
        with_designs(world(arms=OTHER_ARMS), (0.011, 0.003, 0.019)), rows,
        event_study=events(0.02), instrument=first_stages(60.2, (-0.08, -0.13, -0.03)),
    )  # fmt: skip


def hostile_labels() -> SiteData:
    base = odd_labels()
    return _world(base, sessions((base.arm_a, base.arm_b), 0.5))


PRACTICE_WORLDS: dict[str, Callable[[], SiteData]] = {
    make.__name__: make for make in (practised, alike, few_people, other_labels, hostile_labels)
}
