"""Make everything anew from raw alone: ``python -m assets.commands.rebuild --workspace dir``.

For a warehouse that is damaged, lost or not believed. The ledger comes from the lines beside the
deliveries in ``private/raw``, everything else from the rows there; files that have left
``landing/`` are in it. Exit status and last line as of a refresh.
"""

from __future__ import annotations

import sys

from assets import refresh
from assets.command_line import chosen_workspace, ended, say, settings_of
from assets.errors import describe_error
from assets.instance import prepare_instance
from pipelines.core.errors import PipelineError
from pipelines.core.lock import only_one
from pipelines.core.raw_claim import check_store
from pipelines.erasure.recovery import rebuild_warehouse


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, make the warehouse anew, refresh."""
    workspace = chosen_workspace("Make everything anew from raw.", arguments)
    try:
        settings_of(workspace)
        if not workspace.private.exists():
            raise PipelineError(f"{workspace.root} has no private folder: there is nothing yet")
        prepare_instance(workspace)
        with only_one(workspace.lock_file):
            check_store(workspace, take_over=True)
            n_deliveries = rebuild_warehouse(workspace)
        say(f"rebuilding from {n_deliveries} deliveries in private/raw")
    except (PipelineError, OSError) as error:
        return ended("failed", describe_error(error).summary, refresh.FAILED)
    return refresh.main(["--workspace", str(workspace.root)])


if __name__ == "__main__":
    sys.exit(main())
