"""How a workspace's inputs stand: fingerprints that change when a file or the settings do."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipelines.ingest.read.landing_folder import may_be_looked_into, printable
from pipelines.ingest.read.landing_links import leads_out


@dataclass(frozen=True)
class LandingState:
    """Number of files, a fingerprint of their names and stamps, and the newest change.

    ``folders`` has a fingerprint for each folder with files, and for the settings under the name
    of their file.
    """

    n_files: int
    fingerprint: str
    folders: Mapping[str, str]
    newest_change: float
    """Seconds since 1970; 0 where there is no file."""


def stamp(status: os.stat_result) -> str:
    """Size, times and place of a file, as a text that changes whenever its content does.

    The time of the last change of anything (ctime) can't be set by hand: a correction of the same
    size, given the time of the file that it replaces, shows by it. A copy of a file has another
    stamp; whether its content is known is for whoever reads it.
    """
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}:{status.st_ino}"


def landing_state(landing: Path, settings_file: Path) -> LandingState:
    """Look at names and stamps only, and at the settings; cheap enough for every minute.

    The settings count as a change, not as a file: they decide how files are read and compared.
    Of a link that leads out of ``landing`` the link itself is looked at, so that a refresh tells
    of it once; what it names is neither looked into nor followed. Of a folder that can't be looked
    into, it is the folder; what is gone when it is looked at isn't there.
    """
    files = _files(landing)
    settings = [(settings_file, status)] if (status := _status(settings_file)) else []
    told: dict[str, bytes] = {}
    newest = 0.0
    for path, status in [*files, *settings]:
        newest = max(newest, status.st_mtime)
        is_at_top = path.parent in (landing, settings_file.parent)
        folder = printable(path.name if is_at_top else path.parent.name)
        name = os.fsencode(Path(path.parent.name, path.name))
        seen = _content(path) if path == settings_file else stamp(status)
        told[folder] = told.get(folder, b"") + name + f"\0{seen}\n".encode()
    folders = {name: _digest(lines) for name, lines in told.items()}
    return LandingState(len(files), _digest(b"".join(told.values())), folders, newest)


def _content(settings_file: Path) -> str:
    """What the settings say, as a text; why they can't be read, whoever uses them tells."""
    try:
        return _digest(settings_file.read_bytes())
    except OSError as error:
        return str(error.errno)


def _digest(lines: bytes) -> str:
    return hashlib.sha256(lines).hexdigest()


def _files(landing: Path) -> list[tuple[Path, os.stat_result]]:
    """Files in the sources' folders, and links that lead out, in order of their names."""
    found = []
    for folder in sorted(landing.glob("*")):
        if leads_out(folder, landing):
            found += _of_itself(folder)
        elif folder.is_dir():
            with suppress(FileNotFoundError):
                is_open = may_be_looked_into(folder)
                found += _files_in(folder, landing) if is_open else _of_itself(folder)
    return found


def _files_in(folder: Path, landing: Path) -> list[tuple[Path, os.stat_result]]:
    found = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if leads_out(path, landing):
            found += _of_itself(path)
        elif (status := _status(path)) is not None:
            found.append((path, status))
    return found


def _of_itself(path: Path) -> list[tuple[Path, os.stat_result]]:
    """A link or a folder as it lies there; nothing where it is gone."""
    try:
        return [(path, path.lstat())]
    except FileNotFoundError:
        return []


def _status(path: Path) -> os.stat_result | None:
    """Of a file what the system says of it; None where none is there, or is any longer."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status if stat.S_ISREG(status.st_mode) else None
