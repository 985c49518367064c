"""One source's staged rows by day, under the same name for every source, for the checks."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.contracts.sources import Source
from pipelines.core.queries import statement
from pipelines.core.sql_text import Expression, identifier
from pipelines.core.warehouse import Connection, fetch_query


def fetch_staged(
    con: Connection,
    query: str,
    source: Source,
    column: str | None = None,
    *,
    where: str = "true",
    **parameters: Any,
) -> pl.DataFrame:
    """The result of a query of ``sql/analysis`` over `temp.staged_value`, which is made for it.

    It has a row per staged row of the source: ``day`` (by the contract's date column), ``value``
    (of ``column``; NULL without one) and ``is_counted`` (whether the condition ``where`` holds).
    """
    con.execute(
        statement(
            "checks/staged_value",
            day=Expression(f"cast({identifier(source.date_column)} as date)"),
            value=[column] if column else Expression("null"),
            is_counted=Expression(where),
            staged=f"staging.{source.name}",
        )
    )
    return fetch_query(con, query, parameters)
