"""How far one person, or one coach's people, move a curve: the basis of every standard error.

The influence of a person on an estimate is the estimate's derivative with respect to that person's
weight. With Y the sum of weights at risk, dN the exits, S survival, h the hazard of any exit, h_k
that of cause k and F_k its cumulative incidence (all at time u unless said otherwise), the
derivative of F_k(t) is, for somebody with counting process N_i and at-risk indicator Y_i,

    sum over u <= t of   S(u-) (dN_ki - Y_i h_k) / Y  -  (dN_i - Y_i h) (F_k(t) - F_k(u)) / (Y - dN)

The first part is the person's own exits against those expected, the second is what everybody's
survival at u means for cause k afterwards. The restricted mean time lost is the integral of F_k,
so its derivative has the same form with (t - u) and the integral of F_k(.) - F_k(u) in place of 1
and F_k(t) - F_k(u). Survival and the restricted mean time employed follow by subtraction.

Without weights the sum of squared influences on survival *is* Greenwood's formula, and with weights
taken as known it is the infinitesimal jackknife that R's `survfit(robust = TRUE)` reports.

The derivative depends on a person only through when they entered and when and how they left, so it
is tabulated by cell (see `survival.Curve`) and people enter through sums of their weights. The cost
is linear in people and the memory doesn't grow with people times days.

When the weights come from a fitted propensity model, a person also moves the model and through it
everybody's weight. `PropensityCorrection` adds that part: the derivative of the estimate with
respect to the coefficients times the person's influence on the coefficients (M-estimation). That
derivative is taken as it would be without the person's cluster: the first-order form, in which a
cluster's people help to predict themselves, gives errors that are too small where there are few
people for each coefficient (compare the jackknife; Efron & Stein 1981, Ann Stat 9:586).

Sources: Efron 1981, Biometrika 68:589; Andersen & Perme 2010, Stat Methods Med Res 19:71;
Lunceford & Davidian 2004, Stat Med 23:2937 (estimated weights); Liang & Zeger 1986, Biometrika
73:13 (sums by cluster); Cameron & Miller 2015, J Hum Resour 50:317 (few clusters).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from pipelines.estimators.kernels.survival import Curve, Floats, Ints, incidence_at, time_lost_at

NEARLY_ALL = 0.95
"""Share of an arm's weight that the coaches behind it carry: strays add none to their number."""


@dataclass(frozen=True)
class PropensityCorrection:
    """How the estimated propensity coefficients (p of them) tie people to a curve's weights."""

    weight_slopes: Floats
    """(n, p) derivative of each arm member's weight with respect to the coefficients."""
    cluster_scores: Floats
    """(G, p) each cluster's influence on the coefficients."""

    def without_own_cluster(
        self, weights: Floats, cluster: Ints, rows: Ints | slice = slice(None)
    ) -> Floats:
        """Return what to multiply the weights (m,) of an arm with to take out their own cluster.

        `cluster` (m,) is each person's, `rows` their place among the slopes. A model bends towards
        those it is fitted to, so that with few people for each coefficient a cluster looks more
        like the others than it is. The weights that people would have had if their cluster had
        had no part in the model are what leaving it out comes to, to second order. What moves all
        weights of the arm alike changes nothing and is left out.
        """
        slopes = self.weight_slopes[rows]
        own = np.einsum("np,np->n", slopes, self.cluster_scores[cluster]) / weights
        alike = self.cluster_scores @ (slopes.sum(axis=0) / weights.sum())
        return np.asarray(1.0 - own + alike[cluster], dtype=np.float64)


@dataclass(frozen=True)
class GroupWeights:
    """The weights behind a curve, who belongs to which cluster, and how the weights came about."""

    weights: Floats
    """(n,) one positive weight per person, in the order of the curve's people."""
    cluster: Ints
    """(n,) cluster of each person, 0..n_clusters-1; the numbering is shared by both arms."""
    n_clusters: int
    correction: PropensityCorrection | None = None

    @cached_property
    def unaided(self) -> Floats:
        """(n,) the weights without what people's own cluster adds to them."""
        if self.correction is None or not len(self.weights):
            return self.weights
        factor = self.correction.without_own_cluster(self.weights, self.cluster)
        return np.asarray(self.weights * factor, dtype=np.float64)


def incidence_influence(curve: Curve, days: ArrayLike) -> Floats:
    """Return the influence (K, C, G) of one unit of weight in each cell on each incidence."""
    upto = np.asarray(days, dtype=np.float64)
    final = incidence_at(curve, upto)
    return _influence(
        curve,
        upto,
        gain=lambda u: np.ones((len(u), len(upto))),
        later=lambda cause, _u: final[cause] - curve.incidence[cause][:, None],
    )


def time_lost_influence(curve: Curve, days: ArrayLike) -> Floats:
    """Return the influence (K, C, G) of one unit of weight in each cell on each mean time lost."""
    upto = np.asarray(days, dtype=np.float64)
    final = time_lost_at(curve, upto)
    so_far = time_lost_at(curve, curve.times)

    def later(cause: int, u: Floats) -> Floats:
        known = so_far[cause][:, None] + curve.incidence[cause][:, None] * (upto - u[:, None])
        return np.asarray(final[cause] - known, dtype=np.float64)

    return _influence(curve, upto, gain=lambda u: upto - u[:, None], later=later)


def _influence(
    curve: Curve,
    upto: Floats,
    *,
    gain: Callable[[Floats], Floats],
    later: Callable[[int, Floats], Floats],
) -> Floats:
    """Tabulate the formula at the top of this module for every cause, cell and day.

    `gain(u)` (T, G) is what an exit at u is worth by each day; `later(cause, u)` (T, G) is what
    happens to the cause between u and each day.
    """
    n_causes, n_times = curve.hazards.shape
    table = np.zeros((n_causes, len(curve.cell_time), len(upto)))
    if n_times == 0:
        return table
    counts = (curve.times[:, None] <= upto).astype(np.float64)
    any_hazard = curve.hazards.sum(axis=0)[:, None]
    own = counts * gain(curve.times) * (curve.survival_before / curve.at_risk)[:, None]
    per_exit = _one_over_remaining(curve)[:, None] * counts
    when = np.minimum(curve.cell_time, n_times - 1)
    has_exit = (curve.cell_exit > 0)[:, None]
    entered_later = (curve.cell_entry > 0)[:, None]
    before_entry = np.maximum(curve.cell_entry - 1, 0)
    for cause in range(n_causes):
        loss = per_exit * later(cause, curve.times)
        drift = np.cumsum(any_hazard * loss - curve.hazards[cause][:, None] * own, axis=0)
        is_cause = (curve.cell_exit == cause + 1)[:, None]
        since_entry = drift[when] - np.where(entered_later, drift[before_entry], 0.0)
        table[cause] = since_entry + is_cause * own[when] - has_exit * loss[when]
    return table


def _one_over_remaining(curve: Curve) -> Floats:
    """Return 1 / (Y - dN) (T,), and 0 where nobody remains: the curve can't move after that."""
    remaining = curve.at_risk * (1.0 - curve.hazards.sum(axis=0))
    somebody_remains = curve.n_exits.sum(axis=0) < curve.n_at_risk
    out: Floats = np.zeros_like(remaining)
    np.divide(1.0, remaining, out=out, where=somebody_remains)
    return out


def person_variance(curve: Curve, group: GroupWeights, table: Floats) -> Floats:
    """Return the sum of squared personal influences (G,) for a table (C, G), weights as known."""
    squared = np.bincount(
        curve.cell_of_person, weights=group.weights**2, minlength=len(curve.cell_time)
    )
    return np.asarray(squared @ table**2, dtype=np.float64)


def cluster_influence(curve: Curve, group: GroupWeights, table: Floats) -> Floats:
    """Return each cluster's summed influence (n_clusters, G) for a table (C, G) of one estimate.

    Includes the estimation of the weights where the group carries a correction; then clusters
    outside the arm have influence too.
    """
    n_cells = len(curve.cell_time)
    own, cells = group.unaided, curve.cell_of_person
    shares = _sums(own, group.cluster, cells, (group.n_clusters, n_cells))
    sums = np.asarray(shares @ table, dtype=np.float64)
    if group.correction is None:
        return sums
    people = np.arange(curve.n_people)
    by_cell = _sums(np.ones(curve.n_people), cells, people, (n_cells, curve.n_people))
    slopes = (by_cell @ group.correction.weight_slopes).T @ table
    return np.asarray(sums + group.correction.cluster_scores @ slopes, dtype=np.float64)


def clustered_variance(influence: Floats, n_clusters: int) -> Floats:
    """Return the cluster-robust variance (G,) of estimates from their influences (clusters, G).

    The factor n / (n - 1) for `n_clusters` clusters is the usual correction for few of them; with
    fewer than two clusters there is no variance and the result is NaN.
    """
    if n_clusters < 2:
        return np.full(influence.shape[1], np.nan)
    factor = n_clusters / (n_clusters - 1)
    return np.asarray(factor * (influence**2).sum(axis=0), dtype=np.float64)


def clusters_behind(weights: Floats, cluster: Ints) -> int:
    """Return how few clusters carry nearly all of some people's weights (m,); 0 for nobody."""
    total = np.sort(np.bincount(cluster, weights=weights))[::-1]
    if not total.sum() > 0.0:
        return 0
    reached = np.cumsum(total) >= NEARLY_ALL * total.sum()
    return int(np.argmax(reached)) + 1


def _sums(
    values: Floats, rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]
) -> sparse.csr_matrix:
    """Build the sparse matrix whose entries are sums of `values` by row and column."""
    return sparse.csr_matrix((values, (rows, columns)), shape=shape)
