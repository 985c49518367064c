"""Numbers in the sentences of the claim register and of the page that shows it."""

from __future__ import annotations

import math
from collections.abc import Sequence

PER_100 = {
    "fraction 0-1": "per 100 people",
    "fraction of hours": "per 100 hours",
    "fraction of behaviours": "per 100 behaviours",
}
"""Fractions are told per 100."""
_POINTS = "points 0-"


def unit_in_words(unit: str) -> str:
    """Return a unit as sentences say it: "per 100 people", "points of 100"."""
    if unit.startswith(_POINTS) or unit == "points 1-5":
        return f"points of {unit.partition('-')[2]}"
    return PER_100.get(unit, unit)


def _longest(unit: str) -> float:
    """Return the length of a unit's scale: the largest difference in it."""
    low, _, high = unit.removeprefix("points ").partition("-")
    return float(high) - float(low) if low.isdigit() and high.isdigit() else math.inf


def signed(value: float, form: str) -> str:
    """A difference with its sign, in this form (".1f"); what comes to zero has none."""
    text = f"{value:+{form}}"
    return text if float(text.replace(",", "")) else text[1:]


def figures(
    value: float, unit: str, *, is_signed: bool, beside: Sequence[float | None] = ()
) -> str:
    """A number with as many decimals as the largest of those ``beside`` it, per 100 with one.

    From a thousand on there are none.

    A difference is signed, but for what comes to zero. None is larger than the scale, whatever a
    range of a straight line says.
    """
    is_share = unit in PER_100
    most = 1.0 if is_share else _longest(unit) if is_signed else math.inf
    value = min(max(value, -most), most)
    told = 100 * value if is_share else value
    size = max(abs(each) for each in (value, *beside) if each is not None)
    digits = 0 if size >= 1000 else 1 if is_share or size >= 10 else 2 if size >= 0.1 else 3
    text = signed(told, f",.{digits}f")
    return (text if is_signed else text.removeprefix("+")).replace("-", "−")
