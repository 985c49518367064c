"""How far two codings of the same sessions agree, with the range that is likely.

Sessions of one coach resemble each other, so ranges are by cluster: for kappa from its influence
function, for Krippendorff's alpha from a seeded bootstrap that draws whole clusters. The ranges
of the intraclass correlations are the classic ones from the F distribution.

Sources: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability; Fleiss, Cohen & Everitt
(1969) for the influence of an observation on kappa; Shrout & Fleiss (1979) and McGraw & Wong
(1996) for the intraclass correlations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pipelines.core.status import NO_DATA, NOT_REPORTABLE, SHOWN, TOO_LITTLE_DATA, Absence, Status

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Metric = Literal["nominal", "interval"]

MIN_CLUSTERS = 5
"""With fewer clusters neither drawing them anew nor their variance says much."""
NOTHING_COMPARED = Absence(NO_DATA, "nothing was coded twice")
NO_VARIATION = Absence(
    NOT_REPORTABLE, "every coding is the same, so agreement beyond chance has no meaning"
)
FEW_SUBJECTS = Absence(TOO_LITTLE_DATA, "too few were coded by several raters")
FEW_CLUSTERS = f"no range: fewer than {MIN_CLUSTERS} coaches"
NO_DISAGREEMENT = "no range: no two codings differ"
UNDEFINED_DRAWS = "no range: too many redrawn samples had no variation"


@dataclass(frozen=True)
class Agreement:
    """One coefficient: 1 is full agreement, 0 what chance gives, below 0 less than that.

    ``reason`` says why the estimate, or only its range, is missing; with an estimate the status is
    shown all the same.
    """

    n_units: int
    estimate: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    status: Status = SHOWN
    reason: str | None = None

    @classmethod
    def absent(cls, n_units: int, why: Absence) -> Agreement:
        """Return a coefficient that can't be computed."""
        return cls(n_units, status=why.status, reason=why.reason)


def cohen_kappa(
    first: Ints, second: Ints, clusters: Ints, *, conf_level: float = 0.95
) -> Agreement:
    """Cohen's kappa of two codings (category numbers) of the same units.

    The range is the t range with the cluster-robust standard error.
    """
    n = len(first)
    if n == 0:
        return Agreement.absent(0, NOTHING_COMPARED)
    categories = np.union1d(first, second)
    by_first = (first[:, None] == categories).astype(np.float64)
    by_second = (second[:, None] == categories).astype(np.float64)
    share_first, share_second = by_first.mean(axis=0), by_second.mean(axis=0)
    is_same = (first == second).astype(np.float64)
    observed, chance = float(is_same.mean()), float(share_first @ share_second)
    if chance >= 1.0:
        return Agreement.absent(n, NO_VARIATION)
    kappa = (observed - chance) / (1.0 - chance)
    if observed == 1.0:
        return Agreement(n, kappa, reason=NO_DISAGREEMENT)
    moves_chance = by_first @ share_second + by_second @ share_first - 2.0 * chance
    influence = (is_same - observed) / (1.0 - chance)
    influence -= (1.0 - observed) / (1.0 - chance) ** 2 * moves_chance
    sums = _cluster_sums(influence[:, None], clusters)[:, 0]
    n_clusters = len(sums)
    if n_clusters < MIN_CLUSTERS:
        return Agreement(n, kappa, reason=FEW_CLUSTERS)
    variance = n_clusters / (n_clusters - 1) * float(sums @ sums) / n**2
    reach = float(stats.t.ppf((1.0 + conf_level) / 2.0, n_clusters - 1)) * variance**0.5
    return Agreement(n, kappa, max(kappa - reach, -1.0), min(kappa + reach, 1.0))


def krippendorff_alpha(
    ratings: Floats,
    metric: Metric,
    clusters: Ints,
    *,
    seed: int,
    conf_level: float = 0.95,
    n_draws: int = 1000,
) -> Agreement:
    """Krippendorff's alpha of ratings (units x raters, NaN where a rater has none).

    Units with fewer than two ratings don't count. The range holds the middle ``conf_level`` of
    ``n_draws`` bootstrap samples of whole clusters.
    """
    n_ratings = np.isfinite(ratings).sum(axis=1)
    is_paired = n_ratings >= 2
    n_units = int(is_paired.sum())
    if n_units == 0:
        return Agreement.absent(0, NOTHING_COMPARED)
    paired = ratings[is_paired]
    tables = _nominal_sums(paired) if metric == "nominal" else _interval_sums(paired)
    alpha_of = _nominal_alpha if metric == "nominal" else _interval_alpha
    alpha = float(alpha_of(tables.sum(axis=0)[None, :])[0])
    if np.isnan(alpha):
        return Agreement.absent(n_units, NO_VARIATION)
    if alpha == 1.0:
        return Agreement(n_units, alpha, reason=NO_DISAGREEMENT)
    sums = _cluster_sums(tables, clusters[is_paired])
    n_clusters = len(sums)
    if n_clusters < MIN_CLUSTERS:
        return Agreement(n_units, alpha, reason=FEW_CLUSTERS)
    draws = np.random.default_rng(seed).multinomial(
        n_clusters, np.full(n_clusters, 1.0 / n_clusters), size=n_draws
    )
    alphas = alpha_of(draws @ sums)
    if np.isnan(alphas).mean() > 1.0 - conf_level:
        return Agreement(n_units, alpha, reason=UNDEFINED_DRAWS)
    tail = (1.0 - conf_level) / 2.0
    low, high = np.nanquantile(alphas, [tail, 1.0 - tail])
    return Agreement(n_units, alpha, float(low), float(high))


def icc_one_way(ratings: Floats, *, conf_level: float = 0.95) -> Agreement:
    """ICC(1): of one rating, where raters differ from unit to unit (units x raters, NaN allowed).

    With unequal numbers of ratings the usual average number stands in, and the range is close,
    not exact.
    """
    paired = ratings[np.isfinite(ratings).sum(axis=1) >= 2]
    n_units = len(paired)
    if n_units < 2:
        return Agreement.absent(n_units, FEW_SUBJECTS)
    counts = np.isfinite(paired).sum(axis=1).astype(np.float64)
    n_ratings = float(counts.sum())
    means = np.nanmean(paired, axis=1)
    grand = float(np.nanmean(paired))
    n_each = (n_ratings - float(counts @ counts) / n_ratings) / (n_units - 1)
    df_within = n_ratings - n_units
    between = float(counts @ (means - grand) ** 2) / (n_units - 1)
    within = float(np.nansum((paired - means[:, None]) ** 2)) / df_within
    if between == within == 0.0:
        return Agreement.absent(n_units, NO_VARIATION)
    estimate = (between - within) / (between + (n_each - 1.0) * within)
    if within == 0.0:
        return Agreement(n_units, estimate, reason=NO_DISAGREEMENT)
    tail = (1.0 + conf_level) / 2.0
    ratio = between / within
    low = ratio / float(stats.f.ppf(tail, n_units - 1, df_within))
    high = ratio * float(stats.f.ppf(tail, df_within, n_units - 1))
    return Agreement(
        n_units, estimate, (low - 1) / (low + n_each - 1), (high - 1) / (high + n_each - 1)
    )


def icc_two_way(ratings: Floats, *, conf_level: float = 0.95) -> Agreement:
    """ICC(2,1): of one rating, where the same raters rated every unit (units x raters, no NaN)."""
    n, k = ratings.shape
    if n < 2 or k < 2:
        return Agreement.absent(n, FEW_SUBJECTS)
    grand = ratings.mean()
    rows, columns = ratings.mean(axis=1), ratings.mean(axis=0)
    between = k * float(((rows - grand) ** 2).sum()) / (n - 1)
    raters = n * float(((columns - grand) ** 2).sum()) / (k - 1)
    residual = ratings - rows[:, None] - columns[None, :] + grand
    error = float((residual**2).sum()) / ((n - 1) * (k - 1))
    if max(between, raters, error) == 0.0:
        return Agreement.absent(n, NO_VARIATION)
    estimate = (between - error) / (between + (k - 1) * error + k * (raters - error) / n)
    if bool((ratings == ratings[:, :1]).all()):
        return Agreement(n, estimate, reason=NO_DISAGREEMENT)
    # McGraw & Wong's degrees of freedom for the two sources of error taken together.
    a = k * estimate / (n * (1.0 - estimate))
    b = 1.0 + k * estimate * (n - 1) / (n * (1.0 - estimate))
    df = (a * raters + b * error) ** 2 / (
        (a * raters) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    )
    tail = (1.0 + conf_level) / 2.0
    both = k * raters + (k * n - k - n) * error
    above = float(stats.f.ppf(tail, n - 1, df))
    below = float(stats.f.ppf(tail, df, n - 1))
    low = n * (between - above * error) / (above * both + n * between)
    high = n * (below * between - error) / (both + n * below * between)
    return Agreement(n, estimate, low, high)


def _cluster_sums(tables: Floats, clusters: Ints) -> Floats:
    """Sum the rows of each cluster: (clusters x columns)."""
    _, position = np.unique(clusters, return_inverse=True)
    sums = np.zeros((int(position.max()) + 1, tables.shape[1]))
    np.add.at(sums, position, tables)
    return sums


def _nominal_sums(ratings: Floats) -> Floats:
    """Per unit: its disagreement, then how often each category was given; they add up."""
    categories = np.unique(ratings[np.isfinite(ratings)])
    counts = (ratings[:, :, None] == categories).sum(axis=1).astype(np.float64)
    n = counts.sum(axis=1)
    disagreement = (n**2 - (counts**2).sum(axis=1)) / (n - 1.0)
    return np.column_stack([disagreement, counts])


def _nominal_alpha(sums: Floats) -> Floats:
    n = sums[:, 1:].sum(axis=1)
    by_chance = n**2 - (sums[:, 1:] ** 2).sum(axis=1)
    return _one_minus((n - 1.0) * sums[:, 0], by_chance)


def _interval_sums(ratings: Floats) -> Floats:
    """Per unit: its disagreement, its number of ratings, their sum and their sum of squares."""
    # Alpha doesn't change with the origin; a central one keeps the differences of squares exact.
    centred = ratings - np.nanmean(ratings)
    n = np.isfinite(centred).sum(axis=1).astype(np.float64)
    total, squares = np.nansum(centred, axis=1), np.nansum(centred**2, axis=1)
    within = np.nansum((centred - (total / n)[:, None]) ** 2, axis=1)
    return np.column_stack([2.0 * n * within / (n - 1.0), n, total, squares])


def _interval_alpha(sums: Floats) -> Floats:
    disagreement, n, total, squares = sums.T
    by_chance = 2.0 * (n * squares - total**2)
    return _one_minus((n - 1.0) * disagreement, by_chance)


def _one_minus(observed: Floats, by_chance: Floats) -> Floats:
    """1 - observed / by chance; NaN where chance gives no disagreement either."""
    is_defined = by_chance > 1e-12
    return np.where(is_defined, 1.0 - observed / np.where(is_defined, by_chance, 1.0), np.nan)
