"""Whether a workspace may use its store: it is this one's, forgets what is deleted, is complete.

Two workspaces in one place would put each other's deliveries aside, so the store has a mark with a
number that the private folder knows. A bucket that keeps versions would keep who was erased.
"""

from __future__ import annotations

import secrets

from pipelines.core.errors import RawStoreError
from pipelines.core.object_store import ObjectStore, store_failed
from pipelines.core.private_files import write_private
from pipelines.core.workspace import Workspace

MARK = ".workspace"


def check_store(
    workspace: Workspace, *, backup: Workspace | None = None, take_over: bool = False
) -> None:
    """Raises `RawStoreError` where raw is kept in a store and may not be; else puts the mark there.

    Call it with the workspace's lock, before anything is read or written there. A ``backup`` that
    is brought back tells its mark, and what the private folder still has moves with it.
    ``take_over`` makes a store with a mark that nobody knows this workspace's.
    """
    store = workspace.raw_store
    if store is None:
        return
    number = _agreed(workspace, store, backup, take_over=take_over)
    if number != _noted(workspace):
        write_private(workspace.raw_mark_file, number.encode())
    (store.root / MARK).write_bytes(number.encode())
    _refuse_versions(store)


def look_at_store(workspace: Workspace) -> None:
    """The same, but nothing is written."""
    store = workspace.raw_store
    if store is None:
        return
    _agreed(workspace, store, None, take_over=False)
    if (store.root / MARK).exists():
        _refuse_versions(store)


def _agreed(
    workspace: Workspace, store: ObjectStore, backup: Workspace | None, *, take_over: bool
) -> str:
    """The number that the private folder and the store agree upon; a new one where neither has."""
    if backup is None and any(workspace.private_raw.glob("[!.]*/[0-9]*")):
        raise RawStoreError(
            f"settings.toml keeps raw in {store.name}, but deliveries lie in private/raw. To move "
            "them: take [raw] url out, `make backup`, put it in again, `make restore`. Nothing was "
            "changed"
        )
    if not store.bucket.exists():
        raise store_failed("AWS Error NO_SUCH_BUCKET", store.name)
    mark = store.root / MARK
    ours = _noted(workspace) or (_noted(backup) if backup else None)
    theirs = mark.read_bytes().decode("ascii", "replace") if mark.exists() else None
    if theirs not in (None, ours) and (ours is not None or not take_over):
        raise RawStoreError(
            f"{store.name} belongs to another workspace, or to this one before its private folder "
            "was lost. Give each workspace a prefix of its own in [raw] url; where it is this "
            "one's, `make rebuild` takes it over, once `private/pseudonym.key` is back. Nothing "
            "was changed"
        )
    return theirs or ours or secrets.token_hex(16)


def _noted(workspace: Workspace) -> str | None:
    note = workspace.raw_mark_file
    return note.read_text(encoding="ascii") if note.exists() else None


def _refuse_versions(store: ObjectStore) -> None:
    if (store.root / MARK).keeps_versions():
        raise RawStoreError(
            f"{store.name} keeps versions of what is deleted, or did once, so that erased people "
            "and old records would stay in it. Name a bucket that never kept versions (and has no "
            "object lock) in [raw] url of settings.toml; no delivery was written there"
        )
