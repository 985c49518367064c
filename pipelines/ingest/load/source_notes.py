"""What is noted of a source in a table of the ledger that has one row per source."""

from __future__ import annotations

from pipelines.core.queries import ledger_statement
from pipelines.core.warehouse import Connection

_NOTED = {
    "ledger.merge_plan": "plan",
    "ledger.raw_view": "fingerprint",
    "ledger.staged": "fingerprint",
}
"""By table the column beside the source."""


def noted(con: Connection, notes: str, source: str) -> str | None:
    """What a table of notes has of a source; None where it has nothing."""
    query = ledger_statement("noted_of", noted=[_NOTED[notes]], notes=notes)
    found = con.execute(query, {"source": source}).fetchall()
    return str(found[0][0]) if found else None


def note(con: Connection, notes: str, source: str, text: str) -> None:
    """Note something of a source, in place of what was noted."""
    forget(con, notes, source)
    con.execute(ledger_statement("note_of", notes=notes), {"source": source, "noted": text})


def forget(con: Connection, notes: str, source: str) -> None:
    """Let a table of the ledger have nothing of a source, however many rows it had."""
    con.execute(ledger_statement("forget_of", notes=notes), {"source": source})
