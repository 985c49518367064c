"""Erased people by what other systems call them: keyed hashes, so that no record comes back.

A feed's records name people by mail addresses or numbers of other systems. Once an erased person is
gone from ``people``, nothing would tell such a record from one of somebody who isn't known yet, and
it would be set aside with all it says. The hashes are under the key of the registry of the erased.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pipelines.core.queries import ledger_statement, statement
from pipelines.core.sql_text import Expression
from pipelines.core.warehouse import Connection, has_table
from pipelines.ingest.shape.lookups import OWN_IDENTIFIER, alias_hash
from pipelines.personal_data.erased_people import Erased

_KNOWN = {"people": "employee_id, system, other_id", "roster": "employee_id, null, null"}


def note_staged(con: Connection, erased: Erased, gone: Collection[str] = ()) -> None:
    """Note what erased people are called, while ``people`` and the roster still have them.

    ``gone`` are people who left too long ago. Whoever is back is in ``people`` again, and only what
    nobody there is called is held against these hashes.
    """
    for source, identifiers in _KNOWN.items():
        staged = f"staging.{source}"
        if not has_table(con, staged):
            continue
        asked = statement(
            "loading/names_of_staged", identifiers=Expression(identifiers), staged=staged
        )
        rows = con.execute(asked).fetchall()
        _note(con, erased.key, (row for row in rows if row[0] in gone))
        note(con, erased, (row for row in rows if row[0]))


def note(
    con: Connection, erased: Erased, rows: Iterable[tuple[str, str | None, str | None]]
) -> None:
    """Note the identifiers of erased people among rows of employee, system and identifier."""
    _note(con, erased.key, (row for row in rows if erased.is_erased(row[0].strip())))


def _note(con: Connection, key: bytes, rows: Iterable[tuple[str, str | None, str | None]]) -> None:
    hashes = set()
    for who, system, other in rows:
        hashes.add(alias_hash(key, OWN_IDENTIFIER, who))
        if system and other:
            hashes.add(alias_hash(key, system, other))
    for each in sorted(hashes):
        con.execute(ledger_statement("note_alias"), {"hash": each})
