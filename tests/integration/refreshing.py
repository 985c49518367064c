"""Running real refreshes from tests: a process of its own, as a scheduler would start it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.core.warehouse import fetch, open_warehouse
from pipelines.core.workspace import Workspace
from tests.disclosure.scan import assert_promise_kept
from tests.integration.preloaded import run_module

PROJECT = Path(__file__).resolve().parents[2]
SHARED = PROJECT.parent / "shared"
TIME_LIMIT_SECONDS = 600
EXACT = '[privacy]\ngrid = 0\ncut = "none"\n'
"""Settings under which figures are exact and comparisons are made every night."""


@dataclass(frozen=True)
class Ended:
    """How a refresh ended: exit status, everything it printed, the last line."""

    status: int
    output: str

    @property
    def last_line(self) -> str:
        return self.output.strip().splitlines()[-1]


def command(workspace: Workspace) -> list[str]:
    return [sys.executable, "-m", "assets.refresh", "--workspace", str(workspace.root)]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}


def refresh(workspace: Workspace, **more: str) -> Ended:
    """Refresh as a scheduler would; what was published must keep the promise."""
    return scanned(workspace, run_to_end(command(workspace), **more))


def cut(workspace: Workspace) -> Ended:
    """Run `make cut` without make."""
    arguments = [sys.executable, "-m", "assets.commands.cut", "--workspace", str(workspace.root)]
    return scanned(workspace, run_to_end(arguments))


def scanned(workspace: Workspace, ended: Ended) -> Ended:
    """Scan a publication if a command ended with one."""
    if ended.status == 0 and workspace.published_analytics.exists():
        assert_promise_kept(workspace)
    return ended


def run_to_end(arguments: list[str], **more: str) -> Ended:
    """Run a command of the project, with ``more`` in its environment."""
    python, minus_m, *module = arguments
    assert (python, minus_m) == (sys.executable, "-m"), arguments
    with tempfile.NamedTemporaryFile("r") as output:
        status = run_module(
            module, PROJECT, {**environment(), **more}, TIME_LIMIT_SECONDS, Path(output.name)
        )
        return Ended(status, output.read())


def program(name: str, *arguments: str) -> Ended:
    """Run one of `tests.integration.programs`."""
    module = f"tests.integration.programs.{name}"
    return run_to_end([sys.executable, "-m", module, *arguments])


def killed_at(text: str, workspace: Workspace) -> Ended:
    """Refresh, killed as soon as it prints a text."""
    return program("killed_at", text, "assets.refresh", "--workspace", str(workspace.root))


def run_afresh(arguments: list[str], **more: str) -> Ended:
    """Run a command in a new interpreter, as a scheduler does."""
    done = subprocess.run(
        arguments,
        cwd=PROJECT,
        env={**environment(), **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIME_LIMIT_SECONDS,
        check=False,
    )
    return Ended(done.returncode, done.stdout)


def published(workspace: Workspace, query: str) -> pl.DataFrame:
    with open_warehouse(workspace.published_analytics, read_only=True) as con:
        return fetch(con, query)


def private(workspace: Workspace, query: str) -> pl.DataFrame:
    with open_warehouse(workspace.warehouse_file, read_only=True) as con:
        return fetch(con, query)


def fingerprint(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
