"""Deliveries that leave again: their rows go from staging, what they superseded comes back.

A withdrawn delivery stays in raw and in the ledger; it only counts no longer. It leaves by command,
or by being taken out of ``landing/`` after its rows made a blocking check refuse the refresh. While
its file lies in ``landing/`` it is passed over; taken out and dropped again it is a new delivery.
"""

from __future__ import annotations

import datetime as dt
import shlex
from dataclasses import dataclass
from typing import Any

from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.check_results import failed_blocking
from pipelines.core.errors import PipelineError
from pipelines.core.queries import ledger_statement
from pipelines.core.raw_files import RawPath
from pipelines.core.warehouse import Connection, transaction
from pipelines.ingest.load import file_ledger, ledger_lines, staging_upsert
from pipelines.ingest.load.file_ledger import LOADED, REFUSED, WITHDRAWN, FileEntry

MOST_NAMED = 3
ROSTER = "roster"
UNRESOLVED = "+people withdrawn"
"""Added to what a file was read under, so that it is read again."""
BY_COMMAND = "withdrawn by command"
TAKEN_OUT = "withdrawn: it was taken out of landing/ after a blocking check had refused its rows"


class WithdrawalError(PipelineError):
    """There is no such delivery to withdraw; nothing was changed."""


@dataclass(frozen=True)
class Withdrawn:
    """A delivery that was withdrawn: its name, and how many rows no longer count."""

    place: str
    n_rows: int


def withdraw(
    con: Connection, source: Source, file: str, raw: RawPath, now: dt.datetime
) -> Withdrawn:
    """Withdraw the newest delivery of a file's name; ``raw`` is the source's raw folder.

    Raises `WithdrawalError` where no delivery of that name counts or was refused.
    """
    place = f"{source.name}/{file}"
    entries = file_ledger.entries(con, "source = ? and file = ?", [source.name, file])
    counting = [entry for entry in entries if entry.status != WITHDRAWN]
    if not counting:
        known = "was withdrawn already" if entries else "was never delivered"
        raise WithdrawalError(
            f"{place} {known}; expected source/file as a message or quality.ingested_file names "
            "it. Nothing was changed"
        )
    entry = counting[-1]
    original = _original(con, entry)
    if original is not None:
        raise WithdrawalError(
            f"{place} has no rows of its own that count: {source.name}/{original.file} stands for "
            f"it. Withdraw that one: {command_for(source, original.file)}. Nothing "
            "was changed"
        )
    with transaction(con):
        _leave(con, source, entry, raw, now, BY_COMMAND)
    return Withdrawn(place, entry.n_accepted or 0)


def withdraw_of_feed(con: Connection, file: str, raw: RawPath, now: dt.datetime) -> list[Withdrawn]:
    """Withdraw what a feed's file (``feed/name``) gave, of every source; ``raw`` has their folders.

    Raises `WithdrawalError` where nothing of it counts or was refused.
    """
    known = file_ledger.entries(con, "file = ? and feed is not null", [file])
    if not known:
        raise WithdrawalError(
            f"{file} was never delivered; expected source/file or feed/file as a message or "
            "quality.ingested_file names it. Nothing was changed"
        )
    newest = {entry.source: entry for entry in known if entry.status != WITHDRAWN}
    if not newest:
        raise WithdrawalError(f"{file} was withdrawn already. Nothing was changed")
    originals = {original.file for entry in newest.values() if (original := _original(con, entry))}
    if originals:
        first = min(originals)
        raise WithdrawalError(
            f"{file} has no rows of its own that count: {first} stands for it. Withdraw that one: "
            f"make withdraw FILE={shlex.quote(first)}. Nothing was changed"
        )
    with transaction(con):
        for name, entry in newest.items():
            source = load_contracts().source(name)
            _leave(con, source, entry, raw / name, now, BY_COMMAND)
    return [Withdrawn(f"{file} as {name}", each.n_accepted or 0) for name, each in newest.items()]


def let_go(
    con: Connection, source: Source, raw: RawPath, now: dt.datetime, published_at: dt.datetime
) -> list[Withdrawn]:
    """Withdraw what was refused since the last publication and has been taken out of landing/.

    Only files of a source whose own rows a blocking check refused, and that were never published:
    whoever tidies landing/ up takes no other rows away. A file of which a copy still lies there
    stays.
    """
    if not failed_blocking(con, f"staging.{source.name}"):
        return []
    unpublished = [
        entry
        for entry in unpublished_files(con, source, published_at)
        if not entry.is_in_landing and not _is_present_as_copy(con, entry)
    ]
    with transaction(con):
        for entry in unpublished:
            _leave(con, source, entry, raw, now, TAKEN_OUT)
    return [Withdrawn(f"{source.name}/{each.file}", each.n_accepted or 0) for each in unpublished]


def unpublished_files(
    con: Connection, source: Source, published_at: dt.datetime
) -> list[FileEntry]:
    """The loaded deliveries of a source that came after a publication, copies left aside."""
    return file_ledger.entries(
        con,
        "source = ? and status = 'loaded' and copy_of is null and first_seen_at > ?",
        [source.name, published_at],
    )


def way_out(con: Connection, source: Source, published_at: dt.datetime) -> str:
    """What to do about rows that a blocking check refused, with the files they may have come by."""
    files = [each.file for each in unpublished_files(con, source, published_at)]
    commands = ", ".join(command_for(source, file) for file in files[-MOST_NAMED:])
    gone = file_ledger.entries(
        con,
        "source = ? and status = 'withdrawn' and first_seen_at <= ? and withdrawn_at > ?",
        [source.name, published_at, published_at],
    )
    if gone:
        names = ", ".join(f"{source.name}/{each.file}" for each in gone[-MOST_NAMED:])
        return (
            f"withdrawn since the last publication: {names}; to have the rows back, take the file "
            "out of landing/ for one refresh and drop it again"
        )
    if not files:
        return (
            f"no {source.name} file came since the last publication: look at what else did, and "
            "take that back with make withdraw FILE=source/file"
        )
    return f"mend the file and drop it again, take it out of landing/, or withdraw it: {commands}"


def command_for(source: Source, file: str) -> str:
    """The command that withdraws a file, of a feed's file everything that it gave.

    Without quotes where it needs none: an alert leaves out whatever stands in quotes, for it may be
    a delivered value.
    """
    place = file if "/" in file else f"{source.name}/{file}"
    return f"make withdraw FILE={shlex.quote(place)}"


def _original(con: Connection, entry: FileEntry) -> FileEntry | None:
    """The delivery that stands for a copy; None where the file stands for itself."""
    if entry.copy_of is None:
        return None
    found = file_ledger.entries(con, "file_id = ? and status = 'loaded'", [entry.copy_of])
    return found[0] if found else None


def _is_present_as_copy(con: Connection, entry: FileEntry) -> bool:
    return bool(
        file_ledger.entries(
            con, "copy_of = ? and is_in_landing and sha256 = ?", [entry.file_id, entry.sha256]
        )
    )


def _leave(
    con: Connection, source: Source, entry: FileEntry, raw: RawPath, now: dt.datetime, reason: str
) -> None:
    """Let a delivery, and the copies that rest on it, count no longer."""
    gone: dict[str, Any] = {
        "status": WITHDRAWN,
        "reason": reason,
        "public_reason": reason,
        "withdrawn_at": now,
        "n_accepted": None if entry.n_rows is None else 0,
        "n_superseded": None if entry.n_rows is None else entry.n_rows - (entry.n_quarantined or 0),
    }
    file_ledger.change(con, entry.file_id, **gone)
    if entry.status == LOADED:
        for other in file_ledger.entries(con, "copy_of = ?", [entry.file_id]):
            # What came back mended no longer stands for a refused file: it is looked at again.
            is_copy = other.sha256 == entry.sha256
            same = {**gone, "n_accepted": 0, "n_superseded": other.n_superseded}
            file_ledger.change(
                con, other.file_id, **(same if is_copy else {"status": REFUSED, "copy_of": None})
            )
        staging_upsert.forget(con, source)
        _have_resolved_anew(con, source, entry)
    if raw.exists():
        ledger_lines.write_line(con, raw, entry.file_id)


def _have_resolved_anew(con: Connection, source: Source, entry: FileEntry) -> None:
    """Let feeds' files that came since be read again: people may have been looked up in this."""
    if source.is_lookup or source.name == ROSTER:
        con.execute(
            ledger_statement("resolve_anew"), {"mark": UNRESOLVED, "since": entry.loaded_at}
        )
