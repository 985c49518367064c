"""Rejected rows go back: as delivered, with what was wrong, ready to be mended and sent again.

Values stand verbatim, because they are read again: a value that begins with = is a formula to a
spreadsheet, so open these files as text. What comes back may have any name.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.core.private_files import write_private
from pipelines.core.workspace import PRIVATE_MODE
from pipelines.ingest.read.delivery import LINE_NUMBER, RETURN_COLUMNS, Delivery
from pipelines.ingest.validate.row_rules import RejectedCell

MAX_NAME_BYTES = 200
Row = tuple[str | None, ...]


def file_for(folder: Path, delivered_name: str) -> Path:
    """Where the rejected rows of a file go: its own name, with .csv where it ends otherwise.

    Of a feed's file (``feed/name``) the feed stands before the name. A name near the limit of file
    systems is cut, and told from others by a fingerprint.
    """
    name = delivered_name.removesuffix(".csv").replace("/", "_")
    if len(name.encode()) > MAX_NAME_BYTES:
        fingerprint = hashlib.sha256(name.encode()).hexdigest()[:12]
        name = f"{name.encode()[: MAX_NAME_BYTES - 50].decode(errors='ignore')}-{fingerprint}"
    return folder / f"{name}.csv"


def hand_back(
    folder: Path,
    delivered_name: str,
    delivery: Delivery,
    rejected: list[RejectedCell],
    *,
    delimiter: str,
    with_all_rows: bool,
) -> None:
    """Write a delivery's rejected rows in UTF-8 with the declared delimiter.

    A refused delivery, of which nothing was loaded, comes back with all its rows, so that the
    mended file stands for it. Without rejected rows an earlier file of the name goes away.
    """
    path = file_for(folder, delivered_name)
    if not rejected:
        path.unlink(missing_ok=True)
        return
    _private_folder(folder)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow((*delivery.as_delivered.columns, *RETURN_COLUMNS))
    writer.writerows(_rows(delivery, rejected, with_all_rows))
    write_private(path, text.getvalue().encode("utf-8", "backslashreplace"))


def _rows(delivery: Delivery, rejected: list[RejectedCell], with_all_rows: bool) -> Iterator[Row]:
    """The rows in the order of their lines, each with its problems in three more values."""
    problems: dict[int, list[RejectedCell]] = defaultdict(list)
    for cell in rejected:
        problems[cell.line_number].append(cell)
    broken = {
        record.line_number: record.cells
        for record in delivery.broken
        if with_all_rows or record.line_number in problems
    }
    table = delivery.as_delivered.table
    if not with_all_rows:
        with_problems = pa.array(list(problems), pa.int64())
        table = table.filter(pc.is_in(table.column(LINE_NUMBER), value_set=with_problems))
    lines = table.column(LINE_NUMBER).to_pylist()
    columns = [table.column(name).to_pylist() for name in delivery.as_delivered.columns]
    values = dict(zip(lines, zip(*columns, strict=True), strict=True))
    for line in sorted(values.keys() | broken.keys()):
        cells = values[line] if line in values else broken[line]
        yield (*cells, *_described(problems[line], delivery))


def _described(cells: list[RejectedCell], delivery: Delivery) -> Row:
    names = delivery.delivered_names
    return (
        "; ".join(cell.rule for cell in cells),
        "; ".join(names.get(cell.column or "", cell.column or "") for cell in cells),
        "; ".join(cell.expected for cell in cells),
    )


def _private_folder(folder: Path) -> None:
    folder.parent.mkdir(mode=PRIVATE_MODE, parents=True, exist_ok=True)
    folder.mkdir(mode=PRIVATE_MODE, exist_ok=True)
    for made in (folder.parent, folder):
        made.chmod(PRIVATE_MODE)
