"""What a table was made from: its text and what it reads come in, out goes whether it may stand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pipelines.core.checked_data import source_fingerprint
from pipelines.core.queries import ledger_statement
from pipelines.core.table_changes import drop_table
from pipelines.core.versions import code_version
from pipelines.core.warehouse import (
    Connection,
    engine_version,
    fingerprint_rows,
    has_table,
    time_zone,
)

NOTES = ("ledger.made", "ledger.exported", "ledger.page", "ledger.check_outcome")
"""What is noted of tables, the analysts' file, pages and checks, so that they may be kept."""
KEPT = {"kept": "nothing it reads changed"}
"""What is told of a table that stands."""


def basis_of(con: Connection, text: str, tables: Iterable[str], sources: Iterable[str]) -> str:
    """A fingerprint of the text that makes a table and of the tables (``schema.table``) it reads.

    Staged ``sources`` are known by their deliveries, tables that are noted here by what they are
    made from, all others by their rows.
    """
    told = [code_version(), engine_version(), time_zone(con), text]
    of_source = {f"staging.{source}": source for source in sources}
    noted = _noted(con)
    for table in sorted(tables):
        if table in of_source:
            its = source_fingerprint(con, of_source[table])
        else:
            its = noted.get(table) or fingerprint_rows(con, table)
        told.append(f"{table} {its}")
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


def _noted(con: Connection) -> dict[str, str]:
    con.execute(ledger_statement("made"))
    return dict(con.execute(ledger_statement("made_tables")).fetchall())


def may_stand(con: Connection, table: str, basis: str) -> bool:
    """Whether a table is there and was made from the same."""
    return _noted(con).get(table) == basis and has_table(con, table)


@contextmanager
def noted_as_made(con: Connection, table: str, basis: str) -> Iterator[None]:
    """Note what a table is made from in the block; one that isn't finished is noted of nothing."""
    con.execute(ledger_statement("made"))
    con.execute(ledger_statement("forget_made"), {"table_name": table})
    yield
    con.execute(ledger_statement("note_made"), {"table_name": table, "basis": basis})


def forget_all(con: Connection) -> None:
    """Let everything be made anew: rows of people were taken out of what was made."""
    for table in NOTES:
        drop_table(con, table)
