"""Every estimator where the answer is known: a world with a difference and one without."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from pipelines.claims.alpha import feldt
from pipelines.claims.claim_estimate import ClaimEstimate
from pipelines.claims.means import wilson
from pipelines.measurement.reliability import cronbach_alpha
from tests.unit.claims.world import find, people, spec_of, world_of


def covers(found: ClaimEstimate, truth: float) -> bool:
    assert found.status == "shown", found
    assert found.conf_low is not None
    assert found.conf_high is not None
    return found.conf_low <= truth <= found.conf_high


# --- slope -----------------------------------------------------------------------------------


def scored(seed: int, true_slope: float, n: int = 800) -> pl.DataFrame:
    """Quality goes with the dose and with tenure; long-serving people get more of the dose."""
    rng = np.random.default_rng(seed)
    frame = people(n, rng)
    tenure = frame["tenure_days"].to_numpy() / 900
    dose = np.clip(tenure + rng.normal(0, 0.4, n), 0, None)
    team = rng.normal(0, 1, 30)[[int(name[1:]) for name in frame["coach_key"]]]
    return frame.with_columns(
        dose=dose, is_dosed=dose > 0.5, score=70 + true_slope * dose + 8 * tenure + team
    ).with_columns(pl.col("score") + rng.normal(0, 3, n))


@pytest.mark.parametrize("true_slope", [0.0, 2.0])
def test_a_slope_is_found_beside_a_confounder(true_slope: float) -> None:
    world = world_of(episode=scored(1, true_slope))
    asked = {"exposure": "dose", "value": "score", "adjust_for": ["default"]}
    assert covers(find(spec_of("slope", "episode", asked), world), true_slope)
    confounded = {"exposure": "dose", "value": "score"}
    assert not covers(find(spec_of("slope", "episode", confounded), world), true_slope)


def test_slopes_cover_the_truth_as_often_as_they_say() -> None:
    asked = {"exposure": "dose", "value": "score", "adjust_for": ["default"]}
    spec = spec_of("slope", "episode", asked)
    hits = [covers(find(spec, world_of(episode=scored(seed, 1.0, 300))), 1.0) for seed in range(80)]
    assert 0.88 <= np.mean(hits) <= 1.0


def test_per_says_how_much_more_of_the_exposure() -> None:
    world = world_of(episode=scored(2, 2.0))
    asked: dict[str, Any] = {"exposure": "dose", "value": "score", "adjust_for": ["default"]}
    one = find(spec_of("slope", "episode", asked), world)
    ten = find(spec_of("slope", "episode", {**asked, "per": 10}), world)
    assert one.estimate is not None
    assert ten.estimate == pytest.approx(10 * one.estimate)
    assert ten.p_value == pytest.approx(one.p_value)


def test_within_a_coach_what_differs_between_coaches_is_gone() -> None:
    rng = np.random.default_rng(4)
    frame = people(1500, rng)
    number = np.array([int(name[1:]) for name in frame["coach_key"]])
    good = rng.normal(0, 1, 30)[number]
    listened = rng.random(1500) < 1 / (1 + np.exp(-1.5 * good))
    frame = frame.with_columns(listened=listened, score=70 + 4 * good + rng.normal(0, 2, 1500))
    world = world_of(episode=frame)
    asked: dict[str, Any] = {"exposure": "listened", "value": "score"}
    between = find(spec_of("slope", "episode", asked), world)
    within = find(spec_of("slope", "episode", {**asked, "within": "coach_key"}), world)
    assert not covers(between, 0.0)
    assert covers(within, 0.0)


def leavers(seed: int, ratio: float, n: int = 3000) -> pl.DataFrame:
    """Voluntary and involuntary exits at constant rates; the former times ``ratio`` when dosed."""
    rng = np.random.default_rng(seed)
    frame = people(n, rng, n_coaches=40)
    is_dosed = rng.random(n) < 0.5
    rates = np.column_stack([0.0012 * np.where(is_dosed, ratio, 1.0), np.full(n, 0.0005)])
    day = np.ceil(rng.exponential(1 / rates.sum(axis=1))).astype(int)
    kind = np.where(rng.random(n) < rates[:, 0] / rates.sum(axis=1), "voluntary", "involuntary")
    end = rng.integers(100, 400, n)
    has_left = day <= end
    return frame.with_columns(
        is_dosed=is_dosed,
        follow_up_days=np.minimum(day, end),
        days_to_end=end,
        exit_type=pl.Series(np.where(has_left, kind, "")).replace({"": None}),
    )


def incidence(rate: float, other: float, days: int) -> float:
    return rate / (rate + other) * (1 - np.exp(-(rate + other) * days))


@pytest.mark.parametrize("estimator", ["slope", "contrast"])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_exits_compete_and_end_of_data_is_no_exit(estimator: str, ratio: float) -> None:
    exposure: dict[str, Any] = {
        "slope": {"exposure": "is_dosed"},
        "contrast": {"exposure": {"column": "is_dosed", "one_of": [True]}},
    }[estimator]
    spec = spec_of(estimator, "episode", {**exposure, "exit": "voluntary"}, horizon_days=180)
    found = find(spec, world_of(episode=leavers(5, ratio)))
    truth = incidence(0.0012 * ratio, 0.0005, 180) - incidence(0.0012, 0.0005, 180)
    assert covers(found, truth)
    assert covers(found, 0.0) == (ratio == 1.0)


def test_few_exits_get_no_verdict() -> None:
    frame = leavers(6, 1.0).with_columns(
        exit_type=pl.when(pl.int_range(pl.len()) < 20).then("exit_type")
    )
    spec = spec_of(
        "slope", "episode", {"exposure": "is_dosed", "exit": "voluntary"}, horizon_days=180
    )
    found = find(spec, world_of(episode=frame))
    assert (found.status, found.reason) == ("too_little_data", "fewer than 10 exits")


# --- contrast --------------------------------------------------------------------------------


@pytest.mark.parametrize("true_slope", [0.0, 3.0])
def test_a_contrast_weighs_the_confounder_away(true_slope: float) -> None:
    rng = np.random.default_rng(7)
    frame = people(2000, rng)
    tenure = frame["tenure_days"].to_numpy() / 900
    is_on = rng.random(2000) < 1 / (1 + np.exp(2 - 4 * tenure))
    frame = frame.with_columns(
        is_on=is_on, score=60 + 10 * tenure + true_slope * is_on + rng.normal(0, 3, 2000)
    )
    asked = {"exposure": {"column": "is_on", "one_of": [True]}, "value": "score"}
    found = find(spec_of("contrast", "episode", asked, horizon_days=90), world_of(episode=frame))
    assert covers(found, true_slope)
    apart = frame.filter("is_on")["score"].mean() - frame.filter(~pl.col("is_on"))["score"].mean()  # type: ignore[operator]
    assert apart > true_slope + 1.5


def test_time_starts_at_the_landmark() -> None:
    """What is done by day 40 is done by those who stay: from day 0 it looks like a gain."""
    rng = np.random.default_rng(8)
    n = 4000
    frame = people(n, rng)
    day = np.ceil(rng.exponential(150, n)).astype(int)
    done_on = rng.integers(1, 80, n)
    frame = frame.with_columns(
        follow_up_days=np.minimum(day, 400),
        exit_type=pl.Series(np.where(day <= 400, "voluntary", "")).replace({"": None}),
        done_on=pl.Series(np.where(done_on <= day, done_on, -1)).replace({-1: None}),
    )
    asked: dict[str, Any] = {
        "exposure": {"column": "done_on", "at_most": 40},
        "is_unknown_without": True,
        "exit": "voluntary",
    }
    world = world_of(episode=frame)
    naive = find(spec_of("contrast", "episode", asked, horizon_days=120), world)
    landmark = spec_of("contrast", "episode", {**asked, "landmark_days": 40}, horizon_days=120)
    assert naive.conf_high is not None
    assert naive.conf_high < 0
    assert covers(find(landmark, world), 0.0)


# --- share, mean, correlation ----------------------------------------------------------------


def test_a_share_without_clusters_has_wilsons_interval() -> None:
    """Of 100 people each with their own coach; against SciPy's Wilson with its normal quantile."""
    error = np.sqrt(0.3 * 0.7 / 10_000)
    low, high = wilson(0.3, float(error), 10_000)
    exact = stats.binomtest(3000, 10_000).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((exact.low, exact.high), abs=2e-5)
    assert wilson(0.0, 0.0, 40)[0] == pytest.approx(0.0, abs=1e-12)


def test_a_share_of_people_who_share_a_coach_is_less_sure() -> None:
    rng = np.random.default_rng(9)
    frame = people(1200, rng)
    number = np.array([int(name[1:]) for name in frame["coach_key"]])
    alike = (rng.random(30) < 0.6)[number]
    apart = rng.random(1200) < 0.6
    frame = frame.with_columns(alike=alike, apart=apart)
    condition: dict[str, Any] = {"one_of": [True]}
    width = {}
    for name in ("alike", "apart"):
        asked = {"condition": {"column": name, **condition}}
        found = find(spec_of("share", "episode", asked, no_difference=0.5), world_of(episode=frame))
        assert covers(found, 0.6)
        assert found.conf_low is not None
        assert found.conf_high is not None
        width[name] = found.conf_high - found.conf_low
    assert width["alike"] > 3 * width["apart"]


def test_a_mean_is_the_mean() -> None:
    frame = people(60, np.random.default_rng(10)).with_columns(
        value=pl.int_range(60).cast(pl.Float64)
    )
    found = find(spec_of("mean", "episode", {"value": "value"}), world_of(episode=frame))
    assert found.estimate == pytest.approx(29.5)


@pytest.mark.parametrize("r", [0.0, 0.5, 0.9])
def test_a_correlation_and_its_fisher_interval(r: float) -> None:
    rng = np.random.default_rng(11)
    x = rng.normal(size=2000)
    y = r * x + np.sqrt(1 - r**2) * rng.normal(size=2000)
    frame = people(2000, rng, n_coaches=2000).with_columns(x=x, y=y, coach_key=pl.col("agent_key"))
    world = world_of(survey=frame)
    asked: dict[str, Any] = {"first": "x", "second": "y"}
    found = find(spec_of("correlation", "survey", asked), world)
    assert covers(found, r)
    expected = stats.pearsonr(x, y)
    low, high = expected.confidence_interval()
    assert found.estimate == pytest.approx(expected.statistic, abs=1e-12)
    assert (found.conf_low, found.conf_high) == pytest.approx((low, high), abs=0.004)
    both = find(spec_of("correlation", "survey", {**asked, "as_reliability": True}), world)
    halves = np.corrcoef(x, y)[0, 1]
    assert both.estimate == pytest.approx(2 * halves / (1 + halves))


# --- training --------------------------------------------------------------------------------


def panel(seed: int, lift: float, lift_of_low: float | None = None) -> dict[str, pl.DataFrame]:
    """240 people over 24 months with levels of their own and a common trend; half get a course."""
    rng = np.random.default_rng(seed)
    n, months = 240, 24
    person = people(n, rng)
    level = rng.normal(0, 1, n)
    start = np.where(rng.random(n) < 0.5, rng.integers(6, 20, n), 999)
    gain = np.where(level > np.median(level), lift, lift if lift_of_low is None else lift_of_low)
    period = np.arange(months)
    value = (
        level[:, None]
        + 0.1 * period
        + gain[:, None] * (period > start[:, None])
        + rng.normal(0, 0.5, (n, months))
    )
    rows = person.select("agent_key", "team").with_row_index("person")
    frame = rows.join(pl.DataFrame({"period": period}), how="cross").with_columns(
        value=pl.Series(value.reshape(-1))
    )
    took = rows.with_columns(month_number=pl.Series(start)).filter(pl.col("month_number") < 999)
    training = took.select(
        "agent_key",
        "month_number",
        course=pl.lit("compassion_fatigue"),
        is_first=pl.lit(value=True),
        format=pl.when(pl.col("person") % 2 == 0).then(pl.lit("remote")).otherwise(pl.lit("split")),
    )
    return {"agent_month": frame, "training": training}


COURSE: dict[str, Any] = {"course": "compassion_fatigue", "value": "value"}


@pytest.mark.parametrize("lift", [0.0, 0.8])
def test_what_a_course_adds_is_found_beside_a_trend(lift: float) -> None:
    spec = spec_of("training", "agent_month", COURSE)
    assert covers(find(spec, world_of(**panel(12, lift))), lift)


@pytest.mark.parametrize("format_", ["remote", "split"])
def test_a_format_is_compared_with_people_yet_without_a_course(format_: str) -> None:
    spec = spec_of("training", "agent_month", {**COURSE, "format": format_})
    assert covers(find(spec, world_of(**panel(13, 0.8))), 0.8)


@pytest.mark.parametrize("lift_of_low", [0.8, 0.0])
def test_who_started_high_is_told_from_who_started_low(lift_of_low: float) -> None:
    spec = spec_of("training", "agent_month", {**COURSE, "by_baseline": True})
    found = find(spec, world_of(**panel(14, 0.8, lift_of_low)))
    if lift_of_low == 0.8:
        assert covers(found, 0.0)
    else:
        assert found.conf_low is not None
        assert found.conf_low > 0.3


def test_sides_that_part_before_the_course_are_not_compared() -> None:
    frames = panel(15, 0.0)
    joined = frames["agent_month"].join(frames["training"], on="agent_key", how="left")
    falling = (
        pl.when(pl.col("month_number").is_not_null()).then(0.4 * pl.col("period")).otherwise(0)
    )
    frames["agent_month"] = joined.select(
        "agent_key", "team", "period", value=pl.col("value") - falling
    )
    found = find(spec_of("training", "agent_month", COURSE), world_of(**frames))
    assert (found.status, found.estimate) == ("not_reportable", None)
    assert "parted before the training" in str(found.reason)


def test_a_course_that_nobody_took_is_no_data() -> None:
    found = find(
        spec_of("training", "agent_month", {**COURSE, "course": "juggling"}),
        world_of(**panel(16, 0.0)),
    )
    assert found.status == "no_data"
    assert found.reason == "no data: nobody has completed juggling"


# --- alpha -----------------------------------------------------------------------------------


def test_feldts_interval_covers_alpha_as_often_as_it_says() -> None:
    """Five parallel items with error variance 1 and a trait of variance 1: alpha is 5 / 6."""
    rng = np.random.default_rng(18)
    hits = []
    for _ in range(400):
        answers = rng.normal(size=(60, 1)) + rng.normal(size=(60, 5))
        low, high = feldt(cronbach_alpha(answers), 60, 5)
        hits.append(low <= 5 / 6 <= high)
    assert 0.92 <= np.mean(hits) <= 0.98


def scales(**changes: Any) -> pl.DataFrame:
    row = {
        "instrument": "olbi",
        "scale": "exhaustion",
        "stands_for": "emotional_exhaustion",
        "n_items": 8,
        "n_people": 200,
        "n_complete": 300,
        "cronbach_alpha": 0.8,
    }
    smaller = {**row, "instrument": "bat12", "n_complete": 20, "cronbach_alpha": 0.2}
    other = {**row, "stands_for": "cynicism", "n_complete": 900, "cronbach_alpha": 0.3}
    return pl.DataFrame([smaller, {**row, **changes}, other])


def test_alpha_is_that_of_the_scale_with_most_answers() -> None:
    spec = spec_of("alpha", "instrument_scale", {"stands_for": "emotional_exhaustion"})
    found = find(spec, world_of(instrument_scale=scales()))
    assert (found.estimate, found.n_people, found.exposure) == (0.8, 200, "olbi exhaustion")
    assert found.status == "shown"
    assert found.conf_low is not None
    assert found.conf_high is not None
    assert found.conf_low < 0.8 < found.conf_high < 1
    few = find(spec, world_of(instrument_scale=scales(n_people=9)))
    assert few == ClaimEstimate(status="suppressed", reason=few.reason)
    none = find(spec, world_of(instrument_scale=scales(stands_for="stress").tail(2)))
    assert none.status == "no_data"
    assert none.reason == "no data: scores were delivered without the items that they are made of"
