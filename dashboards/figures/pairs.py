"""Shares of two kinds of sessions on one line each: a filled dot and a diamond, joined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboards.figures.common import (
    Figure,
    Trace,
    axis,
    base_layout,
    name_axis,
    note,
    safe,
    scatter,
)
from dashboards.labels import Arms
from dashboards.practice_pairs import Pair
from dashboards.theme import token
from pipelines.core.figures import decimals

_ROW_HEIGHT, _ROW_NARROW, _ROW_PRINTED, _AROUND = 26, 42, 31, 92
_ABOVE = 15
"""How far above its line a name stands in the narrow layout, in px: whole, and free of the dots."""


def pairs_height(pairs: Sequence[Pair], narrow: bool = False) -> int:
    """Return the chart's height in px."""
    return _AROUND + (_ROW_NARROW if narrow else _ROW_HEIGHT) * max(len(pairs), 3)


def pairs_print_height(pairs: Sequence[Pair], narrow: bool) -> int:
    """Return the chart's height on paper in px, in the layout that it has there."""
    if narrow:
        return _AROUND + _ROW_PRINTED * max(len(pairs), 3)
    return round(pairs_height(pairs) * 0.72)


def pairs_figure(pairs: Sequence[Pair], arms: Arms, narrow: bool = False) -> Figure:
    """Draw pairs whose numbers are both shown, from the top down, on an axis from 0 to 100.

    In the narrow layout each name stands over its line.
    """
    places = list(range(len(pairs)))[::-1]
    dots = [_dots(pairs, places, arms, arm) for arm in ("b", "a")]
    traces = [_joins(pairs, places), *dots]
    names = [safe(pair.label, 40 if narrow else 32) for pair in pairs]
    left = 16 if narrow else 16 + round(7.1 * max((len(name) for name in names), default=0))
    layout = base_layout(pairs_height(pairs, narrow), {"l": left, "r": 26, "b": 34})
    over = _over(names, places) if narrow else []
    beside = name_axis([] if narrow else names, [] if narrow else places, (-0.7, len(pairs) + 0.4))
    ticks = [0, 50, 100] if narrow else [0, 25, 50, 75, 100]
    layout.update(
        hovermode="closest",
        xaxis=axis(
            range=[-3, 103],
            tickvals=ticks,
            ticktext=[f"{tick}" for tick in ticks],
            showgrid=True,
            gridcolor=token("grid"),
            showline=True,
            linecolor=token("axis"),
        ),
        yaxis=beside,
        annotations=[*over, *_names(pairs, arms, narrow)],
    )
    return {"data": traces, "layout": layout}


def _over(names: Sequence[str], places: Sequence[int]) -> list[dict[str, Any]]:
    """Return each row's name over its line, from the left edge."""
    start = {"xref": "paper", "x": 0, "xanchor": "left", "yanchor": "middle", "yshift": _ABOVE}
    return [note(name, "ink", 14, y=at, **start) for name, at in zip(names, places, strict=True)]


def _percent(value: float | None) -> float:
    return round(100 * (value or 0.0), 2)


def _joins(pairs: Sequence[Pair], places: list[int]) -> Trace:
    x: list[float | None] = []
    y: list[float | None] = []
    for pair, place in zip(pairs, places, strict=True):
        x += [_percent(pair.a.value), _percent(pair.b.value), None]
        y += [place, place, None]
    line = {"color": token("rule"), "width": 2}
    return scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip")


def _dots(pairs: Sequence[Pair], places: list[int], arms: Arms, arm: str) -> Trace:
    is_a = arm == "a"
    title = safe(arms.a_title if is_a else arms.b_title, 30)
    values = [_percent((pair.a if is_a else pair.b).value) for pair in pairs]
    color = token(f"arm-{arm}")
    return scatter(
        x=values,
        y=places,
        mode="markers",
        cliponaxis=False,
        marker={
            "size": 11,
            "symbol": "circle" if is_a else "diamond",
            "color": color if is_a else token("card"),
            "line": {"width": 0 if is_a else 2.5, "color": color},
        },
        text=[
            f"{safe(pair.label, 40)}: {decimals(value, 1)} per 100, {title}"
            for pair, value in zip(pairs, values, strict=True)
        ],
        hoverinfo="text",
    )


def _names(pairs: Sequence[Pair], arms: Arms, narrow: bool) -> list[dict[str, Any]]:
    """Return the two kinds' names over the dots of the first row, each on its own side."""
    if not pairs:
        return []
    longest = 13 if narrow else 26
    top = pairs[0]
    ends = [
        (_percent(top.a.value), safe(arms.a_title, longest), "arm-a"),
        (_percent(top.b.value), safe(arms.b_title, longest), "arm-b"),
    ]
    ends.sort()
    place = {"y": len(pairs) - 0.15, "yanchor": "middle"}
    last = 58 if narrow else 80
    return [
        note(f"<b>{name}</b>", color, 13, x=min(max(x, 12), last), xanchor=anchor, **place)
        for (x, name, color), anchor in zip(ends, ("right", "left"), strict=True)
    ]
