"""The functions that the contracts name for a row are those that run when it is made."""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

import polars as pl
import pytest

from pipelines.contracts.row_code import row_code, rules_about
from pipelines.contracts.tables import table_of
from pipelines.estimators import exit_estimates, measure_estimates
from pipelines.estimators.compare_exits import exit_comparison
from pipelines.estimators.compare_measures import measure_comparison, observed_measures
from pipelines.estimators.designs import coach_preference, within_coach
from pipelines.estimators.designs.fitted_cohort import fit_cohort
from pipelines.estimators.results import Measure
from pipelines.estimators.segments.comparison import segment_comparison
from pipelines.measurement.coach_mix import coach_mix_rows, people_per_coach_rows
from pipelines.measurement.practice_counts import MinimumSessions
from tests.reference.support import absences, spec_of
from tests.reference.test_immortal_time import collecting_world

COMPARISON = "outcomes.comparison"
Made = list[tuple[dict[str, Any], set[str]]]


def test_every_function_of_the_rules_is_there_and_every_column() -> None:
    for name, rules in row_code().items():
        table = table_of(name)
        for rule in rules:
            named = {name for each in rule.reads for name in re.findall(r"{(\w+)}", each)}
            assert {*rule.where, *rule.columns, *named} <= {each.name for each in table.columns}
            for each in (*rule.code, *rule.steps):
                module, _, function = each.partition(":")
                made = getattr(importlib.import_module(f"pipelines.{module}"), function)
                assert callable(made) or (function.isupper() and each in rule.steps)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """The rows of a small comparison, each with the functions that are running when it is made."""
    found: Made = []
    for module in (exit_estimates, measure_estimates):
        plain = module.estimate_row

        def watched(name: Any, *given: Any, plain: Any = plain) -> Any:
            frame, running = sys._getframe(1), set()
            while frame:
                module = frame.f_globals["__name__"].removeprefix("pipelines.")
                running.add(f"{module}:{frame.f_code.co_name}")
                frame = frame.f_back  # type: ignore[assignment]
            row = plain(name, *given)
            found.append((row, running))
            return row

        monkeypatch.setattr(module, "estimate_row", watched)
    _compare()
    return found


def _compare() -> None:
    people, months = collecting_world(600)
    people = people.with_columns(site=pl.Series("site", ["Ash", "Oak"] * (people.height // 2)))
    spec = spec_of(covariates=(), horizon_days=(365,))
    values = absences(people)
    absence = Measure("unplanned_absence", 180, is_lower_better=True, is_rate=True)
    cohort = fit_cohort(people, spec)
    exit_comparison(cohort, months)
    observed = observed_measures(cohort, values, [absence])
    measure_comparison(cohort, observed)
    preference = coach_preference.coach_preference_of(cohort.people, spec)
    coach_preference.measure_comparison(preference, spec, observed)
    within_coach.comparison_rows(cohort.people, spec, preference.controls)
    within_coach.measure_comparison(cohort.people, spec, preference.controls, observed)
    segment_comparison(cohort, observed)


def test_a_rows_functions_are_those_that_run_when_it_is_made_and_no_others(made: Made) -> None:
    running = {each for _, functions in made for each in functions}
    assert {row["design"] for row, _ in made} >= {"unadjusted", "weighted", "within_coach"}
    assert {row["segment"] for row, _ in made} == {"all", "site"}
    named = {each for rule in row_code()[COMPARISON] for each in (*rule.code, *rule.steps)}
    key_of = table_of(COMPARISON).key
    for row, functions in made:
        rules = rules_about(COMPARISON, row, ["estimate"])
        told = {each for rule in rules for each in (*rule.code, *rule.steps)}
        assert told & running == functions & named, {key: row[key] for key in key_of}


def test_topics_of_practice_lead_to_the_functions_that_give_them() -> None:
    sessions = pl.DataFrame(
        [{"agent_key": f"a{i}", "coach_key": f"c{i % 4}", "arm": "ab"[i % 2]} for i in range(400)]
    )
    minimum = MinimumSessions(5, 2)
    for rows in (coach_mix_rows(sessions, "a", minimum), people_per_coach_rows(sessions, minimum)):
        (code,) = {rules_about("outcomes.coaching_practice", row)[0].code for row in rows}
        (topic,) = {row["topic"] for row in rows}
        assert code == (f"measurement.coach_mix:{topic}_rows",)
