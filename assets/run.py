"""One run of the nightly job in this process, and what to tell the person who started it."""

from __future__ import annotations

from dataclasses import dataclass, field

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from assets.definitions import defs
from assets.jobs import NIGHTLY_REFRESH
from pipelines.errors import PipelineError
from pipelines.refresh_log import last_published
from pipelines.warehouse import open_warehouse
from pipelines.workspace import Workspace

EXPECTED_ERRORS = frozenset(
    [PipelineError.__name__, *(error.__name__ for error in PipelineError.__subclasses__())]
)
"""Messages of these are written for people and shown as they are."""

UNTOUCHED = "the last good publication is untouched"


@dataclass(frozen=True)
class Outcome:
    """How a refresh ended: ``published``, ``refused`` or ``failed``, and why."""

    status: str
    summary: str
    details: list[str] = field(default_factory=list)


def run_nightly_refresh(workspace: Workspace) -> Outcome:
    """Run every asset and check once. Expected errors come back as an `Outcome`, not raised."""
    job = defs.resolve_job_def(NIGHTLY_REFRESH)
    with dg.DagsterInstance.get() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    if result.success:
        return _published(workspace)
    refusals = [
        f"{'/'.join(check.asset_key.path)} {check.check_name}: {check.description or ''}"
        for check in result.get_asset_check_evaluations()
        if not check.passed and check.blocking and check.severity == dg.AssetCheckSeverity.ERROR
    ]
    if refusals:
        first = refusals[0].partition("\n")[0]
        return Outcome("refused", f"{first} ({UNTOUCHED})")
    return _failed(result)


def _published(workspace: Workspace) -> Outcome:
    with open_warehouse(workspace.warehouse_file) as con:
        row = last_published(con).row(0, named=True)
    changed = row["n_estimates_changed"]
    if changed is None:
        news = f"first publication, {row['n_estimates']} estimates"
    elif changed == 0:
        news = f"no estimate changed ({row['n_estimates']} compared with the last publication)"
    else:
        news = f"{changed} of {row['n_estimates']} estimates changed since the last publication"
    return Outcome(
        "published",
        f"data until {row['data_until']}: {news}",
        [
            f"dashboard  {workspace.published_site / 'index.html'}",
            f"SQL file   {workspace.published_analytics}",
        ],
    )


def _failed(result: dg.ExecuteInProcessResult) -> Outcome:
    """The first failure in words: our own error's message alone, else with its stack."""
    errors = [
        error
        for event in result.all_events
        if event.is_failure and (error := getattr(event.event_specific_data, "error", None))
    ]
    for error in errors:
        for link in _chain(error):
            if link.cls_name in EXPECTED_ERRORS:
                return Outcome("failed", f"{_message(link)} ({UNTOUCHED})")
    if errors:
        deepest = _chain(errors[0])[-1]
        return Outcome("failed", f"{_message(deepest)} ({UNTOUCHED})", [errors[0].to_string()])
    return Outcome("failed", f"the run ended without saying why ({UNTOUCHED})")


def _chain(error: SerializableErrorInfo) -> list[SerializableErrorInfo]:
    """An error and its causes, outermost first."""
    chain = [error]
    while chain[-1].cause is not None:
        chain.append(chain[-1].cause)
    return chain


def _message(error: SerializableErrorInfo) -> str:
    """The message without the name of its class, on one line."""
    message = error.message.strip()
    if error.cls_name in EXPECTED_ERRORS:
        message = message.partition(": ")[2] or message
    return " ".join(message.split())
