"""Errors of a run in the run's own log: an error that Dagster masks comes in, our words go out.

Dagster's page of a failed step only has the number of a masked error. What we expect may happen to
anybody (a refusal, a full disk, another refresh) is told there in our words, beside the step.
"""

from __future__ import annotations

import logging

import dagster as dg

from assets.errors import MASKED_ERRORS
from pipelines.core.errors import PipelineError
from pipelines.core.expected_errors import in_own_words

UNEXPECTED = (
    "an error that isn't expected: its kind and its number stand in this run's stderr and in "
    "private/logs/errors.jsonl"
)


class _RunTeller(logging.Handler):
    """Writes each masked error into the log of the run that it happened in."""

    def __init__(self, instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
        super().__init__()
        self._instance = instance
        self._run = run

    def emit(self, record: logging.LogRecord) -> None:
        """Write one event; a log that can't be written hides no error."""
        error = record.exc_info[1] if record.exc_info else None
        told = expected_message(error) or UNEXPECTED
        try:
            self._instance.report_engine_event(told, dagster_run=self._run)
        except Exception:
            self.handleError(record)


def expected_message(error: BaseException | None) -> str | None:
    """What an error says that we know how to tell, or one that it was raised from; else None."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        known = error if isinstance(error, PipelineError) else in_own_words(error)
        if known is not None:
            return str(known)
        error = error.__cause__ or error.__context__
    return None


def tell_in_run(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Let this process, which is one run's, tell its errors in the run's log."""
    logger = logging.getLogger(MASKED_ERRORS)
    for handler in [each for each in logger.handlers if isinstance(each, _RunTeller)]:
        logger.removeHandler(handler)
    logger.addHandler(_RunTeller(instance, run))
