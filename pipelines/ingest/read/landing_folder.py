"""From a landing folder to its deliveries, and to what lies there and can't be taken."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.ingest.read.landing_links import LEADS_OUT, leads_out
from pipelines.personal_data.log_redaction import loggable_file

ACCEPTED = ".csv, .txt, .tsv, .jsonl and .ndjson (each also .gz), .xlsx, .parquet"
_WAYS_OUT = {
    ".zip": "unpack it and drop what is in it",
    ".7z": "unpack it and drop what is in it",
    ".xls": "open it and save it as .xlsx or CSV",
    ".xlsb": "open it and save it as .xlsx or CSV",
    ".xlsm": "open it and save it as .xlsx or CSV",
    ".ods": "open it and save it as .xlsx or CSV",
    ".json": "write JSON lines, one object on each line, and call it .jsonl",
    ".xml": "export CSV",
    ".pdf": "a report to read has no rows; export CSV",
}
_FORMATS = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".txt": "csv",
    ".txt.gz": "csv",
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
FOLDER_ITSELF = "(the folder)"
"""What a source's folder is called in the ledger where it can't be looked into."""
NOT_LOOKED_INTO = (
    "can't be looked into by the user that refreshes, so nothing in it is read; let that user list "
    "and enter it. The other folders go on, and what was loaded before stays"
)
_PLACES = "files are read from the folder of their source or feed"
_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp", "~")
"""Endings that programs give to files they haven't finished writing."""


@dataclass(frozen=True)
class LandingFile:
    """One file in a landing folder; ``format`` is None where its name isn't accepted.

    ``refusal`` says why it must not even be opened, None where it may.
    """

    path: Path
    name: str
    format: str | None
    is_gzipped: bool
    is_tombstone: bool = False
    refusal: str | None = None


@dataclass(frozen=True)
class FolderContent:
    """The files of a landing folder in loading order, and the names of nested folders."""

    files: tuple[LandingFile, ...]
    nested: tuple[str, ...]


def look_into(folder: Path) -> FolderContent:
    """List a landing folder; a missing one is empty.

    Links that lead out of the folder that it lies in aren't followed; they are files to refuse,
    so that the ledger tells of them. A folder that is such a link itself is listed as one of them,
    and so is one that can't be looked into.
    Hidden and unfinished files are passed over. Files come in order of their names, numbers by
    value and endings left aside (``roster``, ``roster-2``, ``roster-10``), because that is the
    order in which deliveries found together are loaded, and it is the same on every machine.
    """
    landing = folder.parent
    if leads_out(folder, landing):
        linked = replace(landing_file(folder), name=FOLDER_ITSELF, refusal=LEADS_OUT)
        return FolderContent((linked,), ())
    if not folder.is_dir():
        return FolderContent((), ())
    if not may_be_looked_into(folder):
        shut = replace(landing_file(folder), name=FOLDER_ITSELF, refusal=NOT_LOOKED_INTO)
        return FolderContent((shut,), ())
    entries = [entry for entry in folder.iterdir() if not _is_passed_over(entry.name)]
    links = {entry for entry in entries if leads_out(entry, landing)}
    followed = [entry for entry in entries if entry not in links]
    files = [landing_file(entry) for entry in followed if not entry.is_dir()]
    files += [replace(landing_file(link), refusal=LEADS_OUT) for link in links]
    nested = sorted(printable(entry.name) for entry in followed if entry.is_dir())
    return FolderContent(tuple(sorted(files, key=_loading_order)), tuple(nested))


def may_be_looked_into(folder: Path) -> bool:
    """Whether this user may list a folder and look at what is in it."""
    return os.access(folder, os.R_OK | os.X_OK)


def strays(landing: Path, known: Collection[str]) -> list[str]:
    """What lies in ``landing`` where nothing is looked for, each with where it should lie.

    ``known`` are the names of sources and feeds.
    """
    if not landing.is_dir() or not may_be_looked_into(landing):
        return []
    told = []
    for entry in sorted(landing.iterdir()):
        if entry.name in known or _is_passed_over(entry.name):
            continue
        if not entry.is_dir():
            told.append(f"{printable(entry.name)}: a file directly in landing/; {_PLACES}")
        elif any(not _is_passed_over(name) for name in _names_in(entry)):
            told.append(f"{printable(entry.name)}/: no source or feed has this name; {_PLACES}")
    return told


def _names_in(folder: Path) -> list[str]:
    return (
        [each.name for each in folder.iterdir()] if may_be_looked_into(folder) else [FOLDER_ITSELF]
    )


def _is_passed_over(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower().endswith(_UNFINISHED)


def landing_file(path: Path) -> LandingFile:
    """What the name of a file says about it."""
    ending = _ending(path.name)
    return LandingFile(
        path,
        printable(path.name),
        _FORMATS.get(ending),
        is_gzipped=ending.endswith(".gz"),
        is_tombstone=path.name.lower().removesuffix(ending).endswith(TOMBSTONE),
    )


def not_read(file: LandingFile) -> str:
    """Why a file of this kind isn't taken, and what to do with it."""
    way_out = _WAYS_OUT.get(file.path.suffix.lower())
    more = f": {way_out}" if way_out else ""
    return f"this kind of file isn't read{more}; accepted are {ACCEPTED}"


def _ending(name: str) -> str:
    lower = name.lower()
    return next((ending for ending in sorted(_FORMATS, reverse=True) if lower.endswith(ending)), "")


def _loading_order(file: LandingFile) -> tuple[list[tuple[int, int, str]], str]:
    stem = file.name.lower().removesuffix(_ending(file.name))
    parts = re.findall(r"[0-9]+|[^0-9]+", stem)
    order = [(0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts]
    return order, file.name


def printable(name: str) -> str:
    """Return a file name as it may be logged, as valid UTF-8; other bytes are shown as escapes."""
    return loggable_file(os.fsencode(name).decode("utf-8", "backslashreplace"))
