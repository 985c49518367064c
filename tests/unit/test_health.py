"""What `make doctor` finds, one fault at a time, without changing anything."""

from __future__ import annotations

import datetime as dt
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assets.commands import doctor
from assets.health import folder, program
from assets.health.finding import Finding
from assets.health.folder import look_at_folder
from assets.health.nights import look_at_nights
from pipelines.alerts.addresses import ADDRESSES_VARIABLE
from pipelines.config.settings import Settings
from pipelines.core import free_space
from pipelines.core.warehouse import open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.personal_data.erasure_registry import UnderWay, write_under_way
from pipelines.release import refresh_log
from pipelines.release.manifest import SITE_REFRESH, write_manifest
from tests.unit.alerts.receivers import unused_port, web_server


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv(ADDRESSES_VARIABLE, "json://127.0.0.1/hook")
    workspace = Workspace(tmp_path / "centre")
    workspace.prepare()
    return workspace


def found(findings: Iterator[Finding], about: str) -> Finding:
    (finding,) = [each for each in findings if each.about == about]
    return finding


def test_a_workspace_as_it_should_be_has_nothing_wrong(workspace: Workspace) -> None:
    assert [each for each in look_at_folder(workspace) if each.level == "wrong"] == []


def test_wrong_settings_are_named(workspace: Workspace) -> None:
    workspace.settings_file.write_text("[privacy]\nmin_grup = 3\n")
    finding = found(look_at_folder(workspace), "settings")
    assert (finding.level, "min_grup" in finding.text) == ("wrong", True)


def test_secrets_that_others_can_read_are_named(workspace: Workspace) -> None:
    workspace.pseudonym_key_file.write_text("k" * 64)
    workspace.pseudonym_key_file.chmod(0o644)
    finding = found(look_at_folder(workspace), "keys")
    assert (finding.level, "pseudonym.key" in finding.text) == ("wrong", True)
    workspace.pseudonym_key_file.chmod(0o600)
    assert found(look_at_folder(workspace), "keys").level == "ok"
    workspace.pseudonym_key_file.write_text("kkkkk")
    finding = found(look_at_folder(workspace), "keys")
    assert (finding.level, "has 5 characters" in finding.text) == ("wrong", True)
    workspace.private.chmod(0o755)
    assert found(look_at_folder(workspace), "private").level == "wrong"


def test_an_erasure_that_was_broken_off_is_named(workspace: Workspace) -> None:
    under_way = UnderWay(("a" * 64,), "2026-11-29T02:30:00+00:00")
    assert found(look_at_folder(workspace), "erasure").level == "ok"
    for is_removed, words in (
        (False, "nothing is published: an erasure of 1 person"),
        (True, "receipt"),
    ):
        write_under_way(workspace.erasure_under_way_file, replace(under_way, is_removed=is_removed))
        finding = found(look_at_folder(workspace), "erasure")
        assert (finding.level, words in finding.text) == ("wrong", True), finding.text


def test_too_little_room_is_wrong(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_space, "AT_LEAST", 2**62)
    assert found(look_at_folder(workspace), "disk").level == "wrong"


def test_nobody_to_tell_is_noted(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(look_at_folder(workspace), "alerts").level == "ok"
    monkeypatch.delenv(ADDRESSES_VARIABLE)
    assert found(look_at_folder(workspace), "alerts").level == "note"
    workspace.alert_addresses_file.write_text("json://127.0.0.1/hook\n")
    workspace.alert_addresses_file.chmod(0o644)
    assert found(look_at_folder(workspace), "alerts").level == "wrong"


def test_what_cannot_be_read_or_written_is_wrong(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answers of the system are made up: root, who runs tests in containers, may do all."""
    file = workspace.landing_source("roster") / "roster.csv"
    file.parent.mkdir()
    file.write_text("employee_id\n")
    monkeypatch.setattr(folder.os, "access", lambda path, _mode: path != file)
    finding = found(look_at_folder(workspace), "landing")
    assert (finding.level, "roster.csv" in finding.text) == ("wrong", True)
    assert found(look_at_folder(workspace), "private").level == "ok"
    line = workspace.raw / "roster" / "000001.json"
    line.parent.mkdir(parents=True)
    line.write_text("{}")
    monkeypatch.setattr(folder.os, "access", lambda path, _mode: path != line)
    finding = found(look_at_folder(workspace), "private")
    assert (finding.level, "raw/roster/000001.json" in finding.text) == ("wrong", True)

    def read_only(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(folder.tempfile, "TemporaryFile", read_only)
    assert found(look_at_folder(workspace), "workspace").level == "wrong"


def test_addresses_are_tried_where_that_is_asked(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(ADDRESSES_VARIABLE, "no-such-scheme://secret-hook")
    finding = found(look_at_folder(workspace), "alerts")
    assert (finding.level, "secret-hook" in finding.text) == ("wrong", False)
    arguments = ["--workspace", str(workspace.root), "--port", str(unused_port())]
    with web_server() as web:
        monkeypatch.setenv(ADDRESSES_VARIABLE, web.address)
        assert doctor.main(arguments) == 0
        assert web.titles == []
        assert doctor.main([*arguments, "--tell"]) == 0
        assert web.titles == ["trial: centre"]
    assert doctor.main([*arguments, "--tell"]) == 1
    assert "didn't take it" in capsys.readouterr().out


def test_a_changed_dagster_yaml_is_noted(workspace: Workspace) -> None:
    from assets.instance import write_config

    write_config(workspace)
    assert found(look_at_folder(workspace), "dagster").level == "ok"
    with workspace.dagster_config.open("a") as file:
        file.write("# mine\n")
    assert found(look_at_folder(workspace), "dagster").level == "note"


def test_a_run_history_that_is_no_database_is_wrong(workspace: Workspace) -> None:
    file = workspace.dagster_home / "history" / "runs.db"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"scribble")
    damaged = found(look_at_folder(workspace), "dagster")
    assert (damaged.level, "runs.db" in damaged.text) == ("wrong", True)


def test_the_last_refresh_is_looked_at(workspace: Workspace) -> None:
    now = dt.datetime.now(dt.UTC)
    assert found(look_at_nights(workspace, now), "warehouse").level == "note"
    with open_warehouse(workspace.warehouse_file) as con:
        number = refresh_log.begin(con, Settings(), now, "run")
        con.execute(
            "update meta.refresh set status = 'published', finished_at = ?",
            [now.replace(tzinfo=None)],
        )
    gone = found(look_at_nights(workspace, now), "publication")
    assert (gone.level, "isn't there any more" in gone.text) == ("wrong", True)
    publish_something(workspace)
    assert found(look_at_nights(workspace, now), "publication").level == "ok"
    late = now + dt.timedelta(days=3)
    assert found(look_at_nights(workspace, late), "publication").level == "wrong"
    with open_warehouse(workspace.warehouse_file) as con:
        assert refresh_log.begin(con, Settings(), now, "next") == number + 1
        con.execute("update meta.refresh set status = 'refused' where refresh_id = ?", [number + 1])
    finding = found(look_at_nights(workspace, now), "refresh")
    assert (finding.level, "refused" in finding.text) == ("wrong", True)


def publish_something(workspace: Workspace) -> None:
    """A page and a file of tables, with what says how they were."""
    workspace.published_site.mkdir(parents=True)
    (workspace.published_site / "index.html").write_text("a page")
    workspace.published_analytics.write_bytes(b"tables")
    (workspace.published / SITE_REFRESH).write_text("1\n")
    write_manifest(workspace.published, 1)


def test_a_publication_that_was_changed_and_what_is_lost_beside_one(workspace: Workspace) -> None:
    now = dt.datetime.now(dt.UTC)
    publish_something(workspace)
    lost = found(look_at_nights(workspace, now), "warehouse")
    assert (lost.level, lost.text.startswith("lost")) == ("wrong", True)
    assert found(look_at_nights(workspace, now), "files").level == "ok"
    page = workspace.published_site / "index.html"
    for spoil in (
        lambda: page.write_text("another page"),
        page.unlink,
        lambda: workspace.published_analytics.write_bytes(b"garbage"),
    ):
        spoil()
        finding = found(look_at_nights(workspace, now), "files")
        assert (finding.level, "aren't as they were" in finding.text) == ("wrong", True)
    shutil.rmtree(workspace.private)
    assert "beside a publication" in found(look_at_folder(workspace), "private").text


def test_a_newer_and_a_damaged_warehouse_are_wrong(workspace: Workspace) -> None:
    now = dt.datetime.now(dt.UTC)
    with open_warehouse(workspace.warehouse_file) as con:
        con.execute("update ledger.schema_version set version = 99")
    assert "layout 99" in found(look_at_nights(workspace, now), "warehouse").text
    workspace.warehouse_file.write_bytes(b"nothing that a database wrote")
    finding = found(look_at_nights(workspace, now), "warehouse")
    assert (finding.level, "make rebuild" in finding.text) == ("wrong", True)


def test_python_and_packages_are_held_against_what_is_needed() -> None:
    assert program._python((3, 10)).level == "wrong"
    pins = {"duckdb": {"2.0.0"}, "polars": {"2.1.0"}}
    here = dict.fromkeys(program._asked_for(), "1") | {"duckdb": "1.9", "polars": "2.1.0"}
    finding = program._packages(pins, here)
    assert (finding.level, "duckdb 1.9" in finding.text) == ("wrong", True)
    del here["polars"]
    assert "polars (missing)" in program._packages(pins, here).text


def test_a_port_in_use_is_noted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert program._port(server.getsockname()[1]).level == "note"


def test_the_exit_status_says_whether_something_is_wrong(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in workspace.root.rglob("*")}
    time.sleep(0.01)
    arguments = ["--workspace", str(workspace.root), "--port", str(unused_port())]
    assert doctor.main(arguments) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("0 wrong, ")
    after = {path: path.stat().st_mtime_ns for path in workspace.root.rglob("*")}
    assert {path for path in after if path not in before} == set()
    workspace.settings_file.write_text("x = 1\n")
    assert doctor.main(arguments) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("1 wrong, ")
