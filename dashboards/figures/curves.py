"""The two retention curves as records: what is drawn, where it stops, which days get a tick."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards.estimates import missing_word, records
from dashboards.labels import OBSERVED, Arms
from pipelines.core.status import NO_DATA, SHOWN

# The share of the width kept free between a tick and the end of the axis.
_CROWDED = 0.17
ADJUSTED = "adjusted"
_FALLEN = ("by_person", "by_coach")
"""Lotteries of which the groups as they fell are the comparison; of steps the calendar isn't."""


@dataclass(frozen=True)
class Point:
    """One day of one curve; fractions 0-1, None where hidden or unknown."""

    day: int
    survival: float | None
    low: float | None
    high: float | None
    at_risk: int | None
    status: str = SHOWN


@dataclass(frozen=True)
class Curve:
    """The curve of one arm, up to the largest horizon."""

    arm: str
    points: tuple[Point, ...]
    reason: str | None
    status: str = NO_DATA

    @property
    def drawn(self) -> tuple[Point, ...]:
        """The points up to the first one without a value."""
        for i, point in enumerate(self.points):
            if point.survival is None:
                return self.points[:i]
        return self.points

    @property
    def end(self) -> Point | None:
        """The last point drawn."""
        return self.drawn[-1] if self.drawn else None

    def at(self, day: int) -> Point | None:
        """Return the point of one day, if the curve has it."""
        return next((p for p in self.points if p.day == day), None)


@dataclass(frozen=True)
class RetentionInfo:
    """Both curves, the days that get a tick, and where the vertical axis starts (0-1)."""

    arms: Arms
    horizon_days: int
    a: Curve
    b: Curve
    ticks: tuple[tuple[int, str], ...]
    floor: float
    how: str = ADJUSTED

    @property
    def is_drawable(self) -> bool:
        """Whether either curve has at least two points."""
        return any(len(curve.drawn) > 1 for curve in (self.a, self.b))

    @property
    def missing_counts(self) -> list[str]:
        """What stands in the place of counts under the chart that aren't shown, each word once."""
        days = [day for day, _ in self.ticks]
        points = [curve.at(day) for curve in (self.a, self.b) for day in days]
        return sorted({missing_word(p.status) for p in points if p and p.at_risk is None})


def curves_of(assignment: str) -> tuple[str, str]:
    """Return the design whose curves go with the headline, and what they are called.

    Where lots decided who or whose people are coached how, that is the groups as they fell;
    weighted ones would differ from the headline by chance, up to its direction.
    """
    if assignment in _FALLEN:
        return "unadjusted", "as assigned"
    return "weighted", ADJUSTED if assignment == OBSERVED else "weighted"


def retention_info(
    curve: pl.DataFrame, arms: Arms, horizon_days: int, assignment: str = OBSERVED
) -> RetentionInfo:
    """Return the curves of both arms that go with the headline, up to the horizon."""
    design, how = curves_of(assignment)
    rows = [
        row
        for row in records(curve)
        if row["design"] == design and row["segment"] == "all" and row["day"] <= horizon_days
    ]
    a, b = (_curve(rows, arm) for arm in (arms.a, arms.b))
    days = sorted({p.day for c in (a, b) for p in c.points})
    lows = [
        value for c in (a, b) for p in c.drawn for value in (p.survival, p.low) if value is not None
    ]
    ticks = curve_ticks(days, horizon_days)
    return RetentionInfo(arms, horizon_days, a, b, ticks, _floor(lows), how)


def _curve(rows: list[Mapping[str, Any]], arm: str) -> Curve:
    mine = sorted((r for r in rows if r["arm"] == arm), key=lambda r: int(r["day"]))
    gaps = [r for r in mine if r["survival"] is None]
    reason, status = (_reasons(gaps), gaps[0]["status"]) if gaps else (None, NO_DATA)
    return Curve(arm, tuple(_point(r) for r in mine), reason, status)


def _reasons(gaps: list[Mapping[str, Any]]) -> str:
    """Return why the first day without a value has none, and the words of later days' reasons."""
    statuses = list(dict.fromkeys(row["status"] for row in gaps))
    first = gaps[0]["reason"] or missing_word(statuses[0])
    return ", then ".join([first, *map(missing_word, statuses[1:])])


def _point(row: Mapping[str, Any]) -> Point:
    survival = row["survival"]
    low, high = row["clustered_conf_low"], row["clustered_conf_high"]
    if survival == 1 and (low is None or high is None):
        low = high = 1.0  # nobody has left yet: log-log limits don't exist
    return Point(int(row["day"]), survival, low, high, row["at_risk"], row["status"])


def curve_ticks(days: list[int], horizon_days: int) -> tuple[tuple[int, str], ...]:
    """Return days that the curve has, evenly spread, with what to call them."""
    if not days:
        return ()
    if horizon_days >= 300:
        months = 3 if horizon_days <= 456 else 6 if horizon_days <= 912 else 12
        wanted = {round(m * 365.25 / 12): f"{m} months" for m in range(months, 121, months)}
    else:
        weeks = max(1, round(horizon_days / 7 / 4))
        wanted = {7 * w: f"{w} weeks" for w in range(weeks, 60, weeks)}
    last = f"{12 * horizon_days // 365} months" if horizon_days % 365 == 0 else None
    ticks = {days[0]: "Start" if days[0] == 0 else f"day {days[0]}"}
    for day, label in wanted.items():
        if day < horizon_days * (1 - _CROWDED):
            ticks[min(days, key=lambda d: abs(d - day))] = label
    ticks[days[-1]] = last if last and days[-1] == horizon_days else f"{days[-1]:,} days"
    return tuple(sorted(ticks.items()))


def _floor(lows: list[float]) -> float:
    """Return where the axis starts: the tenth below everything drawn, zero when that is near."""
    lowest = min(lows, default=0.0)
    floor = math.floor(lowest * 10 - 1e-9) / 10
    return max(0.0, round(floor, 1)) if floor > 0.2 else 0.0


def reason_for_gap(curve: Curve) -> str | None:
    """Return why a curve isn't drawn to its end, or None if it is."""
    if curve.points and len(curve.drawn) == len(curve.points):
        return None
    return curve.reason or missing_word(curve.status)
