"""Progress of a run in one line per step, for people and for the scheduler's log."""

from __future__ import annotations

import logging
import sys

import dagster as dg


class ProgressHandler(logging.Handler):
    """Prints what was made, which checks failed, and which steps failed."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one line for an event that a person wants to see, none for the others."""
        event = getattr(record, "dagster_event", None)
        line = _line(event) if event is not None else None
        if line:
            print(line, file=sys.stdout, flush=True)


def _line(event: dg.DagsterEvent) -> str | None:
    if event.event_type_value == "ASSET_MATERIALIZATION" and event.asset_key:
        return f"  made     {'/'.join(event.asset_key.path)}"
    if event.event_type_value == "ASSET_CHECK_EVALUATION":
        evaluation = event.asset_check_evaluation_data
        if evaluation.passed:
            return None
        name = f"{'/'.join(evaluation.asset_key.path)}: {evaluation.check_name}"
        detail = (evaluation.description or "").replace("\n", "\n             ")
        return f"  {evaluation.severity.value.lower():<8} {name}\n             {detail}"
    if event.event_type_value == "STEP_FAILURE" and not _is_refusal(event):
        return f"  failed   {event.step_key}"
    return None


def _is_refusal(event: dg.DagsterEvent) -> bool:
    """A blocking check ends its step as failed; the check itself has been printed already."""
    error = event.step_failure_data.error
    return error is not None and error.cls_name == "DagsterAssetCheckFailedError"


def _progress(_context: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("progress", level=logging.DEBUG)
    logger.addHandler(ProgressHandler())
    return logger


progress_logger = dg.LoggerDefinition(
    _progress, description="One line per asset, failing check and failing step."
)
"""The logger of every job here, in place of Dagster's console."""
