"""The layout of the warehouse: a file of the first release opens, a newer one is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from pipelines.config.settings import Settings
from pipelines.core import schema_version
from pipelines.core.errors import WarehouseDamagedError, WarehouseTooNewError
from pipelines.core.expected_errors import in_own_words
from pipelines.core.schema_version import SCHEMA_VERSION, found_version
from pipelines.core.warehouse import fetch_value, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.erasure.recovery import enter_what_is_in_raw
from pipelines.release import refresh_log

LAYOUTS = Path(__file__).with_name("layouts")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace whose warehouse was written by the first release, which noted no number."""
    workspace = Workspace(tmp_path / "centre")
    workspace.prepare()
    con = duckdb.connect(str(workspace.warehouse_file))
    con.execute((LAYOUTS / "1.sql").read_text("utf-8"))
    con.close()
    return workspace


def test_a_file_of_the_first_release_opens_and_a_refresh_begins_on_it(workspace: Workspace) -> None:
    with open_warehouse(workspace.warehouse_file) as con:
        assert found_version(con) == SCHEMA_VERSION
        enter_what_is_in_raw(con, workspace)
        refresh_log.settle(con, None)
        assert refresh_log.begin(con, Settings(), dt.datetime.now(dt.UTC), "run-3") == 3
        last = refresh_log.last_published(con).row(0, named=True)
        assert (last["refresh_id"], last["n_estimates"]) == (1, 270)
        assert fetch_value(con, "select file from quality.ingested_file") == "broken.csv"


def test_an_earlier_file_is_looked_at_without_being_changed(workspace: Workspace) -> None:
    before = workspace.warehouse_file.read_bytes()
    with open_warehouse(workspace.warehouse_file, read_only=True) as con:
        assert found_version(con) == 1
    assert workspace.warehouse_file.read_bytes() == before


@pytest.fixture
def next_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program whose layout is two steps later, and its folder of steps."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    monkeypatch.setattr(schema_version, "SCHEMA_VERSION", SCHEMA_VERSION + 2)
    monkeypatch.setattr(schema_version, "MIGRATIONS", folder)
    return folder


def test_a_later_program_takes_the_steps_in_order_and_once(
    workspace: Workspace, next_layout: Path
) -> None:
    (next_layout / "0002.sql").write_text(
        "alter table ledger.file add column weight integer; update ledger.file set weight = 1;"
    )
    (next_layout / "0003.sql").write_text("update ledger.file set weight = weight + 1;")
    for _ in range(2):
        with open_warehouse(workspace.warehouse_file) as con:
            assert found_version(con) == 3
            assert fetch_value(con, "select weight from ledger.file") == 2


def test_a_step_that_fails_leaves_the_file_as_it_was(
    workspace: Workspace, next_layout: Path
) -> None:
    (next_layout / "0002.sql").write_text("drop table ledger.file; select no_such_column;")
    with pytest.raises(duckdb.Error), open_warehouse(workspace.warehouse_file):
        pass
    (next_layout / "0002.sql").unlink()
    with (
        pytest.raises(WarehouseDamagedError, match="`make rebuild`"),
        open_warehouse(workspace.warehouse_file),
    ):
        pass
    with open_warehouse(workspace.warehouse_file, read_only=True) as con:
        assert found_version(con) == 1
        assert fetch_value(con, "select count(*) from ledger.file") == 1


@pytest.mark.parametrize("read_only", [True, False])
def test_a_newer_file_is_refused_in_words_and_left_alone(
    workspace: Workspace, read_only: bool
) -> None:
    with open_warehouse(workspace.warehouse_file) as con:
        con.execute("update ledger.schema_version set version = version + 1")
    before = workspace.warehouse_file.read_bytes()
    with (
        pytest.raises(WarehouseTooNewError, match=r"has layout \d+, this program knows up to"),
        open_warehouse(workspace.warehouse_file, read_only=read_only),
    ):
        pass
    assert workspace.warehouse_file.read_bytes() == before


def test_a_file_of_a_newer_database_is_told_in_our_words() -> None:
    for words in (
        "Trying to read a database file with storage version number 99, but we can only read "
        "storage versions between 64 and 68.",
        "Try opening the file with a newer version of DuckDB.",
    ):
        assert isinstance(in_own_words(duckdb.IOException(words)), WarehouseTooNewError)
