"""Files that are their user's alone, written as a whole."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

FILE_MODE = 0o600
OTHERS = 0o077
"""What the group and everybody else may do."""


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


def narrow(folder: Path, *, except_for: Collection[Path] = ()) -> None:
    """Take away what others may do with a folder and all below it; links stay as they are.

    What another program takes away meanwhile needs nothing taken away.
    """
    below = (Path(at, name) for at, *names in os.walk(folder) for each in names for name in each)
    for path in (folder, *below):
        with suppress(FileNotFoundError):
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode) and mode & OTHERS and path not in except_for:
                path.chmod(stat.S_IMODE(mode) & ~OTHERS)


def let_owner_change(folder: Path) -> None:
    """Let the owner of a folder of ours change it and all below it, whatever took that away.

    A folder that its owner may not write can neither be moved to another place nor deleted.
    """
    for at in (folder, *(Path(top, name) for top, names, _ in os.walk(folder) for name in names)):
        mode = at.lstat().st_mode
        if stat.S_ISDIR(mode) and mode & stat.S_IRWXU != stat.S_IRWXU:
            at.chmod(stat.S_IMODE(mode) | stat.S_IRWXU)


def make_durable(path: Path) -> None:
    """See to it that a file's content, or new names in a folder, outlast a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
