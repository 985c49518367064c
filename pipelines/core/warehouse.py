"""The only module that opens DuckDB: connections, transactions, models, frames."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.core.engine_limits import kept_to
from pipelines.core.expected_errors import DAMAGED, LOCKED, PUBLISHED_UNREADABLE, in_own_words
from pipelines.core.own_writes import our_writing
from pipelines.core.queries import read_query, statement
from pipelines.core.raw_files import let_read
from pipelines.core.schema_version import bring_up_to_date, found_version, refuse_newer
from pipelines.core.sql_text import Expression, identifier, literal, value
from pipelines.core.workspace import SETTINGS, Workspace

Connection = duckdb.DuckDBPyConnection
Relation = duckdb.DuckDBPyRelation
DatabaseError = duckdb.Error

SCHEMAS = (
    "raw",
    "ledger",
    "staging",
    "marts",
    "outcomes",
    "quality",
    "meta",
    "release",
    "disclosure",
)
"""Every schema of the warehouse: `ledger` has the private details behind `quality`, `release` what
disclosure control lets out of `outcomes`, `disclosure` which cut stands."""


BLOCK_BYTES = 65_536
"""Of a new file. A table fills whole blocks, and most of ours are small: in DuckDB's own, four
times as large, a small centre's warehouse is nearly all padding, and a large one no smaller.
"""
OPTIONS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "default_block_size": str(BLOCK_BYTES),
}
"""With which every DuckDB is started, beside the limits of this machine."""


@contextmanager
def open_warehouse(
    path: Path, *, read_only: bool = False, time_zone: str = "UTC"
) -> Iterator[Connection]:
    """Open a DuckDB file and close it again; a writable one has every schema created.

    ``time_zone`` is where times with an offset are read as local time.
    Extensions are neither fetched nor loaded by themselves: what isn't in the wheel isn't used.
    Memory, threads and the place for what doesn't fit are those of `engine_limits.keep_to`.
    Raises a `MachineError` where the file is damaged, locked, newer than this code or can't be
    written, or the disk is full.
    """
    try:
        with (
            nullcontext() if read_only else our_writing(path),
            _connected(path, read_only=read_only, time_zone=time_zone) as con,
        ):
            yield con
    except duckdb.Error as error:
        told = in_own_words(error)
        if told is None:
            raise
        raise told from error


@contextmanager
def _connected(path: Path, *, read_only: bool, time_zone: str) -> Iterator[Connection]:
    con = duckdb.connect(
        str(path),
        read_only=read_only,
        config={**OPTIONS, **kept_to().options()},
    )
    try:
        is_file = path.is_file()  # one in memory has nowhere to spill
        if is_file and (memory := kept_to().memory_beside(path.stat().st_size)):
            con.execute(f"set memory_limit = {literal(memory)}")
        let_read(con, path.parent.parent / SETTINGS)
        is_written = is_file and not read_only
        is_ready = is_written and _open[path] > 0
        _make_ready(con, read_only=read_only, time_zone=time_zone, is_ready=is_ready)
        with _noted_open(path) if is_written else nullcontext():
            yield con
    finally:
        con.close()


_open: Counter[Path] = Counter()
"""How often this process has each file open for writing: nobody else can write it meanwhile."""


@contextmanager
def _noted_open(file: Path) -> Iterator[None]:
    _open[file] += 1
    try:
        yield
    finally:
        _open[file] -= 1


def _make_ready(
    con: Connection, *, read_only: bool, time_zone: str, is_ready: bool = False
) -> None:
    """Set what every session of a warehouse has set; bring one that may be written up to date.

    ``is_ready``: it is open for writing already, so that it has every schema and the layout.
    """
    con.execute(f"set timezone = {literal(time_zone)}")
    con.execute("set preserve_insertion_order = true")
    if read_only:
        refuse_newer(found_version(con))
    elif not is_ready:
        for schema in SCHEMAS:
            con.execute(statement("warehouse/make_schema", schema=schema))
        bring_up_to_date(con)


@contextmanager
def open_sandbox(*, memory_limit: str, time_zone: str) -> Iterator[Connection]:
    """Open a DuckDB in memory that reaches neither files nor the network, and closes for good.

    For queries that somebody else wrote: what they may read is registered by the caller. They run
    beside the loading of the file before, and a second thread costs more than it hastens.
    """
    con = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "enable_external_access": "false",
            "memory_limit": memory_limit,
            "temp_directory": "",
            "threads": "1",
        },
    )
    try:
        con.execute(f"set timezone = {literal(time_zone)}")
        con.execute("set python_enable_replacements = false")
        con.execute("set preserve_insertion_order = false")
        con.execute("set lock_configuration = true")
        yield con
    finally:
        con.close()


@contextmanager
def transaction(con: Connection) -> Iterator[None]:
    """Commit everything in the block, or nothing."""
    con.execute("begin transaction")
    try:
        yield
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")


def fetch(con: Connection, query: str, parameters: Any = None) -> pl.DataFrame:
    """The result of a query as a Polars frame."""
    frame: pl.DataFrame = con.sql(query, params=parameters).pl()
    return frame


def fetch_query(con: Connection, name: str, parameters: Any = None) -> pl.DataFrame:
    """The result of ``sql/analysis/<name>.sql``, whose parameters (``$as_of``) come by name."""
    return fetch(con, read_query(name), parameters)


def read_table(con: Connection, table: str) -> pl.DataFrame:
    """Every row and column of ``schema.table``."""
    return fetch(con, statement("warehouse/every_row", table=table))


def count_rows(con: Connection, table: str) -> int:
    """How many rows ``schema.table`` has."""
    return int(fetch_value(con, statement("warehouse/n_rows", table=table)))


def fingerprint_rows(con: Connection, table: str, columns: Iterable[str] = ()) -> str:
    """A fingerprint of the rows of ``schema.table``: the same for the same, in whatever order.

    Of some columns, where they are named.
    """
    told = [*columns] or Expression("*")
    query = statement("warehouse/fingerprint", columns=told, table=table)
    n_rows, total = con.execute(query).fetchall()[0]
    return f"{n_rows}-{total}"


def engine_version() -> str:
    """The version of DuckDB: another one may take other fingerprints of equal rows."""
    return str(duckdb.__version__)


def fetch_value(con: Connection, query: str, parameters: Any = None) -> Any:
    """The single value of a query that returns one row with one column."""
    rows = con.execute(query, parameters).fetchall()
    if len(rows) != 1 or len(rows[0]) != 1:
        raise ValueError(f"expected one value, got {len(rows)} rows: {query}")
    return rows[0][0]


def time_zone(con: Connection) -> str:
    """Where times with an offset are read as local time."""
    return str(fetch_value(con, statement("warehouse/time_zone")))


def latest_date(
    con: Connection, table: str, column: str, *, until: dt.date | None = None
) -> dt.date | None:
    """The latest day of a column of dates or moments, not after ``until``; None without any."""
    query = statement("warehouse/latest_day", column=[column], table=table)
    found: dt.date | None = fetch_value(con, query, {"until": until})
    return found


def write(con: Connection, table: str, frame: pl.DataFrame) -> None:
    """Replace ``schema.table`` by a frame, with the frame's column names and types."""
    rows = Expression(statement("warehouse/every_row", table=_FRAME))
    _execute_with(con, frame, statement("warehouse/make_table", table=table, rows=rows))


def append(con: Connection, table: str, frame: pl.DataFrame) -> None:
    """Append a frame to an existing table, matching columns by name."""
    _execute_with(con, frame, statement("warehouse/append", table=table))


_FRAME = "_frame_to_write"


def _execute_with(con: Connection, frame: pl.DataFrame, statement: str) -> None:
    """Execute a statement that reads a frame under the name `_FRAME`."""
    con.register(_FRAME, frame.to_arrow())
    try:
        con.execute(statement)
    finally:
        con.unregister(_FRAME)


def make_table(con: Connection, table: str, query: str) -> None:
    """Replace ``schema.table`` by the result of a query."""
    con.execute(statement("warehouse/make_table", table=table, rows=Expression(query)))


def build_model(con: Connection, table: str, sql_file: Path) -> int:
    """Replace ``schema.table`` by the query in a ``.sql`` file; returns its number of rows."""
    query = sql_file.read_text(encoding="utf-8").strip().rstrip(";")
    make_table(con, table, query)
    return count_rows(con, table)


def save_parquet(con: Connection, table: str, file: Path) -> None:
    """Write ``schema.table`` into one Parquet file."""
    con.execute(statement("warehouse/save_parquet", table=table, file=value(file)))


def load_parquet(con: Connection, table: str, folder: Path) -> int:
    """Replace ``schema.table`` by the Parquet files of a folder; returns its number of rows."""
    files = value(folder / "*.parquet")
    make_table(con, table, statement("warehouse/parquet_files", files=files))
    return count_rows(con, table)


def export_tables(
    con: Connection,
    target: Path,
    queries: Mapping[str, str],
    comments: Mapping[str, Sequence[str]],
    macros: Sequence[str] = (),
    begun_with: Path | None = None,
) -> dict[str, int]:
    """Write ``schema.table`` -> query results into another DuckDB file, readable from 1.2 on.

    Returns the numbers of rows of all its tables. ``comments`` are ``COMMENT ON`` statements, by
    the table that they name, ``macros`` statements that create or replace one. The file begins as
    a copy of ``begun_with``, which has none of these tables: what takes a table's place in a file
    would leave its rows in the file's blocks. It is checkpointed and closed when this returns, so
    that no write-ahead log stands beside it.
    """
    home = fetch_value(con, statement("warehouse/home"))
    target.unlink(missing_ok=True)
    if begun_with is not None:
        shutil.copyfile(begun_with, target)
    con.execute(f"attach {literal(target)} as published (storage_version 'v1.2.0')")
    try:
        for schema in sorted({table.split(".")[0] for table in queries}):
            con.execute(statement("warehouse/make_schema", schema=f"published.{schema}"))
        for table, query in queries.items():
            name, rows = f"published.{table}", Expression(query)
            con.execute(statement("warehouse/export_table", table=name, rows=rows))
        con.execute("use published")
        for comment in (each for table in queries for each in comments[table]):
            con.execute(comment)
        for macro in macros:
            con.execute(macro)
        con.execute("checkpoint published")
        return {table: count_rows(con, table) for table in tables_with_columns(con)}
    finally:
        con.execute(f"use {identifier(home)}")
        con.execute("detach published")


def read_published(con: Connection, file: Path, table: str) -> pl.DataFrame | None:
    """One table of another DuckDB file, opened read-only; None where there is no such file."""
    if not file.exists():
        return None
    with _attached(con, file):
        return read_table(con, f"standing.{table}")


@contextmanager
def _attached(con: Connection, file: Path) -> Iterator[None]:
    """Attach another DuckDB file as ``standing``, whatever else has it open.

    A program that opened it for writing holds a lock on it: then a copy is read in its place.
    Raises `PublishedUnreadableError` where it is no whole file.
    """
    copy = Workspace(file.parents[1]).published_copy
    try:
        try:
            con.execute(f"attach {literal(file)} as standing (read_only)")
        except duckdb.Error as error:
            if in_own_words(error) is not LOCKED:
                raise
            shutil.copyfile(file, copy)
            con.execute(f"attach {literal(copy)} as standing (read_only)")
        try:
            yield
        finally:
            con.execute("detach standing")
    except duckdb.Error as error:
        if in_own_words(error) is not DAMAGED:
            raise
        raise PUBLISHED_UNREADABLE from error
    finally:
        copy.unlink(missing_ok=True)


def has_table(con: Connection, table: str) -> bool:
    """Whether the open file has this table (``schema.table``)."""
    return bool(con.execute(statement("warehouse/has_table"), {"table_name": table}).fetchall())


def tables_with_columns(con: Connection) -> dict[str, dict[str, str]]:
    """The columns and their types of every table (not view) of the open file."""
    rows = con.execute(statement("warehouse/columns")).fetchall()
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        tables.setdefault(table, {})[column] = kind
    return tables
