"""What pages, tiles and the digest say of a difference whose grade doesn't carry it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from dashboards.data import SiteData
from dashboards.estimates import RISKS, find
from dashboards.labels import Arms, verdict_words
from dashboards.outcome_display import mean_horizon
from dashboards.pages.digest import digest_text
from dashboards.pages.method import method_page
from dashboards.pages.outcome import Subject, sure_values
from dashboards.pages.overview import overview_page
from dashboards.pages.retention import retention_page
from dashboards.pages.verdict_views import verdict_values
from dashboards.sentences import method, verdict, workforce
from dashboards.sentences.credibility import (
    OF_EVERY_OUTCOME,
    check_statements,
    grade_of,
    grade_rows,
)
from dashboards.sentences.outcome import TOPICS, worth
from dashboards.sentences.outcome_grades import outcome_grade_rows
from pipelines.contracts.credibility_rules import load_credibility_rules
from pipelines.estimators.conclusions import with_credibility
from pipelines.estimators.credibility.grade import grade_row, judged
from pipelines.estimators.credibility.measured import NOT_MADE, Measured
from pipelines.estimators.credibility.rivals import Told, says_of
from pipelines.estimators.results import CREDIBILITY_CHECK_SCHEMA, CREDIBILITY_SCHEMA
from tests.figures.claim_worlds import checked
from tests.figures.outcome_worlds import with_parts
from tests.figures.visible_text import visible_text
from tests.figures.workforce_worlds import differing
from tests.figures.worlds import clear_difference

PASSED = {
    name: Measured(0.0 if rule.beyond == "above" else 100.0)
    for name, rule in load_credibility_rules().items()
}
FAILED = {
    "weak": {"placebo": Measured(1.5, "unplanned absence")},
    "not_credible": {"information": Measured(0.05)},
    "strong": {},
}


SPEAKS_OF = {
    **dict.fromkeys(("answer_gap", "answer_depends", "silence"), r"answer(s|ed)?\b(?! another)"),
    **dict.fromkeys(("balance", "balance_spread", "set_aside"), r"Similar|\balike\b"),
    **dict.fromkeys(("information", "largest_share"), r"[Ww]eight"),
    **dict.fromkeys(("placebo", "control", "placebo_size"), r"^\W*Before the"),
    "placebo_work": r"^\W*Before the|poor reading",
    **dict.fromkeys(("new_people", "prevalent"), r"^\W*New people"),
    "designs": r"\bdesigns?\b",
    "coaches": r"Enough",
    "looks": r"\blooks?\b",
    "hidden": r"unknown|unrecorded",
    **dict.fromkeys(("drawn", "later_coaches", "early"), r"lottery|later coach|at once"),
}
"""What a ticked item of a page would say of a check."""


def graded(grade: str, world: SiteData | None = None) -> SiteData:
    """A world with a clear difference, its headline of this grade and the others strong."""
    data = world or clear_difference()
    rows, checks = [], []
    for outcome in ("voluntary_exit", "involuntary_exit"):
        failed = FAILED[grade] if outcome == "voluntary_exit" else {}
        told = judged(outcome, PASSED | failed, load_credibility_rules())
        checks += told
        rows.append(grade_row({"outcome": outcome, "horizon_days": 365}, told))
    credibility = pl.DataFrame(rows, schema=CREDIBILITY_SCHEMA)
    return replace(
        data,
        comparison=with_credibility(
            data.comparison.drop("credibility"), credibility, data.anytime_interval
        ),
        credibility=credibility,
        credibility_check=pl.DataFrame(checks, schema=CREDIBILITY_CHECK_SCHEMA),
    )


@pytest.mark.parametrize("grade", ["weak", "not_credible"])
def test_a_failed_check_stands_wherever_the_verdict_does(grade: str) -> None:
    data = graded(grade)
    arms = Arms(data.arm_a, data.arm_b)
    word = verdict_words("better", grade)
    values = verdict_values(data, arms)
    tile = values["outcomes"][0]
    assert tile.verdict.startswith(f"{word}:")
    assert (tile.icon, tile.verdict_key) == ("?", "unsure")
    told = "weakly supported" if grade == "weak" else "Not credible"
    assert told in values["verdict"]
    assert values["caution"][0] == "Don’t act on this alone."
    for text in (digest_text(data), visible_text(overview_page(data, None))):
        assert told in text
        assert f"Credibility: {grade.replace('_', ' ')}." in text
        assert "What would raise it" in text
    assert word in visible_text(method_page(data, None))
    because = grade_rows(data)[0][2]
    assert f"Not sure of a direction. {because}" in visible_text(retention_page(data, None))


def test_a_strong_grade_leaves_the_fixed_words() -> None:
    data = graded("strong")
    values = verdict_values(data, Arms(data.arm_a, data.arm_b))
    assert values["outcomes"][0].verdict.startswith("Better:")
    assert values["outcomes"][0].icon == "✓"
    assert "weakly" not in digest_text(data)
    assert grade_rows(data)[0][1] == "Strong"


def test_the_training_has_no_grade_of_the_coaching() -> None:
    data = graded("weak")
    rollout = data.comparison.head(1).with_columns(design=pl.lit("training_rollout"))
    joined = with_credibility(
        pl.concat([data.comparison, rollout]).drop("credibility"),
        data.credibility,
        data.anytime_interval,
    )
    assert joined.filter(pl.col("design") == "training_rollout")["credibility"][0] is None


def test_a_verdict_of_one_look_is_weak_at_every_horizon() -> None:
    """The headline's check asks at its own horizon; the page speaks of all verdicts."""
    data = graded("strong")
    clear = data.comparison.filter(
        pl.col("verdict") == "better", pl.col("segment") == "all", pl.col("design") == "weighted",
        pl.col("outcome") == "voluntary_exit", pl.col("estimand") == RISKS,
    ).head(1)  # fmt: skip
    held = {"anytime_conf_low": -0.3, "anytime_conf_high": -0.01}
    for ends, grade in ((held, "strong"), (held | {"anytime_conf_high": 0.02}, "weak")):
        anytime = clear.with_columns(**{name: pl.lit(end) for name, end in ends.items()})
        told = with_credibility(clear.drop("credibility"), data.credibility, anytime)
        assert told["credibility"].to_list() == [grade]


def test_only_passed_checks_get_a_tick() -> None:
    data = graded("weak")
    marks = {each.head: each.mark for each in check_statements(data, "voluntary_exit")}
    assert marks["Long before the first session."] == "note"
    assert [head for head, mark in marks.items() if mark != "yes"] == [
        "Long before the first session."
    ]
    assert grade_rows(data)[0][:2] == ("Leaving by choice", "Weak"), "the weakest first"


PAGES = {
    "retention": ("voluntary_exit", "involuntary_exit", "any_exit"),
    **{key: topic.outcomes for key, topic in TOPICS.items()},
}


def failing(outcomes: tuple[str, ...]) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Each outcome of a page with each of its checks failed at each level, the others passed."""
    rules = load_credibility_rules()
    for outcome, (name, rule) in itertools.product(outcomes, rules.items()):
        by = 1e-6 if rule.beyond == "above" else -1e-6
        found = [Measured(limit + by, "it") for limit in rule.limits.values()]
        found += [NOT_MADE] if rule.when_not_made != "passed" else []
        for each in found if rule.is_asked_of(outcome) else ():
            yield outcome, name, judged(outcome, PASSED | {name: each}, rules)


@pytest.mark.parametrize("page", PAGES)
def test_what_lowers_a_grade_is_named_on_its_page_and_never_ticked(page: str) -> None:
    world, ticked_once = with_parts(), 0
    outcomes = PAGES[page]
    asked = (365, "weighted", RISKS)
    if page != "retention":
        asked = (mean_horizon(outcomes[0]), "weighted", "mean_difference")
    e = find(world.comparison, outcomes[0], *asked)
    arms = Arms(world.arm_a, world.arm_b)
    for outcome, name, told in failing(outcomes):
        data = replace(
            world,
            credibility=pl.DataFrame(
                [grade_row({"outcome": outcome, "horizon_days": 365}, told)],
                schema=CREDIBILITY_SCHEMA,
            ),
            credibility_check=pl.DataFrame(told, schema=CREDIBILITY_CHECK_SCHEMA),
        )
        subject = Subject(data, arms, e, [replace(e, outcome=each) for each in outcomes])
        values = sure_values(subject)
        said = [*values["certainty"], *values["checks"]]
        (row,) = (each for each in told if each["caps_at"] != "strong")
        assert any(row["label"] in each.head and each.mark == "note" for each in said), name
        about = [each for each in said if outcome == e.outcome or each.subject in OF_EVERY_OUTCOME]
        ticked = [f"{each.head} {each.text}" for each in about if each.mark == "yes"]
        assert not [each for each in ticked if re.search(SPEAKS_OF[name], each)], name
        ticked_once += len(ticked)
    assert ticked_once, "other items keep their ticks"


def test_the_page_on_the_data_says_what_their_limits_let_pass() -> None:
    told = judged("morale", PASSED | {"answer_gap": Measured(0.06)}, load_credibility_rules())
    data = replace(
        with_parts(),
        outcome_grade=pl.DataFrame(
            [{"outcome": "morale", "grade": "reportable", "reason": None}],
            schema={"outcome": pl.String, "grade": pl.String, "reason": pl.String},
        ),
        credibility_check=pl.DataFrame(told, schema=CREDIBILITY_CHECK_SCHEMA),
    )
    (row,) = outcome_grade_rows(data)
    why = "more people answer with one kind of coaching than with the other"
    assert row.reasons[-1] == f"Credibility of the comparison is lower, since {why}."


def test_the_design_that_differs_is_named_with_its_side_and_range() -> None:
    world = clear_difference()
    leaning = world.comparison.filter(
        pl.col("design") == "weighted", pl.col("outcome") == "voluntary_exit"
    ).with_columns(
        design=pl.lit("coach_preference"), verdict=pl.lit("no_clear_difference"),
        estimate=pl.lit(0.136), conf_low=pl.lit(-0.155), conf_high=pl.lit(0.428),
    )  # fmt: skip
    within = leaning.with_columns(
        design=pl.lit("within_coach"), verdict=pl.lit("better"),
        estimate=pl.lit(-0.105), conf_low=pl.lit(-0.15), conf_high=pl.lit(-0.061),
    )  # fmt: skip
    headline, within_range = Told(-0.087, -0.13, -0.044), Told(-0.105, -0.15, -0.061)
    says = says_of("within_coach", headline, within_range)
    assert says == "people who share a coach give a larger difference in the same direction"
    assert says_of("coach_preference", headline, Told(0.01, 0.002, 0.018)).endswith(
        "a difference in the other direction"
    )
    assert says_of("within_coach", headline, Told(-0.01, -0.018, -0.002)).endswith(
        "a smaller difference in the same direction"
    )
    assert says_of("coach_preference", headline, None).endswith("another difference"), "hidden"
    for estimate in (-0.2, 0.136):
        left_open = says_of("coach_preference", headline, Told(estimate, -0.3, 0.0))
        assert left_open == "the coach’s leaning leaves the direction open"
    both_open = says_of("within_coach", Told(0.1, -0.1, 0.3), Told(-0.2, -0.5, 0.1))
    assert both_open.endswith("give clearly another figure, though neither has a direction")
    assert says_of("within_coach", Told(-0.03, -0.09, 0.03), within_range) == (
        "people who share a coach give a direction, which the headline leaves open"
    )
    told = judged(
        "voluntary_exit", PASSED | {"designs": Measured(2.1, says)}, load_credibility_rules()
    )
    row = grade_row({"outcome": "voluntary_exit", "horizon_days": 365}, told)
    data = replace(
        world,
        comparison=pl.concat([world.comparison, within, leaning]),
        credibility=pl.DataFrame([row], schema=CREDIBILITY_SCHEMA),
        credibility_check=pl.DataFrame(told, schema=CREDIBILITY_CHECK_SCHEMA),
    )
    told_of = grade_of(data, verdict.headline(data.comparison, 365))
    assert told_of is not None
    assert told_of.text.startswith(
        f"It depends on which coaches are compared: {says}. Within each coach: 10.5 fewer, likely "
        "range 6.1 to 15.0 fewer; coach’s leaning: open, 15.5 fewer to 42.8 more. What would"
    )
    capped = replace(
        data,
        comparison=with_credibility(
            data.comparison.drop("credibility"), data.credibility, data.anytime_interval
        ),
    )
    assert "Not sure of the size." in visible_text(retention_page(capped, None))
    turned = pl.when(pl.col("design") == "within_coach").then(-pl.col("estimate"))
    other_side = capped.comparison.with_columns(estimate=turned.otherwise("estimate"))
    page = visible_text(retention_page(replace(capped, comparison=other_side), None))
    assert "Not sure of a direction." in page


def test_a_check_of_the_headline_that_failed_gets_no_tick() -> None:
    data = checked()
    is_control = pl.col("check") == "negative_control"
    told = {}
    for low in (-0.002, 0.0005):
        found = data.sensitivity.with_columns(
            range_low=pl.when(is_control).then(low).otherwise("range_low")
        )
        statements = method.checks(replace(data, sensitivity=found), "voluntary_exit")
        told[low] = {each.head: each.mark for each in statements}
    assert told[-0.002]["Before the first session."] == "yes"
    assert told[0.0005]["Before the first session."] == "note"
    assert told[-0.002]["Something unknown."] == "note", "an E-value is to be weighed, not passed"
    assert told[-0.002]["One label in 10 wrong."] == "note", "another verdict than the headline's"
    assert told[-0.002]["Without each site."] == "yes"


@pytest.mark.parametrize("grade", ["strong", "weak", "not_credible"])
def test_what_a_difference_is_worth_is_no_firmer_than_the_difference(grade: str) -> None:
    data = graded(grade, differing())
    told = {each.head: each for each in workforce.worth(data, 365)}
    at_all = told["People per exit."]
    assert at_all.mark == {"strong": "yes", "weak": "note", "not_credible": "off"}[grade]
    assert ("weakly supported" in at_all.text) == (grade == "weak")
    assert any(letter.isdigit() for letter in at_all.text) == (grade != "not_credible")
    beside = worth(data, 365)
    assert beside.mark == {"strong": "next", "weak": "note", "not_credible": "off"}[grade]
