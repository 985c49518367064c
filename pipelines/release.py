"""What leaves the private folder: suppressed outcome tables, and the analysts' DuckDB file.

Everything in it is on the allow-list of the contracts; a column that nobody listed stays here.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

from pipelines.changes import changed_estimates
from pipelines.coarsening import find_rare_values, write_k_anonymity
from pipelines.contracts.tables import (
    Table,
    column_info,
    comment_statements,
    metric_info,
    publication_query,
    published_tables,
)
from pipelines.hiding import read_hiding
from pipelines.privacy.audit import check_release
from pipelines.privacy.rules import SUPPRESSION
from pipelines.refresh_log import Publication, catch_up, data_changes, refresh_row
from pipelines.release_ledger import confirm_release, hold_back, note_release
from pipelines.settings import Settings
from pipelines.warehouse import (
    Connection,
    append,
    export_tables,
    fetch,
    fetch_value,
    read_published,
    transaction,
    write,
)

PENDING_REFRESH = "meta.pending_refresh"


def write_release(
    con: Connection, settings: Settings, published: Path, *, is_complementary: bool = True
) -> dict[str, int]:
    """Write ``release.*`` from the tables of `SUPPRESSION`; returns their numbers of rows.

    Small groups are hidden; then whatever would differ from the standing analysts' file
    ``published`` by the records of a few people stands as it is there. Raises `AuditError` if
    something hidden could be worked out from the rest. Without ``is_complementary`` only what is
    dangerous by itself is hidden, and nothing is audited; that is for tests alone.
    """
    hiding = read_hiding(con, settings, is_complementary=is_complementary)
    suppressed = {
        table: rule(fetch(con, f"select * from {table}"), hiding)
        for table, rule in SUPPRESSION.items()
    }
    if is_complementary:  # of one night, held rows or not: what is held is of a night audited then
        check_release(suppressed["outcomes.comparison"], settings.privacy.min_group)
    released = hold_back(con, settings, suppressed, published)
    for table, frame in released.items():
        write(con, _released(table), frame)
    return {table: frame.height for table, frame in released.items()}


def prepare_refresh_row(
    con: Connection, settings: Settings, started_at: dt.datetime, published: Path
) -> None:
    """Compare with the publication that stands now; write what this one says about itself.

    That is `meta.estimate_change`, `meta.data_change` and the row that `meta.refresh` gets if the
    swap succeeds. ``published`` is the analysts' file of the standing publication, if there is
    one: what stands there counts, whatever a killed refresh did or didn't note here.
    """
    comparison = fetch(con, "select * from release.comparison")
    previous = read_published(con, published, "outcomes.comparison")
    if previous is not None:
        catch_up(con, read_published(con, published, "meta.refresh"))
    moved = changed_estimates(comparison, comparison if previous is None else previous)
    write(con, "meta.estimate_change", moved)
    since = data_changes(con, settings, since_publication=previous is not None)
    write(con, "meta.data_change", since)
    publication = Publication(
        data_until=fetch_value(con, "select data_until from staging.study_setting"),
        n_estimates=comparison.height,
        n_estimates_changed=None if previous is None else moved.height,
    )
    row = refresh_row(con, started_at, "published", settings, publication)
    row = row.with_columns(n_estimates_held=pl.lit(note_release(con, row), pl.Int32))
    write(con, PENDING_REFRESH, row)


def confirm_refresh(con: Connection) -> pl.DataFrame:
    """Note the publication after the swap; returns its row of `meta.refresh`."""
    pending = fetch(con, f"select * from {PENDING_REFRESH}")
    with transaction(con):
        append(con, "meta.refresh", pending)
        confirm_release(con)
    return pending


def write_analytics(con: Connection, settings: Settings, target: Path) -> dict[str, int]:
    """Write the analysts' file; returns the number of rows per table.

    What went through suppression comes from ``release``; `meta.refresh` includes the refresh
    under way.
    """
    write(con, "meta.column_info", column_info())
    write(con, "meta.metric_info", metric_info())
    rare = find_rare_values(con, settings.privacy.min_group)
    write_k_anonymity(con, settings, rare)
    con.execute(_REFRESHES_AS_PUBLISHED)
    queries = {
        table.full_name: publication_query(
            table,
            analyst_person_scores=settings.privacy.analyst_person_scores,
            source=_source(table),
            rare=rare,
        )
        for table in published_tables()
    }
    comments = [text for table in published_tables() for text in comment_statements(table)]
    export_tables(con, target, queries, comments)
    return {
        name: fetch_value(con, f"select count(*) from ({query})") for name, query in queries.items()
    }


_REFRESHES_AS_PUBLISHED = f"""
create or replace view release.refresh as
select * from meta.refresh
union all by name
select * from {PENDING_REFRESH}
"""


def _source(table: Table) -> str:
    """Where a published table is read: whatever went through suppression, from there."""
    if table.schema_name == "outcomes" or table.full_name in (*SUPPRESSION, "meta.refresh"):
        return _released(table.full_name)
    return table.full_name


def _released(table: str) -> str:
    """The name under which a table stands in ``release``."""
    return f"release.{table.partition('.')[2]}"
