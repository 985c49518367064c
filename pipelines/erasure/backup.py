"""A backup: what can't be made again comes in, one file with a list of digests goes out; and back.

In it are raw with its ledger lines, the keys, the list of erased people with its receipts, the
settings with the organisation's own recipes, and the publication that stands. ``landing/`` belongs
to others; the warehouse is made anew from raw. A backup knows nothing of who was erased after it:
the list that is in force when it comes back stays, and is applied to what comes back
(`pipelines.erasure.recovery`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import shutil
import tarfile
from pathlib import Path

from pipelines.core.errors import PipelineError
from pipelines.core.private_files import FILE_MODE, make_durable
from pipelines.core.workspace import PRIVATE_MODE, Workspace

LIST = "digests.json"


class BackupError(PipelineError):
    """A file isn't a backup that was written here, or there is nothing to back up."""


def write_backup(workspace: Workspace, folder: Path, now: dt.datetime) -> Path:
    """Write a backup of a workspace whose lock is held; returns the file (mode 0600)."""
    files = [
        path
        for part in _parts(workspace)
        for path in (sorted(part.rglob("*")) if part.is_dir() else [part])
        if path.is_file()
    ]
    if not any(path.is_relative_to(workspace.raw) for path in files):
        raise BackupError(f"{workspace.root} has no delivery yet; there is nothing to back up")
    folder.mkdir(mode=PRIVATE_MODE, parents=True, exist_ok=True)
    target = folder / f"backup-{now:%Y%m%dT%H%M%SZ}.tar"
    unfinished = target.with_name(f".{target.name}.tmp")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    digests = {}
    with os.fdopen(descriptor, "wb") as opened, tarfile.open(fileobj=opened, mode="w") as tar:
        for path in files:
            name = path.relative_to(workspace.root).as_posix()
            digests[name] = _digest(path)
            tar.add(path, name, recursive=False)
        content = json.dumps(digests, sort_keys=True).encode()
        entry = tarfile.TarInfo(LIST)
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    make_durable(unfinished)
    unfinished.replace(target)
    make_durable(folder)
    return target


def restore_backup(workspace: Workspace, file: Path) -> int:
    """Bring a backup back; call it with the workspace's lock. Returns the number of files.

    Everything is unpacked and checked beside the workspace first. What came in since the backup is
    set aside with all that raw had, not deleted; the settings, keys and the list of erased people
    that are there stay, and so does a publication. The warehouse goes: it is made anew.
    """
    unpacked = workspace.restoring
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir(mode=PRIVATE_MODE)
    try:
        n_files = _unpack(file, unpacked)
        there = Workspace(unpacked)
        if not there.raw.is_dir():
            raise BackupError(f"{file.name} has no raw folder; nothing was changed")
        _take_over(there, workspace)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
    return n_files


def _take_over(there: Workspace, workspace: Workspace) -> None:
    """Put what was unpacked in its place; raw last, because the ledger is made from it."""
    has_own_list = workspace.erasure_list_file.exists()
    for left in workspace.private.glob(f"{workspace.warehouse_file.name}*"):
        if left.is_file():
            left.unlink()
    pairs = zip(_parts(there), _parts(workspace), strict=True)
    for theirs, ours in pairs:
        # A publication of before an erasure has people in it who are erased here.
        is_left = theirs == there.raw or (theirs == there.published and has_own_list)
        if theirs.exists() and not ours.exists() and not is_left:
            ours.parent.mkdir(mode=PRIVATE_MODE, exist_ok=True)
            theirs.rename(ours)
    if workspace.raw.exists():
        _merge(there.raw, workspace.raw)
    else:
        there.raw.rename(workspace.raw)
    make_durable(workspace.private)


def _merge(theirs: Path, ours: Path) -> None:
    """Bring back the files that raw lacks or has otherwise; newer deliveries stay.

    Deliveries of one number are the same delivery. Of two writings of it the one that is there is
    newer, and may lack whom an erasure took out; the backup's takes its place only where the line
    that is there has lost its rows.
    """
    for line in sorted(theirs.glob("[!.]*/*.json")):
        name = line.relative_to(theirs)
        if _is_whole(ours / name):
            continue
        number = line.name.partition(".")[0]
        (ours / name).parent.mkdir(mode=PRIVATE_MODE, parents=True, exist_ok=True)
        for path in sorted(line.parent.glob(f"{number}[-.]*")):
            path.replace(ours / path.relative_to(theirs))


def _is_whole(line: Path) -> bool:
    try:
        raw_file = json.loads(line.read_bytes())["raw_file"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return raw_file is None or (line.parent / raw_file).exists()


def _unpack(file: Path, folder: Path) -> int:
    try:
        with tarfile.open(file) as tar:
            tar.extractall(folder, filter="data")
        digests = json.loads((folder / LIST).read_bytes())
    except (OSError, ValueError, tarfile.TarError) as error:
        raise BackupError(
            f"{file.name} isn't a whole backup that was written by make backup; nothing was changed"
        ) from error
    (folder / LIST).unlink()
    found = {
        path.relative_to(folder).as_posix(): _digest(path)
        for path in folder.rglob("*")
        if path.is_file()
    }
    differing = sorted(
        name for name in found.keys() | digests.keys() if found.get(name) != digests.get(name)
    )
    if differing:
        raise BackupError(
            f"{len(differing)} files in {file.name} aren't as they were backed up, the first: "
            f"{differing[0]}; nothing was changed"
        )
    return len(found)


def _parts(workspace: Workspace) -> list[Path]:
    """What can't be made again, in the order in which it comes back."""
    return [
        workspace.settings_file,
        workspace.recipes,
        workspace.pseudonym_key_file,
        workspace.erasure_key_file,
        workspace.alert_addresses_file,
        workspace.erasure_list_file,
        workspace.receipts,
        workspace.quarantine,
        workspace.published,
        workspace.raw,
    ]


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
