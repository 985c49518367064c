"""Today: how many left this month, whether that is unusual, and everything else month by month."""

from __future__ import annotations

from dashboards.data import SiteData
from dashboards.figures.common import for_page
from dashboards.figures.hire_map import hire_map
from dashboards.figures.run_chart import ARM_LINES, HEIGHT, PRINT_HEIGHT, Line, is_cut, run_figure
from dashboards.figures.site_map import site_map
from dashboards.figures.sparkline import HEIGHT as SPARK_HEIGHT
from dashboards.figures.sparkline import WIDTH as SPARK_WIDTH
from dashboards.labels import Arms
from dashboards.outcome_display import EXITS
from dashboards.pages.head import head
from dashboards.pages.layout import csv_link, inline_json, render
from dashboards.pages.month_views import (
    not_delivered,
    run_view,
    site_choices,
    tile_series,
    trend_tile,
)
from dashboards.pages.verdict_views import verdict_values
from dashboards.pages.views import PRINT_HALF, ChartView
from dashboards.sentences import leavers, pulse, today
from dashboards.sentences.rounding import months_note
from dashboards.trends import RATES, TILES, Series, counted, series
from pipelines.core.limits import MOVING_RANGES


def today_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``index.html``."""
    arms = Arms(data.arm_a, data.arm_b)
    told = pulse.pulse(data)
    leaving = counted(data.trend)
    views = _charts(data, arms, leaving)
    drawn = [view for view in views if view.is_drawn]
    told_of = verdict_values(data, arms)
    outcomes = {*EXITS, *(view.outcome for view in told_of["outcomes"])}
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
        **told_of,
        rounded_months=months_note(data),
        late=today.late_line(data),
        cautious=today.caution_line(data, outcomes),
        tiles=[trend_tile(each, data) for each in tile_series(data)],
        spark=(SPARK_WIDTH, SPARK_HEIGHT),
        leaving=views[:2],
        further=views[2:],
        who_left=leavers.leavers(data),
        hires=hire_map(data),
        no_stayers=leavers.no_stayers(data),
        stayers=(leavers.stayers_title(data), leavers.stayers_note(data)),
        choices=site_choices(data),
        has_sites=data.n_sites != 1,
        site_map=site_map(data),
        sites=today.site_rows(data, leaving),
        site_head=today.site_head(leaving),
        events=today.event_lines(data),
        moving_ranges=f"{MOVING_RANGES}",
        not_drawn=today.not_drawn(
            [
                *today.kinds_untold(data, leaving),
                *(each for each in tile_series(data) if not each.is_drawable),
            ],
            not_delivered(data),
        ),
        figures=inline_json({view.key: view.figure for view in drawn}),
    )


def _charts(data: SiteData, arms: Arms, leaving: Series) -> list[ChartView]:
    """Return leaving, leaving by kind of coaching, then every other measure that can be drawn."""
    rate = series(data.trend, RATES[leaving.measure.name])
    views = [run_view(data, rate, 1), _kinds(data, arms, 2)]
    others = [series(data.trend, name) for name in TILES]
    drawable = [each for each in others if each.is_drawable]
    views += [run_view(data, each, number) for number, each in enumerate(drawable, start=3)]
    return [*views, _sessions(data, arms, 1 + len(views))]


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
        [run_figure(lines, data.events, narrow=n) for n in (False, True)] if lines else (None, None)
    )
    return ChartView(
        key=key,
        number=number,
        title=texts.title,
        subtitle=texts.subtitle,
        note=today.two_note(texts, is_cut=bool(lines) and is_cut(lines)),
        description=today.two_lines(found, texts),
        is_drawn=bool(lines),
        print_width=PRINT_HALF,
        min_height=HEIGHT,
        table_caption=texts.title,
        table_head=("Month", found[0][0], found[1][0]),
        cells=today.two_cells([each for _, each in found]),
        csv=csv_link(
            ("arm", "month", "value"),
            [(title, str(m.day), m.value) for title, each in found for m in each.told],
        ),
        figure=for_page(wide, narrow, PRINT_HEIGHT) if wide and narrow else {},
    )
