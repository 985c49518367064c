"""The claims page: what practitioners say, each claim beside today's evidence."""

from __future__ import annotations

from dashboards.data import SiteData
from dashboards.formats import plural
from dashboards.pages.head import head
from dashboards.pages.layout import inline_json, render
from dashboards.sentences import claims
from pipelines.contracts.tables import load_metrics


def claims_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``claims.html``."""
    views = claims.claim_views(data)
    return render(
        "claims.html.j2",
        font_base64,
        current="claims",
        has_charts=False,
        title=claims.page_title(data),
        **head(data),
        kicker=f"Claims · {plural(len(views), 'claim', 'claims')} in the register",
        finding=claims.finding(data),
        lead=claims.lead(data),
        meanings=claims.meanings(),
        claims=views,
        outcomes=[metric.outcome for metric in load_metrics()],
        figures=inline_json({}),
    )
