"""Run a command of the project, or what follows in this process, with the clock at another time.

``python -m tests.faults.at_another_time 2026-10-05T02:30 assets.refresh --workspace dir``. Only the
project's own clock moves, `datetime` as its modules read it; the machine's and the libraries' stay.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from pipelines.core.workspace import WORKSPACE_VARIABLE

OURS = ("assets", "dashboards", "pipelines")
_TRUE = dt.datetime


class _Meta(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _TRUE)

    def __getattr__(cls, name: str) -> Any:
        return getattr(_TRUE, name)


class MovedDatetime(metaclass=_Meta):
    """What `datetime.datetime` is, but that it is another time now."""

    moved_by = dt.timedelta(0)

    def __new__(cls, *parts: Any, **named: Any) -> Any:
        return _TRUE(*parts, **named)

    @classmethod
    def now(cls, zone: dt.tzinfo | None = None) -> dt.datetime:
        return _TRUE.now(zone) + cls.moved_by


def move_clock(moment: str) -> None:
    """Let it be another moment for all modules of the project that are imported by now."""
    import_module("assets.run")  # with what it imports; it reads the workspace's variable
    moved = ModuleType("datetime")
    moved.__dict__.update({**vars(dt), "datetime": MovedDatetime})
    for name, each in list(sys.modules.items()):
        if name.partition(".")[0] in OURS and getattr(each, "dt", None) is dt:
            each.dt = moved  # type: ignore[attr-defined]
    MovedDatetime.moved_by = _TRUE.fromisoformat(moment) - _TRUE.now()


def main() -> int:
    """Import the command, move the clock of all that came with it, and run it."""
    moment, module, *arguments = sys.argv[1:]
    os.environ[WORKSPACE_VARIABLE] = arguments[arguments.index("--workspace") + 1]
    command = import_module(module)
    move_clock(moment)
    status: int = command.main(arguments)
    return status


if __name__ == "__main__":
    sys.exit(main())
