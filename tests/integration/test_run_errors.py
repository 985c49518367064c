"""What the log of a run says of an error that Dagster masks: our words, never a library's."""

from __future__ import annotations

import logging

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from assets.errors import MASKED_ERRORS
from assets.run_errors import expected_message, tell_in_run
from pipelines.core.errors import PipelineError


def test_a_runs_log_tells_what_is_expected_and_withholds_the_rest() -> None:
    logger = logging.getLogger(MASKED_ERRORS)
    before = [*logger.handlers]
    with dg.DagsterInstance.ephemeral() as instance:
        first, run = (create_run_for_test(instance, job_name="nightly_refresh") for _ in range(2))
        tell_in_run(instance, first)
        tell_in_run(instance, run)
        try:
            for error in (PipelineError("blocking checks failed"), ValueError("jane@example.org")):
                logger.error("masked", exc_info=error)
        finally:
            logger.handlers = before
        told = [entry.message for entry in instance.all_logs(run.run_id)]
        assert not instance.all_logs(first.run_id), "a process tells of its own run alone"
    assert "blocking checks failed" in told[0]
    assert "errors.jsonl" in told[1]
    assert "jane" not in "".join(told)


def test_an_error_is_told_by_what_it_was_raised_from() -> None:
    with pytest.raises(RuntimeError) as caught:
        try:
            raise OSError(28, "No space left on device")
        except OSError as error:
            raise RuntimeError("words of a library") from error
    assert (expected_message(caught.value) or "").startswith("the disk is full")
    assert expected_message(ValueError("x")) is None
    assert expected_message(None) is None
