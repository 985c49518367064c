"""The warehouse truncated, deleted and left behind by a killed process: nothing delivered is lost.

Files that had been loaded are taken out of ``landing/`` first, as the docs advise; what brings
their rows back is raw alone.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import polars as pl
import pytest

from pipelines.core.workspace import Workspace
from pipelines.simulation import write_sample
from tests.integration.direct import night, publish
from tests.integration.refreshing import (
    EXACT,
    Ended,
    fingerprint,
    private,
    published,
    refresh,
    run_to_end,
    scanned,
)

pytestmark = pytest.mark.slow  # what raw brings back: tests/unit/ingest/test_ledger_lines.py

ESTIMATES = (
    "select * from outcomes.comparison "
    "order by outcome, horizon_days, design, estimand, segment, segment_value"
)
FILES = (
    "select source, file, status, n_rows, n_accepted, n_quarantined, n_superseded, first_seen_at "
    "from quality.ingested_file order by all"
)


def rebuild(workspace: Workspace) -> Ended:
    arguments = ["-m", "assets.commands.rebuild", "--workspace", str(workspace.root)]
    return scanned(workspace, run_to_end([sys.executable, *arguments]))


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with two deliveries per source, its first ones taken out of landing/ since."""
    workspace = Workspace(tmp_path_factory.mktemp("kept"))
    write_sample(workspace.landing, n_agents=130, months=12, seed=9)
    workspace.settings_file.write_text(EXACT)
    first = workspace.landing_source("attrition") / "attrition.csv"
    lines = first.read_text().splitlines(keepends=True)
    first.write_text("".join(lines[:-4]))
    publish(workspace)
    for path in workspace.landing.rglob("*.csv"):
        path.unlink()
    first.with_name("later.csv").write_text("".join([lines[0], *lines[-4:]]))
    return publish(workspace)


@pytest.fixture
def centre(refreshed: Workspace, tmp_path: Path) -> Workspace:
    shutil.copytree(refreshed.root, tmp_path / "copy")
    return Workspace(tmp_path / "copy")


def truncate(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size * 2 // 3)


def spoil(file: Path) -> None:
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(size // 2)
        opened.write(b"\xa5" * (size // 4))


def everything(workspace: Workspace) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    n_people = private(workspace, "select count(distinct employee_id) from staging.roster").item()
    return published(workspace, ESTIMATES), published(workspace, FILES), n_people


def assert_same(workspace: Workspace, before: tuple[pl.DataFrame, pl.DataFrame, int]) -> None:
    estimates, files, n_people = everything(workspace)
    assert estimates.equals(before[0])
    assert files.equals(before[1])
    assert n_people == before[2]


def test_an_emptied_warehouse_is_told(centre: Workspace) -> None:
    centre.warehouse_file.write_bytes(b"")
    assert_told_and_untouched(centre)


def assert_told_and_untouched(centre: Workspace) -> None:
    """A refresh names the damage and the way out, and leaves raw and the publication alone."""
    raw, publication = fingerprint(centre.raw), fingerprint(centre.published)
    ended = refresh(centre)
    assert ended.status == 1, ended.output
    assert ended.last_line.startswith("failed the warehouse is damaged"), ended.last_line
    assert "`make rebuild`" in ended.last_line
    assert fingerprint(centre.raw) == raw
    assert fingerprint(centre.published) == publication


def test_a_truncated_warehouse_is_told_and_rebuilt_from_raw(centre: Workspace) -> None:
    before, raw = everything(centre), fingerprint(centre.raw)
    truncate(centre.warehouse_file)
    assert_told_and_untouched(centre)
    ended = rebuild(centre)
    assert ended.status == 0, ended.output
    assert "no estimate changed" in ended.last_line
    assert_same(centre, before)
    assert {n: each for n, each in fingerprint(centre.raw).items() if n.endswith(".parquet")} == {
        n: each for n, each in raw.items() if n.endswith(".parquet")
    }


def test_a_warehouse_that_is_gone_comes_back_with_the_next_refresh(centre: Workspace) -> None:
    before = everything(centre)
    for path in centre.private.glob("warehouse.duckdb*"):
        path.unlink()
    night(centre)
    assert_same(centre, before)
    assert published(centre, "select refresh_id from meta.refresh order by 1")[
        "refresh_id"
    ].to_list() == [1, 2, 3]


def test_blocks_that_are_spoilt_in_the_midst_are_told(centre: Workspace) -> None:
    spoil(centre.warehouse_file)
    ended = refresh(centre)
    assert ended.status == 1, ended.output
    assert "`make rebuild`" in ended.last_line, ended.output
