"""What the grades withhold stays withheld in the tables of the further designs."""

from __future__ import annotations

import polars as pl

from pipelines.analysis.designs import further_checks, graded_events
from pipelines.estimators.compare_measures import observed_measures
from pipelines.estimators.designs.coach_preference import coach_preference_of
from pipelines.estimators.designs.fitted_cohort import fit_cohort
from pipelines.estimators.results import EVENT_STUDY_SCHEMA, Measure
from tests.reference.support import absences, spec_of
from tests.reference.test_immortal_time import collecting_world

GRADES = pl.DataFrame(
    {
        "outcome": ["voluntary_exit", "any_exit", "unplanned_absence"],
        "grade": ["not_reportable", "reportable", "reportable"],
        "status": ["no_data", "shown", "shown"],
        "reason": ["no data: reasons for leaving are missing", None, None],
    }
)


def test_the_event_study_of_a_withheld_outcome_is_blank() -> None:
    row = {
        "training": "coaching_with_compassion",
        "months_since_training": 0,
        "n_coaches": 12,
        "n_coaches_compared": 20,
        "estimate": 0.01,
        "std_error": 0.02,
        "conf_low": -0.03,
        "conf_high": 0.05,
        "conf_level": 0.95,
        "pre_trend_p_value": 0.4,
        "status": "shown",
        "reason": None,
    }
    outcomes = ("voluntary_exit", "any_exit", "arm_a_share")
    events = pl.DataFrame([row | {"outcome": each} for each in outcomes], EVENT_STUDY_SCHEMA)
    found = {each["outcome"]: each for each in graded_events(events, GRADES).to_dicts()}
    assert found["voluntary_exit"]["status"] == "no_data"
    for name in ("estimate", "std_error", "conf_low", "conf_high", "pre_trend_p_value"):
        assert found["voluntary_exit"][name] is None
        assert found["any_exit"][name] == row[name]
    assert (found["arm_a_share"]["status"], found["arm_a_share"]["reason"]) == ("shown", None)


def test_the_checks_of_a_withheld_outcome_are_blank() -> None:
    people, months = collecting_world(600)
    spec = spec_of(covariates=(), horizon_days=(365,))
    values = absences(people)
    absence = Measure("unplanned_absence", 180, is_lower_better=True, is_rate=True)
    cohort = fit_cohort(people, spec)
    observed = observed_measures(cohort, values, [absence])
    leaning = coach_preference_of(cohort.people, spec)
    rows = further_checks(people, months, observed, leaning, spec, GRADES)
    found = {(row["check"], row["outcome"]): row for row in rows.to_dicts()}
    assert len(found) == 5
    for check in ("ever_coached_naive", "ever_coached_in_time"):
        withheld = found[check, "voluntary_exit"]
        assert withheld["value"] is None
        assert withheld["reading"] is None
        assert withheld["status"] == "no_data"
        assert found[check, "any_exit"]["value"] > 0
    assert found["rate_by_regression", "unplanned_absence"]["value"] > 0
