"""Who is still employed: one step curve per kind of coaching, with its likely range."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import polars as pl

from dashboards.estimates import records
from dashboards.figures.common import axis, base_layout, note, safe
from dashboards.formats import NO_DATA, percent
from dashboards.labels import Arms
from dashboards.theme import ARM_B_DASH, token

WIDE_HEIGHT, NARROW_HEIGHT, PRINT_HEIGHT = 430, 390, 330
# How far below the axis the counts stand, in px, and the share of the width kept free between
# a tick and the end of the axis.
_COUNTS_TOP, _COUNTS_STEP, _CROWDED = 50, 20, 0.17


@dataclass(frozen=True)
class Point:
    """One day of one curve; fractions 0-1, None where hidden or unknown."""

    day: int
    survival: float | None
    low: float | None
    high: float | None
    at_risk: int | None


@dataclass(frozen=True)
class Curve:
    """The curve of one arm, up to the largest horizon."""

    arm: str
    points: tuple[Point, ...]
    reason: str | None

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

    @property
    def is_drawable(self) -> bool:
        """Whether either curve has at least two points."""
        return any(len(curve.drawn) > 1 for curve in (self.a, self.b))

    @property
    def hides_counts(self) -> bool:
        """Whether some count under the chart is hidden for privacy."""
        days = [day for day, _ in self.ticks]
        points = [curve.at(day) for curve in (self.a, self.b) for day in days]
        return any(p is not None and p.at_risk is None for p in points)


def retention_info(
    curve: pl.DataFrame, arms: Arms, horizon_days: int, design: str = "weighted"
) -> RetentionInfo:
    """Return the adjusted curves of both arms up to the horizon, ready to draw."""
    rows = [
        row
        for row in records(curve)
        if row.get("design") == design
        and row.get("segment") == "all"
        and row["day"] <= horizon_days
    ]
    a, b = (_curve(rows, arm) for arm in (arms.a, arms.b))
    days = sorted({p.day for c in (a, b) for p in c.points})
    lows = [
        value for c in (a, b) for p in c.drawn for value in (p.survival, p.low) if value is not None
    ]
    return RetentionInfo(arms, horizon_days, a, b, _ticks(days, horizon_days), _floor(lows))


def _curve(rows: list[Mapping[str, Any]], arm: str) -> Curve:
    mine = sorted((r for r in rows if r["arm"] == arm), key=lambda r: int(r["day"]))
    reason = next((r["reason"] for r in mine if r.get("reason")), None)
    return Curve(arm, tuple(_point(r) for r in mine), reason)


def _point(row: Mapping[str, Any]) -> Point:
    survival = row["survival"]
    low, high = row.get("clustered_conf_low"), row.get("clustered_conf_high")
    if survival == 1 and (low is None or high is None):
        low = high = 1.0  # nobody has left yet: log-log limits don't exist
    return Point(int(row["day"]), survival, low, high, row.get("at_risk"))


def _ticks(days: list[int], horizon_days: int) -> tuple[tuple[int, str], ...]:
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


def retention_figure(info: RetentionInfo, narrow: bool = False) -> go.Figure:
    """Draw the curves; the narrow layout is for less than 480 px."""
    figure = go.Figure()
    for curve, name, dash in ((info.a, "arm-a", "solid"), (info.b, "arm-b", ARM_B_DASH)):
        figure.add_trace(_band(curve, f"{name}-band"))
        figure.add_trace(_line(curve, name, dash))
    left, right = (46, 26) if narrow else (50, 178)
    bottom = _COUNTS_TOP + (4.4 if narrow else 2.6) * _COUNTS_STEP
    height = NARROW_HEIGHT if narrow else WIDE_HEIGHT
    layout = base_layout(height, {"l": left, "r": right, "b": round(bottom)})
    layout.update(xaxis=_x_axis(info, narrow), yaxis=_y_axis(info, narrow))
    labels = _inner_labels(info) if narrow else _end_labels(info)
    layout.update(annotations=labels + _counts(info, narrow))
    if narrow:
        layout.update(shapes=_samples(info))
    figure.update_layout(layout)
    return figure


def _band(curve: Curve, color: str) -> go.Scatter:
    """Return the likely range as closed steps, one polygon per stretch that has limits."""
    x: list[float | None] = []
    y: list[float | None] = []
    for stretch in _stretches(curve.drawn):
        upper, lower = [], []
        for here, following in zip(stretch, (*stretch[1:], stretch[-1]), strict=True):
            upper += [(here.day, here.high), (following.day, here.high)]
            lower += [(here.day, here.low), (following.day, here.low)]
        for day, value in upper + lower[::-1]:
            x.append(day)
            y.append(None if value is None else round(value * 100, 3))
        x.append(None)
        y.append(None)
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"width": 0, "color": token(color)},
        fill="toself",
        fillcolor=token(color),
        hoverinfo="skip",
    )


def _stretches(points: tuple[Point, ...]) -> list[list[Point]]:
    stretches: list[list[Point]] = [[]]
    for point in points:
        if point.low is None or point.high is None:
            stretches.append([])
        else:
            stretches[-1].append(point)
    return [stretch for stretch in stretches if len(stretch) > 1]


def _line(curve: Curve, color: str, dash: str) -> go.Scatter:
    name = safe(curve.arm, 24)
    return go.Scatter(
        x=[p.day for p in curve.drawn],
        y=[round((p.survival or 0.0) * 100, 3) for p in curve.drawn],
        mode="lines",
        line={"color": token(color), "width": 2.5, "dash": dash, "shape": "hv"},
        text=[f"{name}, day {p.day}: {_with_range(p)}" for p in curve.drawn],
        hoverinfo="text",
    )


def _with_range(point: Point) -> str:
    value = percent(point.survival or 0.0, 1)
    if point.low is None or point.high is None:
        return value
    return f"{value} (likely {point.low * 100:.1f} to {point.high * 100:.1f})"


def _x_axis(info: RetentionInfo, narrow: bool) -> dict[str, Any]:
    names = [label.replace("months", "mo").replace("weeks", "wk") for _, label in info.ticks]
    return axis(
        range=[0, info.horizon_days],
        tickvals=[day for day, _ in info.ticks],
        ticktext=names if narrow else [label for _, label in info.ticks],
        ticks="outside",
        ticklen=5,
        tickcolor=token("rule"),
        showline=True,
        linecolor=token("axis"),
    )


def _y_axis(info: RetentionInfo, narrow: bool) -> dict[str, Any]:
    start = round(info.floor * 100)
    step = 5 if start >= 85 else 10 if start >= 50 else 20
    values = list(range(100, start - 1, -step))
    return axis(
        range=[start, _top(info, narrow)],
        tickvals=values,
        ticktext=[f"{v}%" for v in values],
        showgrid=True,
        gridcolor=token("grid"),
    )


def _top(info: RetentionInfo, narrow: bool) -> float:
    """Return where the vertical axis ends; the narrow layout keeps room for a label."""
    return 100 + (100 - info.floor * 100) * (0.13 if narrow else 0.03)


def _ends(info: RetentionInfo) -> list[tuple[Point, str, str]]:
    """Return the end of each drawn curve with its title and colour, the higher one first."""
    ends = [
        (curve.end, title, color)
        for curve, title, color in (
            (info.a, info.arms.a_title, "arm-a"),
            (info.b, info.arms.b_title, "arm-b"),
        )
        if curve.end is not None
    ]
    return sorted(ends, key=lambda e: -(e[0].survival or 0.0))


def _still_here(point: Point, info: RetentionInfo) -> str:
    until = "" if point.day == info.horizon_days else f" on day {point.day}"
    return f"{percent(point.survival or 0.0)} still here{until}"


def _end_labels(info: RetentionInfo) -> list[dict[str, Any]]:
    """Return the labels right of the curves' ends, moved apart where they would touch."""
    ends = _ends(info)
    plot_height = WIDE_HEIGHT - 10 - _COUNTS_TOP - 2.6 * _COUNTS_STEP
    per_px = (_top(info, narrow=False) - info.floor * 100) / plot_height
    heights = [(point.survival or 0.0) * 100 for point, _, _ in ends]
    overlap = 44 * per_px - (heights[0] - heights[1]) if len(ends) == 2 else 0.0
    moves = (overlap / 2, -overlap / 2) if overlap > 0 else (0.0, 0.0)
    lowest = info.floor * 100 + 22 * per_px
    return [
        note(
            f"<b>{safe(title, 20)}</b><br>{_still_here(point, info)}",
            color,
            x=info.horizon_days,
            y=max(height + move, lowest + (0 if i else 44 * per_px * (len(ends) - 1))),
            xanchor="left",
            yanchor="middle",
            xshift=8,
            align="left",
        )
        for i, ((point, title, color), height, move) in enumerate(
            zip(ends, heights, moves, strict=False)
        )
    ]


def _inner_labels(info: RetentionInfo) -> list[dict[str, Any]]:
    """Return the narrow layout's labels: the higher curve's above it, the other's below left."""
    corners: tuple[dict[str, Any], ...] = (
        {"x": 1, "y": 1, "xanchor": "right", "yanchor": "top", "xshift": -34, "yshift": -4},
        {"x": 0, "y": 0, "xanchor": "left", "yanchor": "bottom", "xshift": 38, "yshift": 6},
    )
    return [
        note(
            f"<b>{safe(title, 16)}</b> {percent(point.survival or 0.0)}",
            color,
            xref="paper",
            yref="paper",
            **corner,
        )
        for (point, title, color), corner in zip(_ends(info), corners, strict=False)
    ]


def _samples(info: RetentionInfo) -> list[dict[str, Any]]:
    """Return a short piece of each line beside its label, so that colour isn't all there is."""
    places = (
        (info.horizon_days, _top(info, narrow=True), -28, -4, -15),
        (0, info.floor * 100, 8, 32, 17),
    )
    return [
        {
            "type": "line",
            "xsizemode": "pixel",
            "ysizemode": "pixel",
            "xanchor": x,
            "yanchor": y,
            "x0": x0,
            "x1": x1,
            "y0": shift,
            "y1": shift,
            "line": {
                "color": token(color),
                "width": 2.5,
                "dash": ARM_B_DASH if color == "arm-b" else "solid",
            },
        }
        for (_, _, color), (x, y, x0, x1, shift) in zip(_ends(info), places, strict=False)
    ]


def _counts(info: RetentionInfo, narrow: bool) -> list[dict[str, Any]]:
    """Return the people still followed under each tick, one named row per arm."""
    below: dict[str, Any] = {"yref": "paper", "y": 0, "yanchor": "middle"}
    head = note(
        "People still followed",
        "ink-2",
        13,
        xref="paper",
        x=0,
        xanchor="left",
        xshift=-36,
        yshift=-_COUNTS_TOP + 4,
        **below,
    )
    notes, row = [head], 0
    for curve, title, color in (
        (info.a, info.arms.a_title, "arm-a"),
        (info.b, info.arms.b_title, "arm-b"),
    ):
        row += 1
        name: dict[str, Any] = {"xref": "paper", "yshift": -_COUNTS_TOP - row * _COUNTS_STEP + 4}
        if narrow:
            name |= {"x": 0, "xanchor": "left", "xshift": -36}
            row += 1
        else:
            name |= {"x": 1, "xanchor": "left", "xshift": 34}
        notes.append(note(safe(title, 36 if narrow else 20), color, 13, **name, **below))
        shift = -_COUNTS_TOP - row * _COUNTS_STEP + 4
        for day, _ in info.ticks:
            point = curve.at(day)
            notes.append(note(_count(point, curve), color, 13, x=day, yshift=shift, **below))
    return notes


def _count(point: Point | None, curve: Curve) -> str:
    if point is None:
        return ""
    return "hidden" if point.at_risk is None else f"{point.at_risk:,}"


def reason_for_gap(curve: Curve) -> str | None:
    """Return why a curve isn't drawn to its end, or None if it is."""
    if curve.points and len(curve.drawn) == len(curve.points):
        return None
    return curve.reason or NO_DATA
