"""Rules that judge a source as a whole against its own past: how much came, on which days, what.

A source that breaks one of these is worth a look, not worth stopping the night: all are WARN.
Where there is too little past to compare with, a rule judges nothing and says so (n_checked 0).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import TypeVar

import polars as pl

from pipelines.contracts.sources import Source
from pipelines.core.check_results import CheckResult, Severity
from pipelines.core.line_numbers import line_name
from pipelines.core.warehouse import Connection, fetch_query
from pipelines.personal_data.log_redaction import loggable
from pipelines.quality.drift import (
    MAX_MEAN_SHIFT,
    MAX_PSI,
    MeanShift,
    MixShift,
    mean_shift,
    mix_shift,
)
from pipelines.quality.shift_coverage import MAX_MISSING_SHARE, MIN_SITE_PEOPLE, site_coverage
from pipelines.quality.staged_values import fetch_staged

N_WEEKS = 12
"""A quarter of weeks: long enough for a median, short enough to follow a growing centre."""
MIN_WEEKS = 4
MIN_WEEK_ROWS = 20
"""With fewer rows in a usual week, half of them is within chance."""
MIN_FILES = 4
MAX_FILES = 8
SHOWN_ROWS = 3
AnyShift = TypeVar("AnyShift", MixShift, MeanShift)
LEAST_RATIO, LARGEST_RATIO = 0.5, 2.0
"""Half or double the usual number: no season does that from one week to the next, a filter left
out of an export or a site that went missing does."""

_WEEKLY = ("coaching_sessions", "shifts", "performance")
"""Sources with rows every week; the others come in files of no fixed rhythm."""
_MIXES = {
    "coaching_sessions": ("style",),
    "attrition": ("separation_type",),
    "shifts": ("absence_type",),
}
_MEANS = {
    "performance": ("quality_score", "csat_mean"),
    "fatigue_surveys": ("emotional_exhaustion", "cynicism"),
}


@dataclass(frozen=True)
class HistoryResult:
    """What a rule found; ``public_detail`` is published, ``detail`` adds figures for operators.

    ``n_checked`` counts what was compared (weeks, files, site days, rows); 0 means not checked.
    """

    passed: bool
    n_checked: int
    n_failed: int = 0
    public_detail: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class HistoryRule:
    """One rule on one source; ``check`` reads its staged rows up to a day."""

    name: str
    description: str
    check: Callable[[Connection, Source, dt.date], HistoryResult]
    severity: Severity = "WARN"


def history_rules(source: Source) -> list[HistoryRule]:
    """Every rule on ``staging.<source>`` as a whole; names are unique within a source."""
    rules = [_amount_rule(source)]
    if source.name == "attrition":
        rules.append(_EMPLOYMENTS)
    if source.name == "shifts":
        rules.append(_COVERAGE)
    rules += [_mix_rule(column) for column in _MIXES.get(source.name, ())]
    rules += [_mean_rule(column) for column in _MEANS.get(source.name, ())]
    return rules


def check_history(con: Connection, source: Source, *, as_of: dt.date) -> list[CheckResult]:
    """Judge every rule of a source; ``as_of`` is the day of the refresh."""
    return [_result(source, rule, rule.check(con, source, as_of)) for rule in history_rules(source)]


def _result(source: Source, rule: HistoryRule, found: HistoryResult) -> CheckResult:
    return CheckResult(
        table_name=f"staging.{source.name}",
        check_name=rule.name,
        severity=rule.severity,
        passed=found.passed,
        n_checked=found.n_checked,
        n_failed=found.n_failed,
        detail=found.detail or found.public_detail,
        public_detail=found.public_detail,
    )


def _not_checked(why: str) -> HistoryResult:
    return HistoryResult(passed=True, n_checked=0, public_detail=f"not judged: {why}")


def _amount_rule(source: Source) -> HistoryRule:
    limits = f"between {LEAST_RATIO:g} and {LARGEST_RATIO:g} times the median of"
    if source.name in _WEEKLY:
        return HistoryRule(
            "newest_week_as_usual",
            f"The newest full week has {limits} the {N_WEEKS} weeks before it.",
            _newest_week,
        )
    return HistoryRule(
        "newest_file_as_usual",
        f"The newest file has {limits} the {MAX_FILES} files before it.",
        _newest_file,
    )


def _newest_week(con: Connection, source: Source, as_of: dt.date) -> HistoryResult:
    counts = _rows_by_week(con, source, as_of)
    if len(counts) <= MIN_WEEKS or median(counts[:-1]) < MIN_WEEK_ROWS:
        return _not_checked(
            f"needs {MIN_WEEKS} earlier weeks with a median of {MIN_WEEK_ROWS} rows or more"
        )
    return _against_usual(counts, "the newest full week", "earlier weeks")


def _rows_by_week(con: Connection, source: Source, as_of: dt.date) -> list[int]:
    """Rows of the last full weeks in order, those without a row too; the last is the newest.

    A week is full when the source reaches beyond its Sunday.
    """
    frame = fetch_staged(con, "checks/rows_by_week", source, as_of=as_of, n_weeks=N_WEEKS + 1)
    if frame.is_empty():
        return []
    n_rows = dict(frame.select("weeks_ago", "n_rows").iter_rows())
    oldest = max(n_rows)
    return [int(n_rows.get(weeks_ago, 0)) for weeks_ago in range(oldest, 0, -1)]


def _newest_file(con: Connection, source: Source, as_of: dt.date) -> HistoryResult:
    asked = {"source": source.name, "n_files": MAX_FILES + 1}
    counts = fetch_query(con, "checks/newest_file", asked)["n_rows"].to_list()[::-1]
    if len(counts) <= MIN_FILES or median(counts[:-1]) < MIN_WEEK_ROWS:
        return _not_checked(
            f"needs {MIN_FILES} earlier files with a median of {MIN_WEEK_ROWS} rows or more"
        )
    return _against_usual(counts, "the newest file", "earlier files")


def _against_usual(counts: Sequence[int], newest: str, others: str) -> HistoryResult:
    usual = median(counts[:-1])
    ratio = counts[-1] / usual
    if LEAST_RATIO <= ratio <= LARGEST_RATIO:
        return HistoryResult(passed=True, n_checked=len(counts))
    public_detail = (
        f"{newest} has {counts[-1]:,} rows, {ratio:.0%} of the usual {usual:,.0f} (median of "
        f"{len(counts) - 1} {others})"
    )
    return HistoryResult(
        passed=False, n_checked=len(counts), n_failed=1, public_detail=public_detail
    )


def _working_days(con: Connection, source: Source, as_of: dt.date) -> HistoryResult:
    sites = site_coverage(con, as_of=as_of)
    if sites.is_empty():
        return _not_checked(f"no site with {MIN_SITE_PEOPLE} people and shifts")
    gaps = sites.filter(pl.col("missing_share") > MAX_MISSING_SHARE).sort(
        "missing_share", "site", descending=[True, False]
    )
    places = [
        f"{row['site']}: no shift on {row['n_missing']} of {row['n_days']} working days, "
        f"the latest {row['last_missing']}"
        for row in gaps.to_dicts()
    ]
    return HistoryResult(
        passed=gaps.is_empty(),
        n_checked=int(sites["n_days"].sum()),
        n_failed=int(gaps["n_missing"].sum()),
        public_detail="; ".join(places) or None,
    )


_COVERAGE = HistoryRule(
    "working_days_covered",
    f"No site lacks shifts on more than {MAX_MISSING_SHARE:.0%} of its normal working days in the "
    "last half year.",
    _working_days,
)


def _employments(con: Connection, source: Source, as_of: dt.date) -> HistoryResult:
    rows = fetch_query(con, "checks/hired_again")
    if rows.is_empty():
        return _not_checked("nobody has more than one hire date")
    overlapping = rows.filter(~pl.col("has_left_between"))
    if overlapping.is_empty():
        return HistoryResult(passed=True, n_checked=rows.height)
    public_detail = (
        f"{overlapping.height:,} of {rows.height:,} later hire dates follow an earlier one "
        "without an exit between them"
    )
    places = [
        f"roster/{row['file']} line {line_name(row['line_number'])}, column hire_date: "
        f"'{row['hire_date']}' after '{row['earlier_hire_date']}'"
        for row in overlapping.head(SHOWN_ROWS).to_dicts()
    ]
    detail = f"{public_detail}: {'; '.join(places)}"
    return HistoryResult(False, rows.height, overlapping.height, public_detail, detail)


# It reads the roster too, but stands with the exits: they are checked after the roster is.
_EMPLOYMENTS = HistoryRule(
    "employments_do_not_overlap",
    "Nobody has two hire dates in the roster without an exit between them.",
    _employments,
)


def _mix_rule(column: str) -> HistoryRule:
    def describe(shift: MixShift) -> tuple[str, str]:
        return (
            f"the mix of {column} moved by {shift.index:.2f} (allowed {shift.limit:.2f})",
            f"; most of it: {loggable(shift.value, 'none')} from {shift.share_before:.0%} in "
            f"the year before to {shift.share_now:.0%} in the last 90 days",
        )

    return HistoryRule(
        f"{column}_mix_stable",
        f"The mix of {column} in the last 90 days is that of the year before (population "
        f"stability index up to {MAX_PSI:g}).",
        _drift_check("rows", partial(mix_shift, column=column), describe),
    )


def _mean_rule(column: str) -> HistoryRule:
    def describe(shift: MeanShift) -> tuple[str, str]:
        return (
            f"the mean of {column} moved by more than {MAX_MEAN_SHIFT:g} standard deviations",
            f": by {shift.in_sd:+.2f}",
        )

    return HistoryRule(
        f"{column}_mean_stable",
        f"The mean of {column} in the last 90 days lies within {MAX_MEAN_SHIFT:g} standard "
        "deviations of the year before.",
        _drift_check("values", partial(mean_shift, column=column), describe),
    )


def _drift_check(
    counted: str,
    shift_of: Callable[..., AnyShift | None],
    describe: Callable[[AnyShift], tuple[str, str]],
) -> Callable[[Connection, Source, dt.date], HistoryResult]:
    """Return a check of one column's shift; ``describe`` gives what everybody reads, and the rest.

    ``counted`` is what there must be enough of in both spans.
    """

    def check(con: Connection, source: Source, as_of: dt.date) -> HistoryResult:
        shift = shift_of(con, source, as_of=as_of)
        if shift is None:
            return _not_checked(f"too few {counted} in the last 90 days or in the year before")
        if not shift.is_beyond_limit:
            return HistoryResult(passed=True, n_checked=shift.n_rows)
        public_detail, figures = describe(shift)
        return HistoryResult(
            False, shift.n_rows, shift.n_rows_now, public_detail, f"{public_detail}{figures}"
        )

    return check
