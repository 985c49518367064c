"""The landing sensor: one refresh for files that were dropped, once they have come to rest.

The cursor is what was last asked for and since when files have been coming. Files that trickle in
are waited for, but not for ever; a run that waits in the queue, or that has seen these very files,
makes another one needless. What a run was asked for that was killed, or turned away because another
refresh held the workspace, is asked for again.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import Any

import dagster as dg

from assets.jobs import NIGHTLY_REFRESH, nightly_refresh
from assets.orphaned_runs import AT_WORK, end_orphans_of
from assets.resources import workspace_from_environment
from assets.run_tags import AGAIN_TAG, LANDED_TAG, ORPHANED_TAG, TAG, TURNED_AWAY_TAG
from pipelines.core.lock import is_held
from pipelines.ingest.read.landing_fingerprint import landing_state

INTERVAL_SECONDS = 60
SETTLED_SECONDS = 30
"""A file that changed within this time may still be on its way in."""
LONGEST_WAIT_SECONDS = 15 * 60
"""Files that keep trickling in are taken in after so long; what isn't finished is refused, and
taken in whole the next time."""
WAITING = (dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED)


@dataclass(frozen=True)
class Cursor:
    """What the last run was asked for, and since when newer files have been coming (0: none)."""

    asked: str = ""
    coming_since: float = 0.0

    @staticmethod
    def read(text: str | None) -> Cursor:
        """The cursor as it was kept; what earlier versions kept is asked for anew."""
        try:
            kept: Any = json.loads(text or "")
            return Cursor(**kept)
        except (ValueError, TypeError):
            return Cursor()

    def text(self) -> str:
        """The cursor as it is kept."""
        return json.dumps(asdict(self))


@dg.sensor(
    job=nightly_refresh,
    minimum_interval_seconds=INTERVAL_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a refresh when files in landing/ or the settings were changed.",
)
def landing_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Compare files and settings with how they were when the last refresh was asked for."""
    workspace, cursor = workspace_from_environment(), Cursor.read(context.cursor)
    end_orphans_of(context.instance, workspace)
    state = landing_state(workspace.landing, workspace.settings_file)
    if state.n_files == 0:
        return _wait("no file in landing/ yet", cursor)
    lost = _lost_run(context)
    if state.fingerprint == cursor.asked and lost is None:
        return _wait("nothing new in landing/ or in the settings", cursor)
    now = time.time()
    since = cursor.coming_since or now
    coming = Cursor(cursor.asked, since)
    if now - state.newest_change < SETTLED_SECONDS and now - since < LONGEST_WAIT_SECONDS:
        return _wait("files are still being dropped; waiting until they rest", coming)
    done = Cursor(state.fingerprint)
    if _runs(context, statuses=WAITING):
        return _wait("a refresh in the queue will take these files in", done)
    if _runs(context, tags={f"{TAG}/{LANDED_TAG}": state.fingerprint}):
        return _wait("a refresh has seen these files already", done)
    if _runs(context, statuses=AT_WORK) or is_held(workspace.lock_file):
        return _wait("a refresh is running; the files wait for its end", coming)
    tags = {AGAIN_TAG: "true"} if lost is not None and ORPHANED_TAG in lost.tags else {}
    return dg.SensorResult(run_requests=[dg.RunRequest(tags=tags)], cursor=done.text())


def _wait(reason: str, cursor: Cursor) -> dg.SensorResult:
    return dg.SensorResult(skip_reason=reason, cursor=cursor.text())


def _lost_run(context: dg.SensorEvaluationContext) -> dg.DagsterRun | None:
    """The newest run, if it took nothing in and another must be asked for in its place.

    A machine that stops during the second one as well isn't asked a third time: a person is told.
    """
    newest = context.instance.get_runs(dg.RunsFilter(job_name=NIGHTLY_REFRESH), limit=1)
    for run in newest:
        if TURNED_AWAY_TAG in run.tags or (ORPHANED_TAG in run.tags and AGAIN_TAG not in run.tags):
            return run
    return None


def _runs(
    context: dg.SensorEvaluationContext,
    statuses: tuple[dg.DagsterRunStatus, ...] = (),
    tags: dict[str, str] | None = None,
) -> bool:
    """Whether there is such a run of the nightly job that wasn't killed."""
    wanted = dg.RunsFilter(job_name=NIGHTLY_REFRESH, statuses=[*statuses], tags=tags or {})
    return any(ORPHANED_TAG not in run.tags for run in context.instance.get_runs(wanted))
