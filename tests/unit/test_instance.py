"""Dagster's home of a workspace: its configuration, its storage, how long it remembers."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest

from assets import instance as home
from assets.commands import serve
from assets.instance import SHIPPED, STORAGE_VARIABLE, StorageError, prepare_instance, write_config
from assets.run_history import forget_old_runs
from pipelines.core.workspace import WORKSPACE_VARIABLE, Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    for variable in (STORAGE_VARIABLE, "DAGSTER_HOME", WORKSPACE_VARIABLE):
        monkeypatch.setenv(variable, "")  # prepare_instance sets them; they come back afterwards
    workspace = Workspace(tmp_path / "centre")
    workspace.prepare()
    return workspace


def test_the_configuration_follows_the_project_until_somebody_changes_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_config(workspace)
    assert workspace.dagster_config.read_bytes().startswith(SHIPPED.read_bytes())
    assert "class: RunHistory" in workspace.dagster_config.read_text(), "files, by our own class"
    newer = tmp_path / "newer.yaml"
    newer.write_bytes(SHIPPED.read_bytes() + b"# newer\n")
    monkeypatch.setattr(home, "SHIPPED", newer)
    write_config(workspace)
    assert workspace.dagster_config.read_bytes().startswith(newer.read_bytes())
    workspace.dagster_config.write_text("telemetry: {enabled: false}\n")
    write_config(workspace)
    assert workspace.dagster_config.read_text() == "telemetry: {enabled: false}\n"


def test_a_configuration_of_before_is_kept_beside_the_new_one(workspace: Workspace) -> None:
    workspace.dagster_config.write_text("# of an earlier version\n")
    write_config(workspace)
    assert workspace.dagster_config.read_bytes().startswith(SHIPPED.read_bytes())
    assert "class: RunHistory" in workspace.dagster_config.read_text(), "files, by our own class"
    kept = workspace.dagster_config.with_name("dagster.yaml.before")
    assert kept.read_text() == "# of an earlier version\n"


def test_the_address_of_a_postgresql_is_named_and_never_written(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STORAGE_VARIABLE, "postgresql://dagster:hidden-word@db/dagster")
    write_config(workspace)
    written = workspace.dagster_config.read_text()
    assert f"env: {STORAGE_VARIABLE}" in written
    assert "hidden-word" not in written
    monkeypatch.setenv(STORAGE_VARIABLE, "mysql://dagster:hidden-word@db/dagster")
    with pytest.raises(StorageError, match="expected postgresql://") as told:
        write_config(workspace)
    assert "hidden-word" not in str(told.value)


def test_a_storage_that_does_not_answer_is_told_without_its_address(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STORAGE_VARIABLE, "postgresql://dagster:hidden-word@127.0.0.1:1/dagster")

    def no_answer() -> dg.DagsterInstance:
        raise ConnectionError("postgresql://dagster:hidden-word@127.0.0.1:1 refused")

    monkeypatch.setattr(dg.DagsterInstance, "get", no_answer)
    with pytest.raises(StorageError, match="is the PostgreSQL up") as told:
        prepare_instance(workspace)
    assert "hidden-word" not in str(told.value)


def test_a_storage_of_another_version_of_dagster_is_brought_up_to_date_once(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    upgraded: list[str] = []

    def upgrade(_self: dg.DagsterInstance) -> None:
        print("Updating event log storage …")
        upgraded.append("once more")

    monkeypatch.setattr(dg.DagsterInstance, "upgrade", upgrade)
    umask = os.umask(0o022)
    try:
        prepare_instance(workspace)
        assert upgraded == []  # a new home
        workspace.run_history.mkdir()
        monkeypatch.setattr(home, "version", lambda _package: "1.99.0")
        for _ in range(2):
            prepare_instance(workspace)
    finally:
        os.umask(umask)
    assert len(upgraded) == 1
    assert capsys.readouterr().out == ""


def test_runs_past_their_days_are_forgotten_with_their_files(workspace: Workspace) -> None:
    umask = os.umask(0o022)
    try:
        prepare_instance(workspace)
        with dg.DagsterInstance.get() as instance:
            results = [
                dg.materialize([made], instance=instance),
                dg.materialize([made], instance=instance),
            ]
            ids = [result.run_id for result in results]
            assert forget_old_runs(instance, workspace, days=1) == 0
            assert instance.get_runs_count() == 2
            assert forget_old_runs(instance, workspace, days=-1) == 2
            assert instance.get_runs_count() == 0
    finally:
        os.umask(umask)
    left = [path for path in workspace.dagster_home.rglob("*") if any(i in path.name for i in ids)]
    assert left == []


@dg.asset
def made() -> None:
    """Nothing but a run with events."""


def test_a_ui_that_ends_by_itself_ends_with_a_failure(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`dg dev` ends with 0 when its daemon is killed."""
    monkeypatch.setattr(serve, "development_server", lambda _port: ["true"])
    umask = os.umask(0o022)
    try:
        assert serve.main(["--workspace", str(workspace.root)]) == 1
    finally:
        os.umask(umask)
    assert "no schedule runs now" in capsys.readouterr().out
