"""Looking for words in files, wherever a program may have put them and in whatever dress."""

from __future__ import annotations

import gzip
import html
import io
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote_to_bytes

from pipelines.core.warehouse import fetch, open_warehouse

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252")


def found_in(words: Iterable[str], *folders: Path) -> set[tuple[str, str]]:
    """Return the words that stand somewhere in the files below folders, each with its file."""
    needles = {word: {word.encode(code, "ignore") for code in ENCODINGS} for word in words}
    found = set()
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            content = b"\0".join(_readings(path))
            found |= {
                (word, path.relative_to(folder).as_posix())
                for word, forms in needles.items()
                if any(form in content for form in forms)
            }
    return found


def _readings(path: Path) -> Iterator[bytes]:
    """A file's bytes, and what they mean to the programs that read such files."""
    content = path.read_bytes()
    yield content
    if content.startswith(b"SQLite format 3"):
        yield from _of_sqlite(path)
    elif content[8:12] == b"DUCK":
        yield from _of_duckdb(path)
    else:
        yield from _unpacked(content)
        yield unquote_to_bytes(content)
        yield html.unescape(content.decode("utf-8", "replace")).encode()
        yield content.decode("raw_unicode_escape", "replace").encode("utf-8", "replace")


def _unpacked(content: bytes) -> Iterator[bytes]:
    if content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    elif content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            yield from (package.read(entry) for entry in package.namelist())
    elif content[:1] == b"\x78":
        try:
            yield zlib.decompress(content)
        except zlib.error:
            return


def _of_sqlite(path: Path) -> Iterator[bytes]:
    """Every row, so that text that runs over several pages is in one piece; with its log.

    Read from a copy: whoever looks must not touch what a killed process has left.
    """
    with TemporaryDirectory() as folder:
        for part in path.parent.glob(f"{path.name}*"):
            shutil.copy(part, folder)
        with closing(sqlite3.connect(Path(folder) / path.name)) as con:
            yield "\n".join(con.iterdump()).encode("utf-8", "replace")


def _of_duckdb(path: Path) -> Iterator[bytes]:
    """Every value of every table, whatever the compression, and every comment."""
    with open_warehouse(path, read_only=True) as con:
        tables = fetch(con, "select schema_name, table_name from duckdb_tables()").rows()
        for schema, table in tables:
            frame = fetch(con, f'select * from "{schema}"."{table}"')
            for column in frame.iter_columns():
                values = "\n".join({str(value) for value in column.unique().to_list()})
                yield values.encode()
        yield str(fetch(con, "select comment from duckdb_columns()").rows()).encode()
