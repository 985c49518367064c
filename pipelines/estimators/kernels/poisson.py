"""In: counts or hours with their exposure. Out: logarithms of ratios of rates, errors by cluster.

The expected count is exposure * exp(x'b), fitted by Poisson's likelihood, which is right about the
mean whatever the counts' spread is; sums of scores by cluster give errors that don't rest on the
spread either (Gourieroux, Monfort & Trognon 1984, Econometrica 52:701; Liang & Zeger 1986,
Biometrika 73:13).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.core.errors import PipelineError
from pipelines.estimators.kernels.generalised_linear import fit_generalised_linear
from pipelines.estimators.kernels.survival import Floats, Ints

BALANCED = 1e-6
"""At the maximum, counts and expected counts agree column by column to within this share."""


class RateError(PipelineError):
    """The rates have no finite ratio."""


@dataclass(frozen=True)
class RateFit:
    """Logarithms of ratios of rates."""

    coefficients: Floats
    """(p,)."""
    covariance: Floats
    """(p, p) as if counts were Poisson: inverse of the information."""
    influence: Floats
    """(clusters, p) each cluster's influence on the coefficients."""
    fitted: Floats
    """(n,) expected counts."""


def fit_rates(
    model_matrix: Floats, counts: Floats, exposure: Floats, cluster: Ints, n_clusters: int
) -> RateFit:
    """Fit counts (n,) on a design (n, p); raises RateError where no finite maximum exists."""
    if not counts.any():
        raise RateError("the ratio of the rates isn’t finite")
    fit = fit_generalised_linear(model_matrix, counts, "poisson", exposure=exposure)
    if fit is None:
        raise RateError("the rates have no unique ratio")
    scores = model_matrix * (counts - fit.fitted)[:, None]
    # On its way to infinity a fit can stand still where its weights are lost in rounding.
    limit = BALANCED * (np.abs(model_matrix).T @ (counts + fit.fitted))
    if not fit.has_converged or (np.abs(scores.sum(axis=0)) > limit).any():
        raise RateError("the ratio of the rates isn’t finite")
    sums: Floats = np.zeros((n_clusters, model_matrix.shape[1]))
    np.add.at(sums, cluster, scores)
    return RateFit(fit.coefficients, fit.covariance, sums @ fit.covariance, fit.fitted)
