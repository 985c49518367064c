"""Parquet files as the text that a CSV export of them would have."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from pipelines.contracts.model import Source
from pipelines.errors import GateError
from pipelines.ingest.delivery import LINE_NUMBER, Delivery, header_of, trimmed
from pipelines.mapping import SourceMapping


def read_parquet(content: bytes, source: Source, mapping: SourceMapping) -> Delivery:
    """Read every row with all checksums verified; raises `GateError` where the file isn't sound."""
    if not content:
        raise GateError("the file is empty (0 bytes)")
    try:
        parquet = pyarrow.parquet.ParquetFile(
            pa.BufferReader(content), page_checksum_verification=True
        )
        header = header_of(tuple(parquet.schema_arrow.names), source, mapping)
        table = parquet.read()
        n_expected = parquet.metadata.num_rows
        columns = [_as_text(column, mapping.decimal) for column in table.columns]
    except (pa.ArrowException, OSError):
        raise GateError("the file isn't a sound Parquet file; export it again") from None
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


def _as_text(column: pa.ChunkedArray, decimal: str) -> pa.ChunkedArray:
    """A Parquet column as the text a CSV export would have, with the declared decimal mark.

    Not-a-number is how frames store a missing number, and a timestamp at midnight how they
    store a date, so the first becomes NULL and the second a bare date.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_text(column.cast(kind.value_type), decimal)
    if pa.types.is_nested(kind):
        values = [None if value is None else str(value) for value in column.to_pylist()]
        return pa.chunked_array([pa.array(values, pa.string())])
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
    text = column.cast(pa.string())
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pc.replace_substring(text, ".", decimal)
    if pa.types.is_timestamp(kind):
        return pc.replace_substring_regex(text, r" 00:00:00([.]0+)?$", "")
    return text
