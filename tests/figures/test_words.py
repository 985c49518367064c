from __future__ import annotations

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.estimates import Estimate, find
from dashboards.figures.retention import retention_info
from dashboards.formats import (
    day_month_year,
    decimal,
    joined,
    likely_range,
    moment,
    shortened,
    signed,
)
from dashboards.labels import Arms, after, within
from dashboards.sentences import changes, data_status
from dashboards.sentences.charts import retention_title
from dashboards.sentences.phrases import whole_people
from dashboards.sentences.verdict import headline, verdict_sentence
from tests.figures.frames import freshness
from tests.figures.worlds import (
    clear_difference,
    hidden_counts,
    missing_sources,
    reasons_missing,
    world,
)


def estimate(value: float, outcome: str = "voluntary_exit") -> Estimate:
    return Estimate(
        outcome,
        "risk_difference",
        365,
        "better" if value < 0 else "worse",
        estimate=value,
        conf_low=value - 0.001,
        conf_high=value + 0.001,
    )


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-10.3, -3.4, "3.4 to 10.3 fewer"),
        (3.4, 10.3, "3.4 to 10.3 more"),
        (-2.0, 3.1, "2.0 fewer to 3.1 more"),
        (-10.3, -0.02, "under 0.1 to 10.3 fewer"),
        (-1.0, 0.0, "0.0 to 1.0 fewer"),
    ],
)
def test_likely_range(low: float, high: float, words: str) -> None:
    assert likely_range(low, high, "fewer", "more") == words


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_a_range_names_only_directions_that_it_holds(one: float, other: float) -> None:
    low, high = sorted((one, other))
    words = likely_range(low, high, "fewer", "more")
    assert ("fewer" in words) == (low < 0)
    assert ("more" in words) == (high > 0 or low == high == 0)


@given(st.floats(-1e6, 1e6))
def test_signs_are_true_minus_signs_and_zero_has_none(value: float) -> None:
    text = signed(value)
    assert "-" not in text
    assert text[0] in "−+" or float(text) == 0


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (-0.068, "about 7 fewer people in every 100 choose to leave"),
        (0.068, "about 7 more people in every 100 choose to leave"),
        (-0.012, "about 12 fewer people in every 1,000 choose to leave"),
        (-0.065, "about 7 fewer people in every 100 choose to leave"),
        (-0.0195, "about 2 fewer people in every 100 choose to leave"),
        (-0.004, "about 4 fewer people in every 1,000 choose to leave"),
        (0.001, "about 1 more person in every 1,000 chooses to leave"),
        (-0.0004, "slightly fewer people (under 1 in every 1,000) choose to leave"),
    ],
)
def test_whole_people(value: float, words: str) -> None:
    assert whole_people(estimate(value)) == words


def test_numbers_and_dates() -> None:
    assert decimal(0.0) == "0.0"
    assert decimal(-0.04) == "under 0.1"
    assert decimal(12345.67) == "12,345.7"
    assert day_month_year(dt.date(2026, 10, 1)) == "1 Oct 2026"
    when = dt.datetime(2026, 7, 1, 23, 30, tzinfo=dt.UTC)
    assert moment(when, "Europe/Berlin") == "2 Jul 2026, 01:30 CEST"
    assert joined(["a", "b", "c"]) == "a, b and c"
    assert shortened("a  very   long label", 10) == "a very lo…"


@pytest.mark.parametrize(
    ("days", "words"), [(365, "within a year"), (90, "within 90 days"), (1000, "within 1,000 days")]
)
def test_horizons(days: int, words: str) -> None:
    assert within(days) == words
    assert after(days) == words.replace("within", "after")


def test_default_labels_have_sentences_of_their_own() -> None:
    arms = Arms("compassionate", "compliance")
    assert arms.where_a == "Where coaching is compassionate"
    assert Arms("compliance", "compassionate").where_a == "Where coaching is for compliance"
    assert arms.both == "compassionate and compliance coaching"


def test_other_labels_name_groups() -> None:
    arms = Arms("dedicated coach", "line manager")
    words = verdict_sentence(estimate(0.08), arms)
    assert words == (
        "In the dedicated coach group, about 8 more people in every 100 choose to leave "
        "within a year than in the line manager group"
    )
    assert Arms("B2/x", "y").where_a == "In the “B2/x” group"


def test_headline_is_leaving_by_choice_unless_it_cannot_be_told() -> None:
    assert headline(clear_difference().comparison, 365).outcome == "voluntary_exit"
    assert headline(reasons_missing().comparison, 365).outcome == "any_exit"


def test_the_curves_title_follows_the_verdict_and_not_the_overlap_of_bands() -> None:
    data = world(error=0.028)  # bands touch, the difference is still clear
    arms = Arms(data.arm_a, data.arm_b)
    info = retention_info(data.retention_curve, arms, 365)
    a, b = info.a.points[-1], info.b.points[-1]
    assert a.low is not None
    assert b.high is not None
    assert a.low < b.high
    leavers = find(data.comparison, "any_exit", 365)
    assert leavers.verdict == "better"
    assert retention_title(info, leavers) == (
        "With compassionate coaching, about 7 more in every 100 are still employed"
    )


def test_unadjusted_never_becomes_the_headline() -> None:
    data = clear_difference()
    only = data.comparison.filter(data.comparison["design"] == "unadjusted")
    assert not headline(only, 365).is_shown
    assert "No data yet" in verdict_sentence(headline(only, 365), Arms("a", "b"))


def test_verdict_follows_the_largest_horizon() -> None:
    data = world(horizons=(30, 90))
    e = find(data.comparison, "voluntary_exit", 90)
    assert "within 90 days" in verdict_sentence(e, Arms(data.arm_a, data.arm_b))


def test_what_is_missing_is_no_data_and_what_waits_is_not() -> None:
    told = {s.head: s.text for s in data_status.left_out(missing_sources(), [])}
    assert set(told) == {"No data."}
    data = clear_difference()
    assert data_status.left_out(data, []) == []
    exits = data.comparison.filter(pl.col("outcome").str.ends_with("_exit"))
    told = {s.head: s.text for s in data_status.left_out(replace(data, comparison=exits), [])}
    assert set(told) == {"Not computed yet."}
    part = replace(
        clear_difference(), freshness=freshness(("shifts",)), missing_sources=("shifts",)
    )
    told = {s.head: s.text for s in data_status.left_out(part, [])}
    assert told["No data."].startswith("Absence:")


def test_a_hidden_step_says_so_once_and_gives_no_number() -> None:
    steps = {step.label: step for step in data_status.flow_steps(hidden_counts().trial_flow)}
    hidden = steps["First such session before the data end"]
    assert hidden.n_people == "hidden for privacy"
    assert hidden.left == ""
    last = steps["Still employed after day 0: in the analysis"]
    assert (last.n_people, last.left) == ("2,555", "number left out hidden for privacy")
    assert steps["Ever an agent"].left == "238 left out: never had the role agent"


def test_late_sources_are_a_warning_and_missing_ones_are_not() -> None:
    late = data_status.strip(replace(clear_difference(), freshness=freshness(late=("shifts",))))[2]
    assert (late.value, late.is_warning) == ("6 of 7", True)
    absent = data_status.strip(replace(clear_difference(), freshness=freshness(("shifts",))))[2]
    assert (absent.value, absent.is_warning) == ("6 of 6", False)


def test_changes_are_told_with_what_came_in() -> None:
    world = clear_difference()
    key = {"horizon_days": 365, "design": "weighted", "segment": "all", "segment_value": "all"}
    moved = [
        key
        | {"outcome": "voluntary_exit", "estimand": "risk_difference", "change": "moved"}
        | {"estimate_before": -0.05, "estimate": -0.021}
        | {"verdict_before": "better", "verdict": "no_clear_difference"},
        key
        | {"outcome": "any_exit", "estimand": "risk_ratio", "change": "moved"}
        | {
            "estimate_before": 0.7,
            "estimate": 0.8,
            "verdict_before": "better",
            "verdict": "better",
        },
        key
        | {"segment": "site", "segment_value": "Aster", "change": "new", "estimate": -0.04}
        | {"outcome": "voluntary_exit", "estimand": "risk_difference", "verdict": "better"}
        | {"estimate_before": None, "verdict_before": None},
    ]
    came_in = [
        {"cause": "file", "source": "attrition", "file": "fix.csv", "n_rows": 1},
        {"cause": "settings", "source": None, "file": None, "n_rows": None},
    ]
    data = replace(
        world, changes=2, estimate_change=pl.DataFrame(moved), data_change=pl.DataFrame(came_in)
    )
    assert changes.finding(data) == "2 estimates changed, 1 verdict among them."
    assert [(each.head, each.text) for each in changes.causes(data)] == [
        ("Exits.", "fix.csv, 1 row."),
        ("Settings.", "The settings differ from those of last time."),
    ]
    assert changes.moved_rows(data) == [
        (
            "Leaving by choice",
            "365",
            "−5.0 per 100",
            "−2.1 per 100",
            "No clear difference (before: better)",
        )
    ]
    assert changes.finding(replace(data, changes=0)) == "No estimate changed."
    assert changes.link(data) == "The adjusted estimates that moved, and what came in"
    assert changes.link(replace(data, changes=0)) == "What came in"
    assert changes.link(replace(data, changes=0, data_change=data.data_change.clear())) == ""
    assert changes.link(replace(data, changes=None)) == "", "a first publication has none"
    assert "first publication" in changes.finding(replace(data, changes=None))
