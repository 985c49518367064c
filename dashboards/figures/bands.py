"""Counts by band as horizontal bars, each with its number beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.figures.common import (
    Figure,
    axis,
    bar,
    base_layout,
    name_axis,
    safe,
)
from dashboards.theme import LABEL_SIZE, token

_ROW_HEIGHT, _AROUND = 36, 34


@dataclass(frozen=True)
class Bar:
    """One band: its name, how many, and what is said beside the bar."""

    label: str
    n: int
    text: str


def bands_height(bars: Sequence[Bar]) -> int:
    """Return the chart's height in px."""
    return _AROUND + _ROW_HEIGHT * max(len(bars), 2)


def bands_print_height(bars: Sequence[Bar]) -> int:
    """Return the chart's height on paper in px."""
    return round(bands_height(bars) * 0.8)


def bands_figure(bars: Sequence[Bar], narrow: bool = False) -> Figure:
    """Draw the bars from the top down; the axis begins at zero and needs no ticks."""
    longest = 18 if narrow else 30
    names = [safe(bar.label, longest) for bar in bars]
    places = list(range(len(bars)))[::-1]
    most = max((bar.n for bar in bars), default=1)
    trace = bar(
        x=[bar.n for bar in bars],
        y=places,
        orientation="h",
        width=0.62,
        marker={"color": token("axis")},
        text=[safe(bar.text, 30) for bar in bars],
        textposition="outside",
        textfont={"size": LABEL_SIZE, "color": token("ink")},
        cliponaxis=False,
        hoverinfo="skip",
    )
    left = 16 + round(7.4 * max((len(name) for name in names), default=0))
    layout = base_layout(bands_height(bars), {"l": left, "r": 20, "b": 10})
    layout.update(
        hovermode="closest",
        xaxis=axis(range=[0, most * (1.6 if narrow else 1.25)], showticklabels=False),
        yaxis={
            **name_axis(names, places, (-0.6, len(bars) - 0.4)),
            "showline": True,
            "linecolor": token("axis"),
        },
    )
    return {"data": [trace], "layout": layout}
