"""What lies in ``raw/.orphans``: erased people and records past their age go out of it as well.

No ledger line names these files, so nothing is counted of them; but they are rows as delivered, and
whatever removes a person or an old record has to reach them. A file that can't be looked through is
removed: nobody can say that it has nobody in it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator

import pyarrow as pa

from pipelines.contracts.sources import Source
from pipelines.core.raw_files import RawPath, read_rows, write_rows, write_whole
from pipelines.erasure.raw_store import names_erased, without_people
from pipelines.ingest.load.line_names import LINE, REJECTED
from pipelines.ingest.load.raw_store import ORPHANS
from pipelines.personal_data.erased_people import Erased

Unreadable = (OSError, ValueError, KeyError, pa.ArrowException)


def erase_from_orphans(raw: RawPath, source: Source, erased: Erased) -> None:
    """Take erased people out of whatever was set aside of a source; ``raw`` is all sources'."""
    for path in _files(raw, source):
        try:
            if path.name.endswith(REJECTED):
                _without_values(path, erased)
            elif path.name.endswith(LINE):
                _without_reason(path)
            elif path.suffix == ".parquet":
                table = read_rows(path)
                kept = without_people(table, source, erased)
                if kept is not None:
                    _rewrite(path, kept)
            else:
                path.unlink()
        except Unreadable:
            path.unlink(missing_ok=True)


def age_orphans(
    raw: RawPath, source: Source, day: dt.date, keep: Callable[[pa.Table, dt.date], pa.Table | None]
) -> None:
    """Take records past their age out of what was set aside of a source.

    ``keep`` gets the rows and the day on which the file was written, and returns those that stay,
    None for all of them as they are. What isn't rows goes with its own age.
    """
    for path in _files(raw, source):
        written = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).date()
        if path.suffix != ".parquet" or path.name.endswith(REJECTED):
            if written < day:
                path.unlink()
            continue
        try:
            table = read_rows(path)
            kept = keep(table, written)
        except Unreadable:
            path.unlink()
            continue
        if kept is not None:
            _rewrite(path, kept)


def _files(raw: RawPath, source: Source) -> Iterator[RawPath]:
    folder = raw / ORPHANS / source.name
    yield from sorted(path for path in folder.rglob("*") if path.is_file())


def _rewrite(path: RawPath, table: pa.Table) -> None:
    if not table.num_rows:
        path.unlink()
        return
    write_rows(path, table, compression="zstd", write_statistics=False)


def _without_values(path: RawPath, erased: Erased) -> None:
    """Rejected values without those that name an erased person."""
    table = read_rows(path)
    values = table["value"].to_pylist()
    kept = [
        None if value is not None and names_erased(erased, value) else value for value in values
    ]
    if kept != values:
        place = table.column_names.index("value")
        _rewrite(path, table.set_column(place, "value", pa.array(kept, pa.string())))


def _without_reason(path: RawPath) -> None:
    """A line whose reason has no delivered value in it."""
    line = json.loads(path.read_bytes())
    line["reason"] = line["public_reason"]
    write_whole(path, (json.dumps(line, indent=1, sort_keys=True) + "\n").encode())
