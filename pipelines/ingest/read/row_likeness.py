"""From the records of a text to what tells whether a line within a value looks like one of them.

Two quotes that don't belong together swallow the rows between them; a note of several lines is
no such thing, however many commas it has.
"""

from __future__ import annotations

import csv
import io
import re

import numpy as np

from pipelines.contracts.sources import Source
from pipelines.ingest.read.csv_records import Records, RowTest
from pipelines.ingest.read.delivery import Header

_DATE = re.compile(
    r"[0-9]{1,4}[-./ ]+[0-9A-Za-zÀ-ž]{1,12}[-./ ]+[0-9]{1,4}([T ].*)?"
    r"|[A-Za-zÀ-ž]{3,12}[. ]+[0-9]{1,2},? +[0-9]{2,4}( .*)?|[0-9]{8}"
)
_DIGIT = re.compile("[0-9]")
_LOOKED_AT = 200
_MOST = 0.8


def row_test(records: Records, header: Header, source: Source, delimiter: str) -> RowTest:
    """What tells whether a line looks like a row: dates stand where the contract has them.

    A contract without dates, and a feed's columns, say nothing: there a row has digits in the
    columns in which nearly all records of this file have some. Where none has, any line may be one.
    """
    dated = [
        header.names.index(theirs)
        for ours, theirs in header.delivered_names.items()
        if source.column(ours).required and source.column(ours).is_temporal
    ]
    if dated:
        return lambda line: _fits(line, delimiter, dated, _DATE)
    numbered = _numbered(records, header, delimiter)
    return lambda line: _fits(line, delimiter, numbered, _DIGIT)


def cells_of(line: str, delimiter: str) -> list[str]:
    """The values of one record."""
    return next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), [])


def _fits(line: str, delimiter: str, positions: list[int], form: re.Pattern[str]) -> bool:
    cells = [cell.strip(' "') for cell in cells_of(line.rstrip("\r"), delimiter)]
    found = (cells[position] if position < len(cells) else "" for position in positions)
    if form is _DATE:
        return all(form.fullmatch(cell) for cell in found)
    return all(form.search(cell) for cell in found)


def _numbered(records: Records, header: Header, delimiter: str) -> list[int]:
    """The columns in which nearly all of the first records of one line have a digit."""
    first = np.arange(header.index + 1, len(records))[:_LOOKED_AT]
    rows = [cells_of(record, delimiter) for record in map(records.record, first)]
    rows = [row for row in rows if len(row) == header.n_columns and "\n" not in "".join(row)]
    if not rows:
        return []
    return [
        position
        for position in range(header.n_columns)
        if sum(bool(_DIGIT.search(row[position])) for row in rows) >= _MOST * len(rows)
    ]
