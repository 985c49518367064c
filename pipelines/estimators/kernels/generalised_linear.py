"""In: a design and what it explains. Out: coefficients, fitted values and model-based covariance.

The fits are those of statsmodels: iteratively reweighted least squares, or Newton's method, to the
maximum of the likelihood, without penalty. A fit that doesn't end is no error here but a property
of the fit: what it means is for the kernels to say that ask for one. This is the only module that
loads statsmodels, and only by the part that fits: the whole of it takes seconds to load.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from statsmodels.genmod.families import Binomial, Poisson
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import ModelWarning

from pipelines.estimators.kernels.survival import Floats

MAX_STEPS = 50
CONVERGED = 1e-10
"""The fit has converged when no coefficient moves by more than this."""
Family = Literal["binomial", "poisson"]
FAMILIES = {"binomial": Binomial, "poisson": Poisson}


@dataclass(frozen=True)
class GeneralisedLinearFit:
    """A fit to n rows by p columns."""

    has_converged: bool
    coefficients: Floats
    """(p,)."""
    fitted: Floats
    """(n,) expected values of what is explained."""
    covariance: Floats
    """(p, p) inverse of the expected information."""


def fit_generalised_linear(
    model_matrix: Floats,
    explained: Floats,
    family: Family,
    *,
    weights: Floats | None = None,
    exposure: Floats | None = None,
    start: Floats | None = None,
) -> GeneralisedLinearFit | None:
    """Fit what is explained (n,) on a design (n, p), by its usual link; None without one solution.

    `weights` (n,) say for how much each row counts, `exposure` (n,) multiplies its expected value.
    From coefficients to `start` from (p,) Newton's method is used, which takes a third of the time.
    """
    options = {"var_weights": weights, "exposure": exposure}
    given = {name: values for name, values in options.items() if values is not None}
    # Fits on their way to infinity overflow and warn; `has_converged` says it once.
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", ModelWarning)
        model = GLM(explained, model_matrix, family=FAMILIES[family](), **given)
        if model.df_model + 1 < model_matrix.shape[1]:
            return None
        try:
            found, has_converged = _found(model, start)
        except np.linalg.LinAlgError:
            return None
        fitted = np.asarray(found.fittedvalues, dtype=np.float64)
        return GeneralisedLinearFit(
            has_converged=has_converged,
            coefficients=np.asarray(found.params, dtype=np.float64),
            fitted=fitted,
            covariance=_covariance(model_matrix, fitted, family, weights),
        )


def _found(model: GLM, start: Floats | None) -> tuple[Any, bool]:
    """Return what statsmodels finds, and whether that is a maximum: its Newton may end in NaN."""
    if start is None:
        found = model.fit(maxiter=MAX_STEPS, tol=CONVERGED, tol_criterion="params")
        return found, bool(found.converged)
    how = {"method": "newton", "ridge_factor": 0, "disp": 0}
    found = model.fit(start_params=start, maxiter=MAX_STEPS, tol=CONVERGED, **how)
    has_ended = bool(found.mle_retvals["converged"])
    return found, has_ended and bool(np.isfinite(found.params).all())


def _covariance(
    model_matrix: Floats, fitted: Floats, family: Family, weights: Floats | None
) -> Floats:
    """Return the inverse of the information of the fitted values; NaN where it has none.

    statsmodels has that of the last step's start, and takes no row for less than its rounding.
    """
    variance = fitted * (1.0 - fitted) if family == "binomial" else fitted
    if weights is not None:
        variance = variance * weights
    try:
        inverse = np.linalg.inv(model_matrix.T @ (model_matrix * variance[:, None]))
    except np.linalg.LinAlgError:
        return np.full((model_matrix.shape[1], model_matrix.shape[1]), np.nan)
    return np.asarray(inverse, dtype=np.float64)
