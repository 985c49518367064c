"""Means of an arm, weighted or augmented by a regression, and how far each coach moves them.

Values come as columns: a mean has one column; a rate has two, and is the ratio of their means.

The weighted mean is sum(w y) / sum(w) over those with a value (Hajek); a person's influence on it
is w (y - mean) / sum(w). The augmented mean takes a least-squares regression of the values on the
covariates, averages its predictions over everybody, of both arms and with or without a value, and
adds the weighted mean of what the regression leaves over:

    mean of m(x)  +  sum of w (y - m(x)) / sum of w

It is right if either the weights or the regression are (doubly robust; Robins, Rotnitzky & Zhao
1994, J Am Stat Assoc 89:846; Lunceford & Davidian 2004, Stat Med 23:2937, with weights that add
up to one). The influence is that of all estimating equations stacked: the mean's own, that of the
regression's coefficients, and that of the weight models (Stefanski & Boos 2002, Am Stat 56:29).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from pipelines.estimators.kernels.influence_functions import PropensityCorrection
from pipelines.estimators.kernels.survival import Floats, Ints


@dataclass(frozen=True)
class Moments:
    """Means of an arm's k columns and each cluster's influence on them."""

    value: Floats
    """(k,)."""
    influence: Floats
    """(clusters, k)."""


@dataclass(frozen=True)
class Sample:
    """Everybody a mean is about, and who of them brings a value and with which weight."""

    values: Floats
    """(n, k); whatever stands in rows that don't count is never read."""
    counts: Ints
    """(m,) positions of the people of the arm who have a value."""
    weights: Floats
    """(n,) weights; read where a person counts."""
    cluster: Ints
    """(n,) cluster of each person."""
    n_clusters: int
    correction: PropensityCorrection | None = None
    """How estimated weights tie people together: slopes (n, p), scores (clusters, p)."""

    def by_cluster(self, influence: Floats, rows: Ints) -> Floats:
        """Sum the influence (rows, k) of some people by cluster: (clusters, k)."""
        members = sparse.csr_matrix(
            (np.ones(len(rows)), (self.cluster[rows], np.arange(len(rows)))),
            shape=(self.n_clusters, len(rows)),
        )
        return np.asarray(members @ influence, dtype=np.float64)


def weighted_mean(sample: Sample) -> Moments:
    """Return the weighted means of an arm; NaN for nobody."""
    values = sample.values[sample.counts]
    weights = sample.weights[sample.counts]
    total = weights.sum()
    if len(values) == 0 or total <= 0.0:
        return _nothing(sample)
    mean = weights @ values / total
    apart = (values - mean) / total
    return Moments(mean, _weighted_influence(sample, apart))


def augmented_mean(sample: Sample, model_matrix: Floats) -> Moments:
    """Return the doubly robust means of an arm over all n people; NaN where nobody has a value.

    `model_matrix` (n, p) holds the columns of the regression, the intercept first. Columns that
    don't vary among those with a value get the shortest coefficients that fit.
    """
    if len(sample.counts) == 0 or len(model_matrix) == 0:
        return _nothing(sample)
    counted = model_matrix[sample.counts]
    values = sample.values[sample.counts]
    coefficients, inverse = least_squares(counted, values)
    predicted = model_matrix @ coefficients
    rest = values - predicted[sample.counts]
    mean, apart = augmented(predicted, rest, sample.weights[sample.counts])
    share = sample.weights[sample.counts] / sample.weights[sample.counts].sum()
    everybody = np.arange(len(model_matrix))
    own = sample.by_cluster((predicted - predicted.mean(axis=0)) / len(model_matrix), everybody)
    share = sample.weights[sample.counts] / sample.weights[sample.counts].sum()
    gap = (model_matrix.mean(axis=0) - share @ counted) @ inverse
    through_fit = sample.by_cluster((counted @ gap)[:, None] * rest, sample.counts)
    through_fit -= _help_by_own_cluster(sample, model_matrix, rest, inverse)
    return Moments(mean, own + through_fit + _weighted_influence(sample, apart))


def _help_by_own_cluster(
    sample: Sample, model_matrix: Floats, rest: Floats, inverse: Floats
) -> Floats:
    """Return what each cluster's influence (clusters, k) owes to its part in its own predictions.

    Without it the cluster's predictions would be those of a regression on everybody else, to first
    order (see `influence_functions`). What moves all predictions alike doesn't count.
    """
    rows, counted = sample.counts, model_matrix[sample.counts]
    share = sample.weights[rows] / sample.weights[rows].sum()
    pulls = sample.by_cluster(
        model_matrix - model_matrix.mean(axis=0), np.arange(len(model_matrix))
    ) / len(model_matrix)
    pulls -= sample.by_cluster(share[:, None] * (counted - share @ counted), rows)
    help_of_person = np.einsum("np,np->n", counted, (pulls @ inverse)[sample.cluster[rows]])
    return sample.by_cluster(help_of_person[:, None] * rest, rows)


def least_squares(model_matrix: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Return the coefficients (p, k) of values (n, k) on a design (n, p), and (X'X)^-1 (p, p)."""
    inverse: Floats = np.asarray(
        np.linalg.pinv(model_matrix.T @ model_matrix, hermitian=True), dtype=np.float64
    )
    return np.asarray(inverse @ (model_matrix.T @ values), dtype=np.float64), inverse


def augmented(predicted: Floats, rest: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the augmented means (k,) and what one unit of weight moves them (m, k).

    `predicted` (n, k) is everybody's prediction, `rest` (m, k) what it leaves over and `weights`
    (m,) the weight of those with a value.
    """
    total = weights.sum()
    left = weights @ rest / total
    return predicted.mean(axis=0) + left, (rest - left) / total


def _weighted_influence(sample: Sample, apart: Floats) -> Floats:
    """Sum weight times `apart` (m, k) by cluster, with the part that runs through the weights.

    A cluster's own people count with the weights as they would be had the cluster had no part in
    the models (see `influence_functions`).
    """
    rows = sample.counts
    weights = sample.weights[rows]
    if sample.correction is not None:
        weights = weights * sample.correction.without_own_cluster(
            weights, sample.cluster[rows], rows
        )
    return sample.by_cluster(weights[:, None] * apart, rows) + through_weights(sample, apart)


def through_weights(sample: Sample, apart: Floats) -> Floats:
    """Return each cluster's influence (clusters, k) through the model behind the weights.

    `apart` (m, k) is what one unit of weight of those who count moves an estimate.
    """
    if sample.correction is None:
        return np.zeros((sample.n_clusters, apart.shape[1]))
    slopes = sample.correction.weight_slopes[sample.counts].T @ apart
    return np.asarray(sample.correction.cluster_scores @ slopes, dtype=np.float64)


def _nothing(sample: Sample) -> Moments:
    n_columns = sample.values.shape[1]
    return Moments(np.full(n_columns, np.nan), np.zeros((sample.n_clusters, n_columns)))
