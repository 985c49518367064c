"""Pseudonyms: keyed hashes that stand for people everywhere beyond the staging layer.

HMAC-SHA-256 (RFC 2104) with a key that only the organisation holds. Without the key a
pseudonym can't be computed from an employee number, so a list of numbers doesn't undo it.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from pipelines.core.errors import KeyFileError
from pipelines.core.private_files import write_private
from pipelines.core.workspace import Workspace

KEY_VARIABLE = "COACHING_PSEUDONYM_KEY"
KEY_BYTES = 32
MIN_KEY_CHARACTERS = 32
PSEUDONYM_CHARACTERS = 20
"""80 bits: for a million people the chance of any collision is under one in a trillion."""


def load_key(key_file: Path) -> bytes:
    """The pseudonym key: from the environment, else from its file, created on first use.

    Raises `KeyFileError` where the key is too short or its file can be read by others; the
    message never contains the key.
    """
    from_environment = os.environ.get(KEY_VARIABLE)
    if from_environment is not None:
        return _checked(from_environment, f"the environment variable {KEY_VARIABLE}")
    if not key_file.exists():
        new_key(key_file)
    if key_file.stat().st_mode & 0o077:
        raise KeyFileError(
            f"{key_file.name} can be read by others; give it mode 0600 (chmod 600) and run again."
        )
    return _checked(key_file.read_text(encoding="utf-8", errors="replace").strip(), key_file.name)


def check_key(workspace: Workspace) -> None:
    """Raise what `load_key` would, before work is done for nothing; makes no key.

    A missing one is lost where anything was taken in or published: another would give everybody
    another pseudonym, unasked.
    """
    key_file = workspace.pseudonym_key_file
    if KEY_VARIABLE in os.environ or key_file.exists():
        load_key(key_file)
    elif workspace.has_begun():
        raise KeyFileError(
            f"The pseudonym key is gone: neither {key_file.name} nor {KEY_VARIABLE} is there, and "
            "a new one would give everybody another pseudonym. Bring it back (`make restore`), or "
            "have a new one made (`make rotate-key`). Without its key nothing is published."
        )


def new_key(key_file: Path) -> None:
    """Write a new random key, in place of the one that is there."""
    write_private(key_file, f"{secrets.token_hex(KEY_BYTES)}\n".encode("ascii"))


def _checked(key: str, where: str) -> bytes:
    if len(key) < MIN_KEY_CHARACTERS:
        raise KeyFileError(
            f"The pseudonym key in {where} has {len(key)} characters; expected at least "
            f"{MIN_KEY_CHARACTERS}. Without a good key nothing is published."
        )
    return key.encode("utf-8")


def pseudonym(key: bytes, identifier: str) -> str:
    """The pseudonym of one identifier: lower-case hexadecimal, always the same for a key."""
    return hmac.digest(key, identifier.encode("utf-8"), "sha256").hex()[:PSEUDONYM_CHARACTERS]


def pseudonym_table(key: bytes, identifiers: Iterable[str]) -> pl.DataFrame:
    """One row per distinct identifier: ``employee_id``, ``person_key``."""
    distinct = sorted(set(identifiers))
    return pl.DataFrame(
        {
            "employee_id": distinct,
            "person_key": [pseudonym(key, identifier) for identifier in distinct],
        },
        schema={"employee_id": pl.String, "person_key": pl.String},
    )
