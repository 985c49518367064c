"""The grade of credibility: its limits and words, and the worlds in which it must speak up."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.known_truth import Against, against_truth
from pipelines.contracts.credibility_rules import (
    CREDIBILITIES,
    CredibilityRule,
    load_credibility_rules,
)
from pipelines.contracts.tables import load_metrics
from pipelines.estimators.credibility.grade import grade_row, judged, worst
from pipelines.estimators.credibility.measured import NOT_MADE, Headline, Measured, Study
from pipelines.estimators.credibility.placebo import READINGS_OF_WORK, Before, found_before
from pipelines.simulation.scenarios import scenario

RULES = load_credibility_rules()
OUTCOMES = [metric.outcome for metric in load_metrics()]


@pytest.mark.parametrize("name", RULES)
def test_every_check_grows_worse_in_one_direction(name: str) -> None:
    rule = RULES[name]
    values = sorted(rule.limits.values(), reverse=rule.beyond == "below")
    order = [level for level in ("moderate", "weak", "not_credible") if level in rule.limits]
    assert [rule.limits[level] for level in order] == values, "a worse grade lies further out"
    just_within = values[0]
    assert rule.level_of(just_within) == "passed", "the limit itself still passes"
    step = 1e-6 if rule.beyond == "above" else -1e-6
    assert [rule.level_of(value + step) for value in values] == order
    assert rule.level_of(None) == "not_made"
    assert set(rule.outcomes) <= set(OUTCOMES)


@given(st.data())
def test_the_worst_check_decides_and_nothing_failed_is_told_as_passed(data: st.DataObject) -> None:
    outcome = data.draw(st.sampled_from(OUTCOMES))
    found = {
        name: Measured(data.draw(st.one_of(st.none(), st.floats(0.0, 12.0))), "tenure")
        for name in RULES
    }
    rows = judged(outcome, found, RULES)
    row = grade_row({"outcome": outcome, "horizon_days": 365}, rows)
    ranks = [CREDIBILITIES.index(each["caps_at"]) for each in rows]
    assert CREDIBILITIES.index(row["grade"]) == max(ranks)
    for each in rows:
        assert (each["caps_at"] == "strong") == (each["would_raise"] is None)
        assert not (each["level"] == "passed" and each["caps_at"] != "strong")
        assert "{" not in each["reading"]
        assert not any(letter.isdigit() for letter in each["reading"].replace("day 0", "")), (
            "a figure about people could tell of few of them"
        )
    assert (row["grade"] == "strong") == (row["reasons"] is None) == (row["would_raise"] is None)


def test_a_check_that_was_not_made_is_no_pass() -> None:
    rows = {row["check"]: row for row in judged("quality_score", {}, RULES)}
    assert rows["placebo"]["level"] == "not_made"
    assert rows["placebo"]["caps_at"] == "moderate"
    assert worst([]) == "strong"


def test_a_rule_needs_words_for_each_limit() -> None:
    told = {
        "label": "x", "beyond": "above", "limits": {"weak": 1.0}, "when_not_made": "passed",
        "passed": "p", "reads": {}, "not_made": "n", "raise": "r", "why": "w",
    }  # fmt: skip
    with pytest.raises(Exception, match="same failed grades"):
        CredibilityRule.model_validate(told)


def grades_of(name: str, seed: int) -> dict[str, str]:
    found = against_truth(scenario(name).seeded(seed))
    return dict(found.estimates.select("outcome", "credibility").unique().iter_rows())


def level(found: Against, outcome: str, check: str) -> str:
    row = found.levels.filter(pl.col("outcome") == outcome, pl.col("check") == check)
    return str(row["level"].item())


def test_few_coaches_are_never_believed_by_themselves() -> None:
    grades = grades_of("3 of 30 coaches", 1)
    assert set(grades.values()) - {None} <= {"weak", "not_credible"}


def test_people_coached_before_the_data_begin_weaken_everything() -> None:
    found = against_truth(scenario("coached before the data begin").seeded(1))
    assert level(found, "voluntary_exit", "prevalent") == "weak"
    usual = against_truth(scenario("confounded").seeded(1))
    assert level(usual, "voluntary_exit", "prevalent") == "passed"


@pytest.mark.slow  # quicker: the grades of each check, in tests/unit
def test_a_noisy_score_is_found_out_by_what_came_before_it() -> None:
    """Twice the people, so that one seed is enough to see it."""
    config = replace(scenario("noisy quality").seeded(1), n_agents=2400, agents_per_coach=50)
    found = against_truth(config)
    row = found.estimates.row(
        by_predicate=(pl.col("outcome") == "quality_score") & (pl.col("design") == "weighted"),
        named=True,
    )
    assert row["verdict"] == "better", "wrong, and said"
    assert row["credibility"] in ("weak", "not_credible"), "with a word about it"
    read = found.sensitivity.row(
        by_predicate=(pl.col("outcome") == "quality_score") & (pl.col("check") == "poor_reading"),
        named=True,
    )
    assert read["range_low"] < 0.0 < read["range_high"], "an older score makes up for it"
    assert abs(read["value"]) < abs(row["estimate"])
    usual = against_truth(replace(scenario("no difference").seeded(1), n_agents=2400))
    assert level(usual, "quality_score", "placebo") == "passed"


@pytest.mark.slow  # quicker: that people coached before weaken everything, above
def test_new_people_alone_are_on_the_truth_where_the_others_hide_it() -> None:
    """The headline is too small by about half; people new since the data begin aren't."""
    config = replace(
        scenario("coached before the data begin").seeded(2), n_agents=6000, agents_per_coach=125
    )
    found = against_truth(config)
    headline = found.estimates.row(
        by_predicate=(pl.col("outcome") == "voluntary_exit")
        & (pl.col("design") == "weighted")
        & (pl.col("horizon_days") == 365),
        named=True,
    )
    new = found.sensitivity.row(
        by_predicate=(pl.col("outcome") == "voluntary_exit") & (pl.col("check") == "new_people"),
        named=True,
    )
    assert headline["conf_high"] - headline["truth"] > 0.0
    assert headline["estimate"] > headline["truth"] + 0.025
    assert new["range_low"] < headline["truth"] < new["range_high"]
    assert abs(new["value"] - headline["truth"]) < abs(headline["estimate"] - headline["truth"])


def test_a_poor_reading_of_work_weakens_leaving_only_where_it_is_told() -> None:
    before = {name: Before(1.0, 0.5) for name in READINGS_OF_WORK}
    study = cast(Study, SimpleNamespace(labels={name: name for name in OUTCOMES}))
    clear = Headline("voluntary_exit", 365, -0.05, -0.09, -0.01, 0.02)
    found = found_before(study, clear, {**before, "unplanned_absence": Before(0.0, 1.0)})
    assert found["placebo"].value == 0.0, "absence knows nothing of it"
    assert RULES["placebo_work"].level_of(found["placebo_work"].value) == "weak"
    is_open = replace(clear, conf_high=0.01)
    assert found_before(study, is_open, before)["placebo_work"] == NOT_MADE
