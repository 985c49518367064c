"""The rounding grid: figures as multiples of the weight of a few people, and errors that say so.

A figure x on a grid of step s lies within s / 2 of the truth, wherever in that range: its error has
the variance s² / 12 of a uniform distribution on top of its own (Hundepool et al. 2012, Statistical
Disclosure Control, section 5.4). Errors and limits lie on a grid ten times as fine: one person
moves an error by about a tenth of what they move the estimate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

FINER = 10.0
"""How many times as fine the grid of errors and limits is."""
COARSER_IN_PARTS = 2
"""How many times as coarse the grid of ways of leaving is within a part of the workforce: parts cut
the same leavers many ways, and what one cut leaves open another would tell."""
_TIE = 1e-9
"""In steps: what lies so near to half way counts as half way."""
_DIGITS = 2
_WIDEST = 50.0
"""On the log(-log) scale, beyond which limits are 0 and 1."""
_DECIMALS, _FINER_DECIMALS = 12, 7
"""Decimals of a rounded figure, and beyond its step's first digit where so many people make it
tiny: the figure is a multiple of its step to a millionth at least."""
_ROUND = ((1.0, math.sqrt(2.0)), (2.0, math.sqrt(10.0)), (5.0, math.sqrt(50.0)))
"""Round numbers, and up to where each is the nearest by ratio."""


def to_grid(value: float | None, step: float | None) -> float | None:
    """Round to the nearest multiple of ``step``; without a step the value stays as it is.

    Half way goes up, and so does what lies a billionth of a step below: in which order the figure
    was added up, which moves its last digits, must not choose the side.
    """
    if value is None or not step or not math.isfinite(value):
        return value
    multiple = math.floor(value / step + 0.5 + _TIE) * step
    decimals = max(_DECIMALS, _FINER_DECIMALS - math.floor(math.log10(step)))
    return round(multiple, decimals) + 0.0  # never -0.0; no digits beyond what doubles can hold


def count_to_grid(n: int | None, base: int) -> int | None:
    """Round a number of people to a multiple of ``base``; 0 leaves it as it is."""
    return n if n is None or base == 0 else math.floor(n / base + 0.5) * base


def apportioned(counts: Sequence[int], base: int) -> list[int]:
    """Round numbers of people of several kinds together, where their sum is told exactly.

    As many lots of ``base`` people as fit the sum best go to the kinds by their shares, the last
    ones to the largest remainders, of equal ones to the larger kind (Hamilton's method; Balinski &
    Young 2001, Fair Representation). Each rounded by itself would tell too much beside the sum: 15
    of 14 that they are 13 or 14, and 5 and 5 of 6 that they are 3 and 3. A last kind that isn't
    told must be among the counts.
    """
    total = sum(counts)
    if not base or not total:
        return list(counts)
    n_lots = count_to_grid(total, base) or 0
    n_lots //= base
    shares = [divmod(count * n_lots, total) for count in counts]
    order = sorted(range(len(counts)), key=lambda j: (-shares[j][1], -counts[j], j))
    given = set(order[: n_lots - sum(whole for whole, _ in shares)])
    return [(whole + (j in given)) * base for j, (whole, _) in enumerate(shares)]


def significant(value: float, digits: int = _DIGITS) -> float:
    """Round to so many significant digits."""
    if value == 0.0 or not math.isfinite(value):
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def share_step(base: int, n: float) -> float | None:
    """The step of a share of ``n`` people; None where nothing is rounded."""
    return base / n if base and n else None


def mean_step(base: int, spread: float | None, n: float) -> float | None:
    """The step of a mean over ``n`` people whose standard deviation is ``spread``."""
    return base * significant(spread) / n if base and n and spread else None


def coarse_mean_step(base: int, spread: float | None, n: float) -> float | None:
    """The step of `mean_step` as 1, 2 or 5 times a power of ten.

    For figures over few people, whose spread one person moves: the step stays where it is then.
    """
    step = mean_step(base, spread, n)
    return None if step is None else _round_number(step)


def step_by_error(base: int, std_error: float | None, n: float | None) -> float | None:
    """The step of an estimate that is no plain mean, from its standard error over ``n`` people.

    One person moves an estimate by about its error over the root of n, as they do a mean. The step
    is 1, 2 or 5 times a power of ten, so that it tells nothing of the error.
    """
    if not base or not std_error or not n:
        return None
    return _round_number(base * std_error / math.sqrt(n))


def _round_number(value: float) -> float:
    """The nearest of 1, 2 and 5 times a power of ten, by ratio."""
    power = 10.0 ** math.floor(math.log10(value))
    leading = value / power
    return power * next((each for each, end in _ROUND if leading <= end), 10.0)


def widened(std_error: float | None, step: float | None) -> float | None:
    """A standard error with the rounding in it, on its own grid, and never 0."""
    if std_error is None or not step:
        return std_error
    fine = step / FINER
    return max(to_grid(math.hypot(std_error, step / math.sqrt(12.0)), fine) or 0.0, fine)


def limits(
    estimate: float, std_error: float, quantile: float, step: float
) -> tuple[float | None, float | None]:
    """Both limits of a rounded estimate, on the finer grid."""
    margin = to_grid(quantile * std_error, step / FINER) or 0.0
    return to_grid(estimate - margin, step / FINER), to_grid(estimate + margin, step / FINER)


def share_limits(share: float, margin: float, step: float) -> tuple[float | None, float | None]:
    """Both limits of a rounded share, symmetric for log(-log share), on the finer grid.

    ``margin`` is the quantile times the error. A share of nobody or of everybody has none.
    """
    if not 0.0 < share < 1.0:
        return None, None
    log_share = math.log(share)
    width = min(margin / (share * -log_share), _WIDEST)
    ends = (math.exp(log_share * math.exp(each)) for each in (width, -width))
    low, high = (to_grid(end, step / FINER) for end in ends)
    return low, high


def ratio_limits(
    ratio: float, std_error: float, quantile: float, step: float
) -> tuple[float | None, float | None]:
    """Both limits of a rounded ratio above 0, from the log scale, on the finer grid."""
    factor = math.exp(min(quantile * std_error / ratio, 50.0))
    return to_grid(ratio / factor, step / FINER), to_grid(ratio * factor, step / FINER)
