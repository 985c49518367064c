"""Values and their limits in; out comes, month by month, the strongest signal it is part of.

The rules of NHS England, *Making Data Count*, as NHSRplotthedots applies them: a month outside a
limit; seven in a row on one side of the mean; seven in a row that rise or fall; two of three in the
outer third on one side of the mean, all three on that side. Where several hold, the first of these
is told. One rule is our own: of rounded values, those no further apart than half of what they are
rounded to (`Limits.slack`) are ties, or equal counts among fewer and fewer people would rise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Literal

from pipelines.estimators.trend.limits import Limits

Signal = Literal[
    "above_limit",
    "below_limit",
    "run_above",
    "run_below",
    "rising",
    "falling",
    "outer_third_above",
    "outer_third_below",
    "none",
]
RUN = 7
_THREE, _TWO = 3, 2
Members = dict[int, Signal]
"""Which months are part of a signal of one rule, by their place."""


def signals(values: Sequence[float], limits: Limits) -> list[Signal]:
    """Return the strongest signal of each month."""
    found: Members = {}
    for rule in (_outer_third, _rising_or_falling, _one_side, _outside):
        found |= rule(values, limits)
    return [found.get(place, "none") for place in range(len(values))]


def _outside(values: Sequence[float], limits: Limits) -> Members:
    above = {i: "above_limit" for i, v in enumerate(values) if v > limits.upper}
    below = {i: "below_limit" for i, v in enumerate(values) if v < limits.lower}
    return {**above, **below}  # type: ignore[dict-item]


def _one_side(values: Sequence[float], limits: Limits) -> Members:
    def rule(part: Sequence[float]) -> Signal | None:
        if all(v > limits.mean + limits.slack for v in part):
            return "run_above"
        return "run_below" if all(v < limits.mean - limits.slack for v in part) else None

    return dict(_members(values, RUN, rule))


def _rising_or_falling(values: Sequence[float], limits: Limits) -> Members:
    def rule(part: Sequence[float]) -> Signal | None:
        if all(later > earlier + limits.slack for earlier, later in pairwise(part)):
            return "rising"
        if all(later < earlier - limits.slack for earlier, later in pairwise(part)):
            return "falling"
        return None

    return dict(_members(values, RUN, rule))


def _outer_third(values: Sequence[float], limits: Limits) -> Members:
    """Two of three in the outer third; a month outside a limit is no part of it (as there)."""
    third = (limits.upper - limits.mean) * 2 / 3
    high = {i for i, v in enumerate(values) if limits.mean + third < v <= limits.upper}
    low = {i for i, v in enumerate(values) if limits.lower <= v < limits.mean - third}
    found: Members = {}
    for first in range(len(values) - _THREE + 1):
        places = range(first, first + _THREE)
        part = [values[i] for i in places]
        if all(v > limits.mean + limits.slack for v in part) and len(high & set(places)) >= _TWO:
            found |= dict.fromkeys(high & set(places), "outer_third_above")
        if all(v < limits.mean - limits.slack for v in part) and len(low & set(places)) >= _TWO:
            found |= dict.fromkeys(low & set(places), "outer_third_below")
    return found


def _members(
    values: Sequence[float], n: int, rule: Callable[[Sequence[float]], Signal | None]
) -> Iterator[tuple[int, Signal]]:
    """Every month of each stretch of ``n`` that the rule finds."""
    for first in range(len(values) - n + 1):
        signal = rule(values[first : first + n])
        if signal is not None:
            for place in range(first, first + n):
                yield place, signal


def run_length(values: Sequence[float], place: int, signal: Signal, limits: Limits) -> int | None:
    """Return for how many months up to this one a run or a rise has lasted; None without one."""
    back, slack = values[place::-1], limits.slack
    if signal in ("run_above", "run_below"):
        is_above = signal == "run_above"
        return _leading((v - limits.mean if is_above else limits.mean - v) > slack for v in back)
    if signal in ("rising", "falling"):
        is_rising = signal == "rising"
        steps = (
            (later - earlier if is_rising else earlier - later) > slack
            for later, earlier in pairwise(back)
        )
        return 1 + _leading(steps)
    return None


def _leading(holds: Iterator[bool]) -> int:
    n = 0
    for each in holds:
        if not each:
            break
        n += 1
    return n
