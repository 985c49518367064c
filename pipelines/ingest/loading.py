"""One delivery's rows: judged, and loaded into raw or refused as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from pipelines.contracts import casts
from pipelines.contracts.model import Source
from pipelines.ingest import ledger
from pipelines.ingest.answers import answered, find_answer
from pipelines.ingest.arrival import Arrival
from pipelines.ingest.delivery import Delivery
from pipelines.ingest.hints import hint_for
from pipelines.ingest.incoming import create_incoming, insert_incoming
from pipelines.ingest.ledger import FileEntry
from pipelines.ingest.quarantine import file_for, hand_back
from pipelines.ingest.report import IngestReport
from pipelines.ingest.rules import RejectedCell, all_rejected, find_rejected, first_rejected
from pipelines.warehouse import Connection, fetch_value, transaction

SHOWN_PROBLEMS = 5


@dataclass(frozen=True)
class Judgement:
    """How many rows of a delivery broke a rule, the first of them, and whether it is too many."""

    n_quarantined: int
    problems: list[RejectedCell]
    is_refused: bool


@contextmanager
def judged(con: Connection, arrival: Arrival, delivery: Delivery) -> Iterator[Judgement]:
    """Hold a delivery against the rules, within a transaction of its own.

    Inside the block the rows stand in the temporary tables ``incoming`` and ``rejected``.
    """
    with transaction(con):
        create_incoming(con, arrival.source, delivery, arrival.mapping)
        find_rejected(con, arrival.source, delivery.broken, arrival.mapping)
        n_quarantined = _count(con, "select count(distinct line_number) from rejected")
        is_refused = n_quarantined > arrival.source.max_quarantined_share * delivery.n_rows
        problems = first_rejected(con, delivery, SHOWN_PROBLEMS)
        yield Judgement(n_quarantined, problems, is_refused)
        con.execute("drop table incoming")
        con.execute("drop table rejected")


def load(
    con: Connection, arrival: Arrival, delivery: Delivery, report: IngestReport
) -> tuple[IngestReport, int]:
    """Judge a delivery's rows; load it, or refuse it where too many are rejected."""
    source = arrival.source
    with judged(con, arrival, delivery) as judgement:
        file_id = ledger.next_file_id(con)
        status = ledger.REFUSED if judgement.is_refused else ledger.LOADED
        entry = replace(
            arrival.entry(file_id, status),
            unknown_columns=unknown_columns(delivery),
            n_rows=delivery.n_rows,
            n_quarantined=judgement.n_quarantined,
            n_accepted=0,
            n_superseded=0,
            is_return=delivery.is_return,
        )
        answer = None
        n_replaced = 0
        if judgement.is_refused:
            entry = with_reasons(entry, arrival, judgement.problems[0])
            answer = find_answer(con, arrival, delivery, judgement.n_quarantined)
            entry = answered(entry, answer) if answer else entry
        else:
            insert_incoming(con, source, file_id, delivery, is_tombstone=arrival.file.is_tombstone)
            n_standing = _count_standing(con, source, file_id)
            entry = replace(
                entry,
                n_accepted=n_standing,
                n_superseded=delivery.n_rows - judgement.n_quarantined - n_standing,
                loaded_at=arrival.now,
            )
            n_replaced = ledger.count_replaced(con, source, file_id)
        ledger.enter(con, entry, instead_of=arrival.refused_before)
        ledger.keep_rejected(con, source, file_id)
        hand_rows_back(con, arrival, delivery, judgement)
    if answer is not None:
        note = f"{arrival.place}: {entry.reason}"
        return replace(
            report, n_files_known=report.n_files_known + 1, notes=(*report.notes, note)
        ), file_id
    if judgement.is_refused:
        return _reported_refusal(report, arrival, entry), file_id
    notes = _notes(arrival, entry, delivery, n_replaced)
    return reported_load(report, arrival, entry, judgement, n_replaced, notes), file_id


def hand_rows_back(
    con: Connection, arrival: Arrival, delivery: Delivery, judgement: Judgement
) -> None:
    """Write the rejected rows where they can be mended; of a refused delivery all rows."""
    if arrival.quarantine is not None:
        hand_back(
            arrival.quarantine,
            arrival.file.name,
            delivery,
            all_rejected(con, delivery) if judgement.n_quarantined else [],
            delimiter=arrival.mapping.delimiter or ",",
            with_all_rows=judgement.is_refused,
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


def unknown_columns(delivery: Delivery) -> str | None:
    """The unknown columns in words."""
    return ", ".join(delivery.unknown_columns) or None


def with_reasons(entry: FileEntry, arrival: Arrival, first: RejectedCell) -> FileEntry:
    """The entry with the reason why the delivery is refused, in full and without values."""
    source = arrival.source
    hint = hint_for(first, source, arrival.mapping)

    def reason(first_problem: str) -> str:
        return (
            f"{entry.n_quarantined:,} of {entry.n_rows:,} rows broke a rule, more than the "
            f"{source.max_quarantined_share:.0%} allowed; the first: {first_problem}{hint}. "
            f"Correct the file and drop it again, or remove it{_where(arrival)}"
        )

    return replace(
        entry,
        reason=reason(first.describe()),
        public_reason=reason(first.describe(with_value=False)),
    )


def _where(arrival: Arrival) -> str:
    """Where the rows are that went back."""
    if arrival.quarantine is None:
        return ""
    path = file_for(arrival.quarantine, arrival.file.name)
    return f"; its rows, with what is wrong in each, stand in {'/'.join(path.parts[-4:])}"


def _reported_refusal(report: IngestReport, arrival: Arrival, entry: FileEntry) -> IngestReport:
    return replace(
        report,
        n_files_refused=report.n_files_refused + 1,
        delivery_refusals=(*report.delivery_refusals, f"{arrival.place}: {entry.reason}"),
    )


def _notes(
    arrival: Arrival, entry: FileEntry, delivery: Delivery, n_replaced: int
) -> tuple[str, ...]:
    notes = list(delivery.notes)
    if entry.unknown_columns:
        notes.append(f"kept unknown columns {entry.unknown_columns}")
    if entry.n_quarantined and arrival.quarantine is not None:
        path = file_for(arrival.quarantine, arrival.file.name)
        notes.append(f"rejected rows went back to {'/'.join(path.parts[-4:])}")
    if arrival.file.is_tombstone:
        notes.append(f"deleted {n_replaced:,} of {entry.n_rows or 0:,} keys")
    return tuple(f"{arrival.place}: {note}" for note in notes)


def reported_load(
    report: IngestReport,
    arrival: Arrival,
    entry: FileEntry,
    judgement: Judgement,
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
            *(f"{arrival.place} {problem.describe()}" for problem in judgement.problems),
        ),
        notes=(*report.notes, *notes),
    )


def _count(con: Connection, query: str) -> int:
    return int(fetch_value(con, query))
