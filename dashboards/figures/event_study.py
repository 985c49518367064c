"""What changes month by month around a training: a dot and its likely range for each month."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.figures.common import (
    Figure,
    Trace,
    axis,
    base_layout,
    note,
    scatter,
)
from dashboards.formats import MINUS, signed
from dashboards.theme import token

HEIGHT, PRINT_HEIGHT = 320, 230
BASE_MONTHS = 6
"""How many months before the training are the base; they have no row of their own."""


@dataclass(frozen=True)
class Month:
    """One month since the training (below 0 before it); values per 100."""

    month: int
    value: float
    low: float
    high: float
    n_coaches: int | None
    is_apart: bool
    """Whether the likely range leaves out no change."""

    @property
    def is_after(self) -> bool:
        """Whether it lies after the training, its own month included."""
        return self.month >= 0

    @property
    def distance(self) -> int:
        """How many months lie between it and the training, on either side."""
        return abs(self.month)


def event_figure(months: Sequence[Month], narrow: bool = False) -> Figure:
    """Draw the months; those before the training hollow, the base as a grey stretch."""
    traces = [_dots(months, after=False), _dots(months, after=True)]
    axis_end = max((max(abs(m.low), abs(m.high)) for m in months), default=1.0)
    step = _step(axis_end)
    n = math.ceil(axis_end / step)
    ticks = [i * step for i in range(-n, n + 1)]
    first, last = min(m.month for m in months), max(m.month for m in months)
    by = 6 if narrow else 3
    month_ticks = [m for m in range(-60, 61, by) if first <= m <= last]
    layout = base_layout(HEIGHT, {"l": 46, "r": 14, "b": 52, "t": 26})
    layout.update(
        hovermode="closest",
        xaxis=axis(
            range=[first - 0.8, last + 0.8],
            tickvals=month_ticks,
            ticktext=[f"{MINUS}{-m}" if m < 0 else str(m) for m in month_ticks],
            showline=True,
            linecolor=token("axis"),
            title={"text": "Months since the training", "font": {"size": 13}},
        ),
        yaxis=axis(
            range=[-n * step, n * step],
            tickvals=ticks,
            ticktext=[signed(tick, 0 if step >= 1 else 1) for tick in ticks],
            showgrid=True,
            gridcolor=token("grid"),
        ),
        shapes=_shapes(),
        annotations=[
            note("base", "ink-2", 13, x=-0.5 - BASE_MONTHS / 2, y=1.0, yref="paper",
                 yanchor="bottom"),
            note("after", "ink-2", 13, x=-0.3, y=1.0, yref="paper", yanchor="bottom",
                 xanchor="left"),
        ],
    )  # fmt: skip
    return {"data": traces, "layout": layout}


def _dots(months: Sequence[Month], after: bool) -> Trace:
    mine = [m for m in months if (m.month >= 0) == after]
    color = token("ink-2" if not after else "arm-a")
    return scatter(
        x=[m.month for m in mine],
        y=[round(m.value, 3) for m in mine],
        mode="markers",
        marker={
            "size": 9,
            "color": color if after else token("card"),
            "line": {"width": 0 if after else 2, "color": color},
        },
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [round(m.high - m.value, 3) for m in mine],
            "arrayminus": [round(m.value - m.low, 3) for m in mine],
            "color": color,
            "thickness": 1.5,
            "width": 0,
        },
        text=[
            f"Month {m.month}: {signed(m.value)} per 100 ({signed(m.low)} to {signed(m.high)})"
            for m in mine
        ],
        hoverinfo="text",
    )


def _shapes() -> list[dict[str, Any]]:
    whole: dict[str, Any] = {"yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    return [
        {"type": "rect", "x0": -0.5 - BASE_MONTHS, "x1": -0.5, "fillcolor": token("grid"),
         "line": {"width": 0}, "opacity": 0.6, **whole},
        {"type": "line", "x0": -0.5, "x1": -0.5,
         "line": {"color": token("axis"), "width": 1.5, "dash": "3px,3px"}, **whole},
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0,
         "line": {"color": token("axis"), "width": 1.5}, "layer": "below"},
    ]  # fmt: skip


def _step(axis_end: float) -> float:
    """Return a round distance between ticks so that there are two to four on each side."""
    for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20):
        if axis_end / step <= 4:
            return step
    return 25.0
