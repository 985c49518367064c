"""What was seen before anything that people are weighted by, against a naive recount."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.sql.recount import UNPLANNED, episodes, mean
from tests.sql.recount_surveys import scales_of
from tests.sql.test_marts_against_recount import assert_same
from tests.sql.worlds import Row, World, built, key_of, mart, random_world

SEEDS = range(6)


def with_earlier_answers(seed: int) -> World:
    """A random world whose shifts and surveys begin earlier; surveys know the other scales too."""
    world, draw = random_world(seed), random.Random(seed)
    surveys = []
    for row in world.of("fatigue_surveys"):
        for number, days in enumerate((0, draw.choice((60, 200)), draw.choice((366, 500)))):
            surveys.append(
                row
                | {
                    "morale": draw.choice((None, 2.5, 7.0)),
                    "compassion_satisfaction": draw.choice((None, 30.0, 64.0)),
                    "submitted_on": row["submitted_on"] - dt.timedelta(days=days),
                    "response_id": f"{row['response_id']}-{number}",
                }
            )
    shifts = [
        row | {"shift_date": row["shift_date"] - dt.timedelta(days=150)}
        for row in world.of("shifts")
    ]
    return replace(world, rows=world.rows | {"fatigue_surveys": surveys, "shifts": shifts})


def recounted(world: World) -> dict[tuple[str, str], Row]:
    people = {key_of(row["employee_id"]): row["employee_id"] for row in world.of("roster")}
    expected: dict[tuple[str, str], Row] = {}
    for key, episode in episodes(world).items():
        person, day_0 = people[key], episode["day_0"]
        for name, found in {
            **scales(world, person, day_0),
            **work(world, person, day_0),
            "unplanned_absence": absence(world, person, day_0),
        }.items():
            if found is not None:
                expected[key, name] = {
                    "agent_key": key,
                    "outcome": name,
                    "is_window_complete": True,
                    "numerator": found[0],
                    "denominator": found[1],
                }
    return expected


def scales(world: World, person: str, day_0: dt.date) -> dict[str, tuple[float, float] | None]:
    mine = [row for row in world.of("fatigue_surveys") if row["employee_id"] == person]
    mine.sort(key=lambda row: (row["submitted_on"], row["response_id"]))
    before = [row for row in mine if 1 <= (day_0 - row["submitted_on"]).days <= 730]
    of_year = [row for row in before if (day_0 - row["submitted_on"]).days <= 365]
    used = [row for row in of_year if any(v is not None for v in scales_of(row).values())]
    if used:
        older = [row for row in before if row["submitted_on"] < used[-1]["submitted_on"]]
    else:
        older = [row for row in before if row not in of_year]
    found: dict[str, tuple[float, float] | None] = {}
    for name in ("emotional_exhaustion", "cynicism"):
        answers = [scales_of(row)[name] for row in older]
        found[name] = last_of(answers)
    found["morale"] = last_of([row.get("morale") for row in of_year])
    found["compassion_satisfaction"] = last_of(
        [
            row.get("compassion_satisfaction") if row["instrument"] == "scores_0_100" else None
            for row in of_year
        ]
    )
    return found


def last_of(answers: list[float | None]) -> tuple[float, float] | None:
    known = [each for each in answers if each is not None]
    return (known[-1], 1.0) if known else None


def work(world: World, person: str, day_0: dt.date) -> dict[str, tuple[float, float] | None]:
    scores, ratings, responses = [], 0.0, 0
    for row in world.of("performance"):
        if row["employee_id"] != person or not 57 <= (day_0 - row["week_start"]).days <= 168:
            continue
        if row["quality_score"] is not None:
            scores.append(row["quality_score"])
        weight = 1 if row["csat_responses"] is None else row["csat_responses"]
        if row["csat_mean"] is not None:
            ratings, responses = ratings + row["csat_mean"] * weight, responses + weight
    score = mean(scores)
    return {
        "quality_score": None if score is None else (score, 1.0),
        "customer_satisfaction": (ratings / responses, 1.0) if responses else None,
    }


def absence(world: World, person: str, day_0: dt.date) -> tuple[float, float] | None:
    lost = scheduled = 0.0
    for row in world.of("shifts"):
        if row["employee_id"] == person and 91 <= (day_0 - row["shift_date"]).days <= 270:
            scheduled += row["scheduled_hours"]
            lost += row["absent_hours"] if row["absence_type"] in UNPLANNED else 0
    return (lost, scheduled) if scheduled else None


@pytest.mark.parametrize("seed", SEEDS)
def test_it_counts_as_the_recount_does(seed: int) -> None:
    world = with_earlier_answers(seed)
    with built(world, ["placebo_outcome"]) as con:
        rows = mart(con, "placebo_outcome")
    by_key = {(row["agent_key"], row["outcome"]): row for row in rows}
    assert len(by_key) == len(rows)
    assert_same(by_key, recounted(world))


def test_the_random_worlds_reach_every_outcome() -> None:
    seen: Counter[Any] = Counter()
    for seed in SEEDS:
        seen.update(name for _, name in recounted(with_earlier_answers(seed)))
    assert len(seen) == 7
    assert min(seen.values()) >= 3
