"""Parquet files as the text that a CSV export of them would have."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from pipelines.config.mapping import SourceMapping
from pipelines.config.settings import Limits
from pipelines.contracts.sources import Source
from pipelines.core.errors import GateError
from pipelines.core.text_columns import in_code
from pipelines.ingest.read.delivery import LINE_NUMBER, Delivery, header_of, trimmed
from pipelines.ingest.read.limits import (
    DEFAULT,
    allowed_bytes,
    check_rows,
    limit_bytes,
    too_many_bytes,
)
from pipelines.ingest.read.parquet_pages import Pages, UnsoundPagesError, add_pages

MAX_COLUMNS = 2_000
MAX_NESTED_VALUES = 5_000_000
"""In lists and structures, which become Python objects one by one on their way to text."""
_BATCH_ROWS = 1 << 16
_BATCH_BYTES = 256 << 20
"""Where the largest page may be repeated in every row, so much of it is read at a time."""
_CODED_DECIMAL_BITS = 128
"""Narrower ones can't be put in code as they are."""
_BINARY = "BYTE_ARRAY"


def read_parquet(
    content: bytes, source: Source, mapping: SourceMapping, limits: Limits = DEFAULT
) -> Delivery:
    """Read every row with all checksums verified; raises `GateError` where the file isn't sound.

    What the footer says is checked before anything is unpacked, and not believed: what the pages
    unpack to is added up from their own heads, rows and values are counted while they are read.
    """
    if not content:
        raise GateError("the file is empty (0 bytes)")
    try:
        metadata = _checked_footer(content, limits)
        pages = _checked_pages(content, metadata, limits)
        parquet = _opened(content, metadata, pages)
        header = header_of(tuple(parquet.schema_arrow.names), source, mapping)
        table = _read(parquet, pages, len(content), limits)
        columns = [_as_text(column, mapping.decimal) for column in table.columns]
    except (pa.ArrowException, OSError, UnsoundPagesError):
        raise GateError("the file isn't a sound Parquet file; export it again") from None
    n_expected = parquet.metadata.num_rows
    if table.num_rows != n_expected:
        raise GateError(
            f"the file tells of {n_expected:,} rows but {table.num_rows:,} could be read; "
            "export it again"
        )
    text = pa.table(columns[: len(header.names)], names=list(header.names))
    lines = pa.array(np.arange(1, table.num_rows + 1, dtype=np.int64))
    return Delivery(
        trimmed(text).append_column(LINE_NUMBER, lines),
        header.names,
        (),
        header.delivered_names,
        header.notes,
        header.is_return,
    )


def _checked_footer(content: bytes, limits: Limits) -> pyarrow.parquet.FileMetaData:
    metadata = pyarrow.parquet.read_metadata(pa.BufferReader(content))
    check_rows(metadata.num_rows, limits)
    if metadata.num_columns > MAX_COLUMNS:
        raise GateError(
            f"the file has {metadata.num_columns:,} columns; at most {MAX_COLUMNS:,} are taken. "
            "Export those that are needed"
        )
    return metadata


def _opened(
    content: bytes, metadata: pyarrow.parquet.FileMetaData, pages: Pages
) -> pyarrow.parquet.ParquetFile:
    """The file, its texts left in their dictionaries: a long one repeated costs nothing yet.

    The reader can't do so within lists, nor for texts that are written as differences.
    """
    others = set(range(metadata.num_columns)) - pages.delta_columns
    leaves = [metadata.schema.column(index) for index in sorted(others)]
    texts = [leaf for leaf in leaves if leaf.physical_type == _BINARY and leaf.path == leaf.name]
    return pyarrow.parquet.ParquetFile(
        pa.BufferReader(content),
        metadata=metadata,
        page_checksum_verification=True,
        read_dictionary=[leaf.path for leaf in texts],
    )


def _checked_pages(content: bytes, metadata: pyarrow.parquet.FileMetaData, limits: Limits) -> Pages:
    """All pages of all columns, held to what the file may unpack to."""
    allowed, found = allowed_bytes(len(content), limits), Pages()
    view, n_rows, n_nested = memoryview(content), 0, 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        n_rows += group.num_rows
        check_rows(n_rows, limits)
        for index in range(metadata.num_columns):
            n_values = add_pages(found, view, index, _place(group.column(index), len(content)))
            if metadata.schema.column(index).max_repetition_level:
                n_nested += n_values
            elif n_values > group.num_rows:
                raise UnsoundPagesError
            if found.n_bytes > allowed:
                raise too_many_bytes(len(content), allowed, limits)
            if n_nested > MAX_NESTED_VALUES:
                raise _too_nested()
    return found


def _place(chunk: pyarrow.parquet.ColumnChunkMetaData, n_bytes: int) -> tuple[int, int]:
    """Where the pages of a column begin and end, as the reader sees it."""
    if not chunk.num_values:
        return 0, 0
    start = chunk.data_page_offset
    if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < start:
        start = chunk.dictionary_page_offset
    end = start + chunk.total_compressed_size
    if not 0 <= start <= end <= n_bytes:
        raise UnsoundPagesError
    return start, end


def _too_nested() -> GateError:
    return GateError(
        f"the file has more than {MAX_NESTED_VALUES:,} values in lists and structures. Export it "
        "without these columns, or split it and drop the parts"
    )


def _read(
    parquet: pyarrow.parquet.ParquetFile, pages: Pages, n_packed: int, limits: Limits
) -> pa.Table:
    """All rows; raises `GateError` as soon as they or their text are more than may be."""
    schema, batches = None, []
    n_rows, n_bytes, n_nested, allowed = 0, 0, 0, limit_bytes(limits)
    for batch in parquet.iter_batches(batch_size=_batch_rows(parquet, pages)):
        schema = batch.schema
        batches.append(batch)
        n_rows += batch.num_rows
        n_bytes += sum(_text_bytes(column) for column in batch.columns)
        n_nested += sum(_n_nested(column) for column in batch.columns)
        check_rows(n_rows, limits)
        if n_bytes > allowed:
            raise too_many_bytes(n_packed, allowed, limits)
        if n_nested > MAX_NESTED_VALUES:
            raise _too_nested()
    return pa.Table.from_batches(batches, schema or parquet.schema_arrow)


def _batch_rows(parquet: pyarrow.parquet.ParquetFile, pages: Pages) -> int:
    """How many rows are read at a time, so that no batch is much larger than the page it is from.

    A text that repeats the beginning of the one before it, a value of fixed width and one in a list
    may be as long as a page in every row.
    """
    kinds = [field.type for field in parquet.schema_arrow]
    is_wide = any(pa.types.is_fixed_size_binary(kind) or pa.types.is_nested(kind) for kind in kinds)
    if pages.has_shared_beginnings or is_wide:
        return max(1, min(_BATCH_ROWS, _BATCH_BYTES // max(1, pages.largest)))
    return _BATCH_ROWS


def _text_bytes(column: pa.Array) -> int:
    """What a column takes once every row has its own text."""
    if pa.types.is_dictionary(column.type):
        lengths = pc.binary_length(column.dictionary)
        return pc.sum(pc.take(lengths, column.indices)).as_py() or 0
    if pa.types.is_nested(column.type):
        return sum(_text_bytes(values) for values in _within(column))
    return int(column.nbytes)


def _n_nested(column: pa.Array) -> int:
    """How many values a column of lists or structures has."""
    if not pa.types.is_nested(column.type):
        return 0
    return sum(len(values) + _n_nested(values) for values in _within(column))


def _within(column: pa.Array) -> list[pa.Array]:
    """The values in lists, or the columns of structures."""
    return column.flatten() if pa.types.is_struct(column.type) else [column.values]


def _as_text(column: pa.ChunkedArray, decimal: str) -> pa.ChunkedArray:
    """A Parquet column as the text a CSV export would have, with the declared decimal mark.

    Every distinct value is written once, and the rows keep its code.
    """
    if pa.types.is_nested(column.type):
        values = [None if value is None else str(value) for value in column.to_pylist()]
        return pa.chunked_array([pa.array(values, pa.string())])
    kind = column.type
    if pa.types.is_decimal(kind) and kind.bit_width < _CODED_DECIMAL_BITS:
        column = column.cast(pa.decimal128(kind.precision, kind.scale))
    coded = in_code(column)
    texts = _written(coded.dictionary, decimal)
    return pa.chunked_array([pa.DictionaryArray.from_arrays(coded.indices, texts)])


def _written(values: pa.Array, decimal: str) -> pa.Array:
    """Values as text.

    Not-a-number is how frames store a missing number, and a timestamp at midnight how they
    store a date, so the first becomes NULL and the second a bare date.
    """
    kind = values.type
    if pa.types.is_floating(kind):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, kind), values)
    text = values.cast(pa.string())
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pc.replace_substring(text, ".", decimal)
    if pa.types.is_timestamp(kind):
        return pc.replace_substring_regex(text, r" 00:00:00([.]0+)?$", "")
    return text
