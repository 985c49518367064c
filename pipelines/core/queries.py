"""The queries under ``sql/``: what the analysis reads from the warehouse, by name.

The folder is who reads (the estimates, the claims, the pages …), the file is what they get. A
value that the query needs comes as a parameter (``$as_of``), never into its text. Beside them the
statements of loading, bookkeeping, checks and erasure, and the macros of the analysts' file. Where
a table or a column differs by source, a statement has its place in braces (``{staged}``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path

from pipelines.core.sql_text import Expression, Named, put_in, value
from pipelines.core.versions import PROJECT

STATEMENT_FOLDER = PROJECT / "sql"
QUERY_FOLDER = PROJECT / "sql" / "analysis"
MACRO_FOLDER = PROJECT / "sql" / "macros"
"""What the analysts' file brings along to be called; one file each."""


@cache
def read_query(name: str) -> str:
    """The text of ``sql/analysis/<name>.sql``, such as ``estimates/episode``."""
    return query_file(name).read_text(encoding="utf-8")


def statement(name: str, **names: Named) -> str:
    """The text of ``sql/<name>.sql``: one statement, or several without parameters.

    ``names`` are what stands in its places; see `put_in`.
    """
    return put_in(_text(name), names)


@cache
def _text(name: str) -> str:
    return (STATEMENT_FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def ledger_statement(name: str, **names: Named) -> str:
    """The text of ``sql/ledger/<name>.sql``: what the bookkeeping makes, asks and notes."""
    return statement(f"ledger/{name}", **names)


def query_file(name: str) -> Path:
    """Where a query stands."""
    return QUERY_FOLDER / f"{name}.sql"


def query_names(reader: str = "*") -> list[str]:
    """The names of every query, or of those in one reader's folder, sorted."""
    return sorted(
        path.relative_to(QUERY_FOLDER).with_suffix("").as_posix()
        for path in QUERY_FOLDER.glob(f"{reader}/*.sql")
    )


@dataclass(frozen=True)
class Macro:
    """One macro of the analysts' file: how it is called, what it says of itself, and its SQL."""

    call: str
    description: str
    statement: str

    @property
    def comment(self) -> str:
        """The statement that describes it in the file."""
        kind = "macro table" if ") as table" in self.statement else "macro"
        return statement(
            "warehouse/comment_on_macro",
            kind=Expression(kind),
            macro=self.call.partition("(")[0],
            description=value(self.description),
        )


@cache
def macros() -> tuple[Macro, ...]:
    """The macros of the analysts' file, by their names; the head of each file describes it."""
    return tuple(_macro(path) for path in sorted(MACRO_FOLDER.glob("*.sql")))


def analysts_macros() -> list[str]:
    """The statements that make the macros of the analysts' file, and that describe them there."""
    return [statement for each in macros() for statement in (each.statement, each.comment)]


def _macro(path: Path) -> Macro:
    text = path.read_text(encoding="utf-8")
    head = [*takewhile(lambda line: line.startswith("-- "), text.splitlines())]
    call, _, described = " ".join(line.removeprefix("-- ") for line in head).partition("): ")
    return Macro(f"{call})", described[0].upper() + described[1:], text)
