"""A publication held against its parts made from nothing: no page, no table may have been kept."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

from bench.equality import differences
from dashboards.build import build_site
from dashboards.load import load_site_data
from pipelines.config.settings import Settings, load_settings
from pipelines.core.warehouse import Connection, fetch_value, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.release.analysts_file import write_analytics

NIGHTLY = "meta.refresh"
"""The log goes on after the file is written."""


def unlike_made_anew(workspace: Workspace, scratch: Path) -> list[str]:
    """The pages and tables of the standing publication that differ when nothing is kept.

    ``scratch`` is an empty folder. Works on a copy of the warehouse.
    """
    settings = load_settings(workspace.settings_file)
    warehouse = scratch / "warehouse.duckdb"
    shutil.copyfile(workspace.warehouse_file, warehouse)
    with open_warehouse(warehouse, time_zone=settings.time_zone) as con:
        for noted in ("exported", "page"):
            con.execute(f"drop table ledger.{noted}")
        pages = _unlike_pages(con, settings, workspace, scratch / "site")
        anew, nowhere = scratch / "analytics.duckdb", scratch / "nowhere"
        assert write_analytics(con, settings, anew, nowhere, 0).kept == ()
    tables = differences(workspace.published_analytics, anew)
    return [*pages, *(each for each in tables if not each.startswith(f"{NIGHTLY}:"))]


def _unlike_pages(
    con: Connection, settings: Settings, workspace: Workspace, folder: Path
) -> list[str]:
    began = fetch_value(con, "select max(started_at) from meta.refresh where status = 'published'")
    data = load_site_data(con, settings, began.replace(tzinfo=dt.UTC))
    # Where it is counted afterwards, this publication is among the ones before it.
    number = (data.publication or 1) - 1
    missing = "no Chromium is installed where this was published"
    tonight = replace(data, publication=number, takeaways=replace(data.takeaways, missing=missing))
    drawn = build_site(tonight, folder)
    standing = workspace.published_site
    names = [each.relative_to(folder).as_posix() for each in drawn]
    return [
        name for name in names if (folder / name).read_bytes() != (standing / name).read_bytes()
    ]
