"""How a refresh ended, in words for people: events and errors come in, an `Outcome` goes out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from assets.errors import ENDED_FROM_OUTSIDE, FROM_OUTSIDE, ErrorSummary
from pipelines.analysis.study_setting import describe_end, describe_missing_arms
from pipelines.config.feeds import folder_names
from pipelines.config.settings import load_settings
from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.erasure.age_sweep import describe_sweep
from pipelines.ingest.load.file_ledger import describe_refused, describe_taken
from pipelines.ingest.load.set_aside import describe_last
from pipelines.ingest.load.withdrawal import way_out
from pipelines.ingest.read.landing_folder import strays
from pipelines.release.refresh_log import last_published, n_gone, published_at, published_before

UNTOUCHED = "the last good publication is untouched"
SWAPPED = "the new publication stands: it was whole before this happened"
_FILE = re.compile(r"[\w./-]+\.(?:csv|txt|tsv|jsonl|ndjson|xlsx|parquet)\b")


@dataclass(frozen=True)
class Outcome:
    """How a refresh ended: ``published``, ``refused`` or ``failed``, and why.

    ``cause`` is the same for the same trouble on another night.
    """

    status: str
    summary: str
    details: list[str] = field(default_factory=list)
    cause: str = ""


def refusals_among(
    evaluations: Sequence[dg.AssetCheckEvaluation],
) -> list[dg.AssetCheckEvaluation]:
    """The checks for which nothing is published, those that name the delivery first."""
    found = [
        check
        for check in evaluations
        if not check.passed
        and check.severity == dg.AssetCheckSeverity.ERROR
        and (check.blocking or _is_of_delivery(check))
    ]
    return sorted(found, key=lambda check: not _is_of_delivery(check))


def _is_of_delivery(check: dg.AssetCheckEvaluation) -> bool:
    return check.asset_key.path[0] == "raw"


def refused_outcome(workspace: Workspace, refusals: list[dg.AssetCheckEvaluation]) -> Outcome:
    """Which check refused what, and the ways out."""
    schema, source = refusals[0].asset_key.path
    said = [f"{_name(check)}: {check.description or ''}" for check in refusals]
    first = said[0].partition("\n")[0]
    files = sorted({file for line in said for file in _FILE.findall(line)})
    cause = " ".join([*sorted(_name(check) for check in refusals), *files])
    if schema == "raw":
        return Outcome("refused", f"{first} ({UNTOUCHED})", cause=cause)
    with open_warehouse(workspace.warehouse_file) as con:
        ways = way_out(con, load_contracts().source(source), published_at(con))
    return Outcome("refused", f"{first}; {ways} ({UNTOUCHED})", cause=cause)


def _name(check: dg.AssetCheckEvaluation) -> str:
    return f"{'/'.join(check.asset_key.path)} {check.check_name}"


def failed_outcome(errors: Sequence[ErrorSummary], stands: str) -> Outcome:
    """The first failure in words that may stand in a log."""
    if not errors:
        summary = f"the run ended without saying why ({stands})"
        return Outcome("failed", summary, cause=FROM_OUTSIDE)
    first = errors[0]
    more = "" if stands in first.summary else f" ({stands})"
    return Outcome("failed", f"{first.summary}{more}", list(first.places), first.cause)


def ended_from_outside() -> Outcome:
    """Of a refresh that was killed, or stopped by the daemon or a person."""
    return Outcome("failed", ENDED_FROM_OUTSIDE.summary, cause=FROM_OUTSIDE)


def published_outcome(workspace: Workspace) -> Outcome:
    """What the newest publication is, in one line and what else to tell."""
    with open_warehouse(workspace.warehouse_file) as con:
        row = last_published(con).row(0, named=True)
        removed = describe_sweep(con)
        end = describe_end(con, row["data_until"])
        taken = describe_taken(con, published_before(con))
        missing = describe_missing_arms(con)
        known = row["n_estimates"] + n_gone(con)
        left_out = [*describe_refused(con), *_strays(workspace), *taken, *describe_last(con)]
    changed = row["n_estimates_changed"]
    if changed is None:
        news = f"first publication, {row['n_estimates']} estimates"
    elif changed == 0:
        news = f"no estimate changed ({row['n_estimates']} compared with the last publication)"
    else:
        news = f"{changed} of {known} estimates changed since the last publication"
    return Outcome(
        "published",
        f"data until {row['data_until']}, {_cut(row)}: {news}",
        [
            f"dashboard  {workspace.published_site / 'index.html'}",
            f"SQL file   {workspace.published_analytics}",
            end,
            *removed,
            *left_out,
            *missing,
        ],
    )


def _strays(workspace: Workspace) -> list[str]:
    """What lies in `landing/` where nothing is looked for."""
    known = folder_names(load_settings(workspace.settings_file).feeds)
    return [f"not taken {each}" for each in strays(workspace.landing, known)]


def _cut(row: dict[str, Any]) -> str:
    """To which day comparisons go, and whether they were made tonight."""
    if row["cut_cause"] is None:
        return f"comparisons to {row['comparison_until']} stand"
    return f"comparisons to {row['comparison_until']} made ({row['cut_cause'].replace('_', ' ')})"
