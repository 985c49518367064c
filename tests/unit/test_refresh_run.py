"""Which of Dagster's runs are refreshes, as Dagster's own runs say it."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.definitions import defs
from assets.jobs import NIGHTLY_REFRESH
from assets.quiet import QUIET_ASSETS
from assets.refresh_run import ALL_ASSETS, RefreshRun
from assets.resources import RefreshResource
from pipelines.core.warehouse import open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.release.gate import NotReadyError

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


def test_a_run_that_leaves_comparisons_out_publishes_none_that_are_due(tmp_path: Path) -> None:
    refresh = RefreshResource(workspace_root=str(tmp_path))
    refresh._refresh_id = 7
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        for selected in (None, EVERYTHING, frozenset(QUIET_ASSETS)):
            refresh._compares = run_of(tmp_path, NIGHTLY_REFRESH, selected).compares
            for cause in ("month_end", None):
                con.execute(
                    "create or replace table disclosure.plan as select "
                    "date '2026-11-01' as counts_until, date '2026-10-31' as comparison_until, "
                    "?::varchar as cause",
                    [cause],
                )
                is_wrong = cause is not None and selected == frozenset(QUIET_ASSETS)
                with pytest.raises(NotReadyError) if is_wrong else nullcontext():
                    refresh.check_compares(con)


def test_without_a_run_there_is_no_refresh(tmp_path: Path) -> None:
    assert RefreshRun.of(None, Workspace(tmp_path)) == RefreshRun("", False, False)
