"""Whether a declared lottery can have decided: held to lotteries that were held and to others."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
from scipy import stats

from pipelines.contracts.credibility_rules import load_credibility_rules
from pipelines.estimators.cohort import people_of
from pipelines.estimators.credibility.lottery import found_of_lottery
from pipelines.estimators.credibility.measured import NOT_MADE, Measured, Study
from pipelines.estimators.designs import as_assigned
from pipelines.estimators.results import ComparisonSpec
from tests.reference import test_stepped
from tests.reference.test_as_assigned import spec, trial

RULE = load_credibility_rules()["drawn"]


def found(frame: pl.DataFrame, asked: ComparisonSpec) -> Measured:
    people = people_of(frame, asked.arm_a, asked.arm_b)
    study = SimpleNamespace(cohort=SimpleNamespace(people=people, spec=asked))
    return found_of_lottery(cast(Study, cast(Any, study)))


def chosen(seed: int, pull: float) -> pl.DataFrame:
    """Somebody chose, by skill, where a lottery is declared."""
    frame = trial(seed)
    draw = np.random.default_rng(seed)
    odds = np.exp(pull * frame["skill"].to_numpy())
    return frame.with_columns(arm=np.where(draw.random(frame.height) < odds / (1 + odds), "a", "b"))


@pytest.mark.parametrize("unit", ["by_person", "by_coach", "stepped"])
def test_lotteries_that_were_held_fail_as_rarely_as_said(unit: str) -> None:
    """60 lotteries: p spread evenly from 0 to 1, so that 1 in 100 is under 0.01."""
    shares = []
    for seed in range(60):
        if unit == "stepped":
            frame, asked = test_stepped.wedge(seed), test_stepped.spec()
        else:
            frame, asked = trial(seed, by_coach=unit == "by_coach"), spec(assignment=unit)
        value = found(frame, asked).value
        assert value is not None
        shares.append(value)
    assert stats.kstest(shares, "uniform").pvalue > 0.01
    assert np.mean(np.array(shares) < 0.01) <= 0.05


@pytest.mark.parametrize("unit", ["by_person", "by_coach", "stepped"])
def test_the_same_people_by_other_names_are_drawn_alike(unit: str) -> None:
    """Made-up names differ from one installation to the next, and neither p may with them."""
    if unit == "stepped":
        frame, asked = test_stepped.wedge(5), test_stepped.spec()
    else:
        frame, asked = trial(5, by_coach=unit == "by_coach"), spec(assignment=unit)
    frame = frame.with_columns(skill=pl.col("skill").round(0))  # so that many are alike
    names = {key: f"x{(7 * i) % 1009:04d}" for i, key in enumerate(frame["agent_key"])}
    coaches = {key: f"y{(5 * i) % 17:02d}" for i, key in enumerate(frame["coach_key"].unique())}
    renamed = frame.with_columns(
        pl.col("agent_key").replace_strict(names), pl.col("coach_key").replace_strict(coaches)
    ).sample(fraction=1.0, shuffle=True, seed=1)
    assert found(renamed, asked) == found(frame, asked)
    assert test_stepped.found(renamed, asked)[1] == test_stepped.found(frame, asked)[1]


def test_a_choice_that_is_declared_as_a_lottery_is_found_out() -> None:
    values = [found(chosen(seed, 0.8), spec()).value for seed in range(10)]
    assert sum(RULE.level_of(each) == "not_credible" for each in values) >= 9
    assert found(chosen(1, 0.8), spec(assignment="observed")) == NOT_MADE


def test_units_that_were_not_drawn_but_chosen_are_found_out() -> None:
    """Coaches of skilled people give the first kind; and go over first."""
    frame = trial(2, by_coach=True).with_columns(
        skill=pl.col("skill") + 1.5 * (pl.col("arm") == "a")
    )
    assert RULE.level_of(found(frame, spec(assignment="by_coach")).value) == "not_credible"
    wedge = test_stepped.wedge(2).with_columns(skill=pl.col("skill") + 1.5 * (pl.col("arm") == "a"))
    assert RULE.level_of(found(wedge, test_stepped.spec()).value) == "not_credible"


def test_a_draw_within_sites_is_only_held_to_sites() -> None:
    """Skill differs by site and so do the odds of the draw: fair within, unfair across them."""
    frame = trial(3)
    draw = np.random.default_rng(3)
    in_north = (frame["site"] == "north").to_numpy()
    is_a = draw.random(frame.height) < np.where(in_north, 0.75, 0.25)
    unequal = frame.with_columns(arm=np.where(is_a, "a", "b"), skill=pl.col("skill") + 2 * in_north)
    assert RULE.level_of(found(unequal, spec()).value) == "not_credible"
    assert RULE.level_of(found(unequal, spec(strata=("site",))).value) == "passed"


def test_steps_that_all_fall_on_one_date_are_a_calendar_and_no_lottery() -> None:
    """Everybody goes over on the second date: the first and third decide nothing."""
    second = test_stepped.STEPS[1]
    frame = test_stepped.wedge(1).with_columns(
        arm=pl.when(pl.col("day_0") >= second).then(pl.lit("a")).otherwise(pl.lit("b"))
    )
    asked = test_stepped.spec()
    drawn = as_assigned.as_drawn(people_of(frame, "a", "b"), asked)
    assert "on one date" in (drawn.fit.support.problem or "")
    kept = as_assigned.as_drawn(people_of(test_stepped.wedge(1), "a", "b"), asked)
    assert kept.fit.support.problem is None
