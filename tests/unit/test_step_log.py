"""The log: a line a step for people, an object a line for programs, no foreign words in either."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from assets.command_line import ended, say
from pipelines.core import step_log
from pipelines.core.step_log import FORMAT_VARIABLE, bind, choose_format, log_step, note

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_log, "_chosen", step_log.HUMAN)
    monkeypatch.delenv(FORMAT_VARIABLE, raising=False)
    structlog.contextvars.clear_contextvars()


def test_people_read_one_line_a_step(capsys: pytest.CaptureFixture[str]) -> None:
    log_step("made", "marts/agent", asset="marts/agent", after_seconds=1.5)
    log_step("warn", "staging/roster: key_unique\n2 rows", asset="staging/roster")
    assert capsys.readouterr().out == (
        "  made     marts/agent\n  warn     staging/roster: key_unique\n             2 rows\n"
    )


@pytest.mark.parametrize("by_environment", [True, False])
def test_programs_read_an_object_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, by_environment: bool
) -> None:
    if by_environment:
        monkeypatch.setenv(FORMAT_VARIABLE, "json")
    choose_format("human" if by_environment else "json")
    bind(refresh=41)
    log_step("made", "marts/agent", asset="marts/agent", after_seconds=1.5)
    say("dashboard  index.html")
    note("an alert wasn't taken")
    assert ended("published", "data until 2026-10-31", 0) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ["made", "note", "note", "published"]
    assert all(line["refresh"] == 41 and line["at"].endswith("Z") for line in lines)
    assert lines[0]["after_seconds"] == 1.5
    assert lines[-1]["exit_status"] == 0


def test_what_a_library_says_of_an_error_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    choose_format("json")
    try:
        raise ValueError("could not convert 'jane@people.example'")
    except ValueError as error:
        log_step("error", "a fault", exc_info=True, cause=error, stack_info=True)
    line = capsys.readouterr().out
    assert "jane" not in line
    assert json.loads(line)["cause"] == "ValueError"


def test_the_last_line_for_people_begins_with_what_became_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ended("refused", "attrition", 2) == 2
    assert capsys.readouterr().out == "refused attrition\n"


@pytest.mark.parametrize("program", ["| head -c 1", "> /dev/full", ">&-"])
def test_an_output_that_takes_nothing_decides_neither_the_work_nor_its_status(
    program: str,
) -> None:
    told = "from pipelines.core.step_log import log_step, write_line\n"
    code = told + "write_line('a' * 70000)\nlog_step('made', 'b')\nraise SystemExit(3)"
    line = f'"{sys.executable}" -c "$0" {program}; exit ${{PIPESTATUS[0]}}'
    run = subprocess.run(
        ["bash", "-c", line, code], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (3, "")
