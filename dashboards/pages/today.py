"""Today: how many left this month, whether that is unusual, and everything else month by month."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.data import SiteData
from dashboards.figures.common import for_page
from dashboards.figures.run_chart import (
    ARM_LINES,
    HEIGHT,
    PRINT_HEIGHT,
    Line,
    run_figure,
    starts_at,
)
from dashboards.figures.sparkline import HEIGHT as SPARK_HEIGHT
from dashboards.figures.sparkline import WIDTH as SPARK_WIDTH
from dashboards.figures.sparkline import Sparkline, sparkline
from dashboards.labels import Arms
from dashboards.pages.head import head
from dashboards.pages.layout import csv_link, inline_json, render
from dashboards.pages.verdict_views import verdict_values
from dashboards.pages.views import ChartView
from dashboards.sentences import pulse, today, trend
from dashboards.trends import RATES, TILES, Series, counted, series


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
    usual: str
    before: str
    target: str
    spark: Sparkline | None


def today_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``index.html``."""
    arms = Arms(data.arm_a, data.arm_b)
    told = pulse.pulse(data)
    leaving = counted(data.trend)
    views = _charts(data, arms, leaving)
    drawn = [view for view in views if view.is_drawn]
    return render(
        "today.html.j2",
        font_base64,
        current="today",
        has_charts=bool(drawn),
        title=f"Today: {told.sentence}",
        **head(data),
        pulse=told,
        months=today.months_line(data, leaving),
        compared=arms.both,
        **verdict_values(data, arms),
        tiles=[_tile(each, data.min_group) for each in _tiles(data, leaving)],
        spark=(SPARK_WIDTH, SPARK_HEIGHT),
        leaving=views[:2],
        further=views[2:],
        sites=today.site_rows(data, leaving),
        site_head=today.site_head(leaving),
        events=today.event_lines(data),
        not_drawn=today.not_drawn([each for each in _tiles(data, leaving) if not each.is_drawable]),
        figures=inline_json({view.key: view.figure for view in drawn}),
    )


def _tiles(data: SiteData, leaving: Series) -> list[Series]:
    return [leaving, *(series(data.trend, name) for name in TILES)]


def _tile(each: Series, min_group: int) -> TrendTile:
    return TrendTile(
        key=each.measure.name.replace("_", "-"),
        title=each.measure.label,
        figure=trend.figure(each, min_group),
        unit=trend.unit(each),
        word=trend.word(each),
        mark=trend.mark(each),
        looks=trend.looks(each),
        usual=trend.usual(each, min_group),
        before=trend.before(each, min_group),
        target=trend.target(each),
        spark=sparkline(each),
    )


def _charts(data: SiteData, arms: Arms, leaving: Series) -> list[ChartView]:
    """Return leaving, leaving by kind of coaching, then every other measure that can be drawn."""
    rate = series(data.trend, RATES[leaving.measure.name])
    views = [_view(data, rate, 1), _kinds(data, arms, 2)]
    others = [series(data.trend, name) for name in TILES]
    drawable = [each for each in others if each.is_drawable]
    views += [_view(data, each, number) for number, each in enumerate(drawable, start=3)]
    return [*views, _sessions(data, arms, 1 + len(views))]


def _view(data: SiteData, each: Series, number: int) -> ChartView:
    lines = [Line(each)]
    wide, narrow = (run_figure(lines, data.events, narrow=n) for n in (False, True))
    return ChartView(
        key=f"month-{each.measure.name.replace('_', '-')}",
        number=number,
        title=trend.title(each),
        subtitle=trend.subtitle(each),
        note=today.note(each, starts_at(lines), data.min_group),
        description=trend.description(each, data.min_group),
        is_drawn=each.is_drawable,
        print_width=322,
        min_height=HEIGHT,
        table_caption=f"{each.measure.label}, {trend.unit(each)}",
        table_head=("Month", each.measure.label, "Usual", "What it is"),
        cells=trend.cells(each),
        csv=csv_link(
            ("month", each.measure.name, "mean", "lower_limit", "upper_limit", "signal"),
            [
                (str(m.day), m.value, m.row["mean"], m.row["lower_limit"], m.row["upper_limit"],
                 m.row["signal"])
                for m in each.told
            ],
        ),
        figure=for_page(wide, narrow, PRINT_HEIGHT) if each.is_drawable else {},
    )  # fmt: skip


def _kinds(data: SiteData, arms: Arms, number: int) -> ChartView:
    """Return leaving in any way by kind of first session, as recorded."""
    found = [
        (title, series(data.trend, "any_exit_rate", "arm", arm))
        for title, arm in ((arms.a_title, arms.a), (arms.b_title, arms.b))
    ]
    return _two(data, found, "month-kinds", today.KINDS, number)


def _sessions(data: SiteData, arms: Arms, number: int) -> ChartView:
    """Return the share of sessions of each kind."""
    found = [
        (title, series(data.trend, name))
        for title, name in ((arms.a_title, "arm_a_sessions"), (arms.b_title, "arm_b_sessions"))
    ]
    return _two(data, found, "month-sessions", today.SESSIONS, number)


def _two(
    data: SiteData,
    found: list[tuple[str, Series]],
    key: str,
    texts: today.ChartTexts,
    number: int,
) -> ChartView:
    lines = [
        Line(each, title, color, dash)
        for (title, each), (color, dash) in zip(found, ARM_LINES, strict=True)
        if each.is_drawable
    ]
    wide, narrow = (
        (run_figure(lines, data.events, narrow=n) for n in (False, True)) if lines else ({}, {})
    )
    return ChartView(
        key=key,
        number=number,
        title=texts.title,
        subtitle=texts.subtitle,
        note=texts.note,
        description=today.two_lines(found, texts),
        is_drawn=bool(lines),
        print_width=322,
        min_height=HEIGHT,
        table_caption=texts.title,
        table_head=("Month", found[0][0], found[1][0]),
        cells=today.two_cells([each for _, each in found]),
        csv=csv_link(
            ("arm", "month", "value"),
            [(title, str(m.day), m.value) for title, each in found for m in each.told],
        ),
        figure=for_page(wide, narrow, PRINT_HEIGHT) if lines else {},
    )
