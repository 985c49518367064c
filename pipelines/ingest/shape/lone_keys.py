"""From a query that sums or ranks the records of a key to its rows, lone records by combination.

Most keys of most exports have one record: a sum over it is itself, and its place is the first. What
a query makes of such a record hangs on nothing but its texts, so that it is asked once per
combination of these, as of queries that look at one record only; the others are run as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.core.sql_text import identifier
from pipelines.core.text_columns import distinct_texts
from pipelines.core.warehouse import Connection, Relation
from pipelines.ingest.shape.column_inputs import DELIVERY, LINE, grouped_inputs
from pipelines.ingest.shape.distinct_inputs import (
    FEWEST_ROWS,
    Known,
    Numbers,
    as_text,
    by_combination,
    not_row_wise,
    told_apart,
)

FEWEST_LONE = 0.5
"""Of the records that are alone: with fewer, all may as well be run."""


def by_lone_keys(
    con: Connection,
    query: str,
    made: Callable[[], Relation],
    names: Sequence[str],
    kinds: Sequence[str],
    records: pa.Table,
    known: Known,
    run: Callable[[], pa.Table],
) -> list[pa.Table] | None:
    """The query's rows, lone records' and others'; None where it has to be run whole.

    Lone records' lines are numbers, whatever the query makes of lines.
    ``run`` gives the rows of what stands under the name `DELIVERY` then, ``made`` their relation.
    """
    folded = {name.lower() for name in records.column_names}
    if records.num_rows < FEWEST_ROWS or len(folded) < records.num_columns:
        return None
    found = grouped_inputs(query, tuple(records.column_names), not_row_wise())
    if found is None or not found.inputs.keys() >= {name.lower() for name in names}:
        return None
    is_alone = _are_alone(records, found.key)
    if is_alone is None or is_alone.mean() < FEWEST_LONE:
        return None
    lone = records if is_alone.all() else records.filter(pa.array(is_alone))
    of_lists = any(
        name == LINE and kind.endswith("[]") for name, kind in zip(names, kinds, strict=True)
    )

    def form(name: str, kind: str) -> str:
        is_list = name == LINE and of_lists
        return f"{identifier(name)}[1] as {identifier(name)}" if is_list else as_text(name, kind)

    rows = by_combination(con, made, names, lone, known, found.inputs, form)
    if rows is None or is_alone.all():
        return None if rows is None else [rows]
    con.register(DELIVERY, records.filter(pa.array(~is_alone)))
    return [rows, run()]


def _are_alone(records: pa.Table, key: frozenset[str]) -> npt.NDArray[np.bool_] | None:
    """Which records are the only one of their key; None where that can't be told by texts."""
    codes: Numbers = np.zeros(records.num_rows, dtype=np.int32)
    for name in records.column_names:
        if name.lower() not in key:
            continue
        column = records.column(name)
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if not (pa.types.is_string(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
            return None
        of_column, texts = distinct_texts(column)
        once = texts.cast(pa.string()).dictionary_encode(null_encoding="encode").indices.to_numpy()
        codes = told_apart(codes.astype(np.int64) * len(texts) + once[of_column])[0]
    is_alone: npt.NDArray[np.bool_] = np.bincount(codes)[codes] == 1
    return is_alone


def together(tables: Sequence[pa.Table]) -> pa.Table:
    """The rows of all, texts in code; what is text in one is no code in another."""
    if len(tables) == 1:
        return tables[0]
    columns = []
    for name in tables[0].column_names:
        parts = [table.column(name) for table in tables]
        if not pa.types.is_integer(parts[0].type):
            parts = [_in_code(each) for each in parts]
        chunks = [chunk for each in parts for chunk in each.chunks]
        columns.append(pa.chunked_array(chunks, type=parts[0].type))
    return pa.table(columns, names=tables[0].column_names)


def _in_code(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        return column
    return column.cast(pa.string()).dictionary_encode()
