"""Who is told of real nights, and what the log of one looks like for programs.

One workspace goes through a wrong setting, a publication, a refusal and its end; a mail server and
a web hook stand beside it.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from pipelines.core.workspace import Workspace
from pipelines.simulation import write_sample
from tests.integration.refreshing import Ended, refresh
from tests.unit.alerts.receivers import Received, mail_server, unused_port, web_server

pytestmark = pytest.mark.slow  # who is told of what: tests/unit/alerts


@dataclass
class Nights:
    workspace: Workspace
    mail: Received
    web: Received
    ended: dict[str, Ended] = field(default_factory=dict)
    n_after: dict[str, int] = field(default_factory=dict)
    addresses: list[str] = field(default_factory=list)

    def night(self, name: str, **more: str) -> None:
        self.ended[name] = refresh(self.workspace, COACHING_ALERTS=" ".join(self.addresses), **more)
        self.n_after[name] = len(self.web.titles)


def somebody_there(workspace: Workspace) -> str:
    """Somebody who hasn't left: rows of others are set aside and show no source to be on time."""
    with (workspace.landing_source("attrition") / "attrition.csv").open(newline="") as file:
        left = {row["employee_id"] for row in csv.DictReader(file)}
    with (workspace.landing_source("roster") / "roster.csv").open(newline="") as file:
        return next(r["employee_id"] for r in csv.DictReader(file) if r["employee_id"] not in left)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    workspace = Workspace(tmp_path_factory.mktemp("told") / "centre")
    write_sample(workspace.landing, n_agents=60, months=6, seed=5, end=dt.date(2026, 3, 31))
    with mail_server() as mail, web_server() as web:
        heartbeat = web.address.replace("json://", "http://").replace("/hook", "/beat")
        down = f"json://user:hidden-word@127.0.0.1:{unused_port()}/secret-hook"
        run = Nights(workspace, mail, web, addresses=[mail.address, web.address, down])
        workspace.private.mkdir(mode=0o700)
        workspace.settings_file.write_text("[privacy]\nmin_grup = 3\n")
        run.night("failed")
        run.night("failed again")
        workspace.settings_file.write_text('[alerts]\nname = "Aster"\n')
        run.night("published", COACHING_HEARTBEAT=heartbeat, COACHING_LOG="json")
        bad = workspace.landing_source("attrition") / "exits_bad.csv"
        bad.write_text(
            "employee_id,separation_date,separation_type,reason\nE100002,31/02/2026,voluntary,\n"
        )
        run.night("refused")
        bad.unlink()
        today = dt.datetime.now(dt.UTC).date()
        (workspace.landing_source("training") / "today.csv").write_text(
            "employee_id,course,completed_on,format,hours\n"
            f"{somebody_there(workspace)},compassionate_service,{today},remote,1\n"
        )
        run.night("published again")
        yield run


def test_each_trouble_reached_mail_and_web_hook_once(nights: Nights) -> None:
    for received in (nights.mail, nights.web):
        kinds = [title.partition(":")[0] for title in received.titles]
        assert kinds == ["failed", "late", "recovered", "refused", "recovered"], received.bodies
    assert list(nights.n_after.values()) == [1, 1, 3, 4, 5]
    assert [ended.status for ended in nights.ended.values()] == [1, 1, 0, 2, 0]


def test_a_message_says_what_happened_what_stands_and_what_to_do(nights: Nights) -> None:
    failed, late, recovered, refused, again = nights.web.bodies
    assert "nothing has been published yet" in failed
    assert "docs/operations.md#settings-that-cant-be-used" in failed
    assert "roster" in late
    assert "docs/operations.md#a-source-is-late" in late
    assert "publishes again" in recovered
    assert "refresh of Aster was refused" in refused
    assert "exits_bad.csv" in refused
    assert "31/02/2026" not in refused
    assert "the publication of refresh 1" in refused
    assert "On time again: training" in again


def test_a_web_hook_that_is_down_is_told_in_the_log_and_costs_nothing_else(nights: Nights) -> None:
    output = nights.ended["refused"].output
    assert "an alert wasn't taken by json://… (" in output
    assert "it is tried again next time" in output


def test_no_address_is_written_down_anywhere(nights: Nights) -> None:
    said = "".join(ended.output for ended in nights.ended.values())
    for word in ("hidden-word", "secret-hook", "team@people.example"):
        assert word not in said
        for file in nights.workspace.root.rglob("*"):
            assert not file.is_file() or word.encode() not in file.read_bytes(), file


def test_the_monitor_hears_of_the_beginning_and_of_the_publication(nights: Nights) -> None:
    assert nights.web.paths == ["/beat/start", "/beat"]


def test_the_log_for_programs_is_one_object_a_line(nights: Nights) -> None:
    lines = [json.loads(line) for line in nights.ended["published"].output.splitlines()]
    made = [line for line in lines if line["event"] == "made"]
    assert {"raw/roster", "marts/agent", "published/current"} <= {line["asset"] for line in made}
    assert all(line["refresh"] == 1 and line["at"] for line in made)
    assert lines[-1]["event"] == "published"
    assert lines[-1]["exit_status"] == 0
    human = nights.ended["published again"].output
    assert "  made     published/current" in human
