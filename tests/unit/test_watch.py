"""What the daemon tells of a run that ended without a word, and what a turned-away one does."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from assets.errors import ErrorSummary, describe_error
from assets.jobs import NIGHTLY_REFRESH
from assets.resources import RefreshResource
from assets.run_tags import BY_COMMAND, BY_DAEMON, FOLLOWED_TAG, TOO_SHORT_TAG
from assets.telling import STUCK_SECONDS, RunTeller, tell_error
from assets.watch import WILL_RETRY, killed_refresh, whole_night
from pipelines.alerts.addresses import ADDRESSES_VARIABLE
from pipelines.config.settings import Settings
from pipelines.core.errors import RefreshBusyError
from pipelines.core.warehouse import open_warehouse
from pipelines.core.workspace import WORKSPACE_VARIABLE, Workspace
from pipelines.release.gate import NotReadyError
from pipelines.release.refresh_log import begin
from tests.unit.alerts.receivers import Received, web_server


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Received]:
    with web_server() as received:
        monkeypatch.setenv(ADDRESSES_VARIABLE, received.address)
        yield received


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    workspace = Workspace(tmp_path / "centre")
    workspace.prepare()
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(workspace.root))
    return workspace


def look_at(sensor: Any = killed_refresh, **facts: Any) -> Any:
    """A sensor's answer to a failed run of the nightly job."""
    run = dg.DagsterRun(job_name=NIGHTLY_REFRESH, **facts)
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_run_status_sensor_context(
            sensor_name="any",
            dagster_instance=instance,
            dagster_run=run,
            dagster_event=dg.DagsterEvent(
                event_type_value="PIPELINE_FAILURE", job_name=NIGHTLY_REFRESH
            ),
        ).for_run_failure()
        return sensor(context)


def test_a_killed_run_is_told_once(workspace: Workspace, web: Received) -> None:
    look_at(run_id="a")
    look_at(run_id="a")
    look_at(run_id="b")
    assert [title.partition(":")[0] for title in web.titles] == ["failed"]
    assert "ended from outside" in web.bodies[0]


def test_a_run_that_is_tried_again_says_nothing(workspace: Workspace, web: Received) -> None:
    assert isinstance(look_at(run_id="a", tags={WILL_RETRY: "true"}), dg.SkipReason)
    assert web.titles == []


def test_single_assets_are_no_refresh(workspace: Workspace, web: Received) -> None:
    chosen = frozenset([dg.AssetKey(["marts", "agent"])])
    assert isinstance(look_at(run_id="a", asset_selection=chosen), dg.SkipReason)
    assert web.titles == []


def test_a_killed_run_without_a_daemon_is_told_by_the_next_run(
    workspace: Workspace, web: Received
) -> None:
    """And once: neither the daemon nor another run repeats it; one that goes on says nothing."""
    with open_warehouse(workspace.warehouse_file) as con:
        for run in ("a", "b"):
            begin(con, Settings(), dt.datetime(2026, 3, 1, 2, 30, tzinfo=dt.UTC), run)
    run = dg.DagsterRun(job_name=NIGHTLY_REFRESH, parent_run_id="b", root_run_id="b")
    context: Any = SimpleNamespace(run=run, instance=None)
    for _ in range(2):
        with RefreshResource(workspace_root=str(workspace.root)).yield_for_execution(context):
            told = [*web.bodies]
    assert len(told) == 1
    assert "refresh 1, begun 01 Mar 2026 02:30 UTC, was ended from outside" in told[0]
    assert "#a-refresh-was-ended-from-outside" in told[0]
    assert isinstance(look_at(run_id="a"), dg.SkipReason)


def test_what_breaks_in_a_run_that_is_being_stopped_is_no_fault_of_the_program(
    workspace: Workspace, web: Received
) -> None:
    run = dg.DagsterRun(job_name=NIGHTLY_REFRESH, run_id="a", status=dg.DagsterRunStatus.STARTED)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_run(run)
        instance.report_run_canceling(run)
        context: Any = SimpleNamespace(run=run, instance=instance)
        teller = RunTeller(workspace, context, [ErrorSummary("RuntimeError (error 1a2b3c4d)")])
        teller.begins(is_refresh=True, killed=[])
        teller.broke_down(was_refused=False)
        teller.tell()
    assert len(web.bodies) == 1
    assert "#a-refresh-was-ended-from-outside" in web.bodies[0]


def test_a_run_that_was_too_short_is_told_by_the_one_that_follows(
    workspace: Workspace, web: Received
) -> None:
    too_little = describe_error(NotReadyError("comparisons have to be made anew tonight"))
    for name, error, tags in [
        ("a", too_little, {FOLLOWED_TAG: BY_COMMAND}),
        ("b", too_little, {}),
        ("c", ErrorSummary("no room", cause="StorageError no room"), {FOLLOWED_TAG: BY_COMMAND}),
    ]:
        begun = dg.DagsterRun(job_name=NIGHTLY_REFRESH, run_id=name, tags=tags)
        context: Any = SimpleNamespace(run=begun, instance=None)
        before = len(web.bodies)
        teller = RunTeller(workspace, context, [error])
        teller.begins(is_refresh=True, killed=[])
        teller.broke_down(was_refused=False)
        teller.tell()
        assert len(web.bodies) - before == (name != "a"), name
    assert isinstance(look_at(run_id="a"), dg.SkipReason)


def test_the_daemon_starts_a_whole_night_after_its_own_runs_alone() -> None:
    short, by_daemon = {TOO_SHORT_TAG: "true"}, {FOLLOWED_TAG: BY_DAEMON}
    asked = look_at(whole_night, run_id="a", tags={**short, **by_daemon})
    assert isinstance(asked, dg.RunRequest)
    assert asked.asset_selection is None
    assert asked.run_key == look_at(whole_night, run_id="a", tags={**short, **by_daemon}).run_key
    for tags in (by_daemon, {**short, FOLLOWED_TAG: BY_COMMAND}, {}):
        assert isinstance(look_at(whole_night, run_id="b", tags=tags), dg.SkipReason)


def test_being_turned_away_is_told_only_where_the_other_one_hangs(
    workspace: Workspace, web: Received
) -> None:
    workspace.lock_file.write_text("1")
    tell_error(workspace, RefreshBusyError("another refresh is running (process 1)"), run="c")
    assert isinstance(look_at(run_id="c"), dg.SkipReason)
    assert web.titles == []
    began = time.time() - STUCK_SECONDS - 60
    os.utime(workspace.lock_file, (began, began))
    tell_error(workspace, RefreshBusyError("another refresh is running (process 1)"), run=None)
    assert len(web.titles) == 1
    assert "#another-refresh-is-running" in web.bodies[0]
