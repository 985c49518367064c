"""Bring a backup back, and publish from it: ``python -m assets.commands.restore --workspace dir``.

``--from`` is a file that `make backup` wrote. Deliveries that came after it stay; keys, settings
and the list of erased people that are there stay as well. Then everything is made anew from raw.
Exit status and last line as of a refresh.
"""

from __future__ import annotations

import sys
from pathlib import Path

from assets import refresh
from assets.command_line import ended, say, workspace_parser
from assets.commands import rebuild
from assets.errors import describe_error
from assets.instance import prepare_instance
from pipelines.core.errors import PipelineError
from pipelines.core.lock import only_one
from pipelines.core.workspace import Workspace
from pipelines.erasure.backup import restore_backup


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, bring the files back, make everything anew."""
    parser = workspace_parser("Bring a backup back.")
    parser.add_argument("--from", dest="backup", type=Path, required=True, metavar="FILE")
    options = parser.parse_args(arguments)
    workspace = Workspace(options.workspace.resolve())
    try:
        prepare_instance(workspace)
        with only_one(workspace.lock_file):
            n_files = restore_backup(workspace, options.backup.resolve())
        say(f"brought back {n_files} files of {options.backup.name}")
    except (PipelineError, OSError) as error:
        return ended("failed", describe_error(error).summary, refresh.FAILED)
    return rebuild.main(["--workspace", str(workspace.root)])


if __name__ == "__main__":
    sys.exit(main())
