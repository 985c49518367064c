"""Make the comparisons anew now, and publish: ``python -m assets.commands.cut --workspace dir``.

Between cuts comparisons stand (see docs/privacy.md); after a correction that shouldn't wait, this
asks for a cut and refreshes. Exit status and last line as of a refresh.
"""

from __future__ import annotations

import sys

from assets import refresh
from assets.command_line import chosen_workspace, ended, settings_of
from assets.errors import describe_error
from pipelines.core.errors import PipelineError
from pipelines.core.lock import only_one
from pipelines.core.warehouse import open_warehouse
from pipelines.disclosure.cut_record import request_cut


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, ask for a cut, refresh."""
    workspace = chosen_workspace("Make the comparisons anew now.", arguments)
    try:
        settings_of(workspace)
        if workspace.warehouse_file.exists():
            with only_one(workspace.lock_file), open_warehouse(workspace.warehouse_file) as con:
                request_cut(con, "command")
    except PipelineError as error:
        return ended("failed", describe_error(error).summary, refresh.FAILED)
    return refresh.main(["--workspace", str(workspace.root)])


if __name__ == "__main__":
    sys.exit(main())
