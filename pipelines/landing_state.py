"""How a workspace's inputs stand: a fingerprint that changes when a file or the settings do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LandingState:
    """Number of files, a fingerprint of their names, sizes and times, and the newest change."""

    n_files: int
    fingerprint: str
    newest_change: float
    """Seconds since 1970; 0 where there is no file."""


def landing_state(landing: Path, settings_file: Path) -> LandingState:
    """Look at names, sizes and modification times only; cheap enough for every minute.

    The settings count as a change, not as a file: they decide how files are read and compared.
    """
    files = sorted(
        path for path in landing.glob("*/*") if path.is_file() and not path.name.startswith(".")
    )
    digest = hashlib.sha256()
    newest = 0.0
    for path in [*files, *([settings_file] if settings_file.is_file() else [])]:
        status = path.stat()
        newest = max(newest, status.st_mtime)
        name = f"{path.parent.name}/{path.name}"
        digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return LandingState(len(files), digest.hexdigest(), newest)
