"""Exports with day and month in either order in: read rightly, refused, or told that it is open."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.config.feeds import FeedSettings, resolve_feeds
from pipelines.core.errors import GateError
from pipelines.ingest.shape.day_order import day_order_notes
from tests.unit.ingest.feeds import feeds

QUERY = 'select day_of("Hire Date", $date_format) as hire_date, "File Number" from delivery'
NAMES = ("adp_workforce_now/workers", "nice_iex_wfm/schedule_summary")


def notes(
    dates: list[str | None], declared: str | None = None, recipe: str = NAMES[0]
) -> list[str]:
    said = {"date_format": declared} if declared else {}
    (feed,) = resolve_feeds({"f": FeedSettings(recipe=recipe, parameters=said)}, Path("none"))
    numbers = ["13042024"] * len(dates)
    table = pa.table({"Hire Date": pa.array(dates, pa.string()), "File Number": numbers})
    asked = {"date_format": feed.parameters["date_format"]}
    return day_order_notes(feed, QUERY.replace(', "File Number"', ""), asked, table)


@given(st.lists(st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1)), min_size=1))
def test_dates_of_the_other_order_are_refused_or_told(days: list[dt.date]) -> None:
    tells = any(day.day > 12 for day in days)
    assert bool(notes([f"{day:%m/%d/%Y}" for day in days])) is not tells
    other = [f"{day:%d/%m/%Y}" for day in days]
    if tells:
        with pytest.raises(GateError, match=r'parameters = \{date_format = "%d/%m/%Y"\}'):
            notes(other)
        assert not notes(other, "%d/%m/%Y")
    else:
        assert "no date of the file tells day from month" in notes(other)[0]
        assert not notes(other, "%m/%d/%Y")


def test_what_is_no_date_says_nothing() -> None:
    assert not notes([None, "13042024", "7", "2024-13-01"])
    assert not notes(["0412024", "1"], recipe=NAMES[1])
    assert not notes(["13/04/2024", "04/13/2024", "99/01/2024"])
    with pytest.raises(GateError, match="%d%m%Y"):
        notes(["13042024", "01022024"], recipe=NAMES[1])


def test_a_roster_of_another_country_is_refused_as_a_whole(tmp_path: Path) -> None:
    """Most people begin on the first of a month: by rows, only the 13th would be told."""
    lines = [f'{n},"P, {n}",01/{n % 12 + 1:02d}/2024,D,L,Agent' for n in range(1, 60)]
    text = "\n".join(
        [
            'Employee #,"Last name, First name",Hire Date,Division,Location,Job Title',
            *lines,
            '77,"P, 77",13/04/2024,D,L,Agent',
        ]
    )
    with feeds(tmp_path) as place:
        place.declare('[feed]\nhr = "bamboohr/headcount"\n')
        place.drop("hr/h.csv", text)
        report = place.refresh("roster")["roster"]
        assert "the day stands before the month in its dates (1 of them" in report.gate_refusals[0]
