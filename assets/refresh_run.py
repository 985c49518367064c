"""Which of Dagster's runs are refreshes: a run comes in, its name and how much it makes go out."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg

from assets.jobs import NIGHTLY_REFRESH
from assets.quiet import assets_of_tonight, makes_publication
from assets.run_tags import FOLLOWED_TAG
from pipelines.core.workspace import Workspace

ALL_ASSETS = "__ASSET_JOB"
"""What Dagster calls the job behind "Materialize" on a page of assets."""
COMPARISON = dg.AssetKey(["outcomes", "comparison"])


@dataclass(frozen=True)
class RefreshRun:
    """A run that may be a refresh.

    ``name`` stays the same when a run is gone on with; ``is_whole`` says that it makes everything
    a publication needs, ``goes_on`` that it goes on with an earlier run, ``compares`` that it can
    make comparisons anew, ``is_too_short`` that more is due than when it was asked for, and that a
    whole one follows.
    """

    name: str
    is_whole: bool
    goes_on: bool
    compares: bool = True
    is_too_short: bool = False

    @staticmethod
    def of(run: dg.DagsterRun | None, workspace: Workspace) -> RefreshRun:
        """What a run is; one without a job, as in tests of single assets, is no refresh."""
        if run is None or run.job_name not in (NIGHTLY_REFRESH, ALL_ASSETS):
            return RefreshRun("", is_whole=False, goes_on=False)
        if run.parent_run_id is not None:
            return RefreshRun(run.root_run_id or run.parent_run_id, is_whole=False, goes_on=True)
        is_whole = not run.resolved_op_selection and _is_all(run, workspace)
        compares = not run.asset_selection or COMPARISON in run.asset_selection
        is_too_short = not is_whole and FOLLOWED_TAG in run.tags
        return RefreshRun(run.run_id, is_whole, False, compares, is_too_short)


def _is_all(run: dg.DagsterRun, workspace: Workspace) -> bool:
    """Every asset, or all that tonight needs.

    Which checks were run isn't asked here: the gate asks for them.
    """
    selected = run.asset_selection
    if not selected:
        return run.job_name == NIGHTLY_REFRESH
    from assets.definitions import defs  # it imports the resource that asks

    if selected >= defs.resolve_asset_graph().materializable_asset_keys:
        return True
    needed = assets_of_tonight(workspace) if makes_publication(selected) else None
    return needed is not None and selected >= {*needed}
