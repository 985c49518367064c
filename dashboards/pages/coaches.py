"""The page on coaches: how they divide, and how much hangs on any one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dashboards.data import SiteData
from dashboards.definitions import term
from dashboards.figures.bands import Bar, bands_figure, bands_height, bands_print_height
from dashboards.figures.common import for_page
from dashboards.formats import joined
from dashboards.labels import Arms
from dashboards.pages.head import render_topic
from dashboards.pages.layout import csv_link
from dashboards.pages.views import PRINT_HALF, PRINT_MAIN, ChartView, TableView
from dashboards.sentences import coaches, verdict
from pipelines.contracts.tables import load_metrics


def coaches_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``coaches.html``."""
    arms = Arms(data.arm_a, data.arm_b)
    horizon = data.horizon
    outcome = verdict.headline(data.comparison, horizon).outcome
    finding = coaches.finding(data)
    views = [_mix_view(data, arms), _size_view(data)]
    return render_topic(
        data,
        font_base64,
        "coaches",
        template="coaches.html.j2",
        finding=finding,
        lead=coaches.lead(data),
        views=views,
        sure=coaches.certainty(data, outcome, horizon),
        tables=[_preference_table(data, horizon)],
        next_steps=coaches.next_steps(data, data.min_coaches),
    )


def _preference_table(data: SiteData, horizon: int) -> TableView:
    wanted = [(metric.outcome, metric.last_day or horizon) for metric in load_metrics()]
    there = set(data.comparison["outcome"]) if data.comparison.height else set()
    outcomes = [(name, days) for name, days in wanted if name in there]
    return TableView(
        "leaning",
        term("By the coach’s leaning", "coach_preference"),
        "The coach’s habit with other people stands in for the kind of coaching: another way to "
        "ask the same question, with wider ranges",
        "Outcomes by the coach’s leaning, beside the adjusted difference",
        ("Outcome", "Verdict", "By the coach’s leaning", "Adjusted", term("F", "first_stage")),
        tuple(coaches.preference_rows(data, outcomes)),
        words=2,
        outcomes=tuple(name for name, _ in outcomes),
        empty=coaches.why_no_preference(data, outcomes),
    )


def _mix_view(data: SiteData, arms: Arms) -> ChartView:
    name = f"Sessions {arms.sessions_a}, in 100 of the two kinds"
    return _bands_view(
        data,
        1,
        "coach_mix",
        "Mixed and pure coaches",
        name,
        coaches.mix_bars(data),
        lambda bar: f"{bar.text} with {bar.label} of 100 sessions {arms.sessions_a}",
    )


def _size_view(data: SiteData) -> ChartView:
    return _bands_view(
        data,
        2,
        "people_per_coach",
        "People per coach",
        "People followed whose first session of the two kinds was with the coach",
        coaches.size_bars(data),
        lambda bar: f"{bar.text} with {bar.label} people each",
    )


def _title(most: str, n_bands: int) -> str:
    return f"Most common: {most}" if n_bands > 1 else f"All coaches stand in one band: {most}"


def _bands_view(
    data: SiteData,
    number: int,
    topic: str,
    name: str,
    subtitle: str,
    bars: Sequence[Bar],
    title: Callable[[Bar], str],
) -> ChartView:
    """Return bands of coaches as a chart with its table."""
    rows = coaches.shown_bands(data, topic)
    wide, narrow = (bands_figure(bars, narrow=n) for n in (False, True))
    band = coaches.most_common(data, topic, rows)
    most = next((bar for bar, row in zip(bars, rows, strict=True) if row is band), None)
    told = joined([f"{bar.label}: {bar.text}" for bar in bars])
    return ChartView(
        key=topic.replace("_", "-"),
        number=number,
        title=_title(title(most), len(bars)) if most else name,
        subtitle=term(subtitle, topic),
        note="Small bands stand together with a neighbour.",
        description=f"{subtitle}. {told}." if bars else coaches.why_no_bands(data, topic),
        is_drawn=bool(bars),
        print_width=PRINT_MAIN if number == 1 else PRINT_HALF,
        min_height=bands_height(bars),
        table_caption=subtitle,
        table_head=("Band", "Coaches", term("People", topic)),
        cells=coaches.band_cells(rows),
        csv=csv_link(
            ("topic", "band", "n_coaches", "n_people", "share_of_coaches"),
            [(topic, r["measure"], r["n_coaches"], r["n_people"], r["value"]) for r in rows],
        ),
        source="Coaching sessions",
        figure=for_page(wide, narrow, bands_print_height(bars)) if bars else {},
    )
