"""Excel workbooks: every cell as the text that stands for it, none lost on the way."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import python_calamine

from pipelines.config.mapping import SourceMapping
from pipelines.config.settings import Limits
from pipelines.contracts.sources import Source
from pipelines.core.errors import GateError
from pipelines.ingest.read.delivery import Delivery, Header, text_table
from pipelines.ingest.read.limits import DEFAULT
from pipelines.ingest.read.xlsx_choice import chosen, notes_on
from pipelines.ingest.read.xlsx_merged import fill_merged
from pipelines.ingest.read.xlsx_package import scan_workbook
from pipelines.ingest.read.xlsx_several import together
from pipelines.ingest.read.xlsx_sheet import Sheet
from pipelines.ingest.read.xlsx_sheets import WIDEST, SheetCells
from pipelines.ingest.read.xlsx_styles import shown
from pipelines.personal_data.log_redaction import loggable_column

Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
_DAMAGED = "the file isn't a sound Excel workbook"


def read_excel(
    content: bytes, source: Source, mapping: SourceMapping, limits: Limits = DEFAULT
) -> Delivery:
    """Read the declared sheets, or all with the required columns, each below its title rows.

    Numbers are written with the declared decimal mark, dates in ISO form, errors as #N/A.
    Raises `GateError` where the workbook isn't sound, or isn't certain which sheets will do.
    """
    if not content:
        raise GateError("the file is empty (0 bytes)")
    sheets = read_sheets(content, mapping, limits)
    fitting = chosen(sheets, source, mapping)
    read = [_delivery(sheet, header) for sheet, header in fitting]
    whole = read[0] if len(read) == 1 else together(fitting, read)
    return replace(whole, notes=(*notes_on(fitting, sheets), *whole.notes))


def read_sheets(content: bytes, mapping: SourceMapping, limits: Limits = DEFAULT) -> list[Sheet]:
    """Every worksheet as text; raises `GateError` where the workbook can't be read whole."""
    scanned = scan_workbook(content, limits)
    counted = scanned.sheets
    try:
        workbook = python_calamine.load_workbook(io.BytesIO(scanned.package))
        sheets = []
        for position, each in enumerate(workbook.sheets_metadata, start=1):
            if each.name in counted:
                cells: list[list[Cell]] = workbook.get_sheet_by_name(each.name).to_python(
                    skip_empty_area=False
                )
                sheet = _as_sheet(each.name, cells, counted[each.name], mapping.decimal)
                is_hidden = each.visible != python_calamine.SheetVisibleEnum.Visible
                sheets.append(replace(sheet, position=position, is_hidden=is_hidden))
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
    return Sheet(name, 1, rows, last_filled, counted.formulas, merged)


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


def _delivery(sheet: Sheet, header: Header) -> Delivery:
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
        (*header.notes, *told),
        header.is_return,
        sheets={0: sheet.name},
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
