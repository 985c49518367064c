"""Refused deliveries whose mended rows came back under another name: they block no longer."""

from __future__ import annotations

from dataclasses import replace

from pipelines.contracts import casts
from pipelines.ingest import ledger
from pipelines.ingest.arrival import Arrival
from pipelines.ingest.delivery import Delivery
from pipelines.ingest.ledger import FileEntry, LedgerFile
from pipelines.warehouse import Connection, fetch_value


def find_answer(
    con: Connection, arrival: Arrival, delivery: Delivery, n_quarantined: int
) -> LedgerFile | None:
    """The returned file that stands for a refused delivery, the newest if there are several.

    It was loaded after the delivery was first refused, and has every key of the delivery's sound
    rows. Where no row was sound, it must have as many rows. The delivery's rows stand in the
    temporary tables ``incoming`` and ``rejected``.
    """
    before = arrival.refused_before
    if before is None:
        return None
    returned = ledger.returned_since(con, arrival.source, before.first_seen_at)
    for file in reversed(returned):
        has_sound_rows = n_quarantined < delivery.n_rows
        if not has_sound_rows and (file.n_rows or 0) < delivery.n_rows:
            continue
        if not _count_missing(con, arrival, file.file_id):
            return file
    return None


def _count_missing(con: Connection, arrival: Arrival, returned: int) -> int:
    """How many keys of sound rows the returned file lacks."""
    source = arrival.source
    key = ", ".join(
        f"{casts.cast(source.column(name), casts.clean(name))} as {name}" for name in source.key
    )
    return int(
        fetch_value(
            con,
            f"""
            select count(*) from (
                select {key} from incoming
                where line_number not in (select line_number from rejected)
                except
                select {key} from raw.{source.name}
                where file_id = {returned} and not is_quarantined
            )
            """,
        )
    )


def answered(entry: FileEntry, answer: LedgerFile) -> FileEntry:
    """The ledger line of a refused delivery that a returned file stands for."""
    reason = f"refused at first; its mended rows came back as {answer.file}, which stands for it"
    return replace(
        entry,
        status=ledger.LOADED,
        reason=reason,
        public_reason=reason,
        copy_of=answer.file_id,
        n_superseded=(entry.n_rows or 0) - (entry.n_quarantined or 0),
    )
