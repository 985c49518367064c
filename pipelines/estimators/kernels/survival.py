"""Who is at risk when, and the curves that follow from it.

Time at risk, said once for every estimator in this package
-----------------------------------------------------------
The clock starts on day 0, the day of the first session that decides the arm. Somebody who exits
on day d is at risk up to and including day d, and the exit counts *at* d: the curve drops at d, so
"still employed at d" means employed at the end of day d. Somebody whose data end on day d without
an exit is at risk on day d too and leaves the risk set after it; with a tie between an exit and an
end of data the exit therefore comes first. Nobody exits on day 0: an exit on or before day 0 is a
data error that is taken out before this module. Everybody enters on day 0 unless told otherwise;
somebody who enters later, on day e, is at risk from the day after e (delayed entry). A competing
exit takes a person out of the risk set for good and is never treated as an end of data:
somebody who was dismissed can't resign later.

For day d this gives the number at risk Y(d), everybody who entered before d and whose last day is d
or later, and the exits dN_k(d) of kind k on that day. The cause-specific hazard is dN_k(d) / Y(d),
survival is the product of 1 - dN(d) / Y(d) over all kinds of exits (Kaplan-Meier), and the
cumulative incidence of kind k is the sum of survival just before d times that hazard
(Aalen-Johansen), so that the incidences of all kinds and survival always add up to 1. With weights,
Y and dN are sums of weights.

Estimates exist up to the longest follow-up of the group, and beyond it only where nobody is left.

Sources: Kaplan & Meier 1958, J Am Stat Assoc 53:457; Aalen & Johansen 1978, Scand J Stat 5:141;
Andersen 2013, Stat Med 32:5278 (expected time lost to a cause).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CAUSES = ("voluntary", "involuntary", "other")
"""The kinds of exits; 0 codes an end of data, 1 + position in this tuple codes an exit."""


@dataclass(frozen=True)
class Curve:
    """One group's weighted curves on its own distinct leaving times, up to a last day.

    Shapes: T distinct times, K kinds of exits, n people, C cells. A cell holds everybody who
    entered and left at the same time in the same way: all people of a cell move the curve alike,
    which is what keeps the influence functions small. Where people's weights change with time, a
    "person" is somebody's stretch of days with one weight.
    """

    times: Floats
    """(T,) distinct leaving times up to `until`, ascending."""
    at_risk: Floats
    """(T,) sum of weights at risk."""
    n_at_risk: Ints
    """(T,) people at risk."""
    n_exits: Ints
    """(K, T) people exiting."""
    hazards: Floats
    """(K, T) cause-specific hazards."""
    survival_before: Floats
    """(T,) survival just before each time."""
    incidence: Floats
    """(K, T) cumulative incidence at each time."""
    last_time: float
    """Longest follow-up of the group; minus infinity for an empty group."""
    cell_of_person: Ints
    """(n,) index of each person's cell."""
    cell_entry: Ints
    """(C,) index into `times` of the first at which they are at risk; T if there is none."""
    cell_time: Ints
    """(C,) index into `times`; T for people who are still there after `until`."""
    cell_exit: Ints
    """(C,) 0 for an end of data or for somebody still there, else the code of the exit."""
    n_people: int

    @property
    def survival(self) -> Floats:
        """(T,) share still employed at the end of each time."""
        return np.asarray(np.maximum(1.0 - self.incidence.sum(axis=0), 0.0), dtype=np.float64)


def fit_curve(
    times: ArrayLike,
    exits: ArrayLike,
    weights: ArrayLike,
    *,
    until: float,
    n_causes: int = len(CAUSES),
    entries: ArrayLike | None = None,
) -> Curve:
    """Fit Kaplan-Meier and Aalen-Johansen curves for one group of people.

    `times` (n,) are last days under observation, `exits` (n,) are 0 for an end of data or
    1..n_causes, `weights` (n,) are positive; only their ratios matter. `entries` (n,) are the days
    after which people come under observation, before their last day; without them, all enter at 0.
    What happens after `until` isn't looked at. Any unit of time works as long as it is the same
    everywhere.
    """
    left_at = np.asarray(times, dtype=np.float64)
    how = np.asarray(exits, dtype=np.int64)
    weight = np.asarray(weights, dtype=np.float64)
    moments, when = _moments(left_at, until)
    n_moments = len(moments)
    how = np.where(when < n_moments, how, 0)
    entry = _first_moments(moments, entries, len(left_at))
    code = (entry * (n_moments + 1) + when) * (n_causes + 1) + how
    cell, cell_of_person = np.unique(code, return_inverse=True)

    coming = np.bincount(entry, weights=weight, minlength=n_moments + 1)
    leaving = np.bincount(when, weights=weight, minlength=n_moments + 1)
    n_coming = np.bincount(entry, minlength=n_moments + 1)
    n_leaving = np.bincount(when, minlength=n_moments + 1)
    at_risk = _still_there(coming, leaving)
    n_at_risk = _still_there(n_coming, n_leaving)

    drops, n_exits = _exits_by_moment(when, how, weight, (n_causes, n_moments))
    hazards = drops / at_risk
    everyone_exits = n_exits.sum(axis=0) == n_at_risk
    staying = np.where(everyone_exits, 0.0, 1.0 - hazards.sum(axis=0))
    survival_before = np.concatenate(([1.0], np.cumprod(staying)))[:n_moments]
    return Curve(
        times=moments,
        at_risk=np.asarray(at_risk, dtype=np.float64),
        n_at_risk=n_at_risk,
        n_exits=n_exits,
        hazards=hazards,
        survival_before=survival_before,
        incidence=np.cumsum(survival_before * hazards, axis=1),
        last_time=float(left_at.max()) if len(left_at) else -np.inf,
        cell_of_person=cell_of_person.astype(np.int64),
        cell_entry=cell // (n_causes + 1) // (n_moments + 1),
        cell_time=cell // (n_causes + 1) % (n_moments + 1),
        cell_exit=cell % (n_causes + 1),
        n_people=len(left_at),
    )


def _exits_by_moment(
    when: Ints, how: Ints, weight: Floats, shape: tuple[int, int]
) -> tuple[Floats, Ints]:
    """Count exits (causes, moments) of people with `when`, `how` (n,): weighted, and as heads."""
    n_causes, n_moments = shape
    drops = np.zeros(shape)
    n_exits = np.zeros(shape, dtype=np.int64)
    for cause in range(n_causes):
        of_cause = how == cause + 1
        drops[cause] = np.bincount(
            when[of_cause], weights=weight[of_cause], minlength=n_moments + 1
        )[:n_moments]
        n_exits[cause] = np.bincount(when[of_cause], minlength=n_moments + 1)[:n_moments]
    return drops, n_exits


def _moments(left_at: Floats, until: float) -> tuple[Floats, Ints]:
    """Return the distinct times up to `until`, and each person's position among them."""
    moments = np.unique(left_at[left_at <= until])
    when = np.searchsorted(moments, np.minimum(left_at, until + 1.0), side="left")
    return moments, when.astype(np.int64)


def _first_moments(moments: Floats, entries: ArrayLike | None, n_people: int) -> Ints:
    """Return the position of the first moment (n,) at which each person is at risk."""
    if entries is None:
        return np.zeros(n_people, dtype=np.int64)
    entered = np.asarray(entries, dtype=np.float64)
    return np.searchsorted(moments, entered, side="right").astype(np.int64)


def _still_there(coming: NDArray[Any], leaving: NDArray[Any]) -> NDArray[Any]:
    """Return what is at risk at each moment (T,), from what comes and what leaves (T + 1,)."""
    yet_to_leave = np.cumsum(leaving[::-1])[::-1]
    yet_to_come = np.cumsum(coming[::-1])[::-1]
    return np.asarray(yet_to_leave[:-1] - yet_to_come[1:])


def is_estimable(curve: Curve, days: ArrayLike) -> NDArray[np.bool_]:
    """Tell for each of `days` (G,) whether follow-up reaches it, or nobody is left to follow."""
    everyone_left = bool(
        curve.n_people > 0 and curve.n_exits.sum() and curve.n_exits.sum() == curve.n_people
    )
    return (np.asarray(days) <= curve.last_time) | everyone_left


def incidence_at(curve: Curve, days: ArrayLike) -> Floats:
    """Return the cumulative incidence (K, G) of each kind of exit at the end of each day."""
    return _step_at(curve, curve.incidence, days)


def survival_at(curve: Curve, days: ArrayLike) -> Floats:
    """Return the share (G,) still employed at the end of each day."""
    remaining = 1.0 - incidence_at(curve, days).sum(axis=0)
    return np.asarray(np.maximum(remaining, 0.0), dtype=np.float64)


def time_lost_at(curve: Curve, days: ArrayLike) -> Floats:
    """Return the restricted mean time lost (K, G) to each kind of exit by each day.

    It is the area under the cumulative incidence from 0 to the day, in units of time. The
    restricted mean time employed is the day minus the sum over kinds.
    """
    upto = np.asarray(days, dtype=np.float64)
    steps = np.diff(curve.incidence, axis=1, prepend=0.0)
    moments_of_steps = np.cumsum(steps * curve.times, axis=1)
    return incidence_at(curve, upto) * upto - _step_at(curve, moments_of_steps, upto)


def restricted_mean_at(curve: Curve, days: ArrayLike) -> Floats:
    """Return the restricted mean time employed (G,) by each day: the area under survival."""
    employed = np.asarray(days, dtype=np.float64) - time_lost_at(curve, days).sum(axis=0)
    return np.asarray(employed, dtype=np.float64)


def at_risk_at(curve: Curve, days: ArrayLike) -> Ints:
    """Return the number of people (G,) at risk on each day."""
    later = np.searchsorted(curve.times, np.asarray(days, dtype=np.float64), side="left")
    still_there = int((curve.cell_time == len(curve.times))[curve.cell_of_person].sum())
    return np.concatenate((curve.n_at_risk, [still_there]))[later].astype(np.int64)


def exits_by(curve: Curve, days: ArrayLike) -> Ints:
    """Return the number of exits (K, G) of each kind up to and including each day."""
    so_far = np.cumsum(curve.n_exits, axis=1)
    return _step_at(curve, so_far.astype(np.float64), days).astype(np.int64)


def _step_at(curve: Curve, values: Floats, days: ArrayLike) -> Floats:
    """Read right-continuous step functions (K, T), 0 before the first time, at days (G,)."""
    position = np.searchsorted(curve.times, np.asarray(days, dtype=np.float64), side="right")
    padded = np.concatenate((np.zeros((values.shape[0], 1)), values), axis=1)
    return np.asarray(padded[:, position], dtype=np.float64)
