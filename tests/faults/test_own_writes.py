"""A warehouse that somebody else wrote isn't believed: told once, then made anew from raw."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from assets.resources import RefreshResource
from pipelines.core.errors import WarehouseDamagedError
from pipelines.core.own_writes import is_written_by_others
from pipelines.core.warehouse import open_warehouse, tables_with_columns
from pipelines.core.warehouse_file import rewrite
from pipelines.core.workspace import Workspace

NO_RUN: Any = SimpleNamespace(run=None, instance=None)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    made.prepare()
    with open_warehouse(made.warehouse_file) as con:
        con.execute("create table marts.kept as select 1 as n")
    return made


def refresh(workspace: Workspace) -> None:
    with RefreshResource(workspace_root=str(workspace.root)).yield_for_execution(NO_RUN):
        pass


def tables(workspace: Workspace) -> set[str]:
    with open_warehouse(workspace.warehouse_file, read_only=True) as con:
        return {*tables_with_columns(con)}


def test_an_edit_by_hand_is_told_once_and_goes_with_the_next_refresh(workspace: Workspace) -> None:
    refresh(workspace)
    with duckdb.connect(str(workspace.warehouse_file)) as con:
        con.execute("update marts.kept set n = 2")
    with open_warehouse(workspace.warehouse_file) as con:  # as `make cut` does, before the night
        con.execute("create table marts.later as select 1 as n")
    rewrite(workspace.warehouse_file, workspace.rewritten_warehouse_file)
    with pytest.raises(WarehouseDamagedError, match="was written by another program"):
        refresh(workspace)
    refresh(workspace)
    assert "marts.kept" not in tables(workspace)
    refresh(workspace)


def test_another_file_in_its_place_is_not_believed(workspace: Workspace) -> None:
    earlier = workspace.private / "earlier.copy"
    shutil.copy(workspace.warehouse_file, earlier)
    refresh(workspace)
    earlier.replace(workspace.warehouse_file)
    assert is_written_by_others(workspace.warehouse_file)


def test_what_only_looks_at_it_and_a_copy_of_all_change_nothing(
    workspace: Workspace, tmp_path: Path
) -> None:
    with duckdb.connect(str(workspace.warehouse_file), read_only=True) as con:
        assert con.sql("select n from marts.kept").fetchall() == [(1,)]
    refresh(workspace)
    moved = Workspace(tmp_path / "moved")
    shutil.copytree(workspace.private, moved.private)
    refresh(moved)
    assert "marts.kept" in tables(moved)


def test_a_kill_while_it_is_open_is_no_work_of_others(workspace: Workspace) -> None:
    child = os.fork()
    if child == 0:
        with open_warehouse(workspace.warehouse_file) as con:
            con.execute("create table marts.begun as select 1 as n")
            os._exit(9)
    os.waitpid(child, 0)
    assert not is_written_by_others(workspace.warehouse_file)
    refresh(workspace)
    assert {"marts.kept", "marts.begun"} <= tables(workspace)


def test_a_file_from_before_there_was_a_note_is_ours(workspace: Workspace) -> None:
    workspace.warehouse_file.with_name("warehouse.duckdb.ours").unlink()
    refresh(workspace)
    assert "marts.kept" in tables(workspace)
