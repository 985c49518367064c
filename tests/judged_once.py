"""What a check judges in, what Great Expectations says of it out: asked once in a whole test run.

A checkpoint takes half of a small centre's refresh, and most workspaces of the tests hold the same
values. What nobody has asked yet is evaluated as in production, together and by one checkpoint; the
answer is kept in a folder that the workers and the processes of refreshes share.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pipelines.contracts.sources import Source
from pipelines.quality import expectations, judgements

VARIABLE = "COACHING_TESTS_JUDGED"
"""Names the folder to the processes that tests start; without it they ask for themselves."""

_evaluated = expectations._run_checkpoint


def keep_judgements() -> None:
    """Ask once from now on, in this process, where the folder is named."""
    if os.environ.get(VARIABLE):
        expectations._run_checkpoint = _once


def _once(judged: Mapping[Source, expectations.Tallies]) -> dict[tuple[str, str], Any]:
    files = {
        (source.name, name): _file(judgements._fingerprint(source, name, tally))
        for source, tallies in judged.items()
        for name, tally in tallies.items()
    }
    known = {check: file.read_text() for check, file in files.items() if file.exists()}
    asked = {
        source: {n: tally for n, tally in tallies.items() if (source.name, n) not in known}
        for source, tallies in judged.items()
    }
    found = _evaluated({source: tallies for source, tallies in asked.items() if tallies})
    for check, result in found.items():
        judgement = expectations._judgement(result, check[1])
        _keep(files[check], json.dumps([judgement.passed, judgement.failing]))
    return {**found, **{check: _as_told(text) for check, text in known.items()}}


def _file(fingerprint: str) -> Path:
    return Path(os.environ[VARIABLE]) / fingerprint


def _keep(file: Path, text: str) -> None:
    """Whole or not at all: the process may be killed, and another may keep the same."""
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    unfinished.write_text(text)
    unfinished.replace(file)


def _as_told(text: str) -> Any:
    """What `expectations` reads of a result."""
    passed, failing = json.loads(text)
    return SimpleNamespace(
        success=passed, exception_info=None, result={"unexpected_index_list": failing}
    )
