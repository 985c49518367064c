"""What came after day 0 against a naive recount, and at the edges of the windows."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from pipelines.contracts.tables import load_metrics
from tests.sql.recount_outcomes import outcomes
from tests.sql.test_marts_against_recount import assert_same
from tests.sql.worlds import Row, World, built, key_of, mart, random_world

SEEDS = range(8)
DAY_0 = dt.date(2024, 3, 1)


def test_the_estimates_name_the_same_last_days() -> None:
    rows = outcomes_of(one_agent())
    assert {name: row["horizon_days"] for name, row in rows.items()} == {
        metric.outcome: metric.last_day for metric in load_metrics() if metric.last_day
    }


def with_more_scales(seed: int) -> World:
    """A random world whose surveys know the other scales too, on more days."""
    world, draw = random_world(seed), random.Random(seed)
    surveys = []
    for row in world.of("fatigue_surveys"):
        for number in range(3):
            later = row["submitted_on"] + dt.timedelta(days=draw.choice((0, 60, 61, 100)) * number)
            scores = {
                "morale": draw.choice((None, 2.5, 7.0)),
                "compassion_satisfaction": draw.choice((None, 30.0, 64.0)),
            }
            identifier = f"{row['response_id']}-{number}"
            surveys.append(row | scores | {"submitted_on": later, "response_id": identifier})
    return replace(world, rows=world.rows | {"fatigue_surveys": surveys})


@pytest.mark.parametrize("seed", SEEDS)
def test_it_counts_as_the_recount_does(seed: int) -> None:
    world = with_more_scales(seed)
    with built(world, ["coaching_episode", "episode_outcome"]) as con:
        rows = mart(con, "episode_outcome")
        n_episodes = len(mart(con, "coaching_episode"))
    by_key = {(row["agent_key"], row["outcome"]): row for row in rows}
    assert len(by_key) == len(rows) == 7 * n_episodes
    assert_same(by_key, outcomes(world))


def test_the_random_worlds_reach_every_outcome() -> None:
    seen: Counter[Any] = Counter()
    for seed in SEEDS:
        for row in outcomes(with_more_scales(seed)).values():
            seen[row["outcome"], row["is_observed"]] += 1
            seen[row["outcome"], "complete", row["is_window_complete"]] += 1
    names = {name for name, *_ in seen}
    assert len(names) == 7
    for name in names:
        assert seen[name, True] >= 3
        assert seen[name, "complete", True] >= 3
        assert seen[name, "complete", False] >= 1
    assert seen["morale", False] >= 3


def one_agent(**rows: list[Row]) -> World:
    """One agent coached on `DAY_0`, with the given rows of other sources."""
    person = {"employee_id": "A1"}
    roster = person | {
        "effective_date": dt.date(2023, 1, 1),
        "hire_date": dt.date(2023, 1, 1),
        "site": "north",
        "team": "red",
        "role": "agent",
    }
    session = person | {
        "session_id": "S1",
        "coach_id": "C1",
        "started_at": dt.datetime.combine(DAY_0, dt.time(9)),
        "style": "compassionate",
    }
    filled = {source: [person | row for row in given] for source, given in rows.items()}
    return World({"roster": [roster], "coaching_sessions": [session], **filled})


def outcomes_of(world: World) -> dict[str, Row]:
    with built(world, ("trial_candidate", "coaching_episode", "episode_outcome")) as con:
        rows = mart(con, "episode_outcome")
    assert [row["agent_key"] for row in rows] == [key_of("A1")] * 7
    return {row["outcome"]: row for row in rows}


def outcome_of(world: World, name: str) -> Row:
    return outcomes_of(world)[name]


def after(days: int) -> dt.date:
    return DAY_0 + dt.timedelta(days=days)


@pytest.mark.parametrize(
    ("first_day", "is_counted"), [(0, False), (1, True), (84, True), (85, False), (-3, False)]
)
def test_a_week_counts_when_all_of_it_lies_in_days_1_to_90(
    first_day: int, is_counted: bool
) -> None:
    week = {"week_start": after(first_day), "quality_score": 80.0}
    row = outcome_of(one_agent(performance=[week]), "quality_score")
    assert row["value"] == (80.0 if is_counted else None)
    assert row["is_observed"] == is_counted


@pytest.mark.parametrize(
    ("exit_day", "is_counted"), [(15, False), (16, True)], ids=["during", "on the last day"]
)
def test_the_week_of_the_exit_counts_only_when_it_was_worked(
    exit_day: int, is_counted: bool
) -> None:
    world = one_agent(
        performance=[{"week_start": after(10), "quality_score": 80.0}],
        attrition=[{"separation_date": after(exit_day), "separation_type": "voluntary"}],
    )
    assert outcome_of(world, "quality_score")["is_observed"] == is_counted


@pytest.mark.parametrize(
    ("day", "is_counted"), [(59, False), (60, True), (180, True), (181, False)]
)
def test_the_survey_window_is_days_60_to_180(day: int, is_counted: bool) -> None:
    answer = {
        "response_id": "R1",
        "submitted_on": after(day),
        "instrument": "scores_0_100",
        "cynicism": 40.0,
    }
    world = one_agent(fatigue_surveys=[answer])
    assert outcome_of(world, "cynicism")["is_observed"] == is_counted


def test_satisfaction_is_weighted_by_responses_and_absence_leaves_leave_out() -> None:
    world = one_agent(
        performance=[
            {"week_start": after(1), "csat_mean": 5.0, "csat_responses": 1},
            {"week_start": after(8), "csat_mean": 3.0, "csat_responses": 3},
            {"week_start": after(15), "csat_mean": 1.0, "csat_responses": 0},
        ],
        shifts=[
            _shift(1, 8.0, "sick"),
            _shift(2, 8.0, "planned_leave"),
            _shift(180, 0.0, None),
            _shift(181, 8.0, "sick"),
        ],
    )
    rows = outcomes_of(world)
    satisfaction, absence = rows["customer_satisfaction"], rows["unplanned_absence"]
    assert (satisfaction["value"], satisfaction["n_observations"]) == (3.5, 2)
    assert (absence["numerator"], absence["denominator"]) == (8.0, 24.0)


def _shift(day: int, absent: float, kind: str | None) -> Row:
    return {
        "shift_date": after(day),
        "scheduled_hours": 8.0,
        "absent_hours": absent,
        "absence_type": kind,
    }
