"""Whom to tell: the environment or a file of mode 0600 comes in, addresses go out.

An address carries passwords, so it stands neither in settings nor in any log, nor in what Dagster
stores: where one has to be named, its scheme and a short mark of it are.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines.core.errors import PipelineError
from pipelines.core.private_files import OTHERS

ADDRESSES_VARIABLE = "COACHING_ALERTS"
"""One or more addresses as apprise writes them, apart by blanks or line ends."""
HEARTBEAT_VARIABLE = "COACHING_HEARTBEAT"
"""The address that a monitor expects to hear from every night."""
_HEARTBEAT_LINE = "heartbeat"
_MARK_DIGITS = 8


class AddressesError(PipelineError):
    """The file with addresses can't be used; nobody is told."""


@dataclass(frozen=True)
class Addresses:
    """Whom to tell, and where a heartbeat goes."""

    alerts: tuple[str, ...] = ()
    heartbeat: str | None = None


def read_addresses(file: Path, environment: Mapping[str, str] = os.environ) -> Addresses:
    """Addresses of the environment, and those of the file: one a line, ``heartbeat`` before one.

    Raises `AddressesError` where others could read the file.
    """
    lines = _lines(file)
    pairs = [line.partition(" ") for line in lines]
    beats = [rest.strip() for first, _, rest in pairs if first == _HEARTBEAT_LINE]
    listed = [line for line, (first, _, _) in zip(lines, pairs, strict=True)
              if first != _HEARTBEAT_LINE]  # fmt: skip
    given = environment.get(ADDRESSES_VARIABLE, "").split()
    heartbeat = environment.get(HEARTBEAT_VARIABLE, "").strip() or next(iter(beats), None)
    return Addresses(tuple(dict.fromkeys([*given, *listed])), heartbeat)


def named(address: str) -> str:
    """An address as a log may name it: its scheme, and a mark that tells it from others."""
    return f"{address.partition('://')[0]}://… ({mark(address)})"


def mark(address: str) -> str:
    """A few digits that tell addresses apart and say nothing of them."""
    return hashlib.sha256(address.encode()).hexdigest()[:_MARK_DIGITS]


def _lines(file: Path) -> list[str]:
    if not file.exists():
        return []
    if file.stat().st_mode & OTHERS:
        raise AddressesError(
            f"{file.name} can be read by others, and has passwords in it: nobody is told until it "
            "has mode 0600 (chmod 600)"
        )
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]
