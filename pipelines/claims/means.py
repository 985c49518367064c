"""Estimators "share", "mean" and "correlation": one number over people who share coaches.

A share's interval is Wilson's with the number of people that independent answers would need to be
as sure (Korn & Graubard 1998, Surv Methodol 24:193), so that it stays between 0 and 1. The interval
of a correlation r comes from Fisher's z = atanh(r); the influence of a person with standardised
values x and y on r is x y - r (x^2 + y^2) / 2, and the error of z is that of r over 1 - r^2.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from pipelines.claims.claim_estimate import (
    CONF_LEVEL,
    ClaimEstimate,
    claim_estimate_of,
    guarded,
    no_data,
    too_few,
    two_sided,
)
from pipelines.claims.frames import (
    ClaimInputs,
    Parameters,
    Where,
    clusters_of,
    counts_of,
    numbers,
    rows_where,
)
from pipelines.claims.regression import clustered_error
from pipelines.contracts.claims import EstimateSpec
from pipelines.estimators.estimate_rows import precision_of
from pipelines.estimators.kernels.survival import Floats

__all__ = ["CorrelationParameters", "MeanParameters", "ShareParameters", "correlation", "mean"]


class MeanParameters(Parameters):
    """The mean of ``value`` over rows; with ``minus``, the mean of the difference of two."""

    value: str
    minus: str | None = None
    cluster: str = "coach_key"
    where: tuple[Where, ...] = ()


class ShareParameters(Parameters):
    """The share of rows that meet ``condition`` among those where it is known."""

    condition: Where
    cluster: str = "coach_key"
    where: tuple[Where, ...] = ()


class CorrelationParameters(Parameters):
    """Pearson's correlation of two columns; ``as_reliability`` gives Spearman and Brown's 2r/(1+r).

    That is the reliability of the two taken together as halves of one scale.
    """

    first: str
    second: str
    as_reliability: bool = False
    cluster: str = "coach_key"
    where: tuple[Where, ...] = ()


def mean(spec: EstimateSpec, parameters: MeanParameters, inputs: ClaimInputs) -> ClaimEstimate:
    """Estimate a mean with an error that allows for shared coaches."""
    value = pl.col(parameters.value).cast(pl.Float64)
    if parameters.minus is not None:
        value = value - pl.col(parameters.minus)
    frame = rows_where(inputs.frames[spec.frame], parameters.where)
    frame = frame.with_columns(value_of_row=value).filter(pl.col("value_of_row").is_not_null())
    if frame.is_empty():
        return no_data("nobody has a value of it")
    values = numbers(frame, "value_of_row")
    error = clustered_error(
        (values - values.mean()) / len(values), clusters_of(frame, parameters.cluster)
    )
    counts = counts_of(frame, parameters.cluster)
    return claim_estimate_of(
        float(values.mean()), error, counts, inputs.minimum, no_difference=spec.no_difference
    )


def share(spec: EstimateSpec, parameters: ShareParameters, inputs: ClaimInputs) -> ClaimEstimate:
    """Estimate a share with Wilson's interval."""
    frame = rows_where(inputs.frames[spec.frame], parameters.where)
    frame = frame.with_columns(is_met=parameters.condition.expression()).filter(
        pl.col("is_met").is_not_null()
    )
    if frame.is_empty():
        return no_data("nobody has a value of it")
    met = numbers(frame, "is_met")
    found, counts = float(met.mean()), counts_of(frame, parameters.cluster)
    error = clustered_error((met - found) / len(met), clusters_of(frame, parameters.cluster))
    low, high = wilson(found, error, counts.n_clusters)
    result = claim_estimate_of(
        found, error, counts, inputs.minimum, no_difference=spec.no_difference
    )
    if result.conf_low is None:
        return result
    return replace(result, conf_low=low, conf_high=high)


def wilson(found: float, std_error: float, n_clusters: int) -> tuple[float, float]:
    """Return Wilson's limits of a share whose error is cluster-robust."""
    spread = found * (1.0 - found)
    size = spread / std_error**2 if std_error > 0 else float(n_clusters)
    t = precision_of(n_clusters, CONF_LEVEL).t_quantile
    centre = (found + t**2 / (2 * size)) / (1 + t**2 / size)
    margin = t * np.sqrt(spread / size + t**2 / (4 * size**2)) / (1 + t**2 / size)
    return float(centre - margin), float(centre + margin)


def correlation(
    spec: EstimateSpec, parameters: CorrelationParameters, inputs: ClaimInputs
) -> ClaimEstimate:
    """Estimate a correlation, or the reliability that follows from it, with Fisher's interval."""
    frame = rows_where(inputs.frames[spec.frame], parameters.where).filter(
        pl.col(parameters.first).is_not_null(), pl.col(parameters.second).is_not_null()
    )
    if frame.is_empty():
        return no_data("nobody has a value of both")
    counts = counts_of(frame, parameters.cluster)
    if few := too_few(counts, inputs.minimum):
        return few
    x, y = (
        _standardised(numbers(frame, parameters.first)),
        _standardised(numbers(frame, parameters.second)),
    )
    r = float(np.mean(x * y))
    if not np.isfinite(r) or abs(r) >= 1.0:
        return no_data("the two don’t vary apart from each other")
    influence = (x * y - r * (x**2 + y**2) / 2) / len(x)
    error = clustered_error(influence, clusters_of(frame, parameters.cluster))
    z_error = error / (1 - r**2)
    margin = precision_of(counts.n_clusters, CONF_LEVEL).t_quantile * z_error
    limits = [float(np.tanh(np.arctanh(r) + side * margin)) for side in (-1, 1)]
    distance = np.arctanh(r) - np.arctanh(_correlation_of(spec.no_difference, parameters))
    scale = _reliability if parameters.as_reliability else float
    found = ClaimEstimate(
        exposure=parameters.first,
        n_people=counts.n_people,
        n_coaches=counts.n_clusters,
        estimate=scale(r),
        std_error=error * (2 / (1 + r) ** 2 if parameters.as_reliability else 1.0),
        conf_low=scale(limits[0]),
        conf_high=scale(limits[1]),
        p_value=two_sided(float(distance), z_error, counts.n_clusters - 1),
    )
    return guarded(found, counts, inputs.minimum)


def _standardised(values: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.asarray((values - values.mean()) / values.std(), dtype=np.float64)


def _reliability(r: float) -> float:
    return 2 * r / (1 + r)


def _correlation_of(value: float, parameters: CorrelationParameters) -> float:
    """Return the correlation that a value of the estimate's own scale stands for."""
    return value / (2 - value) if parameters.as_reliability else value
