"""The manifest of a publication: a finished folder comes in, its number and digests go out.

It is written before the swap and goes with the folder, so that a publication says by itself which
refresh it is of, and whether it is still what was published.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.core.errors import PipelineError
from pipelines.core.private_files import write_private
from pipelines.core.versions import code_version

MANIFEST, ANALYTICS, PAGE = "manifest.json", "analytics.duckdb", "site/index.html"
SITE_REFRESH = "site/refresh.id"
"""Which refresh the pages are of."""


class ManifestError(PipelineError):
    """A publication isn't what its manifest says."""


@dataclass(frozen=True)
class Manifest:
    """A publication's refresh, the code that made it, and the SHA-256 of each of its files."""

    refresh_id: int
    code_version: str
    files: dict[str, str]


def write_manifest(folder: Path, refresh_id: int) -> Manifest:
    """Write the manifest of a finished folder."""
    manifest = Manifest(refresh_id, code_version(), _digests(folder))
    content = json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n"
    write_private(folder / MANIFEST, content.encode())
    return manifest


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a publication; None where there is none that can be believed.

    So it is of earlier versions, and of a manifest that was damaged: such a publication stands
    until the next one is made, and can't be checked, so that it is never kept nor put back.
    """
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_bytes()))
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError):
        return None
    is_ours = isinstance(manifest.refresh_id, int) and isinstance(manifest.files, dict)
    return manifest if is_ours else None


def has_spoilt_manifest(folder: Path) -> bool:
    """Whether a publication has a manifest that isn't what was written there."""
    return (folder / MANIFEST).exists() and read_manifest(folder) is None


def check_unchanged(folder: Path, manifest: Manifest) -> None:
    """Raises `ManifestError` where a file is missing, changed or more than was published."""
    if differing := changed_files(folder, manifest):
        raise ManifestError(
            f"{len(differing)} files of publication {manifest.refresh_id} aren't as they were "
            f"published, the first: {differing[0]}. It isn't put back; nothing was changed"
        )


def changed_files(folder: Path, manifest: Manifest) -> list[str]:
    """The files of a publication that are missing, changed or more than was published."""
    found = _digests(folder)
    names = sorted(found.keys() | manifest.files.keys())
    return [name for name in names if found.get(name) != manifest.files.get(name)]


def note_site_refresh(site: Path, refresh_id: int) -> None:
    """Let the pages say which refresh they are of."""
    (site.parent / SITE_REFRESH).write_text(f"{refresh_id}\n", encoding="ascii")


def file_digest(path: Path) -> str:
    """The SHA-256 of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): file_digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MANIFEST
    }
