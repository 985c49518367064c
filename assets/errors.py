"""What is told of an error: its kind and its place, in our words, and never the error's own.

Libraries quote what they stumbled over ("could not convert string 'jane@example.org'"), and a
traceback carries such words into Dagster's storage, the terminal and the scheduler's log. Dagster
can keep them out of its storage; then it hands each error to a logger of its own, which is read
here. Only messages of our own errors are told as they are: they are written for people, and
nothing that may not be told is put into them (see `pipelines.personal_data.log_redaction`).
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import re
import secrets
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pipelines.core.errors import PipelineError
from pipelines.core.expected_errors import in_own_words
from pipelines.core.private_files import FILE_MODE
from pipelines.core.step_log import log_step
from pipelines.core.versions import PROJECT
from pipelines.core.workspace import PRIVATE_MODE, WORKSPACE_VARIABLE, Workspace

MASKED_ERRORS = "dagster.redacted_errors"
"""The logger to which Dagster hands errors that it keeps out of its storage."""
FROM_OUTSIDE = "EndedFromOutside"
"""The cause of a refresh that was killed, or stopped by the daemon or a person."""
_INTERRUPTIONS = ("DagsterExecutionInterruptedError", "KeyboardInterrupt")
WITHHELD = "its own words are withheld, because they may quote the data"
_DESCRIBED = "_described_for_people"
_NUMBER = re.compile(r"\d[\d,.]*")
_SWITCH = "DAGSTER_REDACT_USER_CODE_ERRORS"
_OURS = tuple(f"{PROJECT / folder}{os.sep}" for folder in ("assets", "dashboards", "pipelines"))


@dataclass(frozen=True)
class ErrorSummary:
    """An error in words that may be stored: one line, and where it came from.

    ``cause`` is the same for the same error on another night, whatever numbers its line has.
    """

    summary: str
    places: tuple[str, ...] = ()
    cause: str = ""


ENDED_FROM_OUTSIDE = ErrorSummary(
    "the refresh was ended from outside: killed, out of memory, or longer than it may take; "
    "what was committed stays, and the next refresh starts over",
    cause=FROM_OUTSIDE,
)


def describe_error(error: BaseException) -> ErrorSummary:
    """Say what happened: an expected error's own message, else its kind and its places.

    An unexpected one has a number, under which the log has every line that it came through; it
    keeps it, whoever asks.
    """
    known = getattr(error, _DESCRIBED, None)
    if isinstance(known, ErrorSummary):
        return known
    described = _describe(error)
    with suppress(AttributeError):  # of an error that takes no attributes, it is made anew
        setattr(error, _DESCRIBED, described)
    return described


def _describe(error: BaseException) -> ErrorSummary:
    chain = _chain(error)
    if any(type(link).__name__ in _INTERRUPTIONS for link in chain):
        return ENDED_FROM_OUTSIDE
    for link in chain:
        described = link if isinstance(link, PipelineError) else in_own_words(link)
        if described is not None:
            text = " ".join(str(described).split())
            return ErrorSummary(text, cause=f"{type(described).__name__} {_NUMBER.sub('#', text)}")
    deepest = chain[-1]
    places = _places(deepest)
    where = f" in {places[-1]}" if places else ""
    number = secrets.token_hex(4)
    log = _write_down(number, chain)
    seen = f"error {number}, every line it came through stands in {log}" if log else WITHHELD
    cause = f"{type(deepest).__name__}{where}"
    return ErrorSummary(f"{cause} ({seen}); {WITHHELD}", places, cause)


def _write_down(number: str, chain: list[BaseException]) -> str | None:
    """Note kinds and lines of an error, never its words; returns where, None without a workspace.

    A log that can't be written must not hide the error itself.
    """
    root = os.environ.get(WORKSPACE_VARIABLE)
    if root is None:
        return None
    log = Workspace(Path(root)).error_log
    entry = {
        "error": number,
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "chain": [{"kind": type(link).__name__, "lines": _lines(link)} for link in chain],
    }
    try:
        log.parent.mkdir(mode=PRIVATE_MODE, exist_ok=True)
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE_MODE)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
    except OSError:
        return None
    return log.relative_to(root).as_posix()


def _lines(error: BaseException) -> list[str]:
    """Every line an error came through, those of libraries by their file's name alone."""
    return [
        f"{_shown(Path(frame.filename))} line {frame.lineno}, {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]


def _shown(path: Path) -> str:
    own = str(path).startswith(_OURS)
    return path.relative_to(PROJECT).as_posix() if own else "/".join(path.parts[-3:])


def _chain(error: BaseException) -> list[BaseException]:
    """An error and what it was raised from, outermost first."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None:
        if cause in chain:
            break
        chain.append(cause)
    return chain


def _places(error: BaseException) -> tuple[str, ...]:
    """The lines of this project that an error came through, the deepest last."""
    return tuple(
        f"{Path(frame.filename).relative_to(PROJECT)} line {frame.lineno}, {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(_OURS)
    )


class _ErrorPrinter(logging.Handler):
    """Logs the summary of each error that Dagster masks."""

    def emit(self, record: logging.LogRecord) -> None:
        described = _description_of(record)
        log_step(
            "error", "\n".join([described.summary, *described.places]), places=described.places
        )


class _ErrorCollector(logging.Handler):
    """Keeps the summary of each error that Dagster masks."""

    def __init__(self) -> None:
        super().__init__()
        self.described: list[ErrorSummary] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.described.append(_description_of(record))


def _description_of(record: logging.LogRecord) -> ErrorSummary:
    error = record.exc_info[1] if record.exc_info else None
    return describe_error(error) if error is not None else ErrorSummary(f"an error; {WITHHELD}")


def mask_errors() -> None:
    """Keep the words of errors out of Dagster's storage and logs, for this process and its own."""
    os.environ[_SWITCH] = "1"
    logger = logging.getLogger(MASKED_ERRORS)
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(_ErrorPrinter())


@contextmanager
def collecting_errors() -> Iterator[list[ErrorSummary]]:
    """Collect the summaries of the errors within the block, instead of printing them."""
    logger, collector = logging.getLogger(MASKED_ERRORS), _ErrorCollector()
    before, logger.handlers = logger.handlers, [collector]
    try:
        yield collector.described
    finally:
        logger.handlers = before


@contextmanager
def hearing_errors() -> Iterator[list[ErrorSummary]]:
    """Collect the summaries of the errors within the block, besides what becomes of them else."""
    logger, collector = logging.getLogger(MASKED_ERRORS), _ErrorCollector()
    logger.addHandler(collector)
    try:
        yield collector.described
    finally:
        logger.removeHandler(collector)
