"""The rows of one delivery on their way into raw: canonical text beside the delivered text."""

from __future__ import annotations

import pyarrow as pa

from pipelines.contracts import casts
from pipelines.contracts.model import Source
from pipelines.ingest.delivery import LINE_NUMBER, Delivery, kept_name
from pipelines.ingest.translation import translation
from pipelines.mapping import SourceMapping
from pipelines.warehouse import Connection


def create_incoming(
    con: Connection, source: Source, delivery: Delivery, mapping: SourceMapping
) -> None:
    """Make the temporary table ``incoming`` of the rows whose values could be told apart.

    Columns: ``line_number``, every canonical column as canonical text, ``extra`` (JSON object of
    the unknown columns) and ``delivered`` (JSON object of the delivered texts, in rows where a
    declared translation changed any).
    """
    con.register("_delivery", _by_position(delivery))
    try:
        con.execute(
            "create or replace temp table incoming as with landed as (select line_number, "
            f"{', '.join(_landed(source, delivery))}, "
            f"{_extra(delivery, mapping)} as extra from _delivery) "
            f"select line_number, {', '.join(_translated(source, delivery, mapping))}, extra, "
            f"{_delivered(source, delivery, mapping)} as delivered from landed"
        )
    finally:
        con.unregister("_delivery")


def _by_position(delivery: Delivery) -> pa.Table:
    """The table with columns by position: SQL doesn't tell names apart by upper and lower case."""
    names = [f"c{position}" for position in range(len(delivery.columns))]
    return delivery.table.select([*delivery.columns, LINE_NUMBER]).rename_columns(
        [*names, "line_number"]
    )


def _place(delivery: Delivery, name: str) -> str:
    return f"c{delivery.columns.index(name)}"


def _landed(source: Source, delivery: Delivery) -> list[str]:
    names = delivery.delivered_names
    return [
        f"{_place(delivery, names[name])} as {name}"
        if name in names
        else f"cast(null as varchar) as {name}"
        for name in source.column_names
    ]


def _extra(delivery: Delivery, mapping: SourceMapping) -> str:
    pairs = ", ".join(
        f"{casts.literal(kept_name(name, mapping))}, {_place(delivery, name)}"
        for name in delivery.unknown_columns
    )
    return f"cast(json_object({pairs}) as varchar)" if pairs else "cast(null as varchar)"


def _translations(source: Source, delivery: Delivery, mapping: SourceMapping) -> dict[str, str]:
    """The canonical text of every column for which a translation is declared."""
    found = {}
    for column in source.columns:
        if column.name in delivery.delivered_names:
            expression = translation(column, casts.clean(column.name), mapping)
            if expression is not None:
                found[column.name] = expression
    return found


def _translated(source: Source, delivery: Delivery, mapping: SourceMapping) -> list[str]:
    changed = _translations(source, delivery, mapping)
    return [
        f"{changed[name]} as {name}" if name in changed else name for name in source.column_names
    ]


def _delivered(source: Source, delivery: Delivery, mapping: SourceMapping) -> str:
    changed = _translations(source, delivery, mapping)
    if not changed:
        return "cast(null as varchar)"
    differs = " or ".join(
        f"{casts.clean(name)} is distinct from ({expression})"
        for name, expression in changed.items()
    )
    pairs = ", ".join(f"{casts.literal(name)}, {name}" for name in changed)
    return f"case when {differs} then cast(json_object({pairs}) as varchar) end"


def insert_incoming(
    con: Connection, source: Source, file_id: int, delivery: Delivery, *, is_tombstone: bool
) -> None:
    """Copy ``incoming`` into raw, rows in ``rejected`` marked as quarantined."""
    columns = ", ".join((*source.column_names, "extra", "delivered"))
    con.execute(
        f"insert into raw.{source.name} (file_id, line_number, {columns}, is_quarantined, "
        f"is_tombstone) select {file_id}, line_number, {columns}, "
        f"line_number in (select line_number from rejected), {is_tombstone} from incoming"
    )
    if delivery.broken:
        con.execute(
            f"insert into raw.{source.name} (file_id, line_number, is_quarantined, is_tombstone) "
            f"select {file_id}, line_number, true, {is_tombstone} from rejected "
            "where column_name is null"
        )
