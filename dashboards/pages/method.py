"""The page on the comparison itself: designs side by side, what it would take, the method."""

from __future__ import annotations

from dashboards.data import SiteData
from dashboards.labels import OBSERVED, OUTCOMES, Arms
from dashboards.method_text import method_text
from dashboards.pages.head import render_topic
from dashboards.sentences import credibility, method, verdict
from dashboards.sentences.phrases import together


def method_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``method.html``."""
    horizon = data.horizon
    headline = verdict.headline(data.comparison, horizon)
    outcome = headline.outcome
    arms = Arms(data.arm_a, data.arm_b)
    text = method_text()
    finding = method.finding(data, outcome, horizon)
    return render_topic(
        data,
        font_base64,
        "method",
        template="method.html.j2",
        finding=finding,
        is_drawn=data.assignment != OBSERVED,
        is_doubted=credibility.is_lottery_doubted(data),
        decided="when each went over" if data.assignment == "stepped" else "who was coached how",
        outcome=outcome,
        caption=f"{OUTCOMES[outcome].title} within {horizon} days, per 100 people: "
        f"{arms.a} minus {arms.b}",
        designs=method.design_rows(data, outcome, horizon),
        elsewhere=method.elsewhere(data, outcome, horizon),
        reasons=method.reasons(data, outcome, horizon),
        checks=together(method.prefaced(data, headline)),
        grades=credibility.grade_rows(data),
        believed=credibility.check_statements(data, outcome),
        believed_title=OUTCOMES[outcome].title,
        method=text,
    )
