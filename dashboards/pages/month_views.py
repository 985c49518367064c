"""A measure month by month, of everybody or of one site: its tile, its chart, the sites' own texts.

The pages are static, so what Today shows of one site is said beforehand: one script file holds for
each site the texts of the pulse and the tiles and the chart of leaving, made by the same functions.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from dashboards.data import SiteData
from dashboards.figures.common import for_page
from dashboards.figures.hire_map import hire_map
from dashboards.figures.run_chart import HEIGHT, PRINT_HEIGHT, Line, run_figure, starts_at
from dashboards.figures.site_map import Cell
from dashboards.figures.sparkline import Sparkline, sparkline
from dashboards.formats import capitalised
from dashboards.pages.layout import LOOKS_OF, csv_link, inline_json
from dashboards.pages.views import PRINT_HALF, ChartView
from dashboards.sentences import leavers, pulse, today, trend
from dashboards.trends import RATES, TILES, Series, counted, groups, of_site, series

_DOWNLOADED = ("mean", "lower_limit", "upper_limit", "signal", "change_month", "change_year")
"""What a chart's download has of each month beside its figure."""


@dataclass(frozen=True)
class TrendTile:
    """A measure's newest month in a tile."""

    key: str
    title: str
    figure: str
    unit: str
    word: str
    mark: str
    looks: str
    before: str
    target: str
    spark: Sparkline | None


def tile_series(data: SiteData, site: str | None = None) -> list[Series]:
    """Return what the tiles are about: leaving, then the other measures that anything tells of."""
    names = [name for name in TILES if series(data.trend, name).has_data]
    return [counted(data.trend, site), *(of_site(data.trend, name, site) for name in names)]


def not_delivered(data: SiteData) -> list[Series]:
    """Return the measures that no month has data on, for everybody."""
    every = [series(data.trend, name) for name in TILES]
    return [each for each in every if not each.has_data]


def trend_tile(each: Series, data: SiteData) -> TrendTile:
    """Return the texts of a measure's tile."""
    step = data.kinds_step
    return TrendTile(
        key=each.measure.name.replace("_", "-"),
        title=each.measure.label,
        figure=trend.figure(each, step),
        unit=trend.unit(each),
        word=trend.word(each),
        mark=trend.mark(each),
        looks=trend.looks(each),
        before=trend.before(each, step) or trend.needed(each, data.min_group),
        target=trend.target(each),
        spark=sparkline(each),
    )


def run_view(data: SiteData, each: Series, number: int) -> ChartView:
    """Return a measure's run chart with its table; without a figure where it can't be drawn."""
    lines = [Line(each)]
    cells = trend.cells(each)
    n_columns = 4 if any(any(row[2:]) for row in cells) else 2
    wide, narrow = (run_figure(lines, data.events, narrow=n) for n in (False, True))
    return ChartView(
        key=f"month-{each.measure.name.replace('_', '-')}",
        number=number,
        title=trend.title(each),
        subtitle=trend.subtitle(each),
        note=today.note(each, starts_at(lines)),
        description=trend.description(each, data.kinds_step),
        is_drawn=each.is_drawable,
        print_width=PRINT_HALF,
        min_height=HEIGHT,
        table_caption=f"{each.measure.label}, {trend.chart_unit(each)}",
        table_head=("Month", each.measure.label, "Usual", "What it is")[:n_columns],
        cells=tuple(row[:n_columns] for row in cells),
        csv=csv_link(
            ("month", each.measure.name, *_DOWNLOADED),
            [(str(m.day), m.value, *(m.row[name] for name in _DOWNLOADED)) for m in each.told],
        ),
        figure=for_page(wide, narrow, PRINT_HEIGHT) if each.is_drawable else {},
    )


def site_choices(data: SiteData) -> list[tuple[str, str]]:
    """Return the sites to choose from, as tables have them and as they are read; none of one."""
    names = groups(data.trend, "site")
    return [(name, capitalised(name)) for name in names] if len(names) > 1 else []


def sites_script(data: SiteData) -> str:
    """Return the shared script file with what Today shows of each site."""
    sites = {site: _site(data, site) for site, _ in site_choices(data)}
    return f"window.SITES={inline_json(sites)};\n"


def _stayers(data: SiteData, site: str) -> dict[str, Any]:
    """Return who of a site is still there: the map's title, its months, and its rows."""
    months, quarters = hire_map(data, site)
    return {
        "title": f"{capitalised(site)}. {leavers.stayers_title(data, site)}",
        "months": months,
        "rows": [
            [each.name, each.hired, [[c.n_columns, c.text, look(c), c.said] for c in each.cells]]
            for each in quarters
        ],
    }


def look(cell: Cell) -> str:
    """Return the class of a shaded cell, or of one without a figure."""
    return f"heat-{cell.level}" if cell.level else LOOKS_OF.get(cell.status, "")


def _site(data: SiteData, site: str) -> dict[str, Any]:
    told = pulse.pulse(data, site)
    rate = of_site(data.trend, RATES[counted(data.trend, site).measure.name], site)
    view = run_view(data, rate, 1)
    return {
        "name": capitalised(site),
        "pulse": asdict(told),
        "measure": pulse.measure_note(data, site),
        "stayers": _stayers(data, site),
        "tiles": [asdict(trend_tile(each, data)) for each in tile_series(data, site)],
        "chart": {
            "is_drawn": view.is_drawn,
            "title": f"{capitalised(site)}. {view.title}",
            "subtitle": view.subtitle,
            "note": f"Figure 1. {view.note}",
            "text": view.description,
            "head": view.table_head,
            "cells": view.cells,
            "csv": view.csv,
            "figure": view.figure,
        },
    }
