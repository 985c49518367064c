"""The page for agents and coaches says what the settings in force mean for them."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from dashboards.data import SiteData
from dashboards.pages.your_data import your_data_page
from pipelines.contracts.model import load_contracts
from pipelines.privacy.k_anonymity import KNOWN_TOGETHER
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
