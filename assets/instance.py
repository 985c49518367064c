"""The Dagster instance of a workspace: its home under ``private/``, configured from the repo."""

from __future__ import annotations

import os
import shutil

from pipelines.versions import PROJECT
from pipelines.workspace import Workspace


def prepare_instance(workspace: Workspace) -> None:
    """Point Dagster at this workspace's own home, with the committed ``dagster.yaml`` in it."""
    from assets.resources import WORKSPACE_VARIABLE

    workspace.prepare()
    shutil.copyfile(PROJECT / "dagster.yaml", workspace.dagster_home / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(workspace.dagster_home)
    os.environ[WORKSPACE_VARIABLE] = str(workspace.root)
