"""From a finished build to `published/`: swapped as a whole, so readers see the old or the new.

The new publication is put together beside the old one and made durable, then the two folders
change places in one system call. A process killed at any moment leaves a complete `published`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from pathlib import Path

from pipelines.core.errors import PipelineError
from pipelines.core.private_files import let_owner_change, make_durable
from pipelines.core.workspace import Workspace
from pipelines.release.manifest import ANALYTICS, MANIFEST, PAGE, read_manifest, write_manifest


class PublicationPlaceError(PipelineError):
    """The published folder lies where it can't be replaced in one step."""


_PLACE = PublicationPlaceError(
    "published/ is a disk or a mount of its own, so it can't be replaced in one step: it must lie "
    "on the file system of the workspace. Mount the workspace as a whole, or unmount published/ "
    "and let others reach it by a symbolic link, and refresh again; nothing was published"
)
_LINK = PublicationPlaceError(
    "published/ is a symbolic link, so it can't be replaced in one step: put the folder itself in "
    "its place, or remove the link, and let others reach it by a link elsewhere; refresh again. "
    "Nothing was published"
)
_NOT_OURS = PublicationPlaceError(
    "published/ can't be taken away by this user, since it or a folder in it belongs to somebody "
    "else: chown it to the user who refreshes, and refresh again. Nothing was published"
)
SITE_FILE_MODE = 0o644
FOLDER_MODE = 0o755
ANALYTICS_MODE = 0o640
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_RENAME_SWAP = 2


def start_build(workspace: Workspace) -> Path:
    """An empty folder for the next publication; what a killed refresh left there is removed."""
    if workspace.build.exists():
        let_owner_change(workspace.build)
        shutil.rmtree(workspace.build)
    workspace.build.mkdir(mode=FOLDER_MODE)
    return workspace.build


def publish(workspace: Workspace, number: int, *, is_new: bool = True) -> Path | None:
    """Replace the published folder by the finished build; returns where the one before is now.

    ``number`` is the refresh's. Done again after it was done, it changes nothing: the manifest of
    what stands says so. None where nothing stood before, or nothing was to do.
    Raises `PipelineError` if the build is incomplete or the analysts' file has an unfinished
    write-ahead log, which another DuckDB version would replay silently into the new file.
    """
    build = workspace.build
    if not build.exists() and stands(workspace, number):
        return None
    _check_complete(build)
    if is_new:
        write_manifest(build, number)
    _set_modes(build)
    _make_durable(build)
    if workspace.published.exists():
        exchange(build, workspace.published)
        left = build
    else:
        build.rename(workspace.published)
        left = None
    make_durable(workspace.root)
    return left


def stands(workspace: Workspace, number: int) -> bool:
    """Whether the publication of a refresh is the one that stands."""
    manifest = read_manifest(workspace.published) if workspace.published.exists() else None
    return manifest is not None and manifest.refresh_id == number


def exchange(first: Path, second: Path) -> None:
    """Let two folders of one file system change places in one step.

    Linux has ``renameat2(RENAME_EXCHANGE)``, macOS ``renamex_np(RENAME_SWAP)``. Where neither
    is there, two renames follow each other at once, which is the only case with a gap.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    one, two = os.fsencode(first), os.fsencode(second)
    if sys.platform == "darwin" and hasattr(libc, "renamex_np"):
        failed = libc.renamex_np(one, two, _RENAME_SWAP)
    elif hasattr(libc, "renameat2"):
        failed = libc.renameat2(_AT_FDCWD, one, _AT_FDCWD, two, _RENAME_EXCHANGE)
    else:
        failed = -1
    if failed:
        _exchange_by_renaming(first, second)


def check_place(workspace: Workspace) -> None:
    """Raises `PublicationPlaceError` where `published/` can't change places with the build.

    A night would make everything and fail at its end.
    """
    published = workspace.published
    if not published.exists():
        return
    if published.is_symlink():
        raise _LINK
    if not _may_be_moved(published):
        raise _NOT_OURS
    if published.lstat().st_dev != workspace.root.lstat().st_dev or _is_mount(published):
        raise _PLACE


def _may_be_moved(published: Path) -> bool:
    """Whether this user may take the publication away: what is its own, it may let itself change.

    Which folder of it belongs to whom is asked before anything is made.
    """
    folders = [published, *(path for path in published.rglob("*") if path.is_dir())]
    return all(
        folder.stat().st_uid == os.geteuid() or os.access(folder, os.W_OK | os.X_OK)
        for folder in folders
    )


def _is_mount(folder: Path) -> bool:
    """Whether a mount lies there, of the same file system, too; where Linux doesn't say so, no."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return str(folder) in {line.split()[4] for line in mounts.splitlines()}


def _exchange_by_renaming(first: Path, second: Path) -> None:
    aside = first.with_name(first.name + ".aside")
    try:
        second.rename(aside)
        first.rename(second)
        aside.rename(first)
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.EBUSY):
            raise _PLACE from error
        raise


def _check_complete(build: Path) -> None:
    for name in (PAGE, ANALYTICS):
        if not (build / name).is_file():
            raise PipelineError(f"The publication lacks {name}; nothing was published.")
    if (build / f"{ANALYTICS}.wal").exists():
        raise PipelineError(
            "The analysts' file was not closed (a .wal stands beside it); nothing was published."
        )


def _set_modes(build: Path) -> None:
    """Fixed modes, whatever the umask is: pages for everyone, the analysts' file for few."""
    for path in (build, *build.rglob("*")):
        if path.is_dir():
            path.chmod(FOLDER_MODE)
        else:
            is_restricted = path.name in (ANALYTICS, MANIFEST)
            path.chmod(ANALYTICS_MODE if is_restricted else SITE_FILE_MODE)


def _make_durable(build: Path) -> None:
    for path in (*build.rglob("*"), build):
        make_durable(path)
