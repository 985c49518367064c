"""Judgements carried over: a check's values come in, what was said of the same ones goes out.

A check looks at each value once, whatever number of rows has it (`value_counts`). On most nights
the values are those of the night before; then the judgement is, too, and Great Expectations, whose
import takes seconds and 250 MB, isn't asked again. Equal means: the same values in the same order,
the same expectation, the same code, the same Great Expectations.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any

from pipelines.contracts.sources import Source
from pipelines.core.fingerprints import frame_fingerprint
from pipelines.core.versions import code_version
from pipelines.quality.check_findings import Finding
from pipelines.quality.suites import CHECK_NAME, suite
from pipelines.quality.value_counts import Tally

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

    @classmethod
    def noted(cls, findings: Iterable[Finding]) -> Judgements:
        """What was judged of the values that checks found something of."""
        return cls(
            {
                (each.source, each.check_name): (
                    each.judged,
                    Judgement(each.passed, each.failing),
                )
                for each in findings
                if each.judged is not None
            }
        )

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
            raise KeyError(f"{source.name}.{check} wasn’t judged")
        return judgement


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
