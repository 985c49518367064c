"""The text of a query comes in, the tables that it reads go out: known beforehand, or parsed.

Parsing every model and query takes a second, so it is done when a text changes, not every night:
``python -m pipelines.core.tables_read`` writes `FILE`, ``--check`` says whether it fits the texts.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.core.errors import PipelineError
from pipelines.core.generated_file import write_or_check
from pipelines.core.queries import query_names, read_query
from pipelines.core.versions import PROJECT

FILE = Path(__file__).with_suffix(".json")
SQL_FOLDER = PROJECT / "sql"
MODEL_SCHEMAS = ("staging", "marts")
"""The folders under ``sql/`` whose files make a table each; ``analysis`` and ``examples`` don't."""
VERSION_DIGITS = 16

Table = tuple[str, str]
"""Schema and name of a table."""


class SqlModelError(PipelineError):
    """A model can't be parsed, names a table without its schema, or reads itself in a circle."""


@cache  # the same few texts are asked about again and again
def read_tables(query: str, name: str) -> tuple[Table, ...]:
    """The tables outside a query that it reads, as sorted (schema, name) pairs.

    ``name`` is what the query is called in an error. A bare name that isn't one of the query's
    own common table expressions raises `SqlModelError`, because its schema would be a guess.
    """
    known = _known().get(_version(query))
    return parsed_tables(query, name) if known is None else known


def parsed_tables(query: str, name: str) -> tuple[Table, ...]:
    """What `read_tables` gives, by parsing the query."""
    from sqlglot import exp  # whoever reads what is known needs no parser

    tree = _parse(query, name)
    own = {expression.alias for expression in tree.find_all(exp.CTE)}
    tables: set[Table] = set()
    for table in tree.find_all(exp.Table):
        if table.db:
            tables.add((table.db, table.name))
        elif table.name and table.name not in own:
            raise SqlModelError(f"{name}: `{table.name}` needs its schema in front of it")
    return tuple(sorted(tables))


def model_files(folder: Path = SQL_FOLDER) -> list[Path]:
    """The file of every model, by schema and name."""
    return [path for schema in MODEL_SCHEMAS for path in sorted((folder / schema).glob("*.sql"))]


def texts() -> dict[str, str]:
    """The text of every model and of every query of the analysis, by what an error calls it."""
    models = {f"{path.parent.name}/{path.name}": path.read_text("utf-8") for path in model_files()}
    return models | {name: read_query(name) for name in query_names()}


def _parse(query: str, name: str) -> Any:
    import sqlglot
    from sqlglot import exp

    try:
        statements = [tree for tree in sqlglot.parse(query, dialect="duckdb") if tree is not None]
    except sqlglot.ParseError as error:
        raise SqlModelError(f"{name}: not readable as SQL: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise SqlModelError(f"{name}: expected exactly one query")
    return statements[0]


def _version(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()[:VERSION_DIGITS]


@cache
def _known() -> Mapping[str, tuple[Table, ...]]:
    """By the version of a text the tables that it reads, as they were written."""
    if not FILE.exists():
        return {}
    return {
        version: tuple((table.split(".")[0], table.split(".")[1]) for table in tables)
        for version, tables in json.loads(FILE.read_text(encoding="utf-8")).items()
    }


def main() -> int:
    """Write the file, or say that it doesn't fit the texts."""
    found = {_version(text): parsed_tables(text, name) for name, text in texts().items()}
    wanted = {version: [".".join(each) for each in found[version]] for version in sorted(found)}
    written = json.dumps(wanted, indent=1) + "\n"
    return write_or_check(FILE, written, "the files under sql/")


if __name__ == "__main__":
    sys.exit(main())
