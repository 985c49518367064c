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
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from pipelines.contracts.sources import load_contracts
from pipelines.core.workspace import Workspace
from tests.integration.refreshing import PROJECT

START_SECONDS = 120


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


def test_the_graph_has_a_layer_per_group_and_the_sql_dependencies() -> None:
    from assets.definitions import defs

    graph = defs.resolve_asset_graph()
    groups = {node.group_name for node in graph.asset_nodes}
    assert groups == {"raw", "staging", "marts", "outcomes", "quality", "publication"}
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


def test_every_staged_source_has_a_blocking_check() -> None:
    from assets.definitions import defs

    graph = defs.resolve_asset_graph()
    blocking = {
        key.asset_key.path[-1]
        for key in graph.asset_check_keys
        if key.asset_key.path[0] == "staging" and graph.get_check_spec(key).blocking
    }
    assert blocking == {source.name for source in load_contracts().sources}


def test_the_schedule_follows_the_time_zone_of_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assets import schedules

    assert schedules.nightly_schedule.cron_schedule == "30 2 * * *"
    (tmp_path / "settings.toml").write_text('time_zone = "Europe/Berlin"\n')
    monkeypatch.setenv("COACHING_WORKSPACE", str(tmp_path))
    assert ZoneInfo(schedules.workspace_time_zone()) == ZoneInfo("Europe/Berlin")


def test_the_landing_sensor_asks_once_per_change_and_waits_for_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assets.sensors import SETTLED_SECONDS, landing_sensor

    monkeypatch.setenv("COACHING_WORKSPACE", str(tmp_path))

    def evaluate(cursor: str | None) -> dg.SensorResult | dg.SkipReason:
        with dg.DagsterInstance.ephemeral() as instance:
            context = dg.build_sensor_context(instance=instance, cursor=cursor)
            result = landing_sensor(context)
        assert isinstance(result, dg.SensorResult | dg.SkipReason)
        return result

    assert isinstance(evaluate(None), dg.SkipReason)
    file = Workspace(tmp_path).landing_source("roster") / "roster.csv"
    file.parent.mkdir(parents=True)
    file.write_text("employee_id\n")
    assert isinstance(evaluate(None), dg.SkipReason)
    rested = time.time() - SETTLED_SECONDS - 1
    os.utime(file, (rested, rested))
    asked = evaluate(None)
    assert isinstance(asked, dg.SensorResult)
    assert len(asked.run_requests or []) == 1
    assert isinstance(evaluate(asked.cursor), dg.SkipReason)
    settings = Workspace(tmp_path).settings_file
    settings.write_text('time_zone = "Europe/Berlin"\n')
    os.utime(settings, (rested, rested))
    asked_again = evaluate(asked.cursor)
    assert isinstance(asked_again, dg.SensorResult)
    assert isinstance(evaluate(asked_again.cursor), dg.SkipReason)


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
