"""The warehouse's file grows with what is in it, not with the nights that wrote it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from assets.resources import RefreshResource
from pipelines.core.private_files import FILE_MODE
from pipelines.core.schema_version import SCHEMA_VERSION, found_version
from pipelines.core.warehouse import fetch_value, open_warehouse
from pipelines.core.warehouse_file import rewrite_worn
from pipelines.core.workspace import Workspace

N_TABLES, N_ROWS = 12, 3_000
NO_RUN: Any = SimpleNamespace(run=None, instance=None)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    made.prepare()
    return made


def replace_all(workspace: Workspace, night: int) -> None:
    """As a night does, in one session: most tables made anew, and a view read from one of them."""
    with open_warehouse(workspace.warehouse_file) as con:
        for table in range(N_TABLES):
            con.execute(
                f"create or replace table marts.t{table} as "
                f"select hash(i + {night}) as h from range({N_ROWS}) each(i)"
            )
        con.execute("create or replace view quality.v as select count(*) as n from marts.t1")


def content(workspace: Workspace) -> tuple[int, int, int | None]:
    total = " + ".join(f"(select sum(h % 1000) from marts.t{n})" for n in range(N_TABLES))
    with open_warehouse(workspace.warehouse_file, read_only=True) as con:
        n_rows = fetch_value(con, "select n from quality.v")
        return fetch_value(con, f"select {total}"), n_rows, found_version(con)


def size(workspace: Workspace) -> int:
    return workspace.warehouse_file.stat().st_size


def test_many_nights_take_no_more_room_than_one(workspace: Workspace) -> None:
    replace_all(workspace, 0)
    first = size(workspace)
    grown = []
    for night in range(1, 4):
        replace_all(workspace, night)
        grown.append(size(workspace))
        before = content(workspace)
        assert rewrite_worn(workspace.warehouse_file, workspace.rewritten_warehouse_file)
        assert content(workspace) == before
        assert before[1:] == (N_ROWS, SCHEMA_VERSION)
        assert size(workspace) <= 1.1 * first
    assert min(grown) > 1.5 * first, "nothing was to be given back: the test shows nothing"
    assert not rewrite_worn(workspace.warehouse_file, workspace.rewritten_warehouse_file)
    assert workspace.warehouse_file.stat().st_mode & 0o777 == FILE_MODE
    assert [each.name for each in workspace.private.glob("*.duckdb")] == ["warehouse.duckdb"]


def test_a_run_gives_free_blocks_back_at_its_end(workspace: Workspace) -> None:
    replace_all(workspace, 0)
    first = size(workspace)
    with RefreshResource(workspace_root=str(workspace.root)).yield_for_execution(NO_RUN):
        replace_all(workspace, 1)
    assert size(workspace) <= 1.1 * first


def test_small_tables_take_little_room_and_an_earlier_file_still_opens(tmp_path: Path) -> None:
    """In blocks of DuckDB's own size, as files had before, each table takes four times as much."""
    new, earlier = tmp_path / "new.duckdb", tmp_path / "earlier.duckdb"
    duckdb.connect(str(earlier)).close()
    for file in (earlier, new):
        with open_warehouse(file) as con:
            for table in range(N_TABLES):
                con.execute(f"create table marts.t{table} as select {table} as n")
                con.execute("checkpoint")
    assert 3 * new.stat().st_size < earlier.stat().st_size
