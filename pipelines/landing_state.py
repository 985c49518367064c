"""How the landing folder stands: a fingerprint that changes when any file does."""

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


def landing_state(landing: Path) -> LandingState:
    """Look at names, sizes and modification times only; cheap enough for every minute."""
    files = sorted(
        path for path in landing.glob("*/*") if path.is_file() and not path.name.startswith(".")
    )
    digest = hashlib.sha256()
    newest = 0.0
    for path in files:
        status = path.stat()
        newest = max(newest, status.st_mtime)
        relative = path.relative_to(landing).as_posix()
        digest.update(f"{relative}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return LandingState(len(files), digest.hexdigest(), newest)
