"""From a validated delivery to two tables: all of its rows for raw, the sound ones for staging."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from pipelines.config.mapping import SourceMapping
from pipelines.contracts.sources import Source
from pipelines.core.queries import statement
from pipelines.core.sql_text import Expression, literal
from pipelines.core.text_columns import Codes, are_distinct, distinct_texts, replaced
from pipelines.core.warehouse import Connection
from pipelines.ingest.load.raw_store import raw_schema
from pipelines.ingest.read.delivery import LINE_NUMBER, PART, PORTION, Delivery, kept_name
from pipelines.ingest.validate.validation import Flags, Validation

_LARGEST = np.iinfo(np.int64).max // 2


def raw_rows(
    con: Connection,
    source: Source,
    validation: Validation,
    mapping: SourceMapping,
    file_id: int,
    *,
    is_tombstone: bool,
) -> pa.Table:
    """Every row as text with what became of it, in the columns of ``raw.<source>``.

    Records that couldn't be told apart come last, without values: their text is in the ledger.
    """
    delivery, schema = validation.delivery, raw_schema(source)
    n_rows = delivery.table.num_rows
    known = {
        "line_number": delivery.table.column(LINE_NUMBER),
        **{name: judged.raw_text for name, judged in validation.columns.items()},
        "extra": extra_values(con, delivery, mapping),
        "delivered": _delivered(con, validation),
        **{each.removeprefix("_"): delivery.table.column(each) for each in parts_of(delivery)},
        "is_quarantined": pa.array(validation.is_bad),
    }
    same = {"file_id": file_id, "is_tombstone": is_tombstone}
    rows = pa.table(
        [
            known[field.name]
            if field.name in known
            else pa.repeat(pa.scalar(same.get(field.name), field.type), n_rows)
            for field in schema
        ],
        names=schema.names,
    )
    if not delivery.broken:
        return rows
    lost = pa.table(
        {
            "file_id": [file_id] * len(delivery.broken),
            "line_number": [record.line_number for record in delivery.broken],
            "is_quarantined": [True] * len(delivery.broken),
            "is_tombstone": [is_tombstone] * len(delivery.broken),
        }
    )
    return pa.concat_tables([rows.cast(schema), _with_schema(lost, schema)])


def _with_schema(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with every column of a schema, NULL where it has none."""
    columns = [
        table.column(field.name).cast(field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def staged_rows(
    con: Connection, source: Source, validation: Validation, mapping: SourceMapping, file_id: int
) -> pa.Table:
    """Return the typed rows that become current: sound, and the last of their key in the delivery.

    Columns as in ``staging.<source>``; of a tombstone's contract there are the key's only.
    """
    delivery = validation.delivery
    stands = _is_current(source, validation)
    n_rows = int(stands.sum())
    columns = {
        column.name: validation.columns[column.name].values_of(stands)
        if column.name in validation.columns
        else pa.nulls(n_rows)
        for column in source.columns
    }
    if source.keeps_extra:
        columns["extra"] = extra_values(con, delivery, mapping).filter(pa.array(stands))
    columns["file_id"] = pa.repeat(pa.scalar(file_id, pa.int32()), n_rows)
    columns["line_number"] = delivery.table.column(LINE_NUMBER).filter(pa.array(stands))
    for name in parts_of(delivery):
        columns[name] = delivery.table.column(name).filter(pa.array(stands))
    return pa.table(columns)


def _is_current(source: Source, validation: Validation) -> Flags:
    """Which rows are current: they broke no rule and have no later row with their key."""
    stands: Flags = ~validation.is_bad
    sound = np.flatnonzero(stands)
    codes = key_codes(source, validation)[sound]
    if not are_distinct(codes):
        lines = validation.delivery.table.column(LINE_NUMBER).to_numpy()[sound]
        order = np.argsort(lines, kind="stable")
        stands[sound[order]] = pl.Series(codes[order]).is_last_distinct().to_numpy()
    return stands


def key_codes(source: Source, validation: Validation) -> npt.NDArray[np.int64]:
    """One number per row that is the same for rows with the same key."""
    codes = np.zeros(len(validation.is_bad), dtype=np.int64)
    for name in source.key:
        codes = _told_apart(codes, value_codes(validation, name))
    for name in parts_of(validation.delivery):
        if not are_distinct(codes):
            of_part = distinct_texts(validation.delivery.table.column(name))[0]
            codes = _told_apart(codes, of_part)
    return codes


def parts_of(delivery: Delivery) -> list[str]:
    """The columns of a recipe's rows that tell parts of a key apart."""
    return [name for name in (PART, PORTION) if name in delivery.table.column_names]


def _told_apart(codes: npt.NDArray[np.int64], of_value: Codes) -> npt.NDArray[np.int64]:
    """The codes of the columns so far, told apart by one more column."""
    n_values = int(of_value.max(initial=0)) + 1
    if int(codes.max(initial=0)) * n_values >= _LARGEST:
        codes = np.unique(codes, return_inverse=True)[1]
    return codes * n_values + of_value


def value_codes(validation: Validation, name: str) -> Codes:
    """A code per row for the value, not the text: two texts may say the same."""
    judged = validation.columns[name]
    values: Codes = judged.typed.dictionary_encode(null_encoding="encode").indices.to_numpy()
    return values[judged.codes]


def extra_values(con: Connection, delivery: Delivery, mapping: SourceMapping) -> pa.Array:
    """The columns that the contract doesn't know, as the text of a JSON object per row."""
    n_rows = delivery.table.num_rows
    if not delivery.unknown_columns:
        return pa.nulls(n_rows, pa.string())
    texts = {}
    for name in delivery.unknown_columns:
        kept, column = kept_name(name, mapping), delivery.table.column(name)
        words = mapping.answers_of(kept)
        texts[kept] = replaced(column, partial(_answer, words)) or column if words else column
    return _json_objects(con, texts, np.ones(n_rows, dtype=bool))


def _answer(words: dict[str, str], text: str) -> str:
    """The number that a questionnaire's answer in words stands for; others stay."""
    return words.get(text.strip(), text)


def _delivered(con: Connection, validation: Validation) -> pa.Array:
    """The texts as delivered, as a JSON object, in rows where a translation changed any."""
    n_rows = validation.delivery.table.num_rows
    translated = {n: each for n, each in validation.columns.items() if each.is_translated}
    is_changed = np.zeros(n_rows, dtype=bool)
    for judged in translated.values():
        is_changed |= judged.is_changed[judged.codes]
    if not is_changed.any():
        return pa.nulls(n_rows, pa.string())
    texts = {name: judged.texts.take(judged.codes) for name, judged in translated.items()}
    return _json_objects(con, texts, is_changed)


def _json_objects(con: Connection, texts: dict[str, pa.Array], wanted: Flags) -> pa.Array:
    """One JSON object per row with these names and texts; NULL in rows that aren't wanted."""
    pairs = ", ".join(f"{literal(name)}, c{position}" for position, name in enumerate(texts))
    columns = {f"c{position}": text for position, text in enumerate(texts.values())}
    numbers = pa.array(np.arange(len(wanted)))
    con.register("_texts", pa.table({**columns, "number": numbers, "wanted": pa.array(wanted)}))
    try:
        query = statement("loading/json_objects", pairs=Expression(pairs))
        objects = con.sql(query).to_arrow_table()
    finally:
        con.unregister("_texts")
    return objects.column("object").combine_chunks()
