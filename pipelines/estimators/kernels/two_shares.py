"""Two shares in, whether they differ beyond chance out: one rule for all that is told of a gap."""

from __future__ import annotations

import math

from scipy.special import ndtr

from pipelines.core.limits import BEYOND_CHANCE

Share = tuple[int, int]
"""How many of how many."""


def two_share_p_value(one: Share, other: Share) -> float:
    """The two-sided p-value of two shares being equal (pooled normal test); each is (k, n)."""
    (k1, n1), (k2, n2) = one, other
    pooled = (k1 + k2) / (n1 + n2)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    if error == 0:
        return 1.0
    return float(2 * ndtr(-abs(k1 / n1 - k2 / n2) / error))


def gap_beyond_chance(one: Share, other: Share) -> float:
    """How far two shares are apart; 0 where chance explains it."""
    (k1, n1), (k2, n2) = one, other
    return abs(k1 / n1 - k2 / n2) if two_share_p_value(one, other) < BEYOND_CHANCE else 0.0
