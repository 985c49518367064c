"""Two-stage least squares with one instrument, weighted, with errors by leaving clusters out.

With Q = (instrument, controls), R = (treatment, controls) and weights on the diagonal of W, the
coefficients of values y are (Q'WR)^-1 Q'Wy (Angrist & Pischke 2009, Mostly Harmless Econometrics,
section 4.1). Taking the treatment as its own instrument gives ordinary least squares. The first
stage is the regression of the treatment on Q; its F is the square of its t.

An instrument that is much the same for everybody of a cluster leaves as many independent values as
there are clusters, and sums of influence come out too small then. Standard errors are therefore
jackknifed: every cluster is left out once, by taking its part from the sums that the coefficients
are made of (MacKinnon, Nielsen & Webb 2023, J Appl Econometrics 38:671, who call it CV3). What that
moves, times (G - 1) / G for G clusters, stands in the place of influence everywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipelines.estimators.kernels.estimating_equations import Moments, Sample, through_weights
from pipelines.estimators.kernels.influence_functions import clustered_variance
from pipelines.estimators.kernels.survival import Floats, Ints

MIN_F = 10.0
"""An instrument with a lower F predicts too little (Staiger & Stock 1997, Econometrica 65:557)."""
_ALIASED = 1e-10
"""Directions with less than this share of the largest singular value count as none."""


@dataclass(frozen=True)
class FirstStage:
    """How much the treatment moves with the instrument."""

    coefficient: float
    std_error: float
    """Robust to clusters; NaN with fewer than two."""
    n_clusters: int

    @property
    def f_statistic(self) -> float:
        """The F of the instrument: its t squared; NaN where it has no error."""
        if not self.std_error > 0.0:
            return float("nan")
        return (self.coefficient / self.std_error) ** 2


@dataclass(frozen=True)
class TwoStage:
    """Both stages of a fit to k columns of values."""

    first: FirstStage
    coefficient: Moments
    """(k,) change of each column per unit of treatment."""
    at_one: Moments
    """(k,) mean of each column over everybody in the sample, were the treatment 1."""
    at_zero: Moments
    """(k,) the same, were it 0."""


@dataclass(frozen=True)
class _Line:
    """The coefficient of the first regressor in a fit to k columns, and the influence on it."""

    coefficient: Floats
    """(k,)."""
    left_out: Floats
    """(G, k) the coefficient minus what it is without each cluster."""
    per_unit: Floats
    """(m, k) its derivative with respect to each observation's weight."""


def two_stage(sample: Sample, treatment: Floats, instrument: Floats, controls: Floats) -> TwoStage:
    """Fit everybody in `sample.counts` (m of n); `controls` (n, p) hold the intercept first.

    NaN throughout where nobody counts or the instrument is the same for everybody.
    """
    sample, clusters, starts = _by_cluster(sample)
    rows = sample.counts
    if len(rows) == 0 or np.ptp(instrument[rows]) == 0.0:
        return TwoStage(FirstStage(0.0, float("nan"), len(clusters)), *_nothing(sample))
    weights, treated = sample.weights[rows], treatment[rows, None]
    instruments = np.hstack([instrument[rows, None], controls[rows]])
    regressors = np.hstack([treated, controls[rows]])
    first = _line(starts, weights, instruments, instruments, treated)
    second = _line(starts, weights, instruments, regressors, sample.values[rows])
    shrunk = first.left_out * (len(clusters) - 1) / len(clusters)
    variance = clustered_variance(shrunk, len(clusters))
    return TwoStage(
        FirstStage(float(first.coefficient[0]), float(np.sqrt(variance[0])), len(clusters)),
        _moments(sample, clusters, second),
        *_at_both(sample, clusters, starts, treated, second),
    )


def at_one_and_zero(sample: Sample, treatment: Floats, controls: Floats) -> tuple[Moments, Moments]:
    """Return `at_one` and `at_zero` of the fit in which the treatment stands for itself.

    As `two_stage` with the treatment as its instrument, without a first stage to fit.
    """
    sample, clusters, starts = _by_cluster(sample)
    rows = sample.counts
    if len(rows) == 0 or np.ptp(treatment[rows]) == 0.0:
        return _nothing(sample)[1:]
    treated = treatment[rows, None]
    regressors = np.hstack([treated, controls[rows]])
    line = _line(starts, sample.weights[rows], regressors, regressors, sample.values[rows])
    return _at_both(sample, clusters, starts, treated, line)


def coefficient_of_first(sample: Sample, instruments: Floats, regressors: Floats) -> Moments:
    """Return the coefficients (k,) of the first regressor; both (n, p) hold the intercept.

    `instruments` has, column by column, what stands for each regressor: itself, unless it is
    read with an error.
    """
    sample, clusters, starts = _by_cluster(sample)
    rows = sample.counts
    found = _line(
        starts, sample.weights[rows], instruments[rows], regressors[rows], sample.values[rows]
    )
    return _moments(sample, clusters, found)


def _by_cluster(sample: Sample) -> tuple[Sample, Ints, Ints]:
    """Return the sample cluster by cluster, its clusters (G,), and where each begins."""
    order = np.argsort(sample.cluster[sample.counts], kind="stable")
    ordered = replace(sample, counts=sample.counts[order])
    clusters, starts = np.unique(ordered.cluster[ordered.counts], return_index=True)
    return ordered, clusters, starts


def _line(
    starts: Ints, weights: Floats, instruments: Floats, regressors: Floats, values: Floats
) -> _Line:
    """Fit k columns of values (m, k); clusters begin at `starts` (G,) among the m rows."""
    weighted = instruments * weights[:, None]
    inverse = np.linalg.pinv(weighted.T @ regressors, rcond=_ALIASED)
    coefficients = inverse @ (weighted.T @ values)
    per_unit = (instruments @ inverse[0])[:, None] * (values - regressors @ coefficients)
    without = _without_each(starts, weighted, regressors, values)
    return _Line(coefficients[0], coefficients[0] - without, per_unit)


def _without_each(starts: Ints, weighted: Floats, regressors: Floats, values: Floats) -> Floats:
    """Return the first coefficients (G, k) without each cluster."""
    ends = np.append(starts[1:], len(values))
    slices = [slice(start, end) for start, end in zip(starts, ends, strict=True)]
    own = np.stack([weighted[each].T @ regressors[each] for each in slices])
    answers = np.stack([weighted[each].T @ values[each] for each in slices])
    left = own.sum(axis=0) - own
    # A level that one cluster alone has leaves nothing to fit it by: this fits it by 0.
    size = np.trace(own.sum(axis=0)) / own.shape[1]
    left += _ALIASED * size * np.eye(own.shape[1])
    return np.asarray(np.linalg.solve(left, answers.sum(axis=0) - answers)[:, 0])


def _at_both(
    sample: Sample, clusters: Ints, starts: Ints, treated: Floats, line: _Line
) -> tuple[Moments, Moments]:
    """Return the means of the values were the treatment 1, and were it 0, for everybody."""
    at_one, at_zero = (
        _moments(sample, clusters, _mean_at(level, sample, starts, treated, line))
        for level in (1.0, 0.0)
    )
    return at_one, at_zero


def _mean_at(level: float, sample: Sample, starts: Ints, treated: Floats, line: _Line) -> _Line:
    """Return the means of the values were the treatment at one level for everybody."""
    weights = sample.weights[sample.counts, None]
    values = sample.values[sample.counts]
    totals = [weights, weights * treated, weights * values]
    weight, share, mean = (total.sum(axis=0) for total in totals)
    share, mean = share / weight, mean / weight
    without = [total.sum(axis=0) - np.add.reduceat(total, starts) for total in totals]
    weight_left = np.where(without[0] > 0.0, without[0], np.nan)
    share_left, mean_left = without[1] / weight_left, without[2] / weight_left
    value = mean + (level - share) * line.coefficient
    left = mean_left + (level - share_left) * (line.coefficient - line.left_out)
    per_unit = (
        (values - mean) / weight
        + (level - share) * line.per_unit
        - (treated - share) / weight * line.coefficient
    )
    return _Line(value, value - left, per_unit)


def _moments(sample: Sample, clusters: Ints, line: _Line) -> Moments:
    """Return an estimate with each cluster's influence, also that through the weights."""
    influences = through_weights(sample, line.per_unit)
    influences[clusters] += line.left_out * (len(clusters) - 1) / len(clusters)
    return Moments(line.coefficient, influences)


def _nothing(sample: Sample) -> tuple[Moments, Moments, Moments]:
    n_columns = sample.values.shape[1]
    empty = Moments(np.full(n_columns, np.nan), np.zeros((sample.n_clusters, n_columns)))
    return empty, empty, empty
