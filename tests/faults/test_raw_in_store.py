"""Intake into an object store: killed between store and ledger, brought back, moved there."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import polars as pl
import pytest

from pipelines.core.warehouse import fetch, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.erasure.backup import restore_backup, write_backup
from pipelines.erasure.recovery import rebuild_warehouse
from pipelines.ingest.load import file_ledger
from pipelines.ingest.load.raw_store import ORPHANS
from tests.faults.test_killed_ingest import state, take_in
from tests.object_store import StoreServer, store_server

NOW = dt.datetime(2026, 11, 29, tzinfo=dt.UTC)
HEADER = "employee_id,separation_date,separation_type\n"


@pytest.fixture(scope="module")
def server() -> Iterator[StoreServer]:
    with store_server() as running:
        yield running


def drop(workspace: Workspace, name: str, *people: str) -> None:
    folder = workspace.landing_source("attrition")
    folder.mkdir(parents=True, exist_ok=True)
    workspace.private.mkdir(exist_ok=True)
    rows = "".join(f"{person},2024-01-0{len(people)},voluntary\n" for person in people)
    (folder / name).write_text(HEADER + rows)


def taken_in(workspace: Workspace) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    take_in(workspace)
    return state(workspace)


def assert_equal(one: tuple[pl.DataFrame, pl.DataFrame, int], other: Workspace) -> None:
    staged, files, n_cells = state(other)
    assert staged.equals(one[0])
    assert files.equals(one[1])
    assert n_cells == one[2]


def killed_before_the_ledger(root: Path) -> None:
    """Take in, and die where the rows are in the store and the ledger has no line."""

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    file_ledger.enter = die  # type: ignore[assignment]
    take_in(Workspace(root))


def test_killed_between_store_and_ledger_the_next_night_heals(
    tmp_path: Path, server: StoreServer
) -> None:
    here, there = Workspace(tmp_path / "here"), Workspace(tmp_path / "there")
    bucket = server.bucket()
    for each in (here, there):
        drop(each, "a.csv", "E1", "E2")
    server.keep_raw_of(there, bucket)
    for each in (here, there):
        take_in(each)
        drop(each, "b.csv", "E2", "E3")
    expected = taken_in(here)
    process = get_context("spawn").Process(target=killed_before_the_ledger, args=(there.root,))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    assert "raw/attrition/000002-1.parquet" in server.objects(bucket)
    with open_warehouse(there.warehouse_file, read_only=True) as con:
        assert fetch(con, "select count(*) from ledger.file").item() == 1
    take_in(there)
    assert_equal(expected, there)
    objects = {key.removeprefix("raw/") for key in server.objects(bucket)}
    assert f"{ORPHANS}/attrition/000002-1.parquet" in objects
    assert {"attrition/000002-1.parquet", "attrition/000002.json"} <= objects


def test_raw_moves_into_a_store_by_backup_and_restore(tmp_path: Path, server: StoreServer) -> None:
    moved, bucket = Workspace(tmp_path / "moved"), server.bucket()
    drop(moved, "a.csv", "E1", "E2")
    take_in(moved)
    backup = write_backup(moved, tmp_path / "backup", NOW)
    drop(moved, "b.csv", "E2", "E3")
    expected = taken_in(moved)
    private = {
        path.relative_to(moved.private_raw).as_posix(): path.read_bytes()
        for path in moved.private_raw.rglob("*.*")
        if path.is_file() and path.name != "empty.parquet"
    }

    server.keep_raw_of(moved, bucket)
    restore_backup(moved, backup)
    assert not moved.private_raw.exists()
    objects = server.objects(bucket)
    assert {name: objects[f"raw/{name}"] for name in private} == private
    rebuild_warehouse(moved)
    take_in(moved)
    assert_equal(expected, moved)

    # And back: the backup of a store is one of a folder.
    again = write_backup(moved, tmp_path / "again", NOW)
    back = Workspace(tmp_path / "back")
    shutil.copytree(moved.landing, back.landing)
    back.private.mkdir()
    back.settings_file.write_text("")
    restore_backup(back, again)
    assert {path.name for path in back.private_raw.glob("attrition/0*")} == {
        name.rpartition("/")[2] for name in private
    }
    rebuild_warehouse(back)
    take_in(back)
    assert_equal(expected, back)
