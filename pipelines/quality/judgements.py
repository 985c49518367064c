"""Judgements carried over: a check's values come in, what was said of the same ones goes out.

A check looks at each value once, whatever number of rows has it (`value_counts`). On most nights
the values are those of the night before; then the judgement is, too, and Great Expectations, whose
import takes seconds and 250 MB, isn't asked again. Equal means: the same values in the same order,
the same expectation, the same code, the same Great Expectations.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any

import polars as pl

from pipelines.contracts.sources import Source
from pipelines.core.fingerprints import frame_fingerprint
from pipelines.core.versions import code_version
from pipelines.core.warehouse import Connection, has_table, read_table, write
from pipelines.quality.suites import CHECK_NAME, suite
from pipelines.quality.value_counts import Tally

NOTED = "ledger.judged"
_SCHEMA: dict[str, Any] = {
    "source": pl.String,
    "check_name": pl.String,
    "fingerprint": pl.String,
    "passed": pl.Boolean,
    "failing": pl.List(pl.Int64),
}
_Key = tuple[str, str]


@dataclass(frozen=True)
class Judgement:
    """Whether a check passed, and the positions of the values that failed."""

    passed: bool
    failing: tuple[int, ...]


@dataclass
class Judgements:
    """What was judged, by source and check, with the fingerprint of what it was judged of."""

    known: dict[_Key, tuple[str, Judgement]] = field(default_factory=dict)
    _tonight: dict[_Key, str] = field(default_factory=dict)

    def unknown(self, source: Source, tallies: Mapping[str, Tally]) -> dict[str, Tally]:
        """The checks whose values weren't judged before, with their values."""
        for name, tally in tallies.items():
            self._tonight[source.name, name] = _fingerprint(source, name, tally)
        return {
            name: tally
            for name, tally in tallies.items()
            if self.known.get((source.name, name), ("",))[0] != self._tonight[source.name, name]
        }

    def add(self, source: str, check: str, judgement: Judgement) -> None:
        """Note what was said tonight of the values of a check."""
        self.known[source, check] = (self._tonight[source, check], judgement)

    def of(self, source: Source, check: str) -> Judgement:
        """What is said of tonight's values of a check; KeyError where nothing was said of them."""
        fingerprint, judgement = self.known[source.name, check]
        if fingerprint != self._tonight[source.name, check]:
            raise KeyError(f"{source.name}.{check} wasn't judged")
        return judgement


def read_judgements(con: Connection) -> Judgements:
    """What is noted in the warehouse."""
    if not has_table(con, NOTED):
        return Judgements()
    rows = read_table(con, NOTED).iter_rows()
    return Judgements(
        {
            (source, check): (fingerprint, Judgement(passed, tuple(failing)))
            for source, check, fingerprint, passed, failing in rows
        }
    )


def note_judgements(con: Connection, judgements: Judgements) -> None:
    """Note what was judged, for the next night."""
    rows = [
        (source, check, fingerprint, judgement.passed, list(judgement.failing))
        for (source, check), (fingerprint, judgement) in judgements.known.items()
    ]
    write(con, NOTED, pl.DataFrame(rows, schema=_SCHEMA, orient="row"))


def _fingerprint(source: Source, check: str, tally: Tally) -> str:
    """The same for the same values, expectation and programs; numbers of rows don't count."""
    told = [_judged_by(), _expectation(source, check), frame_fingerprint(tally.values.to_frame())]
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


def _expectation(source: Source, check: str) -> str:
    return json.dumps(_expectations(source)[check], sort_keys=True)


@cache
def _expectations(source: Source) -> dict[str, Any]:
    return {each["meta"][CHECK_NAME]: each for each in suite(source)["expectations"]}


@cache
def _judged_by() -> str:
    return f"{code_version()} {version('great-expectations')} {version('pandas')}"
