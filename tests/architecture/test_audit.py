"""The audit of dependencies never passes for having looked at nothing."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "audit.py"
SOUND: dict[str, Any] = {"name": "sound", "version": "1.0", "vulns": []}
NOT_FOUND: dict[str, Any] = {"name": "unseen", "version": "1.0", "skip_reason": "not found"}
WEAK: dict[str, Any] = {
    "name": "weak",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["1.1"]}],
}


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("packages", "status", "said"),
    [
        ([SOUND, SOUND], 0, "audit: 0 of 2 packages have known weaknesses"),
        ([SOUND, NOT_FOUND], 0, "0 of 1 packages have known weaknesses; 1 couldn't be looked up"),
        ([SOUND, WEAK], 1, "weak 1.0: PYSEC-2026-1, mended in 1.1"),
        ([NOT_FOUND], 0, "audit skipped: no advisory source reachable"),
        ([], 0, "audit skipped: no advisory source reachable"),
    ],
)
def test_what_could_not_be_looked_up_is_said(
    audit: ModuleType,
    capsys: pytest.CaptureFixture[str],
    packages: list[dict[str, Any]],
    status: int,
    said: str,
) -> None:
    assert audit.report(packages) == status
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("output", ["", "no network", "{}"])
def test_without_an_answer_the_audit_is_skipped_aloud(
    audit: ModuleType,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    output: str,
) -> None:
    answer = subprocess.CompletedProcess([], 1, stdout=output, stderr="")
    monkeypatch.setattr(audit.subprocess, "run", lambda *_, **__: answer)
    assert audit.main() == 0
    assert capsys.readouterr().out == "audit skipped: no advisory source reachable\n"
