"""Who coached people after day 0, against a recount in Python; and what a check makes of it."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl
import pytest

from pipelines.contracts.credibility_rules import Level, load_credibility_rules
from pipelines.core.warehouse import fetch_query
from pipelines.estimators.credibility.later_coaches import LaterCoaches
from pipelines.estimators.credibility.measured import NOT_MADE, Headline, Measured, Study
from pipelines.estimators.designs.fitted_cohort import fit_cohort
from pipelines.estimators.results import ComparisonSpec, Covariate
from tests.sql.worlds import built, mart, random_world

RULE = load_credibility_rules()["later_coaches"]
ASKED = ComparisonSpec("a", "b", (365,), (Covariate("skill", "skill", "numeric", "Skill"),), 1, 1)
N = 1200


@pytest.mark.parametrize("seed", range(2))
def test_the_later_coach_gave_most_sessions_after_day_0(seed: int) -> None:
    world = random_world(seed, n_people=40)
    with built(world, ("coaching_session", "coaching_episode")) as con:
        found = dict(fetch_query(con, "estimates/later_coach").iter_rows())
        day_0 = {row["agent_key"]: row["day_0"] for row in mart(con, "coaching_episode")}
        held = mart(con, "coaching_session")
    expected = {}
    for agent, day in day_0.items():
        later = Counter(
            row["coach_key"]
            for row in held
            if row["agent_key"] == agent and row["session_date"] > day and row["coach_key"]
        )
        if later:
            expected[agent] = min(later, key=lambda each: (-later[each], each))
    assert found == expected
    assert expected, "somebody was coached again"


def people(seed: int) -> pl.DataFrame:
    """Coaches of day 0 don't matter; each of four later ones has people who leave at a rate."""
    draw = np.random.default_rng(seed)
    later = draw.integers(0, 4, N)
    rate = np.array([0.2, 0.5, 0.55, 0.6])[later]
    left = draw.random(N) < rate
    return pl.DataFrame(
        {
            "agent_key": [f"p{i:04d}" for i in range(N)],
            "coach_key": [f"c{i % 30:02d}" for i in range(N)],
            "arm": np.where(later < 2, "a", "b"),
            "follow_up_days": np.where(left, draw.integers(5, 360, N), 400),
            "exit_type": pl.Series(
                [("voluntary" if each else None) for each in left], dtype=pl.String
            ),
            "skill": draw.normal(size=N),
            "later": [f"d{each}" for each in later],
        }
    )


def found(frame: pl.DataFrame, later: pl.DataFrame | None, limit: float = -0.1) -> Measured:
    study = SimpleNamespace(cohort=fit_cohort(frame, ASKED), horizon=365, later_coaches=later)
    headline = Headline("voluntary_exit", 365, -0.2, -0.3, limit, 0.03)
    return LaterCoaches(cast(Study, cast(Any, study))).found(headline)


def test_two_later_coaches_of_each_kind_are_no_twelve_hundred_people() -> None:
    frame = people(1)
    as_they_were = frame.select("agent_key", coach_key="later")
    assert level(found(frame, as_they_were)) == "weak"
    at_random = as_they_were.with_columns(
        coach_key=pl.Series([f"c{i:02d}" for i in np.random.default_rng(2).integers(0, 30, N)])
    )
    assert level(found(frame, at_random)) == "passed", "people who move about resemble nobody more"


def test_it_is_asked_only_where_people_move_and_a_difference_is_told() -> None:
    frame = people(1)
    same = frame.select("agent_key", "coach_key")
    moved = frame.select("agent_key", coach_key="later")
    assert found(frame, None) == NOT_MADE
    assert found(frame, same) == NOT_MADE
    assert found(frame, same.head(0)) == NOT_MADE, "nobody was coached again"
    assert found(frame, moved, limit=0.01) == NOT_MADE


def level(measured: Measured) -> Level:
    return RULE.level_of(measured.value)
