"""What the analysts' file says of single people, made coarser on its way out, and how coarse it is.

Which columns leave, and in which form, stands in the contracts; here the rare values are found
and the report on what is left of telling people apart is written.
"""

from __future__ import annotations

import polars as pl

from pipelines.config.settings import Settings
from pipelines.contracts.tables import publication_query, published_tables
from pipelines.core.sql_text import identifier, literal, table_name
from pipelines.core.warehouse import Connection, fetch, write
from pipelines.disclosure.k_anonymity import K_ANONYMITY_SCHEMA, KNOWN_TOGETHER, k_anonymity
from pipelines.disclosure.rare_values import RareValues, rare_values

REPORT = "quality.k_anonymity"
TABLES_REPORTED = sorted({known.table_name for known in KNOWN_TOGETHER})
_PERSON = "agent_key"


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
        f"select {literal(column.pooled)} as characteristic, "
        f"cast({identifier(column.name)} as varchar) as value, {_PERSON} as person "
        f"from {table_name(table.full_name)} where {identifier(column.name)} is not null"
        for table in published_tables()
        if _PERSON in table.key
        for column in table.columns
        if column.pooled
    ]
    return rare_values(fetch(con, " union ".join(counted)), min_group)


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
