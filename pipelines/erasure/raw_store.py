"""Erased people out of what was delivered: raw's files written anew, the ledger brought along.

A raw file is rewritten under a new name, and the ledger names the new file in the same transaction
that forgets the rows; a crash before it leaves the old file in force, one after it the new one.
Line numbers, content hashes and stamps stay, so that no landing file is read again for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.contracts.sources import PERSON_COLUMNS, Source
from pipelines.core.queries import statement
from pipelines.core.raw_files import RawPath
from pipelines.core.text_columns import kept_rows
from pipelines.core.warehouse import Connection, fetch
from pipelines.ingest.load import ledger_lines, raw_store
from pipelines.ingest.load.drop_erased import without_names
from pipelines.ingest.load.packing import DeliveredRows, write_packs_anew
from pipelines.ingest.load.raw_store import LINE_NUMBER
from pipelines.personal_data.erased_people import Erased, Flags, dropped, redacted_objects

PERSON, *MENTIONS = PERSON_COLUMNS
JSON_COLUMNS = ("extra", "delivered")
_DELIMITERS = re.compile(r"[,;\t|]")


@dataclass(frozen=True)
class Delivered:
    """A delivery: its number and name in the ledger, and the raw file that has its rows."""

    file_id: int
    name: str
    raw_file: str
    n_quarantined: int


@dataclass(frozen=True)
class Change:
    """What becomes of one raw file: its rows, the lines that went, changed cells.

    ``delivered`` is the name of the landing file that it holds.
    """

    file_id: int
    delivered: str
    table: pa.Table
    lines: tuple[int, ...]
    n_quarantined: int
    n_cells: int


def changes(con: Connection, source: Source, folder: RawPath, erased: Erased) -> Iterator[Change]:
    """Look through a source's raw files; only those that have to change come back."""
    rows = DeliveredRows(folder)
    for file in delivered_files(con, source):
        table = rows.of(file.raw_file, file.file_id)
        lost = _lost_lines(con, file.file_id, erased)
        is_theirs = _is_theirs(table, source, erased, lost)
        kept, n_cells = _without_names(kept_rows(table, ~is_theirs), source, erased)
        if n_cells or is_theirs.any():
            yield change_of(file, table, is_theirs, kept, n_cells)


def without_people(table: pa.Table, source: Source, erased: Erased) -> pa.Table | None:
    """The rows of a file that no ledger line names, without erased people; None if unchanged."""
    is_theirs = _is_theirs(table, source, erased, [])
    kept, n_cells = _without_names(kept_rows(table, ~is_theirs), source, erased)
    return kept if n_cells or is_theirs.any() else None


def change_of(
    file: Delivered, before: pa.Table, is_gone: Flags, after: pa.Table, n_cells: int = 0
) -> Change:
    """What becomes of a raw file from which rows go."""
    gone = before.filter(pa.array(is_gone))
    n_quarantined = int(pc.sum(gone["is_quarantined"]).as_py() or 0)
    lines = tuple(gone[LINE_NUMBER].to_pylist())
    return Change(file.file_id, file.name, after, lines, n_quarantined, n_cells)


def delivered_files(con: Connection, source: Source) -> list[Delivered]:
    """A source's deliveries that have rows in raw, in their order."""
    rows = con.execute(statement("erasure/delivered_files"), {"source": source.name})
    return [Delivered(*row) for row in rows.fetchall()]


def _lost_lines(con: Connection, file_id: int, erased: Erased) -> list[int]:
    """The lines of broken records that name an erased person; their text is in the ledger alone."""
    records = con.execute(statement("erasure/broken_records"), {"file_id": file_id})
    return [line for line, text in records.fetchall() if names_erased(erased, text)]


def _is_theirs(table: pa.Table, source: Source, erased: Erased, lost: list[int]) -> Flags:
    """Which rows are about an erased person, or have slipped and name one."""
    is_theirs = np.zeros(table.num_rows, dtype=bool)
    if PERSON in table.column_names:
        is_theirs |= dropped(erased, table[PERSON])
    if lost:
        is_theirs |= np.isin(table[LINE_NUMBER].to_numpy(), lost)
    bad = np.flatnonzero(table["is_quarantined"].to_numpy())
    if bad.size:
        rows = table.take(pa.array(bad))
        for name in {*_texts(table, source)} - {*MENTIONS}:
            cells = rows[name].to_pylist()
            is_theirs[bad] |= [cell is not None and erased.names(cell) for cell in cells]
    return is_theirs


def _without_names(table: pa.Table, source: Source, erased: Erased) -> tuple[pa.Table, int]:
    """The table with marks in the place of erased identifiers, and how many cells changed."""
    n_cells = 0
    for name in _texts(table, source):
        if name == PERSON:
            continue
        column = table[name]
        if name in JSON_COLUMNS:
            changed = redacted_objects(erased, column)
        else:
            is_mention = name in MENTIONS
            changed = without_names(column, source.column(name), erased, is_mention=is_mention)
        if changed is not None:
            n_cells += pc.sum(pc.not_equal(column, changed)).as_py() or 0
            table = table.set_column(table.column_names.index(name), name, changed)
    return table, n_cells


def _texts(table: pa.Table, source: Source) -> list[str]:
    """The columns of delivered text that a file has; a tombstone has those of the key."""
    return [name for name in (*source.column_names, *JSON_COLUMNS) if name in table.column_names]


def put_in_place(con: Connection, folder: RawPath, change: Change) -> None:
    """Write a raw file anew and let the ledger name it; the rejected values of its lines go."""
    name = raw_store.keep(folder, change.file_id, change.table)
    of_file = {"file_id": change.file_id}
    con.execute(
        statement("erasure/name_new_file"),
        {**of_file, "raw_file": name, "n_quarantined": change.n_quarantined},
    )
    con.execute(statement("erasure/forget_lines"), {**of_file, "lines": list(change.lines)})


def settle_files(con: Connection, source: Source, raw: RawPath) -> None:
    """After the ledger names new files: lines that say so, and the files they took the place of go.

    ``raw`` is the folder of all sources. What a crash left is found by its number: a file whose
    delivery has a newer one in the ledger.
    """
    folder = raw / source.name
    if folder.exists():
        write_packs_anew(con, source, folder)
        ledger_lines.bring_up_to_date(con, source, folder)
        raw_store.discard(folder, raw_store.written_anew(con, source, folder))


def n_rejected_cells(con: Connection, erased: Erased) -> int:
    """How many rejected values in the ledger are of erased people."""
    values = con.execute(statement("erasure/rejected_values"))
    return sum(names_erased(erased, value) for (value,) in values.fetchall())


def clear_ledger(con: Connection, erased: Erased) -> None:
    """Take delivered values that name an erased person out of the ledger's details.

    Reasons are cut down to what is published of them. The rejected values of refused deliveries
    go altogether, since nothing says whose rows they stood in; the next refresh looks at those
    files again.
    """
    con.execute(statement("erasure/cut_down_reasons"))
    con.execute(statement("erasure/clear_refused"))
    values = fetch(con, statement("erasure/distinct_rejected_values"))
    named = [value for value in values["value"] if names_erased(erased, value)]
    con.execute(statement("erasure/clear_values"), {"named": named})


def names_erased(erased: Erased, text: str) -> bool:
    """Whether a value, or a record cut into its values, names an erased person."""
    return any(erased.names(cell.strip('" ')) for cell in _DELIMITERS.split(text))
