"""Kept publications: fourteen, whole, put back by the same exchange, and gone when they must be."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from pipelines.core.workspace import Workspace
from pipelines.release.manifest import MANIFEST, ManifestError, read_manifest
from pipelines.release.publish import start_build
from pipelines.release.versions import (
    KEPT,
    RollbackError,
    clear_build,
    forget_publications,
    kept_publications,
    roll_back,
    swap_in,
)
from tests.integration.refreshing import fingerprint


def publish(workspace: Workspace, number: int) -> None:
    clear_build(workspace)
    folder = start_build(workspace)
    (folder / "site").mkdir()
    (folder / "site" / "index.html").write_text(f"{number}")
    (folder / "analytics.duckdb").write_text(f"{number}")
    swap_in(workspace, number)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    made.private.mkdir()
    return made


def page(workspace: Workspace) -> str:
    assert (
        workspace.published_analytics.read_text()
        == (workspace.published_site / "index.html").read_text()
    )
    return workspace.published_analytics.read_text()


def test_the_last_fourteen_are_kept(workspace: Workspace) -> None:
    for number in range(1, 21):
        publish(workspace, number)
    assert [*kept_publications(workspace), 20] == list(range(21 - KEPT, 21))
    assert not workspace.build.exists()


def test_a_rollback_puts_back_byte_for_byte_and_can_be_taken_back(workspace: Workspace) -> None:
    publish(workspace, 3)
    before = fingerprint(workspace.published)
    modes = {path.name: path.stat().st_mode for path in workspace.published.rglob("*")}
    publish(workspace, 5)
    for folder in (workspace.publications, *workspace.publications.rglob("*")):
        folder.chmod(folder.stat().st_mode & ~0o077)  # as every refresh does with private/
    assert roll_back(workspace).refresh_id == 3
    assert fingerprint(workspace.published) == before
    assert {path.name: path.stat().st_mode for path in workspace.published.rglob("*")} == modes
    assert list(kept_publications(workspace)) == [5]
    with pytest.raises(RollbackError, match="kept are: 5"):
        roll_back(workspace)
    assert roll_back(workspace, 5).refresh_id == 5
    assert page(workspace) == "5"
    publish(workspace, 6)
    assert roll_back(workspace, passed_over={5}).refresh_id == 3, "5 was rolled back before"


def test_a_rollback_copies_the_manifest_last(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a kill leaves half without it is taken for no publication, and none is lost to it."""
    copied = []

    def noted(of: Any, to: Any, **_: object) -> Any:
        copied.append(Path(to).name)
        return shutil.copyfile(of, to)

    publish(workspace, 3)
    publish(workspace, 5)
    with monkeypatch.context() as during:
        during.setattr("shutil.copy2", noted)
        during.setattr("shutil.copytree.__defaults__", (False, None, noted, False, False))
        roll_back(workspace)
    assert len(copied) > 2
    assert copied[-1] == ".manifest.json"
    assert page(workspace) == "3"


def test_a_kept_publication_that_was_changed_is_not_put_back(workspace: Workspace) -> None:
    publish(workspace, 1)
    publish(workspace, 2)
    (kept_publications(workspace)[1] / "site" / "index.html").write_text("forged")
    with pytest.raises(ManifestError, match=r"site/index\.html"):
        roll_back(workspace)
    assert page(workspace) == "2"


@pytest.mark.parametrize("spoilt", [b"", b"{", b"[]", b'{"refresh_id": 2}', b"\xff\x00"])
def test_a_spoilt_manifest_is_no_dead_end(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], spoilt: bytes
) -> None:
    """What can't be checked is replaced and never put back; whatever is asked says what to do."""
    for number in (1, 2):
        publish(workspace, number)
    (workspace.published / MANIFEST).write_bytes(spoilt)
    publish(workspace, 3)
    assert (page(workspace), list(kept_publications(workspace))) == ("3", [1])
    assert "the publication before isn't kept" in capsys.readouterr().out
    (workspace.published / MANIFEST).write_bytes(spoilt)
    assert roll_back(workspace).refresh_id == 1
    assert page(workspace) == "1"
    publish(workspace, 4)
    publish(workspace, 5)
    (kept_publications(workspace)[4] / MANIFEST).write_bytes(spoilt)
    with pytest.raises(RollbackError, match=r"choose another \(TO=\): kept are 1, 4"):
        roll_back(workspace)
    forget_publications(workspace)
    publish(workspace, 6)
    assert page(workspace) == "6"


def test_an_erasure_with_a_spoilt_manifest_keeps_nothing(workspace: Workspace) -> None:
    for number in (1, 2):
        publish(workspace, number)
    (workspace.published / MANIFEST).write_bytes(b"")
    forget_publications(workspace)
    publish(workspace, 3)
    assert kept_publications(workspace) == {}


def test_swapping_again_after_it_is_done_changes_nothing(workspace: Workspace) -> None:
    publish(workspace, 1)
    publish(workspace, 2)
    before = fingerprint(workspace.root)
    swap_in(workspace, 2)
    assert fingerprint(workspace.root) == before


def test_forgotten_publications_go_and_so_does_the_next_that_leaves(workspace: Workspace) -> None:
    for number in (1, 2, 3):
        publish(workspace, number)
    assert forget_publications(workspace) == 2
    publish(workspace, 4)
    assert kept_publications(workspace) == {}, "the third had whoever was to be forgotten"
    publish(workspace, 5)
    assert list(kept_publications(workspace)) == [4]


def test_an_older_publication_without_a_manifest_makes_way(workspace: Workspace) -> None:
    publish(workspace, 1)
    (workspace.published / "manifest.json").unlink()
    publish(workspace, 2)
    assert (page(workspace), kept_publications(workspace)) == ("2", {})


PUBLISH_AND_ROLL_BACK = """
    import itertools, sys
    from pathlib import Path
    from pipelines.core.workspace import Workspace
    from pipelines.release.versions import kept_publications, roll_back
    from tests.faults.test_versions import publish
    workspace = Workspace(Path(sys.argv[1]))
    for number in itertools.count(int(sys.argv[2])):
        publish(workspace, number)
        if number % 3 == 0:
            roll_back(workspace)
"""


@pytest.mark.slow  # quicker: a killed writer, in test_publication_swap.py
def test_killed_at_any_moment_whole_publications_stand_and_are_kept(workspace: Workspace) -> None:
    number = 1
    for attempt in range(12):
        writer = subprocess.Popen(
            [
                sys.executable,
                "-c",
                textwrap.dedent(PUBLISH_AND_ROLL_BACK),
                str(workspace.root),
                str(number),
            ],
            cwd=Path(__file__).parents[2],
        )
        try:
            deadline = time.monotonic() + 60
            newest = max(kept_publications(workspace), default=0)
            while time.monotonic() < deadline and (
                max(kept_publications(workspace), default=0) <= newest
            ):
                time.sleep(0.01)
            time.sleep(0.013 * attempt)
        finally:
            os.kill(writer.pid, signal.SIGKILL)
            writer.wait()
        standing = read_manifest(workspace.published)
        assert standing is not None
        assert page(workspace) == str(standing.refresh_id)
        clear_build(workspace)
        for kept, folder in kept_publications(workspace).items():
            assert (folder / "site" / "index.html").read_text() == str(kept)
        number = max(standing.refresh_id, *kept_publications(workspace)) + 1
    assert number > 12
