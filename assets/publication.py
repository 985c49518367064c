"""The way out: release tables, write the analysts' file and the pages, swap them in as a whole."""

from __future__ import annotations

import dagster as dg

from assets.models import model_assets, read_by
from assets.resources import RefreshResource
from dashboards.exports import build_complete_site
from dashboards.load import load_site_data
from pipelines.contracts.computed import GRADE_TABLES
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
        n_rows = write_analytics(
            con, refresh.settings, build / refresh.workspace.published_analytics.name
        )
    return dg.MaterializeResult(metadata=dict(n_rows))


@dg.asset(
    key=["published", "site"],
    deps=[["published", "analytics"], *read_by("site")],
    group_name="publication",
)
def site(refresh: RefreshResource) -> dg.MaterializeResult[None]:
    """The static pages, from the same released frames as the analysts' file."""
    with refresh.connect() as con:
        data = load_site_data(con, refresh.settings, refresh.started_at)
    folder = refresh.workspace.build / refresh.workspace.published_site.name
    files = build_complete_site(data, folder)
    note_site_refresh(folder, refresh.refresh_id)
    return dg.MaterializeResult(
        metadata={"n_files": len(files), "bytes": sum(file.stat().st_size for file in files)}
    )


@dg.asset(key=["published", "current"], deps=[["published", "site"]], group_name="publication")
def current_publication(refresh: RefreshResource) -> dg.MaterializeResult[None]:
    """The swap, once the gate is passed: readers see yesterday's publication, or all of today's."""
    with refresh.connect() as con:
        number = check_ready(con, refresh.settings, refresh.workspace)
        swap_in(refresh.workspace, number)
        row = confirm_refresh(con, refresh.settings, refresh.landed).row(0, named=True)
    refresh.note_published()
    page = refresh.workspace.published_site / "index.html"
    return dg.MaterializeResult(
        metadata={
            "dashboard": dg.MetadataValue.url(page.as_uri()),
            "sql_file": dg.MetadataValue.path(refresh.workspace.published_analytics),
            "data_until": str(row["data_until"]),
            "data_version": row["data_version"],
            "n_estimates": row["n_estimates"],
            "n_estimates_changed": str(row["n_estimates_changed"]),
            "comparison_until": str(row["comparison_until"]),
            "cut": row["cut_cause"] or "stands",
        }
    )


publication_assets = [released_outcomes, analytics_file, site, current_publication]
