"""A tile's small chart as the places of an inline SVG: the band, the line and its last point."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from dashboards.trends import Series

WIDTH, HEIGHT, PAD = 150.0, 34.0, 5.0


@dataclass(frozen=True)
class Sparkline:
    """Places in px; the band has no height where there are no limits."""

    points: Markup
    x: float
    y: float
    band_top: float
    band_height: float


def sparkline(series: Series) -> Sparkline | None:
    """Return the small chart; None for fewer than two months with a figure."""
    if not series.is_drawable:
        return None
    newest = series.newest
    assert newest is not None
    values = [month.value for month in series.told if month.value is not None]
    band = (
        [newest.row[name] for name in ("lower_limit", "upper_limit")] if series.has_limits else []
    )
    low, high = min([*values, *band]), max([*values, *band])
    n = len(series.months) - 1

    def x_of(place: int) -> float:
        return round(PAD + (WIDTH - 2 * PAD) * place / max(n, 1), 1)

    def y_of(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(HEIGHT - PAD - (HEIGHT - 2 * PAD) * share, 1)

    told = [(series.months.index(month), month.value or 0.0) for month in series.told]
    points = " ".join(f"{x_of(place)},{y_of(value)}" for place, value in told)
    place, value = told[-1]
    top, bottom = (y_of(band[1]), y_of(band[0])) if band else (0.0, 0.0)
    return Sparkline(Markup(points), x_of(place), y_of(value), top, round(bottom - top, 1))
