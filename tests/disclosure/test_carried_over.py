"""Rows of two cuts in: what of the last cut stands, and what is made anew as it means another."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from pipelines.config.settings import Comparison, Privacy, Settings
from pipelines.disclosure.carried_over import (
    Released,
    asked_for,
    leavers_of,
    noted_before,
    with_carried_over,
)
from pipelines.disclosure.comparison import released_comparison
from pipelines.disclosure.confidentiality import Protection
from pipelines.disclosure.thresholds import decide
from pipelines.estimators.results import RETENTION_CURVE_SCHEMA
from tests.disclosure.rows import DEFAULT, frame, row

SWAPPED = {"arm_a": "compliance", "arm_b": "compassionate"}
COARSER = Protection(min_group=10, min_coaches=3, min_leavers=5, grid=10, grid_confidential=10)
MISSPELT = {
    "arm_a": "compasionate", "n_people_a": 0, "n_coaches_a": 0, "n_events_a": 0, "n_leavers_a": 0,
    "value_a": None, "value_b": None, "estimate": None, "std_error": None, "conf_low": None,
    "conf_high": None, "status": "no_data", "reason": "nobody is in the compasionate group",
}  # fmt: skip


SITE = {"segment": "site", "segment_value": "Aster"}


def cut(
    until: int, protection: Protection = DEFAULT, asked: str = "this", **changed: Any
) -> Released:
    """A cut of everybody by two designs, and of a site; coaches' training is in every cut."""
    rollout = {"design": "training_rollout", "arm_a": "trained coaches", "arm_b": "untrained"}
    rows = [row(**changed), row(**changed, design="weighted"), row(**rollout)]
    rows.append(row(**changed | SITE))
    decided = decide(frame(*rows), protection)
    comparison = released_comparison(decided, protection).with_columns(data_until=pl.lit(until))
    curve = pl.DataFrame(schema=RETENTION_CURVE_SCHEMA)
    return Released(comparison, curve, leavers_of(decided, asked))


def untils(
    tonight: Released, before: Released, protection: Protection = DEFAULT, **asked: bool
) -> list[int]:
    """Of which cut each row is."""
    told = with_carried_over(tonight, before, protection, **asked)
    return told.comparison["data_until"].to_list()


def test_two_more_leavers_wait_where_everything_is_the_same() -> None:
    assert untils(cut(2, n_leavers_a=92, n_events_a=62), cut(1)) == [1, 1, 2, 1]
    assert untils(cut(2, n_leavers_a=95, n_events_a=62), cut(1)) == [2, 2, 2, 2]


def test_nothing_is_told_a_second_time_of_the_same_leavers() -> None:
    """Others at risk and other weights would be an equation more about each of them."""
    others = {"n_people_a": 230, "value_a": 0.27, "estimate": 0.1}
    assert untils(cut(2, **others), cut(1)) == [1, 1, 2, 1]
    assert untils(cut(2, **others, n_leavers_b=85), cut(1)) == [2, 2, 2, 2]
    hidden = cut(1, n_leavers_a=4)
    assert untils(cut(2, n_leavers_a=7), hidden) == [2, 2, 2, 2], "nothing was told of them"


@pytest.mark.parametrize(("n_leavers", "moved"), [(90, [2, 2, 2, 2]), (92, [1, 1, 2, 1])])
def test_where_nobody_is_new_figures_move_by_command_and_with_what_is_asked_for(
    n_leavers: int, moved: list[int]
) -> None:
    """A correction that shouldn't wait; never what would tell of the two who left since."""
    new = {"n_leavers_a": n_leavers}
    assert untils(cut(2, **new), cut(1), by_command=True) == moved
    assert untils(cut(2, asked="that", **new), cut(1)) == moved
    old = cut(1, asked="that")
    noted = noted_before(old.leavers.drop("asked"), "this")
    assert untils(cut(2, **new), Released(old.comparison, old.curve, noted)) == [1, 1, 2, 1]


def test_what_is_asked_for_is_the_comparison_and_its_limits_and_not_the_day() -> None:
    own, asked = Settings(), asked_for(Settings())
    assert asked_for(own.model_copy(update={"data_until": dt.date(2026, 3, 31)})) == asked
    for changed in (
        {"comparison": Comparison(covariates=("site",))},
        {"privacy": Privacy(min_group=20)},
        {"time_zone": "Asia/Manila"},
    ):
        assert asked_for(own.model_copy(update=changed)) != asked


@pytest.mark.parametrize(
    ("then", "now"),
    [(SWAPPED, {}), ({}, SWAPPED), (MISSPELT, {"n_leavers_a": 2}), ({"conf_level": 0.9}, {})],
)
def test_figures_of_other_arms_never_stand(then: dict[str, Any], now: dict[str, Any]) -> None:
    few_more = {"n_leavers_a": 92, "n_leavers_b": 82} | now
    tonight, before = cut(2, **few_more), cut(1, **then)
    told = with_carried_over(tonight, before, DEFAULT)
    assert told.comparison.equals(tonight.comparison)
    assert told.leavers.equals(tonight.leavers)


def test_that_nobody_was_there_never_stands() -> None:
    """Two leavers in the other arm, and an arm that has people now."""
    before = cut(1, **MISSPELT | {"arm_a": "compassionate"})
    assert untils(cut(2, n_leavers_b=82), before) == [2, 2, 2, 2]


@pytest.mark.parametrize("n_leavers", [90, 92])
def test_figures_of_another_grid_are_made_anew(n_leavers: int) -> None:
    """They would be off the new one, and nothing could be published."""
    tonight = cut(2, COARSER, n_leavers_a=n_leavers)
    assert untils(tonight, cut(1), COARSER) == [2, 2, 2, 2]


def test_a_part_that_was_told_as_finely_as_everybody_is_made_anew_alone() -> None:
    before = cut(1)
    finer = pl.when(pl.col("segment") != "all").then(pl.col("rounding_a") / 2)
    of_before = before.comparison.with_columns(rounding_a=finer.otherwise("rounding_a"))
    before = Released(of_before, before.curve, before.leavers)
    assert untils(cut(2, n_leavers_a=92), before) == [1, 1, 2, 2]
