"""Raw in an object store: its address comes in, paths that are asked as `pathlib.Path` is go out.

An object is there whole or not at all, so what is written needs no name aside. There are no
folders: one is there as long as something lies below it. Who may write there is in the
environment, as the store's own tools read it (`AWS_ACCESS_KEY_ID` and the like), never here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import PurePosixPath
from typing import Any

from pipelines.core.errors import RawStoreError

PROTOCOL = "raw"
"""Under which DuckDB reads from the store."""
_KEY = re.compile(r"://[^/]*@")
_CODE = re.compile(r"AWS Error ([A-Z_]+)")


@dataclass(frozen=True)
class ObjectStore:
    """Where raw lies: ``s3://bucket/prefix``, with ``endpoint_override`` and the like behind."""

    url: str

    @property
    def name(self) -> str:
        """The address without what is set behind it, and without a key that settings refuse."""
        return _KEY.sub("://", self.url.partition("?")[0].rstrip("/"))

    @property
    def root(self) -> ObjectPath:
        """The place below which everything lies."""
        return ObjectPath(self, self.name.partition("://")[2])

    @property
    def bucket(self) -> ObjectPath:
        """The bucket, which is nobody's to make here."""
        return ObjectPath(self, self.root.key.partition("/")[0])

    @cached_property
    def files(self) -> Any:
        """Arrow's file system of the store; reached for when it is first needed."""
        from pyarrow.fs import FileSystem

        sign = "&" if "?" in self.url else "?"
        with self.told():
            return FileSystem.from_uri(f"{self.url}{sign}allow_delayed_open=true")[0]

    @contextmanager
    def told(self) -> Iterator[None]:
        """Tell of a store that fails in our words; that something isn't there stays what it is."""
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise store_failed(str(error), self.name) from error


def store_failed(said: str, name: str = "the store") -> RawStoreError:
    """What to do about a store that can't be used; of its own words only the code is told."""
    code = _CODE.search(said)
    why = code[1].replace("_", " ").lower() if code else "it can't be used"
    return RawStoreError(
        f"raw is kept in {name}, and can't be read or written there ({why}). Is the store up, can "
        "it be reached from here, does the bucket exist, and may the key in the environment "
        "(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) read, write, list and delete? The address "
        "stands in settings.toml, [raw] url. Refresh again when it is: what was committed stays, "
        "and the last good publication is untouched"
    )


@dataclass(frozen=True)
class _Status:
    st_mtime: float
    st_size: int


@dataclass(frozen=True, order=True)
class ObjectPath:
    """One place in a store; it answers what is asked of a `Path` below raw."""

    store: ObjectStore
    key: str

    def __truediv__(self, name: str | PurePosixPath) -> ObjectPath:
        return ObjectPath(self.store, f"{self.key}/{name}")

    def __str__(self) -> str:
        """As DuckDB reads it."""
        return f"{PROTOCOL}://{self.key}"

    @property
    def name(self) -> str:
        """The last part."""
        return self.key.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """The ending with its dot."""
        return PurePosixPath(self.name).suffix

    @property
    def parent(self) -> ObjectPath:
        """The place above."""
        return ObjectPath(self.store, self.key.rpartition("/")[0])

    def relative_to(self, above: ObjectPath) -> PurePosixPath:
        """The path from a place above to this one."""
        return PurePosixPath(self.key).relative_to(above.key)

    def exists(self) -> bool:
        """Whether an object, or anything below it, is there."""
        return self._kind() != "NotFound"

    def is_file(self) -> bool:
        """Whether an object is there."""
        return self._kind() == "File"

    def is_dir(self) -> bool:
        """Whether anything is below it."""
        return self._kind() == "Directory"

    def stat(self) -> _Status:
        """When it was written (seconds since 1970), and its size."""
        with self.store.told():
            info = self.store.files.get_file_info(self.key)
        if info.type.name != "File":
            raise FileNotFoundError(self.name)
        return _Status(info.mtime.timestamp(), info.size)

    def glob(self, pattern: str) -> Iterator[ObjectPath]:
        """The objects right below it whose names are so."""
        yield from (
            path for path in self._below(recursive=False) if fnmatchcase(path.name, pattern)
        )

    def rglob(self, pattern: str) -> Iterator[ObjectPath]:
        """The objects anywhere below it whose names are so."""
        yield from (path for path in self._below(recursive=True) if fnmatchcase(path.name, pattern))

    def read_bytes(self) -> bytes:
        """All that it holds."""
        with (
            self.store.told(),
            self.store.files.open_input_stream(self.key, compression=None) as opened,
        ):
            content: bytes = opened.read()
            return content

    def write_bytes(self, content: bytes) -> None:
        """Write it as a whole; whoever reads meanwhile has what was there before."""
        with self.store.told():
            with self.store.files.open_output_stream(self.key, compression=None) as opened:
                opened.write(content)
            if self.store.files.get_file_info(self.key).size != len(content):
                raise OSError("not all of an object arrived")

    def unlink(self, *, missing_ok: bool = False) -> None:
        """Delete it."""
        try:
            with self.store.told():
                self.store.files.delete_file(self.key)
        except FileNotFoundError:
            if not missing_ok:
                raise

    def rename(self, target: ObjectPath) -> None:
        """Copy it there, then delete it here; between the two it is in both places."""
        with self.store.told():
            self.store.files.move(self.key, target.key)

    def keeps_versions(self) -> bool:
        """Whether the bucket keeps, or once kept, what is written over and deleted."""
        with (
            self.store.told(),
            self.store.files.open_input_stream(self.key, compression=None) as opened,
        ):
            return bool(opened.metadata().get("VersionId"))

    def _kind(self) -> str:
        with self.store.told():
            return str(self.store.files.get_file_info(self.key).type.name)

    def _below(self, *, recursive: bool) -> Iterator[ObjectPath]:
        from pyarrow.fs import FileSelector

        selector = FileSelector(self.key, allow_not_found=True, recursive=recursive)
        with self.store.told():
            found = self.store.files.get_file_info(selector)
        for info in found:
            if info.type.name == "File":
                yield ObjectPath(self.store, info.path)


@cache
def store_at(url: str) -> ObjectStore:
    """The store of an address, one for the whole process."""
    return ObjectStore(url)


def for_duckdb(store: ObjectStore) -> Any:
    """The store as a file system that DuckDB takes: it reads the parts of files that it needs."""
    from fsspec.implementations.arrow import ArrowFSWrapper
    from fsspec.spec import AbstractFileSystem

    class ReadByDuckdb(ArrowFSWrapper):  # type: ignore[misc]
        protocol = PROTOCOL
        root_marker = ""
        cachable = False

        def __init__(self) -> None:
            AbstractFileSystem.__init__(self)

        @property
        def fs(self) -> Any:
            return store.files

        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            return path.removeprefix(f"{PROTOCOL}://")

    return ReadByDuckdb()
