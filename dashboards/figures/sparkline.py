"""A tile's small chart as the places of an inline SVG: the band, the line and its last point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboards.trends import Month, Series

WIDTH, HEIGHT, PAD = 150.0, 34.0, 5.0
_LIMITS = ("lower_limit", "upper_limit")


@dataclass(frozen=True)
class Sparkline:
    """Places in px; ``band`` is the path of each month's usual range, empty without limits."""

    points: Markup
    x: float
    y: float
    band: Markup


def sparkline(series: Series) -> Sparkline | None:
    """Return the small chart; None for fewer than two months with a figure."""
    if not series.is_drawable:
        return None
    values = [month.value for month in series.told if month.value is not None]
    judged = [[m for m in part if m.row["mean"] is not None] for part in series.phases]
    ends = [m.row[name] for part in judged for m in part for name in _LIMITS]
    low, high = min([*values, *ends]), max([*values, *ends])
    n = len(series.months) - 1

    def x_of(place: int) -> float:
        return round(PAD + (WIDTH - 2 * PAD) * place / max(n, 1), 1)

    def y_of(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(HEIGHT - PAD - (HEIGHT - 2 * PAD) * share, 1)

    told = [(series.months.index(month), month.value or 0.0) for month in series.told]
    points = " ".join(f"{x_of(place)},{y_of(value)}" for place, value in told)
    place, value = told[-1]
    band = " ".join(_around(part, series, x_of, y_of) for part in judged if part)
    return Sparkline(Markup(points), x_of(place), y_of(value), Markup(band))


def _around(
    part: Sequence[Month],
    series: Series,
    x_of: Callable[[int], float],
    y_of: Callable[[float], float],
) -> str:
    """The path around the usual ranges of a stretch of months, as each of them was judged."""
    ends = {month.day: [y_of(month.row[name]) for name in _LIMITS] for month in part}
    xs = {month.day: x_of(series.months.index(month)) for month in part}
    lower, upper = ([f"{xs[day]},{each[n]}" for day, each in ends.items()] for n in (0, 1))
    return f"M{' '.join([*upper, *reversed(lower)])}Z"
