"""The ledger: every file ever seen, every rejected value, and the tables they are kept in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any

import polars as pl

from pipelines.contracts.sources import Source
from pipelines.core.queries import ledger_statement
from pipelines.core.sql_text import Expression, identifier
from pipelines.core.warehouse import Connection, append, fetch, fetch_value

LOADED, REFUSED, WITHDRAWN = "loaded", "refused", "withdrawn"
MOST_TOLD = 20
REJECTED_CELL = "ledger.rejected_cell"


@dataclass(frozen=True)
class LedgerFile:
    """What the ledger says about one file with one content."""

    file_id: int
    file: str
    sha256: str | None
    status: str
    first_seen_at: dt.datetime
    n_rows: int | None
    n_accepted: int | None
    n_quarantined: int | None
    copy_of: int | None
    mapping: str | None
    stamp: str | None
    raw_file: str | None
    is_in_landing: bool


@dataclass(frozen=True)
class FileEntry:
    """A new line of the ledger; counts are None where a file couldn't even be read.

    ``public_reason`` says the same as ``reason`` without any delivered value, because it is
    published with the quality tables.
    """

    file_id: int
    source: str
    file: str
    sha256: str | None
    status: str
    first_seen_at: dt.datetime
    reason: str | None = None
    public_reason: str | None = None
    copy_of: int | None = None
    unknown_columns: str | None = None
    n_rows: int | None = None
    n_accepted: int | None = None
    n_quarantined: int | None = None
    n_superseded: int | None = None
    loaded_at: dt.datetime | None = None
    is_in_landing: bool = True
    mapping: str | None = None
    is_return: bool = False
    raw_file: str | None = None
    stamp: str | None = None
    feed: str | None = None
    n_records: int | None = None
    n_skipped: int | None = None
    skipped: str | None = None
    withdrawn_at: dt.datetime | None = None
    told: str | None = None


def create_tables(con: Connection) -> None:
    """Make the ledger's tables and views, where they aren't there yet."""
    con.execute(ledger_statement("file"))
    if not {each.name for each in fields(FileEntry)} <= {*con.table("ledger.file").columns}:
        con.execute(ledger_statement("added_later"))
    for name in ("ingested_file", "quarantine_summary"):
        con.execute(ledger_statement(name))


def latest_by_name(con: Connection, source: Source) -> dict[str, LedgerFile]:
    """The newest ledger line of every file name of a source."""
    return {line.file: line for line in _lines(con, source)}


def loaded_with_content(con: Connection, source: Source, sha256: str) -> LedgerFile | None:
    """The newest loaded file with a content, copies left aside."""
    same = "status = 'loaded' and copy_of is null and sha256 = $sha256"
    found = _lines(con, source, same, sha256=sha256)
    return max(found, key=lambda line: line.file_id, default=None)


def returned_since(con: Connection, source: Source, moment: dt.datetime) -> list[LedgerFile]:
    """The quarantine files that came back and were loaded at or after a moment, oldest first."""
    returned = "status = 'loaded' and copy_of is null and is_return"
    return [line for line in _lines(con, source, returned) if line.first_seen_at >= moment]


def describe_refused(con: Connection) -> list[str]:
    """The refused files that lie in landing, each with its reason, without any delivered value."""
    rows = con.execute(ledger_statement("refused_in_landing")).fetchall()
    return [f"not taken {source}/{file}: {reason}" for source, file, reason in rows]


def describe_taken(con: Connection, since: dt.datetime) -> list[str]:
    """What is told of the files that were taken after a moment, without any delivered value."""
    told = entries(
        con, "status = 'loaded' and is_in_landing and told is not null and loaded_at > ?", [since]
    )
    lines = [f"taken {each.source}/{each.file}: {each.told}" for each in told[-MOST_TOLD:]]
    n_more = len(told) - len(lines)
    return [*([f"taken {n_more:,} more files with such news"] if n_more else []), *lines]


def line_of(con: Connection, source: Source, file_id: int) -> LedgerFile:
    """The ledger line of a file's number."""
    return _lines(con, source, "file_id = $file_id", file_id=file_id)[0]


def _lines(
    con: Connection, source: Source, condition: str = "true", **asked: object
) -> list[LedgerFile]:
    wanted = Expression(f"source = $source and {condition}")
    columns = [each.name for each in fields(LedgerFile)]
    query = ledger_statement("lines", columns=columns, condition=wanted)
    rows = fetch(con, query, {"source": source.name, **asked})
    return [LedgerFile(*row) for row in rows.iter_rows()]


def entries(con: Connection, condition: str, parameters: list[Any]) -> list[FileEntry]:
    """The lines of the ledger that meet a condition, in their order."""
    columns = [each.name for each in fields(FileEntry)]
    query = ledger_statement("lines", columns=columns, condition=Expression(condition))
    rows = fetch(con, query, parameters)
    return [FileEntry(**row) for row in rows.iter_rows(named=True)]


def numbers(con: Connection) -> set[int]:
    """The number of every file that the ledger has."""
    found = con.execute(ledger_statement("numbers"), {"source": None})
    return {number for (number,) in found.fetchall()}


def next_file_id(con: Connection) -> int:
    """A number larger than that of any file before."""
    return int(fetch_value(con, ledger_statement("next_number")))


def enter(con: Connection, entry: FileEntry, *, instead_of: LedgerFile | None = None) -> None:
    """Write a line of the ledger, in place of the file's refused line if it had one."""
    if instead_of is not None:
        replaced = {"file_id": instead_of.file_id}
        con.execute(ledger_statement("forget_rejected"), replaced)
        con.execute(ledger_statement("forget_file"), replaced)
    names = [each.name for each in fields(FileEntry)]
    values = Expression(", ".join(f"${name}" for name in names))
    con.execute(
        ledger_statement("enter", columns=names, values=values),
        {name: getattr(entry, name) for name in names},
    )


def rewrite(con: Connection, entry: FileEntry) -> None:
    """Change a file's line to what a new reading found; when it was first seen stays."""
    values = {name: getattr(entry, name) for name in FileEntry.__dataclass_fields__}
    kept = ("file_id", "source", "file", "sha256", "first_seen_at", "copy_of", "stamp")
    change(con, entry.file_id, **{n: value for n, value in values.items() if n not in kept})


def keep_rejected(con: Connection, source: Source, file_id: int, rejected: pl.DataFrame) -> None:
    """Enter the rejected values of a file, in place of those of an earlier reading."""
    con.execute(ledger_statement("forget_rejected"), {"file_id": file_id})
    if rejected.height:
        cells = rejected.select(
            pl.lit(file_id, pl.Int32).alias("file_id"),
            pl.lit(source.name).alias("source"),
            pl.exclude("position"),
        )
        append(con, "ledger.rejected_cell", cells)


def change(con: Connection, file_id: int, **values: object) -> None:
    """Set columns of a ledger line."""
    changed = Expression(", ".join(f"{identifier(name)} = ${name}" for name in values))
    con.execute(ledger_statement("change", changed=changed), {**values, "file_id": file_id})


def note_presence(
    con: Connection, source: Source, present: list[int], *, is_emptied: bool = False
) -> None:
    """Note which of the source's files lie in the landing folder now.

    Where everything is gone at once (``is_emptied``), nothing that was withdrawn was taken out of
    it: a share isn't mounted, or a backup came back without it.
    """
    known = {"source": source.name, "present": present, "is_emptied": is_emptied}
    con.execute(ledger_statement("note_presence"), known)


def count_replaced(con: Connection, n_rows_by_file: dict[int, int]) -> None:
    """Move rows of earlier files from accepted to superseded: newer ones took their place."""
    for file_id, n_rows in n_rows_by_file.items():
        con.execute(ledger_statement("count_replaced"), {"file_id": file_id, "n_rows": n_rows})


def recount(con: Connection, source: Source, n_current_by_file: dict[int, int]) -> None:
    """Count the current rows of every loaded file again, after one was reprocessed."""
    files = fetch(con, ledger_statement("sound_rows"), {"source": source.name})
    for file_id, n_sound in files.iter_rows():
        n_standing = n_current_by_file.get(file_id, 0)
        change(con, file_id, n_accepted=n_standing, n_superseded=n_sound - n_standing)
