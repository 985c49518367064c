"""From a delivery's rows to one Parquet file; behind all files stands one view per source.

A delivery never changes once it is loaded, so its text needn't weigh on the database: writing it
column by column costs a fifth of inserting it. The ledger says which files count, in the same
transaction as their staged rows. Nothing of raw is deleted for not being known: what no line names
is set aside in ``.orphans``, where erasing people and the age of records reach it as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import count

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.contracts.sources import Source
from pipelines.core.errors import PipelineError
from pipelines.core.queries import ledger_statement, statement
from pipelines.core.raw_files import (
    RawPath,
    files_in,
    for_arrow,
    make_folder,
    move,
    settle,
    write_rows,
)
from pipelines.core.sql_text import Expression, identifier, listed, value
from pipelines.core.table_changes import drop_table
from pipelines.core.warehouse import Connection, has_table
from pipelines.ingest.load import source_notes
from pipelines.ingest.load.line_names import is_pack, names_beside

LINE_NUMBER = "line_number"
ORPHANS = ".orphans"
"""Where things lie that no ledger line names, beside the folders of the sources."""
EMPTY = "empty.parquet"
"""Has every column of the contract and no row: the view has columns before there is a delivery,
and those that were added to the contract after one."""


class RawFileMissingError(PipelineError):
    """What was delivered is no longer where the ledger says it is."""


def raw_schema(source: Source) -> pa.Schema:
    """The columns of ``raw.<source>``: where a row came from, its text, and what became of it."""
    return pa.schema(
        [
            ("file_id", pa.int32()),
            (LINE_NUMBER, pa.int64()),
            *((name, pa.string()) for name in source.column_names),
            ("extra", pa.string()),
            ("delivered", pa.string()),
            ("part", pa.string()),
            ("portion", pa.string()),
            ("is_quarantined", pa.bool_()),
            ("is_tombstone", pa.bool_()),
        ]
    )


def keep(folder: RawPath, file_id: int, table: pa.Table) -> str:
    """Write a delivery's rows as a whole and for good; returns the name for the ledger.

    A delivery that is read again gets another name: its earlier rows stay until the ledger has
    the new name.
    """
    name = next(
        name
        for name in (f"{file_id:06d}-{number}.parquet" for number in count(1))
        if not (folder / name).exists()
    )
    write_delivered(folder / name, table)
    return name


def write_delivered(path: RawPath, table: pa.Table) -> None:
    """Write rows as they were delivered, of one delivery or of several."""
    write_rows(
        path,
        table,
        compression="zstd",
        use_dictionary=[name for name in table.column_names if name != LINE_NUMBER],
        column_encoding={LINE_NUMBER: "DELTA_BINARY_PACKED"},
        write_statistics=False,
        write_page_checksum=True,
    )


def open_folder(con: Connection, source: Source, folder: RawPath) -> None:
    """Make the folder of a source and its view; set aside what no ledger line names.

    Raises `RawFileMissingError` where a file is gone that the ledger names.
    """
    for made in (folder.parent, folder):
        make_folder(made)
    _move_out_of_the_database(con, source, folder)
    if left := written_anew(con, source, folder):
        discard(folder, left)
    set_aside_unnamed(con, source, folder)
    named, there = named_files(con, source), {path.name for path in files_in(folder)}
    gone = sorted(name for name in named if name not in there)
    if gone:
        raise RawFileMissingError(
            f"{len(gone)} delivered file(s) of {source.name} are gone from {folder.name}/ in the "
            f"private raw folder, the first: {gone[0]}. Restore the folder from a backup "
            "(`make restore`); nothing was changed"
        )
    _write_empty(source, folder)
    show(con, source, folder)


def set_aside_unnamed(con: Connection, source: Source, folder: RawPath) -> list[str]:
    """Move what no ledger line names into `ORPHANS`; returns the names it has there.

    Nothing is deleted but unfinished writes of this program, which were never a whole file.
    """
    known = con.execute(ledger_statement("numbers"), {"source": source.name}).fetchall()
    numbers = [number for (number,) in known]
    beside = (name for number in numbers for name in names_beside(number))
    named = {EMPTY, *named_files(con, source), *beside}
    moved = []
    for path in files_in(folder):
        if path.name.startswith(".") and path.name.endswith(".tmp"):
            path.unlink()
        elif path.name not in named:
            moved.append(set_aside(path, folder.parent / ORPHANS / source.name))
    return moved


def set_aside(path: RawPath, folder: RawPath) -> str:
    """Move a file, under a name that is free; returns the name."""
    for made in (folder.parent, folder):
        make_folder(made)
    free = (path.name if number == 0 else f"{number}-{path.name}" for number in count())
    name = next(each for each in free if not (folder / each).exists())
    move(path, folder / name)
    return name


def written_anew(con: Connection, source: Source, folder: RawPath) -> list[str]:
    """The files in whose place the ledger names newer ones of the same deliveries.

    Those must be there: what is gone has no place to take.
    """
    there = {path.name for path in files_in(folder, "*-*.parquet")}
    lines = con.execute(ledger_statement("raw_files"), {"source": source.name})
    newest = {number: name for _, number, name in lines.fetchall() if name in there}
    packs = {name for name in there if is_pack(name)}
    singles = {name for name in there - packs if name[0].isdigit()}
    older = [name for name in sorted(singles) if _is_older(name, newest)]
    unnamed = sorted(packs - {*newest.values()})
    return older + [name for name in unnamed if numbers_in(folder / name) <= newest.keys()]


def _is_older(name: str, newest: Mapping[int, str]) -> bool:
    current = newest.get(int(name.partition("-")[0]), name)
    return is_pack(current) or _version(name) < _version(current)


def numbers_in(pack: RawPath) -> set[int]:
    """The deliveries that have rows in a pack."""
    column = pq.read_table(for_arrow(pack), columns=["file_id"])["file_id"]
    return set(column.unique().to_pylist())


def _version(name: str) -> int:
    """Which writing of its delivery a file is."""
    return int(name.removesuffix(".parquet").partition("-")[2])


def discard(folder: RawPath, names: Iterable[str]) -> None:
    """Delete files that were written anew under other names, once the ledger has those."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
    settle(folder)


def show(con: Connection, source: Source, folder: RawPath) -> None:
    """Let ``raw.<source>`` show every delivery that the ledger names, the withdrawn left out."""
    if not (folder / EMPTY).exists():  # nothing of this source was ever taken in
        open_folder(con, source, folder)
    loaded = named_files(con, source, with_withdrawn=False)
    paths = [folder / name for name in (EMPTY, *loaded)]
    fingerprint = hashlib.sha256(
        "\n".join([str(raw_schema(source)), *map(str, paths)]).encode()
    ).hexdigest()
    if source_notes.noted(con, "ledger.raw_view", source.name) == fingerprint:
        return
    rows = Expression(_rows_of(source, paths))
    con.execute(statement("loading/raw_view", raw=_view(source), rows=rows))
    source_notes.note(con, "ledger.raw_view", source.name, fingerprint)


def _rows_of(source: Source, paths: Sequence[RawPath]) -> str:
    """The query for the rows of files, the empty one first; in packs only those that count."""
    columns = raw_schema(source).names
    packs = [path for path in paths if is_pack(path.name)]
    singles = listed(path for path in paths if path not in packs)
    if not packs:
        return statement("loading/raw_rows", columns=columns, files=singles)
    return statement(
        "loading/raw_rows_with_packs",
        columns=columns,
        files=singles,
        packs=listed((paths[0], *packs)),
        source=value(source.name),
    )


def named_files(con: Connection, source: Source, *, with_withdrawn: bool = True) -> list[str]:
    """The raw files that the ledger names, in the order of their deliveries."""
    asked = {"source": source.name, "with_withdrawn": with_withdrawn}
    named = con.execute(ledger_statement("named_files"), asked)
    return [str(name) for (name,) in named.fetchall()]


def _write_empty(source: Source, folder: RawPath) -> None:
    path, schema = folder / EMPTY, raw_schema(source)
    if not path.exists() or not pq.read_schema(for_arrow(path)).equals(schema):
        write_rows(path, schema.empty_table())


def _move_out_of_the_database(con: Connection, source: Source, folder: RawPath) -> None:
    """Warehouses of earlier versions have the deliveries in a table: write them to files."""
    if not has_table(con, _view(source)):
        return
    held = con.table(_view(source)).columns
    columns = ", ".join(
        identifier(field.name)
        if field.name in held
        else f"{_absent(field)} as {identifier(field.name)}"
        for field in raw_schema(source)
    )
    deliveries = con.execute(statement("loading/deliveries_in", raw=_view(source))).fetchall()
    query = statement("loading/rows_of_delivery", columns=Expression(columns), raw=_view(source))
    for (file_id,) in deliveries:
        rows = con.sql(query, params={"file_id": file_id}).to_arrow_table()
        name = keep(folder, file_id, rows.cast(raw_schema(source)))
        noted = {"file_id": file_id, "raw_file": name}
        con.execute(ledger_statement("note_raw_file"), noted)
    drop_table(con, _view(source))


def _view(source: Source) -> str:
    return f"raw.{source.name}"


def _absent(field: pa.Field) -> str:
    """What a column has that earlier versions didn't know."""
    return "false" if pa.types.is_boolean(field.type) else "cast(null as varchar)"
