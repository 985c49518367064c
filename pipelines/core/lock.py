"""One refresh at a time: an advisory lock that the operating system drops with its process."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.core.errors import RefreshBusyError


@contextmanager
def only_one(lock_file: Path) -> Iterator[None]:
    """Hold the lock for the length of the block; raises `RefreshBusyError` if another does.

    A killed process leaves the file but not the lock, so nobody has to clean up after it.
    """
    with lock_file.open("a+", encoding="ascii") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            raise RefreshBusyError(
                f"another refresh of this workspace is running (process {holder}); "
                "wait until it has ended and run again"
            ) from error
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def is_held(lock_file: Path) -> bool:
    """Whether anybody holds the lock now; nothing is written, and no lock is left."""
    try:
        with lock_file.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def held_seconds(lock_file: Path) -> float:
    """For how long the lock has been held by whoever holds it; 0 where it can't be seen."""
    try:
        return max(time.time() - lock_file.stat().st_mtime, 0.0)
    except OSError:
        return 0.0
