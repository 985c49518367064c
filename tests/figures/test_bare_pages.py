"""A page whose source wasn't delivered says so once, and has nothing left of one with figures."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from dashboards.data import SiteData
from dashboards.pages.outcome import absence_page, customers_page, wellbeing_page
from tests.figures.visible_text import visible_text
from tests.figures.worlds import clear_difference, missing_sources

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
