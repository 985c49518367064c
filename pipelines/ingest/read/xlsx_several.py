"""From what the sheets of a workbook hold to one delivery, each row with its sheet and line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from pipelines.core.errors import GateError
from pipelines.core.line_numbers import in_sheet
from pipelines.ingest.read.delivery import LINE_NUMBER, Delivery, folded
from pipelines.ingest.read.xlsx_choice import Fitting


def together(fitting: Sequence[Fitting], read: Sequence[Delivery]) -> Delivery:
    """The rows of several sheets under the first one's names; what a sheet lacks is empty."""
    if any(each.is_return for each in read):
        raise GateError("a returned file has several sheets; send back the one that is mended")
    delivered: dict[str, str] = {}
    names: dict[str, str] = {}
    for each in read:
        for ours, theirs in each.delivered_names.items():
            delivered.setdefault(ours, theirs)
        for key, name in _keys(each):
            names.setdefault(key, name)
    tables = [
        _table(each, names, sheet.position) for (sheet, _), each in zip(fitting, read, strict=True)
    ]
    return Delivery(
        pa.concat_tables(tables),
        tuple(names.values()),
        (),
        delivered,
        tuple(_notes(fitting, read, names)),
        sheets={sheet.position: sheet.name for sheet, _ in fitting},
    )


def _keys(delivery: Delivery) -> Iterator[tuple[str, str]]:
    """What each column is known by in all sheets, and its name in this one."""
    ours = {theirs: name for name, theirs in delivery.delivered_names.items()}
    for name in delivery.columns:
        yield ours.get(name, folded(name)), name


def _table(delivery: Delivery, names: dict[str, str], sheet: int) -> pa.Table:
    """The rows with every column, and lines that tell the sheet."""
    table, here = delivery.table, dict(_keys(delivery))
    columns = {
        name: table.column(here[key]) if key in here else pa.nulls(table.num_rows, pa.string())
        for key, name in names.items()
    }
    lines = table.column(LINE_NUMBER).to_numpy()
    return pa.table({**columns, LINE_NUMBER: lines + in_sheet(0, sheet)})


def _notes(
    fitting: Sequence[Fitting], read: Sequence[Delivery], names: dict[str, str]
) -> Iterator[str]:
    """What is told of each sheet."""
    for (sheet, _), each in zip(fitting, read, strict=True):
        yield from (f"sheet {sheet.position}: {note}" for note in each.notes)
        n_missing = len(names) - len({key for key, _ in _keys(each)})
        if n_missing:
            columns = "1 column" if n_missing == 1 else f"{n_missing} columns"
            yield f"sheet {sheet.position} lacks {columns} that others have; they are empty there"
