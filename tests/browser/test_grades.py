"""What lowers an outcome's grade stands by name on its page and is ticked nowhere there."""

from __future__ import annotations

import re

import pytest

from pipelines.core.warehouse import fetch, open_warehouse
from pipelines.core.workspace import Workspace
from tests.figures.test_credibility import SPEAKS_OF
from tests.figures.visible_text import visible_text

OUTCOMES = {
    "retention.html": ("voluntary_exit", "involuntary_exit", "any_exit"),
    "wellbeing.html": ("emotional_exhaustion", "cynicism", "compassion_satisfaction", "morale"),
    "absence.html": ("unplanned_absence",),
    "customers.html": ("customer_satisfaction", "quality_score"),
    "outcomes.html": ("voluntary_exit",),
}
LOWERING = """
    select "check", label, reading from outcomes.credibility_check
    where outcome = ? and caps_at <> 'strong'
"""


@pytest.mark.parametrize("page", OUTCOMES)
def test_a_page_names_what_lowers_a_grade_and_ticks_none_of_it(
    page: str, publication: Workspace
) -> None:
    html = (publication.published_site / page).read_text("utf-8")
    text = visible_text(html).lower()
    ticked = re.findall(r'<li>\s*<span class="mark yes".*?</li>', html, re.DOTALL)
    with open_warehouse(publication.published_analytics, read_only=True) as con:
        for outcome in OUTCOMES[page]:
            for check, label, reading in fetch(con, LOWERING, [outcome]).iter_rows():
                assert reading.lower() in text, (outcome, label)
                if outcome != OUTCOMES[page][0]:
                    continue  # what is ticked is said of the outcome that the page leads with
                for item in map(visible_text, ticked):
                    assert not re.search(SPEAKS_OF[check], item), (outcome, check, item)
