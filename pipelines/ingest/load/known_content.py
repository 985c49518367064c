"""Whether the files of a folder are those that were looked at: a copied landing isn't news."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipelines.core.queries import ledger_statement
from pipelines.core.warehouse import Connection, fetch
from pipelines.ingest.read.landing_fingerprint import stamp
from pipelines.ingest.read.landing_folder import LandingFile, look_into


def has_known_content(con: Connection, folder: Path) -> bool:
    """Whether each file lies there that did at the last refresh, as it was then, and no other.

    Of a file with another stamp the content is read: a folder that was copied, or given other
    owners, has the same. The connection may be read-only.
    """
    rows = fetch(con, ledger_statement("known_in_landing"), {"folder": folder.name}).rows()
    known: dict[str, set[tuple[str, str | None]]] = {}
    for name, sha256, seen in rows:
        known.setdefault(name.removeprefix(f"{folder.name}/"), set()).add((sha256, seen))
    files = {file.name: file for file in look_into(folder).files}
    return (
        bool(files)
        and files.keys() == known.keys()
        and all(_is_as_known(file, known[name]) for name, file in files.items())
    )


def _is_as_known(file: LandingFile, known: set[tuple[str, str | None]]) -> bool:
    if file.refusal is not None:
        return False
    try:
        if {seen for _, seen in known} == {stamp(file.path.stat())}:
            return True
        return {sha256 for sha256, _ in known} == {_digest(file.path)}
    except OSError:
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
