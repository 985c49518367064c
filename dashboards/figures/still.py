"""A figure as the page's script reads it in; out comes an SVG of it for who has no script.

It draws what the figures here are made of (lines, steps, bands, dots, bars, notes) with the page's
own colours, so that it follows the scheme; numbers in texts are localised when it is printed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from markupsafe import Markup

from dashboards.number_format import localised

WIDTH, HALF = 620, 470
"""Of a chart that has a row for itself, and of one that shares it, in px."""
_FULL_PRINT = 400
_ANCHORS = {"left": "start", "right": "end", "center": "middle"}
_LINE = 17
_DROPS = {"top": 12.0, "middle": 4.5, "bottom": -4.0, "auto": 4.5}
Part = Mapping[str, Any]
Point = tuple[float, float]


@dataclass(frozen=True)
class _Frame:
    """Where the plot lies in the picture, and what its axes span."""

    left: float
    top: float
    width: float
    height: float
    xs: Sequence[float]
    ys: Sequence[float]

    def x(self, value: float, ref: str | None = None) -> float:
        share = value if ref == "paper" else (value - self.xs[0]) / (self.xs[1] - self.xs[0])
        return self.left + share * self.width

    def y(self, value: float, ref: str | None = None) -> float:
        share = value if ref == "paper" else (value - self.ys[0]) / (self.ys[1] - self.ys[0])
        return self.top + (1 - share) * self.height


def still(figure: Part, print_width: int) -> Markup:
    """Return the figure's wide layout as an SVG; empty without a figure."""
    if not figure:
        return Markup("")
    layout = figure["wide"]
    margin, height = layout["margin"], layout["height"]
    width = WIDTH if print_width >= _FULL_PRINT else HALF
    frame = _Frame(
        margin["l"],
        margin["t"],
        width - margin["l"] - margin["r"],
        height - margin["t"] - margin["b"],
        layout["xaxis"]["range"],
        layout["yaxis"]["range"],
    )
    inside = "".join(
        [
            *_shapes(layout.get("shapes", ()), frame),
            *_axes(layout, frame),
            *_traces(figure["data"], frame),
            *_notes(layout.get("annotations", ()), frame),
        ]
    )
    return Markup(
        f'<svg class="still" viewBox="0 0 {width} {height}" aria-hidden="true" '
        f'focusable="false">{inside}</svg>'
    )


def _shapes(shapes: Sequence[Part], frame: _Frame) -> Iterator[str]:
    for each in shapes:
        x0, x1 = (frame.x(each[end], each.get("xref")) for end in ("x0", "x1"))
        y0, y1 = (frame.y(each[end], each.get("yref")) for end in ("y0", "y1"))
        line = each.get("line", {})
        if each["type"] == "rect":
            left, top = min(x0, x1), min(y0, y1)
            size = f'width="{abs(x1 - x0):.1f}" height="{abs(y1 - y0):.1f}"'
            fill = each.get("fillcolor", "none")
            yield f'<rect x="{left:.1f}" y="{top:.1f}" {size} fill="{fill}"/>'
        else:
            yield _path(f"M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}", line)


def _axes(layout: Part, frame: _Frame) -> Iterator[str]:
    x, y = layout["xaxis"], layout["yaxis"]
    bottom = frame.top + frame.height
    for value in y.get("tickvals", ()) if y.get("showgrid") else ():
        at = frame.y(value)
        yield _path(f"M{frame.left} {at:.1f}h{frame.width}", _hair(y.get("gridcolor")))
    if x.get("showline"):
        yield _path(f"M{frame.left} {bottom}h{frame.width}", _hair(x.get("linecolor")))
    if x.get("showticklabels", True) and x.get("visible", True):
        for value, text in zip(x.get("tickvals", ()), x.get("ticktext", ()), strict=True):
            yield _text(text, frame.x(value), bottom + 18, x.get("tickfont", {}), "middle")
    if y.get("showticklabels", True) and y.get("visible", True):
        for value, text in zip(y.get("tickvals", ()), y.get("ticktext", ()), strict=True):
            yield _text(text, frame.left - 7, frame.y(value) + 4.5, y.get("tickfont", {}), "end")


def _hair(color: str | None) -> Part:
    return {"color": color or "var(--grid)", "width": 1}


def _traces(traces: Sequence[Part], frame: _Frame) -> Iterator[str]:
    """The traces, clipped to the plot but for dots on its edge."""
    moved = _Frame(8, 8, frame.width, frame.height, frame.xs, frame.ys)
    yield (
        f'<svg x="{frame.left - 8}" y="{frame.top - 8}" width="{frame.width + 16}" '
        f'height="{frame.height + 16}">'
    )
    before: list[tuple[float, float]] = []
    for each in traces:
        every = [
            (moved.x(x), moved.y(y)) if x is not None and y is not None else None
            for x, y in zip(each["x"], each["y"], strict=True)
        ]
        points = [point for point in every if point is not None]
        if each["type"] == "bar":
            yield from _bars(each, moved)
            continue
        shape = each.get("line", {}).get("shape")
        if each.get("fill") in ("tonexty", "toself"):
            back = _reversed(before, shape) if each["fill"] == "tonexty" else ""
            around = f"{_way(points, shape)}{back}"
            yield f'<path d="{around}Z" fill="{each["fillcolor"]}"/>'
        yield from _errors(each, moved)
        if "lines" in each["mode"]:
            whole = [list(run) for is_drawn, run in groupby(every, bool) if is_drawn]
            yield _path("".join(_way(run, shape) for run in whole), each.get("line", {}))
        if "markers" in each["mode"]:
            yield from _dots(every, each.get("marker", {}))
        before = points
    yield "</svg>"


def _errors(trace: Part, frame: _Frame) -> Iterator[str]:
    """The likely range of each dot as an upright line."""
    error = trace.get("error_y")
    if not error:
        return
    below = error.get("arrayminus", error["array"])
    for x, y, up, down in zip(trace["x"], trace["y"], error["array"], below, strict=True):
        if None not in (y, up, down):
            way = f"M{frame.x(x):.1f} {frame.y(y + up):.1f}V{frame.y(y - down):.1f}"
            yield _path(way, {"color": error.get("color"), "width": error.get("thickness", 2)})


def _way(points: Sequence[Point | None], shape: str | None) -> str:
    """The path through points, in steps where the line has them."""
    found = [point for point in points if point is not None]
    if not found:
        return ""
    (x, y), *rest = found
    way = [f"M{x:.1f} {y:.1f}"]
    way += [f"H{x:.1f}V{y:.1f}" if shape == "hv" else f"L{x:.1f} {y:.1f}" for x, y in rest]
    return "".join(way)


def _reversed(points: Sequence[tuple[float, float]], shape: str | None) -> str:
    """The path back along the line before, to close the band between the two."""
    back = list(points)[::-1]
    if not back:
        return ""
    (x, y), *rest = back
    way = [f"L{x:.1f} {y:.1f}"]
    way += [f"V{y:.1f}H{x:.1f}" if shape == "hv" else f"L{x:.1f} {y:.1f}" for x, y in rest]
    return "".join(way)


def _path(way: str, line: Part) -> str:
    width = line.get("width", 2)
    if not way or not width:
        return ""
    dash = {"dot": "2 3", "dash": "7 4", "solid": ""}.get(line.get("dash", "solid"))
    if dash is None:
        dash = line["dash"].replace("px", "").replace(",", " ")
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    color = line.get("color") or "var(--ink-2)"
    return f'<path d="{way}" fill="none" stroke="{color}" stroke-width="{width}"{dashed}/>'


def _dots(points: Sequence[Point | None], marker: Part) -> Iterator[str]:
    for place, point in enumerate(points):
        if point is None:
            continue
        x, y = point
        size, symbol, color = (
            _at(marker.get(name), place, usual)
            for name, usual in (("size", 6), ("symbol", "circle"), ("color", "var(--ink-2)"))
        )
        line = marker.get("line", {})
        edge = _at(line.get("color"), place, color)
        fill = "var(--card)" if str(symbol).endswith("open") else color
        yield (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size / 2:.1f}" fill="{fill}" '
            f'stroke="{edge}" stroke-width="{_at(line.get("width"), place, 0) or 1}"/>'
        )


def _at(value: Any, place: int, usual: Any) -> Any:
    if isinstance(value, list | tuple):
        return value[place]
    return usual if value is None else value


def _bars(trace: Part, frame: _Frame) -> Iterator[str]:
    for n, place, text in zip(trace["x"], trace["y"], trace["text"], strict=True):
        end, half = frame.x(n), trace["width"] / 2
        top, bottom = frame.y(place + half), frame.y(place - half)
        start = frame.x(0)
        yield (
            f'<rect x="{start:.1f}" y="{top:.1f}" width="{end - start:.1f}" '
            f'height="{bottom - top:.1f}" fill="{trace["marker"]["color"]}"/>'
        )
        yield _text(text, end + 6, (top + bottom) / 2 + 5, trace["textfont"], "start")


def _notes(notes: Sequence[Part], frame: _Frame) -> Iterator[str]:
    for each in notes:
        x = frame.x(each["x"], each.get("xref")) + each.get("xshift", 0)
        y = frame.y(each["y"], each.get("yref")) - each.get("yshift", 0)
        n_more = each["text"].count("<br>")
        up = {"middle": n_more / 2, "bottom": n_more}.get(each.get("yanchor", "auto"), 0)
        y += _DROPS[each.get("yanchor", "auto")] - up * _LINE
        yield _text(each["text"], x, y, each["font"], _ANCHORS[each.get("xanchor", "center")])


def _text(text: str, x: float, y: float, font: Part, anchor: str) -> str:
    color, size = font.get("color", "var(--axis)"), font.get("size", 13)
    lines = [html.unescape(re.sub(r"<[^>]+>", "", line)) for line in text.split("<br>")]
    spans = "".join(
        f'<tspan x="{x:.1f}" y="{y + i * _LINE:.1f}">{html.escape(localised(line))}</tspan>'
        for i, line in enumerate(lines)
    )
    return f'<text text-anchor="{anchor}" font-size="{size}" fill="{color}">{spans}</text>'
