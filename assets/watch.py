"""What the daemon sees of a refresh that ended: killed, after too long, or with too little."""

from __future__ import annotations

import dagster as dg

from assets.jobs import nightly_refresh
from assets.outcome import ended_from_outside
from assets.quiet import makes_publication
from assets.resources import workspace_from_environment
from assets.run_tags import BY_DAEMON, FOLLOWED_TAG, TOO_SHORT_TAG
from assets.telling import tell
from pipelines.alerts.notifier import was_told

WILL_RETRY = "dagster/will_retry"


@dg.run_failure_sensor(
    name="killed_refresh",
    monitored_jobs=[nightly_refresh],
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells of a refresh that was killed; any other tells of itself.",
)
def killed_refresh(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
    """Tell of a run that ended without a word, unless it is tried again."""
    workspace, run = workspace_from_environment(), context.dagster_run
    if not _is_whole(run):
        return dg.SkipReason("single assets aren't a refresh")
    if was_told(workspace.alert_memory_file, run.run_id):
        return dg.SkipReason("told by the run itself")
    if run.tags.get(WILL_RETRY) == "true":
        return dg.SkipReason("it is tried again")
    tell(workspace, ended_from_outside(), run=run.run_id)
    return None


@dg.run_failure_sensor(
    name="whole_night",
    monitored_jobs=[nightly_refresh],
    request_job=nightly_refresh,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts the whole night where the schedule's run was to make too little.",
)
def whole_night(context: dg.RunFailureSensorContext) -> dg.RunRequest | dg.SkipReason:
    """Ask for everything after a run that was asked for too early, once."""
    tags = context.dagster_run.tags
    if TOO_SHORT_TAG not in tags or tags.get(FOLLOWED_TAG) != BY_DAEMON:
        return dg.SkipReason("it made what it was to make, or its command goes on")
    return dg.RunRequest(run_key=f"whole after {context.dagster_run.run_id}")


def _is_whole(run: dg.DagsterRun) -> bool:
    """Whether a run was to make a publication."""
    selected = run.asset_selection
    return not run.resolved_op_selection and (not selected or makes_publication(selected))
