"""A first night that can't publish: a wrong setting, or a required source without a file."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest

from pipelines.core.workspace import Workspace
from pipelines.simulation import write_sample
from tests.integration.refreshing import refresh


def test_a_wrong_setting_stops_before_anything_is_touched(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "new")
    workspace.root.mkdir()
    workspace.settings_file.write_text("[privacy]\nmin_grup = 3\n")
    started = time.monotonic()
    ended = refresh(workspace)
    assert ended.status == 1
    assert "privacy.min_grup" in ended.output
    assert ended.last_line.startswith("failed ")
    assert [path.name for path in workspace.root.iterdir()] == ["settings.toml"]
    assert time.monotonic() - started < 60


@pytest.mark.slow  # quicker: the check of it, in test_checks.py
def test_a_missing_required_source_is_refused(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "half")
    write_sample(workspace.landing, n_agents=60, months=6, seed=3, end=date(2026, 3, 31))
    for file in workspace.landing_source("attrition").iterdir():
        file.unlink()
    ended = refresh(workspace)
    assert ended.status == 2, ended.output
    assert "attrition" in ended.last_line
    assert not workspace.published.exists()
