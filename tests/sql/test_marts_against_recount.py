"""The marts against a naive recount in plain Python, on small random worlds."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.sql import recount, recount_months, recount_surveys
from tests.sql.worlds import Row, World, built, key_of, mart, random_world

MARTS = (
    "trial_candidate",
    "coaching_episode",
    "agent_month",
    "coaching_session",
    "fatigue_response",
    "fatigue_scale",
    "team_month",
)
SEEDS = range(6)
MORE = [pytest.param(seed, marks=pytest.mark.slow) for seed in range(6, 18)]


def assert_same(actual: dict[Any, Row], expected: dict[Any, Row]) -> None:
    """Both hold the same keys, columns and values; floats up to rounding of their sums.

    A spread is the root of a difference of sums, which keeps half of their digits.
    """
    assert actual.keys() == expected.keys()
    for key, row in expected.items():
        assert actual[key].keys() == row.keys()
        for name, value in row.items():
            found = actual[key][name]
            if isinstance(value, float) and found is not None:
                tolerance = 1e-6 if name.endswith("_spread") else 1e-9
                assert math.isclose(found, value, rel_tol=1e-9, abs_tol=tolerance), (key, name)
            else:
                assert found == value, (key, name)


def numbered(world: World, source: str, date: str, identifier: str) -> dict[Any, Row]:
    """A source's rows up to the end of data by person and their number in order of time."""
    rows: dict[Any, Row] = {}
    for person in {row["employee_id"] for row in world.of(source)}:
        mine = [row for row in world.of(source) if row["employee_id"] == person]
        mine.sort(key=lambda row: (row[date], row[identifier]))
        for number, row in enumerate(mine, start=1):
            moment = row[date]
            day = moment.date() if isinstance(moment, dt.datetime) else moment
            if day <= world.data_until:
                rows[key_of(person), number] = row
    return rows


def assert_sessions(world: World, sessions: list[Row]) -> None:
    """What the behaviours speak for, session by session."""
    expected = {
        key: recount_surveys.style_of(row)
        for key, row in numbered(world, "coaching_sessions", "started_at", "session_id").items()
    }
    names = ("behaviour_balance", "style_from_behaviours", "is_label_disputed")
    assert_same(
        {(row["agent_key"], row["session_number"]): {n: row[n] for n in names} for row in sessions},
        expected,
    )


def assert_responses(world: World, responses: list[Row], scales: list[Row]) -> None:
    """The two scales of every response, and the same among the questionnaires' own scales."""
    assert world.analyst_person_scores
    rows = numbered(world, "fatigue_surveys", "submitted_on", "response_id")
    expected = {key: recount_surveys.scales_of(row) for key, row in rows.items()}
    names = ("cynicism", "emotional_exhaustion")
    actual = {
        (row["agent_key"], row["response_number"]): {n: row[f"{n}_0_100"] for n in names}
        for row in responses
    }
    assert_same(actual, expected)
    stands_for = {"disengagement": "cynicism", "exhaustion": "emotional_exhaustion"}
    for row in scales:
        column = stands_for.get(row["scale"], row["scale"])
        if row["instrument"] in ("olbi", "scores_0_100") and column in names:
            key = (row["agent_key"], row["response_number"])
            assert_same({key: {column: row["score_0_100"]}}, {key: {column: expected[key][column]}})


@pytest.mark.parametrize("seed", [*SEEDS, *MORE])
def test_every_mart_counts_as_the_recount_does(seed: int) -> None:
    world = replace(random_world(seed), analyst_person_scores=True)
    with built(world, MARTS) as con:
        candidates = {row["agent_key"]: row["exclusion"] for row in mart(con, "trial_candidate")}
        assert candidates == recount.candidates(world)

        episodes = {row["agent_key"]: row for row in mart(con, "coaching_episode")}
        assert_same(episodes, recount.episodes(world))

        months = mart(con, "agent_month")
        by_month = {(row["agent_key"], row["month"]): row for row in months}
        assert len(by_month) == len(months)
        assert_same(by_month, recount_months.agent_months(world))

        assert_sessions(world, mart(con, "coaching_session"))
        assert_responses(world, mart(con, "fatigue_response"), mart(con, "fatigue_scale"))

        teams = mart(con, "team_month")
        by_team = {(row["site"], row["team"], row["month"]): row for row in teams}
        assert len(by_team) == len(teams)
        assert_same(by_team, recount_months.team_months(world))


@pytest.mark.slow  # it is about the tests, which are quicker
def test_the_random_worlds_reach_every_case() -> None:
    """A recount of nothing proves nothing: each exclusion and baseline value occurs."""
    exclusions: Counter[str | None] = Counter()
    spoken: Counter[Any] = Counter()
    disputed: Counter[Any] = Counter()
    known: Counter[str] = Counter()
    shown_teams = shown_surveys = 0
    for seed in SEEDS:
        world = random_world(seed)
        exclusions.update(recount.candidates(world).values())
        for row in recount.episodes(world).values():
            known.update(name for name, value in row.items() if value is not None)
        for session in world.of("coaching_sessions"):
            style = recount_surveys.style_of(session)
            spoken[style["style_from_behaviours"]] += 1
            disputed[style["is_label_disputed"]] += 1
        for team in recount_months.team_months(world).values():
            shown_teams += team["n_people"] is not None
            shown_surveys += bool(team["n_survey_respondents"])
    assert set(exclusions) == {
        None,
        "never_agent",
        "no_session",
        "no_arm_session",
        "after_data_until",
        "not_agent_on_day_0",
        "unknown_hire_date",
        "exit_on_or_before_day_0",
    }
    assert min(known.values()) >= 3
    assert len(known) == 23
    assert set(spoken) == {None, "compassionate", "compliance", "neither"}
    assert set(disputed) == {None, True, False}
    assert shown_teams > 0
    assert shown_surveys > 0
