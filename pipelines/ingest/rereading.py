"""Files that were loaded under another mapping: read again, in their place among the others."""

from __future__ import annotations

from dataclasses import replace

from pipelines.errors import GateError
from pipelines.ingest import ledger
from pipelines.ingest.arrival import Arrival
from pipelines.ingest.delivery import Delivery
from pipelines.ingest.gate import PrivateGateError
from pipelines.ingest.incoming import insert_incoming
from pipelines.ingest.ledger import LedgerFile
from pipelines.ingest.loading import (
    hand_rows_back,
    judged,
    reported_load,
    unknown_columns,
    with_reasons,
)
from pipelines.ingest.readers import read_delivery
from pipelines.ingest.report import IngestReport
from pipelines.warehouse import Connection, fetch_value, transaction

_READ_AGAIN = "read again, because its mapping has changed"
_KEPT = "was loaded under an earlier mapping, and stays as it was; under the present one: "


def read_again(
    con: Connection, arrival: Arrival, before: LedgerFile, report: IngestReport
) -> IngestReport:
    """Read a loaded file under the present mapping, and put its rows where the old ones were.

    The file keeps its number, so what replaces what doesn't change. A file that the present
    mapping can't read, or reads with too many rejected rows, keeps the rows it has, and the
    ledger says so: an export that changes its form must not take its history with it.
    """
    original = ledger.line_of(con, arrival.source, before.copy_of or before.file_id)
    is_answered = original.sha256 != arrival.sha256
    if is_answered or original.mapping == arrival.mapping.fingerprint:
        return _follow(con, arrival, before, before if is_answered else original, report)
    try:
        delivery = read_delivery(arrival.content, arrival.file, arrival.source, arrival.mapping)
    except PrivateGateError as error:
        return _keep(con, arrival, before, str(error), error.public_reason, report)
    except GateError as error:
        return _keep(con, arrival, before, str(error), str(error), report)
    return _replace(con, arrival, before, original, delivery, report)


def _follow(
    con: Connection,
    arrival: Arrival,
    before: LedgerFile,
    original: LedgerFile,
    report: IngestReport,
) -> IngestReport:
    """A copy takes the count of its original, which has been read again already."""
    with transaction(con):
        ledger.change(con, before.file_id, mapping=arrival.mapping.fingerprint)
        if before.file_id != original.file_id:
            ledger.change(con, before.file_id, n_rows=original.n_rows, n_superseded=original.n_rows)
    return replace(report, n_files_known=report.n_files_known + 1)


def _keep(
    con: Connection,
    arrival: Arrival,
    before: LedgerFile,
    reason: str,
    public_reason: str,
    report: IngestReport,
) -> IngestReport:
    """Leave a file's rows as they are, and say why."""
    with transaction(con):
        ledger.change(
            con,
            before.file_id,
            mapping=arrival.mapping.fingerprint,
            reason=_KEPT + reason,
            public_reason=_KEPT + public_reason,
        )
    return replace(
        report,
        n_files_known=report.n_files_known + 1,
        notes=(*report.notes, f"{arrival.place}: {_KEPT}{reason}"),
    )


def _replace(
    con: Connection,
    arrival: Arrival,
    before: LedgerFile,
    original: LedgerFile,
    delivery: Delivery,
    report: IngestReport,
) -> IngestReport:
    source, file_id = arrival.source, original.file_id
    entry = replace(
        arrival.entry(file_id, ledger.LOADED),
        n_rows=delivery.n_rows,
        unknown_columns=unknown_columns(delivery),
    )
    with judged(con, arrival, delivery) as judgement:
        entry = replace(entry, n_quarantined=judgement.n_quarantined)
        if judgement.is_refused:
            entry = with_reasons(entry, arrival, judgement.problems[0])
        else:
            ledger.forget_rows(con, source, file_id)
            insert_incoming(con, source, file_id, delivery, is_tombstone=arrival.file.is_tombstone)
            ledger.keep_rejected(con, source, file_id)
            ledger.change(
                con,
                file_id,
                n_rows=entry.n_rows,
                n_quarantined=entry.n_quarantined,
                unknown_columns=entry.unknown_columns,
                mapping=entry.mapping,
                loaded_at=arrival.now,
                reason=None,
                public_reason=None,
            )
            ledger.recount(con, source)
            hand_rows_back(con, arrival, delivery, judgement)
            accepted, superseded = (
                int(fetch_value(con, f"select {name} from ledger.file where file_id = {file_id}"))
                for name in ("n_accepted", "n_superseded")
            )
            entry = replace(entry, n_accepted=accepted, n_superseded=superseded)
    if judgement.is_refused:
        assert entry.reason is not None and entry.public_reason is not None
        return _keep(con, arrival, before, entry.reason, entry.public_reason, report)
    if before.file_id != file_id:
        original = ledger.line_of(con, source, file_id)
        report = _follow(con, arrival, before, original, report)
    notes = (f"{arrival.place}: {_READ_AGAIN}",)
    return reported_load(report, arrival, entry, judgement, 0, notes)
