"""What pages and digest say where a lottery decided, or is only declared to have."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from dashboards.estimates import find
from dashboards.figures.curves import curves_of
from dashboards.labels import Arms
from dashboards.load import with_headline
from dashboards.pages.digest import digest_text
from dashboards.pages.method import method_page
from dashboards.pages.outcome import wellbeing_page
from dashboards.pages.overview import overview_page
from dashboards.pages.retention import retention_page
from dashboards.pages.today import today_page
from dashboards.sentences import certainty, coaches, method, next_steps, verdict
from dashboards.sentences.contrasts import checked_of
from dashboards.sentences.credibility import doubts_of
from dashboards.sentences.outcome import checks
from pipelines.config.settings import Comparison, Settings
from pipelines.contracts.credibility_rules import load_credibility_rules
from pipelines.estimators.conclusions import with_credibility
from pipelines.estimators.credibility.grade import grade_row, judged
from pipelines.estimators.credibility.measured import Measured
from pipelines.estimators.results import CREDIBILITY_CHECK_SCHEMA, CREDIBILITY_SCHEMA
from tests.figures.claim_worlds import SENSITIVITY_SCHEMA, checked, reading
from tests.figures.visible_text import visible_text
from tests.figures.worlds import clear_difference, no_difference

PASSED = {
    name: Measured(0.0 if rule.beyond == "above" else 100.0)
    for name, rule in load_credibility_rules().items()
}


DOUBTED = pl.DataFrame(
    judged("voluntary_exit", PASSED | {"drawn": Measured(0.004)}, load_credibility_rules()),
    schema=CREDIBILITY_CHECK_SCHEMA,
)
"""A lottery that a check doubts."""


@pytest.mark.parametrize("assignment", ["by_person", "by_coach", "stepped"])
def test_a_lottery_has_words_of_its_own(assignment: str) -> None:
    data = replace(clear_difference(), assignment=assignment)
    for text in (digest_text(data), visible_text(overview_page(data, None))):
        assert "The lottery decided" in text
        assert "association" not in text
        assert "Nobody was assigned" not in text
    page = visible_text(method_page(data, None))
    assert "As assigned (headline)" in page
    assert "Nobody was assigned" not in page.split("How the comparison is made")[0]
    observed = digest_text(clear_difference())
    assert "lottery" not in observed
    assert "association" in observed


@pytest.mark.parametrize("assignment", ["by_person", "by_coach", "stepped"])
def test_a_lottery_that_was_none_is_not_told_as_one(assignment: str) -> None:
    told = judged("voluntary_exit", PASSED | {"drawn": Measured(0.0005)}, load_credibility_rules())
    row = grade_row({"outcome": "voluntary_exit", "horizon_days": 365}, told)
    assert row["grade"] == "not_credible"
    credibility = pl.DataFrame([row], schema=CREDIBILITY_SCHEMA)
    world = clear_difference()
    data = replace(
        world,
        assignment=assignment,
        comparison=with_credibility(
            world.comparison.drop("credibility"), credibility, world.anytime_interval
        ),
        credibility=credibility,
        credibility_check=pl.DataFrame(told, schema=CREDIBILITY_CHECK_SCHEMA),
    )
    overview, method_ = (visible_text(each(data, None)) for each in (overview_page, method_page))
    for text in (digest_text(data), overview, method_.split("How the comparison is made")[0]):
        assert "lottery is declared to have decided" in text
        assert "The lottery decided" not in text
        assert "the lottery decided" not in text
        assert "what the kind of coaching does" not in text


def test_a_lottery_in_doubt_is_only_said_to_have_decided() -> None:
    world = no_difference()
    told = judged("voluntary_exit", PASSED | {"drawn": Measured(0.004)}, load_credibility_rules())
    row = grade_row({"outcome": "voluntary_exit", "horizon_days": 365}, told)
    assert row["grade"] == "weak"
    data = replace(
        world,
        assignment="by_person",
        credibility=pl.DataFrame([row], schema=CREDIBILITY_SCHEMA),
        credibility_check=pl.DataFrame(told, schema=CREDIBILITY_CHECK_SCHEMA),
    )
    for text in (digest_text(data), visible_text(overview_page(data, None))):
        assert "a lottery is said to have decided" in text
        assert "The lottery is in doubt. A lottery is declared to have decided" in text
        assert "he lottery decided" not in text
        assert "chance differences" not in text
    assert "The lottery is in doubt." in visible_text(today_page(data, None)).split("in figures")[0]
    for make in (overview_page, retention_page, wellbeing_page):
        page = visible_text(make(data, None))
        first = page.split("What this means for you")[1][:60]
        assert "Look into the lottery." in first, make
        assert "More people would narrow" not in page
        assert "left apart between the two groups by chance" not in page


def test_a_lottery_that_doesnt_decide_leaving_tells_what_it_decides() -> None:
    """Outcomes that are better by lot were swallowed as "none is clearly worse"."""
    data = replace(clear_difference(), assignment="by_person")
    open_ = find(no_difference().comparison, "voluntary_exit", 365)
    keys = ("emotional_exhaustion", 180, "weighted", "mean_difference")
    better = find(data.comparison, *keys)
    still = find(no_difference().comparison, "unplanned_absence", 180, *keys[2:])
    step = next_steps.next_step(open_, data, [open_, better, still])
    assert step.head == "Don’t decide by this figure."
    assert "emotional exhaustion: better" in step.text
    assert "nothing here decides" not in step.text
    assert "nothing here decides" in next_steps.next_step(open_, data, [open_, still]).text
    harm = certainty.no_harm([better, still])
    assert harm is not None
    assert (harm.head, harm.text) == (
        "Better elsewhere.",
        "Emotional exhaustion: better; unplanned absence: no clear difference. That none is "
        "clearly worse is not proof that none is.",
    )
    weak = certainty.no_harm([replace(better, credibility="weak")])
    assert weak is not None
    assert weak.head == "No sign of harm."
    assert "better, weakly supported" in weak.text


def test_lots_draw_who_is_coached_and_not_who_answers() -> None:
    data = replace(clear_difference(), assignment="by_person")
    e = find(data.comparison, "emotional_exhaustion", 180, "weighted", "mean_difference")
    arms = Arms(data.arm_a, data.arm_b)
    held = verdict.caution(e, arms, "by_person", doubts_of(data, e))
    assert held[0] == "This is what the kind of coaching does here."
    told = judged(e.outcome, PASSED | {"answer_gap": Measured(0.12)}, load_credibility_rules())
    lower = replace(data, credibility_check=pl.DataFrame(told, schema=CREDIBILITY_CHECK_SCHEMA))
    said = verdict.caution(e, arms, "by_person", doubts_of(lower, e))
    assert said[0] == "This holds as far as those who answer stand for all."
    assert "by chance alone" not in said[1]


def test_checks_of_a_lottery_stand_beside_the_weighted_difference_they_start_from() -> None:
    shown = with_headline(
        _both_designs(), Settings(comparison=Comparison(assignment="by_person")), is_all=True
    )
    drawn = reading("permutation", "In 10 of 1,000 draws.", value=0.01)
    found = pl.concat(
        [pl.DataFrame([drawn], schema=SENSITIVITY_SCHEMA), checked().sensitivity], how="diagonal"
    )
    data = replace(clear_difference(), assignment="by_person", comparison=shown, sensitivity=found)
    headline = find(data.comparison, "voluntary_exit", 365)
    start = checked_of(data, headline)
    assert (headline.estimate, start.estimate) == (-0.05, -0.09)
    assert checked_of(replace(data, assignment="observed"), headline) == headline
    heads = [told.head for told in checks(data, headline)]
    assert heads[:2] == ["The lottery drawn again.", "The weighted difference."]
    assert "9.0 fewer" in checks(data, headline)[1].text
    assert "Something unknown." not in heads, "nothing unknown sets apart what lots drew"
    doubted = replace(data, credibility_check=DOUBTED)
    unknown = [told.head for told in method.checks(doubted, "voluntary_exit")]
    assert "Something unknown." in unknown, "what lots didn't draw may differ"
    page = visible_text(method_page(data, None)).split("How the comparison is made")[0]
    assert page.index("The lottery drawn again") < page.index("What follows starts from it")
    assert "What follows starts from it" not in visible_text(
        method_page(replace(data, sensitivity=found.head(1)), None)
    )


def _both_designs() -> pl.DataFrame:
    comparison = clear_difference().comparison
    weighted = comparison.filter(pl.col("design") == "weighted")
    drawn = weighted.with_columns(design=pl.lit("as_assigned"), estimate=pl.lit(-0.05))
    others = comparison.filter(pl.col("design") != "weighted")
    return pl.concat([others, weighted.with_columns(estimate=pl.lit(-0.09)), drawn])


def test_the_headline_of_a_lottery_stands_where_the_pages_look() -> None:
    comparison = clear_difference().comparison
    drawn = comparison.filter(pl.col("design") == "weighted").with_columns(
        design=pl.lit("as_assigned"), estimate=pl.col("estimate") + 0.5
    )
    both = pl.concat([comparison, drawn])
    settings = Settings(comparison=Comparison(assignment="by_person"))
    is_all = pl.col("segment") == "all"
    shown = with_headline(both, settings, is_all)
    everybody = shown.filter(pl.col("segment") == "all")
    assert "as_assigned" not in everybody["design"].to_list()
    mean = everybody.group_by("design").agg(pl.col("estimate").mean())
    by_design = dict(mean.iter_rows())
    assert by_design["weighted"] == pytest.approx(by_design["reweighted"] + 0.5)
    assert with_headline(both, Settings(), is_all).equals(both)


def test_under_a_lottery_curves_are_those_of_the_groups_as_they_fell() -> None:
    """Weighted curves beside a difference as assigned told opposite directions in one world."""
    assert {curves_of(each)[0] for each in ("by_person", "by_coach")} == {"unadjusted"}
    assert curves_of("stepped") == ("weighted", "weighted"), "later units are later in the year"
    assert curves_of("observed") == ("weighted", "adjusted")
    data = replace(clear_difference(), assignment="by_person")
    page = visible_text(retention_page(data, None))
    assert "still employed, as assigned, in" in page
    assert "by each day, as assigned;" in page
    assert "no source holds" not in page, "chance alone sets groups apart that lots drew"


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("observed", "It allows for people who share a coach being alike."),
        ("by_coach", "It allows for people who share a coach being alike."),
        ("by_person", "The one as assigned takes people as drawn one by one"),
        ("stepped", "people being alike who went over together"),
    ],
)
def test_a_likely_range_is_said_to_allow_for_the_units_that_it_is_made_of(
    assignment: str, said: str
) -> None:
    data = replace(clear_difference(), assignment=assignment)
    assert said in visible_text(overview_page(data, None))
    is_by_coach = assignment in ("observed", "by_coach")
    assert coaches.which_ranges(data).endswith("here" if is_by_coach else "but the one as assigned")
