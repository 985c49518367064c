"""The naive recount of what came after day 0; nothing here is shared with the SQL."""

from __future__ import annotations

import datetime as dt

from tests.sql.recount import UNPLANNED, episodes, mean
from tests.sql.recount_surveys import scales_of
from tests.sql.worlds import Row, World, key_of

SCALES = ("emotional_exhaustion", "cynicism", "compassion_satisfaction", "morale")


def outcomes(world: World) -> dict[tuple[str, str], Row]:
    """The expected rows of marts.episode_outcome by agent key and outcome."""
    people = {key_of(row["employee_id"]): row["employee_id"] for row in world.of("roster")}
    expected: dict[tuple[str, str], Row] = {}
    for key, episode in episodes(world).items():
        person, day_0 = people[key], episode["day_0"]
        last = day_0 + dt.timedelta(days=episode["follow_up_days"])
        found = {
            **{name: (180, *_scale(world, person, day_0, last, name)) for name in SCALES},
            "unplanned_absence": (180, *_absence(world, person, day_0, last)),
            **{name: (90, *weekly) for name, weekly in _weeks(world, person, day_0, last).items()},
        }
        for name, (horizon, numerator, denominator, n) in found.items():
            value = None
            if numerator is not None and denominator is not None:
                value = numerator / denominator
            expected[key, name] = {
                "agent_key": key,
                "outcome": name,
                "horizon_days": horizon,
                "is_window_complete": (world.data_until - day_0).days >= horizon,
                "is_observed": value is not None,
                "n_observations": n,
                "numerator": numerator,
                "denominator": denominator,
                "value": value,
            }
    return expected


Found = tuple[float | None, float | None, int]


def _scale(world: World, person: str, day_0: dt.date, last: dt.date, name: str) -> Found:
    answers = []
    for row in world.of("fatigue_surveys"):
        if row["employee_id"] != person or row["submitted_on"] > last:
            continue
        if name in ("emotional_exhaustion", "cynicism"):
            score = scales_of(row)[name]
        elif name == "morale" or row["instrument"] == "scores_0_100":
            score = row.get(name)
        else:
            score = None
        if score is not None and 60 <= (row["submitted_on"] - day_0).days <= 180:
            answers.append((row["submitted_on"], row["response_id"], score))
    return (min(answers)[2], 1.0, 1) if answers else (None, None, 0)


def _absence(world: World, person: str, day_0: dt.date, last: dt.date) -> Found:
    lost = scheduled = 0.0
    n = 0
    for row in world.of("shifts"):
        is_mine = row["employee_id"] == person and row["shift_date"] <= last
        if is_mine and 1 <= (row["shift_date"] - day_0).days <= 180:
            n += 1
            scheduled += row["scheduled_hours"]
            lost += row["absent_hours"] if row["absence_type"] in UNPLANNED else 0
    return (lost, scheduled, n) if scheduled else (None, None, 0)


def _weeks(world: World, person: str, day_0: dt.date, last: dt.date) -> dict[str, Found]:
    window = {day_0 + dt.timedelta(days=number) for number in range(1, 91)}
    scores, ratings, responses = [], [], []
    for row in world.of("performance"):
        days = {row["week_start"] + dt.timedelta(days=number) for number in range(7)}
        if row["employee_id"] != person or not days <= window or max(days) > last:
            continue
        if row.get("quality_score") is not None:
            scores.append(row["quality_score"])
        weight = 1 if row.get("csat_responses") is None else row["csat_responses"]
        if row.get("csat_mean") is not None and weight:
            ratings.append(row["csat_mean"] * weight)
            responses.append(weight)
    satisfaction = sum(ratings) / sum(responses) if responses else None
    return {
        "customer_satisfaction": (satisfaction, 1.0 if responses else None, len(responses)),
        "quality_score": (mean(scores), 1.0 if scores else None, len(scores)),
    }
