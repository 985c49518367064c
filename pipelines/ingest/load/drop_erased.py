"""Deliveries without the rows of people who were erased, before anything of them is kept.

Landing files are never changed, so an erased person's rows come again with every full export. They
are left out as soon as a file has been read: neither raw, staging, the ledger, the quarantine nor
a message gets anything of them. In the ledger they count as superseded, by the erasure.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from pipelines.contracts.sources import PERSON_COLUMNS, Column, Source
from pipelines.core.text_columns import kept_rows, spread
from pipelines.core.warehouse import Connection
from pipelines.ingest.load.erased_aliases import note
from pipelines.ingest.read.delivery import LINE_NUMBER, Delivery
from pipelines.ingest.validate.validation import Flags, ValidatedColumn, Validation
from pipelines.personal_data.erased_people import Erased, dropped, marked, names_people, redacted

PERSON, *MENTIONS = PERSON_COLUMNS


def _note_aliases(
    con: Connection, validation: Validation, is_theirs: Flags, erased: Erased
) -> None:
    """Note what systems call erased people, as far as this delivery tells."""
    columns = [
        validation.columns[name].values_of(is_theirs).to_pylist()
        if name in validation.columns
        else [None] * int(is_theirs.sum())
        for name in (PERSON, "system", "other_id")
    ]
    note(con, erased, (row for row in zip(*columns, strict=True) if row[0]))


def without_erased(
    con: Connection, validation: Validation, source: Source, erased: Erased
) -> Delivery:
    """The delivery without the rows of erased people, with marks where other rows name them."""
    delivery = validation.delivery
    is_theirs = _is_about_them(validation, source, erased) | _has_slipped(validation, erased)
    if is_theirs.any() and (source.is_lookup or source.name == "roster"):
        _note_aliases(con, validation, is_theirs, erased)
    broken = tuple(
        record
        for record in delivery.broken
        if not any(erased.names(cell) for cell in (*record.cells, record.text))
    )
    n_left_out = int(is_theirs.sum()) + len(delivery.broken) - len(broken)
    changed = _without_names(delivery, source, erased)
    if not n_left_out and changed is delivery.table:
        return delivery
    table = kept_rows(changed, ~is_theirs)
    return replace(
        delivery,
        shaped_from=_records_kept(delivery, is_theirs),
        table=table,
        broken=broken,
        n_left_out=delivery.n_left_out + n_left_out,
    )


def _records_kept(delivery: Delivery, is_theirs: Flags) -> Delivery | None:
    """The records that a recipe made rows of, without those that gave a row of theirs."""
    records = delivery.shaped_from
    if records is None:
        return None
    theirs = delivery.table.column(LINE_NUMBER).to_numpy()[is_theirs]
    is_kept = ~np.isin(records.table.column(LINE_NUMBER).to_numpy(), theirs)
    n_left_out = int((~is_kept).sum())
    return replace(records, table=kept_rows(records.table, is_kept), n_left_out=n_left_out)


def _is_about_them(validation: Validation, source: Source, erased: Erased) -> Flags:
    """Which rows are about a person who is dropped."""
    judged = validation.columns.get(PERSON)
    if judged is None:
        return np.zeros(len(validation.is_bad), dtype=bool)
    identifiers = pa.chunked_array([spread(judged.canonical, judged.codes)])
    if source.is_lookup:
        return dropped(erased, identifiers)
    day = validation.columns.get(oldest_column(source))
    return dropped(erased, identifiers, _days(day, len(validation.is_bad)))


def oldest_column(source: Source) -> str:
    """The date that assigns a row to an employment: a hire date, else the event's."""
    return "hire_date" if "hire_date" in source.column_names else source.date_column


def _days(judged: ValidatedColumn | None, n_rows: int) -> pa.Array:
    if judged is None:
        return pa.nulls(n_rows, pa.date32())
    return judged.typed.cast(pa.date32(), safe=False).take(pa.array(judged.codes))


def _has_slipped(validation: Validation, erased: Erased) -> Flags:
    """Which of the rows that broke a rule have an erased identifier in a column of something else.

    Who is named as coach, rater or supervisor is only mentioned; that row is somebody else's.
    """
    delivery, is_theirs = validation.delivery, np.zeros(len(validation.is_bad), dtype=bool)
    mentions = {delivery.delivered_names.get(name) for name in MENTIONS}
    bad = np.flatnonzero(validation.is_bad)
    if bad.size:
        rows = delivery.table.take(pa.array(bad))
        for name in set(delivery.columns) - mentions:
            cells = rows.column(name).to_pylist()
            is_theirs[bad] |= [cell is not None and erased.names(cell) for cell in cells]
    return is_theirs


def _without_names(delivery: Delivery, source: Source, erased: Erased) -> pa.Table:
    """The table with marks in the place of erased identifiers; the same one if it has none."""
    table = delivery.table
    stands_for = {theirs: ours for ours, theirs in delivery.delivered_names.items()}
    for name in delivery.columns:
        ours = stands_for.get(name)
        if ours == PERSON:
            continue
        is_mention = ours in MENTIONS if ours else names_people(name)
        column = source.column(ours) if ours else None
        changed = without_names(table.column(name), column, erased, is_mention=is_mention)
        if changed is not None:
            table = table.set_column(table.column_names.index(name), name, changed)
    return table


def without_names(
    values: pa.ChunkedArray, column: Column | None, erased: Erased, *, is_mention: bool
) -> pa.ChunkedArray | None:
    """A text column with marks in the place of erased identifiers; None where it has none.

    ``column`` is the contract's, None for an unknown column. In dates, numbers and fixed choices
    nobody is named; whatever else stands there breaks a rule, and its row has slipped.
    """
    if is_mention:
        return marked(erased, values)
    if column is not None and (column.type != "text" or column.allowed is not None):
        return None
    is_prose = column is not None and column.personal_data == "free_text"
    return redacted(erased, values, is_prose=is_prose)
