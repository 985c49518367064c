"""What leaves the private folder: suppressed outcome tables, and the analysts' DuckDB file.

Everything in it is on the allow-list of the contracts; a column that nobody listed stays here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl

from pipelines.changes import changed_estimates
from pipelines.contracts.tables import (
    Table,
    column_info,
    comment_statements,
    metric_info,
    publication_query,
    published_tables,
)
from pipelines.privacy.suppression import (
    suppress_comparison,
    suppress_retention_curve,
    suppress_trial_flow,
)
from pipelines.refresh_log import Publication, last_published, refresh_row
from pipelines.settings import Settings
from pipelines.warehouse import (
    Connection,
    append,
    export_tables,
    fetch,
    fetch_value,
    transaction,
    write,
)

Rule = Callable[[pl.DataFrame, int], pl.DataFrame]


def _as_it_is(frame: pl.DataFrame, min_group: int) -> pl.DataFrame:
    return frame


SUPPRESSION: dict[str, Rule] = {
    "comparison": suppress_comparison,
    "retention_curve": suppress_retention_curve,
    "covariate_balance": _as_it_is,  # the estimator leaves it empty where a group is too small
    "weight_summary": _as_it_is,  # likewise
    "trial_flow": suppress_trial_flow,
    "claim": _as_it_is,  # verdicts and words about released estimates
}
LAST_COMPARISON = "meta.last_comparison"
PENDING_REFRESH = "meta.pending_refresh"


def write_release(con: Connection, settings: Settings) -> dict[str, int]:
    """Write ``release.*`` from ``outcomes.*`` with small groups hidden; returns row counts."""
    n_rows = {}
    for table, rule in SUPPRESSION.items():
        frame = fetch(con, f"select * from outcomes.{table}")
        released = rule(frame, settings.privacy.min_group)
        write(con, f"release.{table}", released)
        n_rows[table] = released.height
    return n_rows


def prepare_refresh_row(con: Connection, settings: Settings, started_at: dt.datetime) -> None:
    """Write the row that `meta.refresh` gets if this publication is swapped in."""
    comparison = fetch(con, "select * from release.comparison")
    publication = Publication(
        data_until=fetch_value(con, "select data_until from staging.study_setting"),
        n_estimates=comparison.height,
        n_estimates_changed=_n_changed(con, comparison),
    )
    row = refresh_row(con, started_at, "published", settings, publication)
    write(con, PENDING_REFRESH, row)


def _n_changed(con: Connection, comparison: pl.DataFrame) -> int | None:
    if last_published(con).is_empty():
        return None
    previous = fetch(con, f"select * from {LAST_COMPARISON}")
    return changed_estimates(comparison, previous).height


def confirm_refresh(con: Connection) -> pl.DataFrame:
    """After the swap: note the publication, and keep its estimates for the next comparison."""
    pending = fetch(con, f"select * from {PENDING_REFRESH}")
    with transaction(con):
        append(con, "meta.refresh", pending)
        write(con, LAST_COMPARISON, fetch(con, "select * from release.comparison"))
    return pending


def write_analytics(con: Connection, settings: Settings, target: Path) -> dict[str, int]:
    """Write the analysts' file; returns the number of rows per table.

    Outcome tables come from ``release``; `meta.refresh` includes the refresh under way.
    """
    write(con, "meta.column_info", column_info())
    write(con, "meta.metric_info", metric_info())
    con.execute(_REFRESHES_AS_PUBLISHED)
    queries = {
        table.full_name: publication_query(
            table,
            analyst_person_scores=settings.privacy.analyst_person_scores,
            source=_source(table),
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
union all
select * from {PENDING_REFRESH}
"""


def _source(table: Table) -> str:
    """Where a published table is read: whatever went through suppression, from there."""
    if table.schema_name == "outcomes" or table.full_name == "meta.refresh":
        return f"release.{table.name}"
    return table.full_name
