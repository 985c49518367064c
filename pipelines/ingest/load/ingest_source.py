"""From one source's landing folder to `raw` and `staging`: each new file whole, or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipelines.config.feeds import Feed
from pipelines.config.mapping import SourceMapping
from pipelines.config.settings import Limits
from pipelines.contracts.sources import Source
from pipelines.core.check_results import (
    DELIVERIES_ACCEPTED,
    FILES_READABLE,
    CheckResult,
    Severity,
    record_results,
)
from pipelines.core.checked_data import delivered_fingerprint, note_checked
from pipelines.core.errors import GateError
from pipelines.core.raw_files import RawPath
from pipelines.core.warehouse import Connection, transaction
from pipelines.engine.engine import IN_DUCKDB, Engine
from pipelines.ingest.load import (
    file_ledger,
    ledger_lines,
    merge_feeds,
    raw_store,
    set_aside,
    staging_upsert,
    withdrawal,
)
from pipelines.ingest.load.file_ledger import LedgerFile
from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.load.landed_file import LandedFile
from pipelines.ingest.load.load_delivery import RawFolder, load
from pipelines.ingest.load.prefetch import Prepared, prepare
from pipelines.ingest.load.reprocess import read_again
from pipelines.ingest.load.source_folders import folders_of
from pipelines.ingest.pull.pull_database import Pull
from pipelines.ingest.read.delivery import Delivery
from pipelines.ingest.read.integrity import PrivateGateError
from pipelines.ingest.read.landing_folder import LandingFile
from pipelines.ingest.read.limits import DEFAULT
from pipelines.ingest.read.readers import CANONICAL
from pipelines.ingest.shape.file_reader import FileReader, RecipeReader
from pipelines.ingest.shape.lookups import read_lookups
from pipelines.personal_data.erased_people import NOBODY, Erased


@dataclass(frozen=True)
class _Intake:
    """What the intake of one source's files needs: connection, folders, mapping, limits."""

    con: Connection
    source: Source
    reader: FileReader
    raw: RawFolder
    quarantine: Path | None
    now: dt.datetime
    erased: Erased
    limits: Limits


def ingest_source(
    con: Connection,
    source: Source,
    folder: Path,
    *,
    raw: RawPath,
    now: dt.datetime,
    mapping: SourceMapping | None = None,
    quarantine: Path | None = None,
    erased: Erased = NOBODY,
    limits: Limits = DEFAULT,
    feeds: Sequence[Feed] = (),
    time_zone: str = "UTC",
    refused_since: dt.datetime | None = None,
    pulls: Mapping[str, Pull] | None = None,
    engine: Engine = IN_DUCKDB,
    is_emptied: bool = False,
) -> IngestReport:
    """Load every new file of a source's landing folder, and of its feeds', into raw and staging.

    A file is known by name, content and mapping or recipe. What was loaded is passed over, what was
    refused looked at again, what was loaded under another mapping read again in its place, each in
    one transaction with its ledger line.

    Args:
        con: the private warehouse, writable and outside a transaction.
        folder: the landing folder; it may be missing, and nothing in it is ever changed.
        raw: the folder that keeps what was delivered, one folder per source.
        now: the moment that new ledger lines carry, with time zone.
        mapping: what the organisation declares about the source's export.
        quarantine: the source's folder for rejected rows; without one they aren't handed back.
        feeds: every feed of the workspace; those whose recipe makes this source are read.
        time_zone: in which recipes read times with an offset.
        refused_since: the last publication, if refused after it: what came since and left leaves.
        pulls: by feed, or the source's name; a failed one blocks a required source.
        engine: what builds staging anew from raw; new deliveries DuckDB puts in their places.
        is_emptied: all of ``landing/`` is empty: what was withdrawn wasn't taken out of it.
    """
    open_ledger(con, source, raw)
    folders = folders_of(source, folder, mapping or CANONICAL, feeds, pulls or {})
    merge_feeds.write_plan(con, source, feeds, has_own=bool(folders[0].content().files))
    restore_views(con, source, raw, engine)
    report, numbers = IngestReport(source.name), []
    with ThreadPoolExecutor(max_workers=2) as pool:
        store = RawFolder(raw / source.name, pool)
        for each in folders:
            content = each.content()
            feed_reader = each.reader or _recipe_reader(con, each.feed, time_zone, erased)
            with closing(feed_reader) as reader:
                intake = _Intake(con, source, reader, store, quarantine, now, erased, limits)
                told = _with_nested(report, each.path.name, content.nested)
                told, taken = _ingest_files(intake, content.files, told)
            report = each.with_pull(told, source)
            numbers += taken
            if not staging_upsert.is_current(con, source):
                restore_views(con, source, raw, engine)
    file_ledger.note_presence(con, source, numbers, is_emptied=is_emptied)
    report = _without_taken_out(con, source, raw / source.name, now, refused_since, report)
    restore_views(con, source, raw, engine)
    return _concluded(con, source, raw / source.name, report, len(numbers))


def open_ledger(con: Connection, source: Source, raw: RawPath) -> None:
    """Bring the ledger up to what lies in raw."""
    file_ledger.create_tables(con)
    with transaction(con):
        ledger_lines.enter_unknown(con, raw)
    raw_store.open_folder(con, source, raw / source.name)


def _concluded(
    con: Connection, source: Source, folder: RawPath, report: IngestReport, n_files: int
) -> IngestReport:
    """Bring the lines up to date; note what merging came upon, and how the files fared."""
    ledger_lines.bring_up_to_date(con, source, folder)
    if report.n_files_loaded:
        report = replace(report, notes=(*report.notes, *merge_feeds.merge_notes(con, source)))
    _record_checks(con, source, report, n_files)
    return report


def _without_taken_out(
    con: Connection,
    source: Source,
    folder: RawPath,
    now: dt.datetime,
    refused_since: dt.datetime | None,
    report: IngestReport,
) -> IngestReport:
    """Withdraw what was refused since the last publication and taken out of landing/; note it."""
    if refused_since is None:
        return report
    left = withdrawal.let_go(con, source, folder, now, refused_since)
    notes = (f"{each.place}: {withdrawal.TAKEN_OUT}" for each in left)
    return replace(report, notes=(*report.notes, *notes))


def _recipe_reader(
    con: Connection, feed: Feed | None, time_zone: str, erased: Erased
) -> RecipeReader:
    assert feed is not None
    return RecipeReader(feed, read_lookups(con, feed.recipe.declared.lookups), time_zone, erased)


def _with_nested(report: IngestReport, folder: str, nested: Sequence[str]) -> IngestReport:
    """Tell of folders within a landing folder: nothing in them is read."""
    told = (
        f"{folder}/{name}: is a folder; only files directly in the landing folder are read"
        for name in nested
    )
    return replace(report, gate_refusals=(*report.gate_refusals, *told))


def restore_views(
    con: Connection, source: Source, raw: RawPath, engine: Engine = IN_DUCKDB
) -> None:
    """Show every delivery in raw; put back what was set aside; build staging anew if it must be."""
    set_aside.put_back(con, source)
    with transaction(con):
        raw_store.show(con, source, raw / source.name)
        staging_upsert.keep_staged(con, source, engine)


def _ingest_files(
    intake: _Intake, files: tuple[LandingFile, ...], report: IngestReport
) -> tuple[IngestReport, list[int]]:
    """Take every file; the refused ones once more, if mended rows may have come back after them."""
    numbers: dict[LandingFile, int] = {}
    refused: list[tuple[LandingFile, str]] = []
    for prepared in _prepared_ahead(intake, files):
        n_before = len(report.delivery_refusals)
        report, numbers[prepared.file] = _ingest_file(intake, prepared, report)
        refused += [(prepared.file, reason) for reason in report.delivery_refusals[n_before:]]
    if refused and file_ledger.returned_since(intake.con, intake.source, intake.now):
        known = file_ledger.latest_by_name(intake.con, intake.source)
        for file, reason in refused:
            others = tuple(other for other in report.delivery_refusals if other != reason)
            report = replace(
                report, n_files_refused=report.n_files_refused - 1, delivery_refusals=others
            )
            prepared = prepare(
                file, intake.source, intake.reader, known.get(file.name), intake.limits
            )
            report, numbers[file] = _ingest_file(intake, prepared, report)
    return report, list(numbers.values())


def _prepared_ahead(intake: _Intake, files: Sequence[LandingFile]) -> Iterator[Prepared]:
    """The files in their order, each read while the one before it is loaded."""
    known = file_ledger.latest_by_name(intake.con, intake.source)

    def read(file: LandingFile) -> Future[Prepared]:
        before = known.get(file.name)
        return intake.raw.writer.submit(
            prepare, file, intake.source, intake.reader, before, intake.limits
        )

    ahead: Future[Prepared] | None = None
    for file in files:
        following = read(file)
        if ahead is not None:
            yield ahead.result()
        ahead = following
    if ahead is not None:
        yield ahead.result()


def _record_checks(con: Connection, source: Source, report: IngestReport, n_files: int) -> None:
    """Note among the checks of the refresh how the source's files fared."""
    table = f"raw.{report.source}"
    of_rows: Severity = "ERROR" if source.required else "WARN"
    refused: list[tuple[str, Severity, tuple[str, ...]]] = [
        (DELIVERIES_ACCEPTED, of_rows, report.delivery_refusals),
        (FILES_READABLE, "WARN", report.gate_refusals),
    ]
    is_accepted = {DELIVERIES_ACCEPTED: not report.delivery_refusals}
    note_checked(con, table, is_accepted, delivered_fingerprint(con, report.source))
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


def _ingest_file(
    intake: _Intake, prepared: Prepared, report: IngestReport
) -> tuple[IngestReport, int]:
    """Bring the ledger up to date with one file; returns the new report and the file's number."""
    con, source, before = intake.con, intake.source, prepared.before
    if prepared.is_unchanged and before is not None:
        if prepared.stamp != before.stamp:
            file_ledger.change(con, before.file_id, stamp=prepared.stamp)
        is_withdrawn = before.status == file_ledger.WITHDRAWN
        if is_withdrawn or intake.reader.is_current(before.mapping):
            return replace(report, n_files_known=report.n_files_known + 1), before.file_id
        landed = prepared.landed(intake.quarantine, intake.now, intake.erased)
        return read_again(con, landed, before, intake.raw, report), before.file_id
    landed = prepared.landed(intake.quarantine, intake.now, intake.erased)
    match prepared.delivery:
        case PrivateGateError() as error:
            return _refuse_at_gate(con, landed, str(error), error.public_reason, report)
        case GateError() as error:
            return _refuse_at_gate(con, landed, str(error), str(error), report)
    delivery = prepared.delivery
    assert isinstance(delivery, Delivery)
    original = file_ledger.loaded_with_content(con, source, prepared.sha256)
    if original is not None and before is None and _stands_for(intake, original):
        return _note_copy(con, landed, original, report)
    return load(con, landed, delivery, intake.raw, report)


def _stands_for(intake: _Intake, original: LedgerFile) -> bool:
    """Whether a file of the same content has nothing to change: what stands is as it says."""
    con, source, raw = intake.con, intake.source, intake.raw.path
    is_read_alike = intake.reader.is_current(original.mapping)
    return is_read_alike and staging_upsert.still_stands(con, source, original, raw)


def _refuse_at_gate(
    con: Connection, landed: LandedFile, reason: str, public_reason: str, report: IngestReport
) -> tuple[IngestReport, int]:
    """Enter a file that can't be taken at all."""
    file_id = _enter(con, landed, file_ledger.REFUSED, reason=reason, public_reason=public_reason)
    report = replace(
        report,
        n_files_refused=report.n_files_refused + 1,
        gate_refusals=(*report.gate_refusals, f"{landed.place}: {reason}"),
    )
    return report, file_id


def _note_copy(
    con: Connection, landed: LandedFile, original: LedgerFile, report: IngestReport
) -> tuple[IngestReport, int]:
    """Enter a file whose content is loaded under another name; all its rows are superseded."""
    reason = f"same content as {original.file}; its rows are loaded already"
    file_id = _enter(
        con,
        landed,
        file_ledger.LOADED,
        reason=reason,
        public_reason=reason,
        copy_of=original.file_id,
        n_rows=original.n_rows,
        n_accepted=0,
        n_quarantined=0,
        n_superseded=original.n_rows,
        loaded_at=landed.now,
    )
    report = replace(
        report,
        n_files_known=report.n_files_known + 1,
        notes=(*report.notes, f"{landed.place}: {reason}"),
    )
    return report, file_id


def _enter(con: Connection, landed: LandedFile, status: str, **known: Any) -> int:
    """Enter a file of which no row was loaded; returns its number in the ledger."""
    with transaction(con):
        file_id = file_ledger.next_file_id(con)
        entry = replace(landed.entry(file_id, status), **known)
        file_ledger.enter(con, entry, instead_of=landed.refused_before)
    return file_id
