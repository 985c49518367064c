"""Alerts as a mail server and a web hook receive them: each once, and never in the way."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.alerts.addresses import ADDRESSES_VARIABLE, HEARTBEAT_VARIABLE
from pipelines.alerts.delivery import BEGAN, PUBLISHED
from pipelines.alerts.kinds import LateSource, NightEnd
from pipelines.alerts.memory import forget_words
from pipelines.alerts.notifier import notify, send_beat, was_told
from pipelines.config.settings import Alerts
from pipelines.core.workspace import Workspace
from tests.unit.alerts.receivers import mail_server, unused_port, web_server

STANDS = "the publication of refresh 41"
GOOD = NightEnd(None, "published", "", "Refresh 42 published", STANDS, ())
REFUSED = NightEnd(
    None,
    "refused",
    "raw/attrition deliveries_accepted exits.csv",
    "raw/attrition deliveries_accepted: exits.csv line 3 separation_date '31/02/2026', asked for "
    "by jane.doe@people.example",
    STANDS,
)
FAILED = NightEnd(None, "failed", "DiskFullError the disk is full", "the disk is full", STANDS)
LATE = replace(GOOD, late=(LateSource("shifts", 9, 3),))


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    for variable in (ADDRESSES_VARIABLE, HEARTBEAT_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    workspace = Workspace(tmp_path / "centre")
    workspace.prepare()
    return workspace


def name_addresses(workspace: Workspace, *lines: str) -> None:
    file = workspace.alert_addresses_file
    file.write_text("\n".join(["# whom to tell", "", *lines]))
    file.chmod(0o600)


def tell(workspace: Workspace, *nights: NightEnd, limit: float = 15) -> list[str]:
    log: list[str] = []
    for night in nights:
        notify(workspace, Alerts(), night, log.append, limit)
    return log


def test_each_trouble_is_received_once_by_mail_and_by_web_hook(workspace: Workspace) -> None:
    with mail_server() as mail, web_server() as web:
        name_addresses(workspace, mail.address, web.address)
        nights = [GOOD, FAILED, FAILED, REFUSED, FAILED, REFUSED, GOOD, GOOD]
        assert tell(workspace, *nights, LATE, LATE, GOOD, GOOD) == []
    for received in (mail, web):
        kinds = [title.partition(":")[0] for title in received.titles]
        assert kinds == ["failed", "refused", "recovered", "late", "recovered"]
        assert all("centre" in title for title in received.titles)
        assert all(STANDS in body for body in received.bodies)
    failed, refused, recovered, late, on_time = web.bodies
    assert "docs/operations.md#the-disk-is-full" in failed
    assert "exits.csv line 3 separation_date" in refused
    assert "docs/operations.md#a-refused-or-wrong-delivery" in refused
    assert "publishes again" in recovered
    assert "shifts: its newest event is 9 days old, expected within 3" in late
    assert "On time again: shifts" in on_time


def test_an_emptied_landing_is_told_beside_what_else_there_is(workspace: Workspace) -> None:
    gone = "all 9 files that lay in /srv/landing are gone at once"
    with web_server() as web:
        name_addresses(workspace, web.address)
        tell(workspace, replace(GOOD, gone=gone), replace(FAILED, gone=gone), GOOD)
        assert [title.partition(":")[0] for title in web.titles] == [
            "late", "late", "failed", "recovered",
        ]  # fmt: skip


def test_no_value_and_no_person_leaves_the_house(workspace: Workspace) -> None:
    with web_server() as web:
        name_addresses(workspace, web.address)
        tell(workspace, REFUSED)
    assert "31/02/2026" not in web.bodies[0]
    assert "people.example" not in web.bodies[0]
    assert "jane" not in web.bodies[0]


def test_a_run_that_was_told_of_is_not_told_again(workspace: Workspace) -> None:
    with web_server() as web:
        name_addresses(workspace, web.address)
        tell(workspace, replace(FAILED, run="a"), replace(FAILED, run="a", cause="other"))
    assert len(web.titles) == 1
    assert was_told(workspace.alert_memory_file, "a")
    assert not was_told(workspace.alert_memory_file, "b")


def test_a_trouble_that_an_erasure_fell_into_still_ends(workspace: Workspace) -> None:
    """An erasure takes the names of files from what was told, not that something was told."""
    with web_server() as web:
        name_addresses(workspace, web.address)
        tell(workspace, REFUSED)
        assert "exits.csv" in workspace.alert_memory_file.read_text()
        forget_words(workspace.alert_memory_file)
        assert "exits" not in workspace.alert_memory_file.read_text()
        tell(workspace, GOOD, GOOD)
    assert [title.partition(":")[0] for title in web.titles] == ["refused", "recovered"]


def test_another_trouble_is_told_beside_the_first(workspace: Workspace) -> None:
    with web_server() as web:
        name_addresses(workspace, web.address)
        tell(workspace, FAILED, replace(FAILED, cause="MemoryShortError x"), GOOD, FAILED)
    assert [title.partition(":")[0] for title in web.titles] == [
        "failed", "failed", "recovered", "failed",
    ]  # fmt: skip


def test_settings_choose_what_is_told(workspace: Workspace) -> None:
    chosen = Alerts(kinds=("late",), name="Aster", runbook="https://wiki.example/runbook")
    with web_server() as web:
        name_addresses(workspace, web.address)
        for night in (FAILED, LATE):
            notify(workspace, chosen, night, print)
    assert web.titles == ["late: Aster"]
    assert "https://wiki.example/runbook#a-source-is-late" in web.bodies[0]


def test_a_web_hook_that_is_down_is_logged_and_tried_again_and_others_get_theirs(
    workspace: Workspace, capfd: pytest.CaptureFixture[str]
) -> None:
    down = f"json://user:hidden-word@127.0.0.1:{unused_port()}/secret-hook"
    with mail_server() as mail:
        name_addresses(workspace, down, mail.address)
        log = tell(workspace, FAILED)
        assert len(mail.titles) == 1
        assert len(log) == 1
        assert "json://… (" in log[0]
        written = log[0] + "".join(capfd.readouterr()) + workspace.alert_memory_file.read_text()
        for word in ("hidden-word", "secret-hook", "127.0.0.1"):
            assert word not in written
        with web_server() as web:  # another address: it has no part in what was before it
            name_addresses(workspace, web.address, mail.address)
            assert tell(workspace, FAILED, GOOD) == []
            assert [title.partition(":")[0] for title in web.titles] == ["recovered"]
        assert [title.partition(":")[0] for title in mail.titles] == ["failed", "recovered"]


def test_what_was_not_taken_arrives_when_the_web_hook_is_up_again(workspace: Workspace) -> None:
    with web_server() as web:
        name_addresses(workspace, web.address)
        web.status = 503
        assert len(tell(workspace, FAILED)) == 1
        web.status = 200
        web.titles.clear()
        assert tell(workspace, FAILED, FAILED) == []
    assert len(web.titles) == 1


def test_a_web_hook_that_never_answers_holds_nothing_up(workspace: Workspace) -> None:
    answer = threading.Event()
    with web_server(delay=answer) as web:
        name_addresses(workspace, web.address)
        started = time.monotonic()
        assert len(tell(workspace, FAILED, limit=0.5)) == 1
        assert time.monotonic() - started < 3
        answer.set()


def test_addresses_that_others_can_read_are_not_used(workspace: Workspace) -> None:
    with web_server() as web:
        name_addresses(workspace, web.address)
        workspace.alert_addresses_file.chmod(0o640)
        workspace.prepare()
        (told,) = tell(workspace, FAILED)
        assert "0600" in told
        assert web.titles == []


def test_without_an_address_nothing_is_kept(workspace: Workspace) -> None:
    assert tell(workspace, FAILED) == []
    assert not workspace.alert_memory_file.exists()


def test_addresses_come_from_the_environment_too(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web_server() as first, web_server() as second:
        monkeypatch.setenv(ADDRESSES_VARIABLE, f"{first.address} {second.address}")
        tell(workspace, FAILED)
        assert len(first.titles) == len(second.titles) == 1


def test_the_heartbeat_says_began_and_published(workspace: Workspace) -> None:
    log: list[str] = []
    with web_server() as web:
        url = web.address.replace("json://", "http://")
        name_addresses(workspace, f"heartbeat {url}")
        for state in (BEGAN, PUBLISHED):
            send_beat(workspace, state, log.append)
        name_addresses(workspace, f"heartbeat {url}?status={{state}}")
        send_beat(workspace, BEGAN, log.append)
    assert web.paths == ["/hook/start", "/hook", "/hook?status=began"]
    assert log == []
    send_beat(workspace, PUBLISHED, log.append)
    assert len(log) == 1
    assert "127.0.0.1" not in log[0]


def test_a_damaged_memory_tells_once_more(workspace: Workspace) -> None:
    with web_server() as web:
        name_addresses(workspace, web.address)
        tell(workspace, FAILED)
        workspace.alert_memory_file.write_text("{")
        tell(workspace, FAILED, FAILED)
        assert len(web.titles) == 2
