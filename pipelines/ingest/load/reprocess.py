"""Files that were loaded under another mapping: read again, in their place among the others."""

from __future__ import annotations

from dataclasses import replace

from pipelines.core.errors import GateError
from pipelines.core.warehouse import Connection, transaction
from pipelines.ingest.load import file_ledger, ledger_lines, raw_store, staging_upsert
from pipelines.ingest.load.drop_erased import judge_kept
from pipelines.ingest.load.file_ledger import LedgerFile
from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.load.landed_file import Arrival
from pipelines.ingest.load.load_delivery import (
    RawFolder,
    counted,
    hand_rows_back,
    reported_load,
    with_reasons,
)
from pipelines.ingest.load.row_tables import raw_rows, staged_rows
from pipelines.ingest.read.integrity import PrivateGateError
from pipelines.ingest.read.readers import read_delivery
from pipelines.ingest.validate.validation import Judgement

_READ_AGAIN = "read again, because its mapping has changed"
_KEPT = "was loaded under an earlier mapping, and stays as it was; under the present one: "


def read_again(
    con: Connection, arrival: Arrival, before: LedgerFile, raw: RawFolder, report: IngestReport
) -> IngestReport:
    """Read a loaded file under the present mapping, and put its rows where the old ones were.

    The file keeps its number, so what replaces what doesn't change. A file that the present
    mapping can't read, or reads with too many rejected rows, keeps the rows it has, and the
    ledger says so: an export that changes its form must not take its history with it.
    """
    original = file_ledger.line_of(con, arrival.source, before.copy_of or before.file_id)
    is_answered = original.sha256 != arrival.sha256
    if is_answered or original.mapping == arrival.mapping.fingerprint:
        return _follow(con, arrival, before, before if is_answered else original, report)
    try:
        delivery = read_delivery(
            arrival.content, arrival.file, arrival.source, arrival.mapping, arrival.limits
        )
    except PrivateGateError as error:
        return _keep(con, arrival, before, str(error), error.public_reason, report)
    except GateError as error:
        return _keep(con, arrival, before, str(error), str(error), report)
    judgement = judge_kept(con, arrival, delivery)
    if judgement.is_refused(arrival.source):
        entry = counted(arrival.entry(original.file_id, file_ledger.LOADED), judgement)
        entry = with_reasons(entry, arrival, judgement.first_problems(1)[0])
        assert entry.reason is not None and entry.public_reason is not None
        return _keep(con, arrival, before, entry.reason, entry.public_reason, report)
    return _replace(con, arrival, before, original, judgement, raw, report)


def _follow(
    con: Connection,
    arrival: Arrival,
    before: LedgerFile,
    original: LedgerFile,
    report: IngestReport,
) -> IngestReport:
    """A copy takes the count of its original, which has been read again already."""
    with transaction(con):
        file_ledger.change(con, before.file_id, mapping=arrival.mapping.fingerprint)
        if before.file_id != original.file_id:
            file_ledger.change(
                con, before.file_id, n_rows=original.n_rows, n_superseded=original.n_rows
            )
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
        file_ledger.change(
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
    judgement: Judgement,
    raw: RawFolder,
    report: IngestReport,
) -> IngestReport:
    """Put the rows of the new reading where the old ones were.

    What stands is seen anew once all files are read (`standing.build_anew`): until then the
    ledger has every key of the file as standing.
    """
    source, mapping, file_id = arrival.source, arrival.mapping, original.file_id
    is_tombstone = arrival.file.is_tombstone
    rows = raw_rows(con, source, judgement, mapping, file_id, is_tombstone=is_tombstone)
    n_keys = staged_rows(con, source, judgement, mapping, file_id).num_rows
    with transaction(con):
        entry = replace(
            counted(arrival.entry(file_id, file_ledger.LOADED), judgement),
            n_accepted=n_keys,
            n_superseded=judgement.n_superseded_by(n_keys),
            loaded_at=arrival.now,
            raw_file=raw_store.keep(raw.path, file_id, rows),
        )
        file_ledger.rewrite(con, entry)
        file_ledger.keep_rejected(con, source, file_id, judgement.rejected)
        staging_upsert.forget(con, source)
        hand_rows_back(arrival, judgement)
        ledger_lines.write_line(con, raw.path, file_id)
    raw_store.discard(raw.path, raw_store.written_anew(con, source, raw.path))
    if before.file_id != file_id:
        report = _follow(con, arrival, before, file_ledger.line_of(con, source, file_id), report)
    notes = (f"{arrival.place}: {_READ_AGAIN}",)
    return reported_load(report, arrival, entry, judgement, 0, notes)
