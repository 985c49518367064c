"""Values month by month in; out come the mean and the control limits of an XmR chart.

After NHS England, *Making Data Count* (2018-), as its R package NHSRplotthedots computes it: mean
± 2.66 × the average moving range, where ranges of 3.267 × the first average or more are left out
once and the average is taken again. Limits describe a process that stays where it is (Wheeler &
Chambers 1992, Understanding Statistical Process Control, ch. 3), so they are told only where they
hold at least half of the values that set them. Two rules are our own: the newest month sets no
limits, since it is the one that is judged, and rounded values have wider ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Literal

from scipy.stats import binom, kendalltau

from pipelines.core.limits import BEYOND_CHANCE, MOVING_RANGES

SCREENED = 3.267
"""Ranges so many times their average are set by something special (Wheeler's upper range limit)."""
FEWEST = 4
"""Months that limits need."""
BY_CHANCE = 0.00135
"""How often a month lies three standard deviations above a mean that stays where it is."""
SETTLED = 12
"""Months from which on they are no longer trial limits."""


@dataclass(frozen=True)
class Limits:
    """The mean, both limits, and how many months set them."""

    mean: float
    lower: float
    upper: float
    n_points: int
    slack: float = 0.0
    """How far rounding may have moved a value: figures no further apart than this are alike."""

    def hold(self, value: float) -> bool:
        """Whether a value lies between them."""
        return self.lower <= value <= self.upper

    @property
    def is_trial(self) -> bool:
        """Whether few months set them, so that they will still move."""
        return self.n_points < SETTLED


def control_limits(values: Sequence[float], step: float = 0.0) -> Limits | None:
    """Return the limits that these values set; None for fewer than `FEWEST`.

    Values that were rounded to multiples of ``step`` lie within half of it from the truth (kinds of
    exit, rounded together, mostly), so the limits are wider by that, and signals take what is
    within that for alike: rounding alone is no signal.
    """
    if len(values) < FEWEST:
        return None
    mean, margin = fmean(values), MOVING_RANGES * average_moving_range(values) + step / 2
    return Limits(mean, mean - margin, mean + margin, len(values), step / 2)


def are_many(n: int, n_before: int, share: float) -> bool:
    """Return whether a month's leavers are more than chance leaves to it, where few leave a month.

    ``n_before`` left in the other months; ``share`` is the month's part of the person-months of
    all. Of all who left, as many fall to it as a binomial draw gives where the rate stays the same
    (Przyborowski & Wilenski 1940, Biometrika 31:313).
    """
    return bool(binom.sf(n - 1, n + n_before, share) < BY_CHANCE)


def moved(values: Sequence[float], limits: Limits) -> Literal["risen", "fallen", "moved"] | None:
    """Return how values have moved whose own limits hold fewer than half of them; None for others.

    Risen or fallen by the test for a trend of Mann (1945, Econometrica 13:245), Kendall's tau.
    """
    if 2 * sum(limits.hold(each) for each in values) >= len(values):
        return None
    found = kendalltau(range(len(values)), values)
    if not found.pvalue < BEYOND_CHANCE:
        return "moved"
    return "risen" if found.statistic > 0 else "fallen"


def average_moving_range(values: Sequence[float]) -> float:
    """Return the mean distance of neighbours, once without those that stand out."""
    ranges = [abs(later - earlier) for earlier, later in pairwise(values)]
    average = fmean(ranges)
    usual = [each for each in ranges if each < SCREENED * average]
    return fmean(usual) if usual else average
