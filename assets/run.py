"""One run of the nightly job in this process, and what to tell the person who started it."""

from __future__ import annotations

from functools import partial

import dagster as dg

from assets.definitions import defs
from assets.errors import collecting_errors
from assets.jobs import NIGHTLY_REFRESH
from assets.outcome import (
    SWAPPED,
    UNTOUCHED,
    Outcome,
    failed_outcome,
    published_outcome,
    refusals_among,
    refused_outcome,
)
from assets.quiet import assets_of_tonight
from assets.run_tags import BY_COMMAND, FOLLOWED_TAG
from assets.telling import is_too_short
from pipelines.core.freed_memory import among_new_objects
from pipelines.core.step_log import note
from pipelines.core.workspace import Workspace
from pipelines.release.manifest import Manifest, read_manifest


def run_nightly_refresh(workspace: Workspace) -> Outcome:
    """Run every asset and check once, or what moves by date where nothing came in.

    What is due may change after it was asked for, at midnight or when the files are taken in. A
    run that turns out too short publishes nothing; a whole one follows at once.
    Expected errors come back as an `Outcome`, not raised. Whoever has to know is told by the run.
    """
    job = defs.resolve_job_def(NIGHTLY_REFRESH)
    before = read_manifest(workspace.published)
    with dg.DagsterInstance.get() as instance, collecting_errors() as errors:
        run = partial(job.execute_in_process, instance=instance, raise_on_error=False)
        needed = assets_of_tonight(workspace)
        with among_new_objects():
            tags = {FOLLOWED_TAG: BY_COMMAND} if needed else None
            result = run(asset_selection=needed, tags=tags)
            if needed and not result.success and is_too_short(errors):
                note("more is due than was known when it was begun: the whole night follows")
                errors.clear()
                result = run()
    if result.success:
        return published_outcome(workspace)
    refusals = refusals_among(result.get_asset_check_evaluations())
    if refusals:
        return refused_outcome(workspace, refusals)
    return failed_outcome(errors, SWAPPED if _has_published(workspace, before) else UNTOUCHED)


def _has_published(workspace: Workspace, before: Manifest | None) -> bool:
    """Whether another publication stands than before the run: it failed behind the swap."""
    now = read_manifest(workspace.published)
    return now is not None and (before is None or now.refresh_id != before.refresh_id)
