"""How numbers are written: one unit, one number of decimals, wherever an estimate stands."""

from __future__ import annotations

import math
from collections.abc import Sequence

PER_100 = {
    "fraction 0-1": "per 100 people",
    "fraction of hours": "per 100 hours",
    "fraction of behaviours": "per 100 behaviours",
}
"""Fractions are told per 100."""
_DECIMALS = {**dict.fromkeys(PER_100, 1), "points 0-100": 1, "points 1-5": 2, "points 0-10": 2}
_MORE = 2
_TIE = 1e-9
"""In steps of the last digit: what lies so near to half way counts as half way."""
_POINTS = "points 0-"


def unit_in_words(unit: str) -> str:
    """Return a unit as sentences say it: "per 100 people", "points of 100"."""
    if unit.startswith(_POINTS) or unit == "points 1-5":
        return f"points of {unit.partition('-')[2]}"
    return PER_100.get(unit, unit)


def largest_difference(unit: str) -> float:
    """Return how far apart two figures can be: the length of the unit's scale, if it has one."""
    if unit in PER_100:
        return 1.0
    low, _, high = unit.removeprefix("points ").partition("-")
    return float(high) - float(low) if low.isdigit() and high.isdigit() else math.inf


def as_told(value: float, digits: int) -> float:
    """Return a figure as it is written: a half goes away from zero, on either side of it.

    Figures lie on a grid, where exact halves are common. Python's own rounding takes them to the
    even digit, or by what is left of them in binary: 0.25 down, 0.75 up.
    """
    if not math.isfinite(value):
        return value
    step = 10.0**digits
    size: float = math.floor(abs(value) * step + 0.5 + _TIE) / step
    return -size if value < 0 and size else size


def decimals(value: float, digits: int) -> str:
    """Return a number with so many decimals and separators; what comes to zero has no sign."""
    return f"{as_told(value, digits):,.{digits}f}"


def signed(value: float, digits: int) -> str:
    """A difference with its sign, to so many decimals; what comes to zero has none."""
    text = decimals(value, digits)
    return f"+{text}" if as_told(value, digits) > 0 else text


def per_100(difference: float) -> str:
    """Return a difference of risks in words' form: signed, per 100 people."""
    return signed(100 * difference, 1)


def figures(
    value: float, unit: str, *, is_signed: bool, beside: Sequence[float | None] = ()
) -> str:
    """A number with the decimals of its unit; in a unit without any, as those ``beside`` it need.

    ``beside`` are an estimate and its limits. A difference is signed, but for what comes to zero.
    None is larger than the scale, whatever a range of a straight line says.
    """
    is_share = unit in PER_100
    factor = 100.0 if is_share else 1.0
    most = largest_difference(unit) if is_share or is_signed else math.inf
    all_of_it = [factor * each for each in (*beside, value) if each is not None]
    told = factor * min(max(value, -most), most)
    text = signed(told, _digits(unit, all_of_it))
    return (text if is_signed else text.removeprefix("+")).replace("-", "−")


def decimals_of(unit: str) -> int:
    """How many decimals a figure of this unit has on every page, fractions per 100."""
    return _DECIMALS[unit]


def _digits(unit: str, all_of_it: Sequence[float]) -> int:
    """The unit's decimals, or more where an estimate clear of zero would be written as zero."""
    if unit in _DECIMALS:
        usual = _DECIMALS[unit]
        if min(all_of_it) <= 0.0 <= max(all_of_it):
            return usual
        more = range(usual, usual + _MORE)
        return next((n for n in more if as_told(all_of_it[0], n)), usual + _MORE)
    size = max(abs(each) for each in all_of_it)
    return 0 if size >= 1000 else 1 if size >= 10 else 2 if size >= 0.1 else 3
