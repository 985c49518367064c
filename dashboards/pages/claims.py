"""The claims page: what practitioners say, each claim beside today's evidence."""

from __future__ import annotations

from dashboards.data import SiteData
from dashboards.formats import plural
from dashboards.labels import OBSERVED, Arms
from dashboards.pages.head import render_topic
from dashboards.sentences import claims, credibility
from dashboards.sentences.rounding import note_of_claims


def claims_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``claims.html``."""
    views = claims.claim_views(data)
    return render_topic(
        data,
        font_base64,
        "claims",
        template="claims.html.j2",
        about=f"{plural(len(views), 'claim', 'claims')} in the register",
        finding=claims.finding(data),
        lead=claims.lead(data),
        meanings=claims.meanings(),
        which_kinds=claims.which_kinds(Arms(data.arm_a, data.arm_b)),
        claims=views,
        is_drawn=data.assignment != OBSERVED,
        is_doubted=credibility.is_lottery_doubted(data),
        rounded_claims=note_of_claims(data),
    )
