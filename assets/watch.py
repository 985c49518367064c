"""What the daemon sees of a refresh that can't tell itself: it was killed, or took too long."""

from __future__ import annotations

import dagster as dg

from assets.jobs import nightly_refresh
from assets.outcome import ended_from_outside
from assets.quiet import makes_publication
from assets.resources import workspace_from_environment
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


def _is_whole(run: dg.DagsterRun) -> bool:
    """Whether a run was to make a publication."""
    selected = run.asset_selection
    return not run.resolved_op_selection and (not selected or makes_publication(selected))
