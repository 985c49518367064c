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
    _let_children_find_the_project()


def _let_children_find_the_project() -> None:
    """Dagster's programs import the run history that ``dagster.yaml`` names, from any folder."""
    known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if str(PROJECT) not in known:
        os.environ["PYTHONPATH"] = os.pathsep.join([str(PROJECT), *filter(None, known)])
