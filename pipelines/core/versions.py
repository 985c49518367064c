"""What a publication was made from: the version of the code and the version of the data."""

from __future__ import annotations

import hashlib
import hmac
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
_CODE_FOLDERS = ("pipelines", "sql", "dashboards", "assets")
_CODE_SUFFIXES = frozenset({".py", ".sql", ".yml", ".html", ".css", ".js"})
_DIGITS = 12
KEYED_DIGITS = 16
"""Others than without a key, so that versions of before there was a key are known by it."""


@cache
def code_version() -> str:
    """The release and a fingerprint of every source file, such as ``0.1.0+3f9c0d2ab41e``."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    digest = hashlib.sha256()
    for file in _code_files():
        digest.update(file.relative_to(PROJECT).as_posix().encode())
        digest.update(file.read_bytes())
    return f"{project['project']['version']}+{digest.hexdigest()[:_DIGITS]}"


def _code_files() -> list[Path]:
    files = (file for folder in _CODE_FOLDERS for file in (PROJECT / folder).rglob("*"))
    return sorted(file for file in files if file.suffix in _CODE_SUFFIXES)


def data_version(loaded_files: Iterable[tuple[str, str]], settings: str) -> str:
    """A fingerprint of every loaded file (source, SHA-256) in order, and of the settings as text.

    The order of delivery counts, because a later file replaces an earlier one's rows. It stays
    private: whoever knows all but one row could find that row by trying (`keyed_data_version`).
    """
    digest = hashlib.sha256(settings.encode())
    for source, sha256 in loaded_files:
        digest.update(f"{source}:{sha256}\n".encode())
    return digest.hexdigest()[:_DIGITS]


def keyed_data_version(key: bytes, version: str) -> str:
    """What may be published of a `data_version`: the same for the same, and nothing to guess by."""
    return hmac.digest(key, b"data version\0" + version.encode(), "sha256").hex()[:KEYED_DIGITS]
