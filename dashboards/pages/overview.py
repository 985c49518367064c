"""The overview page: one page a day for an operations leader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dashboards.data import SiteData
from dashboards.estimates import Estimate, find
from dashboards.figures import balance as balance_chart
from dashboards.figures import retention as retention_chart
from dashboards.figures.tiles import summary_tiles, tiles_info
from dashboards.formats import capitalised, joined, shortened
from dashboards.labels import Arms
from dashboards.outcome_display import EXITS
from dashboards.pages.chart_views import balance_view, retention_view
from dashboards.pages.head import head
from dashboards.pages.layout import inline_json, render
from dashboards.pages.outcome import drawn
from dashboards.pages.verdict_views import covariate_names, verdict_values
from dashboards.pages.views import ChartView
from dashboards.sentences import (
    certainty,
    changes,
    credibility,
    data_status,
    next_steps,
    outcome,
    outcome_grades,
    verdict,
)
from dashboards.sentences.contrasts import Contrast, by_design, by_scale
from dashboards.sentences.notes import adjusted, allowed_for, not_adjusted
from dashboards.sentences.outcome import TOPICS
from dashboards.sentences.part_contrasts import by_part, divisions, verdict_title
from dashboards.sentences.phrases import Statement
from dashboards.sentences.rounding import people_of

_NAMES = {"fatigue": "fatigue", "unplanned-absence": "absence"}
"""What stands over the charts between retention and balance."""


def overview_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``outcomes.html``."""
    arms = Arms(data.arm_a, data.arm_b)
    horizon = data.horizon
    headline = verdict.headline(data.comparison, horizon)
    before = find(data.comparison, headline.outcome, horizon, "unadjusted")
    balance = balance_chart.balance_info(
        data.covariate_balance, data.weight_summary, data.covariate_labels
    )
    names = covariate_names(data)
    estimates = [tile.adjusted for tile in tiles_info(data.comparison, summary_tiles(horizon))]
    kinds = [find(data.comparison, each, horizon) for each in EXITS]
    views = _charts(data, arms, kinds[-1], balance)
    return render(
        "overview.html.j2",
        font_base64,
        current="overview",
        has_charts=True,
        title=verdict.page_title(headline, arms),
        **head(data),
        **verdict_values(data, arms),
        retention=views[0],
        further=views[1:-1],
        further_head=capitalised(joined([_NAMES[view.key] for view in views[1:-1]])),
        balance=views[-1],
        meaning=_meaning(data, headline, kinds, estimates[1:]),
        score=_score(headline, balance, data),
        certainty=_certainty(data, headline, before, balance, arms, views[-1].number),
        flow=data_status.flow_steps(data.trial_flow),
        no_flow=data_status.no_flow(data.trial_flow),
        left_out=data_status.left_out(data, estimates),
        changed=changes.finding(data),
        change_list=changes.summary(data),
        change_link=changes.link(data),
        strip=data_status.strip(data),
        takeaways=data.takeaways,
        takeaway_name=data_status.takeaway_name,
        both=arms.both,
        adjusted=adjusted(
            names, arms, data.assignment, is_doubted=credibility.is_lottery_doubted(data)
        ),
        not_adjusted=not_adjusted(balance, data.assignment),
        allowed_for=allowed_for(data.assignment),
        named_first=shortened(arms.a, 40),
        min_group=data.min_group,
        figures=inline_json({view.key: view.figure for view in views if view.is_drawn}),
    )


def _charts(
    data: SiteData, arms: Arms, leavers: Estimate, balance: balance_chart.BalanceInfo
) -> list[ChartView]:
    """Return retention, then fatigue and absence where there are any, then balance."""
    info = retention_chart.retention_info(
        data.retention_curve, arms, leavers.horizon_days, data.assignment
    )
    fatigue = by_scale(
        data, "fatigue", "Fatigue", outcome.estimates(data, TOPICS["wellbeing"]), arms
    )
    absence = _absence(data, arms)
    between = drawn([fatigue, absence], first=2)
    return [
        retention_view(info, leavers),
        *between,
        balance_view(balance, 2 + len(between)),
    ]


def _absence(data: SiteData, arms: Arms) -> Contrast:
    """Return absence by quarter of the first session; by design where no quarter has a figure."""
    e = outcome.estimates(data, TOPICS["absence"])[0]
    if not divisions(data, e, ("period",)):
        return replace(by_design(data, e, arms), key="unplanned-absence")
    told = by_part(data, e, "period", arms, is_brief=True)
    return replace(told, key="unplanned-absence", title=verdict_title(e))


def _meaning(
    data: SiteData, headline: Estimate, kinds: Sequence[Estimate], further: Sequence[Estimate]
) -> list[Statement]:
    unshown = [e for e in kinds[:2] if not e.is_shown]
    told = certainty.meaning(data, headline, unshown, is_brief=True)
    harm = certainty.no_harm(further)
    look = next_steps.next_look(data, headline)[:1]
    return [*told, *([harm] if harm else []), *look]


def _score(
    headline: Estimate, balance: balance_chart.BalanceInfo, data: SiteData
) -> tuple[str, str, bool]:
    """Return the one-line answer to "how sure are we?"; what failed stands at the top already."""
    head, text, is_clear = certainty.certainty_score(headline, balance, data)
    return (
        head,
        "The check that failed stands at the top." if headline.is_capped else text,
        is_clear,
    )


def _certainty(
    data: SiteData,
    headline: Estimate,
    before: Estimate,
    balance: balance_chart.BalanceInfo,
    arms: Arms,
    figure: int,
) -> list[Statement]:
    """Return what speaks for the result and against it, the grade of its data included."""
    told = certainty.certainty(
        headline,
        before,
        balance,
        data.weight_summary,
        arms,
        data.anytime_interval,
        f"figure {figure}",
        outcome.unrecorded(data, headline),
        is_drawn=credibility.is_lottery_held(data),
        is_rounded=bool(people_of(headline.outcome, data)),
    )
    further = (
        outcome.other_designs(data, headline),
        outcome_grades.caution_statement(data, headline.outcome),
    )
    told += [statement for statement in further if statement]
    asked = (headline.outcome,)
    said = headline.outcome if headline.is_shown else ""
    told = credibility.marked(told, data, headline.outcome)
    return [*credibility.what_lowers(data, asked, said), *told]
