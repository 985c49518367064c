"""Means and rates: Hernan and Robins's smoking study, a recount, resampling, double robustness."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from pipelines.estimators.compare_measures import compare_measures
from pipelines.estimators.kernels.design_matrix import design_matrix
from pipelines.estimators.kernels.estimating_equations import (
    Sample,
    augmented,
    augmented_mean,
    least_squares,
    weighted_mean,
)
from pipelines.estimators.kernels.weights import fit_propensity, stabilised_weights
from pipelines.estimators.measure_estimates import MeasureError
from pipelines.estimators.results import Covariate, Measure
from tests.reference.support import expected, reference_data, released_exactly, small_world, spec_of

NUMBERS = ("age", "smokeintensity", "smokeyrs", "wt71")
CATEGORIES = ("sex", "race", "education", "exercise", "active")
SMOKING = (
    *(Covariate(name, name, "categorical", name) for name in CATEGORIES),
    *(Covariate(name, name, "numeric", name) for name in NUMBERS),
    *(Covariate(f"{name}^2", f"{name}^2", "numeric", name) for name in NUMBERS),
)
SCORE = Measure("score", 180, is_lower_better=True)
RATE = Measure("lost", 180, is_lower_better=True, is_rate=True)


def smokers(*, uncensored: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the people, each a coach of their own, and the change of weight where it is known."""
    data = reference_data("nhefs").with_columns(
        *(pl.col(name).pow(2).alias(f"{name}^2") for name in NUMBERS),
        agent_key=pl.int_range(pl.len()).cast(pl.String),
        coach_key=pl.int_range(pl.len()).cast(pl.String),
        arm=pl.when(pl.col("qsmk") == 1).then(pl.lit("A")).otherwise(pl.lit("B")),
        follow_up_days=pl.lit(400),
        exit_type=pl.lit(None, dtype=pl.String),
    )
    if uncensored:
        data = data.filter(pl.col("wt82").is_not_null())
    values = data.select(
        "agent_key",
        outcome=pl.lit("score"),
        is_window_complete=pl.lit(value=True),
        numerator=pl.col("wt82_71").cast(pl.Float64),
        denominator=pl.when(pl.col("wt82_71").is_not_null()).then(1.0),
    )
    return data, values


def rows_by_design(rows: pl.DataFrame, estimand: str = "mean_difference") -> dict[str, Any]:
    return {row["design"]: row for row in rows.filter(pl.col("estimand") == estimand).to_dicts()}


def test_smoking_mean_difference_is_the_books() -> None:
    values = expected("nhefs")
    data, changes = smokers(uncensored=True)
    rows = rows_by_design(compare_measures(data, changes, [SCORE], spec_of(covariates=SMOKING)))
    assert rows["unadjusted"]["estimate"] == pytest.approx(values["crude_diff"], abs=1e-6)
    found = rows["weighted"]
    wanted = values["ch12_msm_stabilised"][1]
    assert found["estimate"] == pytest.approx(wanted["coef"], abs=1e-6)
    assert found["value_b"] == pytest.approx(1.779978190533, abs=1e-6)
    assert found["std_error"] < wanted["se"], "R takes the weights as known, which is too wide"
    assert found["std_error"] == pytest.approx(wanted["se"], rel=0.15)
    assert found["verdict"] == "worse"


def test_smoking_interval_with_weights_as_known_is_the_books() -> None:
    wanted = expected("nhefs")["ch12_msm_stabilised"][1]
    data, _ = smokers(uncensored=True)
    is_a = (data["arm"] == "A").to_numpy()
    probability = fit_propensity(design_matrix(data, is_a, SMOKING).values, is_a).probability
    weights = stabilised_weights(probability, is_a)
    change = data["wt82_71"].cast(pl.Float64).to_numpy()[:, None]
    n = len(data)
    arms = [
        weighted_mean(Sample(change, np.flatnonzero(is_a == arm), weights, np.arange(n), n))
        for arm in (True, False)
    ]
    estimate = arms[0].value[0] - arms[1].value[0]
    error = np.sqrt(((arms[0].influence - arms[1].influence) ** 2).sum())
    assert error == pytest.approx(wanted["se"], abs=1e-4)
    assert estimate - 1.959964 * error == pytest.approx(2.411, abs=1e-3)
    assert estimate + 1.959964 * error == pytest.approx(4.470, abs=1e-3)


def test_smoking_with_weights_for_having_a_value_is_the_books() -> None:
    wanted = expected("nhefs")["ch12_msm_iptw_ipcw"][1]
    data, changes = smokers(uncensored=False)
    rows = rows_by_design(compare_measures(data, changes, [SCORE], spec_of(covariates=SMOKING)))
    assert rows["weighted"]["estimate"] == pytest.approx(wanted["coef"], abs=1e-6)
    assert rows["weighted"]["estimate"] == pytest.approx(3.4965, abs=5e-5)
    assert rows["weighted"]["std_error"] == pytest.approx(wanted["se"], rel=0.15)
    assert rows["weighted"]["n_people_a"] == 403


def _regression(data: pl.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the book's predictions (n, 2) had everybody stopped or nobody, and the values."""
    is_a = (data["arm"] == "A").to_numpy()
    design = design_matrix(data, is_a, SMOKING).values
    cigarettes = data["smokeintensity"].cast(pl.Float64).to_numpy()
    change = data["wt82_71"].cast(pl.Float64).to_numpy()
    known = ~np.isnan(change)
    full = np.column_stack([design, is_a, is_a * cigarettes])
    fitted = least_squares(full[known], change[known, None])[0][:, 0]
    without = design @ fitted[:-2]
    return np.column_stack([without + fitted[-2] + fitted[-1] * cigarettes, without]), change


def test_smoking_standardised_and_augmented_means() -> None:
    values = expected("nhefs")
    for uncensored, wanted in ((False, 3.5186), (True, values["ch13_standardised"]["diff"])):
        predicted, _ = _regression(smokers(uncensored=uncensored)[0])
        means = predicted.mean(axis=0)
        assert means[0] - means[1] == pytest.approx(wanted, abs=5e-5)
    data, _ = smokers(uncensored=True)
    is_a = (data["arm"] == "A").to_numpy()
    probability = fit_propensity(design_matrix(data, is_a, SMOKING).values, is_a).probability
    weights = stabilised_weights(probability, is_a)
    predicted, change = _regression(data)
    means, influence = [], np.zeros(len(data))
    for position, members in enumerate((is_a, ~is_a)):
        rest = (change - predicted[:, position])[members, None]
        mean, apart = augmented(predicted[:, [position]], rest, weights[members])
        means.append(float(mean[0]))
        sign = 1 - 2 * position
        centred = predicted[:, position] - predicted[:, position].mean()
        influence += sign * centred / len(data)
        influence[members] += sign * weights[members] * apart[:, 0]
    # R's weights don't add up to one in each arm, ours do: hence not to the last digit.
    assert means[0] - means[1] == pytest.approx(values["aipw"]["diff"], abs=5e-4)
    error = np.sqrt((influence**2).sum())
    assert error == pytest.approx(values["aipw"]["se_influence"], rel=0.005)


def world_with_scores(n: int = 900, seed: int = 3) -> tuple[pl.DataFrame, pl.DataFrame]:
    """People whose score depends on skill, arm (by -4) and coach, and who answers on skill."""
    world = small_world(n, seed=seed, n_coaches=30)
    rng = np.random.default_rng(seed)
    skill = world["skill"].to_numpy()
    is_a = (world["arm"] == "A").to_numpy()
    by_coach = dict(zip(world["coach_key"].unique().sort(), rng.normal(0, 3, 30), strict=True))
    score = 50 - 4 * is_a - 6 * skill + rng.normal(0, 8, n)
    score += np.array([by_coach[key] for key in world["coach_key"]])
    answers = rng.random(n) < 1 / (1 + np.exp(-(0.8 + 0.9 * skill + 0.4 * is_a)))
    hours = rng.uniform(200, 900, n)
    lost = hours * np.clip(0.06 - 0.02 * is_a - 0.01 * skill + rng.normal(0, 0.02, n), 0, 1)
    keys = world["agent_key"]
    scores = pl.DataFrame(
        {
            "agent_key": keys,
            "outcome": "score",
            "is_window_complete": np.arange(n) % 10 != 0,
            "numerator": [float(s) if a else None for s, a in zip(score, answers, strict=True)],
            "denominator": [1.0 if a else None for a in answers],
        }
    )
    absences = pl.DataFrame(
        {
            "agent_key": keys,
            "outcome": "lost",
            "is_window_complete": True,
            "numerator": lost,
            "denominator": hours,
        }
    )
    return world, pl.concat([scores, absences])


@pytest.mark.parametrize("design", ["unadjusted", "weighted", "doubly_robust"])
def test_errors_agree_with_leaving_one_coach_out(design: str) -> None:
    world, values = world_with_scores()
    measures = [SCORE, RATE]

    def estimates(people: pl.DataFrame) -> dict[tuple[str, str], Any]:
        rows = compare_measures(people, values, measures, spec_of())
        return {
            (row["outcome"], row["estimand"]): row
            for row in rows.filter(pl.col("design") == design).to_dicts()
        }

    whole = estimates(world)
    assert len(whole) == 3
    coaches = world["coach_key"].unique().sort().to_list()
    left_out = [estimates(world.filter(pl.col("coach_key") != coach)) for coach in coaches]
    for key, row in whole.items():
        found = np.array([each[key]["estimate"] for each in left_out])
        jackknife = np.sqrt((len(found) - 1) / len(found) * ((found - found.mean()) ** 2).sum())
        assert row["std_error"] == pytest.approx(jackknife, rel=0.05), key


def test_an_unadjusted_rate_is_hours_over_hours() -> None:
    world, values = world_with_scores()
    row = rows_by_design(compare_measures(world, values, [RATE], spec_of()), "rate_ratio")
    beside = world.select("agent_key", "arm").join(
        values.filter(pl.col("outcome") == "lost"), on="agent_key"
    )
    rates = []
    for arm in ("A", "B"):
        mine = beside.filter(pl.col("arm") == arm)
        rates.append(sum(mine["numerator"].to_list()) / sum(mine["denominator"].to_list()))
    assert row["unadjusted"]["value_a"] == pytest.approx(rates[0], rel=1e-12)
    assert row["unadjusted"]["estimate"] == pytest.approx(rates[0] / rates[1], rel=1e-12)
    assert row["weighted"]["verdict"] == "better"
    assert row["weighted"]["n_events_a"] is None


def test_who_answers_and_who_is_coached_are_both_made_up_for() -> None:
    errors: dict[str, list[float]] = {}
    for seed in range(12):
        rows = compare_measures(*world_with_scores(seed=seed), [SCORE], spec_of())
        for design, row in rows_by_design(rows).items():
            errors.setdefault(design, []).append(row["estimate"] + 4)
    assert abs(np.mean(errors["unadjusted"])) > 1.5
    assert abs(np.mean(errors["weighted"])) < 0.8
    assert abs(np.mean(errors["doubly_robust"])) < 0.8


def test_one_right_model_of_two_is_enough() -> None:
    rng = np.random.default_rng(1)
    n = 40_000
    x = rng.normal(size=n)
    truth = 1 / (1 + np.exp(-x))
    is_a = rng.random(n) < truth
    linear, curved = 2 * x, np.exp(x)
    cluster = np.arange(n)
    members = np.flatnonzero(is_a)
    line = np.column_stack([np.ones(n), x])
    right, wrong = 1 / truth, np.ones(n)
    for outcome, weights, is_right in (
        (linear, wrong, True),
        (curved, right, True),
        (curved, wrong, False),
    ):
        sample = Sample(outcome[:, None], members, weights, cluster, n)
        error = abs(augmented_mean(sample, line).value[0] - outcome.mean())
        assert (error < 0.05) == is_right
        assert (
            abs(weighted_mean(Sample(linear[:, None], members, wrong, cluster, n)).value[0]) > 0.5
        )


def changed(values: pl.DataFrame, outcome: str, **columns: Any) -> pl.DataFrame:
    return values.filter(pl.col("outcome") == outcome).with_columns(**columns)


def test_no_source_is_no_data_in_every_row() -> None:
    world, values = world_with_scores()
    gone = changed(values, "score", numerator=None, denominator=None)
    for given in (gone, gone.clear()):
        rows = compare_measures(world, given, [SCORE, RATE], spec_of())
        assert rows.height == 9
        assert set(rows["verdict"]) == {"too_little_data"}
        assert all(reason.startswith("no data: nobody has a value") for reason in rows["reason"])
        assert rows["estimate"].null_count() == rows.height


def test_few_values_are_released_without_a_verdict_and_fewer_not_at_all() -> None:
    world, values = world_with_scores()
    in_a = set(world.filter(pl.col("arm") == "A").head(300)["agent_key"])
    known = values.filter(pl.col("outcome") == "lost")
    for n_left, verdict, is_shown in ((15, "too_little_data", True), (5, "not_reportable", False)):
        kept = sorted(in_a)[:n_left]
        few = known.with_columns(
            pl.when(~pl.col("agent_key").is_in(sorted(in_a)) | pl.col("agent_key").is_in(kept))
            .then(name)
            .alias(name)
            for name in ("numerator", "denominator")
        )
        few = few.filter(
            pl.col("agent_key").is_in(kept)
            | pl.col("agent_key").is_in(world.filter(pl.col("arm") == "B")["agent_key"].to_list())
        )
        compared = compare_measures(world, few, [RATE], spec_of())
        row = rows_by_design(released_exactly(compared))["unadjusted"]
        assert row["verdict"] == verdict
        assert (row["estimate"] is not None) == is_shown
        assert (row["n_people_b"] is not None) == is_shown
        assert (row["status"] == "suppressed") == (not is_shown)


def test_impossible_values_are_refused() -> None:
    world, values = world_with_scores()
    with pytest.raises(MeasureError, match="denominator must be above 0"):
        compare_measures(world, changed(values, "lost", denominator=0.0), [RATE], spec_of())
    with pytest.raises(MeasureError, match="more than once"):
        compare_measures(world, pl.concat([values, values]), [SCORE], spec_of())
    with pytest.raises(MeasureError, match=r"lack the column\(s\) outcome"):
        compare_measures(world, values.drop("outcome"), [SCORE], spec_of())
