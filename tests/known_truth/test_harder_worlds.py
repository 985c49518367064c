"""The worlds in which a comparison goes wrong: what is special about each is really there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from pipelines.simulation import SampleConfig, SampleWorld, simulate
from pipelines.simulation.organisation import standardised_level
from pipelines.simulation.scenarios import scenario
from pipelines.simulation.weekly_quality import standardised


def drawn(name: str, **changes: object) -> SampleWorld:
    return simulate(replace(scenario(name).seeded(1), **changes))  # type: ignore[arg-type]


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a, b)[0, 1])


@pytest.mark.parametrize(
    ("name", "n_first", "n_all"),
    [("3 of 30 coaches", 3, 30), ("5 of 30 coaches", 5, 30), ("3 of 12 coaches", 3, 12)],
)
def test_every_coach_has_one_style(name: str, n_first: int, n_all: int) -> None:
    by_coach = drawn(name).episodes().group_by("coach_key").agg(pl.col("arm").unique())
    assert by_coach["arm"].list.len().max() == 1
    arms = by_coach["arm"].list.first()
    assert (arms == "compassionate").sum() == n_first
    assert by_coach.height == n_all


def test_the_closing_site_has_one_style_and_empties() -> None:
    world = drawn("closing site")
    left = pl.col("exit_type").is_not_null().mean()
    sites = (
        world.episodes().group_by("site").agg(left, arms=pl.col("arm").n_unique()).sort("exit_type")
    )
    assert sites["arms"].to_list() == [2, 2, 2, 1]
    assert sites["exit_type"][-1] > 1.4 * sites["exit_type"][-2]


def test_both_ends_of_quality_leave_and_are_coached_alike() -> None:
    entries = drawn("extremes of quality", n_agents=8000).entries
    quality = np.abs(entries.covariates.quality[entries.has_entered])
    ends, middle = quality > 1.3, quality < 0.5
    is_a = entries.is_arm_a[entries.has_entered]
    has_left = entries.exit_cause[entries.has_entered] >= 0
    has_left &= (
        entries.exited_on[entries.has_entered] <= entries.planned_day_0[entries.has_entered] + 180
    )
    assert is_a[ends].mean() < 0.5 * is_a[middle].mean()
    assert has_left[ends].mean() > 1.5 * has_left[middle].mean()


def test_scores_before_day_0_read_the_level_poorly() -> None:
    def reliability(config: SampleConfig) -> float:
        world = simulate(config)
        entered = world.entries.has_entered
        read = world.quality.prior_mean(world.entries.planned_day_0)[entered]
        level = standardised_level(world.organisation.agents.quality_level[entered])
        return correlation(standardised(read), level) ** 2

    assert reliability(scenario("confounded").seeded(1)) > 0.75
    assert reliability(scenario("noisy quality").seeded(1)) < 0.6


def test_coaches_whose_people_stay_lean_to_the_first_kind() -> None:
    coaches = drawn("good coaches lean").organisation.coaches
    assert correlation(coaches.leaning, coaches.log_rate) < -0.7
    usual = drawn("confounded").organisation.coaches
    assert abs(correlation(usual.leaning, usual.log_rate)) < 0.4


def test_an_earlier_kind_of_coaching_rules_leaving() -> None:
    world = drawn("coached before the data begin", n_agents=6000)
    base = simulate(replace(world.config, earlier_coaching=0.0))
    assert world.truth.answer("voluntary_exit", 365) == pytest.approx(
        base.truth.answer("voluntary_exit", 365), abs=0.01
    )

    def crude(of: SampleWorld) -> float:
        agents, entries = of.organisation.agents, of.entries
        mine = entries.has_entered & (agents.hired_on < of.config.start_day)
        left = entries.exited_on <= entries.planned_day_0 + 180
        return float(left[mine & entries.is_arm_a].mean() - left[mine & ~entries.is_arm_a].mean())

    assert crude(world) > crude(base) + 0.02


def test_the_tired_are_silent_in_the_first_kind_alone() -> None:
    world = drawn("the tired keep silent in one arm", n_agents=4000)
    episodes, values = world.episodes(), world.outcome_values(world.episodes())
    known = episodes.select("agent_key", "arm", "prior_emotional_exhaustion_0_100").join(
        values.filter(pl.col("outcome") == "emotional_exhaustion", "is_window_complete"),
        on="agent_key",
    )
    known = known.drop_nulls("prior_emotional_exhaustion_0_100")
    tired = pl.col("prior_emotional_exhaustion_0_100") > 55
    answered = {
        arm: [
            known.filter(pl.col("arm") == arm, is_tired)["numerator"].is_not_null().mean()
            for is_tired in (tired, ~tired)
        ]
        for arm in ("compassionate", "compliance")
    }
    assert answered["compassionate"][0] < answered["compassionate"][1] - 0.1
    assert abs(answered["compliance"][0] - answered["compliance"][1]) < 0.08
