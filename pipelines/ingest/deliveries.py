"""One source's landing folder into `raw`: each new file in one transaction, or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.contracts.model import Source
from pipelines.errors import GateError
from pipelines.ingest import ledger
from pipelines.ingest.arrival import Arrival, contract_for
from pipelines.ingest.delivery import Delivery
from pipelines.ingest.folder import ACCEPTED, LandingFile, look_into
from pipelines.ingest.gate import PrivateGateError
from pipelines.ingest.ledger import LedgerFile
from pipelines.ingest.loading import load
from pipelines.ingest.readers import CANONICAL, read_delivery
from pipelines.ingest.report import IngestReport
from pipelines.ingest.rereading import read_again
from pipelines.mapping import SourceMapping
from pipelines.quality.results import CheckResult, record_results
from pipelines.quality.suites import Severity
from pipelines.warehouse import Connection, transaction


@dataclass(frozen=True)
class _Desk:
    """Where the files of one source are taken in."""

    con: Connection
    source: Source
    mapping: SourceMapping
    quarantine: Path | None
    now: dt.datetime


def ingest_source(
    con: Connection,
    source: Source,
    folder: Path,
    *,
    now: dt.datetime,
    mapping: SourceMapping | None = None,
    quarantine: Path | None = None,
) -> IngestReport:
    """Load every new file of a source's landing folder into ``raw.<source>``.

    A file is known by its name, its content and the mapping it was read under. What was loaded
    before is passed over, what was refused is looked at again, and what was loaded under another
    mapping is read again in its place. Each file is loaded, and entered into the ledger, in one
    transaction of its own.

    Args:
        con: the private warehouse, writable and outside a transaction.
        source: the source's contract.
        folder: the landing folder; it may be missing, and nothing in it is ever changed.
        now: the moment that new ledger lines carry, with time zone.
        mapping: what the organisation declares about the source's export.
        quarantine: the source's folder for rejected rows; without one they aren't handed back.
    """
    ledger.create_raw_tables(con)
    content = look_into(folder)
    report = IngestReport(
        source.name,
        gate_refusals=tuple(
            f"{source.name}/{name}: is a folder; only files directly in the landing folder are read"
            for name in content.nested
        ),
    )
    desk = _Desk(con, source, mapping or CANONICAL, quarantine, now)
    report, numbers = _take_all(desk, content.files, report)
    ledger.note_presence(con, source, numbers)
    _record_checks(con, report, len(content.files))
    return report


def _take_all(
    desk: _Desk, files: tuple[LandingFile, ...], report: IngestReport
) -> tuple[IngestReport, list[int]]:
    """Take every file; the refused ones once more, if mended rows may have come back after them."""
    numbers: dict[LandingFile, int] = {}
    refused: list[tuple[LandingFile, str]] = []
    for file in files:
        n_before = len(report.delivery_refusals)
        report, numbers[file] = _take(desk, file, report)
        refused += [(file, reason) for reason in report.delivery_refusals[n_before:]]
    if refused and ledger.returned_since(desk.con, desk.source, desk.now):
        for file, reason in refused:
            others = tuple(other for other in report.delivery_refusals if other != reason)
            report = replace(
                report, n_files_refused=report.n_files_refused - 1, delivery_refusals=others
            )
            report, numbers[file] = _take(desk, file, report)
    return report, list(numbers.values())


def _record_checks(con: Connection, report: IngestReport, n_files: int) -> None:
    """Note among the checks of the refresh how the source's files fared."""
    table = f"raw.{report.source}"
    refused: list[tuple[str, Severity, tuple[str, ...]]] = [
        ("deliveries_accepted", "ERROR", report.delivery_refusals),
        ("files_readable", "WARN", report.gate_refusals),
    ]
    record_results(
        con,
        table,
        [
            CheckResult(
                table,
                name,
                severity,
                passed=not reasons,
                n_checked=n_files,
                n_failed=len(reasons),
                detail="\n".join(reasons) or None,
                public_detail="the reasons stand in quality.ingested_file" if reasons else None,
            )
            for name, severity, reasons in refused
        ],
    )


def _take(desk: _Desk, file: LandingFile, report: IngestReport) -> tuple[IngestReport, int]:
    """Bring the ledger up to date with one file; returns the new report and the file's number."""
    con, source = desk.con, desk.source
    before = ledger.latest_by_name(con, source).get(file.name)
    try:
        content = file.path.read_bytes()
    except OSError as error:
        unreadable = _arrival(desk, file, b"", "", before)
        reason = f"the file can't be read ({error.strerror})"
        return _refuse_at_gate(con, unreadable, reason, reason, report)
    sha256 = hashlib.sha256(content).hexdigest()
    is_same = before is not None and before.sha256 == sha256
    arrival = _arrival(desk, file, content, sha256, before if is_same else None)
    if before is not None and is_same and before.status == ledger.LOADED:
        if before.mapping == desk.mapping.fingerprint:
            return replace(report, n_files_known=report.n_files_known + 1), before.file_id
        return read_again(con, arrival, before, report), before.file_id
    try:
        delivery = _read(arrival)
    except PrivateGateError as error:
        return _refuse_at_gate(con, arrival, str(error), error.public_reason, report)
    except GateError as error:
        return _refuse_at_gate(con, arrival, str(error), str(error), report)
    original = ledger.loaded_by_content(con, source).get(sha256)
    if original is not None and before is None and original.mapping == desk.mapping.fingerprint:
        return _note_copy(con, arrival, original, report)
    return load(con, arrival, delivery, report)


def _arrival(
    desk: _Desk, file: LandingFile, content: bytes, sha256: str, refused_before: LedgerFile | None
) -> Arrival:
    source = contract_for(file, desk.source)
    return Arrival(
        file, source, desk.mapping, content, sha256, refused_before, desk.quarantine, desk.now
    )


def _read(arrival: Arrival) -> Delivery:
    if arrival.file.format is None:
        raise GateError(f"this kind of file isn't read; accepted are {ACCEPTED}")
    return read_delivery(arrival.content, arrival.file, arrival.source, arrival.mapping)


def _refuse_at_gate(
    con: Connection, arrival: Arrival, reason: str, public_reason: str, report: IngestReport
) -> tuple[IngestReport, int]:
    """Enter a file that can't be taken at all."""
    with transaction(con):
        file_id = ledger.next_file_id(con)
        entry = replace(
            arrival.entry(file_id, ledger.REFUSED), reason=reason, public_reason=public_reason
        )
        ledger.enter(con, entry, instead_of=arrival.refused_before)
    report = replace(
        report,
        n_files_refused=report.n_files_refused + 1,
        gate_refusals=(*report.gate_refusals, f"{arrival.place}: {reason}"),
    )
    return report, file_id


def _note_copy(
    con: Connection, arrival: Arrival, original: LedgerFile, report: IngestReport
) -> tuple[IngestReport, int]:
    """Enter a file whose content is loaded under another name: its rows all stand already."""
    reason = f"same content as {original.file}; its rows are loaded already"
    with transaction(con):
        file_id = ledger.next_file_id(con)
        entry = replace(
            arrival.entry(file_id, ledger.LOADED),
            reason=reason,
            public_reason=reason,
            copy_of=original.file_id,
            n_rows=original.n_rows,
            n_accepted=0,
            n_quarantined=0,
            n_superseded=original.n_rows,
            loaded_at=arrival.now,
        )
        ledger.enter(con, entry, instead_of=arrival.refused_before)
    report = replace(
        report,
        n_files_known=report.n_files_known + 1,
        notes=(*report.notes, f"{arrival.place}: {reason}"),
    )
    return report, file_id
