"""From one text table to rows in raw and staging, or to a refusal of the delivery as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace

import polars as pl
import pyarrow as pa

from pipelines.config.mapping import is_column
from pipelines.core.raw_files import RawPath
from pipelines.core.warehouse import Connection, transaction
from pipelines.ingest.load import file_ledger, ledger_lines, raw_store, staging_upsert
from pipelines.ingest.load.file_ledger import FileEntry
from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.load.known_people import doubled_people
from pipelines.ingest.load.lacking import lacking_reason
from pipelines.ingest.load.landed_file import LandedFile
from pipelines.ingest.load.quarantine import file_for, hand_back
from pipelines.ingest.load.replaced import Replaced
from pipelines.ingest.load.resubmissions import answered, find_answer
from pipelines.ingest.load.row_tables import raw_rows, staged_rows
from pipelines.ingest.load.validate_kept import validate_kept
from pipelines.ingest.load.withdrawal import command_for
from pipelines.ingest.read.delivery import UNKNOWN_PERSON, Delivery, kept_name
from pipelines.ingest.shape.file_reader import waiting
from pipelines.ingest.validate.error_hints import hint_for
from pipelines.ingest.validate.footers import footer_hint
from pipelines.ingest.validate.validation import Validation
from pipelines.personal_data.log_redaction import loggable_columns

SHOWN_PROBLEMS = 5


@dataclass(frozen=True)
class RawFolder:
    """Where a source's deliveries are kept as text, and who writes them while others go on."""

    path: RawPath
    writer: Executor

    @contextmanager
    def keeping(self, file_id: int, rows: pa.Table) -> Iterator[list[str]]:
        """Write rows beside what the block does; after it the list has the file's name."""
        written = self.writer.submit(raw_store.keep, self.path, file_id, rows)
        names: list[str] = []
        yield names
        names.append(written.result())


def load(
    con: Connection, landed: LandedFile, delivery: Delivery, raw: RawFolder, report: IngestReport
) -> tuple[IngestReport, int]:
    """Judge a delivery's rows; load it, or refuse it where too many are rejected."""
    validation = validate_kept(con, landed, delivery)
    lacking = lacking_reason(con, landed, validation)
    if lacking is None and not landed.file.is_tombstone:
        doubled = doubled_people(con, landed.source, validation)
        lacking = f"{doubled}. {_way_out(landed)}" if doubled else None
    if lacking is not None or validation.is_refused(landed.source):
        return _refuse(con, landed, validation, raw, report, lacking)
    with transaction(con):
        file_id = file_ledger.next_file_id(con)
        entry, replaced = _load_rows(con, landed, validation, raw, file_id)
        file_ledger.enter(con, entry, instead_of=landed.refused_before)
        file_ledger.keep_rejected(con, landed.source, file_id, validation.rejected)
        hand_rows_back(landed, validation)
        if validation.rejected.height:
            ledger_lines.write_line(con, raw.path, file_id)
        else:
            ledger_lines.write_sound(raw.path, entry)
    notes = _notes(landed, entry, validation.delivery, replaced.n_rows)
    return reported_load(report, landed, entry, validation, replaced.n_rows, notes), file_id


def _load_rows(
    con: Connection, landed: LandedFile, validation: Validation, raw: RawFolder, file_id: int
) -> tuple[FileEntry, Replaced]:
    """Bring the rows into raw and staging; the ledger's line, and which rows they replaced."""
    source, is_tombstone = landed.source, landed.file.is_tombstone
    rows = raw_rows(con, source, validation, landed.mapping, file_id, is_tombstone=is_tombstone)
    with raw.keeping(file_id, rows) as names:
        standing_rows = staged_rows(con, source, validation, landed.mapping, file_id)
        replaced = staging_upsert.upsert(
            con,
            source,
            standing_rows,
            raw=raw.path,
            is_tombstone=is_tombstone,
            feed=landed.reader.feed,
        )
        file_ledger.count_replaced(con, replaced.n_rows_by_file)
    entry = replace(
        counted(landed.entry(file_id, file_ledger.LOADED), landed, validation),
        n_accepted=standing_rows.num_rows,
        n_superseded=validation.n_superseded_by(standing_rows.num_rows),
        loaded_at=landed.now,
        raw_file=names[0],
        told=_hit_nothing(landed, standing_rows.num_rows, replaced)
        or told_of(landed, validation, replaced),
    )
    return entry, replaced


def _hit_nothing(landed: LandedFile, n_keys: int, replaced: Replaced) -> str | None:
    """What is told of a tombstone under whose keys no row stood."""
    if not landed.file.is_tombstone or replaced.n_rows:
        return None
    return f"none of its {n_keys:,} keys had a row that stood, so nothing was deleted"


def told_of(landed: LandedFile, validation: Validation, replaced: Replaced) -> str | None:
    """What is told of a file that was taken, without values: rejected and replaced rows."""
    broken = validation.rejected.filter(pl.col("rule") != UNKNOWN_PERSON)
    told = [replaced.told(), *validation.delivery.lost_people]
    if broken.height:
        first = validation.problems_among(broken.head(1))[0].describe(with_value=False)
        n_rows, n = validation.delivery.n_rows, broken["line_number"].n_unique()
        lost = f"{n:,} of {n_rows:,} rows broke a rule and aren't there; the first: {first}"
        told.insert(0, f"{lost}{_where(landed)}")
    return ". ".join(filter(None, told)) or None


def counted(entry: FileEntry, landed: LandedFile, validation: Validation) -> FileEntry:
    """Return the ledger's line with the delivery's counts; none of its rows is current yet."""
    delivery, waits_for = validation.delivery, validation.delivery.waits_for
    return replace(
        entry,
        unknown_columns=loggable_columns(_nowhere_used(validation.delivery, landed)) or None,
        n_rows=validation.delivery.n_delivered,
        n_quarantined=validation.n_quarantined,
        n_accepted=0,
        n_superseded=0,
        is_return=validation.delivery.is_return,
        mapping=entry.mapping if waits_for is None else waiting(entry.mapping, waits_for),
        n_records=delivery.as_delivered.n_delivered,
        n_skipped=sum(n for _, n in delivery.skipped),
        skipped="; ".join(f"{reason}: {n}" for reason, n in delivery.skipped) or None,
    )


def _nowhere_used(delivery: Delivery, landed: LandedFile) -> list[str]:
    """The delivered columns that neither the contract nor a score of a questionnaire reads."""
    return [
        name
        for name in delivery.unknown_columns
        if not is_column(landed.source, kept_name(name, landed.mapping))
    ]


def _refuse(
    con: Connection,
    landed: LandedFile,
    validation: Validation,
    raw: RawFolder,
    report: IngestReport,
    lacking: str | None,
) -> tuple[IngestReport, int]:
    """Enter a delivery that has too many rejected rows, or the file that came back for it.

    One that would empty columns is entered with the reason ``lacking``.
    """
    with transaction(con):
        file_id = file_ledger.next_file_id(con)
        entry = counted(landed.entry(file_id, file_ledger.REFUSED), landed, validation)
        if validation.is_refused(landed.source):
            entry = with_reasons(entry, landed, validation)
        else:
            entry = replace(entry, reason=lacking, public_reason=lacking)
        answer = find_answer(con, landed, validation, raw.path)
        if answer is not None:
            entry = answered(entry, answer)
        file_ledger.enter(con, entry, instead_of=landed.refused_before)
        file_ledger.keep_rejected(con, landed.source, file_id, validation.rejected)
        hand_rows_back(landed, validation)
    if answer is not None:
        note = f"{landed.place}: {entry.reason}"
        known = replace(report, n_files_known=report.n_files_known + 1, notes=(*report.notes, note))
        return known, file_id
    return _reported_refusal(report, landed, entry), file_id


def hand_rows_back(landed: LandedFile, validation: Validation) -> None:
    """Write the rejected rows where they can be mended; of a refused delivery all rows.

    Records whose people aren't known yet need no mending: they come back by themselves.
    """
    if landed.quarantine is None:
        return
    is_refused = validation.is_refused(landed.source)
    hand_back(
        landed.quarantine,
        landed.file.name,
        validation.delivery,
        [each for each in validation.all_problems() if is_refused or each.rule != UNKNOWN_PERSON],
        delimiter=landed.reader.delimiter,
        with_all_rows=is_refused,
    )


def with_reasons(entry: FileEntry, landed: LandedFile, validation: Validation) -> FileEntry:
    """The entry with the reason why the delivery is refused, in full and without values."""
    first = validation.first_problems(1)[0]
    source = landed.source
    share = (entry.n_quarantined or 0) / (entry.n_rows or 1)
    hint = hint_for(first, source, landed.mapping, landed.reader.of, share=share) or footer_hint(
        first, validation
    )

    def reason(first_problem: str) -> str:
        return (
            f"{entry.n_quarantined:,} of {entry.n_rows:,} rows broke a rule, more than the "
            f"{source.max_quarantined_share:.0%} allowed; the first: {first_problem}{hint}. "
            f"{_way_out(landed)}{_where(landed)}"
        )

    return replace(
        entry,
        reason=reason(first.describe()),
        public_reason=reason(first.describe(with_value=False)),
    )


def _way_out(landed: LandedFile) -> str:
    """What to do about a file that is refused."""
    command = command_for(landed.source, landed.file.name)
    return f"Correct the file and drop it again, take it out of landing/, or withdraw it: {command}"


def _where(landed: LandedFile) -> str:
    """Where the rows are that went back."""
    if landed.quarantine is None:
        return ""
    path = file_for(landed.quarantine, landed.file.name)
    return f"; its rows, with what is wrong in each, stand in {'/'.join(path.parts[-4:])}"


def _reported_refusal(report: IngestReport, landed: LandedFile, entry: FileEntry) -> IngestReport:
    return replace(
        report,
        n_files_refused=report.n_files_refused + 1,
        delivery_refusals=(*report.delivery_refusals, f"{landed.place}: {entry.reason}"),
    )


def _notes(
    landed: LandedFile, entry: FileEntry, delivery: Delivery, n_replaced: int
) -> tuple[str, ...]:
    notes = list(delivery.notes)
    if entry.unknown_columns:
        notes.append(f"kept unknown columns {entry.unknown_columns}")
    n_waiting = sum(each.rule == UNKNOWN_PERSON for each in delivery.broken)
    if (entry.n_quarantined or 0) > n_waiting and landed.quarantine is not None:
        path = file_for(landed.quarantine, landed.file.name)
        notes.append(f"rejected rows went back to {'/'.join(path.parts[-4:])}")
    if delivery.n_left_out:
        notes.append(f"left out {delivery.n_left_out:,} rows of people who were erased")
    if landed.file.is_tombstone:
        notes.append(f"deleted {n_replaced:,} of {entry.n_rows or 0:,} keys")
    return tuple(f"{landed.place}: {note}" for note in notes)


def reported_load(
    report: IngestReport,
    landed: LandedFile,
    entry: FileEntry,
    validation: Validation,
    n_replaced: int,
    notes: tuple[str, ...],
) -> IngestReport:
    """The report with one more loaded file."""
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
            *(
                f"{landed.place} {problem.describe()}"
                for problem in validation.first_problems(SHOWN_PROBLEMS)
            ),
        ),
        notes=(*report.notes, *notes),
    )
