"""Pooled logistic regression over person-months against Hernan and Robins's chapter 17."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from pipelines.estimators.kernels.design_matrix import design_matrix
from pipelines.estimators.kernels.weights import fit_propensity, stabilised_weights
from tests.reference.support import expected
from tests.reference.test_measures import SMOKING, smokers

Floats = NDArray[np.float64]


def person_months() -> tuple[pl.DataFrame, Floats]:
    """Return a row per person and month alive, 0 to 119, and everybody's stabilised weight."""
    people, _ = smokers(uncensored=False)
    is_a = (people["arm"] == "A").to_numpy()
    probability = fit_propensity(design_matrix(people, is_a, SMOKING).values, is_a).probability
    died_in = (pl.col("yrdth") - 83) * 12 + pl.col("modth")
    months = (
        people.with_columns(
            weight=pl.Series(stabilised_weights(probability, is_a)),
            last=pl.when(pl.col("death") == 1).then(died_in).otherwise(120),
        )
        .with_columns(time=pl.int_ranges(0, pl.col("last")))
        .explode("time")
        .with_columns(
            survives=~((pl.col("time") == pl.col("last") - 1) & (pl.col("death") == 1)),
            time=pl.col("time").cast(pl.Float64),
        )
    )
    return months.select("qsmk", "time", "survives", "weight"), months["weight"].to_numpy()


def design_of(quit_smoking: Floats, time: Floats) -> Floats:
    """Return the book's columns, time in hundreds of months so that all are of one size."""
    t = time / 100.0
    return np.column_stack(
        [np.ones(len(t)), quit_smoking, quit_smoking * t, quit_smoking * t**2, t, t**2]
    )


def survival(coefficients: Floats, quit_smoking: float, months: int) -> float:
    """Return the share alive after some months, from the monthly probabilities."""
    time = np.arange(months, dtype=np.float64)
    linear = design_of(np.full(months, quit_smoking), time) @ coefficients
    return float(np.prod(1.0 / (1.0 + np.exp(-linear))))


@pytest.mark.parametrize("kind", ["unweighted", "ipw"])
def test_ten_years_of_survival_after_smoking(kind: str) -> None:
    values = expected("nhefs")
    months, weights = person_months()
    quit_smoking = months["qsmk"].cast(pl.Float64).to_numpy()
    design = design_of(quit_smoking, months["time"].to_numpy())
    counts = weights if kind == "ipw" else None
    found = fit_propensity(design, months["survives"].to_numpy(), counts).coefficients
    wanted = {term["term"]: term["coef"] for term in values[f"ch17_{kind}_hazard_coef"]}
    assert found[1] == pytest.approx(wanted["qsmk"], rel=1e-5)
    assert found[0] == pytest.approx(wanted["(Intercept)"], rel=1e-5)
    curve = values[f"ch17_{kind}_curve"]
    for arm in (0, 1):
        for at in (60, 120):
            alive = survival(found, float(arm), at)
            assert alive == pytest.approx(curve[f"surv{arm}_{at}"], abs=1e-6)
    difference = survival(found, 1.0, 120) - survival(found, 0.0, 120)
    assert difference == pytest.approx(curve["diff_120"], abs=1e-6)
    if kind == "ipw":
        alive_by_arm = [round(survival(found, arm, 120), 5) for arm in (0.0, 1.0)]
        assert alive_by_arm == [0.80465, 0.80667]


def test_counts_weigh_like_repeated_rows() -> None:
    rng = np.random.default_rng(2)
    design = np.column_stack([np.ones(300), rng.normal(size=(300, 2))])
    outcome = rng.random(300) < 0.3
    counts = rng.integers(1, 4, 300)
    rows = np.repeat(np.arange(300), counts)
    repeated = fit_propensity(design[rows], outcome[rows])
    weighed = fit_propensity(design, outcome, counts.astype(float))
    np.testing.assert_allclose(weighed.coefficients, repeated.coefficients, rtol=1e-8)
    np.testing.assert_allclose(weighed.covariance, repeated.covariance, rtol=1e-8)
    share = rng.random(300)
    ours = fit_propensity(design, outcome, share)
    by_hand = 1.0 / (1.0 + np.exp(-(design @ ours.coefficients)))
    np.testing.assert_allclose(design.T @ (share * (outcome - by_hand)), 0.0, atol=1e-8)
