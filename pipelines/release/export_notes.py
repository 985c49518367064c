"""What the last analysts' file was written from, so that what stands between cuts stands in it.

The fingerprints of tonight's tables and queries come in; out goes whether the file that has the
tables that stand (`Workspace.standing_tables`) holds the same. It never has others: what takes a
row's place in a file leaves the row in its blocks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.core.versions import code_version
from pipelines.core.warehouse import (
    Connection,
    engine_version,
    fingerprint_rows,
    has_table,
    read_table,
    write,
)
from pipelines.release.manifest import file_digest

NOTED = "ledger.exported"
"""A row per published table, and per thing that is found out over several of them."""
_SCHEMA = {
    "name": pl.String,
    "fingerprint": pl.String,
    "found": pl.String,
    "refresh_id": pl.Int64,
}
_FILE = "the file of standing tables"


@dataclass
class ExportNotes:
    """What is noted of the last file (``before``: fingerprint, finding) and of tonight's."""

    con: Connection
    before: Mapping[str, tuple[str, str | None]]
    now: dict[str, tuple[str, str | None]] = field(default_factory=dict)

    def found(
        self,
        name: str,
        columns: Mapping[str, Sequence[str]],
        more: object,
        find: Callable[[], Any],
    ) -> Any:
        """What ``find`` finds out over some tables' columns; if they are equal, what it found last.

        Without names of columns, over all of a table's.

        ``more`` is what else it depends on; what it finds has to survive being written as JSON.
        """
        rows = [fingerprint_rows(self.con, table, names) for table, names in columns.items()]
        fingerprint = _digest(more, sorted(columns.items()), *rows)
        was, said = self.before.get(name, ("", None))
        found = json.loads(said) if said is not None and was == fingerprint else find()
        self.now[name] = (fingerprint, json.dumps(found))
        return found

    def unchanged(self, tables: Mapping[str, tuple[str, str]]) -> bool:
        """Whether some tables (by name the one they are read from, and the query) are as before."""
        for name, (source, query) in tables.items():
            self.now[name] = (_digest(query, fingerprint_rows(self.con, source)), None)
        return all(self.before.get(name) == self.now[name] for name in tables)

    def holds(self, file: Path, tables: Collection[str]) -> bool:
        """Whether the file is as it was written, and of these tables."""
        names = _digest(*sorted(tables))
        was, said = self.before.get(_FILE, ("", None))
        self.now[_FILE] = (names, said)
        return was == names and file.is_file() and file_digest(file) == said

    def wrote(self, file: Path, tables: Collection[str]) -> None:
        """Note the file as it was written of these tables tonight."""
        self.now[_FILE] = (_digest(*sorted(tables)), file_digest(file))

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
        return ExportNotes(con, {})
    rows = read_table(con, NOTED)
    before = {row["name"]: (row["fingerprint"], row["found"]) for row in rows.iter_rows(named=True)}
    return ExportNotes(con, before)


def _digest(*parts: object) -> str:
    text = "\0".join([code_version(), engine_version(), *map(str, parts)])
    return hashlib.sha256(text.encode()).hexdigest()
