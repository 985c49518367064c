"""Intake killed at any moment, with the warehouse kept or lost: no row is lost, none is doubled."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import fetch, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.ingest.load.ingest_source import ingest_source

PROJECT = Path(__file__).resolve().parents[2]
NOW = dt.datetime(2026, 11, 1, 2, 30, tzinfo=dt.UTC)
N_FILES = 25
STAGED = "select * exclude (file_id, line_number) from staging.attrition order by all"
FILES = "select file, sha256, status, n_rows, n_accepted from ledger.file order by file"
TAKE_IN = """
import sys
from pathlib import Path
from pipelines.core.workspace import Workspace
from tests.faults.test_killed_ingest import take_in
take_in(Workspace(Path(sys.argv[1])))
"""


def take_in(workspace: Workspace) -> None:
    with open_warehouse(workspace.warehouse_file) as con:
        source = load_contracts().source("attrition")
        folder = workspace.landing_source(source.name)
        ingest_source(con, source, folder, raw=workspace.raw, now=NOW)


def drop_all(workspace: Workspace) -> None:
    """Files whose rows take one another's place, one row in each that breaks a rule."""
    folder = workspace.landing_source("attrition")
    folder.mkdir(parents=True)
    workspace.private.mkdir()
    for number in range(N_FILES):
        rows = [f"E{number + step},2024-01-01,voluntary" for step in range(40)]
        rows.append(f"E{number},2024-13-01,voluntary")
        text = "\n".join(["employee_id,separation_date,separation_type", *rows, ""])
        (folder / f"{number:03d}.csv").write_text(text)


def state(workspace: Workspace) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    with open_warehouse(workspace.warehouse_file, read_only=True) as con:
        n_cells = fetch(con, "select count(*) from ledger.rejected_cell").item()
        return fetch(con, STAGED), fetch(con, FILES), n_cells


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    workspace = Workspace(tmp_path_factory.mktemp("undisturbed"))
    drop_all(workspace)
    take_in(workspace)
    return state(workspace)


@pytest.mark.slow  # quicker: the crashes of tests/unit/ingest/test_deliveries.py
@pytest.mark.parametrize("is_lost", [False, True])
def test_killed_and_taken_in_again_it_is_as_if_nothing_had_happened(
    tmp_path: Path, undisturbed: tuple[pl.DataFrame, pl.DataFrame, int], is_lost: bool
) -> None:
    workspace = Workspace(tmp_path)
    drop_all(workspace)
    n_killed = 0
    for attempt in range(5):
        running = subprocess.Popen([sys.executable, "-c", TAKE_IN, str(tmp_path)], cwd=PROJECT)
        n_lines = len([*workspace.raw.rglob("*.json")])
        deadline = time.monotonic() + 120
        while running.poll() is None and len([*workspace.raw.rglob("*.json")]) < n_lines + 2:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        time.sleep(0.004 * attempt)
        if running.poll() is None:
            os.kill(running.pid, signal.SIGKILL)
        n_killed += running.wait() == -signal.SIGKILL
        if is_lost:
            for path in workspace.private.glob("warehouse.duckdb*"):
                path.unlink()
    assert n_killed >= 3
    take_in(workspace)
    staged, files, n_cells = state(workspace)
    assert staged.equals(undisturbed[0])
    assert files.equals(undisturbed[1])
    assert n_cells == undisturbed[2] == N_FILES
