"""Excel workbooks: every cell as the text that stands for it, none lost on the way."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import python_calamine

from pipelines.config.mapping import SourceMapping
from pipelines.config.settings import Limits
from pipelines.contracts.sources import Source
from pipelines.core.errors import GateError
from pipelines.ingest.read.delivery import Delivery, Header, find_header, text_table
from pipelines.ingest.read.integrity import PrivateGateError
from pipelines.ingest.read.limits import DEFAULT
from pipelines.ingest.read.xlsx_merged import MergedCells, fill_merged
from pipelines.ingest.read.xlsx_package import scan_workbook
from pipelines.ingest.read.xlsx_sheets import WIDEST, SheetCells
from pipelines.ingest.read.xlsx_styles import shown
from pipelines.personal_data.log_redaction import loggable_column, loggable_columns

Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
_DAMAGED = "the file isn't a sound Excel workbook"


@dataclass(frozen=True)
class Sheet:
    """A sheet's cells as text; row i of ``rows`` is row i + 1 of the sheet.

    ``last_filled`` is the last row of every column that holds something, -1 where none does.
    """

    name: str
    rows: list[list[str]]
    last_filled: list[int]
    formulas: Mapping[int, Sequence[int]] = field(default_factory=dict)
    """By column the rows of formulas without a value."""
    merged: MergedCells = field(default_factory=MergedCells)

    def kept_columns(self, header: int) -> list[int]:
        """The columns that have a name in this header, or values below it."""
        if not self.rows:
            return []
        names = self.rows[header]
        return [
            column
            for column, last in enumerate(self.last_filled)
            if names[column].strip() or last > header
        ]

    def row(self, index: int, header: int | None = None) -> list[str]:
        """The cells of a row in the columns kept for a header, by default the row itself."""
        kept = self.kept_columns(index if header is None else header)
        return [self.rows[index][column] for column in kept]


def read_excel(
    content: bytes, source: Source, mapping: SourceMapping, limits: Limits = DEFAULT
) -> Delivery:
    """Read the declared sheet, or the only one with the required columns, below its title rows.

    Numbers are written with the declared decimal mark, dates in ISO form, errors as #N/A.
    Raises `GateError` where the workbook isn't sound or no sheet, or more than one, will do.
    """
    if not content:
        raise GateError("the file is empty (0 bytes)")
    sheets = read_sheets(content, mapping, limits)
    sheet, header = _chosen(sheets, source, mapping)
    others = len(sheets) - 1
    notes = (f"read the sheet {loggable_column(sheet.name)!r} of {others + 1}",) if others else ()
    return _delivery(sheet, header, notes)


def read_sheets(content: bytes, mapping: SourceMapping, limits: Limits = DEFAULT) -> list[Sheet]:
    """Every worksheet as text; raises `GateError` where the workbook can't be read whole."""
    scanned = scan_workbook(content, limits)
    counted = scanned.sheets
    try:
        workbook = python_calamine.load_workbook(io.BytesIO(scanned.package))
        sheets = []
        for name in workbook.sheet_names:
            if name in counted:
                cells: list[list[Cell]] = workbook.get_sheet_by_name(name).to_python(
                    skip_empty_area=False
                )
                sheets.append(_as_sheet(name, cells, counted[name], mapping.decimal))
        return sheets
    except GateError:
        raise
    except BaseException as error:
        # A panic inside the reader is a BaseException of its own; everything else that isn't an
        # Exception (an interrupt, an exit) goes its way.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise GateError(f"{_DAMAGED}; save it again in Excel") from error


def _as_sheet(name: str, cells: list[list[Cell]], counted: SheetCells, decimal: str) -> Sheet:
    """The text of a sheet's cells, held against the count that knows no reader."""
    rows = [[_as_text(cell, decimal) for cell in row] for row in cells]
    n_filled = sum(bool(text) for row in rows for text in row)
    if n_filled != counted.n_filled:
        raise GateError(
            f"{counted.n_filled:,} filled cells were counted in a sheet but {n_filled:,} could be "
            "read; save the workbook again in Excel, or export CSV"
        )
    for display, positions in counted.displays.items():
        for row, column in (divmod(position, WIDEST) for position in positions):
            value = cells[row][column]
            if isinstance(value, int | float) and not isinstance(value, bool):
                rows[row][column] = shown(value, display, decimal) or rows[row][column]
    width = max([len(rows[0]) if rows else 0, *(column + 1 for _, column in counted.errors)])
    height = max([len(rows), *(row + 1 for row, _ in counted.errors)])
    rows = [row + [""] * (width - len(row)) for row in rows]
    rows += [[""] * width for _ in range(height - len(rows))]
    for (row, column), error in counted.errors.items():
        rows[row][column] = error
    merged = fill_merged(rows, counted.merged)
    last_filled = [-1] * width
    for index, texts in enumerate(rows):
        for column, text in enumerate(texts):
            if text.strip():
                last_filled[column] = index
    return Sheet(name, rows, last_filled, counted.formulas, merged)


def _as_text(cell: Cell, decimal: str) -> str:
    """Return a cell's text: text as it is, numbers without a needless .0, dates in ISO form."""
    match cell:
        case str():
            return cell[2:-1] if len(cell) > 3 and cell[:2] + cell[-1] == '=""' else cell
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case int() | float():
            return repr(cell).replace(".", decimal)
        case dt.datetime():
            is_date = cell.time() == dt.time()
            return cell.date().isoformat() if is_date else cell.isoformat()
        case dt.timedelta():
            minutes, seconds = divmod(round(cell.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
        case _:
            return cell.isoformat()


def _chosen(sheets: list[Sheet], source: Source, mapping: SourceMapping) -> tuple[Sheet, Header]:
    if mapping.sheet is not None:
        sheets = [sheet for sheet in sheets if sheet.name == mapping.sheet] or _no_such(
            sheets, mapping.sheet
        )
    found: list[tuple[Sheet, Header]] = []
    refusals: list[GateError] = []
    for sheet in sheets:
        try:
            found.append((sheet, find_header(sheet.row, len(sheet.rows), source, mapping)))
        except GateError as error:
            refusals.append(error)
    if len(found) == 1:
        return found[0]
    if not found and len(refusals) == 1:
        raise refusals[0]
    reason = (
        f"more than one sheet has the required columns, and one of a file is read; save each as a "
        f"file of its own, or declare `sheet` under [mapping.{source.name}] in settings.toml"
        if found
        else f"no sheet has the required columns {', '.join(source.required_columns)}"
    )
    raise PrivateGateError(f"{reason} ({_names([pair[0] for pair in found] or sheets)})", reason)


def _no_such(sheets: list[Sheet], name: str) -> list[Sheet]:
    reason = f"the workbook has no sheet {name!r}, which settings.toml declares"
    raise PrivateGateError(f"{reason} ({_names(sheets)})", reason)


def _names(sheets: list[Sheet]) -> str:
    """List the names of the sheets, as far as they may be logged."""
    return f"the sheets: {loggable_columns([sheet.name for sheet in sheets]) or 'none'}"


def _delivery(sheet: Sheet, header: Header, notes: tuple[str, ...]) -> Delivery:
    kept = sheet.kept_columns(header.index)[: len(header.names)]
    lines, rows = [], []
    for index in range(header.index + 1, len(sheet.rows)):
        cells = [sheet.rows[index][column] for column in kept]
        if any(cell.strip() for cell in cells):
            lines.append(index + 1)
            rows.append(cells)
    told = (*_formula_notes(sheet, header, kept, lines), *sheet.merged.notes(header.index))
    columns: dict[str, list[str | None]] = {
        name: [row[position] for row in rows] for position, name in enumerate(header.names)
    }
    return Delivery(
        text_table(columns, lines),
        header.names,
        (),
        header.delivered_names,
        (*notes, *header.notes, *told),
        header.is_return,
    )


def _formula_notes(
    sheet: Sheet, header: Header, kept: list[int], lines: list[int]
) -> tuple[str, ...]:
    """Refuse formulas without a value in a column that is read; a note on those in others.

    A program that writes a workbook writes no values; they come with the first save in Excel.
    """
    rows, read, notes = set(lines), set(header.delivered_names.values()), []
    for name, column in zip(header.names, kept, strict=False):
        n_empty = sum(row + 1 in rows for row in sheet.formulas.get(column, ()))
        if not n_empty:
            continue
        formulas = "1 formula" if n_empty == 1 else f"{n_empty:,} formulas"
        reason = f"column {loggable_column(name)} has {formulas} without a value"
        if name in read:
            raise GateError(f"{reason}; open the workbook in Excel, save it, and drop it again")
        notes.append(f"{reason}; they were taken for empty")
    return tuple(notes)
