"""The outcome tiles: one number, its likely range on a small axis, and both arms' values."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dashboards.estimates import Estimate, find, missing_word
from dashboards.formats import decimal, signed

TILES: tuple[tuple[str, str], ...] = (
    ("voluntary_exit", "risk_difference"),
    ("involuntary_exit", "risk_difference"),
    ("any_exit", "risk_difference"),
    ("any_exit", "rmst_difference_days"),
)

# The drawing's width and the room left at either end, in its own units.
WIDTH = 240.0
_HALF = 112.0


@dataclass(frozen=True)
class Whisker:
    """Where the likely range stands on the tile's axis; right of ``zero`` means arm a is better."""

    zero: float
    low: float
    high: float
    point: float


@dataclass(frozen=True)
class Tile:
    """One outcome as the tile shows it; texts are in units on screen."""

    adjusted: Estimate
    unadjusted: Estimate
    number: str
    value_a: str
    value_b: str
    before: str
    whisker: Whisker | None


def tiles_info(comparison: pl.DataFrame, horizon_days: int) -> tuple[Tile, ...]:
    """Return the tiles at one horizon; the exit tiles share one scale, days have their own."""
    adjusted = [find(comparison, o, horizon_days, "weighted", e) for o, e in TILES]
    unadjusted = [find(comparison, o, horizon_days, "unadjusted", e) for o, e in TILES]
    return tuple(
        _tile(one, other, _reach(adjusted, one.estimand))
        for one, other in zip(adjusted, unadjusted, strict=True)
    )


def _reach(estimates: list[Estimate], estimand: str) -> float:
    """Return how far from zero the ranges of one estimand go, with a little room."""
    mine = [e for e in estimates if _has_whisker(e) and e.estimand == estimand]
    ends = [abs(x) for e in mine for x in e.on_screen]
    return max(ends, default=0.0) * 1.12 or 1.0


def _has_whisker(estimate: Estimate) -> bool:
    """Whether there is a range to draw; with too little data it is drawn, but no number is set."""
    return estimate.has_numbers and estimate.verdict != "not_reportable"


def _tile(adjusted: Estimate, unadjusted: Estimate, reach: float) -> Tile:
    shown = adjusted.is_shown
    return Tile(
        adjusted=adjusted,
        unadjusted=unadjusted,
        number=signed(adjusted.on_screen[0]) if shown else "",
        value_a=_value(adjusted, adjusted.value_a),
        value_b=_value(adjusted, adjusted.value_b),
        before=_before(unadjusted),
        whisker=_whisker(adjusted, reach) if _has_whisker(adjusted) else None,
    )


def _value(estimate: Estimate, value: float | None) -> str:
    return missing_word(estimate.reason) if value is None else decimal(value * estimate.scale)


def _before(unadjusted: Estimate) -> str:
    if unadjusted.estimate is None:
        return missing_word(unadjusted.reason)
    return signed(unadjusted.estimate * unadjusted.scale)


def _whisker(estimate: Estimate, reach: float) -> Whisker:
    side = -1.0 if estimate.estimand == "risk_difference" else 1.0
    zero = WIDTH / 2

    def place(value: float) -> float:
        return round(zero + side * value / reach * _HALF, 1)

    point, low, high = (place(value) for value in estimate.on_screen)
    return Whisker(zero, min(low, high), max(low, high), point)
