"""Percentages by the column's unit, formulas that no Excel has computed, and merged cells."""

from __future__ import annotations

import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from pipelines.contracts.sources import load_contracts
from pipelines.core.errors import GateError
from pipelines.ingest.read.readers import CANONICAL
from pipelines.ingest.read.xlsx_reader import read_excel
from tests.unit.ingest.landing import assert_invariant, landing
from tests.unit.ingest.workbooks import changed, workbook

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
    ("declared", "read"),
    [
        (
            {},
            {
                "95%": (95, 0.95),
                "95.5 %": (95.5, 0.955),
                "95\u00a0%": (95, 0.95),
                "7\u202f%": (7, 0.07),
                "101%": (None, None),
                "%": (None, None),
                "9x%": (None, None),
            },
        ),
        ({"decimal": ","}, {"95,5 %": (95.5, 0.955), "95.5%": (None, None)}),
    ],
)
def test_percentages_in_text(
    tmp_path: Path, declared: dict[str, Any], read: dict[str, tuple[float | None, float | None]]
) -> None:
    rows = [f'A{n},2024-01-01,"{text}",' for n, text in enumerate(read)]
    rows += [f'B{n},2024-01-01,,"{text}"' for n, text in enumerate(read)]
    rows += [f"E{n},2024-01-01,," for n in range(200)]
    with landing(tmp_path, "performance", **declared) as place:
        place.drop("p.csv", "\n".join([",".join(HEADER[:4]), *rows, ""]))
        place.refresh()
        staged = {row["employee_id"]: row for row in place.staged()}
        for n, (text, (score, share)) in enumerate(read.items()):
            assert staged.get(f"A{n}", {}).get("quality_score") == score, text
            assert staged.get(f"B{n}", {}).get("first_contact_resolution") == share, text
        rejected = {value for _, _, _, value in place.rejected()}
        assert rejected == {text for text, values in read.items() if values == (None, None)}
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


def merged(rows: list[list[object]], ranges: list[str]) -> bytes:
    """A workbook with cells merged over several rows, as Excel writes them."""
    cells = "".join(f'<mergeCell ref="{each}"/>' for each in ranges)
    element = f"</sheetData><mergeCells>{cells}</mergeCells>".encode()
    return changed(
        workbook({"S": rows}),
        "xl/worksheets/sheet1.xml",
        lambda part: part.replace(b"</sheetData>", element),
    )


def test_a_merged_cell_says_its_value_of_each_of_its_rows() -> None:
    day = dt.date(2026, 3, 2)
    rows = [
        ["Shifts of March", None, None, None],
        [None, None, "Hours", None],
        ["employee_id", "shift_date", "scheduled_hours", "absent_hours"],
        [101, day, 8, 0],
        [None, day + dt.timedelta(1), 8, 0],
        [102, day, 16, 0],
        [None, day + dt.timedelta(1), None, 0],
        [None, None, None, None],
        ["E9", day, 8, 0],
    ]
    ranges = ["A1:D1", "C2:D2", "A4:A5", "A6:A8", "C6:C7", "A9:B9"]
    delivery = read_excel(merged(rows, ranges), load_contracts().source("shifts"), CANONICAL)
    read = delivery.table.to_pylist()
    assert [row["employee_id"] for row in read] == ["101", "101", "102", "102", "E9"]
    assert [row["scheduled_hours"] for row in read] == ["8", "8", "16", "", "8"]
    assert any(note.startswith("2 cells got the value") for note in delivery.notes)
    assert any(note.startswith("1 cells are part of merged numbers") for note in delivery.notes)


def test_a_name_merged_over_two_header_rows_is_read() -> None:
    rows = [
        ["employee_id", "shift_date", "Hours", None],
        [None, None, "scheduled_hours", "absent_hours"],
        ["E1", dt.date(2026, 3, 2), 8, 0],
    ]
    content = merged(rows, ["A1:A2", "B1:B2", "C1:D1"])
    delivery = read_excel(content, load_contracts().source("shifts"), CANONICAL)
    assert delivery.table.num_rows == 1
    assert len(delivery.delivered_names) == 4


def test_thousands_of_merged_cells_cost_little_or_are_told() -> None:
    rows = [["a", "b"], *(["x", "1"] for _ in range(10))]
    with pytest.raises(GateError, match=r"more than 100,000 merged cells; unmerge them"):
        read_excel(merged(rows, ["A2:A3"] * 100_001), load_contracts().source("shifts"), CANONICAL)
