"""What the standing analysts' file was written from, so that equal tables are taken over from it.

The fingerprints of tonight's tables and queries come in; out goes which tables of the standing file
hold the same. Tonight's file begins as a copy of the one that stands only where nothing of single
people has to leave it: what takes a row's place in a file leaves the row in its blocks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contracts.tables import Table
from pipelines.core.versions import code_version
from pipelines.core.warehouse import (
    Connection,
    Standing,
    engine_version,
    fingerprint_rows,
    has_table,
    read_table,
    write,
)
from pipelines.release.manifest import ANALYTICS, file_digest, read_manifest

NOTED = "ledger.exported"
"""A row per published table, and per thing that is found out over several of them."""
_SCHEMA = {
    "name": pl.String,
    "fingerprint": pl.String,
    "found": pl.String,
    "refresh_id": pl.Int64,
}
_OF_PEOPLE = frozenset({"pseudonym", "person", "wellbeing"})


@dataclass
class ExportNotes:
    """What is noted of the last file (``before``: fingerprint, finding) and of tonight's."""

    con: Connection
    refresh_id: int | None
    before: Mapping[str, tuple[str, str | None]]
    now: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    _rows: dict[str, str] = field(default_factory=dict)

    def rows_of(self, table: str) -> str:
        """A fingerprint of the rows of a table or view, looked at once."""
        if table not in self._rows:
            self._rows[table] = fingerprint_rows(self.con, table)
        return self._rows[table]

    def found(self, name: str, tables: Iterable[str], more: object, find: Callable[[], Any]) -> Any:
        """What ``find`` finds out over some tables; what it found the last time if they are equal.

        ``more`` is what else it depends on; what it finds has to survive being written as JSON.
        """
        fingerprint = _digest(more, *(self.rows_of(table) for table in tables))
        was, said = self.before.get(name, ("", None))
        found = json.loads(said) if said is not None and was == fingerprint else find()
        self.now[name] = (fingerprint, json.dumps(found))
        return found

    def unchanged(self, tables: Mapping[str, tuple[str, str]]) -> frozenset[str]:
        """The tables (by name the table they are read from, and the query) that are as before."""
        for name, (source, query) in tables.items():
            self.now[name] = (_digest(query, self.rows_of(source)), None)
        return frozenset(name for name in tables if self.before.get(name) == self.now[name])

    def keep(self, number: int) -> None:
        """Note what tonight's file was written from; ``number`` is the refresh's."""
        rows = [
            {"name": name, "fingerprint": fingerprint, "found": found, "refresh_id": number}
            for name, (fingerprint, found) in self.now.items()
        ]
        write(self.con, NOTED, pl.DataFrame(rows, schema=_SCHEMA))


def read_notes(con: Connection) -> ExportNotes:
    """What is noted of the last file that was written."""
    if not has_table(con, NOTED):
        return ExportNotes(con, None, {})
    rows = read_table(con, NOTED)
    before = {row["name"]: (row["fingerprint"], row["found"]) for row in rows.iter_rows(named=True)}
    return ExportNotes(con, rows["refresh_id"].max(), before)  # type: ignore[arg-type]


def taken_over(
    notes: ExportNotes, unchanged: frozenset[str], tables: Iterable[Table], published: Path
) -> Standing | None:
    """The standing analysts' file, if it is as it was published, for its unchanged tables.

    Tonight's file begins as its copy, unless a table about single people has to be replaced.
    """
    manifest = read_manifest(published) if published.exists() else None
    if manifest is None or manifest.refresh_id != notes.refresh_id:
        return None
    file = published / ANALYTICS
    if not file.is_file() or file_digest(file) != manifest.files.get(ANALYTICS):
        return None
    replaced = [table for table in tables if table.full_name not in unchanged]
    return Standing(file, unchanged, is_begun_with=not any(map(_is_of_people, replaced)))


def _is_of_people(table: Table) -> bool:
    """Whether the table's rows are about single people."""
    return any(column.personal in _OF_PEOPLE for column in table.columns)


def _digest(*parts: object) -> str:
    text = "\0".join([code_version(), engine_version(), *map(str, parts)])
    return hashlib.sha256(text.encode()).hexdigest()
