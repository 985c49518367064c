"""What leaves the private folder: released outcome tables, and the analysts' DuckDB file.

Everything in it is on the allow-list of the contracts; a column that nobody listed stays here.
Released tables stand between cuts: only what is nightly is written anew then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.analysis.quiet_night import note_landed
from pipelines.config.settings import Settings
from pipelines.contracts.computed import NIGHTLY
from pipelines.contracts.metric_info import metric_info
from pipelines.contracts.relationships import relationships
from pipelines.contracts.tables import (
    Table,
    column_info,
    comment_statements,
    publication_query,
    published_tables,
)
from pipelines.core.queries import analysts_macros, statement
from pipelines.core.warehouse import (
    Connection,
    count_rows,
    export_tables,
    read_published,
    read_table,
    transaction,
    write,
)
from pipelines.core.workspace import PRIVATE_MODE
from pipelines.disclosure.cut_record import confirm_cut, is_cut, read_plan, write_published_cut
from pipelines.disclosure.rare_values import RareValues
from pipelines.disclosure.released import RELEASED
from pipelines.release.coarsening import (
    REPORT,
    TABLES_REPORTED,
    k_anonymity_report,
    values_pooled,
    write_k_anonymity,
)
from pipelines.release.estimate_changes import changed_estimates
from pipelines.release.export_notes import ExportNotes, read_notes
from pipelines.release.gate import PENDING_REFRESH, note_made_from
from pipelines.release.refresh_log import (
    PUBLISHED,
    Publication,
    confirm,
    data_changes,
    refresh_row,
    settle,
)

CHECKS = "quality.check_result"
_CHECKED_PRIVATELY = (
    "staging.attrition",
    "staging.fatigue_score",
    "staging.fatigue_surveys",
    "staging.performance",
    "staging.shifts",
)
"""Tables whose rows are about what is restricted or confidential."""


def write_release(con: Connection, settings: Settings) -> dict[str, int]:
    """Write ``release.*`` where comparisons are made tonight; returns the tables' numbers of rows.

    Suppressed figures are taken away, the others rounded. Raises `DisclosureError` if something
    isn't as it was promised; then nothing is published.
    """
    if is_cut(con):
        # Imported here because a night between cuts needs none of it.
        from pipelines.disclosure.release_tables import write_released_tables

        write_released_tables(con, settings)
    write(con, released(CHECKS), _told_checks(con, settings))
    return {table: count_rows(con, released(table)) for table in RELEASED}


def _told_checks(con: Connection, settings: Settings) -> pl.DataFrame:
    """Every check; how many rows of people's answers, absence or work it saw is rounded.

    It moves every night, and with one row delivered an exact number tells what stands in it.
    """
    checks = read_table(con, CHECKS)
    base = settings.privacy.grid_confidential if settings.privacy.grid else 0
    if not base:
        return checks
    rounded = (pl.col("n_checked") / base).round().cast(pl.Int64) * base
    is_about_people = pl.col("table_name").is_in(_CHECKED_PRIVATELY)
    return checks.with_columns(
        n_checked=pl.when(is_about_people).then(rounded).otherwise("n_checked")
    )


def prepare_refresh_row(
    con: Connection, settings: Settings, started_at: dt.datetime, published: Path, number: int
) -> None:
    """Compare with the current publication; write what this one says about itself.

    That is `meta.cut`, `meta.estimate_change`, `meta.data_change` and the row that `meta.refresh`
    gets if the swap succeeds. ``published`` is the analysts' file of the standing publication, if
    there is one: what stands there counts, whatever a killed refresh did or didn't note here.
    ``number`` is the refresh's.
    """
    write_published_cut(con, settings, started_at)
    comparison = read_table(con, "release.comparison")
    previous = read_published(con, published, "outcomes.comparison")
    if previous is not None:
        settle(con, read_published(con, published, "meta.refresh"), running=number)
    moved = changed_estimates(comparison, comparison if previous is None else previous)
    write(con, "meta.estimate_change", moved)
    since = data_changes(con, settings, since_publication=previous is not None)
    write(con, "meta.data_change", since)
    plan = read_plan(con)
    publication = Publication(
        data_until=plan.counts_until,
        comparison_until=plan.comparison_until,
        cut_cause=plan.cause,
        n_estimates=comparison.height,
        n_estimates_changed=None if previous is None else moved.height,
    )
    row = refresh_row(con, number, started_at, PUBLISHED, settings, publication)
    write(con, PENDING_REFRESH, row)
    note_made_from(con, number)


def confirm_refresh(con: Connection, settings: Settings, landed: Mapping[str, str]) -> pl.DataFrame:
    """Note the publication after the swap; returns its row of `meta.refresh`.

    ``landed`` are the fingerprints of what it was made from; see `quiet_night`.
    """
    pending = read_table(con, PENDING_REFRESH)
    with transaction(con):
        confirm(con, pending)
        confirm_cut(con, settings)
        note_landed(con, landed)
    return pending


@dataclass(frozen=True)
class AnalystsFile:
    """The rows of each table of the analysts' file, and which stand from the last cut's."""

    n_rows: dict[str, int]
    kept: tuple[str, ...]


def write_analytics(
    con: Connection, settings: Settings, target: Path, standing: Path, number: int
) -> AnalystsFile:
    """Write the analysts' file of a refresh (its ``number``) into ``target``.

    What disclosure control released comes from ``release``; `meta.refresh` includes the refresh
    under way. The file begins as a copy of ``standing``, which has the tables that stand
    between cuts; it is written anew where any of them has changed.
    """
    write(con, "meta.column_info", column_info())
    write(con, "meta.metric_info", metric_info())
    write(con, "meta.relationship", relationships())
    con.execute(statement("refresh/as_published"))
    notes, tables = read_notes(con), published_tables()
    rare = values_pooled(notes, settings.privacy.min_group)
    _report_k_anonymity(notes, settings, rare)
    queries = {
        table.full_name: publication_query(
            table,
            analyst_person_scores=settings.privacy.analyst_person_scores,
            source=_source(table),
            rare=rare,
        )
        for table in tables
    }
    comments = {table.full_name: comment_statements(table) for table in tables}
    stand = {name: queries.pop(name) for name in [*queries] if _stands(name)}
    read = {
        table.full_name: (_source(table), stand[table.full_name])
        for table in tables
        if table.full_name in stand
    }
    is_kept = notes.unchanged(read) and notes.holds(standing, stand)
    if not is_kept:
        standing.parent.mkdir(mode=PRIVATE_MODE, parents=True, exist_ok=True)
        export_tables(con, standing, stand, comments)
        notes.wrote(standing, stand)
    n_rows = export_tables(con, target, queries, comments, analysts_macros(), standing)
    notes.keep(number)
    return AnalystsFile(n_rows, tuple(sorted(stand)) if is_kept else ())


def _stands(table: str) -> bool:
    """Whether a table stays as it is from one cut to the next, unless data are mended."""
    return table.startswith(("marts.", "outcomes.")) and table != NIGHTLY


def _report_k_anonymity(notes: ExportNotes, settings: Settings, rare: RareValues) -> None:
    """Write the report; where the tables that it is about are as they were, as it was."""

    def find() -> list[dict[str, object]]:
        return k_anonymity_report(notes.con, settings, rare)

    depends_on = (settings.privacy.min_group, sorted(rare.items()))
    write_k_anonymity(
        notes.con, notes.found(REPORT, dict.fromkeys(TABLES_REPORTED, ()), depends_on, find)
    )


def _source(table: Table) -> str:
    """Where a published table is read: whatever disclosure control released, from there."""
    if table.schema_name == "outcomes" or table.full_name in (*RELEASED, CHECKS, "meta.refresh"):
        return released(table.full_name)
    return table.full_name


def released(table: str) -> str:
    """Return a table's name in ``release``."""
    return f"release.{table.partition('.')[2]}"
