"""The ledger: every file ever seen, every rejected value, and the tables they are kept in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipelines.contracts import casts
from pipelines.contracts.model import Source, load_contracts
from pipelines.warehouse import Connection, fetch, fetch_value

LOADED, REFUSED = "loaded", "refused"

_FILE_TABLE = """
create table if not exists ledger.file (
    file_id integer primary key,
    source varchar not null,
    file varchar not null,
    sha256 varchar,
    status varchar not null,
    reason varchar,
    public_reason varchar,
    copy_of integer,
    unknown_columns varchar,
    n_rows bigint,
    n_accepted bigint,
    n_quarantined bigint,
    n_superseded bigint,
    first_seen_at timestamptz not null,
    loaded_at timestamptz,
    is_in_landing boolean not null,
    mapping varchar,
    is_return boolean
)
"""
_ADDED_LATER = ("mapping varchar", "is_return boolean")
"""For warehouses of earlier versions. ``mapping`` has the fingerprint of the mapping under which
the file was last read, NULL where none was declared; ``is_return`` says that it is a quarantine
file that came back."""

_REJECTED_CELL_TABLE = """
create table if not exists ledger.rejected_cell (
    file_id integer not null,
    source varchar not null,
    line_number bigint not null,
    rule varchar not null,
    column_name varchar,
    value varchar,
    expected varchar not null
)
"""

_INGESTED_FILE_VIEW = """
create or replace view quality.ingested_file as
select
    source, file, sha256, status, public_reason as reason, n_rows, n_accepted, n_quarantined,
    n_superseded, first_seen_at, is_in_landing, unknown_columns
from ledger.file
order by file_id
"""

_QUARANTINE_SUMMARY_VIEW = """
create or replace view quality.quarantine_summary as
select
    file.source,
    file.file,
    cell.rule,
    cell.column_name,
    count(distinct cell.line_number) as n_rows
from ledger.rejected_cell as cell
inner join ledger.file as file on file.file_id = cell.file_id
where file.status = 'loaded'
group by file.source, file.file, cell.file_id, cell.rule, cell.column_name
order by file.source, cell.file_id, cell.rule, cell.column_name
"""


@dataclass(frozen=True)
class LedgerFile:
    """What the ledger says about one file with one content."""

    file_id: int
    file: str
    sha256: str | None
    status: str
    first_seen_at: dt.datetime
    n_rows: int | None
    copy_of: int | None
    mapping: str | None


@dataclass(frozen=True)
class FileEntry:
    """A new line of the ledger; counts are None where a file couldn't even be read.

    ``public_reason`` says the same as ``reason`` without any delivered value, because it is
    published with the quality tables.
    """

    file_id: int
    source: str
    file: str
    sha256: str | None
    status: str
    first_seen_at: dt.datetime
    reason: str | None = None
    public_reason: str | None = None
    copy_of: int | None = None
    unknown_columns: str | None = None
    n_rows: int | None = None
    n_accepted: int | None = None
    n_quarantined: int | None = None
    n_superseded: int | None = None
    loaded_at: dt.datetime | None = None
    is_in_landing: bool = True
    mapping: str | None = None
    is_return: bool = False


def create_raw_tables(con: Connection) -> None:
    """Make the ledger and one raw table per source, where they aren't there yet.

    A row of ``raw.<source>`` has every canonical column as text, the other columns as a JSON
    object in ``extra``, and where it came from. Where a declared mapping translated values,
    ``delivered`` has them as they came. ``is_quarantined`` rows broke a rule; those whose values
    couldn't be told apart have no values here, their text is in the ledger. ``is_tombstone``
    rows have a key only: what stands under it is deleted.
    """
    for source in load_contracts().sources:
        columns = ", ".join(f"{name} varchar" for name in source.column_names)
        con.execute(
            f"create table if not exists raw.{source.name} (file_id integer, line_number bigint, "
            f"{columns}, extra varchar, is_quarantined boolean not null default false, "
            "delivered varchar, is_tombstone boolean default false)"
        )
        for column in ("delivered varchar", "is_tombstone boolean default false"):
            con.execute(f"alter table raw.{source.name} add column if not exists {column}")
    con.execute(_FILE_TABLE)
    for column in _ADDED_LATER:
        con.execute(f"alter table ledger.file add column if not exists {column}")
    con.execute(_REJECTED_CELL_TABLE)
    con.execute(_INGESTED_FILE_VIEW)
    con.execute(_QUARANTINE_SUMMARY_VIEW)


def latest_by_name(con: Connection, source: Source) -> dict[str, LedgerFile]:
    """The newest ledger line of every file name of a source."""
    return {line.file: line for line in _lines(con, source, "")}


def loaded_by_content(con: Connection, source: Source) -> dict[str, LedgerFile]:
    """The loaded file of every content (SHA-256) of a source, copies left aside."""
    lines = _lines(con, source, "and status = 'loaded' and copy_of is null")
    return {line.sha256: line for line in lines if line.sha256 is not None}


def returned_since(con: Connection, source: Source, moment: dt.datetime) -> list[LedgerFile]:
    """The quarantine files that came back and were loaded at or after a moment, oldest first."""
    returned = "and status = 'loaded' and copy_of is null and is_return"
    return [line for line in _lines(con, source, returned) if line.first_seen_at >= moment]


def line_of(con: Connection, source: Source, file_id: int) -> LedgerFile:
    """The ledger line of a file's number."""
    return _lines(con, source, f"and file_id = {file_id}")[0]


def _lines(con: Connection, source: Source, condition: str) -> list[LedgerFile]:
    rows = fetch(
        con,
        "select file_id, file, sha256, status, first_seen_at, n_rows, copy_of, mapping "
        f"from ledger.file where source = ? {condition} order by file_id",
        [source.name],
    )
    return [LedgerFile(*row) for row in rows.iter_rows()]


def next_file_id(con: Connection) -> int:
    """A number larger than that of any file before."""
    return int(fetch_value(con, "select coalesce(max(file_id), 0) + 1 from ledger.file"))


def enter(con: Connection, entry: FileEntry, *, instead_of: LedgerFile | None = None) -> None:
    """Write a line of the ledger, in place of the file's refused line if it had one."""
    if instead_of is not None:
        con.execute("delete from ledger.rejected_cell where file_id = ?", [instead_of.file_id])
        con.execute("delete from ledger.file where file_id = ?", [instead_of.file_id])
    names = list(FileEntry.__dataclass_fields__)
    con.execute(
        f"insert into ledger.file ({', '.join(names)}) values ({', '.join('?' * len(names))})",
        [getattr(entry, name) for name in names],
    )


def keep_rejected(con: Connection, source: Source, file_id: int) -> None:
    """Copy the temporary table ``rejected`` into the ledger."""
    con.execute(
        "insert into ledger.rejected_cell select ?, ?, line_number, rule, column_name, value, "
        "expected from rejected",
        [file_id, source.name],
    )


def forget_rows(con: Connection, source: Source, file_id: int) -> None:
    """Take the rows and rejected values of a file out, before it is read anew."""
    con.execute(f"delete from raw.{source.name} where file_id = ?", [file_id])
    con.execute("delete from ledger.rejected_cell where file_id = ?", [file_id])


def change(con: Connection, file_id: int, **values: object) -> None:
    """Set columns of a ledger line."""
    assignments = ", ".join(f"{name} = ?" for name in values)
    con.execute(
        f"update ledger.file set {assignments} where file_id = ?", [*values.values(), file_id]
    )


def note_presence(con: Connection, source: Source, present: list[int]) -> None:
    """Note which of the source's files lie in the landing folder now."""
    con.execute(
        "update ledger.file set is_in_landing = list_contains(?::integer[], file_id) "
        "where source = ? and is_in_landing <> list_contains(?::integer[], file_id)",
        [present, source.name, present],
    )


def count_replaced(con: Connection, source: Source, file_id: int) -> int:
    """Move rows of earlier files from accepted to superseded where the file has their key.

    Returns how many. Only rows that stood until now are counted: the newest of their key among
    the earlier files.
    """
    key = ", ".join(source.key)
    typed_key = _typed_key(source)
    replaced = fetch(
        con,
        f"""
        with keyed as (
            select file_id, line_number, {typed_key}
            from raw.{source.name}
            where not is_quarantined
        ),
        arrived as (select distinct {key} from keyed where file_id = {file_id}),
        stood as (
            select keyed.file_id
            from keyed
            inner join arrived using ({key})
            where keyed.file_id < {file_id}
            qualify row_number() over (
                partition by {key} order by keyed.file_id desc, keyed.line_number desc
            ) = 1
        )
        select file_id, count(*) as n_rows from stood group by file_id
        """,
    )
    for earlier, n_rows in replaced.iter_rows():
        con.execute(
            "update ledger.file set n_accepted = n_accepted - ?, n_superseded = n_superseded + ? "
            "where file_id = ?",
            [n_rows, n_rows, earlier],
        )
    return int(replaced.get_column("n_rows").sum())


def recount(con: Connection, source: Source) -> None:
    """Count anew which rows of all loaded files stand: after one was read again in its place."""
    key = ", ".join(source.key)
    con.execute(
        f"""
        update ledger.file
        set n_accepted = counted.n_standing,
            n_superseded = n_rows - n_quarantined - counted.n_standing
        from (
            with keyed as (
                select file_id, line_number, {_typed_key(source)}
                from raw.{source.name}
                where not is_quarantined
            ),
            newest as (
                select file_id
                from keyed
                qualify row_number() over (
                    partition by {key} order by file_id desc, line_number desc
                ) = 1
            )
            select file.file_id, count(newest.file_id) as n_standing
            from ledger.file as file
            left join newest on newest.file_id = file.file_id
            where file.source = ? and file.status = 'loaded' and file.copy_of is null
            group by file.file_id
        ) as counted
        where ledger.file.file_id = counted.file_id
        """,
        [source.name],
    )


def _typed_key(source: Source) -> str:
    return ", ".join(
        f"{casts.cast(source.column(name), casts.clean(name))} as {name}" for name in source.key
    )
