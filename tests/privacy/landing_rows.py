"""Changing the rows of landing files, whatever their format, before a workspace takes them in."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import polars as pl

Row = dict[str, str | None]
Change = Callable[[str, Row], Row | None]


def change_rows(landing: Path, change: Change) -> None:
    """Apply a change to every row of every file; None takes the row out."""
    for path in sorted(landing.glob("*/*")):
        source = path.parent.name
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
            kept = [row for each in frame.to_dicts() if (row := change(source, each)) is not None]
            pl.DataFrame(kept, schema=frame.schema).write_parquet(path)
        else:
            is_packed = path.suffix == ".gz"
            content = gzip.decompress(path.read_bytes()) if is_packed else path.read_bytes()
            text = _changed(content.decode(), lambda row, name=source: change(name, row))
            path.write_bytes(gzip.compress(text.encode()) if is_packed else text.encode())


def _changed(text: str, change: Callable[[Row], Row | None]) -> str:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, list(reader.fieldnames or ()), lineterminator="\n")
    writer.writeheader()
    writer.writerows(kept for row in reader if (kept := change(dict(row))) is not None)
    return written.getvalue()


def renamed(new_names: dict[str, str]) -> Change:
    """A change that gives people other identifiers, wherever they are named."""
    columns = ("employee_id", "coach_id", "supervisor_id", "rater_id")

    def change(_: str, row: Row) -> Row:
        names = {name: new_names.get(row[name] or "", row[name]) for name in columns if name in row}
        return {**row, **names}

    return change


def without(identifiers: set[str]) -> Change:
    """A change that takes out the rows about people."""
    return lambda _, row: None if (row["employee_id"] or "").strip() in identifiers else row
