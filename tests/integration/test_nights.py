"""A week of nights on one workspace, nearly each a real refresh in a process of its own.

The tests follow one another: each night starts from what the night before left.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from assets.definitions import defs
from assets.quiet import DAILY_ASSETS, QUIET_ASSETS, assets_of_tonight
from pipelines.analysis.survey_scores import SCORE_TABLES
from pipelines.core.warehouse import open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.disclosure.cut_record import request_cut
from pipelines.simulation import write_sample
from tests.integration.direct import night
from tests.integration.refreshing import (
    cut,
    fingerprint,
    killed_at,
    private,
    program,
    published,
    refresh,
)

ESTIMATES = (
    "select * from outcomes.comparison "
    "order by outcome, horizon_days, design, estimand, segment, segment_value"
)
INTERFACE_TABLES = {
    "marts": "agent coaching_session fatigue_response agent_month team_month coaching_episode",
    "outcomes": "comparison retention_curve covariate_balance weight_summary trial_flow claim",
    "quality": "ingested_file quarantine_summary check_result freshness outcome_grade",
    "meta": "refresh cut column_info metric_info estimate_change data_change",
}


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("centre"))
    write_sample(workspace.landing, n_agents=200, months=12, seed=7)
    return workspace


@pytest.fixture(scope="module")
def first_night(centre: Workspace) -> Workspace:
    ended = refresh(centre)
    assert ended.status == 0, ended.output
    assert ended.last_line.startswith("published ")
    assert "first publication" in ended.last_line
    return centre


def test_every_table_of_the_interface_is_published_and_described(first_night: Workspace) -> None:
    tables = published(first_night, "select schema_name, table_name, comment from duckdb_tables()")
    found: dict[str, set[str]] = {}
    for schema, table, comment in tables.iter_rows():
        assert comment, f"{schema}.{table} has no comment"
        found.setdefault(schema, set()).add(table)
    for schema, expected in INTERFACE_TABLES.items():
        assert set(expected.split()) <= found[schema]
    bare = published(
        first_night,
        "select schema_name, table_name, column_name from duckdb_columns() where comment is null "
        "and not internal",
    )
    assert bare.is_empty(), bare


def test_every_row_is_accounted_for(first_night: Workspace) -> None:
    files = published(first_night, "select * from quality.ingested_file")
    assert files.filter(pl.col("status") == "loaded").height == files.height > 7
    counted = pl.col("n_accepted") + pl.col("n_quarantined") + pl.col("n_superseded")
    counted += pl.col("n_skipped") + pl.col("n_set_aside")
    assert files.filter(pl.col("n_rows") != counted).is_empty()
    for source, n_accepted in files.group_by("source").agg(pl.sum("n_accepted")).iter_rows():
        staged = private(first_night, f"select count(*) from staging.{source}").item()
        assert staged == n_accepted


def test_the_estimates_stand_near_the_truth(first_night: Workspace) -> None:
    """One world can't prove an estimator; ten do, in tests/known_truth. This shows the wiring."""
    truth = json.loads((first_night.root / "truth.json").read_text())
    episodes = published(first_night, "select count(*) from marts.coaching_episode").item()
    assert episodes == truth["n_people"]
    rows = published(
        first_night,
        "select * from outcomes.comparison where design = 'weighted' and outcome = 'any_exit' "
        "and estimand = 'risk_difference' and horizon_days = 90",
    )
    estimate = rows.row(0, named=True)
    answer = next(
        each
        for each in truth["answers"]
        if each["outcome"] == "any_exit" and each["horizon_days"] == 90
    )
    assert abs(estimate["estimate"] - answer["risk_difference"]) < 4 * estimate["std_error"]


def test_no_identifier_is_published(first_night: Workspace) -> None:
    """The identifiers of the sample, searched for as bytes in everything that is published."""
    roster = private(first_night, "select distinct employee_id from staging.roster")
    needles = [identifier.encode() for identifier in roster["employee_id"]]
    everything = b"".join(
        path.read_bytes() for path in first_night.published.rglob("*") if path.is_file()
    )
    assert needles
    assert not [needle for needle in needles if needle in everything]
    key = first_night.pseudonym_key_file.read_bytes().strip()
    assert key not in everything


def test_private_things_are_private(first_night: Workspace) -> None:
    assert first_night.private.stat().st_mode & 0o777 == 0o700
    assert first_night.pseudonym_key_file.stat().st_mode & 0o777 == 0o600
    assert first_night.published_analytics.stat().st_mode & 0o777 == 0o640


def test_a_night_makes_what_its_news_can_move(first_night: Workspace, tmp_path: Path) -> None:
    workspace = Workspace(Path(shutil.copytree(first_night.root, tmp_path / "copy")))
    every = defs.resolve_asset_graph().materializable_asset_keys
    assert needed(workspace) == {*QUIET_ASSETS}
    sources = {"roster", "people", "attrition", "coaching_sessions", "performance", "training"}
    came(workspace, "shifts")
    daily = {*QUIET_ASSETS, *DAILY_ASSETS, *taken_in({"shifts"})}
    assert needed(workspace) == daily
    came(workspace, "fatigue_surveys")
    scores = {dg.AssetKey(table.split(".")) for table in SCORE_TABLES}
    assert needed(workspace) == daily | scores | taken_in({"fatigue_surveys"})
    came(workspace, "coaching_sessions")
    assert needed(workspace) == every - taken_in(sources - {"coaching_sessions"})
    for path in workspace.landing_source("coaching_sessions").glob("more.csv"):
        path.unlink()
    assert needed(workspace) == daily | scores | taken_in({"fatigue_surveys"})
    with open_warehouse(workspace.warehouse_file) as con:
        request_cut(con, "command")
    assert needed(workspace) == every - taken_in(sources)
    came(workspace, "roster")
    assert needed(workspace) is None


def came(workspace: Workspace, source: str) -> None:
    (workspace.landing_source(source) / "more.csv").write_text("something\n")


def needed(workspace: Workspace) -> set[dg.AssetKey] | None:
    found = assets_of_tonight(workspace)
    return None if found is None else set(found)


def taken_in(sources: set[str]) -> set[dg.AssetKey]:
    return {dg.AssetKey([schema, each]) for each in sources for schema in ("raw", "staging")}


@pytest.fixture(scope="module")
def quiet_night(first_night: Workspace) -> Workspace:
    """A night with nothing new, while another process holds the analysts' file open."""
    before = published(first_night, ESTIMATES)
    with holding_reader(first_night.published_analytics) as reader:
        ended = refresh(first_night)
        n_read, n_torn = reader()
    assert ended.status == 0, ended.output
    assert "no estimate changed" in ended.last_line
    assert published(first_night, ESTIMATES).equals(before)
    assert n_read > 10
    assert n_torn == 0
    return first_night


READ_ON_AND_ON = """
import sys, time, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
first = con.sql("select count(*), sum(n_people_a) from outcomes.comparison").fetchall()
print("open", flush=True)
read = torn = 0
import select
while not select.select([sys.stdin], [], [], 0.05)[0]:
    again = con.sql("select count(*), sum(n_people_a) from outcomes.comparison").fetchall()
    read, torn = read + 1, torn + (again != first)
print(read, torn, flush=True)
"""


class holding_reader:  # noqa: N801 - used like a function
    """A second process that holds a DuckDB file open and queries it until it is asked to end."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __enter__(self) -> holding_reader:
        self.process = subprocess.Popen(
            [sys.executable, "-c", READ_ON_AND_ON, str(self.file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == "open"
        return self

    def __call__(self) -> tuple[int, int]:
        output, _ = self.process.communicate("end\n", timeout=30)
        n_read, n_torn = output.split()
        return int(n_read), int(n_torn)

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def test_nothing_new_changes_nothing_and_disturbs_no_reader(quiet_night: Workspace) -> None:
    versions = published(
        quiet_night,
        "select data_version, n_estimates_changed from meta.refresh order by refresh_id",
    )
    assert versions["data_version"].n_unique() == 1
    assert versions["n_estimates_changed"].to_list() == [None, 0]


@pytest.fixture(scope="module")
def corrected(quiet_night: Workspace) -> tuple[Workspace, pl.DataFrame, pl.DataFrame]:
    """Fifteen exits are delivered again with another type, between two cuts.

    The schedule had asked for a night without news before they came: the whole one follows.
    """
    shown = published(quiet_night, ESTIMATES)
    every = "select * exclude (file_id, line_number) from staging.attrition order by all"
    before = private(quiet_night, every)
    changed = private(
        quiet_night,
        "select employee_id, separation_date, 'involuntary' as separation_type, reason, regretted "
        "from staging.attrition where separation_type = 'voluntary' order by employee_id limit 15",
    )
    assert changed.height == 15
    changed.write_csv(quiet_night.landing_source("attrition") / "attrition_corrected.csv")
    ended = program("scheduled_night", "--workspace", str(quiet_night.root))
    assert ended.output.splitlines()[-2].startswith("SUCCESS after "), ended.output
    too_short = [
        "FAILURE after 0 steps, retry false",
        "told: told by the run itself",
    ]
    assert set(too_short) <= {*ended.output.splitlines()}, ended.output
    assert "stand: no estimate changed" in ended.last_line
    assert published(quiet_night, ESTIMATES).equals(shown)
    return quiet_night, before, private(quiet_night, every)


def test_a_correction_changes_exactly_its_rows(
    corrected: tuple[Workspace, pl.DataFrame, pl.DataFrame],
) -> None:
    workspace, before, after = corrected
    assert before.height == after.height
    moved = before.join(after, on=before.columns, how="anti", nulls_equal=True)
    assert moved.height == 15
    assert set(moved["separation_type"]) == {"voluntary"}
    came_in = published(workspace, "select cause, source, file, n_rows from meta.data_change")
    assert came_in.rows() == [("file", "attrition", "attrition_corrected.csv", 15)]
    assert published(workspace, "select count(*) from meta.estimate_change").item() == 0
    files = published(
        workspace,
        "select * from quality.ingested_file where source = 'attrition' order by file",
    )
    assert files["n_superseded"].to_list() == [15, 0]
    assert files["n_accepted"].to_list() == [before.height - 15, 15]


@pytest.fixture(scope="module")
def cut_at_once(
    corrected: tuple[Workspace, pl.DataFrame, pl.DataFrame],
) -> tuple[Workspace, pl.DataFrame]:
    """The comparisons are made anew at once, since the correction shouldn't wait."""
    workspace = corrected[0]
    before = published(workspace, ESTIMATES)
    ended = cut(workspace)
    assert ended.status == 0, ended.output
    assert "made (command)" in ended.last_line
    assert "estimates changed since the last publication" in ended.last_line
    return workspace, before


def test_a_correction_goes_out_with_a_cut(cut_at_once: tuple[Workspace, pl.DataFrame]) -> None:
    workspace, before = cut_at_once
    now = published(workspace, ESTIMATES)
    assert not now.equals(before)
    facts = "select n_events_a, n_events_b, estimate, std_error from self where segment = 'all' "
    facts += "and outcome = 'any_exit' and estimand = 'risk_difference' and design = 'unadjusted'"
    assert before.sql(facts).to_numpy() == pytest.approx(now.sql(facts).to_numpy(), nan_ok=True)
    row = published(workspace, LAST_NIGHT).row(0, named=True)
    n_moved = published(workspace, "select count(*) from meta.estimate_change").item()
    assert n_moved == row["n_estimates_changed"] > 0
    assert row["cut_cause"] == "command"


LAST_NIGHT = "select * from meta.refresh order by refresh_id desc limit 1"
LAST_PUBLISHED = "select max(refresh_id) from meta.refresh where status = 'published'"


@pytest.fixture(scope="module")
def refused(
    cut_at_once: tuple[Workspace, pl.DataFrame],
) -> Iterator[tuple[Workspace, str, bool]]:
    """A delivery with impossible dates; what the refresh said, and whether anything moved."""
    workspace = cut_at_once[0]
    bad = workspace.landing_source("attrition") / "attrition_bad.csv"
    bad.write_text(
        "employee_id,separation_date,separation_type,reason\n"
        "E100001,2026-09-01,voluntary,\n"
        "E100002,31/02/2026,voluntary,\n"
    )
    before = fingerprint(workspace.published)
    ended = refresh(workspace)
    yield workspace, f"{ended.status}\n{ended.output}", fingerprint(workspace.published) == before
    bad.unlink(missing_ok=True)


def test_a_bad_delivery_is_refused_by_name_and_publishes_nothing(
    refused: tuple[Workspace, str, bool],
) -> None:
    workspace, said, is_untouched = refused
    assert said.startswith("2\n"), said
    assert said.strip().splitlines()[-1].startswith("refused ")
    for part in ("attrition_bad.csv", "line 3", "separation_date", "31/02/2026"):
        assert part in said.strip().splitlines()[-1], said
    assert is_untouched
    statuses = private(workspace, "select status from meta.refresh order by refresh_id")
    assert statuses["status"].to_list() == ["published"] * 4 + ["refused"]


def test_a_killed_refresh_leaves_the_publication_and_the_next_one_heals(
    cut_at_once: tuple[Workspace, pl.DataFrame],
) -> None:
    workspace = cut_at_once[0]
    (workspace.landing_source("attrition") / "attrition_bad.csv").unlink(missing_ok=True)
    before, shown = fingerprint(workspace.published), published(workspace, ESTIMATES)
    killed = killed_at("published/analytics", workspace)
    assert killed.status == -signal.SIGKILL, killed.output
    assert fingerprint(workspace.published) == before
    ended = night(workspace)
    assert "stand: no estimate changed" in ended.last_line
    assert published(workspace, ESTIMATES).equals(shown)
    assert not workspace.build.exists()


@pytest.mark.slow
def test_a_cut_killed_behind_the_swap_is_remembered_and_made_again(
    cut_at_once: tuple[Workspace, pl.DataFrame],
) -> None:
    """What stands published counts, though nobody lived to note it."""
    workspace = cut_at_once[0]
    killed = program("killed_behind_the_swap", "--workspace", str(workspace.root))
    assert killed.status == -signal.SIGKILL, killed.output
    swapped_in = published(workspace, LAST_PUBLISHED).item()
    assert private(workspace, LAST_PUBLISHED).item() < swapped_in
    shown = published(workspace, ESTIMATES)
    ended = night(workspace)
    assert "made (command): no estimate changed" in ended.last_line
    assert published(workspace, ESTIMATES).equals(shown)
    known = private(workspace, "select refresh_id from meta.refresh where status = 'published'")
    assert swapped_in in known["refresh_id"].to_list()


def test_a_second_refresh_at_the_same_time_is_turned_away(
    cut_at_once: tuple[Workspace, pl.DataFrame],
) -> None:
    from pipelines.core.lock import only_one

    workspace = cut_at_once[0]
    with only_one(workspace.lock_file):
        ended = refresh(workspace)
    assert ended.status == 1, ended.output
    assert ended.last_line.startswith("failed ")
    assert "another refresh" in ended.last_line
    assert str(os.getpid()) in ended.last_line
