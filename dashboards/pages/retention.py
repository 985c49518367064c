"""The retention page: who is still employed, who left in which way, and by when."""

from __future__ import annotations

from dashboards.data import SiteData
from dashboards.estimates import find
from dashboards.figures.incidence import incidence_info
from dashboards.figures.retention import retention_info
from dashboards.figures.tiles import exit_tiles
from dashboards.labels import Arms
from dashboards.outcome_display import EXITS
from dashboards.pages.chart_views import incidence_view, retention_view
from dashboards.pages.layout import inline_json, render
from dashboards.pages.outcome import (
    Subject,
    counted_rows,
    drawn,
    head_values,
    part_contrasts,
    statements,
    sure_values,
    tile_values,
)
from dashboards.pages.views import ChartView
from dashboards.sentences import certainty, outcome, verdict
from dashboards.sentences.contrasts import Contrast, by_check, by_design, by_horizon

_BY_KIND = ("voluntary_exit", "involuntary_exit")


def retention_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``retention.html``."""
    arms = Arms(data.arm_a, data.arm_b)
    horizon = data.horizon
    found = [find(data.comparison, each, horizon) for each in EXITS]
    subject = Subject(data, arms, verdict.headline(data.comparison, horizon), found)
    leavers = find(data.comparison, "any_exit", horizon)
    info = retention_info(data.retention_curve, arms, horizon, data.assignment)
    curves = retention_view(info, leavers)
    kinds = _by_kind(subject, horizon)
    further = drawn(_contrasts(subject), 2 + len(kinds))
    views = [*([curves] if curves.is_drawn else []), *kinds, *further]
    days = find(data.comparison, "any_exit", horizon, estimand="rmst_difference_days")
    return render(
        "outcome.html.j2",
        font_base64,
        current="retention",
        has_charts=True,
        **head_values(subject, "Retention"),
        **tile_values(subject, exit_tiles(horizon)),
        **sure_values(subject),
        meaning=certainty.meaning(data, subject.headline, [*found[:2], days]),
        beside=statements(outcome.sustained(data, subject.headline), outcome.worth(data, horizon)),
        main=curves if curves.is_drawn else None,
        charts=[*kinds, *further],
        horizons=outcome.every_horizon(data, EXITS),
        horizon_outcomes=EXITS,
        left_out=outcome.left_out([*found, days]),
        is_bare=False,
        response=None,
        counted=counted_rows(EXITS),
        figures=inline_json({view.key: view.figure for view in views if view.is_drawn}),
    )


def _by_kind(subject: Subject, horizon: int) -> list[ChartView]:
    """Return who had left by choice and who had been dismissed, on one axis."""
    data, arms = subject.data, subject.arms
    found = [find(data.comparison, kind, horizon) for kind in _BY_KIND]
    curve, drawn_by = data.retention_curve, data.assignment
    infos = [incidence_info(curve, arms, e, None, drawn_by) for e in found]
    top = max(info.top for info in infos)
    infos = [incidence_info(curve, arms, e, top, drawn_by) for e in found]
    shown = [info for info in infos if info.is_drawable]
    return [incidence_view(info, 2 + i) for i, info in enumerate(shown)]


def _contrasts(subject: Subject) -> list[Contrast]:
    data, arms, e = subject.data, subject.arms, subject.headline
    return [
        by_horizon(data, EXITS, arms),
        by_design(data, e, arms),
        by_check(data, e, arms),
        *part_contrasts(subject),
    ]
