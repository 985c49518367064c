"""Outcomes of checks that stand: what a check looks at comes in, what it found last goes out.

A check on rows finds the same in the same rows. So it isn't asked again where nothing that is
staged of its source, and of those it is held against, has changed since, nor the program. What
depends on the day is asked every night.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import Any

import polars as pl

from pipelines.contracts.sources import Source
from pipelines.core.checked_data import source_fingerprint
from pipelines.core.versions import code_version
from pipelines.core.warehouse import Connection, engine_version, has_table, read_table, write
from pipelines.quality.check_specs import CheckSpec, suite_checks, tables_read
from pipelines.quality.expectations import Outcome

NOTED = "ledger.check_outcome"
_SCHEMA: dict[str, Any] = {
    "source": pl.String,
    "check_name": pl.String,
    "looked_at": pl.String,
    "passed": pl.Boolean,
    "n_checked": pl.Int64,
    "n_failed": pl.Int64,
}
Outcomes = Mapping[Source, Mapping[str, Outcome]]
"""By source and name of a check what it found."""


def looked_at(con: Connection, sources: Iterable[Source]) -> dict[Source, str]:
    """For each source a fingerprint of all rows that the checks on it look at."""
    of = cache(partial(source_fingerprint, con))
    by = [code_version(), engine_version()]
    told = {each: [*by, *map(of, (each.name, *tables_read(each)))] for each in sources}
    return {
        source: hashlib.sha256("\0".join(parts).encode()).hexdigest()
        for source, parts in told.items()
    }


def kept_outcomes(con: Connection, source: Source, its: str) -> dict[str, Outcome]:
    """By name the outcomes of the source's checks that stand; ``its`` is what they look at."""
    if not has_table(con, NOTED):
        return {}
    rows = read_table(con, NOTED).filter(
        pl.col("source") == source.name, pl.col("looked_at") == its
    )
    by_day = {check.name for check in suite_checks(source) if _is_by_day(check)}
    return {
        row["check_name"]: Outcome(
            row["passed"], row["n_checked"], row["n_failed"], is_carried_over=True
        )
        for row in rows.iter_rows(named=True)
        if row["check_name"] not in by_day
    }


def note_outcomes(con: Connection, outcomes: Outcomes, prints: Mapping[Source, str]) -> None:
    """Note what the checks on some sources found in what; what others found stays noted."""
    rows = [
        (source.name, name, prints[source], each.passed, each.n_checked, each.n_failed)
        for source, found in outcomes.items()
        for name, each in found.items()
    ]
    noted = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    if has_table(con, NOTED):
        theirs = pl.col("source").is_in([source.name for source in outcomes])
        noted = pl.concat([read_table(con, NOTED).filter(~theirs), noted])
    write(con, NOTED, noted)


def _is_by_day(check: CheckSpec) -> bool:
    return "$as_of" in (check.flag or "")
