"""Back up what can't be made again, in one file: ``python -m assets.commands.backup --to folder``.

The file has people in it, and the keys: keep it as you keep ``private/``, and no longer than
records may be kept. Exit status 0: written; 1: not.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from assets.command_line import ended, say, workspace_parser
from assets.errors import describe_error
from assets.instance import prepare_instance
from assets.refresh import FAILED, PUBLISHED
from pipelines.core.errors import PipelineError
from pipelines.core.lock import only_one
from pipelines.core.workspace import Workspace
from pipelines.erasure.backup import BackupError, write_backup


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, write the backup, say where."""
    parser = workspace_parser("Back a workspace up.")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER")
    options = parser.parse_args(arguments)
    workspace = Workspace(options.workspace.resolve())
    try:
        if not workspace.private.exists():
            raise BackupError(f"{workspace.root} has nothing to back up yet")
        prepare_instance(workspace)
        with only_one(workspace.lock_file):
            file = write_backup(workspace, options.to.resolve(), dt.datetime.now(dt.UTC))
    except (PipelineError, OSError) as error:
        return ended("failed", describe_error(error).summary, FAILED)
    say(f"backed up {file.stat().st_size / 2**20:,.1f} MB into {file}")
    return PUBLISHED


if __name__ == "__main__":
    sys.exit(main())
