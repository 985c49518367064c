"""Whether a refresh has room: asked before anything is written, not when the disk is full."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipelines.core.errors import DiskFullError
from pipelines.core.workspace import Workspace

MEGABYTE = 2**20
AT_LEAST = 256 * MEGABYTE
"""For what a small refresh writes: logs, tables in between, pages."""


def check_room(workspace: Workspace) -> None:
    """Raises `DiskFullError` where a refresh may run out of room halfway.

    It may write the warehouse anew beside the old one, and builds the next publication beside the
    one that stands; what is delivered is packed to less than it was.
    """
    needed = AT_LEAST + sum(_size(path) for path in (workspace.warehouse_file, workspace.published))
    free = shutil.disk_usage(workspace.root).free
    if free < needed:
        raise DiskFullError(
            f"{free // MEGABYTE:,} MB are free where the workspace lies, a refresh may need "
            f"{needed // MEGABYTE:,} MB; make room and refresh again. Nothing was touched"
        )


def megabytes_free(workspace: Workspace) -> int:
    """How many megabytes (of 2**20 bytes) are free where the workspace lies."""
    return shutil.disk_usage(workspace.root).free // MEGABYTE


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
