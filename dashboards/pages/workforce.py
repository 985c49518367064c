"""The page on parts of the workforce, and on what the difference is worth."""

from __future__ import annotations

from dashboards.data import SiteData
from dashboards.figures.tiles import mean_tiles, tiles_info
from dashboards.formats import shortened
from dashboards.labels import Arms, within
from dashboards.pages.head import render_topic
from dashboards.pages.views import TileView, tile_view
from dashboards.sentences import workforce
from pipelines.contracts.tables import load_metrics

OUTCOME = "voluntary_exit"


def workforce_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``parts.html``."""
    horizon = data.horizon
    arms = Arms(data.arm_a, data.arm_b)
    finding = workforce.finding(data, OUTCOME, horizon)
    return render_topic(
        data,
        font_base64,
        "parts",
        template="parts.html.j2",
        finding=finding,
        span=within(horizon),
        outcome=OUTCOME,
        caption=f"Leavers by choice per 100 people, {arms.a} minus {arms.b}",
        difference=f"{arms.a_title} minus {arms.b_title}",
        names=(shortened(arms.a_title, 40), shortened(arms.b_title, 40)),
        measured=_measured(data),
        segments=workforce.segment_views(data, OUTCOME, horizon),
        worth=workforce.worth(data, horizon),
    )


def _measured(data: SiteData) -> list[TileView]:
    """Return every outcome that parts are compared by, as it is for everybody."""
    leaving = [(OUTCOME, "risk_difference", horizon) for horizon in data.horizon_days]
    means = [each.outcome for each in load_metrics() if each.is_computed and each.last_day]
    return [tile_view(tile) for tile in tiles_info(data.comparison, (*leaving, *mean_tiles(means)))]
