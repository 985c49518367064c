"""Ratios of rates from stretches of time: Cox's regression, ties by Efron, errors by cluster.

A stretch runs from `entry` (not included) to `last_day` (included) and may end in an event; a
person has as many as their columns change, so that somebody counts on one side up to a day and on
the other after it, and events can come again. On each day with events, everybody whose stretch
holds the day is at risk. With r = exp(x'b), S0 the sum of r at risk and D0 that of the d people who
have an event on the day, Efron's likelihood takes the k-th of d tied events from
S0 - (k - 1) / d D0 and Breslow's from S0 (Efron 1977, J Am Stat Assoc 72:557; Therneau & Grambsch
2000, Modeling Survival Data, chapters 3 and 7). Sums of score residuals by cluster give the robust
errors (Lin & Wei 1989, J Am Stat Assoc 84:1074).

A ratio of rates has no meaning as a difference of risks and isn't headlined anywhere; it serves to
show what goes wrong where people are counted on a side before they are on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.core.errors import PipelineError
from pipelines.estimators.kernels.survival import Floats, Ints

MAX_STEPS = 40
CONVERGED = 1e-9
"""The fit has converged when no coefficient moves by more than this."""


class HazardError(PipelineError):
    """The rates can't be compared: no finite ratio fits."""


@dataclass(frozen=True)
class Stretches:
    """Stretches of time at risk (m of them)."""

    entry: Floats
    last_day: Floats
    is_event: NDArray[np.bool_]
    columns: Floats
    """(m, p) what the rate depends on."""


@dataclass(frozen=True)
class HazardFit:
    """Logarithms of ratios of rates."""

    coefficients: Floats
    """(p,)."""
    covariance: Floats
    """(p, p) inverse of the information."""
    residuals: Floats
    """(m, p) score residuals."""

    def clustered_covariance(self, cluster: Ints) -> Floats:
        """Return the covariance (p, p) from sums of influence by cluster (m,), uncorrected."""
        sums: Floats = np.zeros((int(cluster.max(initial=-1)) + 1, len(self.coefficients)))
        np.add.at(sums, cluster, self.residuals @ self.covariance)
        return np.asarray(sums.T @ sums, dtype=np.float64)


@dataclass(frozen=True)
class _Days:
    """Which stretches are at risk on which of the T days with events."""

    first: Ints
    """(m,) position of the first such day within the stretch."""
    after: Ints
    """(m,) position of the first such day after it."""
    event_day: Ints
    """(E,) position of the day of each event, in order of the events' rows."""
    event_row: Ints
    """(E,) the stretch that ends in each event."""
    share: Floats
    """(E,) the share of the day's events that each one no longer has before it."""


@dataclass(frozen=True)
class _Sums:
    """Over those at risk for each event: S0 (E,), the mean of x (E, p) and of xx' (E, p, p)."""

    total: Floats
    mean: Floats
    square: Floats


def fit_hazards(stretches: Stretches, ties: Literal["efron", "breslow"] = "efron") -> HazardFit:
    """Fit the ratios; raises HazardError where none is finite or nobody has an event."""
    days = _days_of(stretches, ties)
    # Centred columns change no ratio and keep exp() within bounds.
    centred = stretches.columns - stretches.columns.mean(axis=0)
    stretches = replace(stretches, columns=centred)
    beta: Floats = np.zeros(centred.shape[1])
    reached = _log_likelihood(stretches, days, beta)
    for _ in range(MAX_STEPS):
        score, information = _score(stretches, days, beta)
        try:
            step: Floats = np.asarray(np.linalg.solve(information, score), dtype=np.float64)
        except np.linalg.LinAlgError as error:
            raise HazardError("the rates have no unique ratio") from error
        beta, reached, taken = _improve(stretches, days, beta, step, reached)
        if np.max(np.abs(taken)) < CONVERGED:
            break
    else:
        raise HazardError("the ratio of the rates isn't finite")
    covariance: Floats = np.asarray(
        np.linalg.inv(_score(stretches, days, beta)[1]), dtype=np.float64
    )
    return HazardFit(beta, covariance, _residuals(stretches, days, beta))


def _days_of(stretches: Stretches, ties: str) -> _Days:
    rows = np.flatnonzero(stretches.is_event)
    if len(rows) == 0:
        raise HazardError("nobody has an event")
    times, day, counts = np.unique(
        stretches.last_day[rows], return_inverse=True, return_counts=True
    )
    order = np.argsort(day, kind="stable")
    place: Floats = np.zeros(len(rows))
    starts = np.cumsum(counts) - counts
    place[order] = np.arange(len(rows)) - np.repeat(starts, counts)
    share = place / counts[day] if ties == "efron" else np.zeros(len(rows))
    return _Days(
        first=np.searchsorted(times, stretches.entry, side="right"),
        after=np.searchsorted(times, stretches.last_day, side="right"),
        event_day=day,
        event_row=rows,
        share=share,
    )


def _at_risk(days: _Days, values: Floats) -> Floats:
    """Sum values (m, ...) over those at risk on each day: (T, ...)."""
    n_days = int(days.event_day.max()) + 1
    change: Floats = np.zeros((n_days + 1, *values.shape[1:]))
    np.add.at(change, days.first, values)
    np.subtract.at(change, days.after, values)
    return np.asarray(np.cumsum(change, axis=0)[:-1], dtype=np.float64)


def _for_events(days: _Days, values: Floats) -> Floats:
    """Sum values (m, ...) over those still at risk for each event: (E, ...)."""
    at_risk = _at_risk(days, values)
    tied: Floats = np.zeros_like(at_risk)
    np.add.at(tied, days.event_day, values[days.event_row])
    share = days.share.reshape(-1, *(1 for _ in values.shape[1:]))
    return np.asarray(at_risk[days.event_day] - share * tied[days.event_day], dtype=np.float64)


def _sums(stretches: Stretches, days: _Days, beta: Floats) -> _Sums:
    x = stretches.columns
    risk = np.exp(x @ beta)
    total = _for_events(days, risk)
    mean = _for_events(days, risk[:, None] * x) / total[:, None]
    products = risk[:, None, None] * x[:, :, None] * x[:, None, :]
    return _Sums(total, mean, _for_events(days, products) / total[:, None, None])


def _log_likelihood(stretches: Stretches, days: _Days, beta: Floats) -> float:
    linear = stretches.columns @ beta
    total = _for_events(days, np.exp(linear))
    return float(linear[days.event_row].sum() - np.log(total).sum())


def _score(stretches: Stretches, days: _Days, beta: Floats) -> tuple[Floats, Floats]:
    """Return the score (p,) and the information (p, p)."""
    sums = _sums(stretches, days, beta)
    score = (stretches.columns[days.event_row] - sums.mean).sum(axis=0)
    return score, sums.square.sum(axis=0) - sums.mean.T @ sums.mean


def _improve(
    stretches: Stretches, days: _Days, beta: Floats, step: Floats, reached: float
) -> tuple[Floats, float, Floats]:
    """Take the longest of 1, 1/2, 1/4 ... of a step that doesn't lower the likelihood."""
    for halving in range(30):
        taken = step * 0.5**halving
        found = _log_likelihood(stretches, days, beta + taken)
        if found >= reached - 1e-9 * (1.0 + abs(reached)):
            return beta + taken, found, taken
    return beta, reached, np.zeros_like(step)


def _residuals(stretches: Stretches, days: _Days, beta: Floats) -> Floats:
    """Return each stretch's score residual (m, p): its event minus what was to be expected."""
    x = stretches.columns
    sums = _sums(stretches, days, beta)
    n_days = int(days.event_day.max()) + 1
    rate = _running(days, 1.0 / sums.total, n_days)
    pull = _running(days, sums.mean / sums.total[:, None], n_days)
    expected = x * (rate[days.after] - rate[days.first])[:, None]
    expected -= pull[days.after] - pull[days.first]
    # Whoever has one of d tied events is at risk for only a part of the others.
    own_rate = _on_day(days, days.share / sums.total, n_days)
    own_pull = _on_day(days, (days.share / sums.total)[:, None] * sums.mean, n_days)
    rows = days.event_row
    expected[rows] -= x[rows] * own_rate[days.event_day][:, None] - own_pull[days.event_day]
    residual = -np.exp(x @ beta)[:, None] * expected
    counts = np.bincount(days.event_day, minlength=n_days)
    mean_of_day = _on_day(days, sums.mean, n_days) / counts[:, None]
    residual[rows] += x[rows] - mean_of_day[days.event_day]
    return np.asarray(residual, dtype=np.float64)


def _on_day(days: _Days, values: Floats, n_days: int) -> Floats:
    """Sum values of events (E, ...) by day: (T, ...)."""
    sums: Floats = np.zeros((n_days, *values.shape[1:]))
    np.add.at(sums, days.event_day, values)
    return sums


def _running(days: _Days, values: Floats, n_days: int) -> Floats:
    """Return what has come before each day, and in the end: (T + 1, ...)."""
    by_day = _on_day(days, values, n_days)
    return np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(by_day, axis=0)])
