"""Excel workbooks for the tests, written by another library than the one that reads them."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

import xlsxwriter


def workbook(sheets: dict[str, Iterable[Iterable[Any]]], **options: Any) -> bytes:
    """A workbook of these sheets; texts stay texts, dates are typed, None leaves a cell out."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, **options}) as book:
        days = book.add_format({"num_format": "dd.mm.yyyy"})
        times = book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    match cell:
                        case None:
                            continue
                        case str() if cell.startswith("=ERROR "):
                            sheet.write_formula(row, column, "=1/0", None, cell.split()[1])
                        case str():
                            sheet.write_string(row, column, cell)
                        case dt.datetime():
                            sheet.write_datetime(row, column, cell, times)
                        case dt.date():
                            sheet.write_datetime(row, column, cell, days)
                        case _:
                            sheet.write(row, column, cell)
    return buffer.getvalue()


def changed(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one part of its package changed."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, change(data) if entry.filename == part else data)
    return buffer.getvalue()
