"""The Dagster instance of a workspace: its home under ``private/``, configured from the repo."""

from __future__ import annotations

import os
import shutil

from assets.errors import mask_errors
from pipelines.core.versions import PROJECT
from pipelines.core.workspace import WORKSPACE_VARIABLE, Workspace

PRIVATE_UMASK = 0o077
"""Whatever this process and its children write is their user's alone, until it is published."""


def prepare_instance(workspace: Workspace) -> None:
    """Point Dagster at this workspace's own home, with the committed ``dagster.yaml`` in it."""
    os.umask(PRIVATE_UMASK)
    mask_errors()
    workspace.prepare()
    shutil.copyfile(PROJECT / "dagster.yaml", workspace.dagster_home / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(workspace.dagster_home)
    os.environ[WORKSPACE_VARIABLE] = str(workspace.root)
