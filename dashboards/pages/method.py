"""The page on the comparison itself: designs side by side, what it would take, the method."""

from __future__ import annotations

from dashboards.data import SiteData
from dashboards.labels import OUTCOMES, Arms
from dashboards.method_text import method_text
from dashboards.pages.head import head
from dashboards.pages.layout import inline_json, render
from dashboards.sentences import method, verdict


def method_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``method.html``."""
    horizon = data.horizon
    outcome = verdict.headline(data.comparison, horizon).outcome
    arms = Arms(data.arm_a, data.arm_b)
    text = method_text()
    finding = method.finding(data, outcome, horizon)
    return render(
        "method.html.j2",
        font_base64,
        current="method",
        has_charts=False,
        title=f"Fair comparison: {finding}",
        **head(data),
        kicker=f"Fair comparison · {arms.a_title} and {arms.b_title}",
        finding=finding,
        n_designs=len(method.DESIGNS),
        outcome=outcome,
        caption=f"{OUTCOMES[outcome].title} within {horizon} days, per 100 people: "
        f"{arms.a} minus {arms.b}",
        designs=method.design_rows(data, outcome, horizon),
        reasons=method.reasons(data, outcome, horizon),
        checks=method.checks(data, outcome),
        method=text,
        figures=inline_json({}),
    )
