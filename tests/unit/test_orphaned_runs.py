"""A run whose process was killed: Dagster believes it at work until somebody has the lock."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from assets import orphaned_runs
from assets.health.runs import look_at_runs
from assets.instance import STORAGE_VARIABLE, prepare_instance
from assets.jobs import NIGHTLY_REFRESH
from assets.orphaned_runs import end_orphans_of
from assets.resources import RefreshResource
from assets.run_tags import MAX_RETRIES_TAG, TURNED_AWAY_TAG
from assets.sensors import landing_sensor
from pipelines.core.errors import RefreshBusyError
from pipelines.core.lock import only_one
from pipelines.core.workspace import WORKSPACE_VARIABLE, Workspace
from pipelines.ingest.read.landing_fingerprint import landing_state

STARTED, FAILURE = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE


class Centre:
    """A workspace with a rested file in landing/, its real instance, and the sensor's memory."""

    def __init__(self, workspace: Workspace, instance: dg.DagsterInstance) -> None:
        self.workspace, self.instance = workspace, instance
        self.cursor: str | None = None
        file = workspace.landing_source("roster") / "a.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("employee_id\n")
        os.utime(file, (1.7e9, 1.7e9))
        self.seen = landing_state(workspace.landing, workspace.settings_file).fingerprint

    def run(self, name: str, **tags: str) -> None:
        told = {f"coaching/{key}": value for key, value in tags.items()}
        run = dg.DagsterRun(job_name=NIGHTLY_REFRESH, run_id=name, status=STARTED, tags=told)
        self.instance.add_run(run)

    def status(self, name: str) -> dg.DagsterRunStatus:
        run = self.instance.get_run_by_id(name)
        assert run is not None
        return run.status

    def evaluate(self) -> tuple[int, str]:
        """How many runs the sensor asks for, and why none; what it asks for begins and dies."""
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        result = landing_sensor(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        asked = result.run_requests or []
        for each in asked:
            self.run(f"asked{time.time_ns()}", landed=self.seen, refresh="9")
            newest = self.instance.get_runs(limit=1)[0]
            self.instance.add_run_tags(newest.run_id, {**each.tags})
        return len(asked), str(getattr(result.skip_reason, "skip_message", result.skip_reason))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """One home for all, since opening a new one takes Dagster seconds."""
    workspace = Workspace(tmp_path_factory.mktemp("centre"))
    umask = os.umask(0o022)
    try:
        with pytest.MonkeyPatch.context() as patch:
            for variable in (STORAGE_VARIABLE, "DAGSTER_HOME", WORKSPACE_VARIABLE):
                patch.setenv(variable, "")  # prepare_instance sets them; they come back afterwards
            prepare_instance(workspace)
            with dg.DagsterInstance.get() as instance:
                yield Centre(workspace, instance)
    finally:
        os.umask(umask)


@pytest.fixture
def centre(home: Centre) -> Centre:
    for run in home.instance.get_runs():
        home.instance.delete_run(run.run_id)
    home.cursor = None
    return home


def test_a_killed_run_is_ended_once_nobody_has_the_lock(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre.run("killed", landed=centre.seen, refresh="1")
    centre.run("telling", landed=centre.seen, refresh="2", outcome="published")
    centre.run("beginning")
    with only_one(centre.workspace.lock_file):
        assert end_orphans_of(centre.instance, centre.workspace) == 0
        assert [each.text for each in look_at_runs(centre.workspace)] == ["a refresh is running"]
    (finding,) = look_at_runs(centre.workspace)
    assert ("killed" in finding.text, "beginning" in finding.text) == (True, False)
    assert centre.status("killed") == STARTED, "who looks changes nothing"
    assert end_orphans_of(centre.instance, centre.workspace) == 1
    ended = centre.instance.get_run_by_id("killed")
    assert ended is not None
    assert (ended.status, ended.tags[MAX_RETRIES_TAG]) == (FAILURE, "0")
    assert {centre.status("telling"), centre.status("beginning")} == {STARTED}
    later = time.time() + orphaned_runs.QUIET_SECONDS + 60
    monkeypatch.setattr(orphaned_runs.time, "time", lambda: later)
    assert end_orphans_of(centre.instance, centre.workspace) == 2


def test_the_next_refresh_ends_it_by_holding_the_lock(centre: Centre) -> None:
    centre.run("killed", landed=centre.seen, refresh="1")
    own = dg.DagsterRun(job_name="other", run_id="own", status=STARTED)
    centre.instance.add_run(own)
    context: Any = SimpleNamespace(run=own, instance=centre.instance)
    with RefreshResource(workspace_root=str(centre.workspace.root)).yield_for_execution(context):
        assert (centre.status("killed"), centre.status("own")) == (FAILURE, STARTED)


def test_files_of_a_killed_run_are_asked_for_again_but_once(centre: Centre) -> None:
    """However often the machine dies, it isn't let die every minute."""
    centre.run("killed", landed=centre.seen, refresh="1")
    assert centre.evaluate()[0] == 1, "the first was no run of the sensor"
    assert centre.evaluate() == (0, "nothing new in landing/ or in the settings")
    assert centre.status("killed") == FAILURE


def test_the_sensors_own_run_that_is_killed_is_asked_for_again(centre: Centre) -> None:
    assert [centre.evaluate()[0] for _ in range(4)] == [1, 1, 0, 0]


def test_files_of_a_run_that_was_turned_away_wait_for_the_lock(centre: Centre) -> None:
    centre.cursor = f'{{"asked": "{centre.seen}", "coming_since": 0.0}}'
    run = dg.DagsterRun(job_name=NIGHTLY_REFRESH, run_id="away", status=STARTED)
    centre.instance.add_run(run)
    context: Any = SimpleNamespace(run=run, instance=centre.instance)
    resource = RefreshResource(workspace_root=str(centre.workspace.root))
    with only_one(centre.workspace.lock_file):
        with pytest.raises(RefreshBusyError), resource.yield_for_execution(context):
            pass
        centre.instance.report_run_failed(run)
        assert "is running" in centre.evaluate()[1]
    away = centre.instance.get_run_by_id("away")
    assert away is not None
    assert TURNED_AWAY_TAG in away.tags
    assert centre.evaluate()[0] == 1
