"""What the analysts' file says of single people, made coarser on its way out, and how coarse it is.

Which columns leave, and in which form, stands in the contracts; here the rare values are found
and the report on what is left of telling people apart is written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import polars as pl

from pipelines.config.settings import Settings
from pipelines.contracts.tables import Table, publication_query, published_tables
from pipelines.core.queries import statement
from pipelines.core.sql_text import value
from pipelines.core.warehouse import Connection, fetch, write
from pipelines.disclosure.k_anonymity import K_ANONYMITY_SCHEMA, KNOWN_TOGETHER, k_anonymity
from pipelines.disclosure.rare_values import RareValues, rare_values
from pipelines.release.export_notes import ExportNotes, read_notes

REPORT = "quality.k_anonymity"
TABLES_REPORTED = sorted({known.table_name for known in KNOWN_TOGETHER})
_PERSON = "agent_key"
_NOTED = "rare values"


def columns_pooled() -> dict[str, list[str]]:
    """By published table whose rows are people's the columns from which rare values are found."""
    pooled = {
        table.full_name: [column.name for column in table.columns if column.pooled]
        for table in published_tables()
        if _PERSON in table.key
    }
    return {table: [_PERSON, *columns] for table, columns in pooled.items() if columns}


def find_rare_values(con: Connection, min_group: int) -> RareValues:
    """The values to pool, over every published table about people."""
    counted = [
        statement(
            "refresh/values_of_people",
            characteristic=value(column.pooled),
            column=[column.name],
            person=[_PERSON],
            table=table.full_name,
        )
        for table in published_tables()
        if _PERSON in table.key
        for column in table.columns
        if column.pooled
    ]
    return rare_values(fetch(con, " union ".join(counted)), min_group)


def values_pooled(notes: ExportNotes, min_group: int) -> RareValues:
    """The values to pool; those of the last file where no table about people has changed."""

    def find() -> RareValues:
        return find_rare_values(notes.con, min_group)

    return _as_noted(notes.found(_NOTED, columns_pooled(), min_group, find))


def pooled_in_file(con: Connection, min_group: int) -> RareValues:
    """The values that the last analysts' file pooled, whether or not it was noted."""
    noted = read_notes(con).before.get(_NOTED)
    if noted is None or noted[1] is None:
        return find_rare_values(con, min_group)
    return _as_noted(json.loads(noted[1]))


def _as_noted(found: Mapping[str, Sequence[str]]) -> RareValues:
    return {name: tuple(values) for name, values in found.items()}


def without_pooled(frame: pl.DataFrame, table: Table, rare: RareValues) -> pl.DataFrame:
    """Leave out the rows that stay behind in the analysts' file (`publication_query`)."""
    for column in table.columns:
        if column.name in table.key and column.pooled in rare:
            is_rare = pl.col(column.name).cast(pl.String).is_in(rare[str(column.pooled)])
            frame = frame.filter(~is_rare.fill_null(value=False))
    return frame


def k_anonymity_report(
    con: Connection, settings: Settings, rare: RareValues
) -> list[dict[str, object]]:
    """The rows of `REPORT` over the tables as they are published."""
    tables = {table.full_name: table for table in published_tables()}
    frames = {
        name: fetch(con, publication_query(tables[name], analyst_person_scores=False, rare=rare))
        for name in TABLES_REPORTED
    }
    min_group = settings.privacy.min_group
    return [k_anonymity(frames[known.table_name], known, min_group) for known in KNOWN_TOGETHER]


def write_k_anonymity(con: Connection, rows: list[dict[str, object]]) -> None:
    """Write `REPORT`."""
    write(con, REPORT, pl.DataFrame(rows, schema=K_ANONYMITY_SCHEMA))
