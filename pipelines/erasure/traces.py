"""Looking for a person in everything we keep and publish, by bytes and by values.

Bytes alone don't find what is compressed, and values alone don't find what was deleted but not
overwritten; so files are searched both ways.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.core.object_store import ObjectPath
from pipelines.core.queries import statement
from pipelines.core.raw_files import RawPath, for_arrow
from pipelines.core.sql_text import Expression, identifier
from pipelines.core.warehouse import Connection, open_warehouse, tables_with_columns
from pipelines.core.workspace import Workspace
from pipelines.personal_data.erased_people import bounded, is_unmistakable

_PACKED = (".parquet", ".duckdb")
MIN_BYTES = 6
"""A shorter text stands in any large file by chance; it is looked for among values only."""


@dataclass(frozen=True)
class Trace:
    """Where a person was found: a file, and the table and column within it."""

    file: str
    where: str
    n_found: int

    def describe(self) -> str:
        """Say it in words, without the person."""
        within = f" ({self.where})" if self.where else ""
        return f"{self.file}{within}: {self.n_found:,} times"


def find_traces(
    workspace: Workspace, needles: Sequence[str], neighbours: Sequence[str] = ()
) -> list[Trace]:
    """Everywhere outside ``landing/`` where one of the texts stands.

    ``needles`` are identifiers and pseudonyms. ``neighbours`` are identifiers of others; where
    one of them has a needle within it, that is no trace.
    """
    return [
        Trace(_told(path, workspace), where, n_found)
        for path in _files(workspace)
        for where, n_found in (*_in_values(path, needles), *_in_bytes(path, needles, neighbours))
        if n_found
    ]


def _files(workspace: Workspace) -> Iterator[RawPath]:
    for folder in (workspace.private, workspace.published, *workspace.unpublished):
        yield from sorted(path for path in folder.rglob("*") if path.is_file())
    if isinstance(workspace.raw, ObjectPath):
        yield from sorted(workspace.raw.rglob("*"))


def _told(path: RawPath, workspace: Workspace) -> str:
    """A file's place in the workspace; of an object as if raw were in the private folder."""
    if isinstance(path, Path):
        return path.relative_to(workspace.root).as_posix()
    private_raw = workspace.private_raw.relative_to(workspace.root)
    return (private_raw / path.relative_to(path.store.root)).as_posix()


def _in_bytes(
    path: RawPath, needles: Sequence[str], neighbours: Sequence[str]
) -> Iterator[tuple[str, int]]:
    """Hits in the bytes of the file and in its name, those within longer identifiers left aside.

    Compression cuts texts in pieces, so in packed files a needle that begins another's identifier
    may be a piece of that; there its values decide.
    """
    is_packed = path.suffix in _PACKED
    content = path.name.encode() + b"\n" + path.read_bytes()
    for needle in needles:
        if len(needle) < MIN_BYTES or not is_unmistakable(needle):
            continue
        for encoding in ("utf-8", "utf-16-le"):
            text = needle.encode(encoding)
            longer = [each.encode(encoding) for each in neighbours if needle in each]
            if longer and is_packed:
                continue
            yield (
                "",
                sum(not _is_within(content, hit, text, longer) for hit in _hits(content, text)),
            )


def _hits(content: bytes, text: bytes) -> Iterator[int]:
    start = content.find(text)
    while start >= 0:
        yield start
        start = content.find(text, start + 1)


def _is_within(content: bytes, hit: int, text: bytes, longer: Sequence[bytes]) -> bool:
    return any(
        content.startswith(other, hit - offset)
        for other in longer
        if other != text
        for offset in _hits(other, text)
        if hit >= offset
    )


def _in_values(path: RawPath, needles: Sequence[str]) -> Iterator[tuple[str, int]]:
    pattern = "|".join(_bounded(needle) for needle in needles)
    if path.suffix == ".parquet":
        yield from _in_parquet(path, pattern)
    elif not isinstance(path, Path):
        return
    elif path.suffix == ".duckdb":
        yield from _in_duckdb(path, needles, pattern)
    elif path.suffix == ".db":
        yield from _in_sqlite(path, needles)


def _bounded(needle: str) -> str:
    """A pattern for RE2, which knows no look-around."""
    return rf"(?:^|[^\pL\pN]){_escaped(needle)}(?:$|[^\pL\pN])"


def _escaped(text: str) -> str:
    return "".join(each if each.isalnum() else rf"\x{{{ord(each):x}}}" for each in text)


def _in_parquet(path: RawPath, pattern: str) -> Iterator[tuple[str, int]]:
    """The texts of each column, those among them that no row has any longer."""
    file = for_arrow(path)
    names = [field.name for field in pq.read_schema(file) if _is_text(field.type)]
    table = pq.read_table(file, columns=names, read_dictionary=names)
    for name in names:
        texts = pa.chunked_array([chunk.dictionary for chunk in table[name].chunks], pa.string())
        found = pc.sum(pc.match_substring_regex(texts, pattern)).as_py()
        yield name, int(found or 0)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_dictionary(kind))


def _in_duckdb(path: Path, needles: Sequence[str], pattern: str) -> Iterator[tuple[str, int]]:
    """Rows with a needle, by column; the pattern, slow to set up, only where a needle may be."""
    with open_warehouse(path, read_only=True) as con:
        for table, columns in tables_with_columns(con).items():
            texts = [name for name, kind in columns.items() if kind == "VARCHAR"]
            maybe = [f"({_contains(name, len(needles))})" for name in texts]
            for name, n_rows in zip(texts, _counts(con, table, maybe, needles), strict=True):
                if n_rows:
                    sure = f"regexp_matches({identifier(name)}, ?)"
                    yield f"{table}.{name}", _counts(con, table, [sure], [pattern])[0]


def _contains(name: str, n_needles: int) -> str:
    return " or ".join([f"contains({identifier(name)}, ?)"] * n_needles)


def _counts(
    con: Connection, table: str, conditions: Sequence[str], parameters: Sequence[str]
) -> tuple[int, ...]:
    """How many rows of a table meet each condition; all conditions have the same parameters."""
    if not conditions:
        return ()
    counted = ", ".join(f"count(*) filter ({condition})" for condition in conditions)
    query = statement("erasure/counts", counts=Expression(counted), table=table)
    found: tuple[int, ...] = con.execute(query, [*parameters] * len(conditions)).fetchall()[0]
    return found


def _in_sqlite(path: Path, needles: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Rows of Dagster's storage, whose text the bytes of the file may have in pieces."""
    pattern = re.compile("|".join(bounded(needle) for needle in needles))
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as con:
        yield "", sum(bool(pattern.search(line)) for line in con.iterdump())
