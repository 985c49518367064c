"""The last publications: kept as they leave `published/`, put back by the same exchange.

A publication has people in it, as pseudonyms and in figures. So whoever has to be in none any
longer (an erased person, records past their age, pseudonyms of an earlier key) takes the kept ones
with them: `forget_publications`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from pathlib import Path

from pipelines.core.errors import PipelineError
from pipelines.core.private_files import let_owner_change, write_private
from pipelines.core.step_log import note
from pipelines.core.workspace import PRIVATE_MODE, Workspace
from pipelines.release.manifest import (
    MANIFEST,
    Manifest,
    check_unchanged,
    has_spoilt_manifest,
    read_manifest,
)
from pipelines.release.publish import publish

KEPT = 14
"""Publications that can stand again, the one that does among them."""


class RollbackError(PipelineError):
    """There is no such publication to go back to; nothing was changed."""


def swap_in(workspace: Workspace, number: int) -> None:
    """Let the finished build of a refresh stand, and keep the publication that leaves."""
    left = publish(workspace, number)
    if left is not None:
        keep(workspace, left)


def clear_build(workspace: Workspace) -> None:
    """See to what a kill left in the build's place: what had stood published is kept."""
    for half in workspace.publications.glob(".[cg]o*"):
        _delete(half)
    left = workspace.build
    if not left.exists():
        return
    manifest = read_manifest(left)
    standing = read_manifest(workspace.published) if workspace.published.exists() else None
    if manifest is not None and standing is not None and manifest.refresh_id < standing.refresh_id:
        keep(workspace, left)
    else:
        _discard(left)


def kept_publications(workspace: Workspace) -> dict[int, Path]:
    """The folders of earlier publications by their refresh, oldest first."""
    folders = sorted(workspace.publications.glob("[0-9]*"))
    return {int(folder.name): folder for folder in folders if folder.name.isdigit()}


def forget_publications(workspace: Workspace) -> int:
    """Delete every kept publication; the one that stands won't be kept. Returns how many went."""
    standing = read_manifest(workspace.published) if workspace.published.exists() else None
    workspace.publications.mkdir(mode=PRIVATE_MODE, exist_ok=True)
    newest = max([*kept_publications(workspace), standing.refresh_id if standing else 0])
    content = json.dumps({"keep_after": newest}) + "\n"
    write_private(workspace.publications_note, content.encode())
    workspace.standing_tables.unlink(missing_ok=True)
    kept = kept_publications(workspace)
    for half in workspace.publications.glob(".[cg]o*"):
        _delete(half)
    for folder in kept.values():
        _remove(folder)
    return len(kept)


def keep_after(workspace: Workspace) -> int:
    """The last refresh whose publication must not be kept; 0 where all may be."""
    note = workspace.publications_note
    return int(json.loads(note.read_bytes())["keep_after"]) if note.exists() else 0


def keep(workspace: Workspace, left: Path) -> None:
    """Keep a publication that left `published/`, if it may be, and the newest `KEPT` of all."""
    manifest = read_manifest(left)
    standing = read_manifest(workspace.published)
    if has_spoilt_manifest(left):
        note(f"the publication before isn't kept: its {MANIFEST} wasn't what was written there")
    if manifest is None or standing is None or manifest.refresh_id <= keep_after(workspace):
        _discard(left)
        return
    if manifest.refresh_id == standing.refresh_id:
        _discard(left)
        return
    workspace.publications.mkdir(mode=PRIVATE_MODE, exist_ok=True)
    place = workspace.publications / f"{manifest.refresh_id:06d}"
    _remove(place)
    coming = place.with_name(f".coming-{place.name}")
    let_owner_change(left)
    shutil.move(left, coming)  # a copy where private/ lies on another disk
    coming.rename(place)
    kept = kept_publications(workspace)
    kept.pop(standing.refresh_id, None)
    for number in sorted(kept)[: -(KEPT - 1)]:
        _remove(kept[number])


def _copy(kept: Path, build: Path) -> None:
    """Copy a kept publication, its manifest last: what a kill leaves half is taken for none."""
    shutil.copytree(kept, build, ignore=lambda folder, _: {MANIFEST} if folder == str(kept) else ())
    coming = build / f".{MANIFEST}"
    shutil.copy2(kept / MANIFEST, coming)
    coming.rename(build / MANIFEST)


def _discard(build: Path) -> None:
    """Delete a build; without its manifest first, so that no half of it is ever taken for one."""
    let_owner_change(build)
    (build / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(build)


def _remove(folder: Path) -> None:
    """Delete a kept publication, so that it is there in full or not at all, killed or not."""
    gone = folder.with_name(f".gone-{folder.name}")
    if gone.exists():
        _delete(gone)
    if folder.exists():
        let_owner_change(folder)
        folder.rename(gone)
        _delete(gone)


def _delete(folder: Path) -> None:
    let_owner_change(folder)
    shutil.rmtree(folder)


def roll_back(
    workspace: Workspace, to: int | None = None, passed_over: Collection[int] = ()
) -> Manifest:
    """Let an earlier publication stand again; call it with the workspace's lock.

    ``to`` is its refresh, None for the newest before the standing one that isn't to be passed over,
    as those are that were rolled back before. Raises `RollbackError` where it isn't kept,
    `ManifestError` where it isn't what was published.
    """
    standing = read_manifest(workspace.published) if workspace.published.exists() else None
    now = standing.refresh_id if standing else 0
    kept = kept_publications(workspace)
    earlier = [each for each in kept if (not now or each < now) and each not in passed_over]
    number = to if to is not None else max(earlier, default=0)
    if number not in kept:
        there = ", ".join(map(str, sorted(kept))) or "none"
        asked = f"publication {to} isn't kept" if to else "no earlier publication is kept"
        raise RollbackError(f"{asked}; kept are: {there}. Nothing was changed")
    manifest = read_manifest(kept[number])
    if manifest is None:
        raise RollbackError(
            f"publication {number} has no {MANIFEST} that can be read, so it can't be checked and "
            f"isn't put back; choose another (TO=): kept are {', '.join(map(str, sorted(kept)))}. "
            "Nothing was changed"
        )
    check_unchanged(kept[number], manifest)
    clear_build(workspace)
    _copy(kept[number], workspace.build)
    left = publish(workspace, number, is_new=False)
    if left is not None:
        keep(workspace, left)
    _remove(kept[number])
    return manifest
