"""The charts that several pages show, each with its texts, its table and its download."""

from __future__ import annotations

from dashboards.estimates import Estimate
from dashboards.figures import balance as balance_chart
from dashboards.figures import incidence as incidence_chart
from dashboards.figures import retention as retention_chart
from dashboards.figures.common import for_page
from dashboards.figures.whiskers import whiskers_figure
from dashboards.outcome_display import sources_of
from dashboards.pages.layout import csv_link
from dashboards.pages.views import PRINT_CURVE, PRINT_HALF, PRINT_NARROW, ChartView
from dashboards.sentences import charts, incidence
from dashboards.sentences.contrasts import Contrast


def retention_view(
    info: retention_chart.RetentionInfo, leavers: Estimate, number: int = 1
) -> ChartView:
    """Return the retention curves."""
    a, b = info.arms.a_title, info.arms.b_title
    cells = tuple(
        (
            label,
            *(charts.point_cell(curve.at(day)) for curve in (info.a, info.b)),
            *(charts.followed_cell(curve.at(day)) for curve in (info.a, info.b)),
        )
        for day, label in info.ticks
    )
    wide, narrow = (retention_chart.retention_figure(info, narrow=n) for n in (False, True))
    return ChartView(
        key="retention",
        number=number,
        title=charts.retention_title(info, leavers),
        subtitle=charts.retention_subtitle(info),
        note=charts.retention_note(info) if info.is_drawable else "",
        description=charts.retention_description(info),
        is_drawn=info.is_drawable,
        print_width=PRINT_CURVE,
        min_height=retention_chart.WIDE_HEIGHT,
        table_caption=f"Still employed, per 100 people, {info.how} (likely range)",
        table_head=("After", a, b, f"{a}: still followed", f"{b}: still followed"),
        cells=cells,
        csv=csv_link(
            ("arm", "day", "survival", "conf_low", "conf_high", "at_risk"),
            [
                (curve.arm, p.day, p.survival, p.low, p.high, p.at_risk)
                for curve in (info.a, info.b)
                for p in curve.points
            ],
        ),
        figure=for_page(wide, narrow, retention_chart.PRINT_HEIGHT) if info.is_drawable else {},
        source=sources_of("any_exit"),
    )


def balance_view(info: balance_chart.BalanceInfo, number: int) -> ChartView:
    """Return how alike the two groups are."""
    wide, narrow = (balance_chart.balance_figure(info, narrow=n) for n in (False, True))
    return ChartView(
        key="balance",
        number=number,
        title=charts.balance_title(info),
        subtitle=charts.balance_subtitle(),
        note=charts.balance_note(info) if info.rows else "",
        description=charts.balance_description(info),
        is_drawn=bool(info.rows),
        print_width=PRINT_NARROW,
        min_height=info.height,
        table_caption="Difference between the groups in standard units",
        table_head=("Characteristic", "Before adjusting", "After adjusting"),
        cells=tuple((r.label, r.before_in_words, r.after_in_words) for r in info.rows),
        csv=csv_link(
            ("characteristic", "smd_before", "smd_after"),
            [(r.label, r.before, r.after) for r in info.rows],
        ),
        figure=for_page(wide, narrow, info.print_height) if info.rows else {},
    )


def incidence_view(info: incidence_chart.IncidenceInfo, number: int) -> ChartView:
    """Return the share who had left in one way, day by day."""
    a, b = info.arms.a_title, info.arms.b_title
    wide, narrow = (incidence_chart.incidence_figure(info, narrow=n) for n in (False, True))
    return ChartView(
        key=f"incidence-{info.kind.replace('_', '-')}",
        number=number,
        title=incidence.title(info),
        subtitle=incidence.subtitle(info),
        note=incidence.note(info),
        description=incidence.description(info),
        is_drawn=info.is_drawable,
        print_width=PRINT_HALF,
        min_height=incidence_chart.HEIGHT,
        table_caption=incidence.caption(info),
        table_head=("By day", a, b),
        cells=incidence.cells(info),
        csv=csv_link(
            ("arm", "day", info.kind, "conf_low", "conf_high"),
            [
                (curve.arm, day, share, *(curve.range_at(day) or (None, None)))
                for curve in (info.a, info.b)
                for day, share in curve.steps
            ],
        ),
        figure=for_page(wide, narrow, incidence_chart.PRINT_HEIGHT) if info.is_drawable else {},
        source=sources_of(info.kind),
        outcomes=(info.kind,),
        are_groups_told=info.headline.has_numbers,
    )


def contrast_view(contrast: Contrast, number: int) -> ChartView:
    """Return differences under each other, each with its likely range; widths in px."""
    info = contrast.info
    wide, narrow = (whiskers_figure(info, narrow=n) for n in (False, True))
    unit = contrast.unit
    return ChartView(
        key=contrast.key,
        number=number,
        title=contrast.title,
        subtitle=contrast.subtitle,
        note=contrast.note if info.is_drawable else "",
        description=contrast.description,
        is_drawn=info.is_drawable,
        print_width=PRINT_HALF,
        min_height=info.height(),
        table_caption=contrast.caption or contrast.subtitle,
        table_head=contrast.head,
        cells=contrast.cells,
        csv=csv_link(
            ("line", "difference", "likely_low", "likely_high", "open_circle", "unit", "said"),
            [
                (line.label, line.value, line.low, line.high, line.before, unit, line.text)
                for line in info.lines
            ],
        ),
        figure=for_page(wide, narrow, info.print_height) if info.is_drawable else {},
        source=sources_of(*contrast.outcomes),
        outcomes=contrast.outcomes,
    )
