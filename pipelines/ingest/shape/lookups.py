"""From the warehouse to what a recipe may look things up in: people, and sources it names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from pipelines.core.queries import ledger_statement, statement
from pipelines.core.warehouse import Connection, fetch_value, has_table
from pipelines.personal_data.erased_people import person_hash

PEOPLE, ROSTER = "people", "roster"
OWN_IDENTIFIER = "employee_id"
"""The system under which everybody in the roster or ``people`` is known by their own identifier."""


@dataclass(frozen=True)
class Lookups:
    """Tables by name as they are now, and a fingerprint of them."""

    tables: dict[str, pa.Table]
    fingerprint: str
    erased_aliases: frozenset[str] = frozenset()
    """Keyed hashes of what systems call people who were erased."""


def read_lookups(con: Connection, names: Iterable[str]) -> Lookups:
    """Read ``people`` and the staged sources of these names; what isn't staged yet is empty."""
    names = [*names]
    there = {name for name in (PEOPLE, ROSTER, *names) if has_table(con, f"staging.{name}")}
    tables = {PEOPLE: _people(con, there)}
    for name in names:
        if name in there and name != PEOPLE:
            tables[name] = con.table(f"staging.{name}").to_arrow_table()
    digest = hashlib.sha256()
    for name in tables:
        for staged in (name, *(("roster",) if name == PEOPLE else ())):
            digest.update(f"{staged}\0{_state(con, staged) if staged in there else ''}\0".encode())
    aliases = {hashed for (hashed,) in con.execute(ledger_statement("aliases")).fetchall()}
    return Lookups(tables, digest.hexdigest()[:16], frozenset(aliases))


def alias_hash(key: bytes, system: str, identifier: str) -> str:
    """What is kept of an identifier of an erased person; zeros before it make no difference."""
    return person_hash(key, f"{system}\0{identifier.strip().casefold().lstrip('0')}")


def _people(con: Connection, there: set[str]) -> pa.Table:
    if not {"people", "roster"} <= there:
        text = pa.string()
        return pa.schema(
            [("system", text), ("other_id", text), ("employee_id", text)]
        ).empty_table()
    own = {"own_identifier": OWN_IDENTIFIER}
    return con.sql(statement("loading/people"), params=own).to_arrow_table()


def _state(con: Connection, source: str) -> str:
    """How a staged source stands: it changes with every delivery that changes a row."""
    return str(fetch_value(con, statement("loading/staged_state", staged=f"staging.{source}")))
