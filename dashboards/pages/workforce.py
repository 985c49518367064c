"""The page on parts of the workforce, and on what the difference is worth."""

from __future__ import annotations

from dashboards.data import SiteData
from dashboards.labels import Arms
from dashboards.pages.shell import inline_json, render
from dashboards.sentences import supply, workforce

OUTCOME = "voluntary_exit"


def workforce_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``parts.html``."""
    horizon = max(data.horizon_days, default=365)
    arms = Arms(data.arm_a, data.arm_b)
    finding = workforce.finding(data, OUTCOME, horizon)
    return render(
        "parts.html.j2",
        font_base64,
        current="parts",
        has_charts=False,
        title=f"Parts and worth: {finding}",
        stamp=supply.stamp(data),
        kicker=f"Parts and worth · {arms.a_title} and {arms.b_title}",
        finding=finding,
        lead=workforce.lead(horizon),
        caption=f"Leavers by choice per 100 people, {arms.a} minus {arms.b}",
        segments=workforce.segment_views(data, OUTCOME, horizon),
        worth=workforce.worth(data, horizon),
        figures=inline_json({}),
    )
