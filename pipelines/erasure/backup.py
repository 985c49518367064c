"""A backup: what can't be made again comes in, one file with a list of digests goes out; and back.

In it are raw with its ledger lines, the keys, the list of erased people with its receipts, the
settings with the organisation's own recipes, and the publication that stands. ``landing/`` belongs
to others; the warehouse is made anew from raw. A backup knows nothing of who was erased after it:
the list that is in force when it comes back stays, and is applied to what comes back
(`pipelines.erasure.recovery`).
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import io
import json
import os
import shutil
import tarfile
from pathlib import Path

from pipelines.core.errors import PipelineError
from pipelines.core.object_store import ObjectPath
from pipelines.core.places import check_folder
from pipelines.core.private_files import FILE_MODE, make_durable
from pipelines.core.raw_claim import MARK, check_store
from pipelines.core.raw_files import RawPath, bring, forget_folder, make_folder, write_whole
from pipelines.core.workspace import PRIVATE_MODE, Workspace
from pipelines.ingest.load.line_names import LINE, is_pack
from pipelines.ingest.load.raw_check import check_whole, damage_beside, is_readable
from pipelines.ingest.load.raw_store import ORPHANS, set_aside

LIST = "digests.json"
_IN_THE_WAY = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


class BackupError(PipelineError):
    """A file isn't a backup that was written here, or there is nothing to back up."""


def write_backup(workspace: Workspace, folder: Path, now: dt.datetime) -> Path:
    """Write a backup of a workspace whose lock is held; returns the file (mode 0600).

    Raises `RawDamagedError` where it couldn't be restored: such a backup must not be relied on,
    nor take the place of an earlier one.
    """
    check_folder(folder)
    files: dict[str, RawPath] = {
        path.relative_to(workspace.root).as_posix(): path
        for part in _parts(workspace)
        for path in (sorted(part.rglob("*")) if part.is_dir() else [part])
        if path.is_file()
    }
    delivered = _files_of_raw(workspace)
    if not delivered:
        raise BackupError(f"{workspace.root} has no delivery yet; there is nothing to back up")
    check_whole(workspace.raw, workspace.warehouse_file)
    folder.mkdir(mode=PRIVATE_MODE, parents=True, exist_ok=True)
    target = folder / f"backup-{now:%Y%m%dT%H%M%SZ}.tar"
    unfinished = target.with_name(f".{target.name}.tmp")
    try:
        _write(unfinished, {**files, **delivered})
    except OSError as error:
        if error.errno in _IN_THE_WAY:
            raise BackupError(
                f"{folder} takes no backup of this workspace ({error.strerror}): make room there, "
                "or name another folder (TO=). Nothing of it was left there"
            ) from error
        raise
    make_durable(unfinished)
    unfinished.replace(target)
    make_durable(folder)
    return target


def _write(file: Path, parts: dict[str, RawPath]) -> None:
    """Write what is to be kept and the list of its digests; what breaks off leaves nothing."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    digests = {}
    try:
        with os.fdopen(descriptor, "wb") as opened, tarfile.open(fileobj=opened, mode="w") as tar:
            for name, path in parts.items():
                digests[name] = _add(tar, name, path)
            _add_content(tar, LIST, json.dumps(digests, sort_keys=True).encode())
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _files_of_raw(workspace: Workspace) -> dict[str, RawPath]:
    """What raw has, by the names that it has in a private folder."""
    raw, folder = workspace.raw, workspace.private_raw.relative_to(workspace.root)
    if isinstance(raw, Path):
        found = sorted(path for path in raw.rglob("*") if path.is_file())
        return {path.relative_to(workspace.root).as_posix(): path for path in found}
    objects = sorted(path for path in raw.rglob("*") if path.name != MARK)
    return {(folder / path.relative_to(raw)).as_posix(): path for path in objects}


def _add(tar: tarfile.TarFile, name: str, path: RawPath) -> str:
    """Add a file; returns its digest."""
    if isinstance(path, Path):
        tar.add(path, name, recursive=False)
        return _digest(path)
    content = path.read_bytes()
    _add_content(tar, name, content)
    return hashlib.sha256(content).hexdigest()


def _add_content(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), FILE_MODE
    tar.addfile(entry, io.BytesIO(content))


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
        if not there.private_raw.is_dir():
            raise BackupError(f"{file.name} has no raw folder; nothing was changed")
        check_store(workspace, backup=there)
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
        is_left = theirs == there.published and has_own_list
        if theirs.exists() and not ours.exists() and not is_left:
            ours.parent.mkdir(mode=PRIVATE_MODE, exist_ok=True)
            theirs.rename(ours)
    raw = workspace.raw
    if isinstance(raw, ObjectPath):
        _into_store(workspace, there.private_raw, raw)
    elif raw.exists():
        _merge(there.private_raw, raw)
    else:
        there.private_raw.rename(raw)
    make_durable(workspace.private)


def _into_store(workspace: Workspace, unpacked: Path, store: ObjectPath) -> None:
    """Bring a backup's deliveries into a store; before them what the private folder still has.

    That is from before the settings named the store, and goes from the folder.
    """
    left = workspace.private_raw
    for folder in (left, unpacked) if left.is_dir() else (unpacked,):
        is_first = not any(path.suffix == LINE for path in store.rglob("*"))
        _merge(folder, store)
        orphans = (folder / ORPHANS).rglob("*") if is_first else ()
        for path in sorted(path for path in orphans if path.is_file()):
            bring(path, store / path.relative_to(folder).as_posix())
    forget_folder(left)


def _merge(theirs: Path, ours: RawPath) -> None:
    """Bring back the files that raw lacks or has otherwise; newer deliveries stay.

    Deliveries of one number are the same delivery. Of two writings of it the one that is there is
    newer, and may lack whom an erasure took out; the backup's takes its place only where the line
    that is there has lost its rows, or they can't be read any more and are set aside.
    """
    for line in sorted(theirs.glob("[!.]*/*.json")):
        if _is_whole(ours / line.relative_to(theirs).as_posix(), ours / ORPHANS):
            continue
        _bring_pack(line, (ours / line.relative_to(theirs).as_posix()).parent)
        number = line.name.partition(".")[0]
        for path in sorted(line.parent.glob(f"{number}[-.]*"), key=_is_line):
            bring(path, ours / path.relative_to(theirs).as_posix())


def _bring_pack(line: Path, ours: RawPath) -> None:
    """Bring a file that has the rows of a delivery among others'."""
    name = json.loads(line.read_bytes())["raw_file"]
    if name is not None and is_pack(name) and not (ours / name).exists():
        make_folder(ours)
        write_whole(ours / name, (line.parent / name).read_bytes())


def _is_line(path: Path) -> tuple[bool, str]:
    """A line comes after its rows."""
    return path.suffix == LINE, path.name


def _is_whole(line: RawPath, orphans: RawPath) -> bool:
    try:
        said = json.loads(line.read_bytes())
        raw_file = said["raw_file"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    if damage_beside(line, said):
        return False
    if raw_file is None:
        return True
    rows = line.parent / raw_file
    if not rows.exists():
        return False
    if is_readable(rows):
        return True
    set_aside(rows, orphans / line.parent.name)
    return False


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
        workspace.raw_mark_file,
    ]


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
