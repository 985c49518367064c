"""Whether somebody else wrote the warehouse: its file comes in, yes or no goes out.

What stands from night to night is believed, since this program made it. While it has the warehouse
open for writing, a note beside the file is empty, so that a kill leaves it empty; at the end it has
the file's size and time. A file that is otherwise was written by hand, or is another one.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipelines.core.private_files import FILE_MODE
from pipelines.core.workspace import WAREHOUSE

_depths: Counter[Path] = Counter()
"""How often this process has each file open; the first opening and the last closing count."""


@contextmanager
def our_writing(path: Path) -> Iterator[None]:
    """Whatever is written to the warehouse in the block is ours; other files aren't watched.

    What others wrote before it stays theirs.
    """
    if path.name != WAREHOUSE or (_depths[path] == 0 and is_written_by_others(path)):
        yield
        return
    if _depths[path] == 0:
        _note(path, "")
    _depths[path] += 1
    try:
        yield
    finally:
        _depths[path] -= 1
        if _depths[path] == 0 and path.exists():
            _note(path, _look_of(path))


def made_anew(path: Path) -> None:
    """Let the file be ours, whoever wrote the one that it takes the place of."""
    _note(path, "")


def is_written_by_others(path: Path) -> bool:
    """Whether the file isn't as this program left it; False where that isn't known."""
    note = _note_of(path)
    if not path.exists() or not note.exists():
        return False
    was = note.read_text(encoding="ascii")
    return bool(was) and was != _look_of(path)


def _look_of(path: Path) -> str:
    found, has_log = path.stat(), path.with_name(f"{path.name}.wal").exists()
    return f"{found.st_size} {found.st_mtime_ns} {'log' if has_log else 'whole'}"


def _note(path: Path, text: str) -> None:
    """Write the note; where that can't be, nothing else can be written either."""
    with suppress(OSError):
        descriptor = os.open(_note_of(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)


def _note_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.ours")
