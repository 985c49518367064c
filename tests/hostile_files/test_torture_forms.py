"""Encodings, delimiters, workbooks, JSON lines and bombs: taken in full or refused with reason."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from pipelines.core.warehouse import fetch
from tests.unit.ingest.landing import Landing, assert_invariant, declared, landing
from tests.unit.ingest.workbooks import changed, workbook

N = 40
COLUMNS = ["employee_id", "separation_date", "separation_type", "reason"]
ROWS = [[f"00{i:03d}", f"2024-01-{1 + i % 28:02d}", "voluntary", f"Größe {i}"] for i in range(N)]
Mapping = dict[str, Any]


def _text(delimiter: str = ",", end: str = "\n", rows: list[list[str]] | None = None) -> str:
    return "".join(delimiter.join(row) + end for row in [COLUMNS, *(rows or ROWS)])


def _typed() -> list[list[Any]]:
    return [[row[0], dt.date.fromisoformat(row[1]), *row[2:]] for row in ROWS]


def _objects(**changes: Any) -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS, row, strict=True)) | changes for row in ROWS]


def _lines(objects: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in objects)


TEXT = _text()
BOOK = workbook({"Exits": [COLUMNS, *_typed()]})
TITLED = [["Exits of the year"], [], [None, "printed on", dt.date(2024, 2, 1)], COLUMNS, *_typed()]
SHEET = "xl/worksheets/sheet1.xml"


def _hidden() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.add_worksheet("Shown").write(0, 0, "nothing here")
        sheet = book.add_worksheet("Exits")
        sheet.hide()
        for index, row in enumerate([COLUMNS, *ROWS]):
            sheet.write_row(index, 0, row)
        sheet.set_row(3, options={"hidden": True})
    return buffer.getvalue()


TAKEN: dict[str, tuple[bytes | str, Mapping]] = {
    "utf8_declared.csv": (TEXT, {"encoding": "utf-8"}),
    "utf16_with_mark.csv": (TEXT.encode("utf-16"), {"encoding": "utf-16"}),
    "utf16_big_with_mark.csv": (b"\xfe\xff" + TEXT.encode("utf-16-be"), {"encoding": "utf-16"}),
    "utf16_little_bare.csv": (TEXT.encode("utf-16-le"), {"encoding": "utf-16-le"}),
    "utf16_big_bare.csv": (TEXT.encode("utf-16-be"), {"encoding": "utf-16-be"}),
    "utf16_unsaid_end.csv": (TEXT.encode("utf-16-be"), {"encoding": "utf-16"}),
    "utf16_mark_wins.csv": (TEXT.encode("utf-16"), {"encoding": "utf-16-be"}),
    "utf16.csv.gz": (gzip.compress(TEXT.encode("utf-16")), {"encoding": "utf-16"}),
    "cp1252.csv": (TEXT.encode("cp1252"), {"encoding": "cp1252"}),
    "latin1.csv": (TEXT.encode("latin-1"), {"encoding": "latin-1"}),
    "cp1250.csv": (TEXT.encode("cp1250"), {"encoding": "cp1250"}),
    "latin9.csv": (TEXT.encode("iso-8859-15"), {"encoding": "iso-8859-15"}),
    "utf8_though_cp1252.csv": (TEXT, {"encoding": "cp1252"}),
    "utf8_mark_though_cp1252.csv": (b"\xef\xbb\xbf" + TEXT.encode(), {"encoding": "cp1252"}),
    "utf8_though_utf16.csv": (TEXT, {"encoding": "utf-16"}),
    "semicolons.csv": (_text(";"), {"delimiter": ";"}),
    "bars.csv": (_text("|"), {"delimiter": "|"}),
    "tabs.csv": (_text("\t"), {"delimiter": "\t"}),
    "tabs_all_the_same.tsv": (_text("\t"), {"delimiter": ";"}),
    "returns_semicolons.csv": (_text(";", "\r"), {"delimiter": ";"}),
    "mixed_ends.csv": (_text().replace("1\n", "1\r\n").replace("2\n", "2\r"), {}),
    "title_rows.csv": ("Exits 2024\n\nprinted,2024-02-01\n" + TEXT, {}),
    "title_with_newline.csv": ('"Exits\n2024"\n' + TEXT, {}),
    "book.xlsx": (BOOK, {}),
    "titles.xlsx": (workbook({"Exits": TITLED}), {}),
    "only_sheet_that_fits.xlsx": (
        workbook({"Notes": [["hello"]], "Exits": TITLED, "Empty": []}),
        {},
    ),
    "declared_sheet.xlsx": (
        workbook({"Old": [COLUMNS, ["x", "y", "z", ""]], "New": TITLED}),
        {"sheet": "New"},
    ),
    "hidden_sheet.xlsx": (_hidden(), {}),
    "left_out_positions.xlsx": (
        changed(BOOK, SHEET, lambda part: re.sub(rb' r="[A-Z]*[0-9]+"', b"", part)),
        {},
    ),
    "far_from_the_corner.xlsx": (
        workbook({"Exits": [[], [], *([None, None, *row] for row in [COLUMNS, *_typed()])]}),
        {},
    ),
    "days_from_1904.xlsx": (workbook({"Exits": [COLUMNS, *_typed()]}, date_1904=True), {}),
    "text_dates.xlsx": (workbook({"Exits": [COLUMNS, *ROWS]}), {}),
    "blank_rows.xlsx": (
        workbook({"Exits": [COLUMNS, [], *_typed()[:5], [], [" ", ""], *_typed()[5:], [], []]}),
        {},
    ),
    "named_by_newline.xlsx": (
        workbook({"Exits": [["Staff\nnumber ", *COLUMNS[1:]], *_typed()]}),
        {"columns": {"Staff number": "employee_id"}},
    ),
    "lines.jsonl": (_lines(_objects()), {}),
    "lines.ndjson": (_lines(_objects()).rstrip("\n"), {}),
    "lines.jsonl.gz": (gzip.compress(_lines(_objects()).encode()), {}),
    "lines.ndjson.gz": (gzip.compress(_lines(_objects()).encode()), {}),
    "crlf.jsonl": (_lines(_objects()).replace("\n", "\r\n\r\n"), {}),
    "returns.jsonl": (_lines(_objects()).replace("\n", "\r"), {}),
    "marked.jsonl": (b"\xef\xbb\xbf" + _lines(_objects()).encode(), {}),
    "escaped.jsonl": ("".join(json.dumps(line) + "\n" for line in _objects()), {}),
    "cp1252.jsonl": (_lines(_objects()).encode("cp1252"), {"encoding": "cp1252"}),
    "other_order.jsonl": (
        _lines([dict(reversed(line.items())) for line in _objects(extra={"a": [1, None]})]),
        {},
    ),
}


def _lying_zip() -> bytes:
    """A workbook whose sheet is longer than its package says."""
    start = BOOK.index(SHEET.encode())
    central = BOOK.index(SHEET.encode(), start + 1) - 46
    return BOOK[: central + 24] + (100).to_bytes(4, "little") + BOOK[central + 28 :]


def _zip_bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b"0" * (70 << 20))
    return buffer.getvalue()


def _far_cell() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        sheet.write(1_048_575, 16_383, "far")
    return buffer.getvalue()


REFUSED: dict[str, tuple[bytes | str, Mapping, str]] = {
    "undeclared_cp1252.csv": (TEXT.encode("cp1252"), {}, 'encoding = "cp1252", for example'),
    "undeclared_utf16.csv": (TEXT.encode("utf-16"), {}, 'encoding = "utf-16"'),
    "utf16_odd.csv": (TEXT.encode("utf-16-le")[:-1], {"encoding": "utf-16-le"}, "utf-16-le"),
    "utf16_half.csv": (b"\x00\xd8" + TEXT.encode("utf-16-le"), {"encoding": "utf-16-le"}, "byte 1"),
    "cp1252_undefined.csv": (TEXT.encode("cp1252") + b"\x81", {"encoding": "cp1252"}, "cp1252"),
    "cp1252_as_latin1.csv": (
        TEXT.replace("ö", "–").encode("cp1252"),
        {"encoding": "latin-1"},
        'encoding = "cp1252" is meant',
    ),
    "semicolons.csv": (_text(";"), {}, 'delimiter = ";"'),
    "tabs.csv": (_text("\t"), {}, 'delimiter = "\\t"'),
    "bars.csv": (_text("|"), {}, 'delimiter = "|"'),
    "commas_though_declared.csv": (TEXT, {"delimiter": ";"}, 'delimiter = ","'),
    "rows_above_header.csv": (
        "".join(f"{','.join(row)}\n" for row in ROWS[:3]) + TEXT,
        {},
        "rows stand above the header",
    ),
    "bomb.csv.gz": (gzip.compress(b"0" * (80 << 20)), {}, "unpacks to more than"),
    "empty.xlsx": (b"", {}, "0 bytes"),
    "cut.xlsx": (BOOK[: len(BOOK) // 2], {}, "sound Excel"),
    "text.xlsx": (TEXT, {}, "sound Excel"),
    "old_format.csv": (b"\xd0\xcf\x11\xe0rest", {}, "97-2003"),
    "flipped_bit.xlsx": (BOOK[:900] + bytes([BOOK[900] ^ 1]) + BOOK[901:], {}, "sound Excel"),
    "lying.xlsx": (_lying_zip(), {}, "sound Excel"),
    "bomb.xlsx": (_zip_bomb(), {}, "unpacks to"),
    "far_cell.xlsx": (_far_cell(), {}, "reaches out to row 1,048,576"),
    "entities.xlsx": (
        changed(BOOK, SHEET, lambda part: b'<!DOCTYPE x [<!ENTITY a "b">]>' + part),
        {},
        "entities",
    ),
    "no_sheets.xlsx": (
        changed(BOOK, "xl/workbook.xml", lambda _: b"<workbook/>"),
        {},
        "no sheet has the required",
    ),
    "part_missing.xlsx": (changed(BOOK, SHEET, lambda _: b""), {}, "sound Excel"),
    "no_fit.xlsx": (workbook({"A": [["x"]], "B": [["y"]]}), {}, "no sheet has the required"),
    "one_nearly_fits.xlsx": (
        workbook({"A": [COLUMNS, *_typed()], "B": [COLUMNS[1:], *_typed()]}),
        {},
        "sheet 2 'B': the header lacks",
    ),
    "no_such_sheet.xlsx": (BOOK, {"sheet": "Exit"}, "has no sheet 'Exit'"),
    "data_above_header.xlsx": (
        workbook({"Exits": [*_typed()[:2], COLUMNS, *_typed()]}),
        {},
        "above the header",
    ),
    "list.jsonl": (json.dumps(_objects()), {}, "one JSON list"),
    "csv.jsonl": (TEXT, {}, "no line of the file"),
    "lacking.jsonl": (_lines([{"employee_id": 1}]), {}, "lacks separation_date"),
    "two_names_in_one.jsonl": (
        _lines(_objects(who="x")),
        {"columns": {"who": "employee_id"}},
        "more than once",
    ),
    "endless_names.jsonl": (
        _lines([{f"k{i}_{j}": 1 for i in range(500)} for j in range(5)]),
        {},
        "different names",
    ),
    "endless_line.jsonl": (_lines(_objects(reason="x" * 2_000_000)), {}, "at most"),
    "cut.jsonl.gz": (gzip.compress(_lines(_objects()).encode())[:-5], {}, "cut off"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_taken_in_full(tmp_path: Path, name: str) -> None:
    content, mapping = TAKEN[name]
    with landing(tmp_path, "attrition", **mapping) as place:
        place.drop(name, content)
        report = place.refresh()
        assert (report.gate_refusals, report.delivery_refusals) == ((), ())
        assert (report.n_rows, report.n_accepted) == (N, N)
        staged = sorted(place.staged(), key=lambda row: str(row["employee_id"]))
        assert [
            [row["employee_id"], str(row["separation_date"]), row["separation_type"], row["reason"]]
            for row in staged
        ] == ROWS
        assert_invariant(place)


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Landing]:
    """A place where nothing is ever taken in, so that each file is the only one there."""
    with landing(tmp_path_factory.mktemp("refusing"), "attrition") as place:
        yield place


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_reason(refusing: Landing, name: str) -> None:
    content, mapping, reason = REFUSED[name]
    refusing.mapping = declared("attrition", **mapping)
    refusing.drop(name, content)
    report = refusing.refresh()
    (refusing.folder / name).unlink()
    assert report.n_files_loaded == 0
    assert len(report.gate_refusals) == 1, report
    assert reason in report.gate_refusals[0], report.gate_refusals
    assert refusing.files()[name]["status"] == "refused"
    assert refusing.staged() == []


WEEK = ["employee_id", "week_start", "csat_mean", "contacts_handled", "memo"]


def _week(*cells: Any) -> list[Any]:
    return ["E1", dt.date(2024, 1, 1), *cells]


@pytest.mark.parametrize(
    ("cells", "mapping", "staged"),
    [
        (_week(4.5, 12), {}, (4.5, 12)),
        (_week("4.5", "12"), {}, (4.5, 12)),
        (_week(4.5, 12), {"decimal": ","}, (4.5, 12)),
        (_week("4,5", "12"), {"decimal": ","}, (4.5, 12)),
        (_week("n/a", 12), {}, None),
        (_week("n/a", 12), {"values": {"csat_mean": {"n/a": ""}}}, (None, 12)),
        (_week("=ERROR #N/A", 12), {}, None),
        (_week("=ERROR #DIV/0!", 12), {}, None),
        (_week(None, None), {}, (None, None)),
        (_week(dt.date(2024, 1, 5), 12), {}, None),
        (_week(True, 12), {}, None),
        (_week(4.5, 12.5), {}, None),
    ],
)
def test_every_cell_is_its_text(
    tmp_path: Path, cells: list[Any], mapping: Mapping, staged: tuple[Any, ...] | None
) -> None:
    rows = [["E0", "2024-01-01"] for _ in range(30)]
    with landing(tmp_path, "performance", **mapping) as place:
        place.drop("book.xlsx", workbook({"S": [WEEK, cells, *rows]}))
        report = place.refresh()
        assert report.n_rows == 31
        found = [row for row in place.staged() if row["employee_id"] == "E1"]
        assert [(row["csat_mean"], row["contacts_handled"]) for row in found] == (
            [] if staged is None else [staged]
        )
        if staged is None:
            assert place.rejected()[0][0] == 2
        assert_invariant(place)


BROKEN_LINES = {
    "not json": "is not a JSON object",
    "[1, 2]": "is not a JSON object",
    "3": "is not a JSON object",
    '{"employee_id": "E1", "employee_id": "E2"}': "more than once",
    '{"employee_id": "E1", " employee_id": "E2"}': "more than once",
    '{"employee_id": {"a": 1, "a": 2}}': "more than once",
    '{"employee_id": NaN}': "NaN",
    '{"employee_id": "\\ud800"}': "half a character",
    '{"employee_id": "\\u0000"}': "NUL",
    '{"": 1}': "without a name",
    '{"employee_id": "E1"': "is not a JSON object",
    "[" * 100_000: "is not a JSON object",
    '{"a":' * 50_000: "is not a JSON object",
}


def test_a_line_that_is_no_object_is_quarantined(tmp_path: Path) -> None:
    sound = [each | {"employee_id": f"E{n}"} for n, each in enumerate(10 * _objects())]
    broken = "".join(f"{line}\n" for line in BROKEN_LINES)
    with landing(tmp_path, "attrition") as place:
        place.drop("a.jsonl", _lines(sound[:30]) + broken + _lines(sound[30:]))
        report = place.refresh()
        found = (report.n_rows, report.n_accepted, report.n_quarantined)
        assert found == (10 * N + len(BROKEN_LINES), 10 * N, len(BROKEN_LINES))
        told = fetch(place.con, "select line_number, expected from ledger.rejected_cell order by 1")
        for (number, problem), why in zip(told.rows(), BROKEN_LINES.values(), strict=True):
            assert why in problem, number
        assert place.rejected() == [
            (number, "not_an_object", None, line) for number, line in enumerate(BROKEN_LINES, 31)
        ]
        assert_invariant(place)


def test_json_values_are_kept_in_their_digits(tmp_path: Path) -> None:
    with landing(tmp_path, "roster") as place:
        line = _lines(
            [
                {
                    "employee_id": 0,
                    "effective_date": "2024-01-01",
                    "hire_date": "2024-01-01",
                    "site": "S",
                    "team": "T",
                    "role": "agent",
                }
            ]
        ).replace('"employee_id": 0', '"employee_id": 123456789012345678901')
        text = line.replace(
            "}", ', "pay": 1.10, "on": true, "n": null, "tree": {"a": [1.50, "é"]}}'
        )
        place.drop("a.jsonl", text)
        place.refresh()
        (row,) = place.staged()
        assert row["employee_id"] == "123456789012345678901"
        extra = json.loads(row["extra"])
        assert extra == {"pay": "1.10", "on": "true", "n": None, "tree": '{"a": [1.50, "é"]}'}


def test_small_bombs_and_dense_exports_pass(tmp_path: Path) -> None:
    text = "employee_id,separation_date,separation_type\n" + "E1,2024-01-01,other\n" * 50_000
    with landing(tmp_path, "attrition") as place:
        place.drop("dense.csv.gz", gzip.compress(text.encode()))
        report = place.refresh()
        assert (report.n_rows, report.n_accepted, report.n_superseded) == (50_000, 1, 49_999)
        assert fetch(place.con, "select count(*) from raw.attrition").item() == 50_000
        assert_invariant(place)
