"""What each check found last, and of what: the one table of it comes in and goes out.

A finding has two grounds: the deliveries that the check looked at, and the values that Great
Expectations judged. While the first stands nothing is asked; while the second does, values are
counted, but not judged again. Which rows a check must look at is another question, whose answer
outlives a change of these grounds (`pipelines.core.judged_up_to`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from typing import Any

import polars as pl

from pipelines.core.warehouse import Connection, has_table, read_table, write

NOTED = "ledger.check_outcome"
_SCHEMA: dict[str, Any] = {
    "source": pl.String,
    "check_name": pl.String,
    "looked_at": pl.String,
    "judged": pl.String,
    "passed": pl.Boolean,
    "n_checked": pl.Int64,
    "n_failed": pl.Int64,
    "failing": pl.List(pl.Int64),
}


@dataclass(frozen=True)
class Finding:
    """What a check found: ``failing`` are the positions of the values that failed.

    ``looked_at`` is a fingerprint of the rows, ``judged`` one of the values; None where there were
    none to judge.
    """

    source: str
    check_name: str
    looked_at: str
    judged: str | None
    passed: bool
    n_checked: int
    n_failed: int
    failing: tuple[int, ...]


def read_findings(con: Connection) -> list[Finding]:
    """What is noted in the warehouse; nothing of one that an earlier version noted otherwise."""
    if not has_table(con, NOTED):
        return []
    noted = read_table(con, NOTED)
    if noted.columns != [each.name for each in fields(Finding)]:
        return []
    rows = noted.iter_rows(named=True)
    return [Finding(**{**row, "failing": tuple(row["failing"])}) for row in rows]


def note_findings(con: Connection, findings: Iterable[Finding]) -> None:
    """Note what every check found, in the place of what was noted."""
    write(con, NOTED, pl.DataFrame([*map(astuple, findings)], schema=_SCHEMA, orient="row"))
