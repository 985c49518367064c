"""Several tests told together: p-values corrected for there being several.

Holm's method holds whatever the tests have to do with each other (Holm 1979, Scand J Stat 6:65).
"""

from __future__ import annotations

from collections.abc import Sequence


def false_discovery(p_values: Sequence[float]) -> list[float]:
    """Return for each p-value the share of false discoveries among all that are as small.

    Benjamini & Hochberg 1995, J R Stat Soc B 57:289.
    """
    order = sorted(range(len(p_values)), key=lambda position: -p_values[position])
    shares = [1.0] * len(p_values)
    smallest = 1.0
    for place, position in enumerate(order):
        rank = len(p_values) - place
        smallest = min(smallest, p_values[position] * len(p_values) / rank)
        shares[position] = smallest
    return shares


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for being several: the smallest times n, the next times n - 1, and so on.

    Each is at least as large as the ones before it and at most 1.
    """
    order = sorted(range(len(p_values)), key=lambda position: p_values[position])
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, position in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[position]))
        corrected[position] = largest
    return corrected
