"""From a workspace's warehouse to the rows of a tried file's keys, in a warehouse in memory."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.contracts import casts
from pipelines.contracts.sources import Source
from pipelines.core.queries import statement
from pipelines.core.raw_files import RawPath
from pipelines.core.sql_text import Expression, identifier
from pipelines.core.warehouse import Connection
from pipelines.ingest.load import file_ledger, raw_store
from pipelines.ingest.load.file_ledger import FileEntry

_KEYS = "_tried_keys"


def loaded_files(known: Connection, source: Source, tried: str, sha256: str) -> list[FileEntry]:
    """The deliveries whose rows count in the workspace, without the one that is tried."""
    asked = {"view_name": f"raw.{source.name}"}
    if not known.execute(statement("warehouse/has_view"), asked).fetchall():
        return []
    loaded = "source = ? and status = 'loaded' and copy_of is null"
    entries = file_ledger.entries(known, loaded, [source.name])
    return [each for each in entries if (each.file, each.sha256) != (tried, sha256)]


def bring_standing(
    con: Connection,
    known: Connection,
    source: Source,
    keys: pa.Table,
    raw: RawPath,
    loaded: list[FileEntry],
) -> bool:
    """Enter the workspace's rows under these keys, each with its delivery; whether there are any.

    ``raw`` is the source's folder of deliveries of the warehouse in memory; staging is built of it.
    """
    if not loaded:
        return False
    same = " and ".join(
        f"{casts.cast(source.column(name), casts.clean(f'raw.{identifier(name)}'))} "
        f"= tried.{identifier(name)}"
        for name in source.key
    )
    query = statement(
        "loading/standing_rows", raw=f"raw.{source.name}", keys=_KEYS, same_key=Expression(same)
    )
    known.register(_KEYS, keys)
    try:
        asked = {"ids": [each.file_id for each in loaded]}
        rows = known.sql(query, params=asked).to_arrow_table()
    finally:
        known.unregister(_KEYS)
    for entry in loaded:
        of_file = rows.filter(pc.equal(rows.column("file_id"), entry.file_id))
        if of_file.num_rows:
            name = raw_store.keep(raw, entry.file_id, of_file.cast(raw_store.raw_schema(source)))
            file_ledger.enter(con, replace(entry, raw_file=name))
    return bool(rows.num_rows)
