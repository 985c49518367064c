"""The marts against a naive recount in plain Python, on small random worlds."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.sql import recount, recount_months
from tests.sql.worlds import Row, built, mart, random_world

SEEDS = range(12)


def assert_same(actual: dict[Any, Row], expected: dict[Any, Row]) -> None:
    """Both hold the same keys, columns and values; floats up to rounding of their sums."""
    assert actual.keys() == expected.keys()
    for key, row in expected.items():
        assert actual[key].keys() == row.keys()
        for name, value in row.items():
            found = actual[key][name]
            if isinstance(value, float) and found is not None:
                assert math.isclose(found, value, rel_tol=1e-9, abs_tol=1e-9), (key, name)
            else:
                assert found == value, (key, name)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_mart_counts_as_the_recount_does(seed: int, tmp_path: Path) -> None:
    world = random_world(seed)
    with built(world, tmp_path) as con:
        candidates = {row["agent_key"]: row["exclusion"] for row in mart(con, "trial_candidate")}
        assert candidates == recount.candidates(world)

        episodes = {row["agent_key"]: row for row in mart(con, "coaching_episode")}
        assert_same(episodes, recount.episodes(world))

        months = mart(con, "agent_month")
        by_month = {(row["agent_key"], row["month"]): row for row in months}
        assert len(by_month) == len(months)
        assert_same(by_month, recount_months.agent_months(world))

        teams = mart(con, "team_month")
        by_team = {(row["site"], row["team"], row["month"]): row for row in teams}
        assert len(by_team) == len(teams)
        assert_same(by_team, recount_months.team_months(world))


def test_the_random_worlds_reach_every_case() -> None:
    """A recount of nothing proves nothing: each exclusion and baseline value occurs."""
    exclusions: Counter[str | None] = Counter()
    known: Counter[str] = Counter()
    shown_teams = shown_surveys = 0
    for seed in SEEDS:
        world = random_world(seed)
        exclusions.update(recount.candidates(world).values())
        for row in recount.episodes(world).values():
            known.update(name for name, value in row.items() if value is not None)
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
    assert len(known) == 22
    assert shown_teams > 0
    assert shown_surveys > 0
