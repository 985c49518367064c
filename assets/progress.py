"""Progress of a run in one line per step, for people and for the scheduler's log."""

from __future__ import annotations

import logging
import time

import dagster as dg

from pipelines.core.step_log import log_step


class ProgressHandler(logging.Handler):
    """Logs what was made, which checks failed, and which steps failed."""

    def __init__(self) -> None:
        super().__init__()
        self._since = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line for an event that a person wants to see, none for the others."""
        event = getattr(record, "dagster_event", None)
        if event is not None:
            self._log(event)

    def _log(self, event: dg.DagsterEvent) -> None:
        if event.event_type_value == "ASSET_MATERIALIZATION" and event.asset_key:
            name = "/".join(event.asset_key.path)
            log_step("made", name, asset=name, after_seconds=self._seconds())
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            _log_check(event.asset_check_evaluation_data)
        elif event.event_type_value == "STEP_FAILURE" and not _is_refusal(event):
            name = event.step_key or ""
            log_step("failed", name, step=name, after_seconds=self._seconds())

    def _seconds(self) -> float:
        """Since the run began."""
        return round(time.monotonic() - self._since, 1)


def _log_check(check: dg.AssetCheckEvaluation) -> None:
    if check.passed:
        return
    asset = "/".join(check.asset_key.path)
    said = check.description or ""
    log_step(
        check.severity.value.lower(),
        f"{asset}: {check.check_name}\n{said}",
        asset=asset,
        check=check.check_name,
        is_blocking=check.blocking,
    )


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
