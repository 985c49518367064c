"""Many small files of raw come in, one goes out: a file a day is a look for each at every rebuild.

A row counts where the ledger says that its delivery's rows are: a delivery that is read again or
loses a person gets a file of its own, and its earlier rows in the pack count no longer. Such a pack
is written anew without them as soon as it is looked at, here and by every erasure.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.contracts.sources import Source
from pipelines.core.queries import ledger_statement
from pipelines.core.raw_files import RawPath, read_rows
from pipelines.core.warehouse import Connection, fetch, transaction
from pipelines.ingest.load import ledger_lines, raw_store
from pipelines.ingest.load.line_names import PACKED, is_pack, n_packed, pack_name

MOST_SINGLE = 100
"""So many small files of a source stand by themselves; then they are packed together."""
SMALL = 10_000
"""Rows of a small file: a day's shifts of 20,000 people are fewer."""


class DeliveredRows:
    """The rows of single deliveries; a pack that several of them are in is read once."""

    def __init__(self, folder: RawPath) -> None:
        self._folder = folder
        self._name, self._pack = "", pa.table({})

    def of(self, raw_file: str, file_id: int) -> pa.Table:
        """The rows of a delivery, which the ledger says are in this file."""
        if not is_pack(raw_file):
            return read_rows(self._folder / raw_file)
        if raw_file != self._name:
            self._name, self._pack = raw_file, read_rows(self._folder / raw_file)
        return self._pack.filter(pc.equal(self._pack["file_id"], file_id))


def tidy(con: Connection, source: Source, folder: RawPath) -> bool:
    """Pack small files where there are many, and clean packs; whether any file has another name.

    Call it outside a transaction, and let `raw_store.show` look again where something has.
    """
    changed = write_packs_anew(con, source, folder)
    asked = {"source": source.name, "packed": PACKED, "most": SMALL}
    small = fetch(con, ledger_statement("small_files"), asked)
    if small.height >= MOST_SINGLE:
        rows = DeliveredRows(folder)
        tables = [rows.of(raw_file, file_id) for file_id, raw_file in small.iter_rows()]
        _write(con, source, folder, small["file_id"].to_list(), tables)
        changed = True
    if changed:
        ledger_lines.bring_up_to_date(con, source, folder)
        raw_store.discard(folder, raw_store.written_anew(con, source, folder))
    return changed


def write_packs_anew(con: Connection, source: Source, folder: RawPath) -> bool:
    """Write those packs anew that hold rows which are elsewhere by now; whether there was one."""
    asked = {"source": source.name, "packed": PACKED}
    named = fetch(con, ledger_statement("packs"), asked)
    changed = False
    for name, ids in named.iter_rows():
        if len(ids) < n_packed(name):
            pack = read_rows(folder / name)
            kept = pack.filter(pc.is_in(pack["file_id"], pa.array(ids, pack["file_id"].type)))
            _write(con, source, folder, ids, [kept])
            changed = True
    return changed


def _write(
    con: Connection, source: Source, folder: RawPath, ids: Sequence[int], tables: list[pa.Table]
) -> None:
    """Write the rows of deliveries into one file, and let the ledger name it."""
    rows = pa.concat_tables([_plain(table, source) for table in tables], promote_options="default")
    number = 1
    while (folder / pack_name(ids, number)).exists():
        number += 1
    raw_store.write_delivered(folder / pack_name(ids, number), rows)
    with transaction(con):
        noted = {"raw_file": pack_name(ids, number), "ids": list(ids)}
        con.execute(ledger_statement("note_pack"), noted)


def _plain(table: pa.Table, source: Source) -> pa.Table:
    """The table with the types of the contract; columns that it no longer has are text."""
    types = {field.name: field.type for field in raw_store.raw_schema(source)}
    return pa.table(
        {name: table[name].cast(types.get(name, pa.string())) for name in table.column_names}
    )
