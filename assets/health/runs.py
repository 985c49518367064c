"""Dagster's runs: one that is believed at work though its process is gone."""

from __future__ import annotations

import os
from collections.abc import Iterator

from assets.health.finding import Finding, note, ok
from pipelines.core.lock import is_held
from pipelines.core.workspace import Workspace


def look_at_runs(workspace: Workspace) -> Iterator[Finding]:
    """Name runs that the queue would wait for in vain."""
    if not workspace.dagster_config.exists() or not workspace.run_history.exists():
        return
    if is_held(workspace.lock_file):
        yield ok("runs", "a refresh is running")
        return
    names = _orphaned(workspace)
    if not names:
        yield ok("runs", "Dagster believes none at work that is dead")
        return
    yield note(
        "runs",
        f"Dagster believes {', '.join(names)} at work, whose process is gone: no other starts "
        "until the next refresh, `make serve` or the landing sensor ends it, each by itself",
    )


def _orphaned(workspace: Workspace) -> list[str]:
    import dagster as dg

    from assets.orphaned_runs import orphans

    before = os.environ.get("DAGSTER_HOME")
    os.environ["DAGSTER_HOME"] = str(workspace.dagster_home)
    try:
        with dg.DagsterInstance.get() as instance:
            return [run.run_id[:8] for run in orphans(instance)]
    finally:
        os.environ.pop("DAGSTER_HOME")
        if before is not None:
            os.environ["DAGSTER_HOME"] = before
