"""One run of the nightly job in this process, and what to tell the person who started it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from assets.definitions import defs
from assets.errors import ErrorSummary, collecting_errors
from assets.jobs import NIGHTLY_REFRESH
from assets.quiet import assets_of_tonight
from pipelines.analysis.study_setting import describe_end
from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.erasure.age_sweep import describe_sweep
from pipelines.ingest.load.file_ledger import describe_refused
from pipelines.ingest.load.set_aside import describe, last_set_aside
from pipelines.ingest.load.withdrawal import way_out
from pipelines.release.manifest import Manifest, read_manifest
from pipelines.release.refresh_log import last_published, published_at

UNTOUCHED = "the last good publication is untouched"
SWAPPED = "the new publication stands: it was whole before this happened"


@dataclass(frozen=True)
class Outcome:
    """How a refresh ended: ``published``, ``refused`` or ``failed``, and why."""

    status: str
    summary: str
    details: list[str] = field(default_factory=list)


def run_nightly_refresh(workspace: Workspace) -> Outcome:
    """Run every asset and check once, or what moves by date where nothing came in.

    Expected errors come back as an `Outcome`, not raised.
    """
    job = defs.resolve_job_def(NIGHTLY_REFRESH)
    before = read_manifest(workspace.published)
    with dg.DagsterInstance.get() as instance, collecting_errors() as errors:
        result = job.execute_in_process(
            instance=instance, raise_on_error=False, asset_selection=assets_of_tonight(workspace)
        )
    if result.success:
        return published_outcome(workspace)
    refusals = [
        check
        for check in result.get_asset_check_evaluations()
        if not check.passed and check.severity == dg.AssetCheckSeverity.ERROR
    ]
    refusals.sort(key=lambda check: check.asset_key.path[0] != "raw")
    if refusals:
        return _refused(workspace, refusals)
    return _failed(errors, SWAPPED if _has_published(workspace, before) else UNTOUCHED)


def _refused(workspace: Workspace, refusals: list[dg.AssetCheckEvaluation]) -> Outcome:
    """Which check refused what, and the ways out."""
    schema, source = refusals[0].asset_key.path
    said = [
        f"{'/'.join(check.asset_key.path)} {check.check_name}: {check.description or ''}"
        for check in refusals
    ]
    first = said[0].partition("\n")[0]
    if schema == "raw":
        return Outcome("refused", f"{first} ({UNTOUCHED})")
    with open_warehouse(workspace.warehouse_file) as con:
        ways = way_out(con, load_contracts().source(source), published_at(con))
    return Outcome("refused", f"{first}; {ways} ({UNTOUCHED})")


def published_outcome(workspace: Workspace) -> Outcome:
    """What the newest publication is, in one line and what else to tell."""
    with open_warehouse(workspace.warehouse_file) as con:
        row = last_published(con).row(0, named=True)
        removed = describe_sweep(con)
        end = describe_end(con, row["data_until"])
        left_out = [*describe_refused(con), *describe(last_set_aside(con))]
    changed = row["n_estimates_changed"]
    if changed is None:
        news = f"first publication, {row['n_estimates']} estimates"
    elif changed == 0:
        news = f"no estimate changed ({row['n_estimates']} compared with the last publication)"
    else:
        news = f"{changed} of {row['n_estimates']} estimates changed since the last publication"
    return Outcome(
        "published",
        f"data until {row['data_until']}, {_cut(row)}: {news}",
        [
            f"dashboard  {workspace.published_site / 'index.html'}",
            f"SQL file   {workspace.published_analytics}",
            end,
            *removed,
            *left_out,
        ],
    )


def _cut(row: dict[str, Any]) -> str:
    """To which day comparisons go, and whether they were made tonight."""
    if row["cut_cause"] is None:
        return f"comparisons to {row['comparison_until']} stand"
    return f"comparisons to {row['comparison_until']} made ({row['cut_cause'].replace('_', ' ')})"


def _has_published(workspace: Workspace, before: Manifest | None) -> bool:
    """Whether another publication stands than before the run: it failed behind the swap."""
    now = read_manifest(workspace.published)
    return now is not None and (before is None or now.refresh_id != before.refresh_id)


def _failed(errors: list[ErrorSummary], stands: str) -> Outcome:
    """The first failure in words that may stand in a log."""
    if not errors:
        return Outcome("failed", f"the run ended without saying why ({stands})")
    first = errors[0]
    return Outcome("failed", f"{first.summary} ({stands})", list(first.places))
