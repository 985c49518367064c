"""How an outcome goes with an exposure among people who are alike otherwise: least squares.

The exposure and the outcome are both cleared of what the controls say about them; the slope is that
of what is left (Frisch, Waugh & Lovell). A group ("within") is taken out by subtracting its means,
so that only people of the same group are compared. An observation's influence on the slope is

    cleared exposure * residual / sum of cleared exposure squared,

summed by cluster, squared and added times G / (G - 1) (Liang & Zeger 1986, Biometrika 73:13). With
an outcome of 0 and 1 the slope is a difference of probabilities; the same error allows for the
spread that such an outcome has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.estimators.kernels.design_matrix import independent_columns
from pipelines.estimators.kernels.estimating_equations import Sample, least_squares
from pipelines.estimators.kernels.influence_functions import clustered_variance
from pipelines.estimators.kernels.survival import Floats, Ints
from pipelines.estimators.kernels.two_stage_least_squares import MIN_F, coefficient_of_first

DETERMINED = 1e-9
"""An exposure with less than this share of its variance left is determined by the controls."""


@dataclass(frozen=True)
class Slope:
    """The slope of the outcome per unit of the exposure, and its cluster-robust error."""

    value: float
    std_error: float


def clustered_slope(
    exposure: Floats,
    outcome: Floats,
    controls: dict[str, Floats],
    cluster: Ints,
    within: Ints | None = None,
) -> Slope | None:
    """Return the slope of `outcome` (n,) on `exposure` (n,) given `controls` (n,) by name.

    `cluster` and `within` (n,) number clusters and groups from 0. None where the exposure doesn't
    vary beyond what the controls and the groups say. Every value must be finite.
    """
    if within is not None:
        exposure, outcome = _centred(exposure, within), _centred(outcome, within)
        controls = {name: _centred(values, within) for name, values in controls.items()}
    _, design = independent_columns(controls, len(outcome))
    both = np.column_stack([exposure, outcome])
    coefficients, _ = least_squares(design, both)
    cleared, rest = (both - design @ coefficients).T
    information = float(cleared @ cleared)
    if information <= DETERMINED * float(((exposure - exposure.mean()) ** 2).sum()):
        return None
    value = float(cleared @ rest) / information
    return Slope(value, clustered_error(cleared * (rest - value * cleared) / information, cluster))


def slope_by_readings(
    exposure: Floats,
    outcome: Floats,
    controls: dict[str, Floats],
    cluster: Ints,
    newer: Floats,
    older: Floats,
) -> Slope | None:
    """Return the slope given `controls` and what `newer` (n,) reads with an error.

    `older` (n,), another reading of the same, stands for it as an instrument; errors leave one
    cluster out at a time. None where the two hardly go together.
    """
    n, n_clusters = len(outcome), int(cluster.max()) + 1
    others = independent_columns(controls, n)[1]
    sample = Sample(
        np.column_stack([outcome, newer]), np.arange(n), np.ones(n), cluster, n_clusters
    )
    by_older = np.column_stack([older, exposure, others])
    first = coefficient_of_first(sample, by_older, by_older)
    errors = np.sqrt(clustered_variance(first.influence, n_clusters))
    if not first.value[1] > np.sqrt(MIN_F) * errors[1]:
        return None
    found = coefficient_of_first(
        sample,
        np.column_stack([exposure, older, others]),
        np.column_stack([exposure, newer, others]),
    )
    error = np.sqrt(clustered_variance(found.influence, n_clusters)[0])
    return Slope(float(found.value[0]), float(error))


def clustered_error(influence: Floats, cluster: Ints) -> float:
    """Return the standard error of an estimate from everybody's influence (n,) on it."""
    n_clusters = len(np.unique(cluster))
    sums: Floats = np.bincount(cluster, weights=influence).astype(np.float64)
    return float(np.sqrt(clustered_variance(sums[:, None], n_clusters)[0]))


def numbered(names: pl.Series) -> Ints:
    """Number the different names of a column (n,) from 0, in the order of the names."""
    return (names.rank("dense") - 1).cast(pl.Int64).to_numpy().astype(np.int64)


def _centred(values: Floats, group: Ints) -> Floats:
    """Return values less the mean of their group."""
    means = np.bincount(group, weights=values) / np.maximum(np.bincount(group), 1)
    return np.asarray(values - means[group], dtype=np.float64)
