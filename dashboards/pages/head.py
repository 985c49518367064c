"""What every page gets besides its own texts: name, finding, dates at its head, and notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from dashboards.data import SiteData
from dashboards.labels import Arms
from dashboards.pages.layout import PAGES, inline_json, render
from dashboards.pages.views import ChartView
from dashboards.sentences import data_status
from dashboards.sentences.cut import cut_line
from dashboards.sentences.rounding import note_of_figures


def head(data: SiteData) -> dict[str, Any]:
    """Return the values that the frame of a page and its macros print."""

    def rounded(outcomes: Iterable[str], *, are_groups_told: bool = False) -> str:
        return note_of_figures(outcomes, data, are_groups_told=are_groups_told)

    return {
        "cut": cut_line(data),
        "head_stamp": data_status.head_stamp(data),
        "stamp": data_status.stamp(data),
        "rounded": rounded,
        "cautious_outcomes": data.cautious_outcomes,
    }


def render_topic(
    data: SiteData,
    font_base64: str | None,
    current: str,
    *,
    finding: str,
    template: str = "topic.html.j2",
    views: Sequence[ChartView] = (),
    title: str | None = None,
    about: str | None = None,
    **values: Any,
) -> str:
    """Return a page that leads with one finding, under the name that the navigation gives it.

    ``about`` stands beside the name above the finding; by default both kinds of coaching do.
    """
    name = next(name for key, _, name in PAGES if key == current)
    arms = Arms(data.arm_a, data.arm_b)
    numbered = _numbered(views)
    return render(
        template,
        font_base64,
        current=current,
        has_charts=bool(views),
        title=title or f"{name}: {finding}",
        **head(data),
        kicker=f"{name} · {about or f'{arms.a_title} and {arms.b_title}'}",
        finding=finding,
        views=numbered,
        figures=inline_json({view.key: view.figure for view in numbered if view.is_drawn}),
        **values,
    )


def _numbered(views: Sequence[ChartView]) -> list[ChartView]:
    """Return the views with the drawn ones numbered in their order, the others after them."""
    drawn = [view for view in views if view.is_drawn]
    return [
        replace(view, number=1 + (drawn.index(view) if view.is_drawn else len(drawn)))
        for view in views
    ]
