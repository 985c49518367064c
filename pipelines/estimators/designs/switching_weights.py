"""Weights for people who change to the other kind of coaching: they differ from those who don't.

Within each arm a pooled logistic regression over person-months gives the probability of getting
through a month without a session of the other arm, from the month, what was known when it began
(quality score and unplanned absence of the month before, sessions in it) and the columns of the
propensity model; a month that an exit or the end of data cut short counts for its share. Whoever is
still in the arm stands in for those alike who aren't: in month k a person counts for

    product over earlier months j of s_j / p_j,  times the square root of s_k / p_k,

with p the person's own probability and s the share of the arm that gets through the month
(stabilised inverse-probability-of-censoring weights; Robins & Finkelstein 2000, Biometrics 56:779;
Hernan & Robins 2020, chapters 12 and 21). The root stands for the middle of the month: people are
followed to the day of the switch, and on an average day half the month's switches have happened.

The shares s are alike for everybody at risk on a day, so they move no curve and need no error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse

from pipelines.estimators.cohort import People
from pipelines.estimators.designs.person_months import PersonMonths
from pipelines.estimators.kernels.design_matrix import covariate_columns, independent_columns
from pipelines.estimators.kernels.survival import Bools, Floats, Ints
from pipelines.estimators.kernels.weights import SeparationError, fit_propensity
from pipelines.estimators.results import Covariate

MIN_SWITCHES_PER_COLUMN = 5
"""Switches an arm needs for each column of its regression."""
MAX_IGNORED = 0.05
"""Share of an arm that may switch without weights where no regression can be fitted."""
KNOWN = (
    Covariate("month", "month_number", "spline", "Month since day 0"),
    Covariate("quality", "known_quality_score_0_100", "numeric", "Quality in the month before"),
    Covariate("absence", "known_unplanned_absence_rate", "numeric", "Absence in the month before"),
    Covariate("sessions", "known_n_sessions", "numeric", "Sessions in the month before"),
)
"""What changes from month to month in the regression."""


@dataclass(frozen=True)
class SwitchingWeights:
    """One arm's months, what each counts for, and how the regression ties people together."""

    months: PersonMonths
    weights: Floats
    """(m,) stabilised weight of each month."""
    model_matrix: Floats
    """(m, p) columns of the regression; no column where nothing was fitted."""
    leaving: Floats
    """(m,) fitted probability of a switch in the month."""
    cluster_scores: Floats
    """(clusters, p) each coach's influence on the coefficients."""
    note: str | None = None
    """What was left out of the regression, in words that can be shown."""
    problem: str | None = None
    """Why switches can't be made up for, in words that can be shown."""

    def influence(self, influences: Floats, coach: Ints) -> Floats:
        """Return each coach's influence (clusters, k) through the fitted regression.

        `influences` (m, k) is a month's weight times the influence of one unit of weight in it on
        an estimate, `coach` (m,) the coach of each month's person. The logarithm of a weight falls
        with log p of every earlier month, and half with its own. What a coach's months owe to their
        own part in the regression is left out, as in `influence_functions`; what it does to all
        weights of a month alike doesn't count.
        """
        through = self.leaving[:, None] * (self.months.sum_of_later(influences) + 0.5 * influences)
        slopes = -(self.model_matrix.T @ through)
        apart = self.model_matrix - self._means_by_month()
        own = np.einsum("mp,mp->m", apart, self.cluster_scores[coach])
        of_coach = _sums_by(coach, len(self.cluster_scores)) @ (own[:, None] * through)
        return np.asarray(self.cluster_scores @ slopes + of_coach, dtype=np.float64)

    def _means_by_month(self) -> Floats:
        """Return, beside each month, the weighted means of the columns in months of its number."""
        number = self.months.known["month_number"].to_numpy().astype(np.int64)
        sums = _sums_by(number, int(number.max(initial=0)) + 1)
        totals = sums @ (self.weights[:, None] * self.model_matrix)
        return np.asarray((totals / np.maximum(sums @ self.weights, 1e-300)[:, None])[number])


def _sums_by(group: Ints, n_groups: int) -> sparse.csr_matrix:
    """Return the matrix (groups, m) that sums rows by group."""
    return sparse.csr_matrix(
        (np.ones(len(group)), (group, np.arange(len(group)))), shape=(n_groups, len(group))
    )


def switching_weights(
    people: People, months: PersonMonths, baseline: Floats | None
) -> SwitchingWeights:
    """Fit one arm's switches; `baseline` (n, q) are the propensity columns of everybody.

    With too few switches for all columns only what changes by month is used, and a note says so.
    """
    stays = ~months.is_switch
    if stays.all() or not stays.any():
        return _unweighted(people, months)
    by_month = covariate_columns(months.known, KNOWN)
    wide = by_month | _spread(baseline, months)
    note = None
    for columns, without in ((wide, None), (by_month, "the characteristics before day 0")):
        note = None if without is None else f"the regression of switches is without {without}"
        try:
            fitted = _fit(people, months, _varying(columns, stays))
        except SeparationError:
            continue
        if fitted is not None:
            return SwitchingWeights(months, *fitted, note=note)
    return _ignored_or_refused(people, months)


def _spread(baseline: Floats | None, months: PersonMonths) -> dict[str, Floats]:
    """Return the propensity columns beside each month, without their intercept."""
    if baseline is None:
        return {}
    return {
        f"baseline {position}": baseline[months.person, position]
        for position in range(1, baseline.shape[1])
    }


def _varying(columns: dict[str, Floats], stays: Bools) -> dict[str, Floats]:
    """Leave out two-valued columns one of whose values never, or always, comes with a switch."""
    kept = {}
    for name, values in columns.items():
        is_high = values > values.min() if len(values) else values > 0
        is_two_valued = is_high.any() and np.ptp(values[is_high]) == 0.0
        sides = (is_high, ~is_high) if is_two_valued else ()
        if all(0 < int(stays[side].sum()) < int(side.sum()) for side in sides):
            kept[name] = values
    return kept


def _fit(
    people: People, months: PersonMonths, columns: dict[str, Floats]
) -> tuple[Floats, Floats, Floats, Floats] | None:
    """Return weights, design, probabilities of a switch and scores; None with too few switches."""
    stays = ~months.is_switch
    _, model_matrix = independent_columns(columns, len(months))
    if months.is_switch.sum() < MIN_SWITCHES_PER_COLUMN * model_matrix.shape[1]:
        return None
    counts = np.where(stays, months.share_followed, 1.0)
    model = fit_propensity(model_matrix, stays, counts)
    ratio = _share_staying(months) / model.probability
    weights = months.product_of_earlier(ratio) * np.sqrt(ratio)
    by_coach = sparse.csr_matrix(
        (
            counts * (stays - model.probability),
            (people.coach[months.person], np.arange(len(months))),
        ),
        shape=(people.n_coaches, len(months)),
    )
    scores = (by_coach @ model_matrix) @ model.covariance
    return weights, model_matrix, 1.0 - model.probability, np.asarray(scores, dtype=np.float64)


def _share_staying(months: PersonMonths) -> Floats:
    """Return, for each month, the share of the arm that gets through months of its number."""
    share = months.known.with_columns(stays=pl.Series(~months.is_switch)).select(
        pl.col("stays").mean().over("month_number")
    )
    floor = 1.0 / max(len(months), 1)
    return np.asarray(np.maximum(share.to_series().to_numpy(), floor), dtype=np.float64)


def _unweighted(people: People, months: PersonMonths) -> SwitchingWeights:
    n = len(months)
    return SwitchingWeights(
        months, np.ones(n), np.zeros((n, 0)), np.zeros(n), np.zeros((people.n_coaches, 0))
    )


def _ignored_or_refused(people: People, months: PersonMonths) -> SwitchingWeights:
    """Let a few switches pass without weights; more than a few can't be made up for."""
    plain = _unweighted(people, months)
    share = int(months.is_switch.sum()) / len(np.unique(months.person))
    if share <= MAX_IGNORED:
        return SwitchingWeights(
            plain.months, plain.weights, plain.model_matrix, plain.leaving, plain.cluster_scores,
            note="too few switches for a regression of them: they count as they are",
        )  # fmt: skip
    problem = f"{share:.0%} of an arm switched, and no regression of the switches can be fitted"
    return SwitchingWeights(
        plain.months, plain.weights, plain.model_matrix, plain.leaving, plain.cluster_scores,
        problem=problem,
    )  # fmt: skip
