"""The swap under fire: readers that never see half a publication, writers that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest

from pipelines.core.errors import PipelineError, PlaceError
from pipelines.core.workspace import Workspace
from pipelines.release.publish import (
    PublicationPlaceError,
    check_place,
    exchange,
    publish,
    start_build,
)
from pipelines.release.versions import clear_build, kept_publications, swap_in


def build(workspace: Workspace, content: str) -> None:
    folder = start_build(workspace)
    (folder / "site").mkdir()
    (folder / "site" / "index.html").write_text(content)
    (folder / "analytics.duckdb").write_text(content)


def test_the_first_and_the_next_publication_replace_the_folder_as_a_whole(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    build(workspace, "one")
    (workspace.build / "site" / "only-in-one.txt").write_text("x")
    publish(workspace, 1)
    build(workspace, "two")
    publish(workspace, 2)
    assert sorted(path.name for path in workspace.published.rglob("*") if path.is_file()) == [
        "analytics.duckdb",
        "index.html",
        "manifest.json",
    ]
    assert workspace.published_analytics.read_text() == "two"
    assert workspace.published_analytics.stat().st_mode & 0o777 == 0o640
    assert (workspace.build / "analytics.duckdb").read_text() == "one", "whoever keeps it finds it"


def test_a_publication_that_lies_elsewhere_is_told_before_and_at_the_swap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two file systems there is no exchange, nor with a mount on the same one."""
    elsewhere = next(
        (Path(each) for each in ("/dev/shm", "/run") if _is_other(Path(each), tmp_path)), None
    )
    if elsewhere is None:
        pytest.skip("this machine has one file system")
    workspace = Workspace(tmp_path)
    check_place(workspace)
    build(workspace, "two")
    with tempfile.TemporaryDirectory(dir=elsewhere) as folder:
        (Path(folder) / "kept.txt").write_text("one")
        monkeypatch.setattr(Workspace, "published", property(lambda _: Path(folder)))
        for asked in (lambda: check_place(workspace), lambda: publish(workspace, 2)):
            with pytest.raises(PublicationPlaceError, match="file system of the workspace"):
                asked()
        assert [path.name for path in Path(folder).iterdir()] == ["kept.txt"]


def _is_other(folder: Path, than: Path) -> bool:
    return os.access(folder, os.W_OK) and folder.stat().st_dev != than.stat().st_dev


def test_a_publication_that_was_made_read_only_is_kept_and_taken_away_all_the_same(
    tmp_path: Path,
) -> None:
    workspace = Workspace(tmp_path)
    workspace.prepare()
    for number in range(1, 4):
        clear_build(workspace)
        build(workspace, str(number))
        swap_in(workspace, number)
        for folder in (workspace.published_site, workspace.published):
            folder.chmod(0o555)
        check_place(workspace)
    kept = kept_publications(workspace)
    assert [*kept] == [1, 2]
    assert kept[2].stat().st_mode & 0o700 == 0o700, "it can be deleted"
    half = kept[2].with_name(".coming-000002")
    kept[2].rename(half)
    (half / "site").chmod(0o555)
    clear_build(workspace)
    assert not half.exists()
    assert not workspace.unpublished


def test_a_publication_behind_a_link_or_of_somebody_else_is_refused_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)
    build(workspace, "one")
    publish(workspace, 1)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    monkeypatch.setattr(os, "access", lambda path, _mode: path != workspace.published_site)
    with pytest.raises(PublicationPlaceError, match="belongs to somebody else"):
        check_place(workspace)
    workspace.published.rename(tmp_path / "elsewhere")
    workspace.published.symlink_to("elsewhere")
    with pytest.raises(PublicationPlaceError, match="symbolic link"):
        check_place(workspace)


@pytest.mark.parametrize(
    ("place", "is_file"), [("published", True), ("private/refresh.lock", False), ("landing", None)]
)
def test_what_lies_in_the_place_of_something_else_is_named_before_anything_is_made(
    tmp_path: Path, place: str, is_file: bool | None
) -> None:
    wrong = tmp_path / place
    wrong.parent.mkdir(exist_ok=True)
    if is_file is None:
        wrong.symlink_to(tmp_path / "not-mounted")
    elif is_file:
        wrong.write_text("x")
    else:
        wrong.mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(PlaceError, match=place):
        Workspace(tmp_path).prepare()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("missing", ["site/index.html", "analytics.duckdb"])
def test_an_incomplete_build_is_never_swapped_in(tmp_path: Path, missing: str) -> None:
    workspace = Workspace(tmp_path)
    build(workspace, "one")
    publish(workspace, 1)
    build(workspace, "two")
    (workspace.build / missing).unlink()
    with pytest.raises(PipelineError, match=missing):
        publish(workspace, 1)
    assert workspace.published_analytics.read_text() == "one"


def test_an_unfinished_log_beside_the_file_stops_the_swap(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    build(workspace, "one")
    (workspace.build / "analytics.duckdb.wal").write_text("x")
    with pytest.raises(PipelineError, match="wal"):
        publish(workspace, 1)


def test_exchange_works_even_without_the_system_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "name").write_text(folder.name)
    monkeypatch.setattr("pipelines.release.publish.ctypes.CDLL", lambda *_, **__: object())
    exchange(first, second)
    assert (first / "name").read_text() == "second"
    assert (second / "name").read_text() == "first"


PUBLISH_FOR_EVER = """
    import itertools, sys
    from pathlib import Path
    from pipelines.release.publish import publish, start_build
    from pipelines.core.workspace import Workspace
    workspace = Workspace(Path(sys.argv[1]))
    for number in itertools.count():
        folder = start_build(workspace)
        (folder / "site").mkdir()
        (folder / "site" / "index.html").write_text(str(number))
        (folder / "analytics.duckdb").write_text(str(number))
        publish(workspace, number + 1)
"""


def test_a_killed_writer_leaves_a_complete_publication(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    for attempt in range(12):
        writer = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(PUBLISH_FOR_EVER), str(tmp_path)],
            cwd=Path(__file__).parents[2],
        )
        try:
            deadline = time.monotonic() + 20
            while not workspace.published_analytics.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(0.03 + 0.017 * attempt)
        finally:
            os.kill(writer.pid, signal.SIGKILL)
            writer.wait()
        page = (workspace.published_site / "index.html").read_text()
        assert page == workspace.published_analytics.read_text() != ""
