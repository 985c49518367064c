"""What a workspace keeps and publishes as frames, and what a refresh imports."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines.core.warehouse import fetch, open_warehouse
from pipelines.core.workspace import Workspace
from tests.integration.refreshing import Ended, command, run_afresh

Frames = dict[str, pl.DataFrame]
TABLES = (
    "select table_schema || '.' || table_name as name from information_schema.tables "
    "where table_schema in ({}) order by name"
)
NIGHTLY = ("marts.agent", "quality.", "meta.")
"""What moves every night in the analysts' file."""
SAYS_WHAT_WAS_IMPORTED = """
import atexit, os, sys
atexit.register(lambda: open(os.environ["IMPORTED_INTO"], "w").write("\\n".join(sys.modules)))
"""
ESTIMATORS = ("pipelines.estimators", "pipelines.analysis.comparison", "pipelines.claims")


def kept(workspace: Workspace) -> Frames:
    """Every private table that stands between cuts; checks and the log move every night."""
    nightly = ("release.check_result", "release.refresh")
    return frames(workspace.warehouse_file, "'outcomes', 'release'", nightly)


def told(workspace: Workspace) -> Frames:
    """Every published table, but those that move every night."""
    found = frames(workspace.published_analytics, "'outcomes', 'marts'", ())
    return {name: frame for name, frame in found.items() if not name.startswith(NIGHTLY)}


def frames(file: Path, schemas: str, without: tuple[str, ...]) -> Frames:
    with open_warehouse(file, read_only=True) as con:
        names = fetch(con, TABLES.format(schemas))["name"].to_list()
        return {
            name: fetch(con, f"select * from {name} order by all")
            for name in names
            if name not in without
        }


def assert_equal(before: Frames, after: Frames) -> None:
    """The same tables with the same rows, to the last digit."""
    assert before.keys() == after.keys()
    assert len(before) > 10
    differing = [name for name in before if not before[name].equals(after[name])]
    assert not differing


def refresh_and_imports(workspace: Workspace, folder: Path) -> tuple[Ended, set[str]]:
    """Refresh in a process that says at its end which modules it imported."""
    (folder / "sitecustomize.py").write_text(SAYS_WHAT_WAS_IMPORTED)
    noted = folder / "imported.txt"
    ended = run_afresh(command(workspace), PYTHONPATH=str(folder), IMPORTED_INTO=str(noted))
    return ended, set(noted.read_text().split())


def estimators_among(modules: set[str]) -> list[str]:
    """The imported modules that estimate."""
    return sorted(
        name for name in modules if name.startswith(ESTIMATORS) and "contracts" not in name
    )
