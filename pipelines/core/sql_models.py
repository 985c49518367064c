"""The SQL models: every ``sql/<schema>/<table>.sql``, what it reads, and the order to build in.

What a model depends on is parsed from its text, so the asset graph can't drift from the SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from pipelines.core.queries import query_names, read_query
from pipelines.core.tables_read import SQL_FOLDER, SqlModelError, Table, model_files, read_tables

__all__ = [
    "SQL_FOLDER",
    "SqlModel",
    "SqlModelError",
    "Table",
    "load_models",
    "read_tables",
    "tables_read_by",
]


@dataclass(frozen=True)
class SqlModel:
    """One table and the query that makes it.

    ``depends_on`` names every table outside the query that it reads, as (schema, name), sorted.
    """

    schema: str
    name: str
    path: Path
    depends_on: tuple[Table, ...]

    @property
    def table(self) -> Table:
        """The table that the model makes."""
        return (self.schema, self.name)


def load_models(folder: Path = SQL_FOLDER) -> list[SqlModel]:
    """Every model under ``folder``, each after all models that it reads.

    Raises `SqlModelError` where a file isn't one query or the models read each other in a circle.
    """
    models = {(path.parent.name, path.stem): _read_model(path) for path in model_files(folder)}
    graph = {
        table: [needed for needed in model.depends_on if needed in models]
        for table, model in models.items()
    }
    try:
        return [models[table] for table in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle = " -> ".join(".".join(table) for table in error.args[1])
        raise SqlModelError(f"SQL models read each other in a circle: {circle}") from error


def tables_read_by(reader: str) -> tuple[Table, ...]:
    """The tables that the queries in ``sql/analysis/<reader>/`` read, as sorted pairs."""
    found = {table for name in query_names(reader) for table in read_tables(read_query(name), name)}
    return tuple(sorted(found))


def _read_model(path: Path) -> SqlModel:
    name = f"{path.parent.name}/{path.name}"
    tables = read_tables(path.read_text(encoding="utf-8"), name)
    return SqlModel(path.parent.name, path.stem, path, tables)
