"""Run the nightly job once: ``python -m assets.refresh --workspace dir``.

Exit status: 0 published; 2 the data was refused by a blocking quality check; 1 anything else.
After 1 and 2 the last good publication is untouched. The last line says which it was.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assets.errors import describe_error
from pipelines.config.settings import load_settings
from pipelines.core.errors import DataRefusedError, PipelineError
from pipelines.core.workspace import Workspace

PUBLISHED, FAILED, REFUSED = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, run, and end with one line that says what happened."""
    parser = argparse.ArgumentParser(description="Run the nightly refresh once.")
    parser.add_argument("--workspace", type=Path, default=Path("workspace"))
    workspace = Workspace(parser.parse_args(arguments).workspace.resolve())
    try:
        load_settings(workspace.settings_file)
        return _run(workspace)
    except PipelineError as error:
        return _stop(error)
    except Exception as error:
        described = describe_error(error)
        print("\n".join(described.places))
        return _ended("failed", described.summary, FAILED)


def _run(workspace: Workspace) -> int:
    from assets.instance import prepare_instance

    prepare_instance(workspace)
    from assets.run import run_nightly_refresh

    print(f"refreshing {workspace.root}", flush=True)
    outcome = run_nightly_refresh(workspace)
    status = {"published": PUBLISHED, "refused": REFUSED}.get(outcome.status, FAILED)
    for line in outcome.details:
        print(line)
    return _ended(outcome.status, outcome.summary, status)


def _stop(error: PipelineError) -> int:
    first, _, rest = str(error).partition("\n")
    if rest:
        print(rest)
    if isinstance(error, DataRefusedError):
        return _ended("refused", first, REFUSED)
    return _ended("failed", first, FAILED)


def _ended(status: str, summary: str, exit_status: int) -> int:
    print(f"{status} {summary}", flush=True)
    return exit_status


if __name__ == "__main__":
    sys.exit(main())
