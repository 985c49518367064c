"""What Today says beside its charts: what is late, what is with caution, what hasn't begun."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import polars as pl
import pytest

from dashboards.data import Event
from dashboards.figures.sparkline import sparkline
from dashboards.formats import DASH
from dashboards.pages.month_views import trend_tile
from dashboards.pages.today import today_page
from dashboards.sentences import trend
from dashboards.sentences.pulse import pulse
from dashboards.sentences.rounding import months_note
from dashboards.sentences.today import (
    SESSIONS,
    caution_line,
    event_lines,
    late_line,
    site_rows,
    two_lines,
)
from dashboards.sentences.trend import span
from dashboards.trends import series
from tests.figures.frames import freshness
from tests.figures.today_worlds import EVENTS, kinds_hidden, months, publication, usual
from tests.figures.visible_text import visible_text
from tests.figures.worlds import no_difference


def test_late_sources_stand_on_the_first_screen_and_only_where_there_are_any() -> None:
    data = usual()
    late = replace(data, freshness=freshness(missing=("training",), late=("attrition", "shifts")))
    assert late_line(data) == ""
    said = late_line(late)
    assert said == "Late data: exits and shifts."
    before, _ = visible_text(today_page(late, None)).split("The month in figures")
    assert said in before
    assert "Late data:" not in visible_text(today_page(data, None))


def test_outcomes_with_caution_are_named_where_they_are_compared() -> None:
    data = usual()
    is_absence = pl.col("outcome") == "unplanned_absence"
    grade = pl.when(is_absence).then(pl.lit("with_caution")).otherwise(pl.lit("reportable"))
    cautious = replace(data, outcome_grade=data.outcome_grade.with_columns(grade=grade))
    said = "Data with caution: unplanned absence."
    assert caution_line(cautious, {"unplanned_absence", "voluntary_exit"}) == said
    assert caution_line(cautious, {"voluntary_exit"}) == caution_line(data, {"any_exit"}) == ""
    page = visible_text(today_page(cautious, None))
    first, _, compared = page.partition("Read this as an association")
    assert said in first
    assert said in compared


@pytest.mark.parametrize(("newest", "shown"), [(0.0368, "3.68"), (0.03654, "3.65"), (0.03, "3.0")])
def test_rounding_never_hides_that_a_figure_is_outside_its_usual_range(
    newest: float, shown: str
) -> None:
    """Mean 3.8, moves of 0.04: the lower limit is 3.69, which is 3.7 with the usual digits."""
    data = publication(months(24, unplanned_absence_rate=[0.0378, 0.0382] * 11 + [0.038, newest]))
    told = series(data.trend, "unplanned_absence")
    tile = trend_tile(told, data)
    assert (tile.word, tile.figure) == ("Unusually low", shown)
    assert not trend.usual(told).startswith(f"Usual: {shown} ")


def test_months_are_told_with_the_digits_of_their_steps_and_stay_outside() -> None:
    """Steps of 0.5 per 100: 4.5 lies outside a limit of 4.48, which the usual digits hide."""
    rates = [8, 8, 9, 7, 8, 8, 9, 6, 7, 7, 6, 7, 7, 7, 7, 7, 7, 8, 7, 7, 6, 7, 8, 6]
    data = publication(months(24, unplanned_absence_rate=[rate * 0.005 for rate in rates]))
    told = series(data.trend, "unplanned_absence")
    assert {told.text(month.value or 0.0) for month in told.told} == {"3.0", "3.5", "4.0", "4.5"}
    assert sum(month.is_outside for month in told.told) == 2
    for month in told.told:
        low, high = map(float, span(told, month.row).split(" to "))
        assert month.is_outside != (low <= float(told.text(month.value or 0.0)) <= high)


@pytest.mark.parametrize(
    ("n_shown", "said"),
    [
        (22, "Kind: hidden for privacy in October 2026, 56.1 in August 2026."),
        (1, "Nothing to draw: 1 month has a figure, others: hidden for privacy."),
        (0, "Nothing to draw: hidden for privacy."),
    ],
)
def test_a_line_that_breaks_off_says_why_and_one_month_is_no_line(n_shown: int, said: str) -> None:
    status = ["shown"] * n_shown + ["suppressed"] * (24 - n_shown)
    data = publication(months(24, session_kinds_status=status))
    told = two_lines([("Kind", series(data.trend, "arm_a_sessions"))], SESSIONS)
    assert told.endswith(said)


def test_months_are_hidden_although_the_last_ones_come_too_early() -> None:
    status = ["suppressed"] * 21 + ["too_early"] * 3
    data = publication(months(24, session_kinds_status=status))
    told = two_lines([("Kind", series(data.trend, "arm_a_sessions"))], SESSIONS)
    assert told == "Nothing to draw: hidden for privacy."


def test_a_first_month_is_no_line_and_what_began_in_it_has_no_rate() -> None:
    first = publication(months(1))
    assert two_lines([("Kind", series(first.trend, "arm_a_sessions"))], SESSIONS) == (
        "Nothing to draw: the first month."
    )
    began = pl.lit("began in the month")
    rates = first.trend.filter(pl.col("measure") == "any_exit_rate").with_columns(
        value=None, status=pl.lit("not_reportable"), reason=began
    )
    assert two_lines([("Kind", series(rates, "any_exit_rate"))], SESSIONS) == (
        "Nothing to draw: began in the month."
    )


@pytest.mark.parametrize(("gaps", "said"), [(0, "8 months"), (3, "8 months with a figure")])
def test_a_run_over_months_without_a_figure_counts_those_that_have_one(
    gaps: int, said: str
) -> None:
    low = [43.0, 45.0] * 12
    low[-8 - gaps :] = [40.0] * (8 + gaps)
    status = ["shown"] * (22 - gaps) + ["no_data"] * gaps + ["shown"] * 2
    data = publication(months(24, mean_emotional_exhaustion_0_100=low, survey_status=status))
    told = trend_tile(series(data.trend, "exhaustion"), data)
    assert told.word == f"{said} below average"


def test_what_began_outside_the_months_has_no_number_that_no_chart_shows() -> None:
    ahead = Event("New rota", dt.date(2026, 12, 1))
    told = event_lines(replace(usual(), events=(*EVENTS, ahead)))
    assert [number for number, *_ in told] == ["1", "2", DASH]
    assert told[-1][1:] == ("New rota", "1 Dec 2026, outside the months drawn")


def test_how_far_months_are_rounded_is_said_in_people_and_only_where_they_are() -> None:
    left, work, answers = "how people left", "work with customers", "answers and absence"
    five, ten = "to steps of 5 people", "to steps of 10"
    data = usual()
    assert months_note(data) == f"Rounded: {left} and {work} {five}, {answers} {ten}."
    is_open = replace(data, exit_kind="open")
    assert months_note(is_open) == f"Rounded: {work} {five}, {answers} {ten}."
    assert months_note(replace(data, grid=0, grid_confidential=0)) == ""
    is_fact = pl.col("measure").is_in(["headcount", "any_exits"])
    facts = replace(data, trend=data.trend.filter(is_fact))
    assert months_note(facts) == f"Rounded: {left} {five}.", "beside who left, by reason"
    unmarked = replace(data, regretted_exit=data.regretted_exit.clear())
    assert months_note(replace(unmarked, trend=facts.trend)) == ""
    answered = replace(
        unmarked, trend=data.trend.filter(is_fact | (pl.col("measure") == "exhaustion"))
    )
    assert months_note(answered) == f"Rounded: {answers} {ten} people."


def test_it_is_too_early_only_where_no_month_is_without_a_figure() -> None:
    status = ["no_data"] * 20 + ["shown"] * 2 + ["no_data"] * 2
    gaps = publication(months(24, survey_status=status))
    told = trend_tile(series(gaps.trend, "exhaustion"), gaps)
    assert told.word == "Too few months have a figure to say what is usual"
    short = publication(months(3))
    told = trend_tile(series(short.trend, "exhaustion"), short)
    assert told.word == "Too early to say what is usual"


@pytest.mark.parametrize("measure", ["voluntary_exits", "any_exits", "customer_satisfaction"])
def test_a_tile_draws_a_month_outside_its_band_only_where_it_was_judged_so(measure: str) -> None:
    """A centre that has halved: October's range in people isn't that of two years ago."""
    held = [2000.0 - 40 * place for place in range(24)]
    left = [round(each * (0.036 + 0.004 * (place % 3))) for place, each in enumerate(held)]
    left[5] *= 2
    chose = [5 * round(each / 10) for each in left]
    data = publication(months(24, average_headcount=held, n_exits=left, n_voluntary_exits=chose))
    told = series(data.trend, measure)
    drawn = sparkline(told)
    assert drawn is not None
    line = [tuple(map(float, each.split(","))) for each in drawn.points.split()]
    around = [tuple(map(float, p.split(","))) for p in drawn.band[1:-1].split()]
    upper, lower = around[: len(line)], around[: len(line) - 1 : -1]
    assert [x for x, _ in line] == [x for x, _ in upper] == [x for x, _ in lower]
    outside = [
        not top - 0.1 <= y <= bottom + 0.1
        for (_, y), (_, top), (_, bottom) in zip(line, upper, lower, strict=True)
    ]
    assert outside == [month.is_outside for month in told.told]
    assert any(outside) == (measure != "customer_satisfaction")


def test_leaving_by_choice_is_never_left_out_without_its_reason() -> None:
    hidden = ["shown"] * 22 + ["suppressed", "shown"]
    some = publication(months(24, exits_status=hidden))
    why = (
        "leaving by choice (months are hidden, and the others are no fair sample of what is usual)"
    )
    assert f"Not drawn: {why}" in visible_text(today_page(some, None))
    assert (
        "Not drawn: leaving by choice, left within 90 days and exhaustion (hidden for privacy)"
        in visible_text(today_page(kinds_hidden(), None))
    )
    assert "leaving by choice (" not in visible_text(today_page(usual(), None))


def test_each_rounded_difference_is_told_as_rounded() -> None:
    """21 against 29, told as 20 and 30: "10 fewer" would be 2 too many."""
    data = publication(months(24, n_voluntary_exits=[30, *[25] * 10, 20, 20]))
    said = "That is about as many as in September and about 10 fewer than a year ago."
    assert said in pulse(data).context


def test_no_clear_difference_stands_beside_the_range_that_it_leaves_open() -> None:
    data = replace(no_difference(), trend=usual().trend)
    first, _ = visible_text(today_page(data, None)).split("The month in figures")
    said = re.search(r"Likely range: ([\d.]+) fewer to ([\d.]+) more people per 100", first)
    assert said
    assert "so no direction can be read." in first[said.end() :]


def test_sites_that_few_people_were_at_are_hidden_together() -> None:
    data = replace(usual(), pooled_sites=("Elm", "Acorn"))
    rows = site_rows(data, series(data.trend, "any_exits"))
    assert [row[0] for row in rows] == ["Aster", "Birch", "Cedar", "Other sites, together"]
    assert rows[-1][1] == "hidden for privacy"
    assert "Elm" not in visible_text(today_page(data, None)), "its name could be somebody's"
