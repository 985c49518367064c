"""Runs that Dagster believes at work though their process is gone: an instance comes in, they end.

A process that is killed can't say so. Dagster would wait for it for hours, and its queue with it,
since one refresh runs at a time. But a refresh holds the workspace's lock from its beginning to its
end, and the operating system drops the lock with the process: where nobody else holds it, a run
that held it once and has no outcome is dead.
"""

from __future__ import annotations

import time

import dagster as dg

from assets.run_tags import (
    LANDED_TAG,
    MAX_RETRIES_TAG,
    ORPHANED_TAG,
    OUTCOME_TAG,
    REFRESH_TAG,
    TAG,
)
from pipelines.core.lock import is_held
from pipelines.core.step_log import note
from pipelines.core.workspace import Workspace

AT_WORK = (
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
QUIET_SECONDS = 300
"""A run that has no number, as of single assets or of one that is only beginning, may be alive
without the lock for so long after its last word; Dagster gives a run as long to start."""
REASON = (
    "its process is gone: it was killed, ran out of memory, or the machine stopped. What was "
    "committed stays, and the next refresh starts over"
)


def orphans(instance: dg.DagsterInstance, but: dg.DagsterRun | None = None) -> list[dg.DagsterRun]:
    """The runs at work that are dead, provided that nobody, or the run ``but``, has the lock."""
    at_work = instance.get_runs(dg.RunsFilter(statuses=[*AT_WORK]))
    own = but.run_id if but is not None else ""
    return [run for run in at_work if run.run_id != own and _is_silent(instance, run)]


def end_orphans(instance: dg.DagsterInstance | None, but: dg.DagsterRun | None = None) -> None:
    """End what `orphans` finds; call it with the workspace's lock, which ``but`` holds."""
    if instance is not None:
        for run in orphans(instance, but):
            _end(instance, run)


def end_orphans_of(instance: dg.DagsterInstance, workspace: Workspace) -> int:
    """End dead runs without the lock, if nobody holds it; returns how many there were.

    Whatever takes the lock meanwhile wasn't among them before, and whatever gave it back isn't
    among them any more.
    """
    before = {run.run_id for run in orphans(instance)}
    if not before or is_held(workspace.lock_file):
        return 0
    dead = [run for run in orphans(instance) if run.run_id in before]
    for run in dead:
        _end(instance, run)
    return len(dead)


def _is_silent(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether a run would have the lock if it were alive."""
    tags = {name for name in (LANDED_TAG, REFRESH_TAG, OUTCOME_TAG) if f"{TAG}/{name}" in run.tags}
    if {LANDED_TAG, REFRESH_TAG} == tags:
        return True
    said = instance.get_records_for_run(run.run_id, limit=1, ascending=False).records
    record = instance.get_run_record_by_id(run.run_id)
    begun = record.create_timestamp.timestamp() if record else 0.0
    last = max([begun, *(each.timestamp for each in said)])
    return time.time() - last > QUIET_SECONDS


def _end(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Let Dagster know that a run is dead; going on with it is for the next refresh."""
    note(f"Dagster's run {run.run_id[:8]} was still believed at work: {REASON}")
    instance.add_run_tags(run.run_id, {MAX_RETRIES_TAG: "0", ORPHANED_TAG: "true"})
    instance.report_run_failed(run, f"The run was ended, because {REASON}.")
