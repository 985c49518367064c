"""Files that were loaded under another mapping: read again, in their place among the others."""

from __future__ import annotations

from dataclasses import replace

from pipelines.core.errors import GateError
from pipelines.core.warehouse import Connection, transaction
from pipelines.ingest.load import file_ledger, ledger_lines, raw_store, staging_upsert
from pipelines.ingest.load.file_ledger import LedgerFile
from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.load.landed_file import LandedFile
from pipelines.ingest.load.load_delivery import (
    RawFolder,
    counted,
    hand_rows_back,
    reported_load,
    told_of,
    with_reasons,
)
from pipelines.ingest.load.replaced import Replaced
from pipelines.ingest.load.row_tables import raw_rows, staged_rows
from pipelines.ingest.load.validate_kept import validate_kept
from pipelines.ingest.read.integrity import PrivateGateError
from pipelines.ingest.validate.validation import Validation

_READ_AGAIN = "read again, because its mapping has changed"
_KEPT = "was loaded under an earlier mapping, and stays as it was; under the present one: "


def read_again(
    con: Connection, landed: LandedFile, before: LedgerFile, raw: RawFolder, report: IngestReport
) -> IngestReport:
    """Read a loaded file under the present mapping, and put its rows where the old ones were.

    The file keeps its number, so what replaces what doesn't change. A file that the present
    mapping can't read, or reads with too many rejected rows, keeps the rows it has, and the
    ledger says so: an export that changes its form must not take its history with it.
    """
    original = file_ledger.line_of(con, landed.source, before.copy_of or before.file_id)
    is_answered = original.sha256 != landed.sha256
    if is_answered or landed.reader.is_current(original.mapping):
        return _follow(con, landed, before, before if is_answered else original, report)
    try:
        delivery = landed.reader.read(landed.content, landed.file, landed.source, landed.limits)
    except PrivateGateError as error:
        return _keep(con, landed, before, str(error), error.public_reason, report)
    except GateError as error:
        return _keep(con, landed, before, str(error), str(error), report)
    validation = validate_kept(con, landed, delivery)
    if validation.is_refused(landed.source):
        entry = counted(landed.entry(original.file_id, file_ledger.LOADED), landed, validation)
        entry = with_reasons(entry, landed, validation)
        assert entry.reason is not None and entry.public_reason is not None
        return _keep(con, landed, before, entry.reason, entry.public_reason, report)
    return _replace(con, landed, before, original, validation, raw, report)


def _follow(
    con: Connection,
    landed: LandedFile,
    before: LedgerFile,
    original: LedgerFile,
    report: IngestReport,
) -> IngestReport:
    """A copy takes the count of its original, which has been read again already."""
    with transaction(con):
        file_ledger.change(con, before.file_id, mapping=landed.reader.fingerprint)
        if before.file_id != original.file_id:
            file_ledger.change(
                con, before.file_id, n_rows=original.n_rows, n_superseded=original.n_rows
            )
    return replace(report, n_files_known=report.n_files_known + 1)


def _keep(
    con: Connection,
    landed: LandedFile,
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
            mapping=landed.reader.fingerprint,
            reason=_KEPT + reason,
            public_reason=_KEPT + public_reason,
        )
    return replace(
        report,
        n_files_known=report.n_files_known + 1,
        notes=(*report.notes, f"{landed.place}: {_KEPT}{reason}"),
    )


def _replace(
    con: Connection,
    landed: LandedFile,
    before: LedgerFile,
    original: LedgerFile,
    validation: Validation,
    raw: RawFolder,
    report: IngestReport,
) -> IngestReport:
    """Put the rows of the new reading where the old ones were.

    What stands is seen anew once all files are read (`standing.build_anew`): until then the
    ledger has every key of the file as standing.
    """
    source, mapping, file_id = landed.source, landed.mapping, original.file_id
    is_tombstone = landed.file.is_tombstone
    rows = raw_rows(con, source, validation, mapping, file_id, is_tombstone=is_tombstone)
    n_keys = staged_rows(con, source, validation, mapping, file_id).num_rows
    with transaction(con):
        entry = replace(
            counted(landed.entry(file_id, file_ledger.LOADED), landed, validation),
            n_accepted=n_keys,
            n_superseded=validation.n_superseded_by(n_keys),
            loaded_at=landed.now,
            raw_file=raw_store.keep(raw.path, file_id, rows),
            told=told_of(landed, validation, Replaced()),
        )
        file_ledger.rewrite(con, entry)
        file_ledger.keep_rejected(con, source, file_id, validation.rejected)
        staging_upsert.forget(con, source)
        hand_rows_back(landed, validation)
        ledger_lines.write_line(con, raw.path, file_id)
    raw_store.discard(raw.path, raw_store.written_anew(con, source, raw.path))
    if before.file_id != file_id:
        report = _follow(con, landed, before, file_ledger.line_of(con, source, file_id), report)
    notes = (f"{landed.place}: {_READ_AGAIN}",)
    return reported_load(report, landed, entry, validation, 0, notes)
