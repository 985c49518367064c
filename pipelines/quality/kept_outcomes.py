"""Outcomes of checks that stand: what a check looks at comes in, what it found last goes out.

A check on rows finds the same in the same rows. So it isn't asked again where nothing that is
staged of its source, and of those it is held against, has changed since, nor the program. What
depends on the day is asked every night.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial

from pipelines.contracts.sources import Source
from pipelines.core.checked_data import source_fingerprint
from pipelines.core.versions import code_version
from pipelines.core.warehouse import Connection, engine_version
from pipelines.quality.check_findings import Finding
from pipelines.quality.check_specs import CheckSpec, suite_checks, tables_read
from pipelines.quality.expectations import Outcome
from pipelines.quality.judgements import Judgement, Judgements

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


def kept_outcomes(findings: Iterable[Finding], source: Source, its: str) -> dict[str, Outcome]:
    """By name the outcomes of the source's checks that stand; ``its`` is what they look at."""
    by_day = {check.name for check in suite_checks(source) if _is_by_day(check)}
    return {
        each.check_name: Outcome(each.passed, each.n_checked, each.n_failed, is_carried_over=True)
        for each in findings
        if (each.source, each.looked_at) == (source.name, its) and each.check_name not in by_day
    }


def findings_of(
    outcomes: Outcomes, prints: Mapping[Source, str], judgements: Judgements
) -> Iterator[Finding]:
    """What the checks on some sources found, with what it was found of."""
    for source, found in outcomes.items():
        for name, each in found.items():
            judged, judgement = judgements.known.get((source.name, name), (None, None))
            if judgement is None or judgement.passed != each.passed:
                judged, judgement = None, Judgement(each.passed, ())  # of nothing, or of others
            yield Finding(
                source.name,
                name,
                prints[source],
                judged,
                each.passed,
                each.n_checked,
                each.n_failed,
                judgement.failing,
            )


def _is_by_day(check: CheckSpec) -> bool:
    return "$as_of" in (check.flag or "")
