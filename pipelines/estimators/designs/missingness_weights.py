"""Weights for who has a value: people who answer, or who are still there, differ from the others.

Among the people an outcome is about, a logistic regression without penalty gives the probability of
having a value from the arm and everything the arms are weighted by; whoever has one counts for
share of the arm with a value / own probability (stabilised inverse-probability-of-censoring
weights; Robins, Hernan & Brumback 2000, Epidemiology 11:550; Hernan & Robins 2020, section 12.6).
The weight multiplies that of the design. This makes up for differences that the covariates hold;
somebody whose answer itself decides whether they answer is beyond any weight.

Where nearly everybody has a value, or the few who don't can't be told apart by any regression, the
people with a value count as they are.
"""

from __future__ import annotations

import numpy as np

from pipelines.estimators.cohort import People, subset
from pipelines.estimators.design_fit import Observation
from pipelines.estimators.designs.weighted import cluster_scores
from pipelines.estimators.kernels.design_matrix import OverlapError, design_matrix
from pipelines.estimators.kernels.influence_functions import PropensityCorrection
from pipelines.estimators.kernels.survival import Bools, Floats
from pipelines.estimators.kernels.weights import SeparationError, fit_propensity, weight_slopes
from pipelines.estimators.results import Covariate

MAX_IGNORED = 0.05
"""Share of people without a value that may be left aside where no model can be fitted."""
ARM = Covariate("arm", "arm", "categorical", "Kind of coaching")


def observation_weights(
    people: People, is_about: Bools, has_value: Bools, covariates: tuple[Covariate, ...]
) -> Observation:
    """Fit who of the people an outcome `is_about` (n,) `has_value` (n,); weights for everybody."""
    weights = np.ones(len(people))
    missing = is_about & ~has_value
    if not missing.any() or not (is_about & has_value).any():
        return Observation(weights, None)
    rows = np.flatnonzero(is_about)
    some = subset(people, rows)
    seen = has_value[rows]
    try:
        model_matrix = design_matrix(some.frame, seen, (ARM, *covariates))
        model = fit_propensity(model_matrix.values, seen)
    except (OverlapError, SeparationError) as error:
        share = float(missing.sum() / is_about.sum())
        if share <= MAX_IGNORED:
            return Observation(weights, None)
        problem = f"over {MAX_IGNORED:.0%} have no value, and no weights make up for them: {error}"
        return Observation(weights, None, problem)
    weights[rows] = _shares(some, seen) / model.probability
    slopes = np.zeros((len(people), model_matrix.values.shape[1]))
    slopes[rows] = weight_slopes(
        model_matrix.values, model, np.ones(len(rows), bool), weights[rows]
    )
    return Observation(
        weights, PropensityCorrection(slopes, cluster_scores(some, model_matrix, model, seen))
    )


def _shares(people: People, seen: Bools) -> Floats:
    """Return, for everybody, the share of their arm that has a value."""
    share_a = seen[people.is_a].mean() if people.is_a.any() else 0.0
    share_b = seen[~people.is_a].mean() if not people.is_a.all() else 0.0
    return np.where(people.is_a, share_a, share_b)
