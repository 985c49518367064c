"""Links in ``landing/``: what leads out of it is neither followed nor read.

Whoever may drop files could otherwise have the refresh read, with its own rights, whatever a link
names; the rows would come back as data, in quarantine files and in messages.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pipelines.core.errors import GateError

LEADS_OUT = (
    "is a symbolic link that leads out of landing/, so it isn't followed and nothing behind it is "
    "read. Copy what it names into its place, or remove the link; the other files go on, and what "
    "was loaded before stays"
)
_NOT_A_FILE = "is neither a file nor a folder, so it isn't read; remove it"


def leads_out(path: Path, landing: Path) -> bool:
    """Whether a path in ``landing`` is a link, or lies behind one, that ends elsewhere.

    ``landing`` itself may be a link: where it lies is for whoever runs this to say. A link in a
    circle leads nowhere and counts as leading out.
    """
    try:
        return not path.resolve().is_relative_to(landing.resolve())
    except (OSError, RuntimeError):
        return True


def read_within(path: Path, landing: Path, at_most: int) -> bytes | None:
    """The content of a file in ``landing``; None where it has more bytes than ``at_most``.

    Every folder on the way is opened without following links, so that none can be slipped in
    between looking and reading. Raises `GateError` for what isn't a file in ``landing``, and
    `OSError` where it can't be read.
    """
    with os.fdopen(_open_within(path, landing), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise GateError(_NOT_A_FILE)
        return file.read() if status.st_size <= at_most else None


def _open_within(path: Path, landing: Path) -> int:
    root, end = landing.resolve(), path.resolve()
    if not end.is_relative_to(root):
        raise GateError(LEADS_OUT)
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    for part in end.relative_to(root).parts:
        folder = descriptor
        try:  # O_NONBLOCK: a pipe that nobody writes to must not stop the refresh
            descriptor = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        finally:
            os.close(folder)
    return descriptor
