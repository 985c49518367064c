"""The likely range around a step curve: limits by day in, closed polygons out."""

from __future__ import annotations

from collections.abc import Iterable

from dashboards.figures.common import Trace, scatter
from dashboards.theme import token

Limits = tuple[int, float | None, float | None]
"""A day with both limits, fractions 0-1; None where there are none."""


def step_band(limits: Iterable[Limits], color: str) -> Trace:
    """Return the range as closed steps, one polygon per stretch that has limits, per 100."""
    x: list[float | None] = []
    y: list[float | None] = []
    for stretch in _stretches(limits):
        upper, lower = [], []
        for here, following in zip(stretch, (*stretch[1:], stretch[-1]), strict=True):
            day, low, high = here
            upper += [(day, high), (following[0], high)]
            lower += [(day, low), (following[0], low)]
        for day, value in upper + lower[::-1]:
            x.append(day)
            y.append(round(value * 100, 3))
        x.append(None)
        y.append(None)
    return scatter(
        x=x,
        y=y,
        mode="lines",
        line={"width": 0, "color": token(color)},
        fill="toself",
        fillcolor=token(color),
        hoverinfo="skip",
    )


def _stretches(limits: Iterable[Limits]) -> list[list[tuple[int, float, float]]]:
    """Return the days at which the limits move, and the last of each stretch."""
    stretches: list[list[tuple[int, float, float]]] = [[]]
    for day, low, high in limits:
        if low is None or high is None:
            stretches.append([])
        else:
            stretches[-1].append((day, low, high))
    return [
        [
            here
            for before, here in zip((None, *stretch), stretch, strict=False)
            if before is None or here is stretch[-1] or here[1:] != before[1:]
        ]
        for stretch in stretches
        if len(stretch) > 1
    ]
