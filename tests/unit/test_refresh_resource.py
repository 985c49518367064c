"""What a refresh holds from its first step to its last."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assets.resources import RefreshResource
from pipelines.core.errors import KeyFileError
from pipelines.core.warehouse import open_warehouse, tables_with_columns
from pipelines.core.workspace import Workspace

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
