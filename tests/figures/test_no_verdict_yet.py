"""What is said where there is no verdict yet, or none with a direction: what is told, and when."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from dashboards.data import SiteData
from dashboards.estimates import Estimate, find
from dashboards.labels import Arms
from dashboards.pages.digest import digest_text
from dashboards.pages.overview import overview_page
from dashboards.pages.retention import retention_page
from dashboards.pages.today import today_page
from dashboards.sentences import next_steps, verdict
from dashboards.sentences.contrasts import scale_title
from dashboards.sentences.credibility import Doubts, grade_of
from dashboards.sentences.next_steps import next_look, next_step
from pipelines.estimators.next_look import NEXT_LOOK_SCHEMA, first_figure
from tests.figures.test_credibility import graded
from tests.figures.visible_text import visible_text
from tests.figures.worlds import clear_difference, no_difference, too_early

ARMS = Arms("compassionate", "compliance")
ENOUGH = dt.date(2027, 3, 31)


def _looked(data: SiteData, e: Estimate, **row: Any) -> SiteData:
    """The same with a row of the next look at an answer."""
    told = {"outcome": e.outcome, "horizon_days": e.horizon_days, "estimand": e.estimand}
    frame = pl.DataFrame([dict.fromkeys(NEXT_LOOK_SCHEMA) | told | row], schema=NEXT_LOOK_SCHEMA)
    object.__setattr__(data, "next_look", frame)
    return data


def test_a_shorter_time_is_told_where_the_longest_is_too_early() -> None:
    data = too_early()
    headline = verdict.headline(data.comparison, 365)
    sooner = verdict.shorter(data.comparison, headline, data.horizon_days)
    assert sooner is not None
    assert sooner.horizon_days == 180
    told = verdict.at_shorter(sooner)
    assert told.startswith("Leaving by choice within 180 days: better (likely range ")
    assert told in digest_text(data)
    first_screen = visible_text(today_page(data, None)).split("The month in figures")[0]
    assert told in first_screen
    for make in (overview_page, retention_page):
        page = visible_text(make(data, None))
        assert told in page
        assert "may be told already" not in page
        assert "Not sure of anything within a year yet." in page


def test_nothing_is_promised_of_a_shorter_time_that_has_no_verdict_either() -> None:
    data = too_early()
    none = data.comparison.with_columns(
        status=pl.lit("too_early"), verdict=pl.lit("too_little_data"),
        estimate=pl.lit(None, pl.Float64),
    )  # fmt: skip
    nowhere = replace(data, comparison=none)
    headline = verdict.headline(none, 365)
    assert verdict.shorter(none, headline, data.horizon_days) is None
    assert next_step(headline, nowhere).text == "Nobody can have been followed for so long yet."
    assert verdict.sure_of(headline) == ""


def test_before_the_first_figure_the_day_is_told_on_which_it_can_come() -> None:
    data = too_early()
    e = verdict.headline(data.comparison, 365)
    rows = {"followed_on": dt.date(2027, 10, 31), "first_on": ENOUGH}
    (told,) = next_look(_looked(data, e, **rows), e)
    assert told.head == "Look again once the data reach 31 Mar 2027."
    assert "can still move" not in told.text
    (later,) = next_look(_looked(too_early(), e, followed_on=rows["followed_on"]), e)
    assert later.head == "Look again by 31 Oct 2027."
    assert later.text == "By then everybody compared today will have been followed for a year."


def test_data_of_long_ago_are_to_be_delivered_before_a_look_is_worth_it() -> None:
    data = clear_difference()
    cut = replace(data.cut, is_long_ago=True, waits_for=dt.date(2026, 11, 30))
    old = replace(data, cut=cut)
    object.__setattr__(old, "cut", cut)
    e = find(old.comparison, "voluntary_exit", 365)
    (told,) = next_look(_looked(old, e, followed_on=dt.date(2027, 10, 31)), e)
    assert told.head == next_steps.NEWER_DATA
    assert told.text.startswith("First deliver what came from November 2026 on to now. Once the ")


@pytest.mark.parametrize(
    ("row", "head"),
    [
        ({"lacks": "coaches"}, "Check who is named as the coach."),
        ({"first_on": ENOUGH}, "Wait for time to pass."),
        ({"lacks": "people"}, "Nothing to do."),
        ({}, "Nothing to do."),
    ],
)
def test_what_is_hidden_says_what_can_be_done_about_it(row: dict[str, Any], head: str) -> None:
    hidden = Estimate(
        "voluntary_exit", "risk_difference", 365, "not_reportable", status="suppressed",
        reason="hidden for privacy: fewer than 3 coaches in one of the groups or both",
    )  # fmt: skip
    told = next_step(hidden, _looked(clear_difference(), hidden, **row))
    assert told.head == head
    assert ("coaches or leavers" in told.text) == (row == {})
    assert hidden.explained == "fewer than 3 coaches in one of the groups or both"
    assert verdict.verdict_sentence(hidden, ARMS) == (
        "Hidden for privacy: the comparison of how many people choose to leave within a year"
    )


def people(*days: tuple[str, int], exit_type: str | None = None) -> pl.DataFrame:
    rows = [
        {"arm": arm, "day_0": dt.date(2026, 3, day), "follow_up_days": 40, "exit_type": exit_type}
        for arm, day in days
    ]
    return pl.DataFrame(rows, schema_overrides={"exit_type": pl.String})


def test_a_first_figure_can_come_with_the_month_in_which_enough_have_been_followed() -> None:
    until = dt.date(2026, 10, 31)
    both = people(("a", 1), ("a", 9), ("b", 2), ("b", 30))
    # The second of the slower group, 30 March and 365 days: counted on a calendar.
    assert first_figure(both, 365, 2, until) == dt.date(2027, 3, 31)
    assert first_figure(both, 365, 3, until) is None, "so many aren't there"
    assert first_figure(both, 90, 2, until) is None, "they have been followed already"
    assert first_figure(both.filter(pl.col("arm") == "a"), 365, 2, until) is None
    gone = pl.concat([people(("b", 30), exit_type="voluntary"), both.head(3)])
    assert first_figure(gone, 365, 2, until) is None, "who left isn't followed for a year"


def test_without_a_direction_no_good_grade_is_named() -> None:
    open_ = graded("strong", no_difference())
    told = grade_of(open_, verdict.headline(open_.comparison, 365))
    assert told is not None
    assert (told.head, told.has_word, told.is_lowered) == ("What was checked.", False, False)
    assert told.text.endswith("passed; the range tells no direction.")
    for page in (overview_page, today_page):
        assert "Credibility: strong" not in visible_text(page(open_, None))
        assert "of this range: strong" not in visible_text(page(open_, None))
    weak = graded("weak", no_difference())
    poor = grade_of(weak, verdict.headline(weak.comparison, 365))
    assert poor is not None
    assert poor.head == "Credibility of this range: weak."
    clear = graded("strong")
    assert '<p class="caution"><b>Credibility' not in overview_page(clear, None), "no amber"
    assert '<p class="caution"><b>Credibility' in overview_page(graded("weak"), None)


@pytest.mark.parametrize(
    ("decides", "said", "unsaid"),
    [
        ({"looks"}, "chance may account for it", "a check of this difference has failed"),
        ({"placebo"}, "other differences may account for all of it", "chance"),
        ({"looks", "placebo"}, "other differences, or chance, may account for all", "one look"),
    ],
)
def test_what_may_account_for_a_difference_goes_by_what_failed(
    decides: set[str], said: str, unsaid: str
) -> None:
    weak = replace(find(clear_difference().comparison, "voluntary_exit", 365), credibility="weak")
    told = verdict.caution(weak, ARMS, doubts=Doubts(decides=frozenset(decides)))
    assert said in told[1]
    assert unsaid not in told[1]


def test_none_of_several_scales_isnt_all_of_them() -> None:
    same = find(no_difference().comparison, "morale", 180, "weighted", "mean_difference")
    assert scale_title("Wellbeing", [same] * 4) == (
        "Wellbeing: no clear difference on any of the four scales"
    )
    assert scale_title("Work", [same] * 2) == "Work: no clear difference on either scale"
    better = replace(same, verdict="better")
    assert scale_title("Work", [better] * 2) == "Work: better on both scales"
