"""A refresh without Dagster: the same asset bodies in the same order, in the tests' own process.

What a refresh costs beside its own work, Dagster's records of its steps and the imports of a new
process, is more than the work itself on a small centre. Tests of what is published need neither.
Whatever a run of the job is about (its records, what it prints, refusals, kills, locks) is tested
by a run: tests/integration/refreshing.py.
"""

from __future__ import annotations

import inspect
import os
import uuid
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import dagster as dg

from assets.definitions import defs
from assets.instance import PRIVATE_UMASK
from assets.jobs import NIGHTLY_REFRESH
from assets.quiet import assets_of_tonight
from assets.refresh import PUBLISHED
from assets.resources import RefreshResource
from assets.run import published_outcome
from dashboards.browser import VARIABLE
from pipelines.core.workspace import Workspace
from tests.disclosure.scan import assert_promise_kept
from tests.integration.refreshing import Ended


def publish(workspace: Workspace) -> Workspace:
    """Publish without a browser for the PDF; `night` without its line."""
    night(workspace)
    return workspace


def night(workspace: Workspace) -> Ended:
    """Take in, check, estimate and publish what tonight needs; the line that says how it ended.

    The publication must keep the promise.
    """
    assert os.environ[VARIABLE] == "", "tests/conftest.py turns the PDF off"
    found = os.umask(PRIVATE_UMASK)
    try:
        resource = RefreshResource(workspace_root=str(workspace.root))
        selected = assets_of_tonight(workspace)
        run = dg.DagsterRun(
            job_name=NIGHTLY_REFRESH,
            run_id=str(uuid.uuid4()),
            asset_selection=None if selected is None else frozenset(selected),
        )
        started: Any = SimpleNamespace(
            run=run, instance=None
        )  # all of Dagster's context that the resource reads
        with resource.yield_for_execution(started) as refresh:
            for body in _bodies(selected):
                for result in _results(body(**_arguments(body, refresh))):
                    _assert_nothing_blocks(result)
    finally:
        os.umask(found)
    assert_promise_kept(workspace)
    return Ended(PUBLISHED, f"published {published_outcome(workspace).summary}")


def _arguments(body: Callable[..., Any], refresh: RefreshResource) -> dict[str, Any]:
    """The refresh, and where the body asks which checks were chosen: all of them."""
    every = SimpleNamespace(selected_asset_check_keys=defs.resolve_asset_graph().asset_check_keys)
    asks = "context" in inspect.signature(body).parameters
    return {"refresh": refresh, **({"context": every} if asks else {})}


def _bodies(selected: list[dg.AssetKey] | None) -> Iterator[Callable[..., Any]]:
    """The functions of the job's assets and checks, each after what it needs."""
    keys = {each.node_def.name: set(each.keys) for each in defs.assets or ()}  # type: ignore[union-attr]
    job = defs.resolve_job_def(NIGHTLY_REFRESH)
    checks = {
        each.node_def.name: {key.asset_key for key in each.check_keys}
        for each in defs.asset_checks or ()
    }
    for node in job.nodes_in_topological_order:
        made = keys.get(node.name) or checks.get(node.name, set())
        if selected is None or made & set(selected):
            yield node.definition.compute_fn.decorated_fn  # type: ignore[attr-defined]


def _results(returned: Any) -> list[Any]:
    return [returned] if isinstance(returned, dg.MaterializeResult) else list(returned)


def _assert_nothing_blocks(result: Any) -> None:
    checks = [result] if isinstance(result, dg.AssetCheckResult) else result.check_results or []
    for check in checks:
        is_error = check.severity == dg.AssetCheckSeverity.ERROR
        assert check.passed or not is_error, f"{check.check_name}: {check.description}"
