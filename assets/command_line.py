"""From the words of a command line to a workspace, and the last line that says how it ended."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipelines.core.workspace import Workspace


def workspace_parser(description: str) -> argparse.ArgumentParser:
    """Return a parser that knows ``--workspace``; other options are added to it."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--workspace", type=Path, default=Path("workspace"))
    return parser


def chosen_workspace(description: str, arguments: list[str] | None) -> Workspace:
    """Return the workspace of a command that has no other option."""
    return Workspace(workspace_parser(description).parse_args(arguments).workspace.resolve())


def ended(status: str, summary: str, exit_status: int) -> int:
    """Print the last line, which schedulers read; returns the exit status."""
    print(f"{status} {summary}", flush=True)
    return exit_status
