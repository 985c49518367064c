"""Errors of machine and disk: a library's exception comes in, ours with what to do goes out.

A full disk, too little memory, a file that somebody else holds, a damaged or a read-only one happen
to any installation. Libraries tell of them in their own words, which quote paths and contents; here
they are known by their numbers and by fixed parts of their words, and told in ours.
"""

from __future__ import annotations

import errno
import sqlite3

from pipelines.core.errors import (
    DiskFullError,
    MachineError,
    MemoryShortError,
    NotAllowedError,
    PublishedUnreadableError,
    ReadOnlyError,
    StorageError,
    WarehouseDamagedError,
    WarehouseLockedError,
    WarehouseTooNewError,
)
from pipelines.core.object_store import store_failed

UNTOUCHED = "what was committed stays, and the last good publication is untouched"

DISK_FULL = DiskFullError(
    f"the disk is full; make room where the workspace lies and refresh again: {UNTOUCHED}"
)
MEMORY_SHORT = MemoryShortError(
    "the machine has too little memory for this refresh; give it more, or end other programs, and "
    f"refresh again: {UNTOUCHED}"
)
READ_ONLY = ReadOnlyError(
    "the workspace can't be written: its disk is mounted read-only; mount it for writing and "
    f"refresh again: {UNTOUCHED}"
)
NOT_ALLOWED = NotAllowedError(
    "this user may not read or write what the refresh needs: files of the workspace belong to "
    "somebody else. `make doctor` names them. Give this user the right and refresh again: "
    f"{UNTOUCHED}"
)
TOO_NEW = WarehouseTooNewError(
    "the warehouse (private/warehouse.duckdb) was written by a newer version of the database than "
    "this program has; install the newer version of the program again, or make the warehouse anew "
    "from private/raw with this one (`make rebuild`). Nothing was changed"
)
LOCKED = WarehouseLockedError(
    "another program holds the warehouse open (private/warehouse.duckdb), so nothing can be "
    "written; end it and refresh again. To look around while refreshes run, open "
    f"published/analytics.duckdb with read_only=True: {UNTOUCHED}"
)
PUBLISHED_UNREADABLE = PublishedUnreadableError(
    "the analysts' file that stands (published/analytics.duckdb) can't be read: it was changed or "
    "damaged, or a program that has it open for writing is at it (open it with read_only=True). "
    "End such a program and refresh again; otherwise let an earlier publication take its place "
    "(`make rollback`), or move the folder published/ away, and the next refresh publishes anew. "
    "Nothing was changed"
)
DAMAGED = WarehouseDamagedError(
    "the warehouse is damaged (private/warehouse.duckdb can't be read as it was written). Nothing "
    "delivered is lost, it lies in private/raw: the next refresh makes the warehouse anew from it, "
    "as `make rebuild` does at once. "
    "Should it happen again, look for a failing disk"
)
WRITTEN_BY_OTHERS = WarehouseDamagedError(
    "the warehouse is damaged or was written by another program (private/warehouse.duckdb isn't as "
    "it was left), so what stands in it can't be believed. Nothing delivered is lost, it lies in "
    "private/raw: the next refresh makes the warehouse anew from it, as `make rebuild` does at "
    "once. A copied workspace is told so once. Should it happen again, look for a failing disk, or "
    "for who writes there"
)
_AFTERWARDS = (
    "Refresh again when it is: what was committed stays, and the publication that stands is whole"
)
STORAGE_GONE = StorageError(
    "Dagster's storage can't be read or written any more: is the PostgreSQL up that is named in "
    f"the environment, and may its user write there? {_AFTERWARDS}"
)
STORAGE_FILES_GONE = StorageError(
    "Dagster's storage can't be read or written any more: is private/dagster as it was written, is "
    "there room on its disk, and may files grow as large as they must (`ulimit -f`)? "
    f"{_AFTERWARDS}"
)

_NUMBERS = {
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT: DISK_FULL,
    errno.EFBIG: DISK_FULL,
    errno.ENOMEM: MEMORY_SHORT,
    errno.EROFS: READ_ONLY,
    errno.EACCES: NOT_ALLOWED,
    errno.EPERM: NOT_ALLOWED,
}
_WORDS = (
    ("No space left on device", DISK_FULL),
    ("Disk quota exceeded", DISK_FULL),
    ("File too large", DISK_FULL),
    ("we can only read storage versions between", TOO_NEW),
    ("with a newer version of DuckDB", TOO_NEW),
    ("Could not set lock on file", LOCKED),
    ("Read-only file system", READ_ONLY),
    ("Permission denied", NOT_ALLOWED),
    ("Out of Memory Error", MEMORY_SHORT),
    ("Corrupt database file", DAMAGED),
    ("not a valid DuckDB database file", DAMAGED),
    ("Could not read enough bytes from file", DAMAGED),
    ("Failed to load metadata pointer", DAMAGED),
    ("Serialization Error", DAMAGED),
)
_DATABASES = ("_duckdb", "duckdb")
_STORAGE = "sqlalchemy"
"""Nothing but Dagster's storage is reached by it."""
_SQLITE = {
    "SQLITE_FULL": DISK_FULL,
    "SQLITE_IOERR_SHMSIZE": DISK_FULL,  # no room for the file that its readers share
    "SQLITE_READONLY": READ_ONLY,
}


def in_own_words(error: BaseException) -> MachineError | None:
    """The error to tell in the place of a library's; None where it isn't one of these.

    Words are believed of the database alone: what others say may quote the data.
    """
    if isinstance(error, MemoryError):
        return MEMORY_SHORT
    if isinstance(error, OSError) and error.errno in _NUMBERS:
        return _NUMBERS[error.errno]
    library = type(error).__module__.partition(".")[0]
    if library in _DATABASES:
        said = str(error)
        if "AWS Error" in said:
            return store_failed(said)
        return next((told for words, told in _WORDS if words in said), None)
    if library == _STORAGE and (orig := getattr(error, "orig", None)) is not None:
        is_file = isinstance(orig, sqlite3.Error)
        gone = STORAGE_FILES_GONE if is_file else STORAGE_GONE
        return _SQLITE.get(getattr(orig, "sqlite_errorname", ""), gone)
    return None
