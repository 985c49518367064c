"""Refused deliveries whose mended rows came back under another name: they block no longer."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from pipelines.contracts import casts
from pipelines.core.queries import statement
from pipelines.core.raw_files import RawPath
from pipelines.core.sql_text import Expression
from pipelines.core.warehouse import Connection, fetch_value
from pipelines.ingest.load import file_ledger
from pipelines.ingest.load.file_ledger import FileEntry, LedgerFile
from pipelines.ingest.load.landed_file import LandedFile
from pipelines.ingest.validate.validation import Validation


def find_answer(
    con: Connection, landed: LandedFile, validation: Validation, raw: RawPath
) -> LedgerFile | None:
    """Find the returned file that answers a refused delivery, the newest if there are several.

    It was loaded after the delivery was first refused, and has every key of the delivery's sound
    rows. Where no row was sound, it must have as many rows. ``raw`` is the source's raw folder.
    """
    before = landed.refused_before
    if before is None:
        return None
    returned = file_ledger.returned_since(con, landed.source, before.first_seen_at)
    for file in reversed(returned):
        if not validation.n_sound and (file.n_rows or 0) < validation.delivery.n_rows:
            continue
        if not _count_missing(con, landed, validation, raw / str(file.raw_file), file.file_id):
            return file
    return None


def _count_missing(
    con: Connection, landed: LandedFile, validation: Validation, returned: RawPath, number: int
) -> int:
    """How many keys of sound rows the returned file lacks."""
    source = landed.source
    sound = ~validation.is_bad
    keys = {name: validation.columns[name].values_of(sound) for name in source.key}
    typed_key = Expression(casts.typed_key(source))
    query = statement("loading/n_keys_lacking", key=source.key, typed_key=typed_key)
    con.register("_keys", pa.table(keys))
    try:
        asked = {"raw_file": str(returned), "file_id": number}
        return int(fetch_value(con, query, asked))
    finally:
        con.unregister("_keys")


def answered(entry: FileEntry, answer: LedgerFile) -> FileEntry:
    """Return the ledger line of a refused delivery that a returned file answers."""
    reason = f"refused at first; its mended rows came back as {answer.file}, which stands for it"
    return replace(
        entry,
        status=file_ledger.LOADED,
        reason=reason,
        public_reason=reason,
        copy_of=answer.file_id,
        n_superseded=(entry.n_rows or 0) - (entry.n_quarantined or 0),
    )
