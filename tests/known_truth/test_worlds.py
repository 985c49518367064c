"""The worlds of the benchmark: their stated truth against what is drawn when nothing confounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from pipelines.simulation import SampleConfig, SampleWorld, simulate
from pipelines.simulation.oracle.truth import compute_truth
from pipelines.simulation.outcome_effects import Responses, Switching
from pipelines.simulation.scenarios import WORLDS, scenario

HORIZON = 365
N_AGENTS = 8_000


def randomised(config: SampleConfig) -> SampleWorld:
    """The same world with first styles drawn by lot, and answering that depends on nothing."""
    return simulate(
        replace(
            config,
            n_agents=N_AGENTS,
            seed=31,
            confounding=0.0,
            coach_leaning_sd=0.0,
            style=replace(config.style, intercept=0.0),
            hidden=replace(config.hidden, style=0.0),
            responses=Responses(intercept=0.7, per_point=0.0, first_arm=0.0),
        )
    )


@pytest.mark.parametrize("name", ["confounded", "switching styles", "through fatigue"])
def test_exits_agree_with_the_truth(name: str) -> None:
    drawn = randomised(scenario(name).config)
    entries = drawn.entries
    is_followed = entries.has_entered & (entries.planned_day_0 + HORIZON <= drawn.config.end_day)
    truth = compute_truth(drawn.config, replace(entries, has_entered=is_followed))
    for is_arm_a, column in ((True, "value_a"), (False, "value_b")):
        mine = is_followed & (entries.is_arm_a == is_arm_a)
        days = (entries.exited_on - entries.planned_day_0)[mine]
        cause = entries.exit_cause[mine]
        for horizon in (90, 180, HORIZON):
            for position, outcome in enumerate(("voluntary_exit", "involuntary_exit")):
                found = ((days <= horizon) & (cause == position)).mean()
                stated = truth.answer(outcome, horizon, column)
                error = np.sqrt(stated * (1 - stated) / len(days))
                assert abs(found - stated) < 3.5 * error, (outcome, horizon, found, stated)


def test_a_style_that_never_switches_gives_the_closed_form() -> None:
    config = SampleConfig(n_agents=300, seed=2)
    plain = simulate(config)
    still = replace(config, switching=Switching(to_a=1e-12, to_b=1e-12))
    by_day = compute_truth(still, plain.entries).answers
    for column in ("value_a", "value_b", "rmst_a_days"):
        assert by_day[column].to_numpy() == pytest.approx(plain.truth.answers[column].to_numpy())


def test_switching_dilutes_what_staying_in_a_style_would_show() -> None:
    truth = simulate(scenario("switching styles").seeded(1)).truth
    assigned = truth.answer("voluntary_exit", HORIZON)
    sustained = truth.answer("voluntary_exit", HORIZON, is_sustained=True)
    assert sustained < assigned - 0.02 < 0.0
    stated = simulate(scenario("confounded").seeded(1)).truth
    assert stated.answers.equals(stated.sustained)


def test_later_sessions_are_in_the_style_in_force() -> None:
    drawn = simulate(replace(scenario("long-stayers collect").config, n_agents=400))
    labelled = drawn.coaching_sessions.filter(
        pl.col("style").is_in(["compassionate", "compliance"])
    )
    turns = (
        labelled.sort("started_at")
        .group_by("employee_id", maintain_order=True)
        .agg(is_a=pl.col("style") == "compassionate")
    )
    for is_a in turns["is_a"]:
        assert is_a.to_list() == sorted(is_a.to_list()), "nobody turns back to the second kind"
    started_in_b = turns.filter(~pl.col("is_a").list.first())
    assert 0.3 < started_in_b["is_a"].list.last().mean() < 0.95


@pytest.mark.parametrize(
    "name", ["confounded", pytest.param("switching styles", marks=pytest.mark.slow)]
)
def test_measured_answers_agree_with_the_truth(name: str) -> None:
    drawn = randomised(scenario(name).config)
    episodes = drawn.episodes()
    values = drawn.outcome_values(episodes).join(
        episodes.select("agent_key", "arm"), on="agent_key"
    )
    known = values.filter(pl.col("is_window_complete") & pl.col("numerator").is_not_null())
    truth = {row[:3:2]: row[3] for row in drawn.measure_truth.iter_rows()}
    assert len(truth) == 8
    for (outcome,), rows in known.partition_by("outcome", as_dict=True).items():
        arms = [rows.filter(pl.col("arm") == arm) for arm in ("compassionate", "compliance")]
        rates = [arm["numerator"].sum() / arm["denominator"].sum() for arm in arms]
        errors = [
            (arm["numerator"] - rate * arm["denominator"]).std()
            / (arm["denominator"].mean() * np.sqrt(arm.height))
            for arm, rate in zip(arms, rates, strict=True)
        ]
        stated = truth[outcome, "mean_difference"]
        assert abs(rates[0] - rates[1] - stated) < 3.5 * np.hypot(*errors), outcome
    assert truth["unplanned_absence", "rate_ratio"] == pytest.approx(np.exp(-0.22), rel=0.01)


def test_names_are_unique_and_every_world_runs() -> None:
    assert len({each.name for each in WORLDS}) == len(WORLDS)
    for each in WORLDS:
        small = simulate(replace(each.config, n_agents=200, agents_per_coach=20))
        assert small.truth.answers.null_count().sum_horizontal().item() == 0
        assert small.episodes().height == small.truth.n_people
