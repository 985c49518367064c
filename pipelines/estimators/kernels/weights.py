"""Propensity and stabilised inverse-probability weights.

The propensity is each person's probability of arm a given what was known before day 0, from a
logistic regression without penalty. A member of arm a is weighted by (share of arm a) / propensity,
a member of arm b by (share of arm b) / (1 - propensity), so that each arm looks like both arms
together (Robins, Hernan & Brumback 2000, Epidemiology 11:550). Weights aren't trimmed.

The regression is Newton's method with step halving; on columns that are centred and scaled it
takes a handful of steps. Where the characteristics separate the arms no finite maximum exists; the
fit then stops with `SeparationError` instead of reporting a coefficient that only says when it
gave up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import PipelineError
from pipelines.estimators.kernels.survival import Floats

MAX_STEPS = 50
CONVERGED = 1e-10
"""The fit has converged when no coefficient (per standard deviation) moves by more than this."""
CERTAIN = 1e-8
"""A fitted probability this close to 0 or 1 means that the model is certain: separation."""
ROWS_AT_A_TIME = 4096
"""Rows of a design whose products are summed at once."""

Bools = NDArray[np.bool_]


class SeparationError(PipelineError):
    """The characteristics tell the arms apart completely, so no propensity can be estimated."""


@dataclass(frozen=True)
class Propensity:
    """A fitted propensity model."""

    coefficients: Floats
    """(p,) on the columns of the design matrix."""
    probability: Floats
    """(n,) fitted probability of arm a."""
    covariance: Floats
    """(p, p) inverse of the information: model-based covariance of the coefficients."""


def fit_propensity(design: Floats, is_a: Bools, counts: Floats | None = None) -> Propensity:
    """Fit the unpenalised logistic regression of arm a on `design` (n, p).

    `counts` (n,) says for how much each row counts; without it, each counts once. Raises
    SeparationError when the maximum of the likelihood isn't finite or isn't unique.
    """
    outcome = is_a.astype(np.float64)
    weight = np.ones(len(outcome)) if counts is None else counts
    beta = np.zeros(design.shape[1])
    beta[0] = _log_odds(float(np.average(outcome, weights=weight)))
    loglik = _log_likelihood(design @ beta, outcome, weight)
    for _ in range(MAX_STEPS):
        probability = _expit(design @ beta)
        score = design.T @ (weight * (outcome - probability))
        step = _solve(_information(design, probability, weight), score)
        beta, loglik, taken = _improve(design, outcome, weight, beta, step, loglik)
        if np.max(np.abs(taken)) < CONVERGED:
            break
    else:
        raise SeparationError("the propensity model doesn't converge")
    probability = _expit(design @ beta)
    if probability.min() < CERTAIN or probability.max() > 1.0 - CERTAIN:
        raise SeparationError("the characteristics tell some people's arm with certainty")
    covariance = _solve(_information(design, probability, weight), np.eye(len(beta)))
    return Propensity(beta, probability, covariance)


def stabilised_weights(probability: Floats, is_a: Bools) -> Floats:
    """Return everybody's stabilised weight (n,) from the probability (n,) of arm a."""
    share = float(is_a.mean())
    return np.where(is_a, share / probability, (1.0 - share) / (1.0 - probability))


def weight_slopes(design: Floats, propensity: Propensity, is_a: Bools, weights: Floats) -> Floats:
    """Return the derivative (n, p) of each person's weight with respect to the coefficients.

    The shares of the arms are left out: they scale an arm's weights all alike, which moves no
    curve.
    """
    p = propensity.probability
    factor = np.where(is_a, -(1.0 - p), p) * weights
    return np.asarray(design * factor[:, None], dtype=np.float64)


def effective_sample_size(weights: Floats) -> float:
    """Return how many equally weighted people would say as much (Kish); 0 for nobody."""
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def overlap(probability: Floats, is_a: Bools, has_counterpart: Bools) -> tuple[float, float, float]:
    """Return the share of arm a, of arm b and of everybody who has counterparts in the other arm.

    A counterpart means: the propensity lies within the other arm's range, and the person isn't in
    a large level that the other arm doesn't have.
    """
    within = has_counterpart.copy()
    for mine, other in ((is_a, ~is_a), (~is_a, is_a)):
        low, high = probability[other].min(), probability[other].max()
        within[mine] &= (probability[mine] >= low) & (probability[mine] <= high)
    return float(within[is_a].mean()), float(within[~is_a].mean()), float(within.mean())


def _improve(
    design: Floats, outcome: Floats, weight: Floats, beta: Floats, step: Floats, loglik: float
) -> tuple[Floats, float, Floats]:
    """Take the longest of 1, 1/2, 1/4 ... of a step that doesn't lower the likelihood."""
    for halving in range(30):
        taken = step * 0.5**halving
        candidate = beta + taken
        reached = _log_likelihood(design @ candidate, outcome, weight)
        if reached >= loglik - 1e-9 * (1.0 + abs(loglik)):
            return candidate, reached, taken
    return beta, loglik, np.zeros_like(step)


def _information(design: Floats, probability: Floats, weight: Floats) -> Floats:
    """Return X' diag(w p (1 - p)) X, some rows at a time, so that they stay in cache."""
    roots = np.sqrt(weight * probability * (1.0 - probability))[:, None]
    total: Floats = np.zeros((design.shape[1], design.shape[1]))
    for start in range(0, len(design), ROWS_AT_A_TIME):
        rows = slice(start, start + ROWS_AT_A_TIME)
        part = design[rows] * roots[rows]
        total += part.T @ part
    return total


def _solve(information: Floats, right: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(information, right), dtype=np.float64)
    except np.linalg.LinAlgError as error:
        raise SeparationError("the propensity model has no unique solution") from error


def _log_likelihood(linear: Floats, outcome: Floats, weight: Floats) -> float:
    return float(weight @ (outcome * linear - np.logaddexp(0.0, linear)))


def _expit(linear: Floats) -> Floats:
    """Return 1 / (1 + exp(-linear)) without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * linear)), dtype=np.float64)


def _log_odds(share: float) -> float:
    return float(np.log(share / (1.0 - share)))
