"""Single assets made as Dagster's UI makes them: ``materialise WORKSPACE JOB KEY …``."""

from __future__ import annotations

import sys
from pathlib import Path

import dagster as dg

from assets.errors import collecting_errors
from assets.instance import prepare_instance
from pipelines.core.workspace import Workspace


def main() -> None:
    """Run the job with these assets; its errors, and whether it succeeded."""
    _, root, name, *keys = sys.argv
    prepare_instance(Workspace(Path(root)))
    from assets.definitions import defs  # they are made for the workspace of the environment

    job = defs.resolve_job_def(name)
    chosen = [dg.AssetKey(each.split("/")) for each in keys]
    with dg.DagsterInstance.get() as instance, collecting_errors() as errors:
        result = job.execute_in_process(
            instance=instance, raise_on_error=False, asset_selection=chosen
        )
    print("\n".join(each.summary for each in errors))
    print("succeeded" if result.success else "ended")


if __name__ == "__main__":
    main()
