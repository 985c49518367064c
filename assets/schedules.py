"""When the nightly job runs: half past two in the workspace's time zone."""

from __future__ import annotations

import dagster as dg

from assets.jobs import nightly_refresh
from assets.quiet import assets_of_tonight
from assets.resources import workspace_from_environment
from assets.run_tags import BY_DAEMON, FOLLOWED_TAG
from pipelines.config.settings import Settings, load_settings
from pipelines.core.errors import SettingsError


def workspace_time_zone() -> str:
    """The workspace's zone; wrong settings stop the refresh itself, with their message."""
    try:
        return load_settings(workspace_from_environment().settings_file).time_zone
    except SettingsError:
        return Settings().time_zone


@dg.schedule(
    name="nightly_at_half_past_two",
    job=nightly_refresh,
    cron_schedule="30 2 * * *",
    execution_timezone=workspace_time_zone(),
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="02:30 every night, in the time zone of settings.toml.",
)
def nightly_schedule() -> dg.RunRequest:
    """Ask for the night's refresh: all of it, or what moves by date where nothing came in."""
    try:
        needed = assets_of_tonight(workspace_from_environment())
    except SettingsError:
        needed = None  # the refresh stops at the settings and says why
    return dg.RunRequest(asset_selection=needed, tags={FOLLOWED_TAG: BY_DAEMON} if needed else None)
