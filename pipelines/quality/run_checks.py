"""From a staged table to check results: file, line and value of what fails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from pipelines.contracts.sources import Source
from pipelines.core.check_results import CheckResult, record_results
from pipelines.core.checked_data import note_checked, staged_fingerprint
from pipelines.core.line_numbers import line_name
from pipelines.core.warehouse import Connection, fetch_query
from pipelines.personal_data.log_redaction import loggable
from pipelines.quality.check_findings import note_findings, read_findings
from pipelines.quality.check_specs import CheckSpec, suite_checks
from pipelines.quality.expectations import Outcome, evaluate
from pipelines.quality.history_checks import HistoryRule, check_history, history_rules
from pipelines.quality.judgements import Judgements
from pipelines.quality.kept_outcomes import Outcomes, findings_of, kept_outcomes, looked_at
from pipelines.quality.value_counts import Counter

__all__ = ["CheckResult", "declared_checks", "run_suite", "run_suites"]

SHOWN_ROWS = 3
KNOWN = ("employee_id_known", "employee_id_mostly_known")


def declared_checks(source: Source) -> list[CheckSpec | HistoryRule]:
    """Every check that `run_suite` gives a result for: on rows, then on the source as a whole."""
    return [*suite_checks(source), *history_rules(source)]


def run_suite(con: Connection, source: Source, *, as_of: dt.date) -> list[CheckResult]:
    """Evaluate every check on ``staging.<source>`` and note the results; see `run_suites`."""
    return run_suites(con, [source], as_of=as_of)[source]


def run_suites(
    con: Connection, sources: Sequence[Source], *, as_of: dt.date
) -> dict[Source, list[CheckResult]]:
    """Evaluate every check on the staged tables of some sources, and note the results.

    Needs the staged tables of the sources and of those they are checked against. ``as_of`` is the
    day of the refresh. In an empty table only the number of rows is evaluated; the checks on
    rows hold there, with nothing checked. A table's rows in ``quality.check_result`` are
    replaced.
    """
    counters = {source: Counter(con, source, as_of) for source in sources}
    outcomes = _outcomes(con, counters)
    data = staged_fingerprint(con)
    found: dict[Source, list[CheckResult]] = {}
    for source, counter in counters.items():
        files = dict(fetch_query(con, "checks/file", {"source": source.name}).rows())
        results = [
            _result(source, check, outcomes[source][check.name], counter, files)
            for check in suite_checks(source)
        ]
        results += check_history(con, source, as_of=as_of)
        record_results(con, _table_name(source), results)
        passed = {each.check_name: each.passed for each in results if each.severity == "ERROR"}
        note_checked(con, _table_name(source), passed, data)
        found[source] = results
    return found


def _outcomes(con: Connection, counters: Mapping[Source, Counter]) -> Outcomes:
    """What the checks on rows find; those that look at what they looked at before aren't asked."""
    prints = looked_at(con, counters)
    before = read_findings(con)
    kept = {source: kept_outcomes(before, source, prints[source]) for source in counters}
    judgements = Judgements.noted(before)
    asked = evaluate(
        {
            source: {
                check.name: counter.tally(check)
                for check in suite_checks(source)
                if check.name not in kept[source]
            }
            for source, counter in counters.items()
        },
        judgements,
    )
    found = {source: {**kept[source], **asked[source]} for source in counters}
    names = {source.name for source in counters}
    others = [each for each in before if each.source not in names]
    note_findings(con, [*others, *findings_of(found, prints, judgements)])
    return found


def _table_name(source: Source) -> str:
    return f"staging.{source.name}"


def _result(
    source: Source, check: CheckSpec, outcome: Outcome, counter: Counter, files: dict[int, str]
) -> CheckResult:
    detail = public_detail = None
    if not outcome.passed:
        detail, public_detail = (
            _detail(source, check, outcome, counter, files, with_values=with_values)
            for with_values in (True, False)
        )
    return CheckResult(
        table_name=_table_name(source),
        check_name=check.name,
        severity=check.severity,
        passed=outcome.passed,
        n_checked=outcome.n_checked,
        n_failed=outcome.n_failed,
        is_carried_over=outcome.is_carried_over,
        detail=detail,
        public_detail=public_detail,
    )


def _detail(
    source: Source,
    check: CheckSpec,
    outcome: Outcome,
    counter: Counter,
    files: dict[int, str],
    *,
    with_values: bool,
) -> str:
    if check.kind == "has_rows":
        return check.problem
    places = [
        _place(source, check, row, files, with_values=with_values)
        for row in counter.first_failing(check, SHOWN_ROWS)
    ]
    if check.flag is not None and check.name.endswith(KNOWN):
        places[-1] += _nearly_known(counter)
    more = outcome.n_failed - len(places)
    tail = f"; and {more:,} more" if more > 0 else ""
    return f"{outcome.n_failed:,} of {outcome.n_checked:,} rows: {'; '.join(places)}{tail}"


def _nearly_known(counter: Counter) -> str:
    """Why the roster may lack them: identifiers that differ in zeros, capitals or blanks alone."""
    found = counter.nearly_known()
    n_unknown = found["n_unknown"]
    for name, words in (
        ("n_without_zeros", "match the roster without leading zeros"),
        ("n_folded", "match the roster but for capitals and blanks"),
    ):
        if found[name]:
            return f" ({found[name]:,} of {n_unknown:,} identifiers {words})"
    return ""


def _place(
    source: Source,
    check: CheckSpec,
    row: dict[str, object],
    files: dict[int, str],
    *,
    with_values: bool,
) -> str:
    file = files.get(int(str(row["file_id"])), "unknown file")
    line = line_name(int(str(row["line_number"])))
    place = f"{source.name}/{file} line {line}, column {', '.join(check.columns)}"
    if not with_values:
        return f"{place}: {check.problem}"
    if check.kind == "not_null":
        return f"{place}: {check.problem}"
    values = ", ".join(
        loggable(row[column], source.column(column).personal_data) for column in check.columns
    )
    return f"{place}: {values} {check.problem}"
