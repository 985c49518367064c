"""What is said where an organisation is odd: one kind of coaching, one month, ranges at an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from dashboards.estimates import Estimate, find
from dashboards.figures.balance import BalanceInfo
from dashboards.formats import directed
from dashboards.labels import Arms
from dashboards.pages.month_views import trend_tile
from dashboards.sentences import claims
from dashboards.sentences.certainty import _enough_people
from dashboards.sentences.method import reasons
from dashboards.sentences.next_steps import next_look
from dashboards.sentences.notes import not_adjusted
from dashboards.sentences.outcome import other_designs
from dashboards.sentences.outcome_grades import outcome_grade_rows
from dashboards.sentences.quality import finding, findings
from dashboards.sentences.today import not_drawn
from dashboards.sentences.verdict import lead
from dashboards.sentences.workforce import why_of_part
from dashboards.trends import series
from tests.figures.today_worlds import months, publication
from tests.figures.worlds import clear_difference, no_difference

ARMS = Arms("compassionate", "compliance")


def test_where_one_kind_occurs_alone_the_data_bear_no_comparison() -> None:
    data = clear_difference()
    assert "Only one" not in finding(findings(data))
    nobody = data.comparison.with_columns(n_people_b=pl.lit(0, pl.Int64))
    assert finding(findings(replace(data, comparison=nobody))).startswith("Only one of the two")


@pytest.mark.parametrize(
    ("high", "said"), [(0.0, "ends at zero"), (0.02, "reaches both sides of zero")]
)
def test_a_range_that_ends_at_zero_reaches_one_side_only(high: float, said: str) -> None:
    data = no_difference()
    open_ = replace(
        find(data.comparison, "voluntary_exit", 365), conf_low=-0.2, conf_high=high, estimate=-0.1
    )
    told = "".join(run.text for run in lead(open_, open_, [], ARMS, 13))
    assert f"That range {said}, so no direction can be read." in told


def test_nobody_against_nobody_is_not_counted() -> None:
    early = replace(
        find(clear_difference().comparison, "emotional_exhaustion", 180),
        n_people_a=0, n_people_b=0, status="too_early",
    )  # fmt: skip
    assert _enough_people(early) is None
    assert _enough_people(replace(early, n_people_a=12)) is not None


def test_no_more_people_leave_than_there_are() -> None:
    wide = Estimate(
        "voluntary_exit", "risk_difference", 365, "no_clear_difference",
        estimate=-0.26, conf_low=-1.41, conf_high=1.2,
    )  # fmt: skip
    assert wide.on_screen == (-26.0, -100.0, 100.0)
    days = replace(wide, estimand="rmst_difference_days", conf_low=-141.0)
    assert days.on_screen[1] == -141.0


def test_a_first_month_is_compared_with_none_and_is_not_called_no_data() -> None:
    data = publication(months(1))
    headcount = series(data.trend, "headcount")
    assert trend_tile(headcount, data).word == "The first month with a figure"
    assert not_drawn([headcount], []).endswith("headcount (the first month).")


def test_what_rounds_to_nothing_is_about_equal_and_never_no_difference() -> None:
    assert directed(0.0, "fewer", "more") == "about equal"
    assert directed(-0.04, "fewer", "more") == "about equal"
    assert directed(-0.05, "fewer", "more") == "0.1 fewer"


def test_a_day_to_look_again_by_that_has_passed_asks_for_newer_data() -> None:
    data = clear_difference()
    e = find(data.comparison, "voluntary_exit", 365)
    (ahead, *_) = next_look(data, e)
    (passed, *_) = next_look(replace(data, published_at=datetime(2099, 1, 1, tzinfo=UTC)), e)
    assert ahead.head.startswith("Look again by ")
    assert passed.head == "Look again when newer data are in."


def test_a_table_gives_the_reason_why_the_data_cant_bear_a_part() -> None:
    row = {"status": "not_reportable", "has_counterparts": True, "reason": "too few alike"}
    assert why_of_part(row) == "not reportable: too few alike"
    assert why_of_part(row | {"status": "suppressed"}) == "hidden for privacy"
    assert why_of_part(row | {"has_counterparts": False}) == "no counterpart"


def test_reasons_that_are_the_same_for_several_designs_are_told_once() -> None:
    data = clear_difference()
    early = data.comparison.with_columns(
        estimate=pl.lit(None, pl.Float64), status=pl.lit("too_early"), reason=pl.lit("too early"),
        verdict=pl.lit("too_little_data"),
    )  # fmt: skip
    told = reasons(replace(data, comparison=early), "voluntary_exit", 365)
    assert [each.text for each in told] == ["Too early.", "No data."]


def test_a_source_that_was_not_delivered_has_no_data_and_is_not_called_unreportable() -> None:
    data = clear_difference()
    nothing = data.outcome_grade.with_columns(
        grade=pl.lit("not_reportable"), status=pl.lit("no_data"), reason=pl.lit("no data")
    )
    assert {row.grade for row in outcome_grade_rows(replace(data, outcome_grade=nothing))} == {
        "No data"
    }


@pytest.mark.parametrize(
    ("label", "told"), [("change of the quality score", "+1.2"), ("quality score", "1.2")]
)
def test_a_mean_that_is_a_change_has_a_direction(label: str, told: str) -> None:
    row = {
        "label": label, "estimator": "mean", "expected": None, "is_deciding": False,
        "unit": "points 0-100", "n_people": 80, "status": "shown", "reason": None,
        "no_difference": 0.0, "estimate": 1.2, "conf_low": 0.6, "conf_high": 1.8,
    }  # fmt: skip
    assert claims._estimate(row)[3].startswith(told)


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (("better", "better"), "2 of 2 designs {} give the same verdict."),
        (("better", "no_clear_difference"), "1 of 2 designs {} gives the same verdict; the other "
         "leaves it open."),
        (("no_clear_difference", "no_clear_difference"), "Neither of 2 designs {} gives the same "
         "verdict; both leave it open."),
        (("no_clear_difference", "worse"), "Neither of 2 designs {} gives the same verdict; one "
         "leaves it open, one finds the opposite."),
        (("worse",), "Coach’s leaning, a design with other assumptions, finds the opposite."),
    ],
)  # fmt: skip
def test_designs_that_leave_it_open_are_not_said_to_contradict(
    verdicts: tuple[str, ...], said: str
) -> None:
    data, names = clear_difference(), ("coach_preference", "within_coach")
    told = data.comparison.filter(~pl.col("design").is_in(names))
    rows = told.filter(pl.col("design") == "weighted")
    added = [
        rows.with_columns(design=pl.lit(name), verdict=pl.lit(verdict))
        for name, verdict in zip(names, verdicts, strict=False)
    ]
    found = replace(data, comparison=pl.concat([told, *added]))
    statement = other_designs(found, find(found.comparison, "voluntary_exit", 365))
    assert statement is not None
    assert statement.text == said.format("with other assumptions and the same horizon")


def test_a_scale_that_no_questionnaire_has_is_no_data_and_not_reportable_data() -> None:
    data = clear_difference()
    is_morale, why = pl.col("outcome") == "morale", "no data: nobody has a value in either group"
    absent = data.comparison.with_columns(
        *(pl.when(~is_morale).then(n).alias(n) for n in ("estimate", "conf_low", "conf_high")),
        *(pl.when(is_morale).then(0).otherwise(n).alias(n) for n in ("n_people_a", "n_people_b")),
        status=pl.when(is_morale).then(pl.lit("no_data")).otherwise("status"),
        reason=pl.when(is_morale).then(pl.lit(why)).otherwise("reason"),
    )
    found = replace(data, comparison=absent)
    told = {row.name: (row.grade, row.reasons) for row in outcome_grade_rows(found)}
    assert told["Morale"] == ("No data", ("Nobody has a value in either group.",))
    assert "every outcome that can be judged" in finding(findings(found))


def test_what_could_not_be_weighed_has_no_tick() -> None:
    data = clear_difference()
    unjudged = replace(
        data,
        outcome_grade=data.outcome_grade.with_columns(grade=pl.lit("reportable")),
        outcome_problem=data.outcome_problem.with_columns(grade=pl.lit("not_judged")),
    )
    mine = set(unjudged.outcome_problem["outcome"].to_list())
    labels = {data.outcome_labels.get(each, each).lower() for each in mine}
    rows = [row for row in outcome_grade_rows(unjudged) if row.name.lower() in labels]
    assert all((row.mark, row.grade) == ("off", "Not judged") for row in rows)
    assert rows


def test_where_no_weights_can_be_found_nothing_is_called_adjusted() -> None:
    """Hidden weights leave nothing that is adjusted to be seen; a lottery needs none."""
    why = {"reason": "no weights can be found", "rows": (), "n_without_value": 0}
    none = BalanceInfo(**why, status="not_reportable")  # type: ignore[arg-type]
    told = "Here nothing is adjusted: no weights can be found."
    assert not_adjusted(none, "observed") == told
    assert not_adjusted(none, "by_person") == ""
    hidden = not_adjusted(replace(none, status="suppressed"), "observed")
    assert hidden == "Here nothing that is adjusted is shown: it is hidden for privacy."
    nobody = replace(none, status="no_data", reason="no data: nobody is in the compliance group")
    assert not_adjusted(nobody, "observed").endswith("adjusted: nobody is in the compliance group.")
