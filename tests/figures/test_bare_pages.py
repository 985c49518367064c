"""A page whose source wasn't delivered says so once, and has nothing left of one with figures."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from dashboards.data import SiteData
from dashboards.pages.outcome import absence_page, customers_page, wellbeing_page
from dashboards.pages.retention import retention_page
from dashboards.sentences import coaches, workforce
from tests.figures.visible_text import visible_text
from tests.figures.worlds import clear_difference, missing_sources, nothing

LEFT_OVER = ("0 people", "Rounded to", "How sure are we", "What would change", "has no figure here")


@pytest.mark.parametrize("make_page", [absence_page, customers_page, wellbeing_page])
def test_what_was_not_delivered_is_said_once(
    make_page: Callable[[SiteData, str | None], str],
) -> None:
    page = make_page(missing_sources(), None)
    text = visible_text(page)
    assert text.count("nothing was delivered") == 1
    assert "Deliver the data first." in text
    assert not [words for words in LEFT_OVER if words in text]
    assert 'class="mark yes"' not in page
    anchors = set(re.findall(r'id="([\w-]+)"', page))
    assert set(re.findall(r'<li><a href="#([\w-]+)"', page)) <= anchors, (
        "no link to what isn't there"
    )
    whole = visible_text(make_page(clear_difference(), None))
    assert "How sure are we" in whole
    assert "Rounded to" in whole


def test_a_table_without_any_figure_is_not_shown_and_groups_without_one_are_named_once() -> None:
    """Twelve rows of "no data" told nothing, and "both groups" was said where one had people."""
    bare = visible_text(retention_page(nothing(), None))
    assert "Every horizon" not in bare
    assert "Both groups: no data" not in bare
    assert "coaching compared" not in bare
    assert "Every horizon" in visible_text(retention_page(clear_difference(), None))
    assert coaches.preference_rows(nothing(), [("voluntary_exit", 365)]) == []


def test_parts_stand_by_name_and_bands_by_length() -> None:
    names = ["2026-Q1", "Zeder", "aster", "Birch", "1 to 3 years", "under 90 days"]
    rows = sorted(({"segment_value": name} for name in names), key=workforce.by_tenure)
    assert [row["segment_value"] for row in rows] == [
        "under 90 days", "1 to 3 years", "2026-Q1", "aster", "Birch", "Zeder",
    ]  # fmt: skip
