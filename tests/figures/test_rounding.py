"""Near every restricted or confidential figure stands to the weight of how many it is rounded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from dashboards.pages.outcome import absence_page
from dashboards.pages.overview import overview_page
from dashboards.pages.retention import retention_page
from dashboards.sentences.rounding import (
    note_of_answers,
    note_of_claims,
    note_of_figures,
    people_of,
    rounding_note,
)
from tests.figures.visible_text import visible_text
from tests.figures.worlds import clear_difference

EXITS = ("voluntary_exit", "involuntary_exit", "any_exit")
MIXED = ("voluntary_exit", "morale")
OPEN = {"exit_kind": "open"}
LATER = "to steps of 10; all leavers are exact"
FIVE, TEN = "Rounded to steps of 5 people", "Rounded to steps of 10 people"


@pytest.mark.parametrize(
    ("outcomes", "changed", "note"),
    [
        (("voluntary_exit",), {}, FIVE),
        (("any_exit",), {}, ""),
        ((), {}, ""),
        (EXITS, {}, f"{FIVE}; all leavers are exact"),
        (("morale", "unplanned_absence"), {}, TEN),
        (MIXED, {}, f"{FIVE}, answers and absence to steps of 10"),
        (MIXED, {"grid_confidential": 5}, FIVE),
        (MIXED, {"grid_confidential": 0}, f"{FIVE}, answers and absence are exact"),
        (MIXED, {"grid": 0}, "Answers and absence are rounded to steps of 10 people"),
        (MIXED, {"grid": 0, "grid_confidential": 0}, ""),
        (("voluntary_exit",), {"grid": 1}, "Rounded to steps of 1 person"),
        (("voluntary_exit",), OPEN, ""),
        (("arm_a_share",), {}, ""),
    ],
)
def test_the_note_is_that_of_the_settings(
    outcomes: tuple[str, ...], changed: dict[str, Any], note: str
) -> None:
    assert rounding_note(outcomes, replace(clear_difference(), **changed)) == note


def test_facts_are_exact_and_answers_coarser() -> None:
    data = clear_difference()
    steps = [people_of(name, data) for name in ("any_exit", "quality_score", "cynicism")]
    assert steps == [0, 5, 10]


def test_pages_carry_the_note_beside_what_is_rounded_and_none_where_nothing_is() -> None:
    data = clear_difference()
    exact = replace(data, grid=0, grid_confidential=0)
    for make in (overview_page, retention_page, absence_page):
        assert "ounded to steps" in visible_text(make(data, None))
        assert "ounded to steps" not in visible_text(make(exact, None))
    absence = visible_text(absence_page(data, None)).splitlines()
    apart = "each is rounded by itself, so that two needn’t make up their difference"
    noted = {line for line in absence if "ounded to steps" in line}
    assert noted == {TEN, f"{TEN}; {apart}"}, "beside both groups and their difference"
    curves = visible_text(retention_page(data, None)).split("Share of people who chose to leave")[1]
    assert f"{FIVE}; {apart}" in curves.split("Table and downloads")[0]


def test_no_note_stands_where_there_is_no_figure_that_it_could_be_about() -> None:
    """Answers and absence that nobody delivered, and an outcome that can't be compared yet."""
    data = clear_difference()
    left = pl.col("outcome").is_in(EXITS)
    required = replace(data, comparison=data.comparison.filter(left))
    assert note_of_figures((*EXITS, "morale"), data) == f"{FIVE}, answers and absence {LATER}"
    assert note_of_figures((*EXITS, "morale"), required) == f"{FIVE}; all leavers are exact"
    bare = replace(required, comparison=data.comparison.clear())
    assert note_of_figures(EXITS, bare) == FIVE, "curves have them"
    bare = replace(bare, retention_curve=data.retention_curve.clear())
    assert note_of_figures(EXITS, bare) == note_of_figures((), data) == ""
    assert note_of_answers(data) == TEN
    assert note_of_answers(replace(data, response_rate=data.response_rate.clear())) == ""
    assert note_of_claims(replace(data, claim_estimate=data.claim_estimate.clear())) == ""


def test_a_tile_without_groups_has_nothing_that_needs_to_add_up() -> None:
    """Too early within a year, with figures at shorter horizons: not in the tiles."""
    data = clear_difference()
    is_last = pl.col("horizon_days") == data.horizon
    is_before = is_last & (pl.col("design") == "unadjusted")
    figures = ("value_a", "value_b", "estimate", "conf_low", "conf_high")
    groups = data.comparison.with_columns(
        *(pl.when(~is_last).then(name).alias(name) for name in figures)
    )
    text = visible_text(retention_page(replace(data, comparison=groups), None))
    tiles = text.split("Difference between the groups, outcome by outcome")[1].split("What this")[0]
    assert "ounded to" not in tiles
    before = data.comparison.with_columns(
        *(pl.when(~is_last | is_before).then(name).alias(name) for name in figures)
    )
    text = visible_text(retention_page(replace(data, comparison=before), None))
    tiles = text.split("Difference between the groups, outcome by outcome")[1].split("What this")[0]
    assert f"{FIVE}; all leavers are exact\n" in tiles


def test_how_a_part_left_is_said_to_be_told_in_larger_steps() -> None:
    data = clear_difference()
    kinds = data.comparison.filter(outcome="voluntary_exit")
    of_site = kinds.with_columns(segment=pl.lit("site"), segment_value=pl.lit("Aster"))
    told = replace(data, comparison=pl.concat([data.comparison, of_site]))
    parts = ", ways of leaving in parts to steps of 10"
    assert note_of_figures(EXITS, told) == f"{FIVE}{parts}; all leavers are exact"
    assert parts not in note_of_figures(("any_exit", "morale"), told)
    assert parts not in note_of_figures(EXITS, replace(told, **OPEN))
    none = pl.lit(None, pl.Float64)
    hidden = of_site.with_columns(value_a=none, value_b=none, estimate=none)
    left = pl.concat([data.comparison.filter(pl.col("segment") == "all"), hidden])
    assert parts not in note_of_figures(EXITS, replace(data, comparison=left))
