"""Column lineage: the text of a SQL model comes in, which columns each of its columns is made of.

Parsing takes seconds for all models, so it is done when a model changes, not every night:
``python -m pipelines.lineage.column_lineage`` writes `FILE`, ``--check`` says whether it fits the
models (by their texts). What is a value alone (a constant, a count of rows) has no columns behind
it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.contracts import casts
from pipelines.contracts.sources import load_contracts
from pipelines.core.sql_models import SqlModel, SqlModelError, load_models

FILE = Path(__file__).with_suffix(".json")
DIALECT = "duckdb"
VERSION_DIGITS = 12
Columns = dict[str, list[tuple[str, str]]]
"""By column the (table, column) pairs that it is made of; tables as ``schema.table``."""
Schema = dict[str, Any]
"""By schema and table the columns and their types, as sqlglot reads them."""
_LANDED = {"file_id": "integer", "line_number": "bigint", "extra": "varchar"}


def text_version(path: Path) -> str:
    """A fingerprint of a SQL file: what it says, not where it lies."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:VERSION_DIGITS]


@cache
def column_lineage() -> dict[str, Columns]:
    """By model (``schema.table``) what its columns are made of, as it was written."""
    written = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        model: {
            name: [(table, column) for table, column in sources]
            for name, sources in entry["columns"].items()
        }
        for model, entry in written.items()
    }


def columns_behind(model: SqlModel, known: Schema) -> Columns:
    """What each column of a model is made of; ``known`` are the tables that it reads."""
    # Imported here because whoever reads what was written needs no parser.
    import sqlglot
    from sqlglot import exp
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    tree = sqlglot.parse_one(model.path.read_text(encoding="utf-8"), dialect=DIALECT)
    qualified = qualify(
        tree, dialect=DIALECT, schema=known, validate_qualify_columns=False, identify=False
    )
    if not isinstance(qualified, exp.Query):
        raise SqlModelError(f"{model.schema}/{model.path.name}: expected a query")
    scope = build_scope(qualified)
    found: Columns = {}
    for name in qualified.named_selects:
        if name == "*":
            continue  # of a table that code makes: its columns aren't told by SQL
        node = lineage(name, qualified, schema=known, scope=scope, dialect=DIALECT)
        leaves = {
            (f"{leaf.expression.db}.{leaf.expression.name}", leaf.name.rpartition(".")[2])
            for leaf in node.walk()
            if isinstance(leaf.expression, exp.Table) and leaf.expression.db
        }
        found[name] = sorted(leaves)
    return found


def staged_columns() -> Schema:
    """The columns of the staged sources, which models begin with."""
    tables = {
        source.name: {
            **{column.name: casts.SQL_TYPES[column.type] for column in source.columns},
            **_LANDED,
        }
        for source in load_contracts().landing
    }
    return {"staging": tables}


def _marts() -> list[SqlModel]:
    return [model for model in load_models() if model.schema == "marts"]


def _written() -> dict[str, dict[str, object]]:
    """The whole file's content: models in order, each after those that it reads."""
    known = staged_columns()
    content: dict[str, dict[str, object]] = {}
    for model in _marts():
        columns = columns_behind(model, known)
        if columns:  # of a table whose columns are unknown, nothing is known: sqlglot wants it so
            known.setdefault("marts", {})[model.name] = dict.fromkeys(columns, "unknown")
        content[f"marts.{model.name}"] = {
            "version": text_version(model.path),
            "columns": columns,
        }
    return content


def main() -> int:
    """Write the file, or say which models it doesn't fit."""
    old = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    wanted = {f"marts.{model.name}": text_version(model.path) for model in _marts()}
    stale = sorted(
        name
        for name in wanted.keys() | old.keys()
        if wanted.get(name) != old.get(name, {}).get("version")
    )
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"{FILE.name} doesn't fit sql/{name.replace('.', '/')}.sql; run `make format`")
        return 1 if stale else 0
    if stale:
        FILE.write_text(json.dumps(_written(), indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
