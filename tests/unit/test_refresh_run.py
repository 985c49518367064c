"""Which of Dagster's runs are refreshes, as Dagster's own runs say it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.definitions import defs
from assets.jobs import NIGHTLY_REFRESH
from assets.quiet import QUIET_ASSETS
from assets.refresh_run import ALL_ASSETS, RefreshRun
from pipelines.core.workspace import Workspace

EVERYTHING = frozenset(defs.resolve_asset_graph().materializable_asset_keys)
ONE = frozenset([dg.AssetKey(["marts", "agent"])])


def run_of(tmp_path: Path, job: str, selected: frozenset[dg.AssetKey] | None, **more: Any) -> Any:
    run = dg.DagsterRun(job_name=job, run_id="this", asset_selection=selected, **more)
    return RefreshRun.of(run, Workspace(tmp_path))


@pytest.mark.parametrize(
    ("job", "selected", "is_whole"),
    [
        (NIGHTLY_REFRESH, None, True),
        (NIGHTLY_REFRESH, frozenset(), True),
        (NIGHTLY_REFRESH, EVERYTHING, True),
        (ALL_ASSETS, EVERYTHING, True),
        (ALL_ASSETS, None, False),
        (NIGHTLY_REFRESH, ONE, False),
        (ALL_ASSETS, ONE, False),
        (NIGHTLY_REFRESH, EVERYTHING - ONE, False),
        (NIGHTLY_REFRESH, frozenset(QUIET_ASSETS), False),
        ("another_job", EVERYTHING, False),
    ],
)
def test_a_refresh_makes_everything(
    tmp_path: Path, job: str, selected: frozenset[dg.AssetKey] | None, is_whole: bool
) -> None:
    found = run_of(tmp_path, job, selected)
    assert (found.is_whole, found.goes_on) == (is_whole, False)
    assert not is_whole or found.name == "this"


def test_a_run_that_is_gone_on_with_has_the_name_of_the_first(tmp_path: Path) -> None:
    found = run_of(
        tmp_path, NIGHTLY_REFRESH, None, parent_run_id="second", root_run_id="first",
        step_keys_to_execute=["published__site"],
    )  # fmt: skip
    assert (found.name, found.is_whole, found.goes_on) == ("first", False, True)


def test_without_a_run_there_is_no_refresh(tmp_path: Path) -> None:
    assert RefreshRun.of(None, Workspace(tmp_path)) == RefreshRun("", False, False)
