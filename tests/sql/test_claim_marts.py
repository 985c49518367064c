"""The marts behind the claim register against a naive recount, on small random worlds."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.sql import recount_claims
from tests.sql.test_marts_against_recount import assert_same
from tests.sql.worlds import Row, World, built, mart, random_world

COACHES = ("E00", "E01")
SEEDS = range(20, 26)
MORE = [pytest.param(seed, marks=pytest.mark.slow) for seed in range(26, 36)]
RECOUNTS: dict[str, tuple[tuple[str, ...], Callable[[World], dict[Any, Row]]]] = {
    "episode_session": (("agent_key",), recount_claims.episode_sessions),
    "episode_quality": (("agent_key", "first_day", "last_day"), recount_claims.episode_qualities),
    "survey_answer": (("agent_key", "response_number"), recount_claims.survey_answers),
    "first_sign": (("agent_key",), recount_claims.first_signs),
    "coach_practice": (("agent_key", "response_number"), recount_claims.coach_practices),
    "coach_entry": (("agent_key",), recount_claims.coach_entries),
    "training": (("agent_key", "course", "completed_on"), recount_claims.trainings),
}


def claim_world(seed: int) -> World:
    """A random world with follow-ups, minutes, warning signs, and coaches who answer and leave."""
    world, draw = random_world(seed), random.Random(seed)
    sessions = [_session(row, draw) for row in world.of("coaching_sessions")]
    answers = _coach_answers(draw)
    surveys = [
        {
            **row,
            **{sign: draw.choice((None, 30.0, 60.0, 80.0)) for sign in recount_claims.SIGNS},
            "morale": draw.choice((None, 3.0, 8.0)),
        }
        for row in (*world.of("fatigue_surveys"), *answers)
    ]
    training = _training(sorted({row["employee_id"] for row in surveys}), draw)
    last = {"separation_date": dt.date(2024, 11, 20), "separation_type": "voluntary"}
    exits = [{"employee_id": coach, **last} for coach in COACHES if draw.random() < 0.7]
    others = [row for row in world.of("attrition") if row["employee_id"] not in COACHES]
    rows = {
        **world.rows,
        "attrition": [*others, *exits],
        "coaching_sessions": sessions,
        "fatigue_surveys": surveys,
        "training": training,
    }
    return replace(world, rows=rows)


def _session(row: Row, draw: random.Random) -> Row:
    """The session with its minutes and a follow-up that may be due and done."""
    date = row["started_at"].date()
    return {
        **row,
        "duration_minutes": draw.choice((None, 20.0, 45.0)),
        "follow_up_due": draw.choice((None, date + dt.timedelta(days=14))),
        "follow_up_done": draw.choice((None, date + dt.timedelta(days=draw.randrange(60)))),
    }


def _coach_answers(draw: random.Random) -> list[Row]:
    """What the coaches of random worlds, always asked, answer three times a year."""
    return [
        {
            "response_id": f"C{coach}{day}",
            "employee_id": coach,
            "submitted_on": dt.date(2024, 1, 1) + dt.timedelta(days=day),
            "instrument": "scores_0_100",
            "emotional_exhaustion": draw.randrange(101) * 1.0,
            "cynicism": draw.randrange(101) * 1.0,
        }
        for coach in COACHES
        for day in (100, 220, 330)
    ]


def _training(people: list[str], draw: random.Random) -> list[Row]:
    """None, one or three trainings of each person."""
    courses = ("compassion_fatigue", "compassionate_service")
    trainings = {
        (person, draw.choice(courses), dt.date(2024, 1, 1) + dt.timedelta(days=draw.randrange(420)))
        for person in people
        for _ in range(draw.choice((0, 1, 3)))
    }
    return [
        {
            "employee_id": person,
            "course": course,
            "completed_on": date,
            "format": draw.choice(("onsite", "remote", None)),
            "hours": 4.0,
        }
        for person, course, date in sorted(trainings)
    ]


@pytest.mark.parametrize("seed", [*SEEDS, *MORE])
def test_every_mart_counts_as_the_recount_does(seed: int) -> None:
    world = claim_world(seed)
    with built(world, RECOUNTS) as con:
        for name, (keys, recount) in RECOUNTS.items():
            rows = mart(con, name)
            by_key = {
                row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys): row
                for row in rows
            }
            assert len(by_key) == len(rows), name
            assert_same(by_key, recount(world))


def test_the_random_worlds_reach_every_column() -> None:
    """A recount of nothing proves nothing: every column has several values somewhere."""
    seen: dict[str, Counter[str]] = {name: Counter() for name in RECOUNTS}
    columns: dict[str, set[str]] = {name: set() for name in RECOUNTS}
    for seed in SEEDS:
        world = claim_world(seed)
        for name, (_, recount) in RECOUNTS.items():
            for row in recount(world).values():
                columns[name].update(row)
                seen[name].update(column for column, value in row.items() if value is not None)
    for name, counts in seen.items():
        for column in columns[name]:
            assert counts[column] >= 3, (name, column)
