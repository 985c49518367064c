"""Tables and views as a whole: made from a query, emptied, dropped, whatever their names."""

from __future__ import annotations

from typing import Any

from pipelines.core.queries import statement
from pipelines.core.sql_text import Expression
from pipelines.core.warehouse import Connection


def make_temp_table(con: Connection, name: str, query: str, parameters: Any = None) -> None:
    """Replace a table of this session by the result of a query."""
    rows = Expression(query)
    con.execute(statement("warehouse/make_temp_table", table=name, rows=rows), parameters)


def clear_table(con: Connection, table: str) -> None:
    """Delete every row of ``schema.table``."""
    con.execute(statement("warehouse/clear_table", table=table))


def drop_table(con: Connection, table: str) -> None:
    """Drop ``schema.table``, where it is there."""
    con.execute(statement("warehouse/drop_table", table=table))


def drop_view(con: Connection, view: str) -> None:
    """Drop a view."""
    con.execute(statement("warehouse/drop_view", view=view))


def drop_views(con: Connection, schema: str) -> None:
    """Drop every view of a schema."""
    views = con.execute(statement("warehouse/views"), {"schema_name": schema})
    for (name,) in views.fetchall():
        drop_view(con, f"{schema}.{name}")


def empty_schema(con: Connection, schema: str) -> None:
    """Drop everything in a schema."""
    con.execute(statement("warehouse/drop_schema", schema=schema))
    con.execute(statement("warehouse/make_schema", schema=schema))
