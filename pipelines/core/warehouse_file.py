"""The warehouse's file as a whole: a closed one comes in, one without its free blocks goes out."""

from __future__ import annotations

from pathlib import Path

from pipelines.core.own_writes import our_writing
from pipelines.core.private_files import FILE_MODE, make_durable
from pipelines.core.queries import statement
from pipelines.core.sql_text import literal
from pipelines.core.warehouse import fetch_value, open_warehouse

FREE_PER_USED = 0.5
"""A file with more free blocks than this, by those in use, is written anew."""


def rewrite(path: Path, unfinished: Path) -> None:
    """Write a closed DuckDB file anew, so that nothing of its deleted rows is left in it.

    Deleted rows stay in the blocks of a file until others take their place. The copy is made
    beside the file and takes its place in one step; what a crash left of a copy is removed first.
    """
    with our_writing(path):
        for left in (unfinished, log_of(unfinished)):
            left.unlink(missing_ok=True)
        with open_warehouse(path) as con:
            con.execute("checkpoint")
        with open_warehouse(Path(":memory:")) as con:
            con.execute(f"attach {literal(path)} as worn (read_only)")
            con.execute(f"attach {literal(unfinished)} as fresh")
            con.execute(statement("warehouse/copy_file"))
            con.execute("checkpoint fresh")
            con.execute("detach fresh")
            con.execute("detach worn")
        take_its_place(unfinished, path)


def rewrite_worn(path: Path, unfinished: Path) -> bool:
    """Give a closed file's free blocks back, where they are many; whether they were.

    A night replaces most tables in one go, and the blocks of the old ones are only free behind it:
    the next such night would use them, and each file would stay at what its largest night needed.
    """
    with open_warehouse(path, read_only=True) as con:
        asked = {"share": FREE_PER_USED}
        is_worn = bool(fetch_value(con, statement("warehouse/is_worn"), asked))
    if is_worn:
        rewrite(path, unfinished)
    return is_worn


def take_its_place(new: Path, old: Path) -> None:
    """Put a finished file into the place of another, with nothing left of that one's log."""
    new.chmod(FILE_MODE)
    make_durable(new)
    log_of(old).unlink(missing_ok=True)
    new.replace(old)
    make_durable(old.parent)


def log_of(path: Path) -> Path:
    """The write-ahead log that DuckDB keeps beside a file."""
    return path.with_name(f"{path.name}.wal")
