"""Who may read which file: the private folder's modes are mended, keys that were open aren't."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.core.errors import PipelineError
from pipelines.core.workspace import Workspace
from pipelines.personal_data.pseudonyms import load_key


def test_what_is_private_is_narrowed_at_the_start_of_every_refresh(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "centre")
    workspace.prepare()
    left_open = workspace.quarantine / "roster" / "roster.csv"
    left_open.parent.mkdir(parents=True)
    left_open.write_text("employee_id\n")
    outside = tmp_path / "outside.txt"
    outside.write_text("")
    outside.chmod(0o644)
    (workspace.private / "link").symlink_to(outside)
    for path in (workspace.private, workspace.quarantine, left_open.parent):
        path.chmod(0o755)
    left_open.chmod(0o664)
    workspace.prepare()
    assert left_open.stat().st_mode & 0o777 == 0o600
    for path in (workspace.private, workspace.quarantine, left_open.parent):
        assert path.stat().st_mode & 0o777 == 0o700
    assert outside.stat().st_mode & 0o777 == 0o644, "what a link points to isn't ours"


def test_a_key_that_others_could_read_is_refused_and_not_hidden(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.prepare()
    load_key(workspace.pseudonym_key_file)
    workspace.pseudonym_key_file.chmod(0o644)
    workspace.prepare()
    with pytest.raises(PipelineError, match="can be read by others"):
        load_key(workspace.pseudonym_key_file)
