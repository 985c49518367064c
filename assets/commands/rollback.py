"""Let an earlier publication stand again: ``python -m assets.commands.rollback --workspace dir``.

``--to`` names its refresh, else it is the newest before the one that stands, those left aside that
were rolled back. The next refresh
publishes anew: withdraw what was wrong first. Exit status 0: it stands; 1: nothing was changed.
"""

from __future__ import annotations

import sys

from assets import refresh
from assets.command_line import ended, workspace_parser
from assets.errors import describe_error
from assets.instance import prepare_instance
from pipelines.analysis.quiet_night import forget_landed
from pipelines.core.errors import MachineError, PipelineError
from pipelines.core.lock import only_one
from pipelines.core.step_log import write_line
from pipelines.core.warehouse import open_warehouse, read_published
from pipelines.core.workspace import Workspace
from pipelines.personal_data.erasure_registry import check_not_half_erased
from pipelines.release.refresh_log import rolled_back, settle
from pipelines.release.versions import RollbackError, roll_back


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, put the publication back, note it."""
    parser = workspace_parser("Let an earlier publication stand again.")
    parser.add_argument("--to", type=int, default=None, metavar="REFRESH")
    options = parser.parse_args(arguments)
    workspace = Workspace(options.workspace.resolve())
    try:
        if not workspace.private.exists():
            raise RollbackError(f"{workspace.root} has no publication; nothing was changed")
        prepare_instance(workspace)
        with only_one(workspace.lock_file):
            check_not_half_erased(workspace.erasure_under_way_file)
            manifest = roll_back(workspace, options.to, _rolled_back(workspace))
            _note(workspace)
    except (PipelineError, OSError) as error:
        return ended("failed", describe_error(error).summary, refresh.FAILED)
    write_line(
        f"rolled back to the publication of refresh {manifest.refresh_id}; the next refresh "
        "publishes anew: withdraw what was wrong first (make withdraw FILE=source/file)"
    )
    return refresh.PUBLISHED


def _rolled_back(workspace: Workspace) -> frozenset[int]:
    """Which publications were wrong before; where the warehouse can't be read, none is known."""
    if not workspace.warehouse_file.exists():
        return frozenset()
    try:
        with open_warehouse(workspace.warehouse_file) as con:
            return rolled_back(con)
    except MachineError:
        return frozenset()


def _note(workspace: Workspace) -> None:
    """Note in the log what stands; where the warehouse can't be read, the next refresh does."""
    try:
        with open_warehouse(workspace.warehouse_file) as con:
            settle(con, read_published(con, workspace.published_analytics, "meta.refresh"))
            forget_landed(con)
    except MachineError as error:
        write_line(f"  note     {error}")


if __name__ == "__main__":
    sys.exit(main())
