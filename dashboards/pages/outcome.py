"""The pages on one topic each: wellbeing, absence, customers and quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from dashboards.data import SiteData
from dashboards.definitions import term
from dashboards.estimates import Estimate, find
from dashboards.figures import balance as balance_chart
from dashboards.figures.tiles import WIDTH, Asked, mean_tiles, tiles_info
from dashboards.formats import shortened
from dashboards.labels import Arms
from dashboards.pages.chart_views import contrast_view
from dashboards.pages.head import head
from dashboards.pages.layout import inline_json, render
from dashboards.pages.quality import response_rows
from dashboards.pages.verdict_views import lead_of
from dashboards.pages.views import ChartView, tile_view
from dashboards.sentences import certainty, next_steps, outcome, quality, tiles, verdict
from dashboards.sentences.contrasts import Contrast, by_design, by_scale
from dashboards.sentences.credibility import doubts_of
from dashboards.sentences.outcome import TOPICS, Topic
from dashboards.sentences.part_contrasts import by_part, divisions
from dashboards.sentences.phrases import Statement
from dashboards.sentences.rounding import note_of_answers

DIVISIONS = ("tenure_band", "period", "site", "role", "employment_type")
"""Parts of the workforce that a page draws, in this order."""


def wellbeing_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``wellbeing.html``."""
    return _topic_page(data, TOPICS["wellbeing"], font_base64)


def absence_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``absence.html``."""
    return _topic_page(data, TOPICS["absence"], font_base64)


def customers_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``customers.html``."""
    return _topic_page(data, TOPICS["customers"], font_base64)


def _topic_page(data: SiteData, topic: Topic, font_base64: str | None) -> str:
    arms = Arms(data.arm_a, data.arm_b)
    found = outcome.estimates(data, topic)
    subject = Subject(data, arms, outcome.headline(found), found)
    scales = [by_scale(data, "scales", topic.together, found, arms)] if len(found) > 1 else []
    told = [*scales, *(by_design(data, e, arms) for e in found), *part_contrasts(subject)]
    views = drawn(told)
    is_bare = outcome.has_no_source(data, topic, found)
    tiles = tile_values(subject, mean_tiles(topic.outcomes))
    if is_bare:
        tiles["tiles"] = [replace(each, why="") for each in tiles["tiles"]]
    main = views[0] if scales and scales[0].info.is_drawable else None
    return render(
        "outcome.html.j2",
        font_base64,
        current=topic.key,
        has_charts=True,
        **head_values(subject, topic.title),
        **tiles,
        **sure_values(subject),
        meaning=certainty.meaning(data, subject.headline, found[:1] if is_bare else found),
        main=main,
        charts=views[1:] if main else views,
        left_out=[] if is_bare else outcome.left_out(found),
        is_bare=is_bare,
        response=_response(data, topic, arms),
        counted=counted_rows(topic.outcomes),
        figures=inline_json({view.key: view.figure for view in views if view.is_drawn}),
    )


@dataclass(frozen=True)
class Subject:
    """What a page is about: the publication, and the estimate it leads with among its own."""

    data: SiteData
    arms: Arms
    headline: Estimate
    found: Sequence[Estimate]

    @property
    def before(self) -> Estimate:
        """The headline before adjusting."""
        e = self.headline
        return find(self.data.comparison, e.outcome, e.horizon_days, "unadjusted", e.estimand)

    @property
    def outcomes(self) -> list[str]:
        """The outcomes of the page."""
        return [e.outcome for e in self.found]

    @property
    def balance(self) -> balance_chart.BalanceInfo:
        """How alike the groups are."""
        data = self.data
        return balance_chart.balance_info(
            data.covariate_balance, data.weight_summary, data.covariate_labels
        )


def part_contrasts(subject: Subject) -> list[Contrast]:
    """Return the parts of the workforce, division by division."""
    e, arms = subject.headline, subject.arms
    found = divisions(subject.data, e, DIVISIONS)
    return [by_part(subject.data, e, segment, arms) for segment in found]


def drawn(told: Sequence[Contrast], first: int = 1) -> list[ChartView]:
    """Return the charts that have something to draw, numbered in their order."""
    wanted = [each for each in told if each.info.is_drawable]
    return [contrast_view(each, first + i) for i, each in enumerate(wanted)]


def head_values(subject: Subject, title: str) -> dict[str, Any]:
    """Return the texts at the top of the page."""
    data, arms, e = subject.data, subject.arms, subject.headline
    finding = verdict.verdict_sentence(e, arms)
    others = [each for each in subject.found if each.outcome != e.outcome]
    return {
        "title": f"{finding} – {title} – Coaching outcomes",
        **head(data),
        "kicker": f"{title} · {verdict.kicker(arms, data.n_sites, e)}",
        "finding": finding,
        "lead": lead_of(data, e, subject.before, others, subject.balance.n_characteristics),
        "caution": verdict.caution(e, arms, data.assignment, doubts_of(data, e)),
        "names": (shortened(arms.a_title, 40), shortened(arms.b_title, 40)),
    }


def tile_values(subject: Subject, asked: Sequence[Asked]) -> dict[str, Any]:
    """Return the tiles and what they need."""
    return {
        "tiles": [tile_view(tile) for tile in tiles_info(subject.data.comparison, asked)],
        "tile_width": WIDTH,
        "whisker_text": tiles.whisker_text(subject.arms),
    }


def sure_values(subject: Subject) -> dict[str, Any]:
    """Return how sure one can be, what would change the answer, and when to look again."""
    data, e = subject.data, subject.headline
    return {
        "score": certainty.certainty_score(e, subject.balance, subject.data),
        "certainty": outcome.sureness(
            data, e, subject.before, subject.balance, subject.arms, subject.outcomes
        ),
        "checks": outcome.checks(data, e),
        "next_look": next_steps.next_look(data, e),
    }


def _response(data: SiteData, topic: Topic, arms: Arms) -> dict[str, Any] | None:
    """Return who answered, where the topic rests on a survey that somebody has answered."""
    if topic.source != "fatigue_surveys" or data.response_rate.is_empty():
        return None
    names = (shortened(arms.a_title, 40), shortened(arms.b_title, 40))
    return {
        "finding": quality.response_finding(data),
        "head": ("Quarter", *names),
        "rows": response_rows(data),
        "rounded": note_of_answers(data),
    }


def counted_rows(outcomes: Sequence[str]) -> list[tuple[Markup, str, str]]:
    """Return each outcome linked to its definition, what it counts, and caveats not told yet."""
    rows, told = [], set()
    for name, label, text, caveats in outcome.counted_as(outcomes):
        rows.append((term(label, name), text, "" if caveats in told else caveats))
        told.add(caveats)
    return rows


def statements(*told: Statement | None) -> list[Statement]:
    """Return the statements that there are."""
    return [each for each in told if each]
