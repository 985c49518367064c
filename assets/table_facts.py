"""What Dagster shows of a table: its columns, where they come from, its text and its versions.

Everything is said elsewhere already, in contracts and in SQL; here it is put into Dagster's words.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.contracts.sources import Column, Source, load_contracts
from pipelines.contracts.tables import load_tables
from pipelines.core.versions import PROJECT
from pipelines.core.warehouse import Connection, count_rows, fingerprint_rows
from pipelines.lineage.column_lineage import column_lineage, text_version

COLUMN_SCHEMA, COLUMN_LINEAGE = "dagster/column_schema", "dagster/column_lineage"
TABLE_NAME, ROW_COUNT = "dagster/table_name", "dagster/row_count"
COMMENT = "--"


def described(spec: dg.AssetSpec) -> dg.AssetSpec:
    """An asset with the columns that its contract lists; without a contract, as it is."""
    name = ".".join(spec.key.path)
    schema = _schemas().get(name)
    if schema is None:
        return spec
    return spec.merge_attributes(metadata={COLUMN_SCHEMA: schema, TABLE_NAME: name})


def text_of(path: Path) -> str:
    """What the header comment of a SQL file says, and below it the query."""
    lines = path.read_text(encoding="utf-8").splitlines()
    n_comments = next((i for i, line in enumerate(lines) if not line.startswith(COMMENT)), 0)
    said = "\n".join(line.removeprefix(COMMENT).strip() for line in lines[:n_comments])
    query = "\n".join(lines[n_comments:])
    return f"{said}\n\n`{path.relative_to(PROJECT).as_posix()}`\n\n```sql\n{query}\n```"


def code_version_of(path: Path) -> str:
    """The version of a SQL file: another text, another version."""
    return text_version(path)


def made(con: Connection, table: str, **more: Any) -> dict[str, Any]:
    """What to say of a table that was made: rows, lineage and data version, for a result."""
    metadata = {ROW_COUNT: count_rows(con, table), **more}
    if lineage := lineage_of(table):
        metadata[COLUMN_LINEAGE] = lineage
    return {"metadata": metadata, "data_version": data_version_of(con, table)}


def data_version_of(con: Connection, table: str) -> dg.DataVersion:
    """The same for the same rows, whatever their order."""
    return dg.DataVersion(fingerprint_rows(con, table))


def lineage_of(table: str) -> dg.TableColumnLineage | None:
    """Which columns of which assets a model's columns are made of, as its SQL says."""
    columns = column_lineage().get(table)
    if columns is None:
        return None
    return dg.TableColumnLineage(
        {
            name: [
                dg.TableColumnDep(asset_key=source.split("."), column_name=column)
                for source, column in behind
            ]
            for name, behind in columns.items()
        }
    )


@cache
def _schemas() -> dict[str, dg.TableSchema]:
    """By table (``schema.table``) its columns."""
    sources = load_contracts().landing
    staged = {f"staging.{source.name}": _source_schema(source) for source in sources}
    raw = {f"raw.{source.name}": _source_schema(source, is_text=True) for source in sources}
    computed = {
        table.full_name: dg.TableSchema(
            [
                dg.TableColumn(column.name, column.type, _with_unit(column.meaning, column.unit))
                for column in table.columns
            ]
        )
        for table in load_tables()
    }
    return {**computed, **raw, **staged}


def _source_schema(source: Source, *, is_text: bool = False) -> dg.TableSchema:
    return dg.TableSchema(
        [
            dg.TableColumn(
                column.name,
                "text" if is_text else column.type,
                _with_unit(column.description, column.unit),
                dg.TableColumnConstraints(nullable=not column.required, other=_rules(column)),
            )
            for column in source.columns
        ]
    )


def _with_unit(description: str, unit: str | None) -> str:
    return f"{description} ({unit})" if unit else description


def _rules(column: Column) -> list[str]:
    """What the contract asks of a value, beside its type."""
    rules = []
    if column.min is not None and column.max is not None:
        rules.append(f"from {column.min} to {column.max}")
    if column.allowed:
        rules.append(f"one of {', '.join(column.allowed)}")
    if column.references:
        rules.append(f"somebody in {column.references}")
    return rules
