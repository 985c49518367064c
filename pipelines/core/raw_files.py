"""Files of raw, in the private folder or in an object store: the only place that knows which.

In a folder a file is written aside, made durable and renamed; in a store a put does all three.
DuckDB reads a folder's files by itself, and a store's through Arrow, both in pieces as a query
needs them.
"""

from __future__ import annotations

import io
import os
import shutil
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.core.object_store import PROTOCOL, ObjectPath, ObjectStore, for_duckdb, store_at
from pipelines.core.private_files import FILE_MODE, make_durable, write_private

if TYPE_CHECKING:
    import pyarrow as pa

RawPath = Path | ObjectPath
_FOLDER_MODE = 0o700
_AT_ONCE = 16
"""Objects that are asked for together: each takes its time, whatever its size."""


def raw_store(settings_file: Path) -> ObjectStore | None:
    """The store that a workspace's settings name; None where raw is in the private folder."""
    try:
        looked = settings_file.stat()
    except OSError:
        return None
    url = _url_in(settings_file, looked.st_mtime_ns, looked.st_size)
    return None if url is None else store_at(url)


@lru_cache(maxsize=64)
def _url_in(settings_file: Path, _changed_at: int, _size: int) -> str | None:
    """Settings that can't be read name no store: every command says so before it goes on."""
    try:
        section = tomllib.loads(settings_file.read_text(encoding="utf-8-sig")).get("raw")
    except (OSError, ValueError):
        return None
    url = section.get("url") if isinstance(section, dict) else None
    return url if isinstance(url, str) else None


def let_read(con: Any, settings_file: Path) -> None:
    """Let a connection read what lies in a workspace's store; it is asked when a query needs it."""
    store = raw_store(settings_file)
    if store is not None and not con.filesystem_is_registered(PROTOCOL):
        con.register_filesystem(for_duckdb(store))


def make_folder(folder: RawPath) -> None:
    """Make a folder of mode 0700; a store needs none."""
    if isinstance(folder, Path):
        folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)


def files_in(folder: RawPath, pattern: str = "*") -> list[RawPath]:
    """What lies right in a folder under such names, in their order; nothing where it isn't there.

    Of a folder on disk whatever lies there, folders among it.
    """
    found: list[RawPath] = list(folder.glob(pattern))
    return sorted(found, key=lambda path: path.name)


def write_whole(path: RawPath, content: bytes) -> None:
    """Write a file so that after a crash it is there in full or as it was."""
    if isinstance(path, Path):
        write_private(path, content)
    else:
        path.write_bytes(content)


def write_rows(path: RawPath, table: pa.Table, **options: Any) -> None:
    """Write rows as a Parquet file, as a whole and for good."""
    import pyarrow.parquet as pq

    if isinstance(path, ObjectPath):
        packed = io.BytesIO()
        pq.write_table(table, packed, **options)
        path.write_bytes(packed.getvalue())
        return
    unfinished = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        pq.write_table(table, file, **options)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    make_durable(path.parent)


def for_arrow(path: RawPath) -> Any:
    """A file as `pyarrow.parquet` reads it: a folder's by its name, a store's by its content."""
    if isinstance(path, Path):
        return path
    import pyarrow as pa

    return pa.BufferReader(path.read_bytes())


def read_rows(path: RawPath) -> pa.Table:
    """Every row and column of a Parquet file."""
    import pyarrow.parquet as pq

    return pq.read_table(for_arrow(path))


def read_each(paths: Sequence[RawPath]) -> list[bytes | None]:
    """The contents of files; None for one that can't be read."""
    if not paths or isinstance(paths[0], Path):
        return [_content(path) for path in paths]
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        return list(pool.map(_content, paths))


def _content(path: RawPath) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def move(path: RawPath, target: RawPath) -> None:
    """Give a file another name in the same folder or store, for good."""
    if isinstance(path, Path) and isinstance(target, Path):
        path.rename(target)
        for changed in (target.parent, path.parent):
            make_durable(changed)
    elif isinstance(path, ObjectPath) and isinstance(target, ObjectPath):
        path.rename(target)
    else:
        raise TypeError(f"{path.name} can't be moved out of its store")


def settle(folder: RawPath) -> None:
    """See to it that names that are new or gone outlast a loss of power."""
    if isinstance(folder, Path):
        make_durable(folder)


def bring(path: Path, target: RawPath) -> None:
    """Put a file that lies beside raw in its place there."""
    make_folder(target.parent)
    if isinstance(target, Path):
        path.replace(target)
    else:
        target.write_bytes(path.read_bytes())
        path.unlink()


def forget_folder(folder: Path) -> None:
    """Delete what is left of a folder whose files lie in a store now."""
    shutil.rmtree(folder, ignore_errors=True)
