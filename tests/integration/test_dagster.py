"""The code location as Dagster sees it, and its UI as a person sees it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from pipelines.contracts.sources import load_contracts
from pipelines.core.workspace import Workspace
from tests.integration.refreshing import PROJECT

START_SECONDS = 120


@pytest.mark.slow  # quicker: the same definitions in this process, below
def test_definitions_load_from_the_command_line(tmp_path: Path) -> None:
    dg_command = Path(sys.executable).with_name("dg")
    done = subprocess.run(
        [str(dg_command), "check", "defs"],
        cwd=PROJECT,
        env=os.environ | {"DAGSTER_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_graph_has_the_sql_dependencies() -> None:
    from assets.definitions import defs

    graph = defs.resolve_asset_graph()
    episode = graph.get(dg.AssetKey(["marts", "coaching_episode"]))
    assert dg.AssetKey(["marts", "trial_candidate"]) in episode.parent_keys
    assert dg.AssetKey(["staging", "performance"]) in episode.parent_keys
    for source in load_contracts().sources:
        raw = dg.AssetKey(["raw", source.name])
        staged = dg.AssetKey(["staging", source.name])
        assert raw in graph.get(staged).parent_keys
        assert graph.get(staged).execution_set_entity_keys >= {raw, staged}


def test_whoever_reads_a_source_comes_after_what_is_past_its_age_went() -> None:
    from assets.definitions import defs

    graph = defs.resolve_asset_graph()
    swept = dg.AssetKey(["quality", "retention"])
    sources = {dg.AssetKey(["staging", source.name]) for source in load_contracts().sources}
    readers = [node for node in graph.asset_nodes if node.parent_keys & sources]
    assert len(readers) > 15
    assert [node.key for node in readers if swept not in node.parent_keys] == []
    checks = [key for key in graph.asset_check_keys if key.asset_key in sources]
    assert checks
    for key in checks:
        assert swept in {dep.asset_key for dep in graph.get_check_spec(key).additional_deps}


def test_every_required_source_has_a_blocking_check() -> None:
    from assets.definitions import defs

    graph = defs.resolve_asset_graph()
    blocking = {
        key.asset_key.path[-1]
        for key in graph.asset_check_keys
        if key.asset_key.path[0] == "staging" and graph.get_check_spec(key).blocking
    }
    assert blocking == {source.name for source in load_contracts().sources if source.required}


def test_the_schedule_follows_the_time_zone_of_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assets import schedules

    assert schedules.nightly_schedule.cron_schedule == "30 2 * * *"
    (tmp_path / "settings.toml").write_text('time_zone = "Europe/Berlin"\n')
    monkeypatch.setenv("COACHING_WORKSPACE", str(tmp_path))
    assert ZoneInfo(schedules.workspace_time_zone()) == ZoneInfo("Europe/Berlin")


def test_groups_come_in_the_order_of_the_flow() -> None:
    from assets.definitions import defs

    graph = defs.resolve_asset_graph()
    before: dict[str, set[str]] = {}
    for node in graph.asset_nodes:
        others = {graph.get(key).group_name for key in node.parent_keys}
        before.setdefault(node.group_name, set()).update(others - {node.group_name})
    order = ["raw", "staging", "marts", "quality", "outcomes", "publication"]
    assert [*TopologicalSorter(before).static_order()] == order, "a circle raises CycleError"


def test_single_checks_can_be_chosen() -> None:
    from assets.definitions import defs

    graph = defs.resolve_asset_graph()
    sources = {dg.AssetKey(["staging", source.name]) for source in load_contracts().sources}
    staged = [key for key in graph.asset_check_keys if key.asset_key in sources]
    assert len(staged) > 60
    for key in staged:
        assert graph.get_execution_set_asset_and_check_keys(key) == {key}


def test_tables_show_their_columns_their_text_and_a_version() -> None:
    from assets.definitions import defs
    from assets.table_facts import lineage_of

    graph = defs.resolve_asset_graph()
    agent = graph.get(dg.AssetKey(["marts", "agent"]))
    columns = {each.name: each for each in agent.metadata["dagster/column_schema"].columns}
    assert "employment_type" in columns
    assert agent.description.startswith("marts.agent: one row per person")
    assert "```sql" in agent.description
    roster = graph.get(dg.AssetKey(["staging", "roster"]))
    hours = next(
        each
        for each in roster.metadata["dagster/column_schema"].columns
        if each.name == "weekly_hours"
    )
    assert "hours per week" in hours.description
    assert hours.constraints.other[0].startswith("from ")
    versions = {
        node.key.path[-1]: node.code_version
        for node in graph.asset_nodes
        if node.group_name == "marts"
    }
    assert len(set(versions.values())) == len(versions) > 20
    lineage = lineage_of("marts.agent")
    assert lineage is not None
    behind = {
        (each.asset_key.to_user_string(), each.column_name)
        for each in lineage.deps_by_column["employment_type"]
    }
    assert behind == {("staging/roster", "employment_type")}


def test_the_written_lineage_fits_the_models() -> None:
    from pipelines.core.sql_models import load_models
    from pipelines.lineage import column_lineage

    models = {f"{m.schema}.{m.name}": m for m in load_models() if m.schema == "marts"}
    written = column_lineage.column_lineage()
    assert written.keys() == models.keys()
    known = column_lineage.staged_columns()
    for name in ("marts.employment_exit", "marts.training"):
        assert column_lineage.columns_behind(models[name], known) == written[name]
    for name, columns in written.items():
        read = {".".join(table) for table in models[name].depends_on}
        assert {table for behind in columns.values() for table, _ in behind} <= read


def test_the_launchpad_asks_for_nothing_but_what_to_rebuild() -> None:
    from assets.definitions import defs

    job = defs.resolve_job_def("nightly_refresh")
    chosen = {"resources": {"refresh": {"config": {"rebuild": ["shifts"]}}}}
    assert dg.validate_run_config(job, chosen)["resources"]["refresh"]["config"] == {
        "workspace_root": "",
        "rebuild": ["shifts"],
    }


def test_what_to_rebuild_is_a_list_of_sources_or_everything() -> None:
    from assets.resources import sources_to_rebuild
    from pipelines.core.errors import SettingsError

    assert sources_to_rebuild([]) == []
    assert [each.name for each in sources_to_rebuild(["shifts"]) or ()] == ["shifts"]
    assert sources_to_rebuild(["shifts", "everything"]) is None
    with pytest.raises(SettingsError, match="rosters is no source"):
        sources_to_rebuild(["rosters"])


class Landing:
    """A landing folder, the sensor's memory, and an instance with runs."""

    def __init__(self, root: Path) -> None:
        self.workspace = Workspace(root)
        self.instance = dg.DagsterInstance.ephemeral()
        self.cursor: str | None = None

    def drop(self, name: str, seconds_ago: float) -> None:
        file = self.workspace.landing_source("roster") / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("employee_id\n")
        moment = time.time() - seconds_ago
        os.utime(file, (moment, moment))

    def evaluate(self) -> tuple[int, str]:
        """How many runs are asked for, and why none is."""
        from assets.sensors import landing_sensor

        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        result = landing_sensor(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        reason = result.skip_reason
        said = reason.skip_message if isinstance(reason, dg.SkipReason) else reason
        return len(result.run_requests or []), said or ""

    def run(self, status: dg.DagsterRunStatus, **tags: str) -> str:
        from dagster._core.test_utils import create_run_for_test

        run = create_run_for_test(
            self.instance, job_name="nightly_refresh", status=status,
            tags={f"coaching/{name}": value for name, value in tags.items()},
        )  # fmt: skip
        return run.run_id


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Landing]:
    monkeypatch.setenv("COACHING_WORKSPACE", str(tmp_path))
    made = Landing(tmp_path)
    with made.instance:
        yield made


def test_the_landing_sensor_asks_once_per_change_and_waits_for_rest(landing: Landing) -> None:
    assert landing.evaluate()[1].startswith("no file")
    landing.drop("roster.csv", 0)
    assert landing.evaluate()[1].startswith("files are still being dropped")
    landing.drop("roster.csv", 31)
    assert landing.evaluate()[0] == 1
    assert landing.evaluate()[1].startswith("nothing new")
    settings = landing.workspace.settings_file
    settings.write_text('time_zone = "Europe/Berlin"\n')
    rested = time.time() - 31
    os.utime(settings, (rested, rested))
    assert landing.evaluate()[0] == 1
    assert landing.evaluate()[0] == 0


def test_trickling_files_make_one_refresh_after_at_most_a_quarter_of_an_hour(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, asked = time.time(), []
    for minute in range(20):
        monkeypatch.setattr("assets.sensors.time.time", lambda at=begun + 60 * minute: at)
        landing.drop(f"part-{minute}.csv", 0)
        asked += [minute] * landing.evaluate()[0]
    assert asked == [15]


def test_the_sensor_knows_runs_that_wait_that_work_and_that_have_seen_the_files(
    landing: Landing,
) -> None:
    from pipelines.ingest.read.landing_fingerprint import landing_state

    landing.drop("roster.csv", 31)
    waits = landing.run(dg.DagsterRunStatus.NOT_STARTED)
    assert "in the queue" in landing.evaluate()[1]
    assert "nothing new" in landing.evaluate()[1], "what waits will take them in"
    landing.instance.delete_run(waits)
    landing.drop("next.csv", 31)
    works = landing.run(dg.DagsterRunStatus.STARTED)
    assert "is running" in landing.evaluate()[1]
    landing.instance.delete_run(works)
    assert landing.evaluate()[0] == 1, "it had begun before they came"
    landing.drop("last.csv", 31)
    state = landing_state(landing.workspace.landing, landing.workspace.settings_file)
    landing.run(dg.DagsterRunStatus.SUCCESS, landed=state.fingerprint)
    assert "has seen these files" in landing.evaluate()[1]


def test_the_pages_are_served_and_nothing_else(tmp_path: Path) -> None:
    from assets.pages_server import address_of, serve_pages

    workspace = Workspace(tmp_path)
    workspace.published_site.mkdir(parents=True)
    (workspace.published_site / "index.html").write_text("yesterday")
    workspace.published_analytics.write_text("people")
    server = serve_pages(workspace, 0)
    try:
        address = address_of(server)
        assert urllib.request.urlopen(address).read() == b"yesterday"
        (workspace.published).rename(tmp_path / "gone")
        workspace.published_site.mkdir(parents=True)
        (workspace.published_site / "index.html").write_text("today")
        assert urllib.request.urlopen(address).read() == b"today"
        for other in ("../analytics.duckdb", "%2e%2e/analytics.duckdb"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(address.replace("index.html", other))
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real UI on a free port, stopped by its process id; its children must go with it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    workspace = tmp_path_factory.mktemp("served")
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "assets.commands.serve",
            "--workspace",
            str(workspace),
            "--port",
            str(port),
        ],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/server_info", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "a child still listens"


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, "the UI ended by itself"
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError(f"{address} did not answer within {START_SECONDS} s")


@pytest.mark.slow  # quicker: the tests above, of the same definitions
def test_the_ui_shows_graph_checks_and_schedule(ui: str, browser: Any) -> None:
    from playwright.sync_api import expect

    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    page.goto(f"{ui}/asset-groups")
    for group in ("raw", "staging", "marts", "outcomes", "publication"):
        expect(page.get_by_text(group, exact=True).first).to_be_visible(timeout=60_000)
    page.goto(f"{ui}/assets/staging/roster?view=checks")
    check = re.compile("key_unique|employee_id_present")
    expect(page.get_by_text(check).first).to_be_visible(timeout=60_000)
    page.goto(f"{ui}/automation")
    for name in ("nightly_at_half_past_two", "landing_sensor"):
        expect(page.get_by_text(name).first).to_be_visible(timeout=60_000)
    page.close()
