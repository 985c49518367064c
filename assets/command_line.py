"""From the words of a command line to a workspace, and the last line that says how it ended."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from pipelines.config.settings import Settings, load_settings
from pipelines.core.engine_limits import keep_to
from pipelines.core.step_log import is_json, log_step, note, write_line
from pipelines.core.workspace import Workspace

MISUSED = 1
"""The exit status of a command line that can't be understood."""
LOOPBACK = "127.0.0.1"
"""Where every server of the project listens unless it is told otherwise."""


class _Parser(argparse.ArgumentParser):
    """A parser that ends as whatever isn't a refusal does: 2 says that data were refused."""

    def error(self, message: str) -> NoReturn:
        """Say how the command is used, and end."""
        self.print_usage(sys.stderr)
        self.exit(MISUSED, f"{self.prog}: error: {message}\n")


def workspace_parser(description: str) -> argparse.ArgumentParser:
    """Return a parser that knows ``--workspace``; other options are added to it."""
    parser = _Parser(description=description)
    parser.add_argument("--workspace", type=Path, default=Path("workspace"))
    return parser


def chosen_workspace(description: str, arguments: list[str] | None) -> Workspace:
    """Return the workspace of a command that has no other option."""
    return Workspace(workspace_parser(description).parse_args(arguments).workspace.resolve())


def settings_of(workspace: Workspace) -> Settings:
    """Read the settings and keep to what they allow of the machine from now on."""
    settings = load_settings(workspace.settings_file)
    keep_to(settings.limits.of_engine(workspace.root))
    return settings


def say(text: str) -> None:
    """Print a line for people; where the log is for programs, as an event of it."""
    if not text:
        return
    if is_json():
        note(text)
    else:
        write_line(text)


def ended(status: str, summary: str, exit_status: int) -> int:
    """Print the last line, which schedulers read; returns the exit status.

    It begins with what became of it; where the log is for programs, it is an event like the others.
    """
    if is_json():
        log_step(status, summary, exit_status=exit_status)
    else:
        write_line(f"{status} {summary}")
    return exit_status
