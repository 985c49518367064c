"""Values month by month in; out come the mean and the control limits of an XmR chart.

After NHS England, *Making Data Count* (2018-), as its R package NHSRplotthedots computes it: mean
± 2.66 × the average moving range, where ranges of 3.267 × the first average or more are left out
once and the average is taken again. Two rules are our own: the newest month sets no limits, since
it is the one that is judged, and rounded values have wider ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from pipelines.core.limits import MOVING_RANGES

SCREENED = 3.267
"""Ranges so many times their average are set by something special (Wheeler's upper range limit)."""
FEWEST = 4
"""Months that limits need."""
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

    @property
    def is_trial(self) -> bool:
        """Whether few months set them, so that they will still move."""
        return self.n_points < SETTLED


def control_limits(values: Sequence[float], step: float = 0.0) -> Limits | None:
    """Return the limits that these values set; None for fewer than `FEWEST`.

    Values that were rounded to multiples of ``step`` lie within half of it from the truth, so the
    limits are wider by that, and signals take what is within that for alike: rounding alone is no
    signal.
    """
    if len(values) < FEWEST:
        return None
    mean, margin = fmean(values), MOVING_RANGES * average_moving_range(values) + step / 2
    return Limits(mean, mean - margin, mean + margin, len(values), step / 2)


def limits_before_newest(values: Sequence[float], step: float = 0.0) -> Limits | None:
    """Return the limits that all values but the newest set."""
    return control_limits(values[:-1], step)


def average_moving_range(values: Sequence[float]) -> float:
    """Return the mean distance of neighbours, once without those that stand out."""
    ranges = [abs(later - earlier) for earlier, later in pairwise(values)]
    average = fmean(ranges)
    usual = [each for each in ranges if each < SCREENED * average]
    return fmean(usual) if usual else average
