"""Workbooks with several sheets in: every sheet with the columns is read, or it is said why not."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import xlsxwriter

from pipelines.core.warehouse import fetch
from tests.unit.ingest.feeds import feeds
from tests.unit.ingest.workbooks import workbook

NAMES = ["employee_id", "shift_date", "scheduled_hours", "absent_hours", "absence_type"]
COVER = [["Hours of all teams"], ["printed", "2025-03-01"]]
PIVOT = [["Row Labels", "Sum of hours"], ["E1", 16], ["Grand Total", 16]]


def rows(month: int, *, hours: object = 8) -> list[list[object]]:
    return [["E1", f"2025-{month:02d}-{day:02d}", hours, 0] for day in (3, 4)]


def taken(place_of: Path, content: bytes, settings: str = "") -> tuple[object, list[tuple]]:
    with feeds(place_of) as place:
        place.declare(settings)
        place.drop("roster/r.csv", ROSTER)
        place.drop("shifts/hours.xlsx", content)
        report = place.refresh("roster", "people", "shifts")["shifts"]
        staged = fetch(
            place.con,
            "select cast(shift_date as varchar), scheduled_hours from staging.shifts order by all",
        ).rows()
        counts = fetch(
            place.con,
            "select n_rows = n_accepted + n_quarantined + n_superseded + n_skipped + n_set_aside "
            "from quality.ingested_file where source = 'shifts' and status = 'loaded'",
        )
        assert all(adds_up for (adds_up,) in counts.iter_rows())
    return report, staged


ROSTER = "employee_id,effective_date,hire_date,site,team,role\nE1,2024-01-01,2024-01-01,S,T,agent\n"


def test_a_sheet_per_month_beside_a_cover_and_a_pivot(tmp_path: Path) -> None:
    book = workbook(
        {
            "Cover": COVER,
            "Jan": [["January"], NAMES, *rows(1)],
            "Pivot": PIVOT,
            "Feb": [[name.replace("_", " ").title() for name in NAMES], *rows(2, hours="eight")],
            "Mar": [NAMES[:4], *rows(3)],
            "Apr": [NAMES],
        }
    )
    report, staged = taken(tmp_path, book)
    assert not staged  # half of the rows are wrong, and a refusal says where the first stands
    (reason,) = report.gate_refusals or report.delivery_refusals
    assert "line 2 of sheet 4, column scheduled_hours" in reason


def test_rows_of_all_sheets_count(tmp_path: Path) -> None:
    book = workbook(
        {
            "Cover": COVER,
            "Jan": [["January"], NAMES, *rows(1)],
            "Pivot": PIVOT,
            "Feb 25": [NAMES[:4], *rows(2)],
            "All": [NAMES, *rows(1), *rows(2), *rows(3)],
        }
    )
    report, staged = taken(tmp_path, book)
    assert [day[:7] for day, _ in staged] == [f"2025-0{month}" for month in (1, 1, 2, 2, 3, 3)]
    told = "\n".join(report.notes)
    assert "read 3 sheets of 5: 2 'Jan', 4, 5 'All'" in told
    assert "left aside, without the columns that are needed: 1 'Cover', 3 'Pivot'" in told
    assert "sheet 4 lacks 1 column that others have" in told
    assert report.n_rows == 10 and report.n_superseded == 4


def test_a_pattern_says_which_sheets_are_read(tmp_path: Path) -> None:
    book = workbook({"M1": [NAMES, *rows(1)], "M2": [NAMES, *rows(2)], "Old": [NAMES, *rows(3)]})
    settings = '[mapping.shifts]\nsheet = "M*"\n'
    assert {day[:7] for day, _ in taken(tmp_path, book, settings)[1]} == {"2025-01", "2025-02"}


def test_a_header_that_nearly_fits_is_no_cover(tmp_path: Path) -> None:
    wrong = ["employee_id", "shift_day", "scheduled_hours"]
    book = workbook({"Jan": [NAMES, *rows(1)], "Feb": [wrong, *rows(2)]})
    report, staged = taken(tmp_path, book)
    (reason,) = report.gate_refusals
    assert not staged and "sheet 2 'Feb': the header lacks shift_date" in reason


@pytest.mark.parametrize("shown", [True, False])
def test_a_hidden_sheet_beside_others_isnt_guessed_about(tmp_path: Path, *, shown: bool) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        for month, name in enumerate(["Jan", "Old"], start=1):
            sheet = book.add_worksheet(name)
            for row, cells in enumerate([NAMES, *rows(month)]):
                sheet.write_row(row, 0, cells)
        if not shown:
            sheet.hide()
    report, staged = taken(tmp_path, buffer.getvalue())
    if shown:
        assert len(staged) == 4
    else:
        assert not staged and "hidden sheets" in report.gate_refusals[0]


def test_a_recipe_knows_the_sheet_and_leaves_rows_below_each_header(tmp_path: Path) -> None:
    header, second = ["Badge", "Day", "Hours"], ["id", "date", "number"]
    book = workbook(
        {
            "Leeds": [header, second, ["E1", "2025-01-03", 8], ["E1", "2025-01-04", 8]],
            "York": [header, second, ["E1", "2025-01-05", 7], ["E1", "2025-01-06", 7]],
        }
    )
    with feeds(tmp_path) as place:
        place.declare('[feed]\nclock = "own/clock"\n')
        place.recipe(
            "own/clock",
            'title = "t"\nlayout = "l"\ncolumns = ["Badge", "Day", "Hours"]\n'
            "[read]\nskip_after_header = 1\n",
            shifts='select "Badge" as employee_id, "Day" as shift_date, '
            "case when _sheet = 'York' then \"Hours\" else '6' end as scheduled_hours, "
            "_line from delivery",
        )
        place.drop("roster/r.csv", ROSTER)
        place.drop("clock/c.xlsx", book)
        place.refresh("roster", "people", "shifts")
        hours = fetch(place.con, "select scheduled_hours from staging.shifts order by shift_date")
    assert hours["scheduled_hours"].to_list() == [6, 6, 7, 7]
