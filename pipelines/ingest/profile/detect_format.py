"""How an export that was never seen is written: encoding, delimiter, sheet, header row."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipelines.config.mapping import SourceMapping
from pipelines.contracts.sources import Source
from pipelines.core.errors import GateError
from pipelines.ingest.read import xlsx_reader
from pipelines.ingest.read.delivery import LINE_NUMBER, MAX_TITLE_ROWS, column_names, folded
from pipelines.ingest.read.integrity import UTF8_BOM, unpacked
from pipelines.ingest.read.json_lines import read_json_lines
from pipelines.ingest.read.landing_folder import landing_file, not_read
from pipelines.ingest.read.parquet import read_parquet
from pipelines.ingest.read.xlsx_sheet import Sheet

MAX_ROWS = 20_000
"""So many rows are looked at; what the others hold stays unknown, and is said so."""
_DELIMITERS = (",", ";", "\t", "|")
Rows = list[list[str]]


@dataclass(frozen=True)
class Form:
    """The columns and rows of an export, and what must be declared to read them."""

    columns: tuple[str, ...]
    rows: Rows
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    unclear: tuple[str, ...] = field(default=())

    def values(self, column: str) -> list[str]:
        """The values of a column that aren't empty."""
        position = self.columns.index(column)
        cells = (row[position].strip() for row in self.rows if position < len(row))
        return [cell for cell in cells if cell]


def guess_form(path: Path) -> Form:
    """Look into a file; raises `GateError` where it can't be read at all."""
    file = landing_file(path)
    content = path.read_bytes()
    if not content:
        raise GateError("the file is empty (0 bytes)")
    match file.format:
        case "xlsx":
            return _of_workbook(content)
        case "parquet":
            return _of_table(read_parquet(content, _any_source(), SourceMapping()).table)
        case None:
            raise GateError(not_read(file))
    text, encoding, unclear = _decoded(unpacked(content) if file.is_gzipped else content)
    if file.format == "jsonl":
        form = _of_table(read_json_lines(text.encode(), _any_source(), SourceMapping()).table)
    else:
        form = _of_text(text, tabs_only=file.format == "tsv")
    return replace(form, encoding=encoding, unclear=(*unclear, *form.unclear))


def _any_source() -> Source:
    """A contract that any header fulfils."""
    return Source.model_construct(name="source", columns=())


def _decoded(content: bytes) -> tuple[str, str | None, tuple[str, ...]]:
    """The text, the encoding to declare (None for UTF-8), and what the bytes don't tell."""
    if content.startswith(UTF8_BOM):
        return content.decode("utf-8-sig", "replace"), None, ()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace"), "utf-16", ()
    if b"\0" in content[:4000]:
        is_little = content[1:4000:2].count(0) >= content[:4000:2].count(0)
        encoding = "utf-16-le" if is_little else "utf-16-be"
        return content.decode(encoding, "replace"), encoding, ()
    try:
        return content.decode("utf-8"), None, ()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        note = (
            f"encoding: line {line} isn't UTF-8; cp1252 (Western Windows) is a guess, and "
            "latin-1, iso-8859-15 or cp1250 would read other letters from the same bytes. "
            "Compare a name with accents"
        )
        return content.decode("cp1252", "replace"), "cp1252", (note,)


def _of_text(text: str, *, tabs_only: bool) -> Form:
    candidates = ("\t",) if tabs_only else _DELIMITERS
    tables = {delimiter: _cut(text, delimiter) for delimiter in candidates}
    best = max(tables, key=lambda delimiter: _regularity(tables[delimiter]))
    unclear = []
    if _regularity(tables[best]) <= 0:
        unclear.append("delimiter: no character separates the lines into equal numbers of values")
    declared = None if tabs_only or best == "," else best
    return _headed(tables[best], delimiter=declared, unclear=tuple(unclear))


def _cut(text: str, delimiter: str) -> Rows:
    lines = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"), newline="")
    rows = []
    try:
        for row in csv.reader(lines, delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) > MAX_ROWS:
                break
    except csv.Error:
        return rows
    return rows


def _regularity(rows: Rows) -> float:
    """How many rows have the commonest number of values, times how many more than one."""
    if not rows:
        return 0
    width, n_rows = Counter(len(row) for row in rows).most_common(1)[0]
    return n_rows / len(rows) * (width - 1)


def _headed(
    rows: Rows, *, delimiter: str | None = None, sheet: str | None = None, unclear: tuple[str, ...]
) -> Form:
    """Take the first full row of words for the header."""
    if not rows:
        raise GateError("the file has no rows")
    width, _ = Counter(len(row) for row in rows).most_common(1)[0]
    n_filled = [sum(bool(cell.strip()) for cell in row) for row in rows[: MAX_TITLE_ROWS + 1]]
    wanted = max(n_filled)
    header = next((i for i, filled in enumerate(n_filled) if filled >= max(1, 0.6 * wanted)), None)
    if header is None:
        raise GateError("the file has no text; expected at least a header line")
    names = column_names(rows[header])
    if any(cell[:1].isdigit() for cell in names):
        unclear = (*unclear, "header: the first full row has numbers; perhaps it is data already")
    body = [row + [""] * (width - len(row)) for row in rows[header + 1 : header + 1 + MAX_ROWS]]
    return Form(names, body, delimiter=delimiter, sheet=sheet, unclear=unclear)


def _of_workbook(content: bytes) -> Form:
    sheets = [sheet for sheet in xlsx_reader.read_sheets(content, SourceMapping()) if sheet.rows]
    if not sheets:
        raise GateError("the workbook has no sheet with cells")
    sheet = max(sheets, key=lambda candidate: len(candidate.rows))
    form = _headed(_filled_rows(sheet), unclear=())
    if len(sheets) == 1:
        return form
    names = ", ".join(candidate.name for candidate in sheets)
    looked = f"sheet: the longest of {len(sheets)} was looked at ({names})"
    n_alike = sum(_has_header(candidate, form) for candidate in sheets)
    if n_alike == 1:
        return replace(form, sheet=sheet.name, unclear=(looked, *form.unclear))
    alike = f"{looked}; {n_alike} have its header, and all of these are read"
    return replace(form, unclear=(alike, *form.unclear))


def _filled_rows(sheet: Sheet) -> Rows:
    used = [column for column, last in enumerate(sheet.last_filled) if last >= 0]
    return [[row[column] for column in used] for row in sheet.rows if any(row)]


def _has_header(sheet: Sheet, form: Form) -> bool:
    """Whether one of a sheet's first rows is the header that was found in another."""
    wanted = {folded(name) for name in form.columns}
    first = _filled_rows(sheet)[: MAX_TITLE_ROWS + 1]
    return any(wanted <= {folded(name) for name in column_names(row)} for row in first)


def _of_table(table: object) -> Form:
    frame = table.drop_columns(LINE_NUMBER)  # type: ignore[attr-defined]
    columns = tuple(frame.column_names)
    cells = [column.to_pylist()[:MAX_ROWS] for column in frame.columns]
    rows = [["" if cell is None else cell for cell in row] for row in zip(*cells, strict=True)]
    return Form(columns, rows)
