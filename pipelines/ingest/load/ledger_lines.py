"""The ledger once more, in files: each delivery's line lies beside its rows, and brings them back.

The warehouse can be lost, what was delivered must not be: files leave ``landing/`` in time. So
beside ``000007-1.parquet`` lies ``000007.json`` with all that the ledger says of the delivery, and,
where it had any, ``000007.rejected.parquet`` with its rejected values. Both are written before the
warehouse commits, so that every delivery it ever acknowledged has its line. A line that the ledger
doesn't know is entered again: a warehouse was lost or an older one came back, or a refresh was
killed between the line and the commit, and then its rows are whole as well.
"""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

import polars as pl

from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.errors import PipelineError
from pipelines.core.queries import ledger_statement
from pipelines.core.raw_files import RawPath, files_in, read_each, write_whole
from pipelines.core.sql_text import Expression
from pipelines.core.warehouse import Connection, append, fetch
from pipelines.ingest.load import file_ledger, staging_upsert
from pipelines.ingest.load.file_ledger import FileEntry
from pipelines.ingest.load.line_names import LINE, is_pack, names_beside, number_of
from pipelines.ingest.load.raw_check import digest_of
from pipelines.ingest.load.raw_store import ORPHANS, numbers_in

_DIGEST = "rejected"
_MOMENTS = ("first_seen_at", "loaded_at", "withdrawn_at")
_COUNTS = ("n_accepted", "n_superseded")
"""What later deliveries move: counted anew from the rows where a ledger is made from its lines."""


class ArchiveError(PipelineError):
    """What was delivered can't be brought back into the ledger as it lies there."""


def write_line(con: Connection, folder: RawPath, file_id: int) -> None:
    """Write what the ledger says of a delivery now; call it before the ledger commits."""
    entry = file_ledger.entries(con, "file_id = ?", [file_id])[0]
    _write(folder, entry, _rejected_of(con, "file_id = ?", [file_id]))


def write_sound(folder: RawPath, entry: FileEntry) -> None:
    """Write the line of a delivery of which nothing is rejected, as it is entered."""
    _write(folder, entry, _NO_CELLS)


def bring_up_to_date(con: Connection, source: Source, folder: RawPath) -> None:
    """Let the lines say what the ledger says; those that it no longer has go.

    A ledger loses a line only to a newer one of the same refused file, which has no rows here.
    """
    of_source = ("source = ?", [source.name])
    entries = {entry.file_id: entry for entry in file_ledger.entries(con, *of_source)}
    rejected = _rejected_of(con, *of_source).partition_by("file_id", as_dict=True)
    lines = read_each([folder / names_beside(file_id)[0] for file_id in entries])
    for (file_id, entry), line in zip(entries.items(), lines, strict=True):
        cells = rejected.get((file_id,), _NO_CELLS)
        if _said(line) != _as_line(entry, cells):
            _write(folder, entry, cells)
    for path in files_in(folder, f"*{LINE}"):
        number = number_of(path)
        if number is not None and number not in entries:
            for name in names_beside(number):
                (folder / name).unlink(missing_ok=True)


def enter_unknown(con: Connection, raw: RawPath) -> list[FileEntry]:
    """Enter every line that lies in the archive and isn't in the ledger; returns what was entered.

    ``raw`` is the folder of all sources. Staging of theirs is built anew at the next look. Raises
    `ArchiveError` where the ledger is empty and deliveries lie there without a line, or where a
    line's rows are gone: nothing may be published without them, and nothing is changed.
    """
    known = file_ledger.numbers(con)
    entered: list[FileEntry] = []
    for source in load_contracts().landing:
        folder = raw / source.name
        lines = {number_of(path): path for path in files_in(folder, f"*{LINE}")}
        unknown = [number for number in lines if number is not None and number not in known]
        contents = read_each([lines[number] for number in unknown])
        read = zip(unknown, contents, strict=True)
        new = [_read_entry(lines[number], content, source) for number, content in read]
        there = {path.name for path in files_in(folder, "*.parquet")} if new else set()
        entered += [entry for entry in new if _counts(con, entry, there)]
    if not known:
        _check_complete(raw, entered)
    for entry in sorted(entered, key=lambda each: each.file_id):
        file_ledger.enter(con, entry)
        cells = raw / entry.source / names_beside(entry.file_id)[1]
        if cells.exists():
            append(con, file_ledger.REJECTED_CELL, pl.read_parquet(cells.read_bytes()))
    for name in sorted({entry.source for entry in entered}):
        staging_upsert.forget(con, load_contracts().source(name))
    return entered


def _counts(con: Connection, entry: FileEntry, there: set[str]) -> bool:
    """Whether an unknown line says something that the ledger lacks.

    A refused file's line is written anew whenever the file is looked at: what a crash left of an
    earlier one says nothing new.
    """
    if entry.raw_file is not None:
        if entry.raw_file not in there:
            raise ArchiveError(
                f"raw/{entry.source} in the private folder has the line {entry.file_id:06d}{LINE} "
                f"of a delivery whose rows are gone ({entry.raw_file}); the ledger can't be made "
                "from it. Bring a backup back (`make restore`); nothing was changed"
            )
        return True
    same = "source = ? and file = ? and sha256 is not distinct from ?"
    return not file_ledger.entries(con, same, [entry.source, entry.file, entry.sha256])


def _check_complete(raw: RawPath, entered: list[FileEntry]) -> None:
    """With an empty ledger every delivery in the archive needs a line.

    But the one that was being written when a refresh was killed: a line is there before the ledger
    commits, so that nobody was told that it had come in. It is set aside, and its file read anew.
    """
    known = {(entry.source, entry.file_id) for entry in entered}
    lost = [
        (number, f"{source.name}/{path.name}")
        for source in load_contracts().landing
        for path in files_in(raw / source.name, "*-*.parquet")
        for number in _numbers_of(path)
        if (source.name, number) not in known
    ]
    newest = max((entry.file_id for entry in entered), default=None)
    is_unfinished = newest is not None and len(lost) == 1 and lost[0][0] > newest
    if lost and not is_unfinished:
        raise ArchiveError(
            f"the ledger is empty, but {len(lost)} deliveries lie in the raw folder without a "
            f"line that says what they are, the first: {lost[0][1]}. Nothing is published without "
            "them: bring a backup back (`make restore`), or, if their files still lie in "
            f"landing/, move them into raw/{ORPHANS}, so that those are read anew. Nothing was "
            "changed"
        )


def _numbers_of(path: RawPath) -> Iterable[int]:
    """The deliveries whose rows are in a raw file."""
    if is_pack(path.name):
        return numbers_in(path)
    number = path.name.partition("-")[0]
    return [int(number)] if number.isdigit() else []


def _read_entry(path: RawPath, line: bytes | None, source: Source) -> FileEntry:
    try:
        content = json.loads(line or b"")
        known = {field.name for field in fields(FileEntry)}
        values = {name: value for name, value in content.items() if name in known}
        moments = {name: _moment(values.get(name)) for name in _MOMENTS}
        entry = _with_counts(FileEntry(**{**values, **moments}))
        is_ours = entry.source == source.name and entry.file_id == number_of(path)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise _unreadable(path) from error
    if not is_ours:
        raise _unreadable(path)
    return entry


def _with_counts(entry: FileEntry) -> FileEntry:
    """The entry with what no row counts anew: of a withdrawn delivery none stands any more."""
    if entry.status != file_ledger.WITHDRAWN or entry.n_rows is None:
        return entry
    n_sound = entry.n_rows - (entry.n_quarantined or 0)
    return replace(entry, n_accepted=0, n_superseded=n_sound)


def _unreadable(path: RawPath) -> ArchiveError:
    return ArchiveError(
        f"raw/{path.parent.name}/{path.name} in the private folder isn't the line of a delivery "
        "that was written there; bring a backup back (`make restore`). Nothing was changed"
    )


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)


def _said(line: bytes | None) -> dict[str, Any] | None:
    """What a line says; None where there is none, or none that can be read."""
    try:
        content: dict[str, Any] | None = json.loads(line or b"null")
    except ValueError:
        return None
    return content


def _as_line(entry: FileEntry, rejected: pl.DataFrame) -> dict[str, Any]:
    """What stands in a line: the ledger's own, and a digest of the rejected values beside it."""
    has_rows = entry.raw_file is not None
    values = {field.name: getattr(entry, field.name) for field in fields(FileEntry)}
    told = {name: value for name, value in values.items() if not (has_rows and name in _COUNTS)}
    moments = {name: told[name].astimezone(dt.UTC).isoformat() for name in _MOMENTS if told[name]}
    return {**told, **moments, _DIGEST: digest_of(rejected) if rejected.height else None}


def _write(folder: RawPath, entry: FileEntry, rejected: pl.DataFrame) -> None:
    line, cells = (folder / name for name in names_beside(entry.file_id))
    if rejected.height:
        packed = io.BytesIO()
        rejected.write_parquet(packed)
        write_whole(cells, packed.getvalue())
    else:
        cells.unlink(missing_ok=True)
    content = json.dumps(_as_line(entry, rejected), indent=1, sort_keys=True)
    write_whole(line, (content + "\n").encode())


def _rejected_of(con: Connection, condition: str, parameters: list[Any]) -> pl.DataFrame:
    """The rejected values of loaded deliveries; a refused one is looked at again."""
    query = ledger_statement("rejected_of", condition=Expression(condition))
    return fetch(con, query, parameters)


_NO_CELLS = pl.DataFrame()
