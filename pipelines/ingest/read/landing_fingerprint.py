"""How a workspace's inputs stand: fingerprints that change when a file or the settings do."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines.ingest.read.landing_links import leads_out


@dataclass(frozen=True)
class LandingState:
    """Number of files, a fingerprint of their names, sizes and times, and the newest change.

    ``folders`` has a fingerprint for each folder with files, and for the settings under the name
    of their file.
    """

    n_files: int
    fingerprint: str
    folders: Mapping[str, str]
    newest_change: float
    """Seconds since 1970; 0 where there is no file."""


def landing_state(landing: Path, settings_file: Path) -> LandingState:
    """Look at names, sizes and modification times only; cheap enough for every minute.

    The settings count as a change, not as a file: they decide how files are read and compared.
    Of a link that leads out of ``landing`` the link itself is looked at, so that a refresh tells
    of it once; what it names is neither looked into nor followed.
    """
    files = _files(landing)
    settings = [(settings_file, settings_file.stat())] if settings_file.is_file() else []
    told: dict[str, str] = {}
    newest = 0.0
    for path, status in [*files, *settings]:
        newest = max(newest, status.st_mtime)
        folder = path.name if path.parent in (landing, settings_file.parent) else path.parent.name
        name = f"{path.parent.name}/{path.name}"
        line = f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n"
        told[folder] = told.get(folder, "") + line
    folders = {name: _digest(lines) for name, lines in told.items()}
    return LandingState(len(files), _digest("".join(told.values())), folders, newest)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _files(landing: Path) -> list[tuple[Path, os.stat_result]]:
    """Files in the sources' folders, and links that lead out, in order of their names."""
    found = []
    for folder in sorted(landing.glob("*")):
        if leads_out(folder, landing):
            found.append((folder, folder.lstat()))
        elif folder.is_dir():
            for path in sorted(folder.glob("[!.]*")):
                if leads_out(path, landing):
                    found.append((path, path.lstat()))
                elif path.is_file():
                    found.append((path, path.stat()))
    return found
