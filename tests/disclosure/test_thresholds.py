"""Who may be shown: each threshold from both sides, and against a recount in plain Python."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.disclosure.comparison import released_comparison
from pipelines.disclosure.thresholds import decide, lacking
from tests.disclosure.rows import DEFAULT, exhaustion, frame, row


def status_of(*rows: dict[str, Any], **settings: Any) -> list[str]:
    return decide(frame(*rows), replace(DEFAULT, **settings))["status"].to_list()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "shown"),
        ({"n_people_a": 10}, "shown"),
        ({"n_people_a": 9}, "suppressed"),
        ({"n_coaches_b": 3}, "shown"),
        ({"n_coaches_b": 2}, "suppressed"),
        ({"n_leavers_a": 5}, "shown"),
        ({"n_leavers_a": 4}, "suppressed"),
        ({"segment": "site", "segment_value": "North", "is_alike": True}, "suppressed"),
        ({"n_people_b": 0, "n_coaches_b": 0, "status": "no_data"}, "no_data"),
        ({"status": "too_early"}, "too_early"),
        ({"n_people_a": 9, "status": "too_early"}, "too_early"),  # dates decide first
    ],
)
def test_each_threshold(changed: dict[str, Any], expected: str) -> None:
    assert status_of(row(**changed)) == [expected]


@pytest.mark.parametrize(
    ("changed", "lacks", "said"),
    [
        ({}, None, ""),
        ({"n_people_a": 9, "n_coaches_a": 1}, "people", ": fewer than 10 people"),
        ({"n_coaches_b": 2}, "coaches", ": fewer than 3 coaches"),
        ({"n_leavers_a": 4}, None, ""),
        ({"n_people_a": 0, "n_coaches_a": 0, "status": "no_data"}, None, ""),
    ],
)
def test_what_hides_everybody_is_named_where_it_is_a_fact(
    changed: dict[str, Any], lacks: str | None, said: str
) -> None:
    """Who is there and who coaches them is; of leavers and of answers nothing is told."""
    whole = row(outcome="any_exit", design="unadjusted", **changed)
    part = exhaustion(segment="site", segment_value="North", is_alike=True)
    decided = decide(frame(whole, exhaustion(is_alike=True), part), DEFAULT)
    assert lacking(decided, DEFAULT) == lacks
    told = released_comparison(decided, DEFAULT)["reason"].to_list()
    where = " in one of the groups or both" if said else ""
    assert told[1] == f"hidden for privacy{said}{where}"
    assert told[2] == "hidden for privacy", "of a part that isn’t told"


def test_facts_need_people_and_coaches_only() -> None:
    fact = {"outcome": "any_exit", "n_leavers_a": 1, "n_events_a": 1}
    assert status_of(row(**fact)) == ["shown"]
    assert status_of(row(**fact, n_people_a=9)) == ["suppressed"]


def test_kinds_of_exit_may_be_declared_open() -> None:
    assert status_of(row(n_leavers_a=1), is_exit_kind_open=True) == ["shown"]
    assert decide(frame(row()), replace(DEFAULT, is_exit_kind_open=True))[
        "confidentiality"
    ].to_list() == ["fact"]


def test_values_that_are_all_the_same_tell_everybodys() -> None:
    assert status_of(exhaustion(is_alike=True)) == ["suppressed"]
    assert status_of(exhaustion()) == ["shown"]


def test_parts_of_an_organisation_where_all_leave_in_one_way_tell_nothing_more() -> None:
    whole = row(n_events_a=90, n_events_b=80, is_alike=True)
    part = {"segment": "site", "segment_value": "North", "is_alike": True}
    assert status_of(whole, row(**part)) == ["shown", "shown"]


def test_every_row_has_a_class_and_a_unit() -> None:
    decided = decide(
        frame(
            row(), row(estimand="risk_ratio"), row(estimand="rmst_difference_days"), exhaustion()
        ),
        DEFAULT,
    )
    assert decided["confidentiality"].to_list() == [*["restricted"] * 3, "confidential"]
    assert decided["unit"].to_list() == ["fraction 0-1", "ratio", "days", "points 0-100"]


@given(
    st.lists(
        st.tuples(st.integers(0, 14), st.integers(0, 5), st.integers(0, 8), st.sampled_from("ve")),
        min_size=1,
        max_size=8,
    )
)
def test_the_decision_equals_a_recount(arms: list[tuple[int, int, int, str]]) -> None:
    rows = [
        row(
            outcome="voluntary_exit" if kind == "v" else "any_exit",
            n_people_a=n,
            n_coaches_a=coaches,
            n_leavers_a=leavers,
            segment="site",
            segment_value=str(number),
        )
        for number, (n, coaches, leavers, kind) in enumerate(arms)
    ]
    expected = [
        "suppressed" if n < 10 or coaches < 3 or (kind == "v" and leavers < 5) else "shown"
        for n, coaches, leavers, kind in arms
    ]
    assert status_of(*rows) == expected


def test_that_nobody_answered_somewhere_looks_like_too_few() -> None:
    nobody = {"n_people_a": 0, "n_coaches_a": 0, "status": "no_data"}
    north = {"segment": "site", "segment_value": "North"}
    assert status_of(exhaustion(), exhaustion(**north, **nobody)) == ["shown", "suppressed"]
    # Nobody anywhere is no secret, and neither is that nobody there was coached in one way.
    assert status_of(exhaustion(**nobody), exhaustion(**north, **nobody)) == ["no_data"] * 2
    empty = row(outcome="any_exit", n_leavers_a=0, **north, **nobody)
    assert status_of(exhaustion(), exhaustion(**north, **nobody), empty)[1:] == ["no_data"] * 2
