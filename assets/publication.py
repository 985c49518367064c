"""The way out: release tables, write the analysts' file and the pages, swap them in as a whole."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from typing import Any

import dagster as dg
import polars as pl

from assets.models import model_assets, read_by
from assets.pages_server import DASHBOARD_VARIABLE
from assets.resources import RefreshResource
from dashboards.exports import build_complete_site
from dashboards.load import load_site_data
from dashboards.page_notes import keeper_of, note_pages
from pipelines.contracts.computed import GRADE_TABLES
from pipelines.core.warehouse import read_published
from pipelines.core.workspace import Workspace
from pipelines.disclosure.released import RELEASED
from pipelines.release.analysts_file import (
    confirm_refresh,
    prepare_refresh_row,
    write_analytics,
    write_release,
)
from pipelines.release.gate import check_ready
from pipelines.release.manifest import note_site_refresh
from pipelines.release.publish import start_build
from pipelines.release.versions import clear_build, swap_in

FROM_TABLES = [dg.AssetKey(table.split(".")) for table in RELEASED]
GRADES = [dg.AssetKey(["quality", table]) for table in GRADE_TABLES]
WARNS_AFTER, FAILS_AFTER = dt.timedelta(hours=30), dt.timedelta(hours=54)
"""A night has no publication: a warning. Two nights: the standing one counts as stale."""
MODELS = [key for asset in model_assets for key in asset.keys]


@dg.asset(
    key=["release", "outcomes"],
    deps=[*FROM_TABLES, ["quality", "freshness"]],
    group_name="publication",
    kinds={"duckdb"},
)
def released_outcomes(refresh: RefreshResource) -> dg.MaterializeResult[None]:
    """The tables as anybody may see them: small groups suppressed, figures rounded."""
    with refresh.connect() as con:
        published = refresh.workspace.published_analytics
        n_rows = write_release(con, refresh.settings)
        prepare_refresh_row(
            con, refresh.settings, refresh.started_at, published, refresh.refresh_id
        )
    return dg.MaterializeResult(metadata=dict(n_rows))


@dg.asset(
    key=["published", "analytics"],
    deps=[["release", "outcomes"], *GRADES, *MODELS],
    group_name="publication",
    kinds={"duckdb"},
)
def analytics_file(refresh: RefreshResource) -> dg.MaterializeResult[None]:
    """The analysts' DuckDB file: pseudonymised, only columns on the allow-list."""
    clear_build(refresh.workspace)
    build = start_build(refresh.workspace)
    with refresh.connect() as con:
        written = write_analytics(
            con,
            refresh.settings,
            build / refresh.workspace.published_analytics.name,
            refresh.workspace.standing_tables,
            refresh.refresh_id,
        )
    return dg.MaterializeResult(metadata={**written.n_rows, "kept": told_kept(written.kept)})


@dg.asset(
    key=["published", "site"],
    deps=[["published", "analytics"], *read_by("site")],
    group_name="publication",
)
def site(refresh: RefreshResource) -> dg.MaterializeResult[None]:
    """The static pages, from the same released frames as the analysts' file."""
    with refresh.connect() as con:
        data = load_site_data(con, refresh.settings, refresh.started_at)
        keeper = keeper_of(con, refresh.workspace.published_site)
    folder = refresh.workspace.build / refresh.workspace.published_site.name
    files = build_complete_site(data, folder, keeper=keeper)
    note_site_refresh(folder, refresh.refresh_id)
    with refresh.connect() as con:
        note_pages(con, keeper.drawn_from)
    return dg.MaterializeResult(
        metadata={
            "n_files": len(files),
            "bytes": sum(file.stat().st_size for file in files),
            "kept": told_kept(keeper.kept),
        }
    )


@dg.asset(
    key=["published", "current"],
    deps=[["published", "site"]],
    group_name="publication",
    freshness_policy=dg.FreshnessPolicy.time_window(
        fail_window=FAILS_AFTER, warn_window=WARNS_AFTER
    ),
)
def current_publication(refresh: RefreshResource) -> dg.MaterializeResult[None]:
    """The swap, once the gate is passed: readers see yesterday's publication, or all of today's."""
    with refresh.connect() as con:
        number = check_ready(con, refresh.settings, refresh.workspace)
        swap_in(refresh.workspace, number)
        row = confirm_refresh(con, refresh.settings, refresh.landed.folders).row(0, named=True)
        causes = read_published(con, refresh.workspace.published_analytics, "meta.data_change")
    refresh.note_published()
    return dg.MaterializeResult(
        metadata={
            "dashboard": _dashboard(refresh.workspace),
            "why_tonight_differs": _as_table(causes),
            "sql_file": dg.MetadataValue.path(refresh.workspace.published_analytics),
            "data_until": str(row["data_until"]),
            "data_version": row["data_version"],
            "n_estimates": row["n_estimates"],
            "n_estimates_changed": str(row["n_estimates_changed"]),
            "comparison_until": str(row["comparison_until"]),
            "cut": row["cut_cause"] or "stands",
        }
    )


def told_kept(names: Sequence[str]) -> str:
    """Which parts of a publication were kept from the one before, and why."""
    return f"nothing they read changed: {', '.join(names)}" if names else "nothing"


def _dashboard(workspace: Workspace) -> dg.MetadataValue[Any]:
    """A link that a browser opens from Dagster's page; where nobody serves the pages, their place.

    Browsers don't follow a link from a served page into the file system.
    """
    address = os.environ.get(DASHBOARD_VARIABLE)
    if address:
        return dg.MetadataValue.url(address)
    return dg.MetadataValue.path(workspace.published_site / "index.html")


def _as_table(causes: pl.DataFrame | None) -> dg.MetadataValue[Any]:
    """What came in since the last publication: files, or settings, or code; else that nothing did.

    File names are told as the ledger tells them.
    """
    if causes is None or causes.is_empty():
        return dg.MetadataValue.text("nothing came in since the last publication")
    told = [
        dg.TableRecord({name: "" if value is None else value for name, value in row.items()})
        for row in causes.iter_rows(named=True)
    ]
    columns = [
        dg.TableColumn(name, "int" if name == "n_rows" else "string") for name in told[0].data
    ]
    return dg.MetadataValue.table(told, dg.TableSchema(columns))


publication_assets = [released_outcomes, analytics_file, site, current_publication]
