"""Staggered roll-outs: what changes around the moment a unit starts, against those yet to start.

Units (coaches, or agents) start something at different times, or never. For the units that start
in period g and a period t, the change of their values since just before g is set against the change
of units that haven't started by t or by g:

    ATT(g, t) = mean of (value at t - base) over starters of g
              - mean of (value at t - base) over units that start after both t and g - 1

where a unit's base is its weighted mean over the last `n_base` periods before g (Callaway &
Sant'Anna 2021, J Econometrics 225:200, with not-yet-treated units for comparison; `n_base` = 1 is
theirs). Units that have started serve nobody as comparison, so differences that build up or fade
don't distort each other, as they would in a regression on unit and period alone (Goodman-Bacon
2021, J Econometrics 225:254). Averages over event times e = t - g weight each (g, t) by its
starters' weight.

A change weighs as much as its two values allow: w = 2 / (1/w_t + 1/w_base), 1 where every value
weighs 1. Errors leave out one cluster at a time, for which there is a closed form: with A a
cluster's summed contributions of starters to the numerator of an average and T their weight,

    average - average without the cluster = (A - average * T) / (sum of T - T),

and likewise for what it brings to the changes compared with (a jackknife; where every unit is its
own cluster and weighs the same, this is the textbook's variance of a difference of two means).
Intervals use the smaller of the numbers of clusters that start and that are compared with, less
one, as degrees of freedom: few of either make the error unsure.

Before the start there should be nothing to see; `pre_trend` says whether there is. Its joint test
is Hotelling's over the event times before the base.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from pipelines.estimators.designs.staggered_did_panel import NEVER, Panel, panel_of
from pipelines.estimators.estimate_rows import Estimate, precision_of
from pipelines.estimators.kernels.survival import Bools, Floats, Ints

EVENT_SCHEMA: dict[str, pl.DataType] = {
    "event_time": pl.Int64(),
    "estimate": pl.Float64(),
    "std_error": pl.Float64(),
    "conf_low": pl.Float64(),
    "conf_high": pl.Float64(),
    "n_units": pl.Int64(),
    "n_units_compared": pl.Int64(),
}


@dataclass(frozen=True)
class EventWindow:
    """Which event times are looked at, counted in periods since the start (0: the first)."""

    first: int = -6
    last: int = 11
    n_base: int = 1
    """How many periods before the start make up the base."""


@dataclass(frozen=True)
class PreTrend:
    """What differs before the base, where nothing has started: it should be nothing."""

    average: Estimate
    p_value: float | None
    """Of all event times before the base being 0; None with too few clusters for the test."""


@dataclass(frozen=True)
class Rollout:
    """The event-time table, its average after the start, and whether there is anything at all."""

    events: pl.DataFrame
    """One row per event time with an estimate; columns as `EVENT_SCHEMA`. Base periods have none.
    """
    overall: Estimate
    """Average over all event times from 0. `value_a` is the starters' mean value then, `value_b`
    what it would have been had they changed as those compared with."""
    pre_trend: PreTrend
    n_units: int
    """Units that start and are compared after it."""
    n_units_compared: int
    n_clusters: int
    n_clusters_compared: int
    problem: str | None = None
    """Why there is no average, in words that can be shown; None where there is one."""


@dataclass(frozen=True)
class _Sums:
    """What makes up every average, by unit (n) and event time (E)."""

    numerator: Floats
    """(n, E) the unit's weight times its change against those compared with, as a starter."""
    weight: Floats
    """(n, E) the unit's weight where it is a starter."""
    pull: Floats
    """(n, E) what leaving the unit's cluster out of those compared with takes off the numerator."""
    level: Floats
    """(n, E) its weight times its value there."""
    is_compared: Bools
    """(n, E) whether the unit serves as comparison."""


def event_study(panel: pl.DataFrame, window: EventWindow, conf_level: float = 0.95) -> Rollout:
    """Average the change around the start over all units and event times.

    `panel` has one row per unit and period with a value: `unit`, `period` (integer),
    `first_treated_period` (integer; NULL: not while observed), `value`, `weight` (above 0), and
    `cluster` where several units share one (otherwise each is its own). Rows without a value or
    weight are left out. Too little data never raises: see `Rollout.problem`. Raises RolloutError
    for a missing column, a unit that is there twice in a period, or that starts or clusters twice.
    """
    data = panel_of(panel)
    events = np.arange(window.first, window.last + 1)
    sums = _sums_of(data, events, window.n_base)
    has_weight = sums.weight.sum(axis=0) > 0
    after = has_weight & (events >= 0)
    before = has_weight & (events < -window.n_base)
    starts, compared = _starters(sums, after), _compared(sums, after)
    return Rollout(
        events=_event_rows(data, sums, events, conf_level),
        overall=_average(data, sums, after, conf_level),
        pre_trend=PreTrend(
            _average(data, sums, before, conf_level), _joint_p_value(data, sums, before)
        ),
        n_units=int(starts.sum()),
        n_units_compared=int(compared.sum()),
        n_clusters=_n_clusters(data, starts),
        n_clusters_compared=_n_clusters(data, compared),
        problem=_problem(data, bool(after.any())),
    )


def _problem(data: Panel, has_average: bool) -> str | None:
    if has_average:
        return None
    if not len(data.first) or bool((data.first == NEVER).all()):
        return "nobody started in the time that the values are from"
    return "values before and after a start are missing, or nobody was yet to start"


def _sums_of(data: Panel, events: Ints, n_base: int) -> _Sums:
    """Add up the contributions of every group of starters at every event time."""
    shape = (len(data.first), len(events))
    numerator, weight, pull, level = np.zeros((4, *shape))
    sums = _Sums(numerator, weight, pull, level, np.zeros(shape, dtype=bool))
    n_periods = data.values.shape[1]
    for group in np.unique(data.first[(data.first > 0) & (data.first < n_periods)]):
        base, base_weight = _base(data, int(group), n_base)
        for position, event in enumerate(events):
            period = int(group + event)
            if 0 <= period < n_periods and not -n_base <= event < 0:
                _add(data, sums, position, int(group), period, base, base_weight)
    return sums


def _base(data: Panel, group: int, n_base: int) -> tuple[Floats, Floats]:
    """Return everybody's mean value (n,) just before a group starts, and its weight (0: none)."""
    span = slice(max(group - n_base, 0), group)
    weight = data.weights[:, span].sum(axis=1)
    total = (data.weights[:, span] * data.values[:, span]).sum(axis=1)
    return np.divide(total, weight, out=np.zeros_like(total), where=weight > 0), weight


def _add(
    data: Panel,
    sums: _Sums,
    position: int,
    group: int,
    period: int,
    base: Floats,
    base_weight: Floats,
) -> None:
    """Add one group's contributions in one period, if it has starters and comparisons there."""
    now = data.weights[:, period]
    observed = (now > 0) & (base_weight > 0)
    starters = np.flatnonzero(observed & (data.first == group))
    others = np.flatnonzero(observed & (data.first > max(period, group)))
    if len(starters) == 0 or len(others) == 0:
        return
    change = data.values[:, period] - base

    def weight_of(rows: NDArray[np.intp]) -> Floats:
        return np.asarray(2.0 / (1.0 / now[rows] + 1.0 / base_weight[rows]), dtype=np.float64)

    mine, theirs = weight_of(starters), weight_of(others)
    expected = float(np.average(change[others], weights=theirs))
    sums.numerator[starters, position] += mine * (change[starters] - expected)
    without = theirs.sum() - _of_cluster(data, others, theirs)
    left = np.where(without > 0.0, without, theirs.sum())
    sums.pull[others, position] -= theirs * (change[others] - expected) * mine.sum() / left
    sums.weight[starters, position] += mine
    sums.level[starters, position] += mine * data.values[starters, period]
    sums.is_compared[others, position] = True


def _of_cluster(data: Panel, rows: NDArray[np.intp], weights: Floats) -> Floats:
    """Return, for each of some units, the summed weight of those of its cluster."""
    sums: Floats = np.zeros(data.n_clusters)
    np.add.at(sums, data.cluster[rows], weights)
    return np.asarray(sums[data.cluster[rows]], dtype=np.float64)


def _event_rows(data: Panel, sums: _Sums, events: Ints, conf_level: float) -> pl.DataFrame:
    """Return one row per event time that has starters and comparisons."""
    rows = []
    for position in np.flatnonzero(sums.weight.sum(axis=0) > 0):
        chosen = np.arange(len(events)) == position
        found = _average(data, sums, chosen, conf_level)
        rows.append(
            {
                "event_time": int(events[position]),
                "estimate": found.estimate,
                "std_error": found.std_error,
                "conf_low": found.conf_low,
                "conf_high": found.conf_high,
                "n_units": int((sums.weight[:, position] > 0).sum()),
                "n_units_compared": int(sums.is_compared[:, position].sum()),
            }
        )
    return pl.DataFrame(rows, schema=EVENT_SCHEMA)


def _average(data: Panel, sums: _Sums, chosen: Bools, conf_level: float) -> Estimate:
    """Return the weighted average over the chosen event times; empty where there is none."""
    total = sums.weight[:, chosen].sum()
    if total <= 0:
        return Estimate()
    estimate = float(sums.numerator[:, chosen].sum() / total)
    level = float(sums.level[:, chosen].sum() / total)
    n_clusters = _fewer_clusters(data, sums, chosen)
    variance = float((_influences(data, sums, chosen) ** 2).sum()) if n_clusters > 1 else 0.0
    if not variance > 0.0:
        return Estimate(level, level - estimate, estimate)
    error = float(np.sqrt(variance))
    margin = precision_of(n_clusters, conf_level).t_quantile * error
    return Estimate(level, level - estimate, estimate, error, estimate - margin, estimate + margin)


def _influences(data: Panel, sums: _Sums, chosen: Bools) -> Floats:
    """Return each cluster's influence on the average over the chosen event times.

    (clusters,), scaled so that the sum of squares is the jackknife's variance.
    """
    by_cluster = [
        _by_cluster(data, each[:, chosen].sum(axis=1))
        for each in (sums.numerator, sums.weight, sums.pull)
    ]
    own, weight, pull = by_cluster
    total = weight.sum()
    left = np.where(total - weight > 0.0, total - weight, total)
    own = (own - own.sum() / total * weight) / left
    scales = [
        np.sqrt(1.0 - 1.0 / max(_n_clusters(data, units), 1))
        for units in (_starters(sums, chosen), _compared(sums, chosen))
    ]
    return np.asarray(scales[0] * own + scales[1] * pull / total, dtype=np.float64)


def _by_cluster(data: Panel, values: Floats) -> Floats:
    """Sum values of units (n,) by cluster."""
    influences: Floats = np.zeros(data.n_clusters)
    np.add.at(influences, data.cluster, values)
    return influences


def _joint_p_value(data: Panel, sums: _Sums, before: Bools) -> float | None:
    """Return Hotelling's p-value of every average before the base being 0.

    None where there is no such average, or not more than twice as many clusters as averages.
    """
    positions = np.flatnonzero(before)
    n_tested = len(positions)
    n_clusters = _fewer_clusters(data, sums, before)
    if n_tested == 0 or n_clusters <= 2 * n_tested:
        return None
    each = [np.arange(len(before)) == position for position in positions]
    averages = np.array([sums.numerator[:, c].sum() / sums.weight[:, c].sum() for c in each])
    influences = np.column_stack([_influences(data, sums, c) for c in each])
    covariance = influences.T @ influences
    distance = float(averages @ np.linalg.pinv(covariance, hermitian=True) @ averages)
    statistic = distance * (n_clusters - n_tested) / (n_tested * (n_clusters - 1))
    return float(special.fdtrc(n_tested, n_clusters - n_tested, statistic))


def _starters(sums: _Sums, chosen: Bools) -> Bools:
    """Tell which units (n,) start and are observed at one of the chosen event times."""
    return np.asarray((sums.weight[:, chosen] > 0).any(axis=1), dtype=np.bool_)


def _compared(sums: _Sums, chosen: Bools) -> Bools:
    """Tell which units (n,) are compared with at one of the chosen event times."""
    return np.asarray(sums.is_compared[:, chosen].any(axis=1), dtype=np.bool_)


def _n_clusters(data: Panel, units: Bools) -> int:
    return len(np.unique(data.cluster[units]))


def _fewer_clusters(data: Panel, sums: _Sums, chosen: Bools) -> int:
    """Return the smaller of the numbers of clusters that start and that are compared with."""
    return min(
        _n_clusters(data, _starters(sums, chosen)), _n_clusters(data, _compared(sums, chosen))
    )
