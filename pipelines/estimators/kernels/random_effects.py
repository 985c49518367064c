"""Estimates of several groups read together: drawn towards each other, and tested for differences.

The model says y ~ N(theta, V) and theta_k ~ N(mu, tau^2): each group's own estimate y_k errs by
V, which is known from the influence functions and has off-diagonal entries where groups share
coaches; the groups' true values spread around a mean with a standard deviation tau. Given tau
everything is normal and in closed form (Raudenbush & Bryk 1985, J Educ Stat 10:75): a noisy group
is drawn far towards the mean, a precise one hardly.

With the handful of groups that a workplace has, tau itself is barely known, and its estimate by
(restricted) likelihood is often 0 even where groups differ; every group would then get the same
value with the same narrow interval. So tau isn't plugged in: everything is
averaged over it, with the restricted likelihood and DuMouchel's prior s / (s + tau)^2, where s^2
is the harmonic mean of the variances (DuMouchel 1994, NISS Technical Report 27; Spiegelhalter,
Abrams & Myles 2004, section 5.7.3). It has no unit, so it serves fractions and points alike, its
median is the size of a typical standard error, and it works from two groups on.

Whether the groups differ at all is asked by Cochran's Q with the full V, referred to the F
distribution as Hotelling's statistic since V comes from finitely many coaches (Cochran 1954,
Biometrics 10:101; Hotelling 1931, Ann Math Stat 2:360).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from pipelines.estimators.kernels.survival import Floats

_LOG_RATIOS = np.linspace(-9.0, 9.0, 241)
"""log(tau / s) on which everything is averaged; the prior has 0.02 % beyond either end."""
MIN_SPARE_CLUSTERS = 4
"""Coaches needed beyond the number of groups before their differences are tested."""


@dataclass(frozen=True)
class Pooled:
    """What K groups say about each other; limits are at the level that was asked for."""

    mean: float
    """Mean of the distribution that the groups' values come from."""
    shrunken: Floats
    """(K,) each group's value, drawn towards the mean by as much as its own noise asks for."""
    conf_low: Floats
    """(K,)."""
    conf_high: Floats
    """(K,)."""
    between_sd: float
    """Median of tau, in the unit of the estimates."""
    between_sd_low: float
    between_sd_high: float


def pool(estimates: Floats, covariance: Floats, conf_level: float) -> Pooled:
    """Pool K >= 2 estimates (K,) with a covariance (K, K) whose diagonal is above 0."""
    size = np.sqrt(1.0 / np.mean(1.0 / np.diag(covariance)))
    tau = size * np.exp(_LOG_RATIOS)
    mean, log_likelihood, centre, spread = _given_tau(estimates, covariance, tau)
    log_prior = _LOG_RATIOS - 2.0 * np.logaddexp(0.0, _LOG_RATIOS)
    share = np.exp(log_likelihood + log_prior - np.max(log_likelihood + log_prior))
    share /= share.sum()
    tails = (1.0 - conf_level) / 2.0, (1.0 + conf_level) / 2.0
    sd_low, sd, sd_high = np.exp(np.interp((tails[0], 0.5, tails[1]), _middle(share), np.log(tau)))
    return Pooled(
        mean=float(share @ mean),
        shrunken=share @ centre,
        conf_low=_quantile(share, centre, spread, tails[0]),
        conf_high=_quantile(share, centre, spread, tails[1]),
        between_sd=float(sd),
        between_sd_low=float(sd_low),
        between_sd_high=float(sd_high),
    )


def heterogeneity_p(estimates: Floats, covariance: Floats, n_clusters: int) -> float | None:
    """Return the p-value of "the groups are all alike"; None with too few coaches to ask."""
    n_groups = len(estimates)
    if n_groups < 2 or n_clusters < n_groups + MIN_SPARE_CLUSTERS:
        return None
    inverse = np.linalg.pinv(covariance, hermitian=True)
    weights = inverse.sum(axis=1)
    rest = estimates - weights @ estimates / weights.sum()
    spare = n_clusters - n_groups + 1
    statistic = float(rest @ inverse @ rest) * spare / ((n_clusters - 1) * (n_groups - 1))
    return float(special.fdtrc(n_groups - 1, spare, max(statistic, 0.0)))


def _given_tau(
    estimates: Floats, covariance: Floats, tau: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return, for every tau (T,), what is known given it.

    These are the mean and the log restricted likelihood (T,), and the groups' means and standard
    deviations (T, K). One eigendecomposition serves every tau.
    """
    values, vectors = np.linalg.eigh(covariance)
    squared = tau[:, None] ** 2
    precision = 1.0 / (np.maximum(values, 0.0) + squared)
    ones, y = vectors.sum(axis=0), vectors.T @ estimates
    mean_var = 1.0 / (precision @ ones**2)
    mean = mean_var * (precision @ (ones * y))
    apart = y - mean[:, None] * ones
    log_likelihood = 0.5 * (
        np.log(precision).sum(axis=1) + np.log(mean_var) - (precision * apart**2).sum(axis=1)
    )
    centre = mean[:, None] + squared * ((precision * apart) @ vectors.T)
    own = squared - squared**2 * (precision @ (vectors**2).T)
    through_mean = (1.0 - squared * ((precision * ones) @ vectors.T)) ** 2 * mean_var[:, None]
    return mean, log_likelihood, centre, np.sqrt(np.maximum(own + through_mean, 0.0))


def _quantile(share: Floats, centre: Floats, spread: Floats, level: float) -> Floats:
    """Return a quantile (K,) of mixtures of normals (T, K) by bisection."""
    low = (centre - 10.0 * spread).min(axis=0)
    high = (centre + 10.0 * spread).max(axis=0)
    for _ in range(50):
        middle = 0.5 * (low + high)
        is_below = share @ special.ndtr((middle - centre) / spread) < level
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return np.asarray(0.5 * (low + high), dtype=np.float64)


def _middle(share: Floats) -> Floats:
    """Return the cumulative share (T,) in the middle of each step."""
    return np.asarray(np.cumsum(share) - 0.5 * share, dtype=np.float64)
