"""The publication of a real refresh: its site and its analysts' file tell nothing that is hidden.

And a publication that would is stopped by the audit.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from dashboards.build import build_site
from dashboards.load import load_site_data
from pipelines.hiding import read_hiding
from pipelines.privacy.audit import AuditError
from pipelines.privacy.suppression import COMPARISON_VALUES
from pipelines.release import write_release
from pipelines.sample import write_sample
from pipelines.settings import load_settings
from pipelines.warehouse import Connection, fetch, open_warehouse, write
from pipelines.workspace import Workspace
from tests.integration.refreshing import (
    PROJECT,
    TIME_LIMIT_SECONDS,
    environment,
    published,
    refresh,
)

NOW = dt.datetime(2026, 11, 1, 2, 30, tzinfo=dt.UTC)
CELL = ("outcome", "horizon_days", "segment", "segment_value")
NUMBERS = tuple(name for name in COMPARISON_VALUES if name not in ("std_error",))
WITHOUT_COMPLEMENTARY = """
import sys
import pipelines.release as release
kept = release.read_hiding
release.read_hiding = lambda con, settings, **asked: kept(con, settings, is_complementary=False)
from assets.refresh import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A small contact centre, refreshed once."""
    made = Workspace(tmp_path_factory.mktemp("attacked"))
    write_sample(made.landing, n_agents=240, months=12, seed=7)
    ended = refresh(made)
    assert ended.status == 0, ended.output
    return made


@pytest.fixture
def copy(workspace: Workspace, tmp_path: Path) -> Workspace:
    """The same with a warehouse of its own, and nothing published yet."""
    other = Workspace(tmp_path / "copy")
    other.warehouse_file.parent.mkdir(parents=True)
    shutil.copy(workspace.warehouse_file, other.warehouse_file)
    return other


def site_of(con: Connection, workspace: Workspace, folder: Path) -> dict[str, bytes]:
    """Every file of the site, made from what is released now."""
    build_site(load_site_data(con, load_settings(workspace.settings_file), NOW), folder)
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.suffix in (".html", ".txt", ".csv", ".json", ".js", ".svg")
    }


def turn_hidden_numbers(con: Connection, hidden: pl.DataFrame) -> int:
    """Give every hidden row of the private comparison other numbers; returns how many there are."""
    comparison = fetch(con, "select * from outcomes.comparison")
    rows = comparison.join(
        hidden.select(*CELL).with_columns(_is_hidden=True), on=list(CELL), how="left"
    )
    is_hidden = pl.col("_is_hidden").fill_null(value=False) & (
        pl.col("design") != "training_rollout"
    )
    turned = rows.with_columns(
        pl.when(is_hidden).then((pl.col(name) * 1.37 + 1).cast(dtype)).otherwise(name).alias(name)
        for name, dtype in comparison.schema.items()
        if name in NUMBERS
    )
    write(con, "outcomes.comparison", turned.select(comparison.columns))
    return int(turned.select(is_hidden.sum()).item())


def test_no_byte_of_the_site_depends_on_a_hidden_number(copy: Workspace, tmp_path: Path) -> None:
    """Text alternatives, tables, charts and downloads: all stay when hidden numbers turn."""
    settings = load_settings(copy.settings_file)
    with open_warehouse(copy.warehouse_file) as con:
        hidden = read_hiding(con, settings).cells
        write_release(con, settings, copy.published_analytics)
        before = site_of(con, copy, tmp_path / "before")
        assert turn_hidden_numbers(con, hidden) > 100
        write_release(con, settings, copy.published_analytics)
        after = site_of(con, copy, tmp_path / "after")
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == []


def test_the_site_would_tell_without_complementary_hiding(copy: Workspace, tmp_path: Path) -> None:
    """The same turn shows where only what is dangerous by itself is hidden: the test can fail."""
    settings = load_settings(copy.settings_file)
    with open_warehouse(copy.warehouse_file) as con:
        hidden = read_hiding(con, settings).cells.filter(suppression="complementary")
        assert hidden.height > 0
        none = copy.published_analytics
        write_release(con, settings, none, is_complementary=False)
        before = fetch(con, "select * from release.comparison")
        turn_hidden_numbers(con, hidden)
        write_release(con, settings, none, is_complementary=False)
        assert not before.equals(fetch(con, "select * from release.comparison"))


def test_no_table_of_the_analysts_file_has_a_number_for_a_hidden_part(workspace: Workspace) -> None:
    """Join the hidden cells with every table that names parts: no row of theirs has a count."""
    with open_warehouse(workspace.warehouse_file, read_only=True) as con:
        hidden = fetch(con, "select * from outcomes.hidden_cell")
    tables = published(
        workspace,
        "select table_schema || '.' || table_name as name from information_schema.columns "
        "where column_name in ('outcome', 'horizon_days', 'segment', 'segment_value') "
        "and table_schema = 'outcomes' group by all having count(*) = 4",
    )["name"].to_list()
    assert {"outcomes.comparison", "outcomes.segment_estimate"} <= set(tables)
    for table in tables:
        rows = published(workspace, f"select * from {table}")
        mine = rows.join(hidden.select(*CELL), on=list(CELL), how="semi")
        mine = (
            mine.filter(pl.col("design") != "training_rollout")
            if "design" in mine.columns
            else mine
        )
        assert mine.height > 0, table
        told = [
            name
            for name, dtype in mine.schema.items()
            if dtype.is_numeric() and name in (*COMPARISON_VALUES, "largest_smd_after")
        ]
        assert all(mine[name].null_count() == mine.height for name in told), table


def test_counts_of_other_tables_give_no_hidden_arm_back(workspace: Workspace) -> None:
    """Numbers of people by design, first stage and step differ by nobody or by many."""
    floor = load_settings(workspace.settings_file).privacy.min_group
    whole = published(
        workspace,
        "select distinct outcome, n_people_a, n_people_b from outcomes.comparison "
        "where segment = 'all' and design <> 'training_rollout' and n_people_a is not null",
    )
    for (_,), own in whole.group_by(["outcome"]):
        for arm in ("n_people_a", "n_people_b"):
            assert far_apart(own[arm].to_list(), floor)
    totals = dict(
        whole.group_by("outcome")
        .agg(n=(pl.col("n_people_a") + pl.col("n_people_b")).max())
        .iter_rows()
    )
    stages = published(
        workspace,
        "select outcome, n_people from outcomes.instrument where n_people is not null",
    )
    assert all(far_apart([n, totals[outcome]], floor) for outcome, n in stages.iter_rows())
    flow = published(
        workspace, "select n_people from outcomes.trial_flow where n_people is not null"
    )
    assert far_apart([*flow["n_people"].to_list(), totals["any_exit"]], floor)


def far_apart(counts: list[int], floor: int) -> bool:
    return all(a == b or abs(a - b) >= floor for a in counts for b in counts)


def test_a_failed_audit_leaves_what_was_released(copy: Workspace, monkeypatch) -> None:
    settings = load_settings(copy.settings_file)
    with open_warehouse(copy.warehouse_file) as con:
        before = fetch(con, "select * from release.comparison")
        monkeypatch.setattr(
            "pipelines.release.read_hiding",
            lambda con, settings, **asked: read_hiding(con, settings, is_complementary=False),
        )
        with pytest.raises(AuditError, match="hidden numbers could be worked out"):
            write_release(con, settings, copy.published_analytics)
        assert before.equals(fetch(con, "select * from release.comparison"))


def test_a_failed_audit_blocks_the_publication(tmp_path: Path) -> None:
    """The real command with complementary hiding switched off: it fails and publishes nothing."""
    workspace = Workspace(tmp_path)
    write_sample(workspace.landing, n_agents=160, months=9, seed=7)
    workspace.published.mkdir()
    standing = workspace.published / "standing.txt"
    standing.write_text("the publication before")
    digest = hashlib.sha256(standing.read_bytes()).hexdigest()
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_COMPLEMENTARY, "--workspace", str(workspace.root)],
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 1
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith("failed outcomes.comparison: hidden numbers could be worked out")
    assert [file.name for file in workspace.published.iterdir()] == ["standing.txt"]
    assert hashlib.sha256(standing.read_bytes()).hexdigest() == digest
