"""A process of its own for each command, forked from one that has the libraries already.

A refresh spends a third of its processor time on importing what every refresh imports.
The parent imports the libraries and nothing of the project that reads its environment;
so a fork is as fresh as a new interpreter, has its own working folder, environment and umask,
and can be killed. What it is spared beyond imports: to parse models and compile templates
(`warm.py`), and to ask Great Expectations what another refresh of the tests has asked already
(`judged_once.py`).
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import runpy
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.judged_once import keep_judgements

LIBRARIES = (
    "dagster",
    "dagster._core.execution.api",
    "dagster._core.storage.event_log",
    "dagster._core.storage.runs",
    "great_expectations",
    "plotly.graph_objects",
    "scipy.stats",
    "sqlglot",
    "statsmodels.api",
    "dashboards.exports",
    "pipelines.analysis.claims",
    "pipelines.analysis.comparison",
    "pipelines.quality.run_checks",
    "pipelines.release.analysts_file",
    "tests.integration.warm",
)

Limits = dict[int, int]
"""By the number of a resource (`resource.RLIMIT_FSIZE`) the most that a process may have of it."""

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(list(LIBRARIES))


def run_module(
    arguments: list[str], folder: Path, environment: dict[str, str], seconds: float, output: Path
) -> int:
    """Run ``python -m`` with these arguments, its output into a file; the exit status."""
    process = start_module(arguments, folder, environment, output)
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise TimeoutError(f"{' '.join(arguments)} took longer than {seconds:.0f} seconds")
    return process.exitcode


def start_module(
    arguments: list[str],
    folder: Path,
    environment: dict[str, str],
    output: Path,
    limits: Limits | None = None,
) -> BaseProcess:
    """Start ``python -m`` under limits of the system; whoever starts it also ends it."""
    process = _FORKS.Process(
        target=_become, args=(arguments, str(folder), environment, str(output), limits or {})
    )
    process.start()
    return process


def _become(
    arguments: list[str], folder: str, environment: dict[str, str], output: str, limits: Limits
) -> None:
    """Be the command: its folder, environment, arguments, output and limits."""
    for what, most in limits.items():
        resource.setrlimit(what, (most, most))
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    keep_judgements()
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__")
