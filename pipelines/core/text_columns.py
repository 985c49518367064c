"""Columns of text by their distinct values: a code per row, and the texts they stand for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Codes = npt.NDArray[np.int32]
_MOST_COUNTED = 8
"""Counters per row: with more, looking for equal codes is as quick as counting."""


def distinct_texts(column: pa.ChunkedArray) -> tuple[Codes, pa.Array]:
    """A text column as a code per row and the texts they stand for, NULL being one of them."""
    if pa.types.is_dictionary(column.type):
        same = column if column.num_chunks == 1 else column.unify_dictionaries()
        encoded = in_one_piece(same)
        if not encoded.indices.null_count:
            return encoded.indices.to_numpy(), encoded.dictionary
        if not encoded.dictionary.null_count:
            texts = pa.concat_arrays([encoded.dictionary, pa.nulls(1, encoded.dictionary.type)])
            return encoded.indices.fill_null(len(texts) - 1).to_numpy(), texts
    whole = in_one_piece(column)
    encoded = whole.cast(pa.string()).dictionary_encode(null_encoding="encode")
    return encoded.indices.to_numpy(), encoded.dictionary


def in_code(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column as a code per row for each distinct value."""
    if pa.types.is_dictionary(column.type):
        return in_one_piece(column if column.num_chunks == 1 else column.unify_dictionaries())
    return in_one_piece(column.dictionary_encode())


def in_one_piece(column: pa.ChunkedArray) -> pa.Array:
    """A column without chunks."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.combine_chunks() if column.num_chunks else pa.nulls(0, column.type)


def spread(values: pa.Array, codes: Codes) -> pa.Array:
    """A value per row; texts stay in code, which is shorter and quicker to write."""
    if pa.types.is_string(values.type) and not values.null_count:
        return pa.DictionaryArray.from_arrays(pa.array(codes), values)
    return values.take(pa.array(codes))


def kept_rows(table: pa.Table, is_kept: npt.NDArray[np.bool_]) -> pa.Table:
    """Some rows of a table, and no text of the others, which a column in code would keep."""
    kept = table.filter(pa.array(is_kept))
    columns = [
        column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
        for column in kept.columns
    ]
    return pa.table(columns, names=kept.column_names)


def replaced(column: pa.ChunkedArray, change: Callable[[str], str]) -> pa.ChunkedArray | None:
    """A text column with every distinct text changed; None where no text does."""
    codes, texts = distinct_texts(column)
    before = texts.to_pylist()
    after = [None if text is None else change(text) for text in before]
    if before == after:
        return None
    return pa.chunked_array([pa.array(after, pa.string()).take(pa.array(codes))])


def are_distinct(codes: npt.NDArray[np.int64]) -> bool:
    """Whether no code occurs twice."""
    largest = int(codes.max(initial=0))
    if largest > _MOST_COUNTED * len(codes):
        return len(pa.array(codes).dictionary_encode().dictionary) == len(codes)
    return int(np.bincount(codes, minlength=1).max()) <= 1
