"""A made-up publication as an analysts' file: the frames of its pages under their tables' names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from dashboards.data import SiteData
from pipelines.contracts.metric_info import metric_info
from pipelines.contracts.tables import Table, published_tables
from pipelines.core.queries import analysts_macros
from pipelines.core.warehouse import Connection, open_warehouse, write

TYPES: dict[str, Any] = {
    "text": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "date": pl.Date,
    "timestamp": pl.Datetime("us"),
    "boolean": pl.Boolean,
}


@contextmanager
def published(data: SiteData, folder: Path) -> Iterator[Connection]:
    """Open a file with every published table; those that the pages don't show are empty."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_warehouse(folder / "analytics.duckdb") as con:
        for table in published_tables():
            write(con, table.full_name, _as_published(table, _frame(data, table)))
        for macro in analysts_macros():
            con.execute(macro)
        yield con


def _frame(data: SiteData, table: Table) -> pl.DataFrame | None:
    """Return what the pages show of a table, or what the contracts say; None for the marts."""
    if table.full_name == "meta.metric_info":
        return metric_info()
    if table.full_name == "meta.cut":
        return pl.DataFrame([asdict(data.cut)]).rename({"next_on": "next_cut_on"})
    return None if table.schema_name == "marts" else getattr(data, table.name, None)


def _as_published(table: Table, frame: pl.DataFrame | None) -> pl.DataFrame:
    """Return the frame with exactly the table's columns; those that it lacks are NULL."""
    empty = pl.DataFrame(schema={each.name: TYPES[each.type] for each in table.columns})
    if frame is None or frame.is_empty():
        return empty
    kept = [name for name in empty.columns if name in frame.columns]
    cast = [pl.col(name).cast(empty.schema[name], strict=False) for name in kept]
    return pl.concat([empty, frame.select(cast)], how="diagonal")
