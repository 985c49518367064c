"""How much of the machine DuckDB may use: what the settings say in, a connection's options out."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

SPILL_MODE = 0o700
"""Of the folder for what doesn't fit into memory: rows of people may lie in it."""


@dataclass(frozen=True)
class EngineLimits:
    """Memory such as ``4GB``, threads, and where to put what doesn't fit; None is DuckDB's own."""

    memory: str | None = None
    threads: int | None = None
    spill_folder: Path | None = None

    def options(self) -> dict[str, str]:
        """The options of a connection, with the spill folder there and nobody else's to read."""
        options = {}
        if self.memory is not None:
            options["memory_limit"] = self.memory
        if self.threads is not None:
            options["threads"] = str(self.threads)
        if self.spill_folder is not None:
            self.spill_folder.mkdir(mode=SPILL_MODE, parents=True, exist_ok=True)
            self.spill_folder.chmod(SPILL_MODE)
            options["temp_directory"] = str(self.spill_folder)
        return options


_chosen = EngineLimits()
"""What this process keeps to; `keep_to` sets it once it has read the settings."""


def keep_to(limits: EngineLimits) -> EngineLimits:
    """Let every connection that is opened from now on keep to these limits."""
    global _chosen
    _chosen = limits
    return limits


def clear_spill() -> None:
    """Delete what a killed process left of its spilling; call it where nothing is open."""
    if _chosen.spill_folder is not None:
        shutil.rmtree(_chosen.spill_folder, ignore_errors=True)


def kept_to() -> EngineLimits:
    """The limits that connections keep to."""
    return _chosen
