"""Raw held against its ledger lines: files come in, what is missing or damaged of them goes out.

Whoever backs up, erases or makes everything anew needs all of raw; a night that reads little of it
looks only whether each file is there and begins and ends as it should.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from pipelines.contracts.sources import load_contracts
from pipelines.core.errors import MachineError, PipelineError, WarehouseDamagedError
from pipelines.core.expected_errors import in_own_words
from pipelines.core.queries import ledger_statement
from pipelines.core.raw_files import RawPath, files_in, for_arrow, read_each
from pipelines.core.warehouse import Connection, DatabaseError, open_warehouse
from pipelines.ingest.load.line_names import LINE, names_beside, number_of

MOST_NAMED = 3
MISSING, UNREADABLE = "is missing", "can't be read as it was written"
_MAGIC = b"PAR1"


class RawDamagedError(PipelineError):
    """Files of raw are missing, or aren't what was written."""


def check_whole(raw: RawPath, warehouse: Path | None = None) -> None:
    """Raises `RawDamagedError` unless every row that a line or the ledger names can be read."""
    _refuse(damage_in(raw, warehouse))


def check_there(con: Connection, raw: RawPath) -> None:
    """Raises `RawDamagedError` unless every file that the ledger names seems to be there."""
    found: list[str] = []
    for source in load_contracts().landing:
        asked = {"source": source.name}
        named = con.execute(ledger_statement("raw_files"), asked).fetchall()
        folder = raw / source.name
        there = {path.name: path for path in files_in(folder)} if named else {}
        for name in sorted({raw_file for _, _, raw_file in named}):
            found += _look(folder / name, name in there, is_whole=_seems_whole)
    _refuse(found)


@contextmanager
def naming_damage(raw: RawPath) -> Iterator[None]:
    """Let an error of the block that is due to damaged raw say so; any other stays as it is."""
    try:
        yield
    except (DatabaseError, pl.exceptions.PolarsError, OSError, ValueError, MachineError) as error:
        told = in_own_words(error) or error
        if isinstance(told, MachineError) and not isinstance(told, WarehouseDamagedError):
            raise
        with suppress(OSError):
            if found := damage_in(raw):
                raise _told(found) from error
        raise


def damage_in(raw: RawPath, warehouse: Path | None = None) -> list[str]:
    """What of raw is missing or damaged, each as the file and what ails it."""
    named = _named_by(warehouse)
    found: list[str] = []
    for source in load_contracts().landing:
        folder = raw / source.name
        there = {path.name for path in files_in(folder)}
        numbers, names = named.get(source.name, (set(), set()))
        lines = [path for path in files_in(folder, f"*{LINE}") if number_of(path) is not None]
        numbers |= {n for n in map(number_of, lines) if n is not None}
        paths = [folder / names_beside(number)[0] for number in sorted(numbers)]
        for path, content in zip(paths, read_each(paths), strict=True):
            line = _as_line(content)
            if line is None:
                found.append(_said(path, UNREADABLE if path.name in there else MISSING))
                continue
            names |= {line["raw_file"]} - {None}
            found += damage_beside(path, line)
        for name in sorted(names):
            found += _look(folder / name, name in there, is_whole=is_readable)
    return found


def is_readable(path: RawPath) -> bool:
    """Whether every row of a Parquet file can be read, and its pages have their check sums."""
    try:
        with pq.ParquetFile(for_arrow(path), page_checksum_verification=True) as file:
            for _ in file.iter_batches():
                pass
    except (OSError, ValueError):
        return False
    return True


def _named_by(warehouse: Path | None) -> dict[str, tuple[set[int], set[str]]]:
    """The deliveries and files that the ledger names, by source; a lost ledger names none."""
    named: dict[str, tuple[set[int], set[str]]] = {}
    if warehouse is None or not warehouse.exists():
        return named
    with suppress(MachineError, DatabaseError), open_warehouse(warehouse, read_only=True) as con:
        lines = con.execute(ledger_statement("raw_files"), {"source": None})
        for source, file_id, raw_file in lines.fetchall():
            numbers, names = named.setdefault(source, (set(), set()))
            numbers.add(file_id)
            names.add(raw_file)
    return named


def _as_line(content: bytes | None) -> dict[str, Any] | None:
    try:
        line: Any = json.loads(content or b"")
    except ValueError:
        return None
    return line if isinstance(line, dict) and "raw_file" in line else None


def damage_beside(path: RawPath, line: dict[str, Any]) -> list[str]:
    """What ails the rejected values beside a delivery, if they aren't those that its line tells."""
    number, digest = number_of(path), line.get("rejected")
    if number is None or digest is None:
        return []
    path = path.parent / names_beside(number)[1]
    try:
        cells = pl.read_parquet(io.BytesIO(path.read_bytes()))
    except FileNotFoundError:
        return [_said(path, MISSING)]
    except (OSError, pl.exceptions.PolarsError):
        return [_said(path, UNREADABLE)]
    return [] if digest_of(cells) == digest else [_said(path, UNREADABLE)]


def digest_of(rejected: pl.DataFrame) -> str:
    """What a line says of the rejected values beside it."""
    return hashlib.sha256(rejected.write_csv().encode()).hexdigest()


def _look(path: RawPath, is_there: bool, is_whole: Any) -> list[str]:
    if not is_there:
        return [_said(path, MISSING)]
    return [] if is_whole(path) else [_said(path, UNREADABLE)]


def _seems_whole(path: RawPath) -> bool:
    """Whether a file begins and ends as Parquet does; an object is there whole or not at all."""
    if not isinstance(path, Path):
        return True
    with path.open("rb") as file:
        head = file.read(len(_MAGIC))
        file.seek(-min(len(_MAGIC), path.stat().st_size), io.SEEK_END)
        return head == file.read() == _MAGIC


def _said(path: RawPath, what: str) -> str:
    return f"{path.parent.name}/{path.name} {what}"


def _refuse(found: list[str]) -> None:
    if found:
        raise _told(found)


def _told(found: list[str]) -> RawDamagedError:
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return RawDamagedError(
        f"{len(found)} file(s) in the raw folder are missing or damaged: "
        f"{', '.join(found[:MOST_NAMED])}{more}. Bring them back from a backup (`make restore "
        "FROM=file`), which leaves whole ones as they are; without one, docs/operations.md says "
        "under “Raw was changed by somebody” how to go on. Nothing was changed"
    )
