"""From an estimate to a tile: one number, its likely range on a small axis, both arms' values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from dashboards.estimates import Estimate, find, missing_word
from dashboards.formats import decimal, signed
from dashboards.outcome_display import mean_horizon

Asked = tuple[str, str, int]
"""What a tile shows: an outcome, its estimand and the horizon in days."""


def exit_tiles(horizon_days: int) -> tuple[Asked, ...]:
    """Return what the tiles on leaving show."""
    return (
        ("voluntary_exit", "risk_difference", horizon_days),
        ("involuntary_exit", "risk_difference", horizon_days),
        ("any_exit", "risk_difference", horizon_days),
        ("any_exit", "rmst_difference_days", horizon_days),
    )


def mean_tiles(outcomes: Iterable[str]) -> tuple[Asked, ...]:
    """Return what the tiles on outcomes other than exits show."""
    return tuple((each, "mean_difference", mean_horizon(each)) for each in outcomes)


def summary_tiles(horizon_days: int) -> tuple[Asked, ...]:
    """Return the four outcomes of the summary: leaving, fatigue, absence, satisfaction."""
    further = mean_tiles(("emotional_exhaustion", "unplanned_absence", "customer_satisfaction"))
    return (("voluntary_exit", "risk_difference", horizon_days), *further)


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

    @property
    def zero(self) -> float:
        """Where no difference stands on the drawing."""
        return self.whisker.zero if self.whisker else WIDTH / 2


def tiles_info(comparison: pl.DataFrame, asked: Sequence[Asked]) -> tuple[Tile, ...]:
    """Return the tiles; those in one unit share one scale."""
    adjusted = [find(comparison, o, h, "weighted", e) for o, e, h in asked]
    unadjusted = [find(comparison, o, h, "unadjusted", e) for o, e, h in asked]
    return tuple(
        tile_info(one, other, axis_end_of(adjusted, one.measure.unit))
        for one, other in zip(adjusted, unadjusted, strict=True)
    )


def axis_end_of(estimates: Iterable[Estimate], unit: str) -> float:
    """Return how far from zero the ranges in one unit go, with a little room."""
    mine = [e for e in estimates if _has_whisker(e) and e.measure.unit == unit]
    ends = [abs(x) for e in mine for x in e.on_screen]
    return max(ends, default=0.0) * 1.12 or 1.0


def _has_whisker(estimate: Estimate) -> bool:
    """Whether there is a range to draw, be it with too little data for a verdict."""
    return estimate.has_numbers and estimate.verdict != "not_reportable"


def tile_info(adjusted: Estimate, unadjusted: Estimate, axis_end: float) -> Tile:
    """Return one tile; ``axis_end`` is how far its axis goes from zero, in units on screen."""
    return Tile(
        adjusted=adjusted,
        unadjusted=unadjusted,
        number=_signed(adjusted) if adjusted.is_told else "",
        value_a=_value(adjusted, adjusted.value_a),
        value_b=_value(adjusted, adjusted.value_b),
        before=_before(unadjusted),
        whisker=_whisker(adjusted, axis_end) if _has_whisker(adjusted) else None,
    )


def _value(estimate: Estimate, value: float | None) -> str:
    if value is None:
        return missing_word(estimate.status)
    return decimal(value * estimate.scale, estimate.measure.digits)


def _before(unadjusted: Estimate) -> str:
    if unadjusted.estimate is None:
        return missing_word(unadjusted.status)
    return _signed(unadjusted)


def _signed(estimate: Estimate) -> str:
    return signed((estimate.estimate or 0.0) * estimate.scale, estimate.measure.digits)


def _whisker(estimate: Estimate, axis_end: float) -> Whisker:
    side = 1.0 if estimate.measure.is_more_better else -1.0
    zero = WIDTH / 2

    def place(value: float) -> float:
        return round(zero + side * value / axis_end * _HALF, 1)

    point, low, high = (place(value) for value in estimate.on_screen)
    return Whisker(zero, min(low, high), max(low, high), point)
