"""The log: one line a step, for people, or as JSON for programs that collect logs.

What a step did comes in as an event and its facts, and goes to the standard output. Errors come in
words of ours only: whatever a library says in one is left out, since it may quote the data.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import Any

import structlog

FORMAT_VARIABLE = "COACHING_LOG"
HUMAN, JSON = "human", "json"
_WIDTH = 8
_WITHHELD = ("exc_info", "exception", "stack_info", "stack")

_chosen = HUMAN
"""How this process writes; `choose_format` sets it once it has read the settings."""


def choose_format(setting: str = HUMAN, environment: Mapping[str, str] = os.environ) -> str:
    """Write as the settings say from now on; the environment goes before them."""
    global _chosen
    _chosen = environment.get(FORMAT_VARIABLE, "") or setting
    return _chosen


def is_json() -> bool:
    """Whether lines are for programs."""
    return os.environ.get(FORMAT_VARIABLE, "") == JSON or _chosen == JSON


def bind(**facts: Any) -> None:
    """Let every line from now on carry these facts, such as the number of the refresh."""
    structlog.contextvars.bind_contextvars(**facts)


def log_step(event: str, text: str, **facts: Any) -> None:
    """Write one line: what happened (``made``, ``failed`` …), in words, and the facts of it."""
    _logger.info(event, text=text, **facts)


def note(text: str) -> None:
    """Write a line about the refresh itself, not about a step."""
    log_step("note", text)


def write_line(line: str) -> None:
    """Print a line; an output that takes none decides nothing about what is done.

    Whoever reads it may have gone (``| head``), or its disk may be full: from then on nothing is
    told there, and the work and its exit status are what they would have been.
    """
    try:
        print(line, file=sys.stdout, flush=True)
    except UnicodeEncodeError:
        write_line(line.encode("ascii", "backslashreplace").decode("ascii"))
    except (OSError, ValueError):
        _write_nowhere()


def _write_nowhere() -> None:
    """Let the standard output go nowhere, what is left to be written to it too."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _without_foreign_words(
    _logger: Any, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop what a library says of an error; see `assets.errors` for what is told in its place."""
    for name in _WITHHELD:
        entry.pop(name, None)
    for name, value in entry.items():
        if isinstance(value, BaseException):
            entry[name] = type(value).__name__
    return entry


def _render(logger: Any, method: str, entry: MutableMapping[str, Any]) -> str:
    if is_json():
        rendered = structlog.processors.JSONRenderer(ensure_ascii=False)(logger, method, entry)
        return rendered if isinstance(rendered, str) else rendered.decode()
    text = str(entry["text"]).replace("\n", "\n" + " " * (_WIDTH + 5))
    return f"  {entry['event']:<{_WIDTH}} {text}"


class _Output:
    """Prints to whatever the standard output is by then."""

    def info(self, line: str) -> None:
        write_line(line)


_logger: Any = structlog.wrap_logger(
    _Output(),
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _without_foreign_words,
        _render,
    ],
    wrapper_class=structlog.BoundLogger,
)
