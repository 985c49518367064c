"""The SQL models: every ``sql/<schema>/<table>.sql``, what it reads, and the order to build in.

What a model depends on is parsed from its text, so the asset graph can't drift from the SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import sqlglot
from sqlglot import exp

from pipelines.core.errors import PipelineError
from pipelines.core.queries import query_names, read_query

SQL_FOLDER = Path(__file__).resolve().parents[2] / "sql"
MODEL_SCHEMAS = ("staging", "marts")
"""The folders under ``sql/`` whose files make a table each; ``analysis`` and ``examples`` don't."""

Table = tuple[str, str]
"""Schema and name of a table."""


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


class SqlModelError(PipelineError):
    """A model can't be parsed, names a table without its schema, or reads itself in a circle."""


def load_models(folder: Path = SQL_FOLDER) -> list[SqlModel]:
    """Every model under ``folder``, each after all models that it reads.

    Raises `SqlModelError` where a file isn't one query or the models read each other in a circle.
    """
    models = {
        (path.parent.name, path.stem): _read_model(path)
        for schema in MODEL_SCHEMAS
        for path in sorted((folder / schema).glob("*.sql"))
    }
    graph = {
        table: [needed for needed in model.depends_on if needed in models]
        for table, model in models.items()
    }
    try:
        return [models[table] for table in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle = " -> ".join(".".join(table) for table in error.args[1])
        raise SqlModelError(f"SQL models read each other in a circle: {circle}") from error


@cache  # the same few texts are asked about again and again
def read_tables(query: str, name: str) -> tuple[Table, ...]:
    """The tables outside a query that it reads, as sorted (schema, name) pairs.

    ``name`` is what the query is called in an error. A bare name that isn't one of the query's
    own common table expressions raises `SqlModelError`, because its schema would be a guess.
    """
    tree = _parse(query, name)
    own = {expression.alias for expression in tree.find_all(exp.CTE)}
    tables: set[Table] = set()
    for table in tree.find_all(exp.Table):
        if table.db:
            tables.add((table.db, table.name))
        elif table.name and table.name not in own:
            raise SqlModelError(f"{name}: `{table.name}` needs its schema in front of it")
    return tuple(sorted(tables))


def tables_read_by(reader: str) -> tuple[Table, ...]:
    """The tables that the queries in ``sql/analysis/<reader>/`` read, as sorted pairs."""
    found = {table for name in query_names(reader) for table in read_tables(read_query(name), name)}
    return tuple(sorted(found))


def _read_model(path: Path) -> SqlModel:
    name = f"{path.parent.name}/{path.name}"
    tables = read_tables(path.read_text(encoding="utf-8"), name)
    return SqlModel(path.parent.name, path.stem, path, tables)


def _parse(query: str, name: str) -> exp.Query:
    try:
        statements = [tree for tree in sqlglot.parse(query, dialect="duckdb") if tree is not None]
    except sqlglot.ParseError as error:
        raise SqlModelError(f"{name}: not readable as SQL: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise SqlModelError(f"{name}: expected exactly one query")
    return statements[0]
