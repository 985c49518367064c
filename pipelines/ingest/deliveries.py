"""One source's landing folder into `raw`: each new file in one transaction, or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.contracts import casts
from pipelines.contracts.model import Source
from pipelines.errors import GateError
from pipelines.ingest import ledger
from pipelines.ingest.folder import ACCEPTED, LandingFile, look_into
from pipelines.ingest.gate import PrivateGateError
from pipelines.ingest.ledger import FileEntry, LedgerFile
from pipelines.ingest.readers import LINE_NUMBER, Delivery, read_delivery
from pipelines.ingest.report import IngestReport
from pipelines.ingest.rules import RejectedCell, find_rejected, first_rejected
from pipelines.quality.results import CheckResult, record_results
from pipelines.quality.suites import Severity
from pipelines.warehouse import Connection, fetch_value, transaction

SHOWN_PROBLEMS = 5


@dataclass(frozen=True)
class _Arrival:
    """A file in the landing folder, its content, and what the ledger knew of it before."""

    file: LandingFile
    source: Source
    content: bytes
    sha256: str
    refused_before: LedgerFile | None
    now: dt.datetime

    @property
    def place(self) -> str:
        return f"{self.source.name}/{self.file.name}"

    def entry(self, file_id: int, status: str) -> FileEntry:
        before = self.refused_before
        return FileEntry(
            file_id=file_id,
            source=self.source.name,
            file=self.file.name,
            sha256=self.sha256,
            status=status,
            first_seen_at=before.first_seen_at if before else self.now,
        )


def ingest_source(
    con: Connection, source: Source, folder: Path, *, now: dt.datetime
) -> IngestReport:
    """Load every new file of a source's landing folder into ``raw.<source>``.

    A file is known by its name and content. What was loaded before is passed over, what was
    refused is looked at again. Each file is loaded, and entered into the ledger, in one
    transaction of its own.

    Args:
        con: the private warehouse, writable and outside a transaction.
        source: the source's contract.
        folder: the landing folder; it may be missing, and nothing in it is ever changed.
        now: the moment that new ledger lines carry, with time zone.
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
    present: list[int] = []
    for file in content.files:
        report, file_id = _take(con, source, file, report, now)
        present.append(file_id)
    ledger.note_presence(con, source, present)
    _record_checks(con, report, len(content.files))
    return report


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


def _take(
    con: Connection, source: Source, file: LandingFile, report: IngestReport, now: dt.datetime
) -> tuple[IngestReport, int]:
    """Bring the ledger up to date with one file; returns the new report and the file's number."""
    before = ledger.latest_by_name(con, source).get(file.name)
    try:
        content = file.path.read_bytes()
    except OSError as error:
        unreadable = _Arrival(file, source, b"", "", before, now)
        reason = f"the file can't be read ({error.strerror})"
        return _refuse_at_gate(con, unreadable, reason, reason, report)
    sha256 = hashlib.sha256(content).hexdigest()
    is_same = before is not None and before.sha256 == sha256
    if before is not None and is_same and before.status == ledger.LOADED:
        return replace(report, n_files_known=report.n_files_known + 1), before.file_id
    refused_before = before if is_same else None
    arrival = _Arrival(file, source, content, sha256, refused_before, now)
    try:
        delivery = _read(arrival)
    except PrivateGateError as error:
        return _refuse_at_gate(con, arrival, str(error), error.public_reason, report)
    except GateError as error:
        return _refuse_at_gate(con, arrival, str(error), str(error), report)
    original = ledger.loaded_by_content(con, source).get(sha256)
    if original is not None and before is None:
        return _note_copy(con, arrival, original, report)
    return _load(con, arrival, delivery, report)


def _read(arrival: _Arrival) -> Delivery:
    if arrival.file.format is None:
        raise GateError(f"this kind of file isn't read; accepted are {ACCEPTED}")
    return read_delivery(arrival.content, arrival.file, arrival.source)


def _refuse_at_gate(
    con: Connection, arrival: _Arrival, reason: str, public_reason: str, report: IngestReport
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
    con: Connection, arrival: _Arrival, original: LedgerFile, report: IngestReport
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


def _load(
    con: Connection, arrival: _Arrival, delivery: Delivery, report: IngestReport
) -> tuple[IngestReport, int]:
    """Judge a delivery's rows; load it, or refuse it where too many are rejected."""
    source = arrival.source
    with transaction(con):
        _create_incoming(con, source, delivery)
        find_rejected(con, source, delivery.broken)
        file_id = ledger.next_file_id(con)
        n_quarantined = _count(con, "select count(distinct line_number) from rejected")
        problems = first_rejected(con, SHOWN_PROBLEMS)
        is_refused = n_quarantined > source.max_quarantined_share * delivery.n_rows
        entry = replace(
            arrival.entry(file_id, ledger.REFUSED if is_refused else ledger.LOADED),
            unknown_columns=_unknown_columns(delivery, source),
            n_rows=delivery.n_rows,
            n_quarantined=n_quarantined,
            n_accepted=0,
            n_superseded=0,
        )
        if is_refused:
            entry = _with_reasons(entry, source, problems[0])
            n_replaced = 0
        else:
            _insert_rows(con, source, file_id, delivery)
            n_standing = _count_standing(con, source, file_id)
            entry = replace(
                entry,
                n_accepted=n_standing,
                n_superseded=delivery.n_rows - n_quarantined - n_standing,
                loaded_at=arrival.now,
            )
            n_replaced = ledger.count_replaced(con, source, file_id)
        ledger.enter(con, entry, instead_of=arrival.refused_before)
        ledger.keep_rejected(con, source, file_id)
        con.execute("drop table incoming")
        con.execute("drop table rejected")
    if is_refused:
        return _reported_refusal(report, arrival, entry), file_id
    return _reported_load(report, arrival, entry, problems, n_replaced), file_id


def _create_incoming(con: Connection, source: Source, delivery: Delivery) -> None:
    """Make the temporary table ``incoming`` of the rows that have the header's columns."""
    canonical = [
        f"{casts.identifier(name)} as {name}"
        if name in delivery.columns
        else f"cast(null as varchar) as {name}"
        for name in source.column_names
    ]
    unknown = [name for name in delivery.columns if name not in source.column_names]
    pairs = ", ".join(f"{casts.literal(name)}, {casts.identifier(name)}" for name in unknown)
    extra = f"cast(json_object({pairs}) as varchar)" if unknown else "cast(null as varchar)"
    con.register("_delivery", delivery.table)
    try:
        con.execute(
            f"create or replace temp table incoming as select {LINE_NUMBER} as line_number, "
            f"{', '.join(canonical)}, {extra} as extra from _delivery"
        )
    finally:
        con.unregister("_delivery")


def _insert_rows(con: Connection, source: Source, file_id: int, delivery: Delivery) -> None:
    """Copy ``incoming`` into raw, rows in ``rejected`` marked as quarantined."""
    columns = ", ".join((*source.column_names, "extra"))
    con.execute(
        f"insert into raw.{source.name} (file_id, line_number, {columns}, is_quarantined) "
        f"select {file_id}, line_number, {columns}, "
        "line_number in (select line_number from rejected) from incoming"
    )
    if delivery.broken:
        con.execute(
            f"insert into raw.{source.name} (file_id, line_number, is_quarantined) "
            f"select {file_id}, line_number, true from rejected where column_name is null"
        )


def _count_standing(con: Connection, source: Source, file_id: int) -> int:
    """How many rows of a file are the newest of their key: its keys, as it is the newest file."""
    key = ", ".join(
        casts.cast(source.column(name), casts.clean(name)) + f" as key_{name}"
        for name in source.key
    )
    return _count(
        con,
        f"select count(*) from (select distinct {key} from raw.{source.name} "
        f"where file_id = {file_id} and not is_quarantined)",
    )


def _unknown_columns(delivery: Delivery, source: Source) -> str | None:
    return ", ".join(name for name in delivery.columns if name not in source.column_names) or None


def _with_reasons(entry: FileEntry, source: Source, first: RejectedCell) -> FileEntry:
    def reason(first_problem: str) -> str:
        return (
            f"{entry.n_quarantined:,} of {entry.n_rows:,} rows broke a rule, more than the "
            f"{source.max_quarantined_share:.0%} allowed; the first: {first_problem}. "
            "Correct the file and drop it again, or remove it"
        )

    return replace(
        entry,
        reason=reason(first.describe()),
        public_reason=reason(first.describe(with_value=False)),
    )


def _reported_refusal(report: IngestReport, arrival: _Arrival, entry: FileEntry) -> IngestReport:
    return replace(
        report,
        n_files_refused=report.n_files_refused + 1,
        delivery_refusals=(*report.delivery_refusals, f"{arrival.place}: {entry.reason}"),
    )


def _reported_load(
    report: IngestReport,
    arrival: _Arrival,
    entry: FileEntry,
    problems: list[RejectedCell],
    n_replaced: int,
) -> IngestReport:
    notes = report.notes
    if entry.unknown_columns:
        notes = (*notes, f"{arrival.place}: kept unknown columns {entry.unknown_columns}")
    return replace(
        report,
        n_files_loaded=report.n_files_loaded + 1,
        n_rows=report.n_rows + (entry.n_rows or 0),
        n_accepted=report.n_accepted + (entry.n_accepted or 0),
        n_quarantined=report.n_quarantined + (entry.n_quarantined or 0),
        n_superseded=report.n_superseded + (entry.n_superseded or 0),
        n_replaced=report.n_replaced + n_replaced,
        problems=(
            *report.problems,
            *(f"{arrival.place} {problem.describe()}" for problem in problems),
        ),
        notes=notes,
    )


def _count(con: Connection, query: str) -> int:
    return int(fetch_value(con, query))
