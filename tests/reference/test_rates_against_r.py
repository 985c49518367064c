"""Ratios of rates against R: absence days, absence counts, infections; and against statsmodels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray

from pipelines.estimators.cohort import people_of
from pipelines.estimators.compare_measures import compare_measures, values_of
from pipelines.estimators.compare_rates import regression_row
from pipelines.estimators.designs.coach_preference import coach_preference_of
from pipelines.estimators.kernels.design_matrix import covariate_columns
from pipelines.estimators.kernels.poisson import RateError, RateFit, fit_rates
from pipelines.estimators.results import SENSITIVITY_SCHEMA, Covariate, Measure
from tests.reference.support import expected, reference_data, small_world, spec_of

LOST = Measure("lost", 180, is_lower_better=True, is_rate=True)


def fit(data: pl.DataFrame, counts: str, columns: dict[str, Any]) -> RateFit:
    """Fit counts on some columns, everybody exposed alike and a cluster of their own."""
    n = len(data)
    design = np.column_stack([np.ones(n), *(np.asarray(c, float) for c in columns.values())])
    return fit_rates(design, data[counts].cast(pl.Float64).to_numpy(), np.ones(n), np.arange(n), n)


def robust(found: RateFit) -> NDArray[np.float64]:
    return np.asarray(np.sqrt((found.influence**2).sum(axis=0)), dtype=np.float64)


def spread(found: RateFit, counts: NDArray[np.float64]) -> float:
    """Return the dispersion: Pearson's chi-squared by degrees of freedom."""
    n, p = len(found.fitted), len(found.coefficients)
    return float((((counts - found.fitted) ** 2) / found.fitted).sum() / (n - p))


def test_days_away_from_school() -> None:
    values = expected("quine")
    data = reference_data("r_quine")
    kinds = [Covariate(name, name, "categorical", name) for name in ("Eth", "Sex", "Age", "Lrn")]
    found = fit(data, "Days", covariate_columns(data, kinds))
    terms = values["poisson_HC0"]
    np.testing.assert_allclose(found.coefficients, [t["coef"] for t in terms], rtol=1e-5)
    np.testing.assert_allclose(robust(found), [t["se"] for t in terms], rtol=1e-4)
    phi = spread(found, data["Days"].cast(pl.Float64).to_numpy())
    assert phi == pytest.approx(values["phi"], rel=1e-5)
    wider = np.sqrt(phi * np.diag(found.covariance))
    np.testing.assert_allclose(wider, [t["se"] for t in values["quasipoisson"]], rtol=1e-4)


def test_days_absent_from_work() -> None:
    values = expected("pad_absenteeism")
    data = reference_data("pad_absenteeism")
    names = [term["term"] for term in values["quasipoisson"]][1:]
    columns = {name: data[name].cast(pl.Float64) for name in names}
    found = fit(data, "days_absent", columns)
    terms = values["quasipoisson"]
    np.testing.assert_allclose(found.coefficients, [t["coef"] for t in terms], rtol=1e-5)
    phi = spread(found, data["days_absent"].cast(pl.Float64).to_numpy())
    assert phi == pytest.approx(values["phi"], rel=1e-5)
    wider = np.sqrt(phi * np.diag(found.covariance))
    np.testing.assert_allclose(wider, [t["se"] for t in terms], rtol=1e-4)


def infections() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return patients, each a coach of their own, and their infections per day observed."""
    patients = (
        reference_data("r_cgd")
        .group_by("id")
        .agg(pl.col("treat").first(), pl.col("status").sum(), pl.col("tstop").max())
        .with_columns(
            agent_key=pl.col("id").cast(pl.String),
            coach_key=pl.col("id").cast(pl.String),
            arm=pl.when(pl.col("treat") == "placebo").then(pl.lit("B")).otherwise(pl.lit("A")),
            follow_up_days=pl.lit(400),
            exit_type=pl.lit(None, pl.String),
        )
    )
    values = patients.select(
        "agent_key",
        outcome=pl.lit("lost"),
        is_window_complete=pl.lit(value=True),
        numerator=pl.col("status").cast(pl.Float64),
        denominator=pl.col("tstop").cast(pl.Float64),
    )
    return patients, values


def test_infections_per_day_as_the_comparison_publishes_them() -> None:
    values = expected("cgd")
    patients, infected = infections()
    rows = compare_measures(patients, infected, [LOST], spec_of(covariates=()))
    ratio = rows.filter(design="unadjusted", estimand="rate_ratio").row(0, named=True)
    assert ratio["estimate"] == pytest.approx(values["poisson_rr"][1]["exp_coef"], abs=1e-6)
    by_arm = {row["treat"]: row["events"] / row["days"] for row in values["rate_by_arm"]}
    assert ratio["value_a"] == pytest.approx(by_arm["rIFN-g"], abs=1e-9)
    assert ratio["value_b"] == pytest.approx(by_arm["placebo"], abs=1e-9)
    n = len(patients)
    log_error = ratio["std_error"] / ratio["estimate"] / np.sqrt(n / (n - 1))
    assert log_error == pytest.approx(values["poisson_rr_HC0"][1]["se"], rel=1e-4)


def test_deaths_per_day_on_each_side_of_a_transplant() -> None:
    """A person's days are split at the transplant; each side's rate is its deaths over its days."""
    data = reference_data("r_heart")
    after = data["transplant"].cast(pl.Float64).to_numpy()
    deaths = data["event"].cast(pl.Float64).to_numpy()
    days = (data["stop"] - data["start"]).cast(pl.Float64).to_numpy()
    design = np.column_stack([np.ones(len(data)), after])
    found = fit_rates(design, deaths, days, np.arange(len(data)), len(data))
    before, later = (each["d"] / each["t"] for each in expected("heart")["person_days_ir"])
    rates = np.exp([found.coefficients[0], found.coefficients.sum()])
    np.testing.assert_allclose(rates, [before, later], rtol=1e-9)
    # The error of a rate's logarithm is one over the root of its count.
    assert np.sqrt(found.covariance[1, 1]) == pytest.approx(np.sqrt(1 / 30 + 1 / 45))


def absence(n: int = 900, seed: int = 3) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Draw absence whose rate is 0.7 times as high in arm a, and goes with skill and age."""
    rng = np.random.default_rng(seed)
    world = small_world(n, seed=seed, n_coaches=40)
    scheduled = rng.uniform(200, 800, n)
    rate = 0.05 * np.exp(-0.5 * world["skill"].to_numpy() + 0.02 * (world["age"].to_numpy() - 35))
    rate *= np.where(world["arm"].to_numpy() == "A", 0.7, 1.0)
    values = world.select(
        "agent_key",
        outcome=pl.lit("lost"),
        is_window_complete=pl.lit(value=True),
        numerator=pl.Series(rng.gamma(4.0, scheduled * rate / 4.0)),
        denominator=pl.Series(scheduled),
    )
    return world, values


def test_the_row_is_statsmodels_ratio_with_errors_by_coach() -> None:
    world, values = absence()
    people = people_of(world, "A", "B")
    controls = coach_preference_of(people, spec_of()).controls
    row = regression_row(people, controls, values_of(people, values, LOST), spec_of())
    beside = people.frame.select("agent_key").join(values, on="agent_key", maintain_order="left")
    theirs = sm.GLM(
        beside["numerator"].to_numpy(),
        np.column_stack([controls, people.is_a]),
        family=sm.families.Poisson(),
        exposure=beside["denominator"].to_numpy(),
    ).fit(cov_type="cluster", cov_kwds={"groups": people.coach, "use_correction": False}, tol=1e-12)
    assert row["value"] == pytest.approx(np.exp(theirs.params[-1]))
    assert row["range_low"] < 0.7 < row["range_high"]
    width = np.log(row["range_high"] / row["range_low"]) / 2
    assert width == pytest.approx(theirs.bse[-1] * np.sqrt(40 / 39) * 2.0227, rel=1e-3)
    assert pl.DataFrame([row], schema=SENSITIVITY_SCHEMA)["reading"][0].startswith("By regression")


def test_small_arms_are_hidden_and_impossible_ratios_refused() -> None:
    world, values = absence(60)
    people = people_of(world, "A", "B")
    controls = coach_preference_of(people, spec_of()).controls
    mine = values_of(people, values, LOST)
    row = regression_row(people, controls, mine, spec_of(min_group=100))
    assert row["status"] == "suppressed"
    none = np.zeros(len(people), dtype=bool)
    early = replace(mine, is_about=none, has_value=none)
    assert regression_row(people, controls, early, spec_of())["status"] == "too_early"
    design = np.column_stack([np.ones(4), [0.0, 0.0, 1.0, 1.0]])
    for counts in ([1.0, 2.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]):
        with pytest.raises(RateError, match="isn’t finite"):
            fit_rates(design, np.array(counts), np.ones(4), np.arange(4), 4)
    twice = np.column_stack([design, design[:, 1]])
    with pytest.raises(RateError, match="no unique"):
        fit_rates(twice, np.array([1.0, 2.0, 3.0, 1.0]), np.ones(4), np.arange(4), 4)
