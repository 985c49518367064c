"""What a refresh holds from its first step to its last."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assets.health.folder import look_at_folder
from assets.landing_gone import landing_gone
from assets.resources import RefreshResource
from pipelines.config.settings import Settings
from pipelines.core.errors import KeyFileError
from pipelines.core.warehouse import open_warehouse, tables_with_columns
from pipelines.core.workspace import Workspace
from pipelines.erasure.recovery import rebuild_warehouse
from pipelines.ingest.load.file_ledger import create_tables
from pipelines.release.refresh_log import ClockSetBackError, begin, end
from tests.unit.test_health import found

NO_RUN: Any = SimpleNamespace(run=None, instance=None)


def test_a_key_that_others_can_read_stops_a_refresh_before_anything_is_made(
    tmp_path: Path,
) -> None:
    """Told at the step that needs it, an hour's work on a large centre would be for nothing."""
    workspace = Workspace(tmp_path)
    workspace.prepare()
    workspace.pseudonym_key_file.write_text("k" * 64)
    workspace.pseudonym_key_file.chmod(0o640)
    resource = RefreshResource(workspace_root=str(tmp_path))
    with pytest.raises(KeyFileError, match="0600"), resource.yield_for_execution(NO_RUN):
        pass
    assert not workspace.warehouse_file.exists()


@pytest.mark.parametrize("left", ["raw/roster/000001.json", "../published/analytics.duckdb"])
def test_a_lost_key_stops_a_refresh_and_none_is_made_in_its_place(
    tmp_path: Path, left: str
) -> None:
    workspace = Workspace(tmp_path)
    workspace.prepare()
    resource = RefreshResource(workspace_root=str(tmp_path))
    with resource.yield_for_execution(NO_RUN):
        assert workspace.pseudonym_key_file.exists(), "made before anything is taken in"
    workspace.pseudonym_key_file.unlink()
    (workspace.private / left).parent.mkdir(parents=True)
    (workspace.private / left).write_text("{}")
    with pytest.raises(KeyFileError, match="key is gone"), resource.yield_for_execution(NO_RUN):
        pass
    assert not workspace.pseudonym_key_file.exists()
    finding = found(look_at_folder(workspace), "keys")
    assert (finding.level, "key is gone" in finding.text) == ("wrong", True)


def test_a_refresh_goes_on_in_the_file_that_was_written_anew(tmp_path: Path) -> None:
    """A connection that stayed open to the file from before would take what follows with it."""
    workspace = Workspace(tmp_path)
    with RefreshResource(workspace_root=str(tmp_path)).yield_for_execution(NO_RUN) as refresh:
        with refresh.connect() as con:
            con.execute("create table marts.before_it as select 1 as n")
        refresh.rewrite_warehouse()
        with refresh.connect() as con:
            con.execute("create table marts.after_it as select 2 as n")
    with open_warehouse(workspace.warehouse_file, read_only=True) as con:
        assert {"marts.before_it", "marts.after_it"} <= tables_with_columns(con).keys()


def test_a_clock_that_was_set_back_stops_a_refresh_and_a_rebuild_goes_on(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.prepare()

    def refresh() -> None:
        with RefreshResource(workspace_root=str(tmp_path)).yield_for_execution(NO_RUN):
            pass

    def log() -> list[tuple[object, ...]]:
        with open_warehouse(workspace.warehouse_file, read_only=True) as con:
            return con.execute("select refresh_id, status from meta.refresh").fetchall()

    for days, number in ((1, "a"), (60, "b")):
        with open_warehouse(workspace.warehouse_file) as con:
            ahead = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
            begin(con, Settings(), ahead, number)
            end(con, 1, "failed", None)
        if days == 1:
            refresh()
    with pytest.raises(ClockSetBackError, match=r"refresh 2 began at .*`make rebuild`") as told:
        refresh()
    assert f"{ahead:%d %b %Y %H:%M}" in str(told.value)
    assert log() == [(1, "failed"), (2, "failed")], "no row was written"
    rebuild_warehouse(workspace)
    refresh()


def test_files_that_are_gone_all_at_once_are_told_with_their_place(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.prepare()
    enter = "insert into ledger.file (file_id, source, file, status, first_seen_at, is_in_landing)"
    with open_warehouse(workspace.warehouse_file) as con:
        create_tables(con)
        for number in (1, 2):
            con.execute(f"{enter} values ({number}, 'roster', 'a.csv', 'loaded', now(), true)")
    assert f"all 2 files that lay in {workspace.landing} are gone" in str(landing_gone(workspace))
    workspace.landing_source("roster").mkdir()
    (workspace.landing_source("roster") / "b.csv").write_text("x")
    assert landing_gone(workspace) is None
