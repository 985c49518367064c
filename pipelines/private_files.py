"""Files that are their user's alone, written as a whole."""

from __future__ import annotations

import os
from pathlib import Path

FILE_MODE = 0o600


def write_private(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 so that after a crash it is there in full or as it was."""
    unfinished = path.with_name(f".{path.name}.tmp")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), FILE_MODE)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    make_durable(path.parent)


def make_durable(folder: Path) -> None:
    """See to it that new names in a folder outlast a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
