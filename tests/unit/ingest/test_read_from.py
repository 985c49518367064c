"""A rejected value is told with the file's own heading and the form that the recipe reads."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pipelines.config.feeds import Feed
from pipelines.config.recipes import SHIPPED, Reading, read_recipe, recipe_names
from pipelines.core.workspace import Workspace
from pipelines.ingest.load import file_ledger
from pipelines.ingest.profile.try_feed import try_feed
from pipelines.ingest.shape.read_from import expected_forms, headings, read_from
from tests.unit.ingest.feeds import Feeds, employed, feeds
from tests.unit.ingest.workbooks import workbook

TOML = 'title = "t"\nlayout = "made up"\ncolumns = ["Who", "Date", "Hours"]\n'
TOML += '[parameters]\ndate_format = "%m/%d/%Y"\n'
CLOCK = """
with clock as (select *, day_of("Date", $date_format) as day from delivery)
select "Who" as employee_id, day as shift_date, "Hours" as scheduled_hours, 0 as absent_hours, _line
from clock
"""
FORM = "is not a date as the recipe reads it: %m/%d/%Y, like 11/28/2026"


def _clock(place: Feeds) -> None:
    place.declare('[feed]\nclock = "own/clock"\n')
    place.recipe("own/clock", TOML, shifts=CLOCK)
    place.drop("roster/r.csv", employed("E1"))


def test_a_date_in_another_form_is_told_by_heading_and_the_form_expected(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        _clock(place)
        good = "".join(f"E1,03/{day:02d}/2026,8\n" for day in range(1, 4))
        place.drop("clock/1.csv", "WHO,date,Hours\n" + good + "E1,17.03.2026,8\n")
        said = "\n".join(try_feed(Workspace(tmp_path), "clock").lines)
        (refusal,) = place.refresh()["shifts"].delivery_refusals
        for told in (said, refusal):
            assert f"line 5, column date (shift_date): the value (9.9.9) {FORM}" in told
            assert "it has two forms" in told
            assert "if you say their form" not in told
        place.drop("clock/1.csv", "Who,Date,Hours\nE1,17.03.2026,8\n")
        (refusal,) = place.refresh()["shifts"].delivery_refusals
        assert 'if you say their form, "%d.%m.%Y", in settings.toml' in refusal


def test_date_cells_of_a_workbook_are_read_whatever_form_texts_have(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        _clock(place)
        cells = [dt.date(2026, 3, 2), dt.datetime(2026, 3, 3, 8, 30), "03/04/2026"]
        rows = [["Who", "Date", "Hours"], *(["E1", cell, 8] for cell in cells)]
        place.drop("clock/1.xlsx", workbook({"a": rows}))
        place.refresh()
        assert [row["shift_date"].day for row in place.staged("shifts")] == [2, 3, 4]


def test_shipped_queries_tell_the_forms_they_read() -> None:
    recipe = read_recipe(SHIPPED / "ukg/schedule_detail", "ukg/schedule_detail")
    feed = Feed("ukg", recipe, Reading(), {}, recipe.declared.parameters)
    found = read_from(feed, "shifts")
    assert expected_forms(found)["shift_date"].endswith("%m/%d/%Y %I:%M%p, like 11/28/2026 02:05PM")
    assert headings(found, {"Shift Start": "shift start"})["shift_date"] == "shift start"
    for name in recipe_names():
        recipe = read_recipe(SHIPPED / name, name)
        feed = Feed("it", recipe, Reading(), {}, recipe.declared.parameters)
        for source in recipe.sources:
            assert "employee_id" in read_from(feed, source), name


def test_a_renamed_column_is_told_with_the_heading_it_has_now(tmp_path: Path) -> None:
    with feeds(tmp_path) as place:
        _clock(place)
        toml = TOML.replace('"Hours"]', '"Worked Hours"]')
        place.recipe("own/clock", toml, shifts=CLOCK.replace('"Hours"', '"Worked Hours"'))
        head = "Who,Date,{},Pay Code\n"
        place.drop("clock/1.csv", head.format("Total") + "E1,03/02/2026,8,x\n")
        (refusal,) = place.refresh()["shifts"].gate_refusals
        assert "the header lacks Worked Hours; it has Who, Date, Total, Pay Code" in refusal
        assert '[feed.clock] with recipe = "own/clock" and columns' in refusal
        (public,) = file_ledger.describe_refused(place.con)
        assert "lacks Worked Hours; of others it has Total, a column whose name isn't" in public
        assert '[feed.clock] with recipe = "own/clock" and columns' in public
        place.drop("clock/1.csv", "Who,Ada@x.org,Pay\nE1,03/02/2026,8\n")
        (refusal,) = place.refresh()["shifts"].gate_refusals
        assert "Ada" not in refusal
