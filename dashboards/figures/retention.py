"""Who is still employed: one step curve per kind of coaching, with its likely range."""

from __future__ import annotations

from typing import Any

from dashboards.figures.common import (
    Figure,
    Trace,
    axis,
    base_layout,
    day_axis,
    note,
    safe,
    scatter,
)
from dashboards.figures.curves import Curve, Point, RetentionInfo, retention_info
from dashboards.figures.step_band import step_band
from dashboards.formats import per_100_range, percent
from dashboards.theme import ARM_B_DASH, token
from pipelines.core.status import STATUSES, SUPPRESSED

__all__ = ["RetentionInfo", "retention_figure", "retention_info"]

WIDE_HEIGHT, NARROW_HEIGHT, PRINT_HEIGHT = 430, 390, 330
SHORT_WORDS: dict[str, str] = {
    status: "hidden" if status == SUPPRESSED else "–" for status in STATUSES
}
"""What stands in the place of a count under the axis, where there is room for one word."""
# How far below the axis the counts stand, and how far apart, in px.
_COUNTS_TOP, _COUNTS_STEP = 50, 20


def retention_figure(info: RetentionInfo, narrow: bool = False) -> Figure:
    """Draw the curves; the narrow layout is for less than 480 px."""
    traces = []
    for curve, name, dash in ((info.a, "arm-a", "solid"), (info.b, "arm-b", ARM_B_DASH)):
        limits = ((point.day, point.low, point.high) for point in curve.drawn)
        traces += [step_band(limits, f"{name}-band"), _line(curve, name, dash)]
    left, right = (46, 26) if narrow else (50, 178)
    bottom = _COUNTS_TOP + (4.4 if narrow else 2.6) * _COUNTS_STEP
    height = NARROW_HEIGHT if narrow else WIDE_HEIGHT
    layout = base_layout(height, {"l": left, "r": right, "b": round(bottom)})
    layout.update(
        xaxis=day_axis(info.ticks, info.horizon_days, narrow), yaxis=_y_axis(info, narrow)
    )
    labels = _inner_labels(info) if narrow else _end_labels(info)
    layout.update(annotations=labels + _counts(info, narrow))
    if narrow:
        layout.update(shapes=_samples(info))
    return {"data": traces, "layout": layout}


def _line(curve: Curve, color: str, dash: str) -> Trace:
    name = safe(curve.arm, 24)
    return scatter(
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
    return f"{value} (likely {per_100_range((point.low, point.high))})"


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
    if point.at_risk is None:
        return SHORT_WORDS[point.status]
    return f"{point.at_risk:,}"
