"""The landing sensor: a refresh as soon as newly dropped files have come to rest."""

from __future__ import annotations

import time

import dagster as dg

from assets.jobs import nightly_refresh
from assets.resources import workspace_from_environment
from pipelines.ingest.read.landing_fingerprint import landing_state

INTERVAL_SECONDS = 60
SETTLED_SECONDS = 30
"""A file that changed within this time may still be on its way in."""


@dg.sensor(
    job=nightly_refresh,
    minimum_interval_seconds=INTERVAL_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a refresh when files in landing/ or the settings were changed.",
)
def landing_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Compare files and settings with how they were when the last refresh was asked for."""
    workspace = workspace_from_environment()
    state = landing_state(workspace.landing, workspace.settings_file)
    if state.n_files == 0:
        return dg.SkipReason("no file in landing/ yet")
    if state.fingerprint == context.cursor:
        return dg.SkipReason("nothing new in landing/ or in the settings")
    if time.time() - state.newest_change < SETTLED_SECONDS:
        return dg.SkipReason("files are still being dropped; waiting until they rest")
    return dg.SensorResult(run_requests=[dg.RunRequest()], cursor=state.fingerprint)
