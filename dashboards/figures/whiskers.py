"""Differences under each other: one line each with its likely range; right means arm a is better.

One chart serves designs, horizons, scales, parts of the workforce and checks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from dashboards.figures.common import (
    Figure,
    Trace,
    axis,
    base_layout,
    note,
    safe,
    scatter,
    ticked_axis,
)
from dashboards.formats import signed
from dashboards.theme import token
from pipelines.core.status import (
    NO_DATA,
    NOT_REPORTABLE,
    SHOWN,
    SUPPRESSED,
    TOO_EARLY,
    TOO_LITTLE_DATA,
)

_ROW, _ROW_NARROW, _TOP, _BOTTOM = 30, 46, 14, 62
_FEW, _ROW_OF_FEW, _ROW_PRINTED = 5, 42, 31
_LONGEST = 28
"""How long what stands beside a line may be: "12.5 fewer, too little data"."""
_ABOVE = 15
"""How far above its line a label stands in the narrow layout, in px: free of it and of a dot."""
_COLORS = {"better": "good", "worse": "warn"}
# How the kinds of nothing look: told apart by more than their words.
_LOOKS: dict[str, tuple[str, str]] = {
    SUPPRESSED: ("<i>{}</i>", "ink-2"),
    NO_DATA: ("– {}", "axis"),
    TOO_EARLY: ("… {}", "ink-2"),
    TOO_LITTLE_DATA: ("{}", "ink-2"),
    SHOWN: ("{}", "ink-2"),
    NOT_REPORTABLE: ("! {}", "warn"),
}


@dataclass(frozen=True)
class Line:
    """One difference in the chart's unit; ``text`` is it in words, or why there is none.

    ``range_text`` is its likely range in words, in the unit of ``text``; ``range_name`` says so
    where the range is of another kind. ``beside`` is what stands at the line in the place of
    ``text``, where the axis has another unit.

    ``verdict`` colours the line, ``status`` says which kind of nothing it is; ``before`` is drawn
    as an open circle.
    """

    label: str
    text: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    range_text: str = ""
    range_name: str = "likely range"
    beside: str = ""
    before: float | None = None
    verdict: str = "no_clear_difference"
    is_main: bool = False
    status: str = SHOWN

    @property
    def at_line(self) -> str:
        """What the chart says at the end of the line, in the unit of its axis."""
        return self.beside or self.text

    @property
    def has_range(self) -> bool:
        """Whether there is a likely range to draw."""
        return None not in (self.value, self.low, self.high)

    @property
    def has_dot(self) -> bool:
        """Whether the difference itself may be read."""
        return self.has_range and self.verdict != "not_reportable"


@dataclass(frozen=True)
class WhiskerInfo:
    """The lines from the top down, what the two sides mean, and how the numbers are told."""

    lines: tuple[Line, ...]
    left: str
    right: str
    is_more_better: bool
    digits: int = 1
    before_name: str = "before adjusting"

    @property
    def is_drawable(self) -> bool:
        """Whether any line has a range."""
        return any(line.has_range for line in self.lines)

    @property
    def has_before(self) -> bool:
        """Whether any line shows the difference before adjusting."""
        return any(line.before is not None for line in self.lines)

    @property
    def side(self) -> float:
        """The sign that puts arm a's better side to the right."""
        return 1.0 if self.is_more_better else -1.0

    @property
    def print_height(self) -> int:
        """The height on paper in px: the narrow layout, set closer."""
        return _TOP + _BOTTOM + max(len(self.lines), 2) * _ROW_PRINTED

    def height(self, narrow: bool = False) -> int:
        """Return the chart's height in px."""
        rows = max(len(self.lines), 2)
        wide = _ROW_OF_FEW if len(self.lines) <= _FEW else _ROW
        return _TOP + _BOTTOM + rows * (_ROW_NARROW if narrow else wide)


def whiskers_figure(info: WhiskerInfo, narrow: bool = False) -> Figure:
    """Draw the lines; in the narrow layout each label stands over its line."""
    ranges = [_ranges(info, color) for color in ("good", "warn", "axis")]
    traces = [*ranges, _befores(info), *_dots(info)]
    longest = max((len(line.label) for line in info.lines), default=0)
    left = 14 if narrow else 20 + round(6.6 * min(longest, 30))
    said = max((len(line.at_line) for line in info.lines if line.has_range), default=0)
    right = 14 if narrow else 20 + round(6.4 * min(said, _LONGEST))
    layout = base_layout(info.height(narrow), {"l": left, "r": right, "b": _BOTTOM, "t": _TOP})
    low, high = _axis_ends(info)
    ticks, top = _ticks(low, high, 4 if narrow else 7), 0.75 if narrow else 0.6
    layout.update(
        hovermode="closest",
        xaxis=ticked_axis(
            range=[low, high],
            tickvals=ticks,
            ticktext=[signed(info.side * value, _decimals(ticks)) for value in ticks],
        ),
        yaxis=axis(range=[-len(info.lines) + 0.4, top], showticklabels=False, visible=False),
        shapes=[_better_side(high), *_zero(info, narrow)],
        annotations=_labels(info, narrow) + _ends(info, left, right, _longest_end(info, narrow)),
    )
    return {"data": traces, "layout": layout}


def _longest_end(info: WhiskerInfo, narrow: bool) -> int:
    """Return how long the words at either end may be, so that both fit a small phone."""
    if not narrow:
        return 28
    return 22 if len(info.left) + len(info.right) <= 38 else 19


def _axis_ends(info: WhiskerInfo) -> tuple[float, float]:
    """Return the ends of the axis: everything drawn and zero, with a little room."""
    values = [0.0]
    for line in info.lines:
        drawn = (line.low, line.high, line.before) if line.has_range else (line.before,)
        values += [info.side * value for value in drawn if value is not None]
    least = 2 * 10.0**-info.digits
    low, high = min(values), max(values)
    if high - low < least:
        low, high = low - least, high + least
    room = (high - low) * 0.06
    return low - max(room, high * 0.12), high + max(room, -low * 0.12)


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Return round values, zero among them, at most ``most`` + 1 of them."""
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= raw * 0.999)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(i * step, 6) for i in range(first, last + 1)]


def _decimals(ticks: list[float]) -> int:
    """Return how many decimals tell all the ticks apart."""
    return next((n for n in range(4) if all(round(v, n) == round(v, 6) for v in ticks)), 4)


def _places(info: WhiskerInfo) -> list[tuple[int, Line]]:
    return [(-i, line) for i, line in enumerate(info.lines)]


def _ranges(info: WhiskerInfo, color: str) -> Trace:
    """Draw the ranges of one colour, a gap between each."""
    x: list[float | None] = []
    y: list[float | None] = []
    for place, line in _places(info):
        if line.has_range and _COLORS.get(line.verdict, "axis") == color:
            x += [_at(info, line.low), _at(info, line.high), None]
            y += [place, place, None]
    style = {"color": token(color), "width": 4}
    return scatter(x=x, y=y, mode="lines", line=style, hoverinfo="skip")


def _at(info: WhiskerInfo, value: float | None) -> float:
    return round(info.side * (value or 0.0), 4)


def _befores(info: WhiskerInfo) -> Trace:
    found = [(place, line) for place, line in _places(info) if line.before is not None]
    return scatter(
        x=[_at(info, line.before) for _, line in found],
        y=[place for place, _ in found],
        mode="markers",
        cliponaxis=False,
        marker={
            "size": 9,
            "color": token("card"),
            "line": {"width": 2, "color": token("ink-2")},
        },
        text=[
            f"{safe(line.label, 40)}: {signed(line.before or 0.0, info.digits)} {info.before_name}"
            for _, line in found
        ],
        hoverinfo="text",
    )


def _dots(info: WhiskerInfo) -> list[Trace]:
    """Draw the differences: filled where the direction is clear, hollow where it isn't."""
    drawn = [(place, line) for place, line in _places(info) if line.has_dot]
    traces = []
    for color in ("good", "warn", "axis"):
        mine = [(p, line) for p, line in drawn if _COLORS.get(line.verdict, "axis") == color]
        traces.append(
            scatter(
                x=[_at(info, line.value) for _, line in mine],
                y=[place for place, _ in mine],
                mode="markers",
                cliponaxis=False,
                marker={"size": 11, "color": token(color), "line": {"width": 0}},
                text=[f"{safe(line.label, 40)}: {line.text}" for _, line in mine],
                hoverinfo="text",
            )
        )
    return traces


def _better_side(high: float) -> dict[str, Any]:
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": 0,
        "x1": high,
        "y0": 0,
        "y1": 1,
        "fillcolor": token("good-bg"),
        "line": {"width": 0},
        "layer": "below",
    }


def _zero(info: WhiskerInfo, narrow: bool) -> list[dict[str, Any]]:
    """Mark zero: one line, or where labels stand over the lines, a short one for each."""
    if not narrow:
        return [_upright("paper", 0, 1)]
    return [_upright("y", place - 0.2, place + 0.08) for place, _ in _places(info)]


def _upright(reference: str, start: float, end: float) -> dict[str, Any]:
    return {
        "type": "line",
        "xref": "x",
        "yref": reference,
        "x0": 0,
        "x1": 0,
        "y0": start,
        "y1": end,
        "line": {"color": token("ink-2"), "width": 1.5},
        "layer": "below",
    }


def _labels(info: WhiskerInfo, narrow: bool) -> list[dict[str, Any]]:
    """Return each line's name, and its difference or the word in its place."""
    notes = []
    for place, line in _places(info):
        name = safe(line.label, 27 if narrow else 30)
        name = f"<b>{name}</b>" if line.is_main else name
        where = {
            "xref": "paper",
            "y": place,
            "yanchor": "middle",
            "yshift": _ABOVE if narrow else 0,
        }
        start = {"x": 0, "xanchor": "left"} if narrow else {"x": 0, "xanchor": "right"}
        shift = 0 if narrow else -10
        notes.append(note(name, "ink", 14, xshift=shift, **where, **start))
        notes.append(_said(line, narrow, where))
    return notes


def _said(line: Line, narrow: bool, where: dict[str, Any]) -> dict[str, Any]:
    if not line.has_dot:
        form, color = _LOOKS[line.status]
        text = form.format(safe(line.text, 34))
        if line.has_range:
            end = {"x": 1, "xanchor": "right" if narrow else "left", "xshift": 0 if narrow else 10}
            return note(text, color, 13, **where, **end)
        side = {"x": 1, "xanchor": "right"} if narrow else {"x": 0, "xanchor": "left", "xshift": 8}
        return note(text, color, 13, bgcolor=token("card"), **where, **side)
    color = _COLORS.get(line.verdict, "ink-2")
    end = {"x": 1, "xanchor": "right" if narrow else "left", "xshift": 0 if narrow else 10}
    return note(safe(line.at_line, _LONGEST), color, 14, **where, **end)


def _ends(info: WhiskerInfo, left: int, right: int, longest: int) -> list[dict[str, Any]]:
    """Return what the two sides mean, under the axis and as far apart as the figure is wide."""
    place: dict[str, Any] = {"xref": "paper", "yref": "paper", "y": 0, "yanchor": "top"}
    place["yshift"] = -32
    return [
        note(safe(info.left, longest), "ink-2", 13, x=0, xanchor="left", xshift=6 - left, **place),
        note(
            safe(info.right, longest), "ink-2", 13, x=1, xanchor="right", xshift=right - 6, **place
        ),
    ]
