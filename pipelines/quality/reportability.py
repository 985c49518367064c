"""Which claims the data can bear: problems weighed where they matter, outcome by outcome.

Frames in, frames out: what was measured comes from `pipelines.quality.data_measures`, what it costs
from ``contracts/grades.yml``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from typing import Any, Literal

import polars as pl

from pipelines.contracts.reportability_rules import GradeRules, MeasureRule
from pipelines.contracts.sources import load_contracts
from pipelines.core import status as states
from pipelines.core.check_results import DELIVERIES_ACCEPTED, FILES_READABLE
from pipelines.core.rounding import count_to_grid, share_step, to_grid
from pipelines.core.status import Absence, Status
from pipelines.quality.freshness import LATE, MISSING

Grade = Literal["reportable", "with_caution", "not_reportable", "not_judged"]
NOT_REPORTABLE: Grade = "not_reportable"
WITH_CAUTION: Grade = "with_caution"
REPORTABLE: Grade = "reportable"
NOT_JUDGED: Grade = "not_judged"
_WORST_FIRST = (NOT_REPORTABLE, WITH_CAUTION)

GRADE_SCHEMA = {
    "outcome": pl.String(),
    "grade": pl.String(),
    "status": pl.String(),
    "reason": pl.String(),
    "problem": pl.String(),
    "measured_value": pl.Float64(),
    "threshold": pl.Float64(),
}
PROBLEM_SCHEMA = {
    "outcome": pl.String(),
    "problem": pl.String(),
    "label": pl.String(),
    "grade": pl.String(),
    "status": pl.String(),
    "reason": pl.String(),
    "measured_value": pl.Float64(),
    "threshold": pl.Float64(),
    "unit": pl.String(),
    "n_checked": pl.Int64(),
}
CAUSES = {"voluntary_exit", "involuntary_exit"}
_CURVE_CAUSES = ("voluntary_exit", "involuntary_exit", "other_exit")
_CURVE_KEYS = {"design", "segment", "segment_value", "arm", "day", "status", "reason"}
_STATUS: dict[Grade, Status] = {
    NOT_REPORTABLE: states.NOT_REPORTABLE,
    WITH_CAUTION: states.SHOWN,
    REPORTABLE: states.SHOWN,
    NOT_JUDGED: states.TOO_LITTLE_DATA,
}
"""What a grade means for the figures; a source that was never delivered makes it no data."""
_VALUES = ("value_a", "value_b", "estimate", "std_error", "conf_low", "conf_high")


@dataclass(frozen=True)
class DataMeasure:
    """One measured property of the data.

    ``value`` is None where it couldn't be measured; ``n`` is what it was measured over.
    ``is_by_chance``: a difference that chance explains, so that its size means nothing. What is
    told of it is rounded to the weight of ``rounding_base`` people; it is judged as it is.
    """

    name: str
    value: float | None
    n: int
    detail: str = ""
    is_by_chance: bool = False
    rounding_base: int = 0

    @property
    def rounded_value(self) -> float | None:
        """The value as it may be shown: a share on the grid of ``rounding_base`` people."""
        return to_grid(self.value, share_step(self.rounding_base, self.n))


@dataclass(frozen=True)
class Problem:
    """What one measure, source or check means for one outcome; the columns of a table's row."""

    outcome: str
    problem: str
    label: str
    grade: Grade
    status: Status
    reason: str | None
    measured_value: float | None = None
    threshold: float | None = None
    unit: str | None = None
    n_checked: int | None = None


def outcome_problems(
    measures: Sequence[DataMeasure],
    freshness: pl.DataFrame,
    checks: pl.DataFrame,
    rules: GradeRules,
) -> pl.DataFrame:
    """Everything that was weighed, one row per outcome and measure, source or failed check.

    ``freshness`` and ``checks`` have the columns of the ``quality`` tables. A measure that is
    within its limits is listed as ``reportable``; one over too little as ``not_judged``.
    """
    found = [
        *_from_sources(freshness, checks, rules),
        *(each for measure in measures for each in _from_measure(measure, rules)),
        *_from_checks(checks, rules),
    ]
    return pl.DataFrame([astuple(each) for each in found], schema=PROBLEM_SCHEMA, orient="row")


def outcome_grades(problems: pl.DataFrame, outcomes: Sequence[str]) -> pl.DataFrame:
    """One row per outcome: its worst grade, the reasons for it, and the first one's figures."""
    rows = [_grade_of(problems.filter(pl.col("outcome") == name), name) for name in outcomes]
    return pl.DataFrame(rows, schema=GRADE_SCHEMA, orient="row")


def _grade_of(problems: pl.DataFrame, outcome: str) -> tuple[object, ...]:
    for grade in _WORST_FIRST:
        found = problems.filter(pl.col("grade") == grade)
        if not found.is_empty():
            first = found.row(0, named=True)
            has_data = (found["status"] != states.NO_DATA).all()
            status = _STATUS[grade] if has_data else states.NO_DATA
            reason = "; ".join(found["reason"])
            figures = (first["measured_value"], first["threshold"])
            return (outcome, grade, status, reason, first["problem"], *figures)
    return (outcome, REPORTABLE, states.SHOWN, None, None, None, None)


def _from_sources(
    freshness: pl.DataFrame, checks: pl.DataFrame, rules: GradeRules
) -> Iterator[Problem]:
    sources = {row["source"]: row for row in freshness.to_dicts()}
    not_taken, unknown = _files_not_taken(checks), _sources_of_unknown_people(checks)
    wrong = _wrong_sources(checks)
    for outcome, needed in rules.needs.items():
        for name in needed:
            if name in wrong:
                yield Problem(
                    outcome, f"{name}_wrong", "Wrong data", NOT_REPORTABLE, states.NOT_REPORTABLE,
                    wrong[name],
                )  # fmt: skip
            yield from _from_source(
                outcome, sources[name], not_taken.get(name, 0), is_unknown=name in unknown
            )


def _files_not_taken(checks: pl.DataFrame) -> dict[str, int]:
    """How many files of each source lie in landing and were refused."""
    refused = checks.filter(
        ~pl.col("passed"), pl.col("check_name").is_in([DELIVERIES_ACCEPTED, FILES_READABLE])
    )
    by_table = refused.group_by("table_name").agg(pl.col("n_failed").sum())
    return {table.removeprefix("raw."): n for table, n in by_table.iter_rows()}


def _wrong_sources(checks: pl.DataFrame) -> dict[str, str]:
    """What is wrong with each source's staged rows; of a required one nothing is published."""
    failed = checks.filter(
        ~pl.col("passed"),
        pl.col("severity") == "ERROR",
        pl.col("table_name").str.starts_with("staging."),
    )
    return {
        source: f"{load_contracts().source(source).title.lower()}: rows fail the check {check}"
        for source, check in failed.select(
            pl.col("table_name").str.strip_prefix("staging."), "check_name"
        ).iter_rows()
    }


def _sources_of_unknown_people(checks: pl.DataFrame) -> set[str]:
    """Sources with rows, none of which is about somebody on the roster."""
    found = checks.filter(
        pl.col("check_name") == "employee_id_known",
        pl.col("n_checked") > 0,
        pl.col("n_failed") == pl.col("n_checked"),
    )
    return {table.removeprefix("staging.") for table in found["table_name"]}


def _from_source(
    outcome: str, source: dict[str, Any], n_not_taken: int, *, is_unknown: bool
) -> Iterator[Problem]:
    """What a source costs an outcome: nothing there of it, nothing new, or a part refused."""
    name = source["source"]
    words = load_contracts().source(name).title.lower()
    refused = "1 file was" if n_not_taken == 1 else f"{n_not_taken} files were"
    if source["status"] == MISSING:
        why = f"nothing was delivered for {words}"
        if n_not_taken:
            why = f"nothing was taken for {words}: {refused} refused"
        elif is_unknown:
            why = f"no row that was delivered for {words} is of somebody on the roster"
        absent = states.no_data(why)
        yield Problem(
            outcome, f"{name}_missing", "Missing source", NOT_REPORTABLE,
            absent.status, absent.reason,
        )  # fmt: skip
        return
    if n_not_taken:
        reason = f"{words}: {refused} refused, so that the rows don’t count"
        yield Problem(
            outcome, f"{name}_refused", "Refused delivery", WITH_CAUTION, states.SHOWN, reason,
            float(n_not_taken), 0.0, "files", source["n_rows"],
        )  # fmt: skip
    if source["status"] == LATE:
        # How old it is moves with every night, and a grade stands as long as its comparison.
        expected = source["expected_days"]
        reason = f"{words}: the newest row is more than the expected {expected} days old"
        yield Problem(
            outcome, f"{name}_late", "Late source", WITH_CAUTION, states.SHOWN, reason,
            None, float(expected), "days", source["n_rows"],
        )  # fmt: skip


def _from_measure(measure: DataMeasure, rules: GradeRules) -> Iterator[Problem]:
    rule = rules.measures[measure.name]
    grade, threshold = _grade_measure(measure, rule)
    reason = _reason(measure, rule) if grade in _WORST_FIRST else None
    if grade == NOT_JUDGED:
        reason = f"not judged: fewer than {rule.min_n} to judge by"
    value = None if grade == NOT_JUDGED else measure.rounded_value
    for outcome in rule.outcomes:
        yield Problem(
            outcome, measure.name, rule.label, grade, _STATUS[grade], reason, value, threshold,
            rule.unit, count_to_grid(measure.n, measure.rounding_base),
        )  # fmt: skip


def _grade_measure(measure: DataMeasure, rule: MeasureRule) -> tuple[Grade, float]:
    if measure.value is None or measure.n < rule.min_n:
        return NOT_JUDGED, rule.caution
    if measure.is_by_chance:
        return REPORTABLE, rule.caution
    if rule.not_reportable is not None and rule.is_beyond(measure.value, rule.not_reportable):
        return NOT_REPORTABLE, rule.not_reportable
    if rule.is_beyond(measure.value, rule.caution):
        return WITH_CAUTION, rule.caution
    return REPORTABLE, rule.caution


def _reason(measure: DataMeasure, rule: MeasureRule) -> str:
    assert measure.rounded_value is not None
    value = (
        f"{measure.rounded_value:.0%}"
        if rule.unit == "fraction"
        else f"{measure.rounded_value:,.0f}"
    )
    return rule.reason.format(value=value, detail=measure.detail)


def _from_checks(checks: pl.DataFrame, rules: GradeRules) -> Iterator[Problem]:
    failed = {
        (row["table_name"], row["check_name"]): row
        for row in checks.filter(~pl.col("passed")).to_dicts()
    }
    for rule in rules.checks:
        row = failed.get((rule.table, rule.check))
        if row is None or row["n_failed"] <= rules.min_failed_share * row["n_checked"]:
            continue
        share = row["n_failed"] / max(row["n_checked"], 1)
        is_too_many = rule.not_reportable is not None and share > rule.not_reportable
        grade = NOT_REPORTABLE if is_too_many else WITH_CAUTION
        limit = rule.not_reportable if is_too_many else rules.min_failed_share
        source = rule.table.removeprefix("staging.")
        for outcome in rule.outcomes:
            yield Problem(
                outcome, f"{source}_{rule.check}", "Failed check", grade, _STATUS[grade],
                rule.means, round(share, 2), limit, "fraction", row["n_checked"],
            )  # fmt: skip


def withheld(grades: pl.DataFrame) -> dict[str, Absence]:
    """The outcomes that may not be reported, each with its status and reason.

    The status is no_data where a source was never delivered, else not_reportable.
    """
    found = grades.filter(pl.col("grade") == NOT_REPORTABLE)
    rows = found.select("outcome", "status", "reason").iter_rows()
    return {outcome: Absence(status, reason) for outcome, status, reason in rows}


def withheld_columns(grades: pl.DataFrame) -> tuple[pl.Expr, pl.Expr]:
    """Status and reason of a row whose ``outcome`` is withheld; NULL where it isn't."""
    found = withheld(grades)
    named = [
        pl.col("outcome").replace_strict(
            {outcome: each.columns()[name] for outcome, each in found.items()},
            default=None,
            return_dtype=pl.String,
        )
        for name in ("status", "reason")
    ]
    return named[0], named[1]


def apply_grades(comparison: pl.DataFrame, grades: pl.DataFrame) -> pl.DataFrame:
    """``outcomes.comparison`` with the verdict and the numbers of withheld outcomes taken away."""
    return withhold(comparison, *withheld_columns(grades))


def withhold(comparison: pl.DataFrame, status: pl.Expr, reason: pl.Expr) -> pl.DataFrame:
    """Take verdict and numbers away where there is a status to put in their place.

    Numbers of people stay, numbers of events go with the estimates. Rows that are suppressed stay
    as they are, and so do those without data, unless it is because nothing was delivered.
    """
    is_empty = (pl.col("status") == states.NO_DATA) & (status != states.NO_DATA)
    is_withheld = status.is_not_null() & ~is_empty & (pl.col("status") != states.SUPPRESSED)
    return comparison.with_columns(
        *(
            pl.when(~is_withheld).then(pl.col(name)).alias(name)
            for name in (*_VALUES, "n_events_a", "n_events_b")
        ),
        verdict=pl.when(is_withheld).then(pl.lit(NOT_REPORTABLE)).otherwise(pl.col("verdict")),
        status=pl.when(is_withheld).then(status).otherwise(pl.col("status")),
        reason=pl.when(is_withheld).then(reason).otherwise(pl.col("reason")),
    )


def apply_grades_to_curve(curve: pl.DataFrame, grades: pl.DataFrame) -> pl.DataFrame:
    """``outcomes.retention_curve`` without what the grades withhold.

    If one kind of exit is withheld, all kinds are: survival and the others would give it back; the
    curve itself is still shown, with a note. If exits as such are, nothing of the curve is left.
    """
    found = withheld(grades)
    kinds = sorted(CAUSES & found.keys())
    is_shown = pl.col("status") == states.SHOWN
    if "any_exit" in found:
        whole = found["any_exit"]
        return curve.with_columns(
            *(_nothing(curve, name) for name in curve.columns if name not in _CURVE_KEYS),
            status=pl.when(is_shown).then(pl.lit(whole.status)).otherwise("status"),
            reason=pl.when(is_shown).then(pl.lit(whole.reason)).otherwise("reason"),
        )
    if not kinds:
        return curve
    note = pl.lit(found[kinds[0]].reason)
    return curve.with_columns(
        *(_nothing(curve, name) for name in curve.columns if name.startswith(_CURVE_CAUSES)),
        reason=pl.when(is_shown).then(note).otherwise("reason"),
    )


def _nothing(curve: pl.DataFrame, name: str) -> pl.Expr:
    return pl.lit(None, curve.schema[name]).alias(name)
