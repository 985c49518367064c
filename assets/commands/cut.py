"""Make the comparisons anew now, and publish: ``python -m assets.commands.cut --workspace dir``.

Between cuts comparisons stand (see docs/privacy.md); after a correction that shouldn't wait, this
asks for a cut and refreshes. Exit status and last line as of a refresh.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assets import refresh
from assets.errors import describe_error
from pipelines.config.settings import load_settings
from pipelines.core.errors import PipelineError
from pipelines.core.lock import only_one
from pipelines.core.warehouse import open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.disclosure.cut_record import request_cut


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, ask for a cut, refresh."""
    parser = argparse.ArgumentParser(description="Make the comparisons anew now.")
    parser.add_argument("--workspace", type=Path, default=Path("workspace"))
    workspace = Workspace(parser.parse_args(arguments).workspace.resolve())
    try:
        load_settings(workspace.settings_file)
        if workspace.warehouse_file.exists():
            with only_one(workspace.lock_file), open_warehouse(workspace.warehouse_file) as con:
                request_cut(con, "command")
    except PipelineError as error:
        print(f"failed {describe_error(error).summary}", flush=True)
        return refresh.FAILED
    return refresh.main(["--workspace", str(workspace.root)])


if __name__ == "__main__":
    sys.exit(main())
