"""Records past their age go out of raw, staging, the ledger and the quarantine, each night.

Landing files stay as they are, and a file that was read isn't read again; a new delivery with old
rows loses them in the same refresh. Who left too long ago is entered into the list of erased people
up to the cut-off, so that the next full roster doesn't bring the person back without the exit.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.config.settings import RecordAge
from pipelines.contracts import casts
from pipelines.contracts.sources import Column, Source, load_contracts
from pipelines.core.queries import statement
from pipelines.core.sql_text import Expression
from pipelines.core.text_columns import distinct_texts, in_one_piece, kept_rows
from pipelines.core.warehouse import Connection, fetch, fetch_value, transaction, write
from pipelines.core.workspace import Workspace
from pipelines.erasure.age_due import PERSON, RETENTION_TABLE, expired_now, refused_files, staged
from pipelines.erasure.age_rule import Expired
from pipelines.erasure.orphans import age_orphans
from pipelines.erasure.quarantine import keep_rows
from pipelines.erasure.raw_store import (
    Delivered,
    change_of,
    delivered_files,
    put_in_place,
    settle_files,
)
from pipelines.erasure.warehouse import drop_what_was_computed
from pipelines.ingest.load import raw_store, source_notes, staging_upsert
from pipelines.ingest.load.drop_erased import oldest_column
from pipelines.ingest.load.erased_aliases import note_staged
from pipelines.ingest.load.packing import DeliveredRows, tidy
from pipelines.ingest.load.quarantine import file_for
from pipelines.personal_data.erased_people import Erased, Flags, dropped
from pipelines.personal_data.erasure_registry import add_people, load_erased

Days = npt.NDArray[np.datetime64]
SESSIONS = "coaching_sessions"


@dataclass(frozen=True)
class SweepResult:
    """What a sweep removed: rows by source (removed, or their free text), people, quarantine files.

    ``n_people`` left too long ago and went as a whole.
    """

    cut_off: dt.date
    n_rows: dict[str, int]
    n_people: int
    n_handed_back: int

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was past its age."""
        return not (any(self.n_rows.values()) or self.n_people or self.n_handed_back)


def sweep(
    con: Connection, workspace: Workspace, data_until: dt.date | None, years: int
) -> SweepResult:
    """Remove what is past its age from everything but ``landing/``; say what that was.

    Nothing is looked at twice under the same cut-off, unless somebody turns out to have left
    before it. What was computed goes with it, unless all of it came tonight. Blocks of the
    warehouse's file keep what was in them until it is rewritten.
    """
    con.execute(statement("erasure/looked_at"))
    day = RecordAge(years=years).kept_from(data_until) if data_until else dt.date.min
    found = expired_now(con, day)
    erased = _left_out(workspace, found)
    n_rows, old_files, landing = {}, refused_files(con, workspace, day), load_contracts().landing
    is_of_tonight = not (old_files or found.dropped_before or found.rows.height)
    sweeps = [_SourceSweep(con, each, workspace, day, found, erased) for each in landing]
    with transaction(con):
        if found.gone:
            note_staged(con, erased, found.gone)
        for each in sweeps:
            n_rows[each.source.name], has_earlier = each.sweep(old_files)
            is_of_tonight &= not has_earlier
            each.sweep_orphans()
    for path, is_kept in old_files.items():
        keep_rows(path, is_kept)
    swept = SweepResult(day, n_rows, len(found.gone), len(old_files))
    if not (swept.is_nothing or is_of_tonight):
        drop_what_was_computed(con)
    if not swept.is_nothing:
        for each in sweeps:
            settle_files(con, each.source, workspace.raw)
            raw_store.show(con, each.source, workspace.raw / each.source.name)
            staging_upsert.keep_staged(con, each.source)
    for each in sweeps:
        each.tidy()
    write(con, RETENTION_TABLE, _as_frame(swept))
    return swept


def _left_out(workspace: Workspace, found: Expired) -> Erased:
    """Whose rows are left out from now on, those among them who left too long ago."""
    files = (workspace.erasure_list_file, workspace.erasure_key_file)
    if not found.dropped_before:
        return load_erased(*files)
    return add_people(*files, found.dropped_before)


@dataclass(frozen=True)
class _SourceSweep:
    """The sweep of one source: its rows compared with the cut-off."""

    con: Connection
    source: Source
    workspace: Workspace
    day: dt.date
    found: Expired
    erased: Erased

    def sweep(self, old_files: dict[Path, list[bool] | None]) -> tuple[int, bool]:
        """Rewrite the files that have old rows; returns how many rows went or lost their text.

        And whether any of them had come before tonight.
        """
        folder, n_rows, has_earlier = self.workspace.raw / self.source.name, 0, False
        known = {name for (name, _) in self._looked_at()}
        rows = DeliveredRows(folder)
        for file in self._files():
            table = rows.of(file.raw_file, file.file_id)
            is_old, is_gone = self._flag_rows(table, self._arrived_on(file.file_id))
            silent, n_silenced = _without_prose(table, self.source, is_old & ~is_gone)
            if is_gone.any() or n_silenced:
                self._note_handed_back(file, table, is_gone, old_files)
                kept = kept_rows(silent, ~is_gone)
                put_in_place(self.con, folder, change_of(file, table, is_gone, kept))
                staging_upsert.forget(self.con, self.source)
                n_rows += int(is_gone.sum()) + n_silenced
                has_earlier |= file.raw_file in known
        self._note_files()
        return n_rows, has_earlier

    def _looked_at(self) -> list[tuple[str, dt.date]]:
        """The files that were held against a cut-off before, with it."""
        of_source = {"source": self.source.name}
        return self.con.execute(statement("erasure/files_looked_at"), of_source).fetchall()

    def tidy(self) -> None:
        """Pack small files; what has another name by then has been looked at."""
        place = (self.con, self.source, self.workspace.raw / self.source.name)
        if tidy(*place):
            raw_store.show(*place)
            self._note_files()

    def sweep_orphans(self) -> None:
        """Rewrite what no ledger line names and has old rows; no figure depends on it."""

        def keep(table: pa.Table, written: dt.date) -> pa.Table | None:
            is_old, is_gone = self._flag_rows(table, written)
            silent, n_silenced = _without_prose(table, self.source, is_old & ~is_gone)
            return kept_rows(silent, ~is_gone) if is_gone.any() or n_silenced else None

        age_orphans(self.workspace.raw, self.source, self.day, keep)

    def _files(self) -> list[Delivered]:
        """The deliveries to look through: new ones, or all where someone turned out to be gone."""
        delivered = delivered_files(self.con, self.source)
        is_roster = self.source.name == "roster"
        if self.found.dropped_before or (is_roster and self.found.rows.height):
            return delivered
        known = {name for name, cut_off in self._looked_at() if cut_off == self.day}
        new = [file for file in delivered if file.raw_file not in known]
        return [file for file in new if file.n_quarantined] if self._has_no_old_row() else new

    def _has_no_old_row(self) -> bool:
        """Whether no sound row can be old: current rows show it where the date is in the key."""
        source = self.source
        if source.name == "roster" or source.date_column not in source.key:
            return False
        query = statement(
            "erasure/oldest_row",
            day=[source.date_column],
            deleted=f"ledger.deleted_{source.name}",
            staged=staged(source),
        )
        oldest, n_deleted = self.con.execute(query).fetchall()[0]
        return not n_deleted and (oldest is None or oldest >= self.day)

    def _note_files(self) -> None:
        source_notes.forget(self.con, "ledger.looked_at", self.source.name)
        noted = {"cut_off": self.day, "source": self.source.name}
        self.con.execute(statement("erasure/note_looked_at"), noted)

    def _arrived_on(self, file_id: int) -> dt.date:
        """The day on which a delivery was first seen."""
        asked = {"file_id": file_id}
        day: dt.date = fetch_value(self.con, statement("erasure/arrived_on"), asked)
        return day

    def _flag_rows(self, table: pa.Table, arrived_on: dt.date) -> tuple[Flags, Flags]:
        """Which rows of a delivery are past their age, and which of all rows go."""
        if self.source.is_lookup:
            has_left = self._has_left(table)
            return has_left, has_left
        dates = self._dates(table)
        dated = _filled(dates["dated"], arrived_on)
        is_old: Flags = dated < np.datetime64(self.day)
        is_gone = is_old.copy()
        if self.source.name == "roster":
            # Old roster rows may still hold: those that are handed back age with their delivery.
            is_gone &= table["is_quarantined"].to_numpy() & is_old.all()
            is_gone |= _are_among(dates.select(["employee_id", "effective_date"]), self.found.rows)
        elif self.source.name == SESSIONS:
            is_gone &= ~self._is_of_who_stays(table)
        elif self.source.date_column not in self.source.key:
            is_gone |= self._has_old_key(dates)
        if PERSON in table.column_names:
            is_gone |= dropped(self.erased, table[PERSON], in_one_piece(dates["oldest"]))
        return is_old, is_gone

    def _has_left(self, table: pa.Table) -> Flags:
        """Which rows say what somebody is called who left too long ago, and isn't back."""
        if PERSON not in table.column_names:
            return np.zeros(table.num_rows, dtype=bool)
        on_roster = self.con.execute(statement("erasure/people_on_roster")).fetchall()
        staying = {name for (name,) in on_roster} - self.found.gone
        codes, texts = distinct_texts(table[PERSON])
        names = [(text or "").strip() for text in texts.to_pylist()]
        has_left = [
            name not in staying and self.erased.dropped_before(name) is not None for name in names
        ]
        return np.array(has_left, dtype=bool)[codes]

    def _is_of_who_stays(self, table: pa.Table) -> Flags:
        """Which sound sessions are of people who were still there: day 0 is read from them."""
        if PERSON not in table.column_names:
            return np.zeros(table.num_rows, dtype=bool)
        on_roster = self.con.execute(statement("erasure/people_on_roster")).fetchall()
        staying = pa.array([name for (name,) in on_roster if name not in self.found.gone])
        texts = pc.utf8_trim_whitespace(table[PERSON].cast(pa.string()))
        is_sound = ~table["is_quarantined"].to_numpy()
        stays: Flags = np.asarray(pc.is_in(texts, value_set=staying.cast(pa.string()))) & is_sound
        return stays

    def _dates(self, table: pa.Table) -> pa.Table:
        """The typed key of every row, its date, and the date of its employment."""
        columns = {"dated": self.source.date_column, "oldest": oldest_column(self.source)}
        typed = [
            f"{_possible_day(self.source.column(name))} as {ours}"
            if name in table.column_names
            else f"cast(null as date) as {ours}"
            for ours, name in columns.items()
        ]
        query = statement(
            "erasure/dates",
            typed_key=Expression(casts.typed_key(self.source)),
            dates=Expression(", ".join(typed)),
        )
        self.con.register("_delivered", table)
        try:
            return self.con.sql(query).to_arrow_table()
        finally:
            self.con.unregister("_delivered")

    def _has_old_key(self, dates: pa.Table) -> Flags:
        """Which rows have the key of a current row that is old: earlier versions of it."""
        key = self.source.key[0]
        query = statement(
            "erasure/old_keys", key=[key], staged=staged(self.source), day=[self.source.date_column]
        )
        current_keys = self.con.execute(query, {"before": self.day}).fetchall()
        old = pa.array([value for (value,) in current_keys], pa.string())
        return np.asarray(pc.is_in(dates[key], value_set=old))

    def _note_handed_back(
        self,
        file: Delivered,
        table: pa.Table,
        is_gone: Flags,
        old_files: dict[Path, list[bool] | None],
    ) -> None:
        """Note which rows of the delivery's quarantine file stay: they stand in order of lines."""
        asked = {"source": self.source.name, "file": file.name}
        newest = fetch_value(self.con, statement("erasure/newest_of_name"), asked)
        bad = table["is_quarantined"].to_numpy()
        path = file_for(self.workspace.quarantine / self.source.name, file.name)
        if file.file_id == newest and path.exists() and (bad & is_gone).any():
            order = np.argsort(table["line_number"].to_numpy()[bad], kind="stable")
            old_files[path] = (~is_gone[bad])[order].tolist()


def _filled(dated: pa.ChunkedArray, arrived_on: dt.date) -> Days:
    """A date per row: where it can't be read, the newest of the delivery, else its arrival."""
    days = dated.to_numpy().astype("datetime64[D]")
    readable = days[~np.isnat(days)]
    newest = readable.max() if readable.size else np.datetime64(arrived_on)
    filled: Days = np.where(np.isnat(days), newest, days)
    return filled


def _possible_day(column: Column) -> str:
    """Write the day in a column of text; NULL where it can't be read or can't be true.

    A row of the year 202 is a slip of the pen that is handed back, not a record past its age.
    """
    value = casts.cast(column, casts.clean(column.name))
    outside = casts.is_out_of_range(column, value)
    day = f"cast({value} as date)"
    return f"case when not ({outside}) then {day} end" if outside else day


def _without_prose(table: pa.Table, source: Source, is_old: Flags) -> tuple[pa.Table, int]:
    """The table without the free texts of old rows, and how many rows lost one."""
    is_silenced = np.zeros(table.num_rows, dtype=bool)
    for column in source.columns:
        if column.personal_data == "free_text" and column.name in table.column_names:
            texts = table[column.name].cast(pa.string())
            has_text = pc.greater(pc.utf8_length(pc.fill_null(texts, "")), 0)
            has_old_text = np.asarray(has_text) & is_old
            if has_old_text.any():
                is_silenced |= has_old_text
                young = pc.if_else(pa.array(is_old), pa.scalar(None, pa.string()), texts)
                table = table.set_column(table.column_names.index(column.name), column.name, young)
    return table, int(is_silenced.sum())


def _are_among(keys: pa.Table, wanted: pl.DataFrame) -> Flags:
    """Which rows of a table have a key that is wanted."""
    frame = pl.DataFrame(keys).with_row_index("row")
    found = frame.join(wanted, on=wanted.columns, how="semi")["row"].to_numpy()
    flags = np.zeros(frame.height, dtype=bool)
    flags[found] = True
    return flags


def _as_frame(swept: SweepResult) -> pl.DataFrame:
    """A row per source with the number of its rows that went in this refresh."""
    return pl.DataFrame(
        {
            "source": list(swept.n_rows),
            "kept_from": [swept.cut_off] * len(swept.n_rows),
            "n_rows_removed": list(swept.n_rows.values()),
        }
    )


def describe_sweep(con: Connection) -> list[str]:
    """What the last sweep removed, in a line for who ran the refresh; none where nothing was."""
    rows = fetch(con, statement("erasure/rows_removed"))
    if rows.is_empty():
        return []
    counts = ", ".join(
        f"{n_rows:,} of {source}"
        for source, n_rows in rows.select("source", "n_rows_removed").iter_rows()
    )
    day = rows["kept_from"][0]
    return [f"retention  past their age, removed or without their notes: {counts}; kept from {day}"]
