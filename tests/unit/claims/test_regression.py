"""The one regression behind the slopes: against statsmodels, and in closed form."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS
from statsmodels.tools import add_constant

from pipelines.claims.regression import (
    clustered_error,
    clustered_slope,
    numbered,
    slope_by_readings,
)


def draws(seed: int, n: int = 300) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    cluster = rng.integers(0, 25, n)
    control = rng.normal(size=n) + 0.5 * cluster / 25
    exposure = 0.7 * control + rng.normal(size=n) + rng.normal(size=25)[cluster]
    noise = rng.normal(size=n) + rng.normal(size=25)[cluster]
    return exposure, 1.5 * exposure - control + noise, control, cluster


@pytest.mark.parametrize("seed", range(4))
def test_slope_and_error_are_those_of_statsmodels(seed: int) -> None:
    exposure, outcome, control, cluster = draws(seed)
    found = clustered_slope(exposure, outcome, {"control": control}, cluster)
    fit = OLS(outcome, add_constant(np.column_stack([exposure, control]))).fit(
        cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False}
    )
    n_clusters = len(np.unique(cluster))
    assert found is not None
    assert found.value == pytest.approx(fit.params[1], rel=1e-9)
    corrected = fit.bse[1] * np.sqrt(n_clusters / (n_clusters - 1))
    assert found.std_error == pytest.approx(corrected, rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_within_a_group_is_a_dummy_for_every_group(seed: int) -> None:
    exposure, outcome, control, cluster = draws(seed)
    found = clustered_slope(exposure, outcome, {"control": control}, cluster, within=cluster)
    dummies = np.eye(25)[cluster]
    fit = OLS(outcome, np.column_stack([exposure, control, dummies])).fit(
        cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False}
    )
    n_clusters = len(np.unique(cluster))
    assert found is not None
    assert found.value == pytest.approx(fit.params[0], rel=1e-8)
    corrected = fit.bse[0] * np.sqrt(n_clusters / (n_clusters - 1))
    assert found.std_error == pytest.approx(corrected, rel=1e-8)


def test_two_readings_of_a_trait_leave_the_slope_without_their_errors() -> None:
    """The exposure goes with the trait alone; each reading of it has an error of its own."""
    draw = np.random.default_rng(5)
    trait, cluster = draw.normal(size=5000), draw.integers(0, 40, 5000)
    newer, older = (trait + draw.normal(size=5000) for _ in range(2))
    exposure = trait + draw.normal(size=5000)
    outcome = 0.5 * exposure + trait + draw.normal(size=5000)
    plain = clustered_slope(exposure, outcome, {"newer": newer}, cluster)
    both = slope_by_readings(exposure, outcome, {}, cluster, newer, older)
    assert plain is not None and both is not None
    assert plain.value > 0.7
    assert abs(both.value - 0.5) < 3 * both.std_error < 0.15
    unlike = draw.normal(size=5000)
    assert slope_by_readings(exposure, outcome, {}, cluster, newer, unlike) is None


def test_an_exposure_that_the_controls_determine_has_no_slope() -> None:
    exposure, outcome, control, cluster = draws(1)
    same = {"control": control, "twin": 3 * exposure - control}
    assert clustered_slope(exposure, outcome, same, cluster) is None
    per_group = np.arange(25.0)[cluster]
    assert clustered_slope(per_group, outcome, {}, cluster, within=cluster) is None


def test_the_error_of_a_mean_without_clusters_is_the_usual_one() -> None:
    values = np.random.default_rng(3).normal(size=50)
    error = clustered_error((values - values.mean()) / 50, np.arange(50))
    assert error == pytest.approx(values.std(ddof=1) / np.sqrt(50), rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 10), st.floats(-5, 5))
def test_units_carry_over(seed: int, factor: float, shift: float) -> None:
    exposure, outcome, control, cluster = draws(seed, n=80)
    plain = clustered_slope(exposure, outcome, {"control": control}, cluster)
    scaled = clustered_slope(
        exposure * factor + shift, 2 * outcome - shift, {"control": control}, cluster
    )
    assert plain is not None
    assert scaled is not None
    assert scaled.value == pytest.approx(2 * plain.value / factor, rel=1e-6)
    assert scaled.std_error == pytest.approx(2 * plain.std_error / factor, rel=1e-6)


def test_names_are_numbered_from_nought() -> None:
    assert numbered(pl.Series(["b", "a", "b"])).tolist() == [1, 0, 1]
