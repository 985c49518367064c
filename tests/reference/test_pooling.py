"""Pooling against brute-force integration, published values, textbook limits, and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from statsmodels.stats.meta_analysis import combine_effects

from pipelines.estimators.kernels.random_effects import heterogeneity_p, pool

EIGHT_SCHOOLS = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
THEIR_ERRORS = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])
"""Rubin 1981, J Educ Stat 6:377."""


def test_eight_schools_by_brute_force() -> None:
    """The same posterior means and limits from integrals that know nothing of the closed form."""
    y, variance = EIGHT_SCHOOLS, THEIR_ERRORS**2
    size = float(np.sqrt(stats.hmean(variance)))
    tau = size * np.exp(np.linspace(-10, 8, 1500))
    mu = np.linspace(-80, 100, 1801)
    total = variance[None, :] + tau[:, None] ** 2
    log_lik = np.zeros((len(tau), len(mu)))
    for k in range(len(y)):
        log_lik += stats.norm.logpdf(y[k], mu[None, :], np.sqrt(total[:, [k]]))
    density = np.exp(log_lik - log_lik.max()) * (size / (size + tau) ** 2)[:, None]
    by_tau = integrate.trapezoid(density, mu, axis=1)
    whole = integrate.trapezoid(by_tau, tau)
    found = pool(y, np.diag(variance), 0.95)
    for k in (0, 2, 7):
        share = tau[:, None] ** 2 / total[:, [k]]
        centre = share * y[k] + (1 - share) * mu[None, :]
        spread = np.sqrt(share * variance[k])

        def average(values: np.ndarray) -> float:
            inner = integrate.trapezoid(density * values, mu, axis=1)
            return float(integrate.trapezoid(inner, tau) / whole)

        assert found.shrunken[k] == pytest.approx(average(centre), abs=0.01)
        for limit, level in ((found.conf_low[k], 0.025), (found.conf_high[k], 0.975)):
            below = stats.norm.cdf(limit, centre, spread)
            assert average(below) == pytest.approx(level, abs=5e-4)
    cumulative = integrate.cumulative_trapezoid(by_tau, tau, initial=0.0) / whole
    middle = float(np.interp(0.5, cumulative, tau))
    assert found.between_sd == pytest.approx(middle, rel=0.01)


def test_known_q_of_the_vaccine_trials() -> None:
    """Colditz et al. 1994, JAMA 271:698, 13 BCG trials: Q = 152.23 on 12 degrees of freedom."""
    ill_a = np.array([4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27])
    well_a = np.array(
        [119, 300, 228, 13536, 5036, 1361, 2537, 87886, 7470, 1699, 50448, 2493, 16886]
    )
    ill_b = np.array([11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29])
    well_b = np.array(
        [128, 274, 209, 12619, 5761, 1079, 619, 87892, 7232, 1600, 27197, 2338, 17825]
    )
    y = np.log(ill_a / (ill_a + well_a)) - np.log(ill_b / (ill_b + well_b))
    variance = 1 / ill_a - 1 / (ill_a + well_a) + 1 / ill_b - 1 / (ill_b + well_b)
    assert combine_effects(y, variance).q == pytest.approx(152.2330, abs=5e-4)
    many = 10**9
    ours = heterogeneity_p(y, np.diag(variance), many)
    assert ours == pytest.approx(stats.chi2.sf(152.2330, 12), rel=1e-3)
    found = pool(y, np.diag(variance), 0.95)
    assert found.mean == pytest.approx(-0.7145, abs=0.02)
    assert found.between_sd == pytest.approx(np.sqrt(0.3132), rel=0.12)
    assert found.between_sd_low < np.sqrt(0.3132) < found.between_sd_high


def test_the_ends_are_no_pooling_and_one_value() -> None:
    apart = pool(np.array([-5.0, 0.0, 7.0]), np.diag([1e-6, 1e-6, 1e-6]), 0.95)
    np.testing.assert_allclose(apart.shrunken, [-5.0, 0.0, 7.0], atol=1e-4)
    alike = pool(np.full(6, 0.3), np.diag(np.full(6, 4.0)), 0.95)
    np.testing.assert_allclose(alike.shrunken, 0.3, atol=1e-9)
    assert (alike.conf_high - alike.conf_low < 2 * 1.96 * 2).all()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-1, 1), st.floats(0.01, 1)), min_size=2, max_size=9),
    st.floats(0.01, 100),
)
def test_pooling_has_no_unit_and_never_leaves_the_range(
    groups: list[tuple[float, float]], scale: float
) -> None:
    y, error = (np.array(column) for column in zip(*groups, strict=True))
    one, other = (
        pool(y, np.diag(error**2), 0.95),
        pool(scale * y, np.diag((scale * error) ** 2), 0.95),
    )
    np.testing.assert_allclose(scale * one.shrunken, other.shrunken, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(scale * one.conf_low, other.conf_low, rtol=1e-5, atol=1e-7)
    assert scale * one.between_sd == pytest.approx(other.between_sd, rel=1e-6)
    assert (one.shrunken >= y.min() - 1e-9).all()
    assert (one.shrunken <= y.max() + 1e-9).all()
    assert (one.conf_low < one.shrunken).all()
    assert (one.shrunken < one.conf_high).all()


def test_shared_noise_is_no_difference_between_groups() -> None:
    """What all groups have in common moves the mean and leaves their differences alone."""
    y, own = np.array([0.1, 0.2, 0.4, 0.1]), np.diag([0.01, 0.02, 0.01, 0.03])
    apart = heterogeneity_p(y, own, 50)
    assert heterogeneity_p(y, own + 0.5, 50) == pytest.approx(apart, rel=1e-6)
    narrow, wide = pool(y, own, 0.95), pool(y, own + 0.5, 0.95)
    assert (wide.conf_high - wide.conf_low > narrow.conf_high - narrow.conf_low).all()


@pytest.mark.parametrize(
    "between", [0.5, *(pytest.param(each, marks=pytest.mark.slow) for each in (0.0, 2.0))]
)
def test_intervals_cover_the_truth_of_the_groups(between: float) -> None:
    """Two to eight groups with unequal errors: 95 % intervals hold 92 to 99 % on average."""
    rng = np.random.default_rng(11)
    held, n_groups = 0, 0
    worst_raw, worst_shrunken = 0.0, 0.0
    for _ in range(400):
        k = int(rng.integers(2, 9))
        error = rng.uniform(0.5, 1.5, k)
        truth = 3.0 + between * rng.normal(size=k)
        y = truth + error * rng.normal(size=k)
        found = pool(y, np.diag(error**2), 0.95)
        held += int(((found.conf_low <= truth) & (truth <= found.conf_high)).sum())
        n_groups += k
        worst_raw += float(((y - truth) ** 2).sum())
        worst_shrunken += float(((found.shrunken - truth) ** 2).sum())
    assert 0.915 < held / n_groups < 0.995
    assert worst_shrunken < worst_raw


def test_the_test_for_differences_rarely_cries_wolf() -> None:
    """Groups that share few coaches and are all alike: at most 5 % (and chance) below 0.05."""
    rng = np.random.default_rng(5)
    n_worlds, n_coaches, n_groups = 800, 14, 4
    small = 0
    for _ in range(n_worlds):
        moves = rng.normal(size=(n_coaches, n_groups)) + rng.normal(size=(n_coaches, 1))
        y = moves.sum(axis=0)
        noise = moves - moves.mean(axis=0)
        covariance = noise.T @ noise * n_coaches / (n_coaches - 1)
        p_value = heterogeneity_p(y, covariance, n_coaches)
        assert p_value is not None
        small += p_value < 0.05
    assert small / n_worlds < 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / n_worlds)
    assert small / n_worlds > 0.02


def test_too_few_coaches_are_not_asked() -> None:
    assert heterogeneity_p(np.zeros(4), np.eye(4), 7) is None
    assert heterogeneity_p(np.zeros(4), np.eye(4), 8) == pytest.approx(1.0)
    assert heterogeneity_p(np.zeros(1), np.eye(1), 99) is None
