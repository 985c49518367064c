"""From a database's types to those a delivery may have: what has no plain text form is told."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.config.databases import Database
from pipelines.ingest.pull.connection import PullError

_TYPE = b"POSTGRESQL:type"
_HOW = {
    "interval": "extract(epoch from {0}) / 3600 as {0} for hours",
    "money": "cast({0} as numeric) as {0}",
    "bytea": "encode({0}, 'hex') as {0}",
}
_FIRST, _LAST = dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999999)


def words_for(field: pa.Field) -> str:
    """What a column holds, in plain words; a change of these is a change of the schema."""
    kind = _stored(field.type)
    if pa.types.is_boolean(kind):
        return "yes or no"
    if _theirs(field) == "numeric" or pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return "a number"
    if pa.types.is_date(kind):
        return "a day"
    if pa.types.is_timestamp(kind):
        return "a moment with its zone" if kind.tz else "a time without a zone"
    return "a time of day" if pa.types.is_time(kind) else "text"


def check_schema(schema: pa.Schema, database: Database) -> None:
    """Refuse columns that can't be told as text, and names that stand twice."""
    where = f"the query recipes/{database.file}"
    if not schema.names:
        raise PullError(f"{where} gives no columns; a query that selects is needed")
    twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
    if twice:
        raise PullError(f"{where} gives the column {', '.join(twice)} twice; name one otherwise")
    problems = [_problem(field) for field in schema if not _is_plain(field)]
    if problems:
        raise PullError(f"{where} has to cast: {'; '.join(problems)}")


def _is_plain(field: pa.Field) -> bool:
    kind = _stored(field.type)
    is_plain = (
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_temporal(kind)
        or _is_uuid(field.type)
    )
    return is_plain and not pa.types.is_interval(kind) and _theirs(field) not in _HOW


def _problem(field: pa.Field) -> str:
    theirs = _theirs(field)
    how = _HOW.get(theirs, "cast({0} as text) as {0}").format(field.name)
    return f"{field.name} has the type {theirs}, which no file can hold as it is; write {how}"


def _theirs(field: pa.Field) -> str:
    """The server's name of a column's type."""
    named = (field.metadata or {}).get(_TYPE, str(field.type).encode()).decode()
    return "a type of the server's own" if named.startswith("unnamed") else named


def _is_uuid(kind: pa.DataType) -> bool:
    return bool(getattr(kind, "extension_name", "") == "arrow.uuid")


def _stored(kind: pa.DataType) -> pa.DataType:
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """The schema that a delivery of these records has."""
    kinds = [pa.string() if _is_uuid(field.type) else _stored(field.type) for field in schema]
    return pa.schema(zip(schema.names, kinds, strict=True))


def plain_batch(batch: pa.RecordBatch, schema: pa.Schema, database: Database) -> pa.RecordBatch:
    """Records in the types of `plain_schema`; raises `PullError` for days without end."""
    columns = [_plain(column, schema.field(i)) for i, column in enumerate(batch.columns)]
    for field, column in zip(schema, columns, strict=True):
        if pa.types.is_timestamp(field.type) or pa.types.is_date(field.type):
            _check_days(column, field, database)
    return pa.record_batch(columns, schema=schema)


def _plain(column: pa.Array, field: pa.Field) -> pa.Array:
    if _is_uuid(column.type):
        texts = [None if value is None else str(value) for value in column.to_pylist()]
        return pa.array(texts, pa.string())
    return column.storage if isinstance(column, pa.ExtensionArray) else column


def _check_days(column: pa.Array, field: pa.Field, database: Database) -> None:
    """Days beyond the calendar: how PostgreSQL delivers ``infinity``."""
    first, last = (pa.scalar(_whole(day, field.type), field.type) for day in (_FIRST, _LAST))
    beyond = pc.or_(pc.less(column, first), pc.greater(column, last))
    if pc.any(beyond).as_py():
        raise PullError(
            f"the query recipes/{database.file} gives days outside the years 1 to 9999 in "
            f"{field.name}, such as infinity; write nullif({field.name}, 'infinity') as "
            f"{field.name}"
        )


def _whole(day: dt.datetime, kind: pa.DataType) -> dt.date | dt.datetime:
    if pa.types.is_date(kind):
        return day.date()
    return day.replace(tzinfo=dt.UTC) if kind.tz else day
