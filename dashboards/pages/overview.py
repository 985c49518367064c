"""The overview page: one page a day for an operations leader."""

from __future__ import annotations

from dashboards.data import SiteData
from dashboards.estimates import Estimate, find
from dashboards.figures import balance as balance_chart
from dashboards.figures import retention as retention_chart
from dashboards.figures.common import for_page
from dashboards.figures.tiles import WIDTH, exit_tiles, tiles_info
from dashboards.formats import shortened
from dashboards.labels import Arms
from dashboards.pages.shell import csv_link, inline_json, render
from dashboards.pages.views import ChartView, tile_view
from dashboards.sentences import certainty, charts, quality, supply, tiles, verdict
from dashboards.sentences.notes import notes
from dashboards.sentences.parts import Statement


def overview_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``index.html``."""
    arms = Arms(data.arm_a, data.arm_b)
    horizon = max(data.horizon_days, default=365)
    headline = verdict.headline(data.comparison, horizon)
    before = find(data.comparison, headline.outcome, horizon, "unadjusted")
    retention = retention_chart.retention_info(data.retention_curve, arms, horizon)
    balance = balance_chart.balance_info(
        data.covariate_balance, data.weight_summary, data.covariate_labels
    )
    names = _covariate_names(data)
    tile_records = tiles_info(data.comparison, exit_tiles(horizon))
    estimates = [tile.adjusted for tile in tile_records]
    others = [e for e in estimates if e != headline]
    leavers = find(data.comparison, "any_exit", horizon)
    views = [_retention_view(retention, leavers), _balance_view(balance)]
    return render(
        "overview.html.j2",
        font_base64,
        current="overview",
        has_charts=True,
        title=verdict.page_title(headline, arms),
        stamp=supply.stamp(data),
        kicker=verdict.kicker(arms, data.n_sites, headline),
        verdict=verdict.verdict_sentence(headline, arms),
        lead=verdict.lead(headline, before, others, arms, len(names)),
        caution=verdict.caution(headline, arms),
        names=(shortened(arms.a_title, 40), shortened(arms.b_title, 40)),
        tiles=[tile_view(tile) for tile in tile_records],
        tile_width=WIDTH,
        whisker_text=tiles.whisker_text(arms),
        retention=views[0],
        balance=views[1],
        meaning=certainty.meaning(data.comparison, headline, data.horizon_days, data.min_group),
        score=certainty.certainty_score(headline, balance),
        certainty=_certainty(data, headline, before, balance, arms),
        flow=supply.flow_steps(data.trial_flow),
        no_flow=supply.no_flow(data.trial_flow),
        left_out=supply.left_out(data, estimates),
        strip=supply.strip(data),
        sources=supply.source_rows(data.freshness),
        notes=notes(arms, names, data.min_group),
        figures=inline_json({view.key: view.figure for view in views if view.is_drawn}),
    )


def _certainty(
    data: SiteData,
    headline: Estimate,
    before: Estimate,
    balance: balance_chart.BalanceInfo,
    arms: Arms,
) -> list[Statement]:
    """Return what speaks for the result and against it, the grade of its data included."""
    told = certainty.certainty(
        headline, before, balance, data.weight_summary, arms, data.anytime_interval
    )
    caution = quality.caution_statement(data, headline.outcome)
    return [*told, caution] if caution else told


def _covariate_names(data: SiteData) -> list[str]:
    """Return what was adjusted for, each characteristic once, in the table's order."""
    frame = data.covariate_balance
    if "covariate" not in frame.columns:
        return []
    found = dict.fromkeys(frame["covariate"].drop_nulls().to_list())
    return [data.covariate_labels.get(name, name.replace("_", " ")) for name in found]


def _retention_view(info: retention_chart.RetentionInfo, leavers: Estimate) -> ChartView:
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
        number=1,
        title=charts.retention_title(info, leavers),
        subtitle=charts.retention_subtitle(info),
        note=charts.retention_note(info) if info.is_drawable else "",
        description=charts.retention_description(info),
        is_drawn=info.is_drawable,
        print_width=400,
        min_height=retention_chart.WIDE_HEIGHT,
        table_caption="Still employed, per 100 people, adjusted (likely range)",
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
    )


def _balance_view(info: balance_chart.BalanceInfo) -> ChartView:
    wide, narrow = (balance_chart.balance_figure(info, narrow=n) for n in (False, True))
    return ChartView(
        key="balance",
        number=2,
        title=charts.balance_title(info),
        subtitle=charts.balance_subtitle(),
        note=charts.balance_note(info) if info.rows else "",
        description=charts.balance_description(info),
        is_drawn=bool(info.rows),
        print_width=310,
        min_height=info.height,
        table_caption="Difference between the groups in standard units",
        table_head=("Characteristic", "Before adjusting", "After adjusting"),
        cells=tuple((r.label, f"{r.before:.2f}", f"{r.after:.2f}") for r in info.rows),
        csv=csv_link(
            ("characteristic", "smd_before", "smd_after"),
            [(r.label, r.before, r.after) for r in info.rows],
        ),
        figure=for_page(wide, narrow, round(info.height * 0.72)) if info.rows else {},
    )
