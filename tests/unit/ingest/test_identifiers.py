"""What stands for nobody is never a person, and an identifier is whole or refused."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from tests.unit.ingest.landing import assert_invariant, landing
from tests.unit.ingest.workbooks import workbook

HEADER = "employee_id,effective_date,hire_date,site,team,role,supervisor_id"
REST = "2024-01-01,2023-01-01,Leeds,T1,agent"
NOBODY = [
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#DIV/0!",
    "Err:502",
    "NULL",
    "null",
    "None",
    "NaN",
    "N/A",
    "n.a.",
    "nil",
    "0",
    "-",
    "--",
    "–",
    "?",
    ".",
    "NO_MANAGER",
    "no-coach",
    "NotAssigned",
    "Unassigned",
    "Vacant",
    "TBD",
    "(blank)",
    "<null>",
    "\\N",
    "undefined",
]
SOMEBODY = [
    "NA",
    "00",
    "007",
    "E-1",
    "10",
    "N0",
    "A.B",
    "5E10",
    "12E34",
    "no1",
    "Nonely",
    "Nilsson",
    "anna@x.org",
    "O'Neil",
    "1-2",
]


def test_a_placeholder_is_nobody(tmp_path: Path) -> None:
    words = [*NOBODY, "no manager", "Not available", "kein Coach"]
    bad = "".join(f"{word},{REST},E1\n" for word in words)
    good = "".join(f"E{i},{REST},{words[i % len(words)]}\n" for i in range(40 * len(words)))
    with landing(tmp_path, "roster") as place:
        place.drop("r.csv", f"{HEADER}\n{bad}{good}")
        report = place.refresh()
        assert (report.n_accepted, report.n_quarantined) == (40 * len(words), len(words))
        assert {row["supervisor_id"] for row in place.staged()} == {None}
        assert "stands for nobody" in report.problems[0]
        assert place.rejected() == [
            (line, "placeholder", "employee_id", word) for line, word in enumerate(words, start=2)
        ]
        assert_invariant(place)


def test_an_identifier_that_lost_digits_is_rejected(tmp_path: Path) -> None:
    texts = ["1E+05", "1.23457E+12", "1,5E+11", "1.2e9", "123.0", "77,00"]
    rest = REST.replace(",", ";")
    bad = "".join(f"{text};{rest};{text}\n" for text in texts)
    good = "".join(f"E{i};{rest};B\n" for i in range(40 * len(texts)))
    with landing(tmp_path, "roster", delimiter=";") as place:
        place.drop("r.csv", f"{HEADER.replace(',', ';')}\n{bad}{good}")
        report = place.refresh()
        assert (report.n_accepted, report.n_quarantined) == (40 * len(texts), len(texts))
        assert "its digits are lost; export the column as text" in report.problems[0]
        assert [(line, rule, text) for line, rule, _, text in place.rejected()] == [
            (line, "lost_digits", text)
            for line, text in enumerate(texts, start=2)
            for _ in ("employee_id", "supervisor_id")
        ]


def test_unusual_identifiers_are_people(tmp_path: Path) -> None:
    rows = "".join(f"{word},{REST},{word}\n" for word in SOMEBODY)
    with landing(tmp_path, "roster") as place:
        place.drop("r.csv", f"{HEADER}\n{rows}")
        place.refresh()
        found = {(row["employee_id"], row["supervisor_id"]) for row in place.staged()}
        assert found == {(word, word) for word in SOMEBODY}


@pytest.mark.parametrize(("delimiter", "end"), [(",", "\n"), (";", "\r\n"), ("\t", "\n")])
def test_a_text_in_excels_wrapping_is_unwrapped(tmp_path: Path, delimiter: str, end: str) -> None:
    rows = [HEADER] + [f"{cell},{REST},{cell}" for cell in ('="00101"', '"=""00102"""')]
    with landing(tmp_path, "roster", delimiter=delimiter) as place:
        place.drop("r.csv", "".join(row.replace(",", delimiter) + end for row in rows))
        assert place.refresh().n_accepted == 2
        found = [(row["employee_id"], row["supervisor_id"]) for row in place.staged()]
        assert found == [("00101", "00101"), ("00102", "00102")]


def test_a_workbooks_number_formats_are_part_of_its_identifiers(tmp_path: Path) -> None:
    formats = {"000000": "000101", "00-000": "00-101", '"E"0000': "E0101", "General": "101"}
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER.split(","))
        for row, code in enumerate(formats, start=1):
            sheet.write_number(row, 0, 101, book.add_format({"num_format": code}))
            sheet.write_row(row, 1, REST.split(","))
            sheet.write_string(row, 6, '="007"')
    with landing(tmp_path, "roster") as place:
        place.drop("r.xlsx", buffer.getvalue())
        assert place.refresh().n_accepted == len(formats)
        assert {row["employee_id"] for row in place.staged()} == set(formats.values())
        assert {row["supervisor_id"] for row in place.staged()} == {"007"}


def test_sixteen_digits_in_excel_and_large_floats_in_parquet_are_refused(tmp_path: Path) -> None:
    row = [1234567890123456, *REST.split(",")]
    book = workbook({"Tab": [HEADER.split(",")[:6], row]})
    with landing(tmp_path, "roster") as place:
        place.drop("r.xlsx", book)
        (reason,) = place.refresh().delivery_refusals
        assert "its digits are lost" in reason
    buffer = io.BytesIO()
    days = {"shift_date": ["2024-01-01"] * 2, "scheduled_hours": [8, 8], "absent_hours": [0, 0]}
    pq.write_table(pa.table({"employee_id": [1.234567890123e12, 101.0], **days}), buffer)
    with landing(tmp_path, "shifts") as place:
        place.drop("s.parquet", buffer.getvalue())
        (reason,) = place.refresh().delivery_refusals
        assert "its digits are lost" in reason
