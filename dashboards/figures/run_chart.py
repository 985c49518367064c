"""Run charts: a measure month by month with its mean, its usual range and what began when."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboards.data import Event
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
from dashboards.formats import MONTHS, month_figure, month_year, on_screen
from dashboards.theme import ARM_B_DASH, AXIS_SIZE, token
from dashboards.trends import Month, Series

HEIGHT, PRINT_HEIGHT = 270, 146
_TWO_LINES, _AROUND_PLOT, _BELOW = 38, 70, 44
"""Height in px of an end label of two lines, of what is around the plot, and of that below it."""
_RECENT = 12
_AROUND = ("lower_limit", "upper_limit", "target")
"""What must have room in a chart of one line, besides its months."""
_TICKS = (
    0.01,
    0.02,
    0.05,
    0.1,
    0.2,
    0.25,
    0.5,
    1,
    2,
    5,
    10,
    20,
    25,
    50,
    100,
    200,
    500,
    1000,
    2000,
    5000,
)
_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
_SYMBOLS = {
    "above_limit": "triangle-up", "below_limit": "triangle-down", "run_above": "triangle-up-open",
    "run_below": "triangle-down-open", "rising": "triangle-up-open",
    "falling": "triangle-down-open", "outer_third_above": "triangle-up-open",
    "outer_third_below": "triangle-down-open",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of a chart: its name (empty for one alone), colour and dash."""

    series: Series
    name: str = ""
    color: str = "ink-2"
    dash: str = "solid"


def run_figure(lines: Sequence[Line], events: Sequence[Event], narrow: bool = False) -> Figure:
    """Draw one or two lines over the same months; the band and the mean of a single one."""
    months = sorted({month.day for line in lines for month in line.series.months})
    places = {day: place for place, day in enumerate(months)}
    traces = []
    alone = lines[0].series if len(lines) == 1 else None
    if alone is not None:
        traces += _bands(alone, places)
    for line in lines:
        traces += _likely(line, places)
    traces += [_trace(line, places) for line in lines]
    low, high, step = _span(lines)
    measure = lines[0].series.measure
    layout = _layout(lines, places, narrow)
    layout.update(
        yaxis=axis(
            range=[low, high],
            tickvals=_steps(low, high, step),
            ticktext=[_tick(measure.unit, each, step) for each in _steps(low, high, step)],
            showgrid=True,
            gridcolor=token("grid"),
        ),
        shapes=_shapes(alone, events, months),
        annotations=[*_ends(lines, places, low, high), *_marks(events, months)],
    )
    return {"data": traces, "layout": layout}


def starts_at(lines: Sequence[Line]) -> str:
    """Return where the vertical axis starts, empty where that is at zero."""
    low, _, step = _span(lines)
    return "" if low == 0 else _tick(lines[0].series.measure.unit, low, step)


def _layout(lines: Sequence[Line], places: dict[date, int], narrow: bool) -> dict[str, Any]:
    right = 58 if len(lines) == 1 else 118
    layout = base_layout(HEIGHT, {"l": 46, "r": right, "b": _BELOW, "t": _AROUND_PLOT - _BELOW})
    every = max(1, math.ceil(len(places) / (3 if narrow else 5)))
    ticks = [place for place in range(len(places)) if (len(places) - 1 - place) % every == 0]
    names = list(places)
    layout.update(
        hovermode="closest",
        xaxis=ticked_axis(
            range=[-0.5, max(len(places) - 0.5, 1.5)],
            tickvals=ticks,
            ticktext=[f"{MONTHS[names[i].month - 1][:3]}<br>{names[i].year}" for i in ticks],
        ),
    )
    return layout


def _trace(line: Line, places: dict[date, int]) -> Trace:
    series = line.series
    told = series.told
    unit = series.measure.unit
    label = f"{safe(line.name, 24)}, " if line.name else ""
    return scatter(
        x=[places[month.day] for month in told],
        y=[_drawn(unit, month.value) for month in told],
        mode="lines+markers",
        line={"color": token(line.color), "width": 2, "dash": line.dash},
        marker={
            "size": [5 if line.name else _size(month) for month in told],
            "symbol": [_symbol(month, line) for month in told],
            "color": [token(_color(month, line)) for month in told],
            "line": {"width": 2},
        },
        text=[
            f"{label}{month_year(month.day)}: {series.text(month.value or 0.0)}" for month in told
        ],
        hoverinfo="text",
        cliponaxis=bool(line.name),
    )


def _symbol(month: Month, line: Line) -> str:
    """Signals are marked where the limits are drawn: on a line that is alone."""
    return "circle" if line.name else _SYMBOLS.get(month.row["signal"] or "", "circle")


def _size(month: Month) -> int:
    return 11 if month.is_outside else 9 if month.is_signalled else 5


def _color(month: Month, line: Line) -> str:
    welcome = month.row["is_welcome"]
    if line.name or not month.is_signalled or welcome is None:
        return line.color
    return "good" if welcome else "warn"


def _bands(series: Series, places: dict[date, int]) -> list[Trace]:
    """The usual range of each stretch of months that set it together."""
    parts = series.phases
    traces: list[Trace] = []
    for number, part in enumerate(parts):
        if part[-1].row["mean"] is None:
            continue
        is_first, is_last = number == 0, number == len(parts) - 1
        starts = -1 if is_first else places[part[0].day]  # ends are clipped by the axis
        stops = len(places) if is_last else places[part[-1].day]
        traces += _band(part[-1], series.measure.unit, [starts, stops])
    return traces


def _band(month: Month, unit: str, ends: list[int]) -> list[Trace]:
    """A usual range as a filled band with its edges, dotted for trial limits, and the mean."""
    row = month.row
    dash = "dot" if row["is_trial"] else "dash"
    edge = {"color": token("rule"), "width": 1, "dash": dash}
    level = {name: [_drawn(unit, row[name])] * 2 for name in ("lower_limit", "mean", "upper_limit")}
    return [
        scatter(x=ends, y=level["lower_limit"], mode="lines", line=edge, hoverinfo="skip"),
        scatter(
            x=ends, y=level["upper_limit"], mode="lines", line=edge, fill="tonexty",
            fillcolor=token("grid"), hoverinfo="skip",
        ),
        scatter(
            x=ends, y=level["mean"], mode="lines", line={"color": token("axis"), "width": 1},
            hoverinfo="skip",
        ),
    ]  # fmt: skip


def _likely(line: Line, places: dict[date, int]) -> list[Trace]:
    """The likely range of each month as a band in the line's colour; none where none is told."""
    told = [month for month in line.series.told if month.row["conf_low"] is not None]
    if not line.name or not told:
        return []
    unit = line.series.measure.unit
    x = [places[month.day] for month in told]
    edge = {"color": token(f"{line.color}-band"), "width": 0}
    low, high = ([_drawn(unit, m.row[end]) for m in told] for end in ("conf_low", "conf_high"))
    return [
        scatter(x=x, y=low, mode="lines", line=edge, hoverinfo="skip"),
        scatter(x=x, y=high, mode="lines", line=edge, fill="tonexty",
                   fillcolor=token(f"{line.color}-band"), hoverinfo="skip"),
    ]  # fmt: skip


def _drawn(unit: str, value: float | None) -> float | None:
    return None if value is None else round(on_screen(unit, value), 4)


def _values(lines: Sequence[Line]) -> list[float]:
    found = []
    for line in lines:
        unit = line.series.measure.unit
        found += [on_screen(unit, m.value) for m in _in_view(line) if m.value is not None]
        names = ("conf_low", "conf_high") if line.name else _AROUND
        rows = [month.row for month in _in_view(line)]
        found += [on_screen(unit, row[n]) for n in names for row in rows if row[n] is not None]
    return found or [0.0, 1.0]


def _in_view(line: Line) -> tuple[Month, ...]:
    """The months that set the axis: of lines with ranges the newest, as few swing at first."""
    told = line.series.told
    has_ranges = bool(line.name and told and told[-1].row["conf_low"] is not None)
    return told[-_RECENT:] if has_ranges else told


def is_cut(lines: Sequence[Line]) -> bool:
    """Whether an earlier month lies beyond the axis."""
    high = _span(lines)[1]
    unit = lines[0].series.measure.unit
    return any(on_screen(unit, m.value or 0.0) > high for each in lines for m in each.series.told)


def _span(lines: Sequence[Line]) -> tuple[float, float, float]:
    """Where the axis starts and ends, and the distance of its ticks; zero where that is near."""
    values = _values(lines)
    lowest, highest = min(values), max(values)
    if lowest < 0.55 * highest:
        lowest = 0.0
    steps = _SECONDS if lines[0].series.measure.unit == "seconds" else _TICKS
    room = max(highest - lowest, 1e-6)
    step = next((each for each in steps if room / each <= 5), steps[-1])
    low = math.floor((lowest - room * 0.04) / step) * step if lowest else 0.0
    return low, math.ceil((highest + room * 0.04) / step) * step, step


def _steps(low: float, high: float, step: float) -> list[float]:
    return [round(low + i * step, 4) for i in range(round((high - low) / step) + 1)]


def _tick(unit: str, value: float, step: float) -> str:
    """Write a tick with as many decimals as the distance between two has."""
    digits = len(f"{step:.10g}".partition(".")[2])
    return month_figure("seconds", value) if unit == "seconds" else f"{value:,.{digits}f}"


def _shapes(
    series: Series | None, events: Sequence[Event], months: Sequence[date]
) -> list[dict[str, object]]:
    whole = {"yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    found: list[dict[str, object]] = [
        {"type": "line", "x0": place, "x1": place, **whole,
         "line": {"color": token("axis"), "width": 1, "dash": "2px,3px"}}
        for _, place in placed(events, months)
    ]  # fmt: skip
    later = series.phases[1:] if series else []
    found += [
        {"type": "line", "x0": place, "x1": place, **whole,
         "line": {"color": token("ink-2"), "width": 1.5}}
        for place in (months.index(part[0].day) - 0.5 for part in later)
    ]  # fmt: skip
    newest = series.newest if series else None
    if series is not None and newest is not None and newest.row["target"] is not None:
        y = _drawn(series.measure.unit, newest.row["target"])
        found.append(
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y,
             "line": {"color": token("ink-2"), "width": 1.5, "dash": "6px,4px"}}
        )  # fmt: skip
    return found


def placed(events: Sequence[Event], months: Sequence[date]) -> list[tuple[int, float]]:
    """Return the number of each event within the months, and its place among them."""
    found = []
    for number, event in enumerate(events, start=1):
        first = event.day.replace(day=1)
        if first in months:
            found.append((number, months.index(first) + (event.day.day - 1) / 31 - 0.5))
    return found


def _marks(events: Sequence[Event], months: Sequence[date]) -> list[dict[str, object]]:
    return [
        note(str(number), "ink", AXIS_SIZE, x=place, y=1, yref="paper", yanchor="bottom",
             bgcolor=token("card"), bordercolor=token("axis"), borderwidth=1, borderpad=2)
        for number, place in placed(events, months)
    ]  # fmt: skip


def _ends(
    lines: Sequence[Line], places: dict[date, int], low: float, high: float
) -> list[dict[str, object]]:
    """The end value beside each line, kept apart where two lie close."""
    ends = []
    for line in lines:
        newest = line.series.newest
        if newest is None or newest.value is None:
            continue
        unit = line.series.measure.unit
        text = f"<b>{line.series.text(newest.value)}</b>"
        text = (
            f"<b>{safe(line.name, 14)}</b><br>{line.series.text(newest.value)}"
            if line.name
            else text
        )
        ends.append((on_screen(unit, newest.value), text, line.color, places[newest.day]))
    ends.sort(reverse=True)
    shifts = _apart([(y - low) / (high - low) for y, *_ in ends])
    return [
        note(text, color if color != "ink-2" else "ink", x=place, y=y, xanchor="left",
             yanchor="middle", xshift=10, yshift=shift, align="left")
        for (y, text, color, place), shift in zip(ends, shifts, strict=True)
    ]  # fmt: skip


def _apart(heights: Sequence[float]) -> list[float]:
    """How many px up each of two labels goes so that they don't touch, in print neither.

    ``heights`` are shares of the plot's height, the higher first.
    """
    in_print = [(PRINT_HEIGHT - _AROUND_PLOT) * height for height in heights]
    if len(heights) < 2 or in_print[0] - in_print[1] >= _TWO_LINES:
        return [0.0] * len(heights)
    apart = (_TWO_LINES - (in_print[0] - in_print[1])) / 2
    lift = max(0.0, _TWO_LINES / 2 - (in_print[1] - apart))
    return [round(lift + apart), round(lift - apart)]


ARM_LINES = (("arm-a", "solid"), ("arm-b", ARM_B_DASH))
