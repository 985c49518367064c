"""The lines, words and dates of the topic pages, against numbers counted here by hand."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace

import plotly.graph_objects as go
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.data import SiteData
from dashboards.estimates import Estimate, find, missing_word, rest_of_leavers
from dashboards.figures.balance import balance_info
from dashboards.figures.common import for_page
from dashboards.figures.incidence import incidence_figure, incidence_info
from dashboards.figures.whiskers import whiskers_figure
from dashboards.labels import Arms
from dashboards.outcome_display import display_of, mean_horizon, sources_of
from dashboards.pages.outcome import absence_page, customers_page, wellbeing_page
from dashboards.pages.retention import retention_page
from dashboards.pages.verdict_views import covariate_names
from dashboards.sentences import changes, next_steps, practice
from dashboards.sentences.certainty import why_two_figures
from dashboards.sentences.contrasts import by_check, by_design, by_horizon, by_scale
from dashboards.sentences.outcome import TOPICS, estimates
from dashboards.sentences.part_contrasts import by_part, divisions
from dashboards.sentences.phrases import counted, finding_clause, words_around_difference
from tests.figures.claim_worlds import checked
from tests.figures.frames import MEANS
from tests.figures.outcome_worlds import GAPS, with_parts
from tests.figures.worlds import (
    WORLDS,
    clear_difference,
    harm,
    hidden_counts,
    no_difference,
    not_reportable,
    odd_labels,
    too_little_data,
)

ARMS = Arms("compassionate", "compliance")
EXHAUSTION = ("emotional_exhaustion", 180, "weighted", "mean_difference")


def mean(outcome: str, value: float, low: float, high: float) -> Estimate:
    verdict = "no_clear_difference" if low <= 0 <= high else "better"
    return Estimate(
        outcome,
        "mean_difference",
        mean_horizon(outcome),
        verdict,
        estimate=value,
        conf_low=low,
        conf_high=high,
        n_people_a=100,
        n_people_b=100,
    )


@pytest.mark.parametrize(
    ("estimate", "clause"),
    [
        (
            mean("emotional_exhaustion", -6.1, -8, -4),
            "emotional exhaustion is about 6 points lower on a scale from 0 to 100",
        ),
        (mean("cynicism", 1.2, 1, 2), "cynicism is about 1 point higher on a scale from 0 to 100"),
        (
            mean("morale", 0.41, 0.2, 0.6),
            "morale is about 0.4 points higher on a scale from 0 to 10",
        ),
        (
            mean("customer_satisfaction", 0.004, 0.001, 0.01),
            "customer satisfaction is slightly (under 0.01 points) higher on a scale from 1 to 5",
        ),
        (
            mean("unplanned_absence", -0.0092, -0.011, -0.007),
            "about 9 fewer hours in every 1,000 scheduled are lost to unplanned absence",
        ),
        (
            mean("unplanned_absence", 0.021, 0.01, 0.03),
            "about 2 more hours in every 100 scheduled are lost to unplanned absence",
        ),
        (
            mean("unplanned_absence", -0.002, -0.003, -0.001),
            "about 2 fewer hours in every 1,000 scheduled are lost to unplanned absence",
        ),
    ],
)
def test_a_finding_is_told_in_its_own_unit(estimate: Estimate, clause: str) -> None:
    assert finding_clause(estimate) == clause


def test_what_a_difference_counts_stands_where_english_wants_it() -> None:
    assert counted(mean("cynicism", -4.6, -6, -3)) == "4.6 points lower"
    assert counted(mean("unplanned_absence", -0.0092, -0.02, -0.01)) == (
        "0.9 fewer hours per 100 scheduled"
    )
    assert words_around_difference(mean("cynicism", -4.6, -6, -3)) == ("cynicism was ", "")


def test_units_follow_the_contract() -> None:
    assert display_of("morale", "mean_difference").ends == (0, 10)
    assert display_of("morale", "mean_difference").is_more_better
    assert not display_of("any_exit", "risk_difference").is_more_better
    assert display_of("any_exit", "rmst_difference_days").is_more_better
    assert display_of("unplanned_absence", "mean_difference").factor == 100
    with pytest.raises(ValueError, match="horizons"):
        mean_horizon("any_exit")
    assert sources_of("unplanned_absence") == "Shifts, staff roster, coaching sessions"


def test_right_is_better_for_arm_a_on_every_scale_whichever_way_it_runs() -> None:
    for data, side in ((clear_difference(), 1), (harm(), -1)):
        found = estimates(data, TOPICS["wellbeing"])
        info = by_scale(data, "scales", "Wellbeing", found, ARMS).info
        for line, e in zip(info.lines, found, strict=True):
            _, _, gap, _, is_more_better = MEANS[e.outcome]
            assert line.value is not None
            assert line.low is not None
            assert line.high is not None
            assert line.low < line.value < line.high
            assert line.value * side > 0, e.outcome
            span = 10 if e.outcome == "morale" else 100
            size = abs((e.estimate or 0) * 100 / span)
            assert abs(line.value) == pytest.approx(size)
            assert (gap > 0) == is_more_better


@pytest.mark.parametrize("name", WORLDS)
def test_a_line_without_a_figure_says_which_kind_of_nothing_it_is(name: str) -> None:
    words = ("hidden for privacy", "no data", "not reportable", "too early")
    data = WORLDS[name]()
    for found in (find(data.comparison, "voluntary_exit", max(data.horizon_days)),):
        for line in by_design(data, found, Arms(data.arm_a, data.arm_b)).info.lines:
            if not line.has_range:
                assert line.text in words
                assert line.text == missing_word(line.status)
            elif not line.has_dot:
                assert line.text == "too little data"


def test_nothing_hidden_reaches_a_chart_of_differences() -> None:
    data = not_reportable()
    for make in (retention_page, wellbeing_page, absence_page, customers_page):
        page = make(data, None)
        figures = re.search(r'id="figures">(.*?)</script>', page)
        assert figures
        assert json.loads(figures[1]) == {}


def test_too_little_data_draws_a_range_and_its_dot() -> None:
    e = find(too_little_data().comparison, *EXHAUSTION)
    contrast = by_design(too_little_data(), e, ARMS)
    figure = go.Figure(whiskers_figure(contrast.info))
    ranges, dots = figure.data[:3], figure.data[4:]
    assert sum(len(trace.x) for trace in ranges) > 0
    assert sum(len(trace.x) for trace in dots) > 0


@pytest.mark.parametrize("narrow", [False, True])
def test_text_in_the_charts_is_large_enough_and_free_of_markup(narrow: bool) -> None:
    data = odd_labels()
    arms = Arms(data.arm_a, data.arm_b)
    e = find(data.comparison, "voluntary_exit", 365)
    figures = [
        whiskers_figure(by_design(data, e, arms).info, narrow),
        incidence_figure(incidence_info(data.retention_curve, arms, e), narrow),
    ]
    for figure in figures:
        assert not re.search(r"#[0-9A-Fa-f]{3}|rgb", json.dumps(for_page(figure, figure, 300)))
        for note in go.Figure(figure).layout.annotations:
            assert note.font.size >= 13
            assert "<" not in re.sub(r"</?[bi]>|<br>", "", note.text)


def test_hidden_steps_are_skipped_and_told() -> None:
    data = hidden_counts()
    e = find(data.comparison, "voluntary_exit", 365)
    info = incidence_info(data.retention_curve, ARMS, e)
    rows = data.retention_curve.filter(
        (pl.col("arm") == "compassionate") & (pl.col("design") == "weighted")
    )
    shown = rows.filter(pl.col("voluntary_exit").is_not_null())
    assert [day for day, _ in info.a.steps] == shown["day"].to_list()
    assert rows.height > shown.height
    assert info.missing == ["hidden for privacy"]
    names = ("day", "voluntary_exit_conf_low", "voluntary_exit_conf_high")
    known = shown.select(names).drop_nulls()
    assert info.a.limits == tuple(known.iter_rows())
    band, line = incidence_figure(info)["data"][:2]
    assert [x for x in band["x"] if x is not None] != []
    assert band["fill"] == "toself"
    assert max(y for y in band["y"] if y is not None) > max(line["y"])
    other = find(data.comparison, "involuntary_exit", 365)
    assert not incidence_info(data.retention_curve, ARMS, other).is_drawable


def test_parts_come_in_their_own_order_and_never_by_size() -> None:
    data = with_parts()
    e = find(data.comparison, *EXHAUSTION)
    assert divisions(data, e, ("site", "role", "tenure_band")) == ["site", "tenure_band"]
    lines = by_part(data, e, "tenure_band", ARMS).info.lines
    assert [line.label for line in lines] == ["Everybody", "Under 90 days", "1 to 3 years"]
    sites = by_part(data, e, "site", ARMS)
    assert [line.label for line in sites.info.lines[1:]] == ["North", "South", "West"]
    assert {line.verdict for line in sites.info.lines[1:3]} == {"no_clear_difference"}
    assert sites.info.lines[3].text == "hidden for privacy"
    drawn = GAPS["emotional_exhaustion"][1] * (0.7 * 0.9 + 0.3)
    assert sites.info.lines[1].value == pytest.approx(drawn)


def test_parts_without_data_stand_in_the_table_only() -> None:
    data = with_parts()
    told = by_part(data, find(data.comparison, *EXHAUSTION), "period", ARMS)
    assert [line.label for line in told.info.lines] == [
        "Everybody", "Q1 2025", "Q2 2025", "Q3 2025",
    ]  # fmt: skip
    assert [row[0] for row in told.cells] == ["Q1 2025", "Q2 2025", "Q3 2025", "Q3 2026"]
    assert "3 of 4 parts drawn" in told.note


def test_a_check_is_clear_only_if_its_own_range_excludes_zero() -> None:
    data = checked()
    told = by_check(data, find(data.comparison, "voluntary_exit", 365), ARMS)
    verdicts = {line.label: line.verdict for line in told.info.lines}
    assert verdicts["Without each site"] == "better"
    assert verdicts["One label in 10 wrong"] == "no_clear_difference"
    assert told.title == "The range stays on the same side of zero in 1 of 2 checks"


def test_horizons_are_grouped_by_verdict() -> None:
    data = clear_difference()
    wide = data.comparison.with_columns(
        pl.when(pl.col("horizon_days") == 90)
        .then(pl.lit("no_clear_difference"))
        .otherwise(pl.col("verdict"))
        .alias("verdict")
    )
    told = by_horizon(replace(data, comparison=wide), ("voluntary_exit",), ARMS)
    assert told.title == (
        "Leaving by choice: better within 180 days and within a year; "
        "no clear difference within 90 days"
    )


def test_when_to_look_again_is_counted_from_the_data() -> None:
    data = with_parts()
    e = find(data.comparison, *EXHAUSTION)
    looks = {told.head: told.text for told in next_steps.next_look(data, e)}
    by = dt.date(2026, 10, 31) + dt.timedelta(days=180)
    assert by == dt.date(2027, 4, 29)
    assert "Look again by 29 Apr 2027." in looks
    assert not any("narrower" in head for head in looks), "no forecast from one over a root"


def test_an_open_answer_says_what_it_rules_out() -> None:
    data = no_difference()
    e = find(data.comparison, *EXHAUSTION)
    ruled_out = [
        told for told in next_steps.next_look(data, e) if told.head == "What is ruled out."
    ]
    assert len(ruled_out) == 1
    assert e.conf_low is not None
    assert f"{abs(e.conf_low):.1f} lower" in ruled_out[0].text


def _moved(part: str, before: float | None, now: float | None) -> dict[str, object]:
    return {
        "outcome": "voluntary_exit", "estimand": "risk_difference", "horizon_days": 365,
        "design": "weighted", "segment": "site", "segment_value": part, "change": "moved",
        "estimate_before": before, "estimate": now, "verdict_before": None, "verdict": None,
    }  # fmt: skip


def test_parts_that_come_and_go_are_told_once_each() -> None:
    rows = [
        _moved("North", None, -0.1),
        _moved("South", -0.1, None),
        _moved("West", None, None),
        _moved("East", -0.2, -0.1),
        _moved("North", None, None),
    ]
    data: SiteData = replace(
        clear_difference(), changes=5, estimate_change=pl.DataFrame(rows, infer_schema_length=None)
    )
    assert [(told.head, told.text) for told in changes.summary(data)] == [
        ("Newly shown.", "North."),
        ("No longer shown.", "South."),
    ]


def test_many_parts_are_counted_and_a_few_named() -> None:
    rows = [_moved(f"Site {i:02}", None, -0.1) for i in range(30)]
    data = replace(clear_difference(), changes=30, estimate_change=pl.DataFrame(rows))
    (statement,) = changes.summary(data)
    assert statement.text == (
        "30 parts of the workforce, among them Site 00, Site 01, Site 02, Site 03."
    )


def test_nobody_is_told_to_look_again_by_a_day_that_has_passed() -> None:
    data = clear_difference()
    e = find(data.comparison, *EXHAUSTION)
    years_later = replace(data, published_at=dt.datetime(2029, 1, 1, 3, tzinfo=dt.UTC))
    late = [*next_steps.next_look(years_later, e), *practice.look_again(years_later, "Why.")]
    assert not [each for each in late if each.head.startswith("Look again by")]
    assert practice.look_again(data, "Why.")


def test_four_kinds_of_nothing_are_four_words_in_one_table() -> None:
    states = ("suppressed", "no_data", "too_early", "not_reportable")
    frame = clear_difference().comparison
    blank = [pl.lit(None, pl.Float64).alias(name) for name in ("estimate", "conf_low", "conf_high")]
    exits = frame.filter((pl.col("estimand") == "risk_difference") & (pl.col("horizon_days") == 90))
    rows = exits.with_columns(*blank, pl.lit("not_reportable").alias("verdict"))
    said = set()
    for state in states:
        data = replace(
            clear_difference(), comparison=rows.with_columns(pl.lit(state).alias("status"))
        )
        e = find(data.comparison, "voluntary_exit", 90)
        contrast = by_design(data, e, ARMS)
        assert {line.status for line in contrast.info.lines} == {state}
        said |= {row[2] for row in contrast.cells}
    assert said == {"hidden for privacy", "no data", "too early", "not reportable"}


def leaving(outcome: str, value: float) -> Estimate:
    verdict = "no_clear_difference" if abs(value) < 0.04 else "better" if value < 0 else "worse"
    return Estimate(outcome, "risk_difference", 365, verdict, estimate=value,
                    conf_low=value - 0.04, conf_high=value + 0.04)  # fmt: skip


def test_nine_and_seven_are_explained_by_what_is_neither() -> None:
    told = why_two_figures(leaving("voluntary_exit", -0.086634), leaving("any_exit", -0.074969))
    assert told is not None
    assert told.head == "Why 8.7 by choice and 7.5 in all."
    assert told.text == (
        "Leaving by choice: 8.7 fewer; dismissals and other exits: 1.2 more; "
        "all leavers: 7.5 fewer."
    )
    same = leaving("voluntary_exit", -0.0866)
    assert why_two_figures(same, leaving("any_exit", -0.0891)) is None, "both are about 9"
    assert why_two_figures(same, leaving("any_exit", -0.03)) is None, "the other one is unclear"


@given(st.integers(-300, 300), st.integers(-300, 300))
def test_what_is_neither_adds_up_on_the_page(of_all: int, of_chosen: int) -> None:
    every, chosen = leaving("any_exit", of_all / 997), leaving("voluntary_exit", of_chosen / 997)
    total, part, rest = (round(10 * each) for each in rest_of_leavers(every, chosen))
    assert total == part + rest
    assert abs(total / 1000 - of_all / 997) < 0.00051


def test_what_is_the_same_for_everybody_is_nothing_to_adjust_for() -> None:
    """A site in a world of one site is one level: neither counted nor named."""
    data = clear_difference()
    balance = data.covariate_balance
    is_site = pl.col("covariate") == "site"
    one = balance.filter(~is_site).vstack(balance.filter(is_site).head(1))
    n, (before, after) = (
        balance["covariate"].n_unique(),
        (balance_info(frame, data.weight_summary, {}) for frame in (balance, one)),
    )
    assert (before.n_characteristics, after.n_characteristics) == (n, n - 1)
    assert "site" not in {row.covariate for row in after.rows}
    assert len(covariate_names(replace(data, covariate_balance=one))) == n - 1
