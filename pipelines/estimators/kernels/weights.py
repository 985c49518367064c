"""Propensity and stabilised inverse-probability weights.

The propensity is each person's probability of arm a given what was known before day 0, from a
logistic regression without penalty. A member of arm a is weighted by (share of arm a) / propensity,
a member of arm b by (share of arm b) / (1 - propensity), so that each arm looks like both arms
together (Robins, Hernan & Brumback 2000, Epidemiology 11:550). Weights aren't trimmed.

Where the characteristics separate the arms no finite maximum exists; the fit then stops with
`SeparationError` instead of reporting a coefficient that only says when it gave up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.core.errors import PipelineError
from pipelines.estimators.kernels.generalised_linear import fit_generalised_linear
from pipelines.estimators.kernels.survival import Bools, Floats

CERTAIN = 1e-8
"""A fitted probability this close to 0 or 1 means that the model is certain: separation."""


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


def fit_propensity(model_matrix: Floats, is_a: Bools, counts: Floats | None = None) -> Propensity:
    """Fit the unpenalised logistic regression of arm a on `model_matrix` (n, p).

    `counts` (n,) says for how much each row counts; without it, each counts once. Raises
    SeparationError when the maximum of the likelihood isn't finite or isn't unique.
    """
    outcome = is_a.astype(np.float64)
    share = float(np.average(outcome, weights=counts))
    start = np.zeros(model_matrix.shape[1])
    start[0] = np.log(share / (1.0 - share))
    fit = fit_generalised_linear(model_matrix, outcome, "binomial", weights=counts, start=start)
    if fit is None:
        raise SeparationError("the model of who is in which group has no single solution")
    if _is_certain(fit.fitted) or (
        not fit.has_converged and _runs_off(model_matrix, outcome, counts)
    ):
        raise SeparationError("some people could only be in the group that they are in")
    if not fit.has_converged:
        raise SeparationError("the model of who is in which group doesn’t settle")
    return Propensity(fit.coefficients, fit.fitted, fit.covariance)


def _is_certain(probability: Floats) -> bool:
    return bool(probability.min() < CERTAIN or probability.max() > 1.0 - CERTAIN)


def _runs_off(model_matrix: Floats, outcome: Floats, counts: Floats | None) -> bool:
    """Tell whether a fit that didn't settle was on its way to infinity, which is separation.

    Newton's method may overshoot on that way and end in no numbers at all, by the order of the
    rows; small steps of reweighted least squares get there.
    """
    slow = fit_generalised_linear(model_matrix, outcome, "binomial", weights=counts)
    return slow is not None and _is_certain(slow.fitted)


def stabilised_weights(probability: Floats, is_a: Bools) -> Floats:
    """Return everybody's stabilised weight (n,) from the probability (n,) of arm a."""
    share = float(is_a.mean())
    return np.where(is_a, share / probability, (1.0 - share) / (1.0 - probability))


def weight_slopes(
    model_matrix: Floats, propensity: Propensity, is_a: Bools, weights: Floats
) -> Floats:
    """Return the derivative (n, p) of each person's weight with respect to the coefficients.

    The shares of the arms are left out: they scale an arm's weights all alike, which moves no
    curve.
    """
    p = propensity.probability
    factor = np.where(is_a, -(1.0 - p), p) * weights
    return np.asarray(model_matrix * factor[:, None], dtype=np.float64)


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
