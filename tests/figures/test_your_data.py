"""The page for agents and coaches says what the settings in force mean for them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from dashboards.data import Cut, SiteData
from dashboards.pages.your_data import your_data_page
from dashboards.sentences import your_data
from dashboards.sentences.promise import promise
from pipelines.contracts.sources import load_contracts
from pipelines.contracts.tables import load_metrics
from pipelines.disclosure.k_anonymity import KNOWN_TOGETHER
from tests.figures.visible_text import visible_text
from tests.figures.worlds import WORLDS


def text(**settings: object) -> str:
    data: SiteData = replace(WORLDS["clear_difference"](), **settings)  # type: ignore[arg-type]
    return visible_text(your_data_page(data, None))


@pytest.mark.parametrize("min_group", [5, 25])
def test_the_smallest_group_is_the_one_that_is_set(min_group: int) -> None:
    said = text(min_group=min_group)
    assert f"These pages speak of {min_group} people or more" in said
    assert f"fewer than {min_group} people" in said
    assert f"fewer than {min_group + 1} people" not in said


def test_without_a_smallest_group_nothing_is_promised() -> None:
    said = text(min_group=1)
    assert "no smallest group is set" in said
    assert "never of you alone" not in said
    assert "Small groups are hidden" not in said


@pytest.mark.parametrize(("is_allowed", "years"), [(True, 1), (False, 7)])
def test_survey_answers_and_years_are_told_as_they_are_set(is_allowed: bool, years: int) -> None:
    said = text(analyst_person_scores=is_allowed, retention_years=years)
    assert ("your survey answers too, under the pseudonym" in said) == is_allowed
    assert ("not your survey answers" in said) != is_allowed
    assert ("1 year, counted" if years == 1 else "7 years, counted") in said


def test_the_share_that_may_be_recognised_is_that_of_the_report() -> None:
    report = {
        "table_name": "marts.agent",
        "characteristics": "site, role, hire_month",
        "n_people": 1234,
        "n_classes": 300,
        "smallest_class": 1,
        "share_in_classes_under_5": 0.372,
        "share_in_small_classes": 0.9,
    }
    assert report["characteristics"] in {", ".join(each.characteristics) for each in KNOWN_TOGETHER}
    assert "Of the 1,234 people in it, 37% share" in text(k_anonymity=pl.DataFrame([report]))


def test_every_column_of_words_is_named_as_locked_away() -> None:
    said = text()
    for source in load_contracts().sources:
        for column in source.columns:
            if column.personal_data == "free_text":
                assert column.name in said


PROMISE = (
    "No figure is about fewer than ten people or three coaches, nor tells how fewer than five "
    "people left; whatever isn't plain fact (headcount, hires, leavers, sessions) is rounded to "
    "the weight of five people, answers and absence more coarsely, so that what remains between "
    "figures or months says next to nothing about one person's way of leaving, answers or "
    "illness. That somebody works here, was coached or left is not treated as secret, and whoever "
    "knows everything about everybody else may still work out how about one leaver in ten left in "
    "the smallest organisations."
)
PRIVACY = Path(__file__).resolve().parents[2] / "docs" / "privacy.md"


def test_the_promise_stands_on_the_page_word_for_word() -> None:
    assert promise(WORLDS["clear_difference"]()) == PROMISE
    assert PROMISE in text()


def test_the_promise_is_the_one_of_the_documents() -> None:
    told = " ".join(PRIVACY.read_text("utf-8").split())
    assert PROMISE in told


@pytest.mark.parametrize(
    ("changed", "said", "not_said"),
    [
        ({"min_group": 20}, "fewer than 20 people or three coaches", "ten people"),
        ({"min_coaches": 1}, "or one coach, nor", "three coaches"),
        ({"min_leavers": 8}, "how fewer than eight people left", "five people left"),
        ({"min_leavers": 1}, "how fewer than one person left", "five people left"),
        (
            {"grid": 12, "grid_confidential": 24},
            "the weight of twelve people, answers",
            "five people,",
        ),
        ({"grid_confidential": 5}, "the weight of five people, so that", "more coarsely"),
        ({"grid_confidential": 0}, "but answers and absence are exact", "answers or illness"),
        ({"grid": 0}, "has set no rounding", "is rounded to"),
        ({"grid": 0, "grid_confidential": 0}, "Figures are exact here:", "the weight of"),
        ({"exit_kind": "open"}, "how people left is shown here like any other fact", "nor tells"),
    ],
)
def test_the_promise_says_the_limits_that_are_set(
    changed: dict[str, object], said: str, not_said: str
) -> None:
    told = promise(replace(WORLDS["clear_difference"](), **changed))  # type: ignore[arg-type]
    assert said in told
    assert not_said not in told


@pytest.mark.parametrize(
    ("changed", "is_measured"),
    [
        ({}, True),
        ({"min_group": 20, "grid": 10, "grid_confidential": 20}, True),
        ({"min_group": 5}, False),
        ({"min_leavers": 2}, False),
        ({"grid": 3}, False),
        ({"grid": 0}, False),
        ({"exit_kind": "open"}, False),
        ({"cut": Cut(cause="every_night")}, False),
    ],
)
def test_what_was_measured_is_claimed_for_limits_as_strict_only(
    changed: dict[str, object], is_measured: bool
) -> None:
    told = promise(replace(WORLDS["clear_difference"](), **changed))  # type: ignore[arg-type]
    assert ("about one leaver in ten" in told) == is_measured
    assert ("not measured with the limits set here" in told) != is_measured


def test_every_outcome_stands_in_one_group_of_figures() -> None:
    data = WORLDS["clear_difference"]()
    rows = {name: which for name, which, _ in your_data.group_rows(data)}
    assert set(rows) == {"Plain facts", "Restricted", "Confidential"}
    for metric in load_metrics():
        homes = [name for name, which in rows.items() if metric.label.lower() in which.lower()]
        assert len(homes) == 1, metric.outcome
    assert "all leavers" in rows["Plain facts"]
    assert "Leaving by choice" in rows["Restricted"]
    assert "unplanned absence" in rows["Confidential"]
    is_open = your_data.group_rows(replace(data, exit_kind="open"))
    assert "leaving by choice" in is_open[0][1]


def test_the_works_councils_questions_are_answered() -> None:
    said = text()
    for question in (
        "Who sees what", "What is read about your work", "Three groups of figures",
        "When do figures move?", "What is rounded, and how?", "Can I have my records erased?",
        "The analysts’ file is outside of the promise.",
    ):  # fmt: skip
        assert question in said
    assert "No rounding is set" in text(grid=0, grid_confidential=0)
    assert "every night" in text(cut=Cut(cause="every_night"))


def test_nothing_is_promised_of_what_was_given_up() -> None:
    said = text()
    for gone in ("subtraction", "old figure stands", "hidden more often", "held back"):
        assert gone not in said
