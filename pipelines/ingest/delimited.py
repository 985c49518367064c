"""Delimited text: read by one reader, held against a count that knows no reader."""

from __future__ import annotations

import csv
import io

import numpy as np
import pyarrow as pa
import pyarrow.csv

from pipelines.contracts.model import Source
from pipelines.errors import GateError
from pipelines.ingest.delivery import (
    LINE_NUMBER,
    WRONG_FIELD_COUNT,
    BrokenRecord,
    Delivery,
    Header,
    find_header,
    trimmed,
)
from pipelines.ingest.gate import PrivateGateError
from pipelines.ingest.records import MAX_RECORD_BYTES, Records, find_records
from pipelines.mapping import SourceMapping

_BLOCK_BYTES = 8 * MAX_RECORD_BYTES
_UNUSUAL_BLANKS = (b"\t", b"\v", b"\f", b"\xc2\xa0", b"\xe2\x80", b"\xe3\x80\x80")

csv.field_size_limit(2 * MAX_RECORD_BYTES)  # records are at most MAX_RECORD_BYTES long


def read_delimited(text: bytes, delimiter: str, source: Source, mapping: SourceMapping) -> Delivery:
    """Read verified UTF-8 text; raises `GateError` where rows could get lost in reading."""

    def header_of(found: Records) -> Header:
        return find_header(
            lambda index: _cells(found, index, delimiter), len(found), source, mapping
        )

    records = find_records(text, delimiter, lambda found: header_of(found).index)
    header = header_of(records)
    is_row = np.arange(len(records)) > header.index
    is_broken = is_row & (records.n_fields != header.n_columns)
    is_read = is_row & ~is_broken
    positions = [f"column_{position}" for position in range(header.n_columns)]
    table = _parsed(records.text_of(is_read), positions, delimiter, records.has_quotes)
    lines = records.lines[is_read]
    if table.num_rows != len(lines):
        raise GateError(
            f"{len(lines):,} records were counted but {table.num_rows:,} could be read; "
            "export the file again"
        )
    table = table.select(positions[: len(header.names)]).rename_columns(list(header.names))
    if any(blank in records.text for blank in _UNUSUAL_BLANKS):
        table = trimmed(table)
    return Delivery(
        table.append_column(LINE_NUMBER, pa.array(lines)),
        header.names,
        tuple(
            _broken(records, int(index), delimiter, header.n_columns)
            for index in np.flatnonzero(is_broken)
        ),
        header.delivered_names,
        header.notes,
        header.is_return,
    )


def _cells(records: Records, index: int, delimiter: str) -> list[str]:
    line = records.record(index)
    return next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), [])


def _broken(records: Records, index: int, delimiter: str, n_expected: int) -> BrokenRecord:
    n_fields = int(records.n_fields[index])
    values = "value" if n_fields == 1 else "values"
    return BrokenRecord(
        int(records.lines[index]),
        records.record(index),
        WRONG_FIELD_COUNT,
        f"has {n_fields} {values}, the header has {n_expected}",
        tuple(_cells(records, index, delimiter)),
    )


def _parsed(text: bytes, columns: list[str], delimiter: str, has_quotes: bool) -> pa.Table:
    if not text:
        return pa.table({name: pa.array([], pa.string()) for name in columns})
    try:
        return pyarrow.csv.read_csv(
            pa.BufferReader(text),
            read_options=pyarrow.csv.ReadOptions(column_names=columns, block_size=_BLOCK_BYTES),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=has_quotes, ignore_empty_lines=True
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowException as error:
        problem = "the file can't be read as CSV"
        raise PrivateGateError(f"{problem}: {error}", problem) from error
