"""Deliveries as text tables: every value as delivered, by column name, with its line."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from pipelines.contracts.model import Source
from pipelines.errors import GateError
from pipelines.ingest.folder import LandingFile
from pipelines.ingest.gate import PrivateGateError, open_text
from pipelines.ingest.records import MAX_RECORD_BYTES, Records, find_records

LINE_NUMBER = "_line_number"
"""Name of the line column in a delivery's table; no delivered column may have it."""

_BLOCK_BYTES = 8 * MAX_RECORD_BYTES
_UNUSUAL_BLANKS = (b"\t", b"\v", b"\f", b"\xc2\xa0", b"\xe2\x80", b"\xe3\x80\x80")


@dataclass(frozen=True)
class BrokenRecord:
    """A record whose number of fields isn't the header's; its values can't be told apart."""

    line_number: int
    text: str
    n_fields: int
    n_expected: int


@dataclass(frozen=True)
class Delivery:
    """A file that passed the gate.

    ``table`` has one text column per delivered column and `LINE_NUMBER`: the physical line on
    which the record begins, for Parquet the number of the row from 1.
    """

    table: pa.Table
    columns: tuple[str, ...]
    broken: tuple[BrokenRecord, ...]

    @property
    def n_rows(self) -> int:
        """Records in the file, those with a wrong number of fields among them."""
        return int(self.table.num_rows) + len(self.broken)


def read_delivery(content: bytes, file: LandingFile, source: Source) -> Delivery:
    """Read one file in full.

    Raises `GateError` with what is wrong and what to do, where rows could get lost in reading.
    """
    if file.format == "parquet":
        return _read_parquet(content, source)
    delimiter = "\t" if file.format == "tsv" else ","
    text = open_text(content, is_gzipped=file.is_gzipped)
    return _read_delimited(find_records(text, delimiter), delimiter, source)


def _read_delimited(records: Records, delimiter: str, source: Source) -> Delivery:
    columns = _header(records, delimiter)
    check_columns(columns, source)
    is_broken = records.n_fields != len(columns)
    is_read = ~is_broken
    is_read[0] = False
    table = _parsed(records.text_of(is_read), columns, delimiter, records.has_quotes)
    lines = records.lines[is_read]
    if table.num_rows != len(lines):
        raise GateError(
            f"{len(lines):,} records were counted but {table.num_rows:,} could be read; "
            "export the file again"
        )
    broken = tuple(
        BrokenRecord(
            int(records.lines[index]),
            records.record(int(index)),
            int(records.n_fields[index]),
            len(columns),
        )
        for index in np.flatnonzero(is_broken)
    )
    if any(blank in records.text for blank in _UNUSUAL_BLANKS):
        table = _trimmed(table)
    return Delivery(table.append_column(LINE_NUMBER, pa.array(lines)), columns, broken)


def _header(records: Records, delimiter: str) -> tuple[str, ...]:
    line = records.record(0)
    cells = next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter))
    return tuple(
        cell.strip() or f"unnamed_{position}" for position, cell in enumerate(cells, start=1)
    )


def _parsed(text: bytes, columns: tuple[str, ...], delimiter: str, has_quotes: bool) -> pa.Table:
    if not text:
        return pa.table({name: pa.array([], pa.string()) for name in columns})
    try:
        return pyarrow.csv.read_csv(
            pa.BufferReader(text),
            read_options=pyarrow.csv.ReadOptions(
                column_names=list(columns), block_size=_BLOCK_BYTES
            ),
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


def _read_parquet(content: bytes, source: Source) -> Delivery:
    if not content:
        raise GateError("the file is empty (0 bytes)")
    try:
        parquet = pyarrow.parquet.ParquetFile(
            pa.BufferReader(content), page_checksum_verification=True
        )
        columns = tuple(parquet.schema_arrow.names)
        check_columns(columns, source)
        table = parquet.read()
        n_expected = parquet.metadata.num_rows
        table = pa.table([_as_text(column) for column in table.columns], names=list(columns))
    except (pa.ArrowException, OSError) as error:
        raise GateError(f"the file isn't a sound Parquet file ({error}); export it again") from None
    if table.num_rows != n_expected:
        raise GateError(
            f"the file tells of {n_expected:,} rows but {table.num_rows:,} could be read; "
            "export it again"
        )
    lines = pa.array(np.arange(1, table.num_rows + 1, dtype=np.int64))
    return Delivery(_trimmed(table).append_column(LINE_NUMBER, lines), columns, ())


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A Parquet column as the text a CSV export would have.

    Not-a-number is how frames store a missing number, and a timestamp at midnight how they
    store a date, so the first becomes NULL and the second a bare date.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_text(column.cast(kind.value_type))
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
    if pa.types.is_nested(kind):
        values = [None if value is None else str(value) for value in column.to_pylist()]
        return pa.chunked_array([pa.array(values, pa.string())])
    text = column.cast(pa.string())
    if pa.types.is_timestamp(kind):
        return pc.replace_substring_regex(text, r" 00:00:00([.]0+)?$", "")
    return text


def _trimmed(table: pa.Table) -> pa.Table:
    """Take blanks of any kind off the ends of all values; SQL's trim knows spaces only."""
    trimmed = [pc.utf8_trim_whitespace(column) for column in table.columns]
    return pa.table(trimmed, names=table.column_names)


def check_columns(columns: tuple[str, ...], source: Source) -> None:
    """Refuse a header with a name twice, or without a required column."""
    twice = [name for name, count in Counter(columns).items() if count > 1]
    if twice:
        raise PrivateGateError(
            f"the header has {_named(twice)} more than once; remove or rename one",
            "the header has a column more than once",
        )
    missing = [name for name in source.required_columns if name not in columns]
    if missing:
        lacks = f"the header lacks {_named(missing)}"
        raise PrivateGateError(
            f"{lacks}; it has {_named(columns)}{_hint(columns, missing, source)}. "
            "Deliver the file with the expected column names",
            lacks,
        )
    if LINE_NUMBER in columns:
        raise GateError(f"the header has the reserved name {LINE_NUMBER}; rename that column")


def _hint(columns: tuple[str, ...], missing: list[str], source: Source) -> str:
    if len(columns) == 1:
        for character, name in (
            (";", "semicolons"),
            ("\t", "tabs"),
            ("|", "bars"),
            (",", "commas"),
        ):
            if character in columns[0]:
                return f" (the values seem to be separated by {name})"
    unknown = [name for name in columns if name not in source.column_names]
    similar = {name: get_close_matches(name, unknown, n=1, cutoff=0.75) for name in missing}
    hints = [f"is {found[0]} meant as {name}?" for name, found in similar.items() if found]
    return f" ({' '.join(hints)})" if hints else ""


def _named(names: tuple[str, ...] | list[str]) -> str:
    shown = [name if len(name) <= 60 else f"{name[:57]}..." for name in names[:12]]
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return ", ".join(shown) + more
