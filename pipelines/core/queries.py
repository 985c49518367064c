"""The queries under ``sql/``: what the analysis reads from the warehouse, by name.

The folder is who reads (the estimates, the claims, the pages …), the file is what they get. A
value that the query needs comes as a parameter (``$as_of``), never into its text. Beside them what
the ledger's own bookkeeping asks and notes, and the macros of the analysts' file.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pipelines.core.versions import PROJECT

QUERY_FOLDER = PROJECT / "sql" / "analysis"
LEDGER_FOLDER = PROJECT / "sql" / "ledger"
"""Tables, views and statements of the bookkeeping, as far as they are the same for every source."""
MACRO_FOLDER = PROJECT / "sql" / "macros"
"""What the analysts' file brings along to be called; one file each."""


@cache
def read_query(name: str) -> str:
    """The text of ``sql/analysis/<name>.sql``, such as ``estimates/episode``."""
    return query_file(name).read_text(encoding="utf-8")


@cache
def ledger_statement(name: str) -> str:
    """The text of ``sql/ledger/<name>.sql``: one statement, or several without parameters."""
    return (LEDGER_FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def query_file(name: str) -> Path:
    """Where a query stands."""
    return QUERY_FOLDER / f"{name}.sql"


def query_names(reader: str = "*") -> list[str]:
    """The names of every query, or of those in one reader's folder, sorted."""
    return sorted(
        path.relative_to(QUERY_FOLDER).with_suffix("").as_posix()
        for path in QUERY_FOLDER.glob(f"{reader}/*.sql")
    )


def analysts_macros() -> list[str]:
    """The statements that make the macros of the analysts' file, by their names."""
    return [path.read_text(encoding="utf-8") for path in sorted(MACRO_FOLDER.glob("*.sql"))]
