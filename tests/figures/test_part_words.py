"""What is said of the parts of the workforce that can't be held against each other."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.sentences.workforce import said
from pipelines.core.status import STATUSES, words
from tests.figures.workforce_worlds import NOT_SHOWN, part

WITH_FIGURE = ("shown", "too_little_data")


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("shown", "too_early", "too_early"), "It is too early to hold the quarters"),
        (("too_early", "too_early"), "It is too early to hold the quarters"),
        (
            ("shown", "suppressed", "suppressed"),
            "Too few quarters can be held against each other: 1 with a figure of its own and 2 "
            "hidden for privacy",
        ),
        (
            ("suppressed", "not_reportable"),
            "No quarters can be held against each other: 1 hidden for privacy and 1 not reportable",
        ),
        (
            ("too_little_data", "too_little_data", "suppressed"),
            "Too few quarters can be held against each other: 2 with too little data and 1 hidden",
        ),
        (
            ("too_early", "suppressed"),
            "No quarters can be held against each other: 1 too early and 1 hidden for privacy",
        ),
        (
            ("not_reportable", "too_little_data", "not_reportable", "too_early", "too_early"),
            "Too few quarters can be held against each other: 1 with a figure of its own, 2 not "
            "reportable and 2 too early",
        ),
        (
            ("shown", "not_reportable"),
            "Too few quarters can be held against each other: 1 with a figure of its own and 1 not "
            "reportable",
        ),
    ],
)
def test_why_parts_are_not_held_against_each_other_is_what_their_rows_say(
    statuses: tuple[str, ...], expected: str
) -> None:
    parts = [
        part("period", f"Q{i + 1} 2026", None, status=status, has_counterparts=True)
        | ({} if status in WITH_FIGURE else NOT_SHOWN)
        for i, status in enumerate(statuses)
    ]
    assert said("period", parts).startswith(expected)


@given(st.lists(st.sampled_from(STATUSES), min_size=1, max_size=9))
def test_why_parts_are_not_compared_is_said_of_the_rows_that_it_is_true_of(
    statuses: list[str],
) -> None:
    parts = [
        part("period", f"Q{i % 4 + 1} 202{i}", None, status=status, has_counterparts=True)
        | ({} if status == "shown" else NOT_SHOWN)
        for i, status in enumerate(statuses)
    ]
    told = said("period", parts)
    without = [words(status) for status in statuses if status != "shown"]
    if "too early to" in told:
        assert set(without) == {"too early"}
    else:
        assert ("1 with a figure of its own" in told) == (statuses.count("shown") == 1)
        told = re.sub(r"1 with a figure of its own(, | and )?", "", told)
        counted = re.findall(r"(\d+) (?:with(?:out)? )?([a-z ]+?)(?:, | and |$)", told)
        assert {word.replace("data", "").strip() for _, word in counted} == {
            word.removeprefix("no ").replace("data", "").strip() for word in set(without)
        }
        assert sum(int(n) for n, _ in counted) == len(without)
