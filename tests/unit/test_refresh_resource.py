"""What a refresh holds from its first step to its last."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from assets.resources import RefreshResource
from pipelines.core.warehouse import open_warehouse, tables_with_columns
from pipelines.core.workspace import Workspace

NO_RUN: Any = SimpleNamespace(run=None, instance=None)


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
