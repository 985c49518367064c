"""The stated truth against the simulated draws, and the analysis data against a naive recount."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from pipelines.simulation import SampleConfig, SampleWorld, simulate
from pipelines.simulation.hazards import ExitHazards, HazardCovariates
from pipelines.simulation.oracle.truth import SampleTruth, compute_truth

HORIZON = 365
OUTCOMES = ("voluntary_exit", "involuntary_exit", "any_exit")
BIG = 30_000


@dataclass(frozen=True)
class FullyFollowed:
    """People who entered at least a year before the end, so that proportions need no model."""

    days: npt.NDArray[np.int64]
    cause: npt.NDArray[np.int64]
    is_arm_a: npt.NDArray[np.bool_]
    propensity: npt.NDArray[np.float64]
    truth: SampleTruth

    def happened(self, outcome: str, horizon: int) -> npt.NDArray[np.float64]:
        is_cause = {"voluntary_exit": self.cause == 0, "involuntary_exit": self.cause == 1}
        return np.asarray((self.days <= horizon) & is_cause.get(outcome, True), dtype=np.float64)


def fully_followed(world: SampleWorld) -> FullyFollowed:
    entries = world.entries
    keep = entries.has_entered & (entries.planned_day_0 + HORIZON <= world.config.end_day)
    return FullyFollowed(
        days=(entries.exited_on - entries.planned_day_0)[keep],
        cause=entries.exit_cause[keep],
        is_arm_a=entries.is_arm_a[keep],
        propensity=entries.propensity[keep],
        truth=compute_truth(world.config, replace(entries, has_entered=keep)),
    )


def weighted_mean(
    values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
) -> tuple[float, float]:
    """Hajek mean and its standard error, people taken as independent."""
    mean = float(np.average(values, weights=weights))
    return mean, float(np.sqrt(np.sum((weights * (values - mean)) ** 2)) / weights.sum())


def difference(
    people: FullyFollowed, outcome: str, horizon: int, weigh: bool
) -> tuple[float, float]:
    """Risk difference and standard error, unweighted or weighted by the true propensity."""
    happened, a = people.happened(outcome, horizon), people.is_arm_a
    weights = np.where(a, 1 / people.propensity, 1 / (1 - people.propensity))
    weights = weights if weigh else np.ones(len(weights))
    mean_a, error_a = weighted_mean(happened[a], weights[a])
    mean_b, error_b = weighted_mean(happened[~a], weights[~a])
    return mean_a - mean_b, float(np.hypot(error_a, error_b))


@pytest.fixture(scope="module")
def randomised() -> FullyFollowed:
    config = SampleConfig(n_agents=BIG, seed=11, confounding=0.0, coach_leaning_sd=0.0)
    return fully_followed(simulate(config))


@pytest.fixture(scope="module")
def confounded() -> list[FullyFollowed]:
    return [
        fully_followed(simulate(SampleConfig(n_agents=BIG, seed=seed))) for seed in range(12, 16)
    ]


@pytest.fixture(scope="module")
def world() -> SampleWorld:
    return simulate(SampleConfig(n_agents=600, seed=7))


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("horizon", [90, 180, 365])
def test_randomised_arms_agree_with_the_truth(
    randomised: FullyFollowed, outcome: str, horizon: int
) -> None:
    for arm, column in ((True, "value_a"), (False, "value_b")):
        happened = randomised.happened(outcome, horizon)[randomised.is_arm_a == arm]
        truth = randomised.truth.answer(outcome, horizon, column)
        error = np.sqrt(truth * (1 - truth) / len(happened))
        assert abs(happened.mean() - truth) < 3.5 * error, (column, happened.mean(), truth)


def test_randomised_time_employed_agrees_with_the_truth(randomised: FullyFollowed) -> None:
    for arm, column in ((True, "rmst_a_days"), (False, "rmst_b_days")):
        days = np.minimum(randomised.days[randomised.is_arm_a == arm], HORIZON)
        truth = randomised.truth.answer("any_exit", HORIZON, column)
        assert abs(days.mean() - truth) < 3.5 * days.std() / np.sqrt(len(days))


def test_time_lost_to_one_cause_agrees_with_the_truth(randomised: FullyFollowed) -> None:
    for arm, column in ((True, "rmst_a_days"), (False, "rmst_b_days")):
        people = randomised.is_arm_a == arm
        lost = np.maximum(HORIZON - randomised.days, 0) * (randomised.cause == 0)
        truth = randomised.truth.answer("voluntary_exit", HORIZON, column)
        kept = HORIZON - lost[people]
        assert abs(kept.mean() - truth) < 3.5 * kept.std() / np.sqrt(len(kept))


def test_confounding_shows_and_the_true_weights_remove_it(confounded: list[FullyFollowed]) -> None:
    naive_bias, weighted_bias, errors = [], [], []
    for people in confounded:
        truth = people.truth.answer("voluntary_exit", HORIZON)
        naive_bias.append(difference(people, "voluntary_exit", HORIZON, weigh=False)[0] - truth)
        weighted, error = difference(people, "voluntary_exit", HORIZON, weigh=True)
        weighted_bias.append(weighted - truth)
        errors.append(error)
    standard_error = np.hypot.reduce(errors) / len(errors)
    assert np.mean(naive_bias) < -0.025, "the naive difference overstates"
    assert standard_error < 0.005
    assert abs(np.mean(weighted_bias)) < 3 * standard_error


def test_first_year_exits_are_of_the_size_of_the_trade(confounded: list[FullyFollowed]) -> None:
    for people in confounded:
        truth = people.truth
        assert 0.18 < truth.answer("voluntary_exit", HORIZON, "value_a") < 0.30
        assert 0.25 < truth.answer("voluntary_exit", HORIZON, "value_b") < 0.36
        assert -0.10 < truth.answer("voluntary_exit", HORIZON) < -0.06
        assert -0.02 < truth.answer("involuntary_exit", HORIZON) < 0.0


def test_both_styles_are_possible_for_everybody(confounded: list[FullyFollowed]) -> None:
    for people in confounded:
        low, high = np.quantile(people.propensity, [0.001, 0.999])
        assert low > 0.03 and high < 0.98


def test_incidence_agrees_with_integrating_the_hazards_step_by_step() -> None:
    hazards = ExitHazards()
    one = np.ones(1)
    person = HazardCovariates(
        quality=-1.3 * one,
        log_tenure=0.4 * one,
        strain=0.8 * one,
        is_metric_miss=np.array([True]),
        is_full_time=np.array([False]),
        place=0.1 * one,
    )
    expected, still_there, step = np.zeros(3), 1.0, 0.01
    rates = [
        cause.yearly_rate
        / 365.25
        * np.exp(
            -1.3 * cause.quality
            + 0.4 * cause.tenure
            + 0.8 * cause.strain
            + cause.metric_miss
            + cause.not_full_time
            + 0.1
        )
        * cause.arm_hazard_ratio
        for cause in hazards.causes
    ]
    for tick in range(round(HORIZON / step)):
        day = (tick + 0.5) * step
        level = 1.2 if day < 90 else 1.0 if day < 180 else 0.9
        leaving = np.array(rates) * level * step * still_there
        expected += leaving
        still_there -= leaving.sum()
    incidence = hazards.mean_incidence(hazards.daily_rates(person, np.array([True])), HORIZON)
    assert incidence[:, HORIZON] == pytest.approx(expected, rel=1e-3)


def test_time_employed_is_the_mean_of_the_day_of_exit_up_to_the_horizon() -> None:
    world = simulate(SampleConfig(n_agents=300, seed=2))
    cohort = world.entries.covariates.subset(world.entries.has_entered)
    hazards = world.config.hazards
    rates = hazards.daily_rates(cohort, np.full(world.truth.n_people, True))
    incidence = hazards.mean_incidence(rates, HORIZON)
    day = np.arange(1, HORIZON + 1)
    for outcome, curve in (("any_exit", incidence.sum(axis=0)), ("voluntary_exit", incidence[0])):
        leaving_on_day = np.diff(curve)
        expected = float(leaving_on_day @ day + (1 - curve[HORIZON]) * HORIZON)
        truth = world.truth.answer(outcome, HORIZON, "rmst_a_days")
        assert truth == pytest.approx(expected, abs=1e-9)


def test_no_difference_between_arms_means_no_difference_in_truth() -> None:
    world = simulate(SampleConfig(n_agents=300, seed=2).without_arm_difference())
    answers = world.truth.answers
    assert answers["risk_difference"].abs().max() == 0.0
    assert answers["rmst_difference_days"].abs().max() == 0.0


def test_some_leave_before_they_enter(world: SampleWorld) -> None:
    episodes = world.episodes()
    never = world.attrition.join(episodes, left_on="employee_id", right_on="agent_key", how="anti")
    assert never.height > 10


def test_episodes_are_the_cohort_of_the_truth(world: SampleWorld) -> None:
    episodes = world.episodes()
    assert episodes.height == world.truth.n_people
    assert set(episodes["arm"]) == {world.config.arm_a, world.config.arm_b}
    assert episodes["follow_up_days"].min() >= 0
    assert (episodes.filter(pl.col("exit_type").is_not_null())["follow_up_days"] >= 1).all()
    still = episodes.filter(pl.col("exit_type").is_null())
    followed = (pl.lit(world.config.end) - pl.col("day_0")).dt.total_days()
    assert (still["follow_up_days"] == still.select(followed).to_series()).all()
    assert episodes["prior_quality_score_0_100"].null_count() == 0


def test_hazards_and_assignment_use_the_measured_quality(world: SampleWorld) -> None:
    measured = world.episodes()["prior_quality_score_0_100"].to_numpy()
    used = world.entries.covariates.quality[world.entries.has_entered] * 7.5 + 72.0
    assert measured == pytest.approx(used, abs=1e-9)


def test_episodes_agree_with_a_naive_recount(world: SampleWorld) -> None:
    episodes = world.episodes()
    for person in episodes.sample(25, seed=1).iter_rows(named=True):
        mine = pl.col("employee_id") == person["agent_key"]
        day_0 = person["day_0"]
        weeks = [
            row
            for row in world.performance.filter(mine).iter_rows(named=True)
            if day_0 - timedelta(days=56) <= row["week_start"] < day_0
        ]
        scored = [row for row in weeks if row["quality_score"] is not None]
        x = [(row["week_start"] - day_0).days / 7 for row in scored]
        y = [row["quality_score"] for row in scored]
        assert person["prior_quality_score_0_100"] == pytest.approx(sum(y) / len(y))
        slope = float(np.polyfit(x, y, 1)[0])
        assert person["prior_quality_slope_per_week"] == pytest.approx(slope, abs=1e-8)
        rated = [row for row in weeks if row["csat_mean"] is not None]
        csat = sum(row["csat_mean"] * row["csat_responses"] for row in rated)
        responses = sum(row["csat_responses"] for row in rated)
        assert person["prior_csat_mean_1_5"] == pytest.approx(csat / responses)

        lost = scheduled = 0.0
        for row in world.shifts.filter(mine).iter_rows(named=True):
            if day_0 - timedelta(days=90) <= row["shift_date"] < day_0:
                scheduled += row["scheduled_hours"]
                if row["absence_type"] in ("sick", "no_show", "unplanned_other"):
                    lost += row["absent_hours"]
        assert person["prior_unplanned_absence_rate"] == pytest.approx(lost / scheduled)

        sessions = world.coaching_sessions.filter(mine)["started_at"].dt.date().to_list()
        assert person["prior_session_count"] == sum(day < day_0 for day in sessions)
        surveys = [
            row
            for row in world.fatigue_surveys.filter(mine).iter_rows(named=True)
            if day_0 - timedelta(days=365) <= row["submitted_on"] < day_0
        ]
        assert person["is_prior_survey_missing"] == (not surveys)
        if surveys:
            latest = max(surveys, key=lambda row: row["submitted_on"])
            assert person["prior_cynicism_0_100"] == latest["cynicism"]


def test_surveys_miss_answers_and_more_of_the_tired(world: SampleWorld) -> None:
    last = world.attrition.select("employee_id", "separation_date")
    answered = (
        world.roster.filter(pl.col("role") == "agent")
        .unique("employee_id")
        .join(last, "employee_id", how="left")
        .sort("employee_id")
        .join(world.fatigue_surveys.group_by("employee_id").len(), "employee_id", how="left")
        .with_columns(
            days=(
                pl.col("separation_date").fill_null(world.config.end)
                - pl.max_horizontal("hire_date", pl.lit(world.config.start))
            ).dt.total_days()
        )
    )
    share = answered["len"].fill_null(0) / (answered["days"] / 91).clip(lower_bound=1)
    stayed_long = (answered["days"] > 300).to_numpy()
    assert 0.4 < share.to_numpy()[stayed_long].mean() < 0.8
    strain = world.organisation.agents.strain[stayed_long]
    assert np.corrcoef(strain, share.to_numpy()[stayed_long])[0, 1] < -0.15


def test_customer_satisfaction_is_a_true_null_and_quality_is_not() -> None:
    config = SampleConfig(n_agents=3000, seed=21, confounding=0.0, coach_leaning_sd=0.0)
    world = simulate(config)
    after = (
        world.performance.join(
            world.episodes().select("agent_key", "arm", "day_0"),
            left_on="employee_id",
            right_on="agent_key",
        )
        .filter((pl.col("week_start") - pl.col("day_0")).dt.total_days().is_between(60, 180))
        .group_by("employee_id", "arm")
        .agg(pl.col("csat_mean", "quality_score").mean())
    )
    for column, is_null in (("csat_mean", True), ("quality_score", False)):
        a, b = (
            after.filter(pl.col("arm") == arm)[column].drop_nulls().to_numpy()
            for arm in (config.arm_a, config.arm_b)
        )
        z = (a.mean() - b.mean()) / np.hypot(a.std() / len(a) ** 0.5, b.std() / len(b) ** 0.5)
        assert (abs(z) < 3.0) if is_null else (z > 3.0), (column, z)
