"""A table that an asset makes in Python -> the asset's function, and the tables it is made of.

It is read from `FILE`, which is made from Dagster's own graph (``assets.graph_reading``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.lineage.calls import Owner, calls

FILE = Path(__file__).with_suffix(".json")
_WRITES = "write_"


@dataclass(frozen=True)
class Maker:
    """What makes a table: the function of its asset, and the tables that it reads."""

    owner: Owner
    reads: tuple[str, ...]

    @property
    def writer(self) -> Owner:
        """The function that the asset has its table written by; without one the asset's own."""
        named = (each for each in calls(self.owner) if each.name.startswith(_WRITES))
        return next(named, self.owner)


def maker_of(table: str) -> Maker | None:
    """Return the asset that makes a table in Python; None where SQL does, or no asset."""
    return _makers().get(table)


def made_in_python() -> tuple[str, ...]:
    """Return every table that an asset makes in Python."""
    return tuple(_makers())


@cache
def _makers() -> dict[str, Maker]:
    found: dict[str, Maker] = {}
    for name, entry in json.loads(FILE.read_text("utf-8")).items():
        module, _, function = name.partition(":")
        maker = Maker(Owner(module, function), tuple(entry["reads"]))
        found |= dict.fromkeys(entry["makes"], maker)
    return found
