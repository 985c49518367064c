"""What lies in a landing folder: deliveries to read, and things that can't be taken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipelines.privacy.showing import told_file

ACCEPTED = ".csv, .tsv, .jsonl and .ndjson (each also .gz), .xlsx, .parquet"
_FORMATS = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".tsv": "tsv",
    ".tsv.gz": "tsv",
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
    ".ndjson": "jsonl",
    ".ndjson.gz": "jsonl",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
}
TOMBSTONE = ".tombstone"
"""Before its ending, in the name of a file whose keys are deleted: roster.tombstone.csv."""
_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp", "~")
"""Endings that programs give to files they haven't finished writing."""


@dataclass(frozen=True)
class LandingFile:
    """One file in a landing folder; ``format`` is None where its name isn't accepted."""

    path: Path
    name: str
    format: str | None
    is_gzipped: bool
    is_tombstone: bool = False


@dataclass(frozen=True)
class FolderContent:
    """The files of a landing folder in loading order, and the names of nested folders."""

    files: tuple[LandingFile, ...]
    nested: tuple[str, ...]


def look_into(folder: Path) -> FolderContent:
    """List a landing folder; a missing one is empty.

    Hidden and unfinished files are passed over. Files come in order of their names, numbers by
    value and endings left aside (``roster``, ``roster-2``, ``roster-10``), because that is the
    order in which deliveries found together are loaded, and it is the same on every machine.
    """
    if not folder.is_dir():
        return FolderContent((), ())
    entries = [entry for entry in folder.iterdir() if not _is_passed_over(entry.name)]
    files = [landing_file(entry) for entry in entries if not entry.is_dir()]
    nested = sorted(_printable(entry.name) for entry in entries if entry.is_dir())
    return FolderContent(tuple(sorted(files, key=_loading_order)), tuple(nested))


def _is_passed_over(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower().endswith(_UNFINISHED)


def landing_file(path: Path) -> LandingFile:
    """What the name of a file says about it."""
    ending = _ending(path.name)
    return LandingFile(
        path,
        _printable(path.name),
        _FORMATS.get(ending),
        is_gzipped=ending.endswith(".gz"),
        is_tombstone=path.name.lower().removesuffix(ending).endswith(TOMBSTONE),
    )


def _ending(name: str) -> str:
    lower = name.lower()
    return next((ending for ending in sorted(_FORMATS, reverse=True) if lower.endswith(ending)), "")


def _loading_order(file: LandingFile) -> tuple[list[tuple[int, int, str]], str]:
    stem = file.name.lower().removesuffix(_ending(file.name))
    parts = re.findall(r"[0-9]+|[^0-9]+", stem)
    order = [(0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts]
    return order, file.name


def _printable(name: str) -> str:
    """A file name as it may be told, and as valid UTF-8; other bytes are shown as escapes."""
    return told_file(name.encode("utf-8", "backslashreplace").decode("utf-8"))
