"""Grades: which claims each problem costs, from which value on, and what is withheld for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.analysis.study_checks import STUDY_CHECKS
from pipelines.contracts.credibility_rules import load_credibility_rules
from pipelines.contracts.reportability_rules import load_grade_rules
from pipelines.contracts.sources import load_contracts
from pipelines.contracts.tables import load_metrics
from pipelines.estimators import results
from pipelines.estimators.kernels.two_shares import two_share_p_value
from pipelines.quality.data_measures import response_measures, shift_measures
from pipelines.quality.freshness import _SCHEMA as FRESHNESS_SCHEMA
from pipelines.quality.reportability import (
    DataMeasure,
    apply_grades,
    apply_grades_to_curve,
    outcome_grades,
    outcome_problems,
    withheld,
)
from pipelines.quality.run_checks import declared_checks

OUTCOMES = [metric.outcome for metric in load_metrics()]
EXITS = {"voluntary_exit", "involuntary_exit", "any_exit"}
BY_KIND = EXITS - {"any_exit"}
WELLBEING = {"emotional_exhaustion", "cynicism", "compassion_satisfaction", "morale"}
RULES = load_grade_rules()
CHECKS = {
    "table_name": pl.String,
    "check_name": pl.String,
    "passed": pl.Boolean,
    "n_checked": pl.Int64,
    "n_failed": pl.Int64,
}


def freshness(missing: tuple[str, ...] = (), late: tuple[str, ...] = ()) -> pl.DataFrame:
    rows = [
        {
            "source": source.name,
            "age_days": 40,
            "expected_days": 31,
            "n_rows": 5,
            "status": "missing" if source.name in missing else "late" if source.name in late
            else "present",
        }
        for source in load_contracts().sources
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=FRESHNESS_SCHEMA)


def checks(*rows: tuple[str, str, bool, int, int], severity: str = "WARN") -> pl.DataFrame:
    found = pl.DataFrame(list(rows), schema=CHECKS, orient="row")
    return found.with_columns(severity=pl.lit(severity))


def graded(
    *measures: DataMeasure, fresh: pl.DataFrame | None = None, found: pl.DataFrame | None = None
) -> dict[str, dict[str, Any]]:
    problems = outcome_problems(
        measures,
        freshness() if fresh is None else fresh,
        checks() if found is None else found,
        RULES,
    )
    return {row["outcome"]: row for row in outcome_grades(problems, OUTCOMES).to_dicts()}


def by_grade(grades: dict[str, dict[str, Any]], grade: str) -> set[str]:
    return {outcome for outcome, row in grades.items() if row["grade"] == grade}


def test_nothing_wrong_is_reportable() -> None:
    grades = graded(DataMeasure("exits_without_kind", 0.08, 700))
    assert by_grade(grades, "reportable") == set(OUTCOMES)
    assert {(row["status"], row["reason"]) for row in grades.values()} == {("shown", None)}


@pytest.mark.parametrize(
    ("value", "grade"),
    [(0.15, "reportable"), (0.16, "with_caution"), (0.3, "with_caution"), (0.31, "not_reportable")],
)
def test_missing_kinds_cost_the_two_kinds_and_never_all_leavers(value: float, grade: str) -> None:
    grades = graded(DataMeasure("exits_without_kind", value, 100))
    assert {grades[outcome]["grade"] for outcome in BY_KIND} == {grade}
    assert by_grade(grades, "reportable") >= set(OUTCOMES) - BY_KIND
    if grade != "reportable":
        row = grades["voluntary_exit"]
        assert row["reason"] == f"{value:.0%} of exits are recorded as other or without a kind"
        assert row["status"] == ("shown" if grade == "with_caution" else "not_reportable")
        assert row["measured_value"] == value
        assert row["threshold"] == (0.15 if grade == "with_caution" else 0.3)


def test_too_few_to_judge_is_said_and_costs_nothing() -> None:
    measures = [DataMeasure("exits_without_kind", 0.9, 19)]
    problems = outcome_problems(measures, freshness(), checks(), RULES)
    assert set(problems["grade"]) == {"not_judged"}
    assert set(problems["status"]) == {"too_little_data"}
    assert set(problems["reason"]) == {"not judged: fewer than 20 to judge by"}
    assert problems["measured_value"].null_count() == problems.height
    assert by_grade(graded(*measures), "reportable") == set(OUTCOMES)


@pytest.mark.parametrize("status", ["missing", "late"])
@pytest.mark.parametrize("source", ["attrition", "fatigue_surveys", "shifts", "performance"])
def test_a_source_costs_the_outcomes_that_need_it(source: str, status: str) -> None:
    need_it = {outcome for outcome, needed in RULES.needs.items() if source in needed}
    grades = graded(fresh=freshness(**{status: (source,)}))
    grade = "not_reportable" if status == "missing" else "with_caution"
    assert by_grade(grades, grade) == need_it
    assert len(need_it) in (1, 2, 3, 4)
    row = grades[min(need_it)]
    assert row["status"] == ("no_data" if status == "missing" else "shown")
    assert load_contracts().source(source).title.lower() in row["reason"]


def test_a_late_source_costs_the_same_on_every_day_that_it_is_late() -> None:
    """Grades stand until the next comparison: what moves with the day would be wrong by then."""
    fresh = freshness(late=("shifts",))
    older = fresh.with_columns(age_days=pl.col("age_days") + 9)
    one, other = (outcome_problems([], each, checks(), RULES) for each in (fresh, older))
    assert one.height > 0
    assert one.equals(other)


def test_the_worst_problem_decides_and_its_equals_are_told_with_it() -> None:
    caution = DataMeasure("exits_of_unknown_people", 0.05, 100)
    worse = DataMeasure("exits_set_aside", 0.11, 100)
    both = DataMeasure("exits_stop_early", 9.0, 300, "9 days")
    assert graded(caution)["any_exit"]["grade"] == "with_caution"
    row = graded(caution, worse, both)["any_exit"]
    assert row["grade"] == "not_reportable"
    assert row["problem"] == "exits_set_aside"
    assert row["reason"] == (
        "11% of exits were set aside for a broken value and not delivered again; "
        "exits stop 9 days before the data ends, about 9 would be usual since"
    )


def answers(*arms: tuple[int, int]) -> pl.DataFrame:
    """Who answered, of those who stayed and of everybody compared."""
    return pl.DataFrame(
        [
            {
                "arm": "ab"[i], "n_people": n, "n_answered": k, "n_compared": n,
                "n_with_value": k,
            }
            for i, (k, n) in enumerate(arms)
        ]
    )  # fmt: skip


def test_low_response_and_a_gap_cost_the_wellbeing_claims() -> None:
    measures = response_measures(answers((400, 500), (200, 400)))
    grades = graded(*measures)
    assert by_grade(grades, "not_reportable") == WELLBEING
    assert grades["morale"]["problem"] == "survey_response_gap"
    assert grades["morale"]["reason"].endswith("50% in the b group, 80% in the a group")
    low = graded(measures[0])
    assert by_grade(low, "with_caution") == WELLBEING
    assert (
        low["morale"]["reason"]
        == "only 50% of those who stayed in the b group answered in days 60 to 180"
    )


def test_a_gap_that_chance_explains_costs_nothing() -> None:
    gap = response_measures(answers((36, 40), (32, 40)))[1]
    assert gap.value is not None
    assert gap.value == pytest.approx(0.1)
    assert gap.is_by_chance
    assert by_grade(graded(gap), "reportable") == set(OUTCOMES)


def test_one_arm_alone_is_not_judged() -> None:
    alone = answers((1, 40), (0, 0)).head(1)
    assert by_grade(graded(*response_measures(alone)), "reportable") == set(OUTCOMES)


def test_a_gap_of_those_who_left_too_is_the_one_that_credibility_is_judged_by() -> None:
    """As many of those who stayed answered; but in one group more had left before they could."""
    arms = answers((90, 120), (60, 80)).with_columns(n_compared=pl.Series([130, 130]))
    response, gap = response_measures(arms, base=10)
    assert response.value == pytest.approx(0.75)
    assert gap.value == pytest.approx(30 / 130)
    assert (gap.is_by_chance, gap.n) == (False, 130)
    assert gap.detail == "46% in the b group, 69% in the a group, each rounded by itself"
    few = answers((28, 40), (18, 40))
    assert response_measures(few, base=20)[1].detail == "by less than rounding shows"
    of_data = load_grade_rules().measures["survey_response_gap"]
    of_credibility = load_credibility_rules()["answer_gap"]
    assert of_data.outcomes == of_credibility.outcomes
    assert of_credibility.limits == {"moderate": of_data.caution, "weak": of_data.not_reportable}


def test_two_shares_against_a_published_example() -> None:
    # 15 of 25 against 5 of 25: chi-squared without correction 8.333, p = 0.00389
    assert two_share_p_value((15, 25), (5, 25)) == pytest.approx(0.003892, abs=1e-6)
    assert two_share_p_value((5, 25), (5, 25)) == 1.0
    assert two_share_p_value((25, 25), (25, 25)) == 1.0


def test_shifts_missing_at_one_site_are_a_caution_and_at_most_of_them_too_much() -> None:
    sites = pl.DataFrame(
        {
            "site": ["North", "South"],
            "n_people": [90, 10],
            "n_days": [130, 130],
            "n_missing": [0, 130],
            "missing_share": [0.0, 1.0],
        }
    )
    grades = graded(*shift_measures(sites))
    assert by_grade(grades, "with_caution") == {"unplanned_absence"}
    assert grades["unplanned_absence"]["reason"].startswith("South: no shifts on 100% of its")
    turned = sites.with_columns(n_people=pl.Series([10, 90]))
    assert by_grade(graded(*shift_measures(turned)), "not_reportable") == {"unplanned_absence"}
    assert by_grade(graded(*shift_measures(sites.clear())), "reportable") == set(OUTCOMES)


def test_failed_checks_cost_what_the_table_says_beyond_a_hundredth_of_the_rows() -> None:
    name = ("staging.attrition", "exit_not_before_hire")
    assert by_grade(graded(found=checks((*name, True, 1000, 0))), "with_caution") == set()
    assert by_grade(graded(found=checks((*name, False, 1000, 10))), "with_caution") == set()
    grades = graded(found=checks((*name, False, 1000, 11)))
    assert by_grade(grades, "with_caution") == EXITS
    assert grades["any_exit"]["reason"] == "some exits lie before the hire date"
    unnamed = checks(("staging.training", "hours_in_range", False, 10, 10))
    assert by_grade(graded(found=unnamed), "reportable") == set(OUTCOMES)


def test_wrong_rows_of_a_source_take_away_what_needs_it() -> None:
    row = ("staging.shifts", "scheduled_hours_in_range", False, 1000, 1)
    grades = graded(found=checks(row, severity="ERROR"))
    assert by_grade(grades, "not_reportable") == {"unplanned_absence"}
    reason = "shifts: rows fail the check scheduled_hours_in_range"
    assert grades["unplanned_absence"]["reason"] == reason


def test_a_refused_file_costs_what_needs_its_source_and_says_so() -> None:
    refused = checks(("raw.shifts", "deliveries_accepted", False, 3, 2))
    grades = graded(found=refused)
    assert by_grade(grades, "with_caution") == {"unplanned_absence"}
    row = grades["unplanned_absence"]
    assert row["reason"] == "shifts: 2 files were refused, so that the rows don’t count"
    nothing = graded(found=refused, fresh=freshness(missing=("shifts",)))
    assert by_grade(nothing, "not_reportable") == {"unplanned_absence"}
    row = nothing["unplanned_absence"]
    assert row["reason"] == "no data: nothing was taken for shifts: 2 files were refused"
    assert row["status"] == "no_data"


@pytest.mark.parametrize(("n_failed", "grade"), [(20, "with_caution"), (21, "not_reportable")])
def test_rows_of_unknown_people_cost_a_claim_from_a_fifth_on(n_failed: int, grade: str) -> None:
    found = checks(("staging.shifts", "employee_id_known", False, 100, n_failed))
    assert graded(found=found)["unplanned_absence"]["grade"] == grade


def test_a_source_of_unknown_people_alone_is_no_data() -> None:
    found = checks(("staging.shifts", "employee_id_known", False, 9, 9))
    row = graded(found=found, fresh=freshness(missing=("shifts",)))["unplanned_absence"]
    assert (row["grade"], row["status"]) == ("not_reportable", "no_data")
    assert "no row that was delivered for shifts is of somebody on the roster" in row["reason"]


def test_the_rules_name_what_exists() -> None:
    assert list(RULES.needs) == OUTCOMES
    sources = {source.name: source for source in load_contracts().sources}
    assert {name for needed in RULES.needs.values() for name in needed} <= set(sources)
    for measure in RULES.measures.values():
        assert set(measure.outcomes) <= set(OUTCOMES)
        if measure.not_reportable is not None:
            assert measure.is_beyond(measure.not_reportable, measure.caution)
    for rule in RULES.checks:
        declared = {*STUDY_CHECKS}
        if rule.table != "staging.study_setting":
            source = sources[rule.table.removeprefix("staging.")]
            declared = {check.name for check in declared_checks(source)}
        assert rule.check in declared, rule
        assert set(rule.outcomes) <= set(OUTCOMES)


def comparison() -> pl.DataFrame:
    rows = [
        {
            **dict.fromkeys(results.COMPARISON_SCHEMA),
            "outcome": outcome,
            "horizon_days": horizon,
            "design": design,
            "estimand": estimand,
            "segment": "all",
            "segment_value": "all",
            "n_people_a": 100,
            "n_people_b": 120,
            **dict.fromkeys(("n_events_a", "n_events_b"), 30),
            **dict.fromkeys(("value_a", "value_b", "estimate", "conf_low", "conf_high"), 0.2),
            "std_error": 0.1,
            "verdict": "better",
            "status": "shown",
        }
        for outcome in sorted(EXITS)
        for horizon in (90, 365)
        for design in ("unadjusted", "weighted")
        for estimand in ("risk_difference", "rmst_difference_days")
    ]
    return pl.DataFrame(rows, schema=results.COMPARISON_SCHEMA)


def grades_frame(**grades: str) -> pl.DataFrame:
    rows = [
        (
            name,
            grades.get(name, "reportable"),
            grades.get(name),
            f"why {name}" if name in grades else None,
        )
        for name in OUTCOMES
    ]
    return pl.DataFrame(rows, ["outcome", "grade", "status", "reason"], orient="row")


NUMBERS = ("n_events_a", "n_events_b", "value_a", "value_b", "estimate", "std_error",
           "conf_low", "conf_high")  # fmt: skip


@given(st.sets(st.sampled_from(sorted(EXITS))))
def test_exactly_the_withheld_outcomes_lose_verdict_and_numbers(names: set[str]) -> None:
    before = comparison()
    after = apply_grades(before, grades_frame(**dict.fromkeys(names, "not_reportable")))
    assert after.schema == before.schema
    is_withheld = pl.col("outcome").is_in(sorted(names))
    assert after.filter(~is_withheld).equals(before.filter(~is_withheld))
    gone = after.filter(is_withheld)
    assert all(gone[name].null_count() == gone.height for name in NUMBERS)
    assert set(gone["verdict"]) <= {"not_reportable"}
    assert set(gone["status"]) <= {"not_reportable"}
    assert gone["reason"].to_list() == [f"why {name}" for name in gone["outcome"]]
    assert gone["n_people_a"].null_count() == 0


def test_caution_takes_nothing_away() -> None:
    grades = grades_frame(**dict.fromkeys(EXITS, "with_caution"))
    assert apply_grades(comparison(), grades).equals(comparison())
    assert apply_grades_to_curve(curve(), grades).equals(curve())
    assert withheld(grades) == {}


@pytest.mark.parametrize("status", ["suppressed", "no_data"])
def test_what_is_suppressed_or_absent_stays_as_it_is(status: str) -> None:
    hidden = comparison().with_columns(status=pl.lit(status), reason=pl.lit("why"))
    grades = grades_frame(any_exit="not_reportable")
    assert apply_grades(hidden, grades).equals(hidden)


def curve() -> pl.DataFrame:
    row = {
        **dict.fromkeys(results.RETENTION_CURVE_SCHEMA, 0),
        **dict.fromkeys(("survival", "std_error", "conf_low", "conf_high"), 0.5),
        **dict.fromkeys(("design", "segment", "segment_value", "arm"), "x"),
        "status": "shown",
        "reason": None,
    }
    return pl.DataFrame([row], schema=results.RETENTION_CURVE_SCHEMA)


@pytest.mark.parametrize("name", sorted(BY_KIND))
def test_one_withheld_kind_takes_every_kind_of_the_curve_along(name: str) -> None:
    after = apply_grades_to_curve(curve(), grades_frame(**{name: "not_reportable"})).row(
        0, named=True
    )
    assert after["voluntary_exit"] is after["involuntary_exit"] is after["other_exit"] is None
    assert after["survival"] == 0.5
    assert after["at_risk"] == 0
    assert (after["status"], after["reason"]) == ("shown", f"why {name}")


def test_withheld_exits_leave_nothing_of_the_curve() -> None:
    after = apply_grades_to_curve(curve(), grades_frame(any_exit="not_reportable"))
    kept = {name for name in after.columns if after[name][0] is not None}
    assert kept == {"design", "segment", "segment_value", "arm", "day", "status", "reason"}
    assert after["status"][0] == "not_reportable"


def test_a_measure_keeps_its_detail() -> None:
    measure = DataMeasure("exits_stop_early", 4.2, 400, "4 days")
    assert graded(measure)["any_exit"]["reason"] == (
        "exits stop 4 days before the data ends, about 4 would be usual since"
    )
    assert graded(replace(measure, value=2.9))["any_exit"]["grade"] == "reportable"
