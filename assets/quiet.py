"""Which assets a night needs: all of them, or, where nothing came in, the few that move by date."""

from __future__ import annotations

import datetime as dt

import dagster as dg

from pipelines.analysis.quiet_night import is_quiet
from pipelines.config.settings import load_settings
from pipelines.core.errors import MachineError
from pipelines.core.own_writes import is_written_by_others
from pipelines.core.warehouse import DatabaseError, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.ingest.read.landing_fingerprint import landing_state

QUIET_ASSETS = tuple(
    dg.AssetKey(key.split("/"))
    for key in (
        "staging/study_setting",
        "staging/pseudonym",
        "quality/freshness",
        "marts/agent",
        "release/outcomes",
        "published/analytics",
        "published/site",
        "published/current",
    )
)
"""What changes without a new file: the day, the age of the sources, and the pages that say so."""


def assets_of_tonight(workspace: Workspace) -> list[dg.AssetKey] | None:
    """Return the assets to make tonight; None for all of them."""
    if not workspace.warehouse_file.exists() or not workspace.published_analytics.exists():
        return None
    if workspace.warehouse_damaged_note.exists():
        return None
    if is_written_by_others(workspace.warehouse_file):
        return None
    settings = load_settings(workspace.settings_file)
    if settings.databases:
        return None  # whether anything came in is known when it has been asked for
    landed = landing_state(workspace.landing, workspace.settings_file).fingerprint
    today = dt.datetime.now(settings.zone).date()
    try:
        with open_warehouse(workspace.warehouse_file, read_only=True) as con:
            quiet = is_quiet(con, settings, landed, today)
    except (DatabaseError, MachineError):
        # Somebody else writes, or the file is broken: the refresh itself says which.
        return None
    return list(QUIET_ASSETS) if quiet else None
