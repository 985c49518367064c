"""From decoded text to a text table: read by one reader, held against a count that knows none."""

from __future__ import annotations

import csv
import re
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.csv

from pipelines.config.mapping import SourceMapping
from pipelines.contracts.sources import Source
from pipelines.core.errors import GateError
from pipelines.ingest.read.csv_records import (
    MAX_RECORD_BYTES,
    Records,
    count_regular_lines,
    find_records,
    without_surplus,
)
from pipelines.ingest.read.delivery import (
    LINE_NUMBER,
    WRONG_FIELD_COUNT,
    BrokenRecord,
    Delivery,
    Header,
    column_names,
    find_header,
    has_required,
    header_of,
    other_delimiter,
    trimmed,
    without_empty,
)
from pipelines.ingest.read.integrity import PrivateGateError
from pipelines.ingest.read.row_likeness import cells_of, row_test
from pipelines.ingest.read.text_blocks import LF, Counts, positions

_BLOCK_BYTES = 8 * MAX_RECORD_BYTES
_UNUSUAL_BLANKS = (b"\t", b"\v", b"\f")
_UNUSUAL_WIDE_BLANKS = (
    b"\xc2\xa0",
    b"\xe2\x80",
    b"\xe3\x80\x80",
    b"\xe2\x81\xa0",
    b"\xef\xbb\xbf",
    b"\xc2\xad",
)

csv.field_size_limit(2 * MAX_RECORD_BYTES)  # records are at most MAX_RECORD_BYTES long


def read_delimited(text: bytes, delimiter: str, source: Source, mapping: SourceMapping) -> Delivery:
    """Read verified UTF-8 text; raises `GateError` where rows could get lost in reading."""
    if b'="' in text:
        text = _unwrapped(text, delimiter)
    try:
        return _read_regular(text, delimiter, source, mapping) or _read_any(
            text, delimiter, source, mapping
        )
    except PrivateGateError:
        raise
    except GateError as error:
        header = text.partition(b"\n")[0].decode("utf-8", "replace")
        told = "" if delimiter in header else other_delimiter(header, source)
        if not told or told in str(error):
            raise
        raise GateError(f"{error}{told}") from error


def _unwrapped(text: bytes, delimiter: str) -> bytes:
    """The text with ="00101" as "00101": so exports keep Excel from dropping the zeros.

    The whole cell may stand in quotes once more, the ones within it doubled.
    """
    mark = re.escape(delimiter.encode())
    start, end = rb"(^|[\r\n" + mark + rb"])", rb"(?=[\r\n" + mark + rb"]|$)"
    inner = rb'([^"\r\n' + mark + rb"]+)"
    once = re.sub(start + rb'="' + inner + rb'"' + end, rb'\1"\2"', text)
    return re.sub(start + rb'"=""' + inner + rb'"""' + end, rb'\1"\2"', once)


def _read_regular(
    text: bytes, delimiter: str, source: Source, mapping: SourceMapping
) -> Delivery | None:
    """Read a text with a header on its first line and a record on every other; None if it isn't.

    Without quotes a line is a record, and counting line ends and delimiters is the second
    opinion. Whatever is irregular is left to `_read_any`, which looks at every byte.
    """
    n_lines = count_regular_lines(text)
    if n_lines is None:
        return None
    end = text.find(b"\n") + 1 or len(text)
    cells = column_names(text[:end].decode("utf-8").rstrip("\r\n").split(delimiter))
    if text.count(delimiter.encode()) != n_lines * (len(cells) - 1):
        return None
    if not has_required(cells, source, mapping):
        return None
    header = header_of(cells, source, mapping)
    rows = pa.py_buffer(text).slice(end)
    table = _parsed(rows, header.n_columns, delimiter, has_quotes=False)
    if table is None or table.num_rows != n_lines - 1:
        return None
    lines = np.arange(2, n_lines + 1)
    return _delivery(table, lines, header, (), text, delimiter)


def _read_any(text: bytes, delimiter: str, source: Source, mapping: SourceMapping) -> Delivery:
    def header_of(found: Records) -> Header:
        return find_header(
            lambda index: _cells(found, index, delimiter), len(found), source, mapping
        )

    records = find_records(
        text,
        delimiter,
        lambda found: header_of(found).index,
        lambda found: row_test(found, header_of(found), source, delimiter),
    )
    header = header_of(records)
    records, n_trimmed = without_surplus(records, header.n_columns, delimiter)
    is_row = np.arange(len(records)) > header.index
    is_broken = is_row & (records.n_fields != header.n_columns)
    is_read = is_row & ~is_broken
    rows = pa.py_buffer(records.text_of(is_read))
    table = _parsed(rows, header.n_columns, delimiter, has_quotes=records.has_quotes)
    if table is None:
        raise GateError("the file can't be read as CSV; export it again")
    lines = records.lines[is_read]
    if table.num_rows != len(lines):
        raise GateError(
            f"{len(lines):,} records were counted but {table.num_rows:,} could be read; "
            "export the file again"
        )
    broken = tuple(
        _broken(records, int(index), delimiter, header.n_columns)
        for index in np.flatnonzero(is_broken)
    )
    delivery = _delivery(table, lines, header, broken, records.text, delimiter)
    if not n_trimmed:
        return delivery
    note = f"{n_trimmed:,} records end in delimiters that the header doesn't have, with no value"
    return replace(delivery, notes=(*delivery.notes, note))


def _delivery(
    table: pa.Table,
    lines: Counts,
    header: Header,
    broken: tuple[BrokenRecord, ...],
    text: bytes,
    delimiter: str,
) -> Delivery:
    names = list(header.names)
    table = table.select(range(len(names))).rename_columns(names)
    if _has_unusual_blanks(text):
        table = trimmed(table)
    table, notes = table.append_column(LINE_NUMBER, pa.array(lines)), header.notes
    if _may_have_empty(text, delimiter):
        table, broken, passed_over = without_empty(table, broken)
        notes = (*notes, *passed_over)
    return Delivery(
        table,
        header.names,
        broken,
        header.delivered_names,
        notes,
        header.is_return,
    )


def _may_have_empty(text: bytes, delimiter: str) -> bool:
    """Whether a line begins as a record without values does, so that looking is worth it."""
    mark = delimiter.encode()
    data = np.frombuffer(text, dtype=np.uint8)
    first = data[positions(data[:-1], lambda block: block == LF) + 1]
    if not np.isin(first, [ord(start) for start in (delimiter, " ", '"', "\t")]).any():
        return False
    return any(b"\n" + start in text for start in (mark, b" ", b'""', b'"\n', b'"\r', b'" ', b"\t"))


def _has_unusual_blanks(text: bytes) -> bool:
    wide = () if text.isascii() else _UNUSUAL_WIDE_BLANKS
    return any(blank in text for blank in (*_UNUSUAL_BLANKS, *wide))


def _cells(records: Records, index: int, delimiter: str) -> list[str]:
    return cells_of(records.record(index), delimiter)


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


def _parsed(
    text: pa.Buffer, n_columns: int, delimiter: str, *, has_quotes: bool
) -> pa.Table | None:
    """The records as columns of text in code; None where the reader gives up."""
    columns = [f"column_{position}" for position in range(n_columns)]
    coded = pa.dictionary(pa.int32(), pa.string())
    if not text.size:
        return pa.table({name: pa.array([], pa.string()) for name in columns})
    try:
        return pyarrow.csv.read_csv(
            pa.BufferReader(text),
            read_options=pyarrow.csv.ReadOptions(column_names=columns, block_size=_BLOCK_BYTES),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter,
                quote_char='"' if has_quotes else False,
                newlines_in_values=has_quotes,
                ignore_empty_lines=True,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(columns, coded), strings_can_be_null=False
            ),
        )
    except pa.ArrowException:
        return None
