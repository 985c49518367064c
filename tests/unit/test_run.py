"""A night that was begun too short is made whole by the same command; any other end stands."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from assets import run
from assets.errors import MASKED_ERRORS
from assets.outcome import Outcome
from assets.quiet import QUIET_ASSETS
from pipelines.core.errors import StorageError
from pipelines.core.workspace import Workspace
from pipelines.release.gate import NotReadyError

WHOLE, SHORT = None, list(QUIET_ASSETS)
TOO_SHORT = NotReadyError("comparisons have to be made anew tonight")
FULL = StorageError("the disk is full")


@pytest.mark.parametrize(
    ("needed", "ends", "made", "status"),
    [
        (SHORT, [TOO_SHORT, None], [SHORT, WHOLE], "published"),
        (SHORT, [TOO_SHORT, FULL], [SHORT, WHOLE], "failed"),
        (SHORT, [FULL], [SHORT], "failed"),
        (SHORT, [None], [SHORT], "published"),
        (WHOLE, [TOO_SHORT], [WHOLE], "failed"),
    ],
)
def test_a_night_that_is_too_short_is_followed_by_a_whole_one(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    needed: list[dg.AssetKey] | None,
    ends: list[Exception | None],
    made: list[list[dg.AssetKey] | None],
    status: str,
) -> None:
    asked: list[Any] = []

    def execute(asset_selection: Any = None, **_: Any) -> Any:
        error = ends[len(asked)]
        asked.append(asset_selection)
        if error is not None:
            told = (type(error), error, None)
            logging.getLogger(MASKED_ERRORS).error("masked", exc_info=told)
        return SimpleNamespace(success=error is None, get_asset_check_evaluations=list)

    job = SimpleNamespace(execute_in_process=execute)
    monkeypatch.setattr(run, "defs", SimpleNamespace(resolve_job_def=lambda _: job))
    monkeypatch.setattr(run, "assets_of_tonight", lambda _: needed)
    monkeypatch.setattr(run, "published_outcome", lambda _: Outcome("published", ""))
    monkeypatch.setattr(dg.DagsterInstance, "get", dg.DagsterInstance.ephemeral)
    outcome = run.run_nightly_refresh(Workspace(tmp_path))
    assert (outcome.status, asked) == (status, made)
    if status == "failed":
        assert str(ends[-1]) in outcome.summary, "the last run's own error is told"
