"""Percentages by the column's unit, and formulas that no Excel has computed."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.unit.ingest.landing import assert_invariant, landing
from tests.unit.ingest.workbooks import changed

HEADER = ["employee_id", "week_start", "quality_score", "first_contact_resolution", "contacts"]


def _book(code: str, values: list[float]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet, form = book.add_worksheet(), book.add_format({"num_format": code})
        sheet.write_row(0, 0, HEADER)
        for row, value in enumerate(values, start=1):
            sheet.write_row(row, 0, [f"E{row:02d}", "2024-01-01"])
            sheet.write_number(row, 2, value, form)
            sheet.write_number(row, 3, value, form)
    return buffer.getvalue()


@pytest.mark.parametrize("code", ["0%", "0.00%", '0.0" "%', "[Red]0%;-0%"])
def test_percent_cells_are_read_by_the_columns_unit(tmp_path: Path, code: str) -> None:
    values = [0.0, 0.07, 0.29, 0.9400000000000001, 1.0]
    with landing(tmp_path, "performance") as place:
        place.drop("p.xlsx", _book(code, values))
        assert place.refresh().n_accepted == len(values)
        rows = place.staged()
        assert [row["quality_score"] for row in rows] == [0, 7, 29, 94, 100]
        assert [row["first_contact_resolution"] for row in rows] == [0, 0.07, 0.29, 0.94, 1]


@pytest.mark.parametrize("code", ["0.00", "General", '0.0"% of goal"'])
def test_other_numbers_stay_what_they_are(tmp_path: Path, code: str) -> None:
    with landing(tmp_path, "performance") as place:
        place.drop("p.xlsx", _book(code, [0.5]))
        place.refresh()
        (row,) = place.staged()
        assert (row["quality_score"], row["first_contact_resolution"]) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("declared", "text", "score", "share"),
    [
        ({}, "95%", 95, 0.95),
        ({}, "95.5 %", 95.5, 0.955),
        ({}, "95\u00a0%", 95, 0.95),
        ({}, "7\u202f%", 7, 0.07),
        ({"decimal": ","}, "95,5 %", 95.5, 0.955),
        ({}, "101%", None, None),
        ({}, "%", None, None),
        ({}, "9x%", None, None),
        ({"decimal": ","}, "95.5%", None, None),
    ],
)
def test_percentages_in_text(
    tmp_path: Path, declared: dict[str, Any], text: str, score: float | None, share: float | None
) -> None:
    head = ",".join(HEADER[:4])
    with landing(tmp_path, "performance", **declared) as place:
        place.drop("p.csv", f'{head}\nE1,2024-01-01,"{text}",\nE2,2024-01-01,,"{text}"\n')
        report = place.refresh()
        if score is None:
            assert report.n_files_refused == 1
            return
        one, two = place.staged()
        assert (one["quality_score"], two["first_contact_resolution"]) == (score, share)
        assert_invariant(place)


def test_a_percentage_of_nothing_is_no_number(tmp_path: Path) -> None:
    with landing(tmp_path, "performance") as place:
        place.drop("p.csv", "employee_id,week_start,csat_mean\nE1,2024-01-01,4%\n")
        assert "is not a number" in place.refresh().delivery_refusals[0]


def _formulas(column: str, n: int) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["employee_id", "week_start", column])
        for row in range(1, 7):
            sheet.write_row(row, 0, [f"E{row}", "2024-01-01"])
            sheet.write_formula(row, 2, "=2+2", None, 99 if row <= n else 4)
    content = buffer.getvalue()
    emptied = re.compile(rb"<v>99</v>")
    return changed(content, "xl/worksheets/sheet1.xml", lambda part: emptied.sub(b"<v/>", part))


def test_formulas_without_a_value_are_told(tmp_path: Path) -> None:
    with landing(tmp_path, "performance") as place:
        place.drop("p.xlsx", _formulas("csat_mean", 3))
        (reason,) = place.refresh().gate_refusals
        assert "column csat_mean has 3 formulas without a value; open the workbook" in reason
        place.drop("p.xlsx", _formulas("csat_mean", 0))
        assert place.refresh().n_accepted == 6
    with landing(tmp_path / "another", "performance") as place:
        place.drop("q.xlsx", _formulas("bonus", 1))
        report = place.refresh()
        assert report.n_accepted == 6
        assert "column bonus has 1 formula without a value; they were taken" in report.notes[0]
