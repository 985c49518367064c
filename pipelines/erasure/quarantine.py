"""Erased people out of the rows that were handed back for mending."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.config.mapping import SourceMapping
from pipelines.contracts.sources import PERSON_COLUMNS, Source
from pipelines.core.errors import GateError
from pipelines.core.private_files import write_private
from pipelines.ingest.read.delivery import RETURN_COLUMNS, header_of
from pipelines.personal_data.erased_people import Erased

PERSON, *MENTIONS = PERSON_COLUMNS
_DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class HandedBack:
    """One quarantine file without erased people; ``content`` is None where no row is left."""

    path: Path
    content: bytes | None
    n_rows: int
    n_cells: int


def changed_files(
    folder: Path, source: Source, mapping: SourceMapping, erased: Erased
) -> list[HandedBack]:
    """The quarantine files of a source that have to change; nothing is written."""
    if not folder.is_dir():
        return []
    found = [_without(path, source, mapping, erased) for path in sorted(folder.glob("*.csv"))]
    return [each for each in found if each.n_rows or each.n_cells]


def replace_files(files: Sequence[HandedBack]) -> None:
    """Write the files as they are to be, or remove them."""
    for file in files:
        if file.content is None:
            file.path.unlink(missing_ok=True)
        else:
            write_private(file.path, file.content)


def keep_rows(path: Path, is_kept: Sequence[bool] | None) -> None:
    """Keep some of a quarantine file's rows, None for none; without rows the file goes.

    ``is_kept`` has a flag per row. A file that has another number of rows isn't the one that was
    looked at, and stays.
    """
    if is_kept is None or not any(is_kept):
        path.unlink(missing_ok=True)
        return
    text = path.read_bytes().decode("utf-8")
    delimiter = _delimiter(text)
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    if len(rows) == len(is_kept):
        kept = [row for row, stays in zip(rows, is_kept, strict=True) if stays]
        write_private(path, _written([header, *kept], delimiter))


def _written(rows: Sequence[Sequence[str]], delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def _without(path: Path, source: Source, mapping: SourceMapping, erased: Erased) -> HandedBack:
    text = path.read_bytes().decode("utf-8")
    delimiter = _delimiter(text)
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    canonical = _canonical_names(header, source, mapping)
    if canonical is None:
        return HandedBack(path, None, len(rows), 0)
    kept = [row for row in rows if not _is_theirs(row, canonical, erased)]
    marked = [_marked(row, canonical, erased) for row in kept]
    n_cells = sum(
        ours != theirs
        for row, before in zip(marked, kept, strict=True)
        for ours, theirs in zip(row, before, strict=True)
    )
    content = _written([header, *marked], delimiter) if marked else None
    return HandedBack(path, content, len(rows) - len(kept), n_cells)


def _delimiter(text: str) -> str:
    """The delimiter that the file was written with: its header ends in the columns we added."""
    header = text.partition("\n")[0]
    for delimiter in _DELIMITERS:
        if header.endswith(delimiter.join(RETURN_COLUMNS)):
            return delimiter
    return ","


def _canonical_names(
    header: Sequence[str], source: Source, mapping: SourceMapping
) -> list[str | None] | None:
    """What each column stands for, None for unknown ones; None in all for a feed's export.

    A feed's records name people by what its system calls them, in columns that only its recipe
    knows: who is meant can't be told here, so such a file goes as a whole.
    """
    try:
        delivered = header_of(tuple(header), source, mapping).delivered_names
    except GateError:
        return None
    names = {theirs: ours for ours, theirs in delivered.items()}
    return [names.get(name) for name in header]


def _is_theirs(row: Sequence[str], canonical: Sequence[str | None], erased: Erased) -> bool:
    """Whether a row is about an erased person, or has slipped and names one.

    A refused delivery comes back whole; its sound rows have no rule at the end.
    """
    has_slipped = len(row) < len(RETURN_COLUMNS) or bool(row[-len(RETURN_COLUMNS)])
    for position, cell in enumerate(row):
        name = canonical[position] if position < len(canonical) else None
        if name == PERSON and erased.is_erased(cell.strip()):
            return True
        if has_slipped and name not in MENTIONS and erased.names(cell):
            return True
    return False


def _marked(row: Sequence[str], canonical: Sequence[str | None], erased: Erased) -> list[str]:
    names = [*canonical, *[None] * len(row)]
    return [
        erased.marked(cell) if name in MENTIONS else erased.redacted(cell, is_prose=False)
        for cell, name in zip(row, names, strict=False)
    ]
