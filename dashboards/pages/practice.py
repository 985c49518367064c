"""The page on coaching practice: what is done in sessions of the two kinds."""

from __future__ import annotations

from dashboards.data import SiteData
from dashboards.definitions import term
from dashboards.figures.common import for_page
from dashboards.figures.pairs import pairs_figure, pairs_height, pairs_print_height
from dashboards.formats import capitalised, joined, per_100
from dashboards.labels import Arms
from dashboards.pages.head import render_topic
from dashboards.pages.layout import csv_link
from dashboards.pages.views import PRINT_HALF, PRINT_MAIN, ChartView, TableView
from dashboards.practice_pairs import Pair, missing_words, most_apart, pairs_of, summary_of
from dashboards.sentences import practice
from pipelines.core.limits import SHARES_ALIKE
from pipelines.core.status import NO_DATA, words

_CHARTS = {
    "behaviour": ("behaviour_share", "Behaviours seen", "of 100 sessions in which it was coded"),
    "trigger": ("trigger", "What brings sessions about", "of 100 sessions where it is known"),
    "modality": ("modality", "How coach and agent meet", "of 100 sessions where it is known"),
}
"""By topic: its definition, the name of the chart, and what its numbers are out of."""


def practice_page(data: SiteData, font_base64: str | None) -> str:
    """Return ``practice.html``."""
    arms = Arms(data.arm_a, data.arm_b)
    finding = practice.finding(data)
    is_one = practice.is_of_one_kind(data)
    topics = [] if is_one else list(_CHARTS)
    views = [_chart(data, topic, arms, i) for i, topic in enumerate(topics, start=1)]
    of_one = [_table_of_one(data, topic, arms) for topic in _CHARTS] if is_one else []
    return render_topic(
        data,
        font_base64,
        "practice",
        template="practice.html.j2",
        finding=finding,
        lead=practice.lead(data, arms),
        views=views,
        sure=practice.certainty(data),
        tables=[*of_one, *_tables(data, arms)],
        next_steps=practice.next_steps(data),
    )


def _table_of_one(data: SiteData, topic: str, arms: Arms) -> TableView:
    """Return a topic of the one kind of coaching that occurs."""
    definition, name, out_of = _CHARTS[topic]
    pairs, (kind, title) = pairs_of(data, topic), practice.the_one_kind(data, arms)
    return TableView(
        topic,
        term(name, definition),
        f"{capitalised(kind)}, {out_of}",
        f"{name}, {out_of}",
        ("What", title, "Sessions behind them"),
        practice.cells_of_one(pairs),
        empty=f"Nothing to show: {' or '.join(missing_words(pairs)) or words(NO_DATA)}.",
    )


def _tables(data: SiteData, arms: Arms) -> list[TableView]:
    return [
        TableView(
            "key-figures",
            "Length, number and follow-ups",
            "Means and shares of the sessions of each kind",
            "Length, number and follow-ups of sessions",
            ("Measure", arms.a_title, arms.b_title, "Sessions behind them"),
            tuple(practice.key_figures(data)),
            empty=practice.why_no_key_figures(data),
        ),
        TableView(
            "raters",
            term("How far raters agree", "rater_agreement"),
            "Krippendorff’s alpha of sessions that two raters coded: 1 is full agreement, 0 what "
            "chance gives",
            "Agreement of raters by behaviour",
            ("Behaviour", "Alpha", "Likely range", "Sessions"),
            tuple(practice.rater_rows(data)),
            empty="Nothing to show: no session was coded by two raters.",
        ),
    ]


def _chart(data: SiteData, topic: str, arms: Arms, number: int) -> ChartView:
    definition, name, out_of = _CHARTS[topic]
    pairs = pairs_of(data, topic)
    drawn = practice.by_gap(pairs)
    wide, narrow = (pairs_figure(drawn, arms, narrow=n) for n in (False, True))
    height = pairs_height(drawn)
    on_paper = pairs_print_height(drawn, narrow=number != 1)
    return ChartView(
        key=topic,
        number=number,
        title=_title(data, topic, arms),
        subtitle=term(f"{name}, {out_of}", definition),
        note=_note(pairs, drawn),
        description=_description(name, out_of, pairs, drawn, arms),
        is_drawn=bool(drawn),
        print_width=PRINT_MAIN if number == 1 else PRINT_HALF,
        min_height=height,
        table_caption=f"{name}, {out_of}",
        table_head=("What", arms.a_title, arms.b_title, "Sessions behind them"),
        cells=practice.share_cells(pairs),
        csv=csv_link(
            ("topic", "measure", "share_a", "share_b", "n_sessions_a", "n_sessions_b"),
            [(topic, p.measure, p.a.value, p.b.value, p.a.n_sessions, p.b.n_sessions)
             for p in pairs],
        ),
        source="Coaching sessions",
        figure=for_page(wide, narrow, on_paper) if drawn else {},
    )  # fmt: skip


def _title(data: SiteData, topic: str, arms: Arms) -> str:
    """Return the pair furthest apart as a sentence, or that none is far apart."""
    name = _CHARTS[topic][1]
    most, found = most_apart(data, topic), summary_of(data, topic)
    if most is None or found is None:
        return name
    if found["conclusion"] == "alike":
        limit = per_100(SHARES_ALIKE, 0)
        return f"{name}: the two kinds are less than {limit} in 100 apart in all that is drawn"
    a, b = (per_100(side.value or 0.0, 0) for side in (most.a, most.b))
    return f"“{most.label}” in {a} of 100 sessions {arms.sessions_a}, in {b} {arms.sessions_b}"


def _note(pairs: list[Pair], drawn: list[Pair]) -> str:
    left_out = [pair.label.lower() for pair in pairs if pair not in drawn and pair.is_same]
    unlike = [pair.label.lower() for pair in pairs if not pair.is_same]
    word = " or ".join(missing_words(pairs))
    told = [f"Not drawn ({word} in one of the kinds): {joined(left_out)}."] if left_out else []
    told += [f"Not the same in both kinds: {joined(unlike)}."] if unlike else []
    return " ".join(told) or "Sorted by how far the two kinds are apart."


def _description(name: str, out_of: str, pairs: list[Pair], drawn: list[Pair], arms: Arms) -> str:
    if not drawn:
        return practice.why_not_paired(pairs)
    told = [
        f"{pair.label.lower()} {practice.share(pair.a)} and {practice.share(pair.b)}"
        for pair in drawn
    ]
    return capitalised(
        f"{name}, {out_of}, {arms.a_title} first and {arms.b_title} second: {joined(told)}."
    )
