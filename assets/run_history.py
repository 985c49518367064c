"""Dagster's history of runs: forgotten as a whole, since its texts can't be looked through."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import dagster as dg

from pipelines.core.workspace import Workspace


def forget_runs(workspace: Workspace) -> int:
    """Delete every run, its events and its output, and their bytes; returns how many runs.

    The environment must name the workspace's instance (`assets.instance.prepare_instance`).
    Schedules and sensors stay as they are.
    """
    with dg.DagsterInstance.get() as instance:
        n_runs = instance.get_runs_count()
        instance.wipe()
    shutil.rmtree(workspace.run_output, ignore_errors=True)
    for database in sorted(workspace.dagster_home.rglob("*.db")):
        with closing(sqlite3.connect(database)) as con:
            con.execute("vacuum")
            con.execute("pragma wal_checkpoint(truncate)")
    return n_runs
