"""Propensities, weights, balance and weighted curves against R and statsmodels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray

from pipelines.estimators.compare_exits import compare_exits
from pipelines.estimators.covariate_balance import standardised_difference
from pipelines.estimators.kernels.design_matrix import covariates_from_columns, design_matrix
from pipelines.estimators.kernels.influence_functions import incidence_influence
from pipelines.estimators.kernels.survival import restricted_mean_at, survival_at
from pipelines.estimators.kernels.weights import (
    SeparationError,
    effective_sample_size,
    fit_propensity,
    stabilised_weights,
)
from pipelines.estimators.results import Covariate
from tests.reference.support import (
    AGE,
    SITE,
    SKILL,
    curve_of,
    expected,
    person_errors,
    reference_data,
    small_world,
    spec_of,
)

TURNOVER_COVARIATES = (
    "gender",
    "age",
    "head_gender",
    "greywage",
    "way",
    "extraversion",
    "independ",
    "selfcontrol",
    "anxiety",
    "novator",
    "industry",
)
SMOKING_NUMBERS = ("age", "smokeintensity", "smokeyrs", "wt71")
SMOKING_CATEGORIES = ("sex", "race", "education", "exercise", "active")


def _weights(
    data: pl.DataFrame, is_a: NDArray[np.bool_], covariates: Sequence[Covariate]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return fitted probabilities and stabilised weights."""
    fitted = fit_propensity(design_matrix(data, is_a, covariates).values, is_a)
    return fitted.probability, stabilised_weights(fitted.probability, is_a)


def _turnover() -> tuple[pl.DataFrame, NDArray[np.bool_], NDArray[np.float64]]:
    data = reference_data("turnover_babushkin")
    is_a = (data["coach"] != "no").to_numpy()
    covariates = covariates_from_columns(data, TURNOVER_COVARIATES)
    return data, is_a, _weights(data, is_a, covariates)[1]


def _smoking(*, uncensored: bool) -> tuple[pl.DataFrame, NDArray[np.bool_], NDArray[np.float64]]:
    """Return Hernan and Robins's people and weights: numbers with squares, categories."""
    data = reference_data("nhefs").with_columns(
        *(pl.col(name).pow(2).alias(f"{name}^2") for name in SMOKING_NUMBERS)
    )
    if uncensored:
        data = data.filter(pl.col("wt82").is_not_null())
    covariates = [
        *(Covariate(name, name, "categorical", name) for name in SMOKING_CATEGORIES),
        *(Covariate(name, name, "numeric", name) for name in SMOKING_NUMBERS),
        *(Covariate(f"{name}^2", f"{name}^2", "numeric", name) for name in SMOKING_NUMBERS),
    ]
    is_a = (data["qsmk"] == 1).to_numpy()
    return data, is_a, _weights(data, is_a, covariates)[1]


def test_coefficients_stand_at_the_maximum() -> None:
    """Written out, the slope of the likelihood is 0 and its curvature the covariance inverted."""
    world = small_world(600, seed=3)
    is_a = (world["arm"] == "A").to_numpy()
    spline = Covariate("age", "age", "spline", "Age")
    design = design_matrix(world, is_a, (spline, SITE, SKILL)).values
    ours = fit_propensity(design, is_a)
    by_hand = 1.0 / (1.0 + np.exp(-(design @ ours.coefficients)))
    np.testing.assert_allclose(ours.probability, by_hand, rtol=1e-10)
    np.testing.assert_allclose(design.T @ (is_a - by_hand), 0.0, atol=1e-8)
    curvature = sum(
        p * (1.0 - p) * np.outer(row, row) for p, row in zip(by_hand, design, strict=True)
    )
    np.testing.assert_allclose(ours.covariance @ curvature, np.eye(design.shape[1]), atol=1e-8)


def test_columns_that_say_the_same_have_no_unique_solution() -> None:
    skill = np.linspace(-1, 1, 60)
    is_a = np.arange(60) % 2 == 0
    with pytest.raises(SeparationError, match="no single solution"):
        fit_propensity(np.column_stack([np.ones(60), skill, 2.0 * skill]), is_a)


def test_a_level_that_only_one_arm_has_is_separation() -> None:
    is_level = np.arange(60) < 10
    is_a = is_level | (np.arange(60) % 2 == 0)
    with pytest.raises(SeparationError, match=r"only be in the group|settle"):
        fit_propensity(np.column_stack([np.ones(60), is_level]), is_a)


def test_separation_is_called_so_in_whatever_order_the_rows_stand() -> None:
    rng = np.random.default_rng(5)
    columns = np.column_stack([np.ones(70), rng.normal(size=(70, 16))])
    is_a = columns[:, 1:4].sum(axis=1) > 0.0
    for _ in range(8):
        order = rng.permutation(70)
        with pytest.raises(SeparationError, match="only be in the group"):
            fit_propensity(columns[order], is_a[order])


def test_separation_is_refused_not_fitted() -> None:
    skill = np.linspace(-1, 1, 60)
    world = pl.DataFrame({"skill": skill})
    is_a = skill > 0.1
    with pytest.raises(SeparationError, match=r"only be in the group|settle"):
        fit_propensity(design_matrix(world, is_a, (SKILL,)).values, is_a)


@pytest.mark.outside_data
def test_turnover_propensities_and_weights() -> None:
    values = expected("babushkin")
    data, is_a, weights = _turnover()
    probability, _ = _weights(data, is_a, covariates_from_columns(data, TURNOVER_COVARIATES))
    np.testing.assert_allclose(probability[:10], values["ps_first10"], atol=1e-6)
    np.testing.assert_allclose(weights[:10], values["sw_first10"], atol=1e-6)
    wanted = values["sw"]
    assert weights.mean() == pytest.approx(wanted["mean"], abs=1e-6)
    assert weights.max() == pytest.approx(wanted["max"], abs=1e-6)
    assert weights.min() == pytest.approx(wanted["min"], abs=1e-6)
    assert effective_sample_size(weights[is_a]) == pytest.approx(wanted["ess_treated"], rel=1e-6)
    assert effective_sample_size(weights[~is_a]) == pytest.approx(wanted["ess_control"], rel=1e-6)


@pytest.mark.outside_data
def test_turnover_balance() -> None:
    data, is_a, weights = _turnover()
    wanted = expected("babushkin")["smd"]
    assert len(wanted) > 20
    for row in wanted:
        name = next(n for n in sorted(TURNOVER_COVARIATES, key=len) if row["term"].startswith(n))
        level = row["term"].removeprefix(name)
        values = (data[name] == level if level else data[name]).cast(pl.Float64).to_numpy()
        before = standardised_difference(values, is_a, np.ones(len(is_a)))
        after = standardised_difference(values, is_a, weights)
        assert before == pytest.approx(row["before"], abs=1e-6)
        assert after == pytest.approx(row["after"], abs=1e-6)


@pytest.mark.parametrize("arm", [0, 1])
@pytest.mark.outside_data
def test_turnover_weighted_curve(arm: int) -> None:
    values = expected("babushkin")
    data, is_a, weights = _turnover()
    members = np.flatnonzero(is_a == (arm == 1))
    curve = curve_of(
        data["stag"].to_numpy()[members], data["event"].to_numpy()[members], weights[members]
    )
    rows = [row for row in values["iptw_km"] if row["stratum"] == f"A={arm}"]
    times = [row["time"] for row in rows]
    table = incidence_influence(curve, times).sum(axis=0, keepdims=True)
    errors = person_errors(curve, table, weights[members])[0]
    np.testing.assert_allclose(survival_at(curve, times), [r["surv"] for r in rows], atol=1e-6)
    np.testing.assert_allclose(errors, [row["se"] for row in rows], rtol=0.03)
    assert survival_at(curve, [24])[0] == pytest.approx((0.68705, 0.67519)[arm], abs=1e-5)


@pytest.mark.outside_data
def test_turnover_weighted_restricted_means() -> None:
    """R's own error of a weighted restricted mean (`se` in the file) takes weights as counts.

    It is Greenwood's formula on weighted risk sets, which a doubling of all weights would shrink.
    We reproduce it here to know that both speak of the same curve, and report the infinitesimal
    jackknife instead, which the next test holds to a bootstrap.
    """
    values = expected("babushkin")
    data, is_a, weights = _turnover()
    means = []
    for arm in (1, 0):
        members = np.flatnonzero(is_a == (arm == 1))
        curve = curve_of(
            data["stag"].to_numpy()[members],
            data["event"].to_numpy()[members],
            weights[members],
            until=24.0,
        )
        row = next(r for r in values["iptw_rmst"] if r["stratum"] == f"A={arm}" and r["tau"] == 24)
        mean = restricted_mean_at(curve, [24.0])[0]
        to_come = mean - restricted_mean_at(curve, curve.times)
        exits = curve.hazards.sum(axis=0) * curve.at_risk
        as_counts = (to_come**2 * exits / (curve.at_risk * (curve.at_risk - exits))).sum()
        assert mean == pytest.approx(row["rmst"], abs=1e-6)
        assert np.sqrt(as_counts) == pytest.approx(row["se"], rel=1e-6)
        means.append(mean)
    wanted = values["iptw_rmst24_diff"]["diff"]
    assert means[0] - means[1] == pytest.approx(wanted, abs=1e-6)


@pytest.mark.outside_data
def test_turnover_errors_against_a_bootstrap_that_refits_the_weights() -> None:
    """R resampled 1,000 times; here every person is a coach of their own, and months are days."""
    wanted = {row["stat"]: row["se"] for row in expected("babushkin")["iptw_bootstrap_B1000"]}
    data = reference_data("turnover_babushkin")
    row_id = pl.int_range(pl.len()).cast(pl.String)
    has_coach = pl.when(pl.col("coach") != "no")
    episodes = data.with_columns(
        agent_key=row_id,
        coach_key=row_id,
        arm=has_coach.then(pl.lit("A")).otherwise(pl.lit("B")),
        follow_up_days="stag",
        exit_type=pl.when(pl.col("event") == 1).then(pl.lit("voluntary")),
    )
    covariates = covariates_from_columns(data, TURNOVER_COVARIATES)
    rows = compare_exits(
        episodes, spec_of(horizon_days=(12, 24), covariates=covariates)
    ).comparison.filter((pl.col("design") == "weighted") & (pl.col("outcome") == "any_exit"))
    errors = {(r["estimand"], r["horizon_days"]): r["std_error"] for r in rows.rows(named=True)}
    assert errors["risk_difference", 12] == pytest.approx(wanted["survdiff12"], rel=0.15)
    assert errors["risk_difference", 24] == pytest.approx(wanted["survdiff24"], rel=0.15)
    assert errors["rmst_difference_days", 24] == pytest.approx(wanted["rmst24diff"], rel=0.15)


def test_smoking_weight_change() -> None:
    values = expected("nhefs")
    data, is_a, weights = _smoking(uncensored=True)
    change = data["wt82_71"].cast(pl.Float64).to_numpy()
    difference = np.average(change[is_a], weights=weights[is_a]) - np.average(
        change[~is_a], weights=weights[~is_a]
    )
    assert difference == pytest.approx(values["ch12_msm_stabilised"][1]["coef"], abs=1e-6)
    assert difference == pytest.approx(3.4405, abs=5e-5)
    assert weights.max() == pytest.approx(values["sw"]["max"], rel=1e-6)
    assert effective_sample_size(weights[is_a]) == pytest.approx(values["sw"]["ess1"], rel=1e-6)


def _months(data: pl.DataFrame) -> NDArray[np.float64]:
    survived = pl.col("death") == 0
    month = pl.when(survived).then(120).otherwise((pl.col("yrdth") - 83) * 12 + pl.col("modth"))
    return data.select(month.cast(pl.Float64)).to_series().to_numpy()


def test_smoking_weighted_survival() -> None:
    values = expected("nhefs")
    data, is_a, weights = _smoking(uncensored=False)
    assert weights.mean() == pytest.approx(values["ch17_sw"]["mean"], abs=1e-6)
    assert weights.max() == pytest.approx(values["ch17_sw"]["max"], abs=1e-6)
    for arm in (0, 1):
        members = np.flatnonzero(is_a == (arm == 1))
        curve = curve_of(
            _months(data)[members], data["death"].to_numpy()[members], weights[members]
        )
        rows = [row for row in values["ipw_km"] if row["stratum"] == f"qsmk={arm}"]
        times = [row["time"] for row in rows]
        table = incidence_influence(curve, times).sum(axis=0, keepdims=True)
        np.testing.assert_allclose(survival_at(curve, times), [r["surv"] for r in rows], atol=1e-6)
        errors = person_errors(curve, table, weights[members])[0]
        np.testing.assert_allclose(errors, [row["se"] for row in rows], rtol=0.03)


def test_smoking_pooled_logistic_survival_with_our_weights() -> None:
    """Hernan and Robins's own estimator (program 17.4), fed with our weights."""
    wanted = expected("nhefs")["ch17_ipw_curve"]
    data, is_a, weights = _smoking(uncensored=False)
    months, died = _months(data), data["death"].to_numpy() == 1
    grid = np.arange(120.0)
    at_risk, events, cells = [], [], []
    for arm in (0, 1):
        mine = is_a == (arm == 1)
        for time in grid:
            there = mine & (months > time)
            at_risk.append(weights[there].sum())
            events.append(weights[there & died & (months == time + 1)].sum())
            cells.append((1.0, arm, arm * time, arm * time**2, time, time**2))
    risk, design = np.array(at_risk), np.array(cells)
    model = sm.GLM(
        np.array(events) / risk, design, family=sm.families.Binomial(), var_weights=risk
    ).fit(tol=1e-14)
    survival = np.cumprod(1 - model.predict(design).reshape(2, 120), axis=1)[:, -1]
    assert survival[0] == pytest.approx(wanted["surv0_120"], abs=1e-6)
    assert survival[1] == pytest.approx(wanted["surv1_120"], abs=1e-6)


def test_missing_numbers_are_filled_with_the_mean_and_marked() -> None:
    """Nobody is dropped: the model equals one fitted by hand on filled values and an indicator."""
    world = small_world(500, seed=11)
    rng = np.random.default_rng(5)
    gone = rng.random(500) < 0.25
    skill = world["skill"].to_numpy()
    world = world.with_columns(
        skill=pl.Series([None if g else s for g, s in zip(gone, skill, strict=True)])
    )
    is_a = (world["arm"] == "A").to_numpy()
    design = design_matrix(world, is_a, (AGE, SKILL))
    assert design.columns == ("intercept", "age", "skill unknown", "skill")
    by_hand = np.column_stack(
        [
            np.ones(500),
            world["age"].to_numpy(),
            np.where(gone, skill[~gone].mean(), skill),
            gone.astype(float),
        ]
    )
    theirs = sm.GLM(is_a.astype(float), by_hand, family=sm.families.Binomial()).fit(tol=1e-14)
    ours = fit_propensity(design.values, is_a).probability
    np.testing.assert_allclose(ours, theirs.predict(by_hand), atol=1e-9)
