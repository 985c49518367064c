"""How much of the machine DuckDB may use: what the settings say in, a connection's options out."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

SPILL_MODE = 0o700
"""Of the folder for what doesn't fit into memory: rows of people may lie in it."""
LEAST_BYTES = 1_000_000_000
BYTES_PER_THREAD = 500_000_000
"""What the database takes unless the settings say more, and as much as its file where that is
larger; beyond it, it spills. By itself it would keep whatever it has read until four fifths of the
machine are full, and gain nothing by it."""
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True)
class EngineLimits:
    """Memory such as ``4GB``, threads, and where to put what doesn't fit.

    None is DuckDB's own, but for memory: see `memory_beside`.
    """

    memory: str | None = None
    threads: int | None = None
    spill_folder: Path | None = None
    times: int = 1
    """How often as much as is usual the database may take, where the settings don't say it."""

    def memory_beside(self, n_bytes: int) -> str | None:
        """What the database may take where its file has so many bytes.

        None, DuckDB's own, where the machine hasn't twice as much.
        """
        if self.memory is not None:
            return self.memory
        n_threads = self.threads or os.cpu_count() or 1
        wanted = self.times * max(LEAST_BYTES, n_threads * BYTES_PER_THREAD, n_bytes)
        return f"{wanted // 1_000_000}MB" if 2 * wanted < _machine_bytes() else None

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


def _machine_bytes() -> int:
    """The memory of the machine, or what a container may have of it."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):
        there = min(there, int(_CGROUP_LIMIT.read_text()))
    return there


_chosen = EngineLimits()
"""What this process keeps to; `keep_to` sets it once it has read the settings."""


def keep_to(limits: EngineLimits) -> EngineLimits:
    """Let every connection that is opened from now on keep to these limits."""
    global _chosen
    _chosen = limits
    return limits


def loosen(n_bytes: int) -> bool:
    """Let the database take twice as much from now on; whether it was our own limit that held it.

    Not everything that it does can spill, and what a query needs can't be told beforehand.
    """
    if _chosen.memory is not None or _chosen.memory_beside(n_bytes) is None:
        return False
    keep_to(replace(_chosen, times=2 * _chosen.times))
    return True


def clear_spill() -> None:
    """Delete what a killed process left of its spilling; call it where nothing is open."""
    if _chosen.spill_folder is not None:
        shutil.rmtree(_chosen.spill_folder, ignore_errors=True)


def kept_to() -> EngineLimits:
    """The limits that connections keep to."""
    return _chosen
