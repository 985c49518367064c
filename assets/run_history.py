"""Dagster's history of runs: forgotten as a whole, or where it is older than it is kept.

Its texts can't be looked through for a person, so an erasure takes all of it.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
from contextlib import closing

import dagster as dg

from assets.instance import STORAGE_VARIABLE
from pipelines.alerts.memory import forget_words
from pipelines.core.workspace import Workspace

MOST_AT_ONCE = 50
"""So that the first night after years without tidying takes no longer than others."""


def forget_runs(workspace: Workspace) -> int:
    """Delete every run, its events and its output, and their bytes; returns how many runs.

    The environment must name the workspace's instance (`assets.instance.prepare_instance`).
    Schedules and sensors stay as they are.
    """
    with dg.DagsterInstance.get() as instance:
        n_runs = instance.get_runs_count()
        instance.wipe()
    shutil.rmtree(workspace.run_output, ignore_errors=True)
    forget_words(workspace.alert_memory_file)
    if os.environ.get(STORAGE_VARIABLE):
        _rewrite_postgres(os.environ[STORAGE_VARIABLE])
    for database in sorted(workspace.dagster_home.rglob("*.db")):
        with closing(sqlite3.connect(database)) as con:
            con.execute("vacuum")
            con.execute("pragma wal_checkpoint(truncate)")
    return n_runs


def forget_old_runs(instance: dg.DagsterInstance, workspace: Workspace, days: int) -> int:
    """Delete runs that ended before so many days, the oldest first; returns how many.

    Of Dagster's files only its rows go by themselves; the file and the folder of a run go here.
    """
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    old = instance.get_runs(
        filters=dg.RunsFilter(created_before=before), limit=MOST_AT_ONCE, ascending=True
    )
    ended = [run.run_id for run in old if run.is_finished]
    for run in ended:
        instance.delete_run(run)
        for file in (workspace.run_history / "runs").glob(f"{run}.db*"):
            file.unlink(missing_ok=True)
        shutil.rmtree(workspace.run_output / run, ignore_errors=True)
    return len(ended)


def _rewrite_postgres(address: str) -> None:
    """Write the tables of Dagster anew: what was deleted stays in their files until then."""
    from sqlalchemy import create_engine, text

    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as con:
            con.execute(text("vacuum full"))
    finally:
        engine.dispose()
