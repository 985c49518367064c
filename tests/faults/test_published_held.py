"""The analysts' file is open in another program, for reading or for writing, or is damaged."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from pipelines.core.errors import PublishedUnreadableError
from pipelines.core.warehouse import Connection, export_tables, open_warehouse, read_published
from pipelines.core.workspace import Workspace

HOLDS = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
if sys.argv[2] == "write":
    con.execute("create table notes as select 1 as mine")
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    made.prepare()
    made.published.mkdir()
    return made


@pytest.fixture
def con(workspace: Workspace) -> Iterator[Connection]:
    with open_warehouse(workspace.warehouse_file) as opened:
        opened.execute("create table meta.told as select 7 as n")
        queries = {"meta.told": "select * from meta.told"}
        export_tables(opened, workspace.published_analytics, queries, {"meta.told": ()})
        yield opened


@pytest.mark.parametrize("how", ["read", "hold", "write"])
def test_what_stands_is_read_whoever_has_it_open(
    workspace: Workspace, con: Connection, how: str
) -> None:
    """Whoever opens it for writing locks others out of the file, a refresh among them."""
    command = [sys.executable, "-c", HOLDS, str(workspace.published_analytics), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        read = read_published(con, workspace.published_analytics, "meta.told")
        assert holder.stdin is not None
        holder.stdin.close()
    assert read is not None
    assert read.equals(pl.DataFrame({"n": [7]}, schema={"n": pl.Int32}))
    assert not workspace.published_copy.exists()


@pytest.mark.parametrize("content", [b"", b"no database at all" * 1000])
def test_a_damaged_one_is_named_and_not_the_warehouse(
    workspace: Workspace, con: Connection, content: bytes
) -> None:
    workspace.published_analytics.write_bytes(content)
    with pytest.raises(PublishedUnreadableError, match=r"published/analytics\.duckdb.*rollback"):
        read_published(con, workspace.published_analytics, "meta.told")
