"""Rows of two cuts in: what of the last cut stands, and what is made anew as it means another."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from pipelines.disclosure.carried_over import Released, leavers_of, with_carried_over
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


def cut(until: int, protection: Protection = DEFAULT, **changed: Any) -> Released:
    """A cut of everybody by two designs; how coaches were trained is beside it in every cut."""
    rollout = {"design": "training_rollout", "arm_a": "trained coaches", "arm_b": "untrained"}
    rows = [row(**changed), row(**changed, design="weighted"), row(**rollout)]
    decided = decide(frame(*rows), protection)
    comparison = released_comparison(decided, protection).with_columns(data_until=pl.lit(until))
    return Released(comparison, pl.DataFrame(schema=RETENTION_CURVE_SCHEMA), leavers_of(decided))


def untils(tonight: Released, before: Released) -> list[int]:
    """Of which cut each row is."""
    return with_carried_over(tonight, before, 5).comparison["data_until"].to_list()


def test_two_more_leavers_wait_where_everything_is_the_same() -> None:
    assert untils(cut(2, n_leavers_a=92, n_events_a=62), cut(1)) == [1, 1, 2]
    assert untils(cut(2, n_leavers_a=95, n_events_a=62), cut(1)) == [2, 2, 2]


@pytest.mark.parametrize(
    ("then", "now"),
    [(SWAPPED, {}), ({}, SWAPPED), (MISSPELT, {"n_leavers_a": 2}), ({"conf_level": 0.9}, {})],
)
def test_figures_of_other_arms_never_stand(then: dict[str, Any], now: dict[str, Any]) -> None:
    few_more = {"n_leavers_a": 92, "n_leavers_b": 82} | now
    tonight, before = cut(2, **few_more), cut(1, **then)
    told = with_carried_over(tonight, before, 5)
    assert told.comparison.equals(tonight.comparison)
    assert told.leavers.equals(tonight.leavers)


def test_that_nobody_was_there_never_stands() -> None:
    """Two leavers in the other arm, and an arm that has people now."""
    before = cut(1, **MISSPELT | {"arm_a": "compassionate"})
    assert untils(cut(2, n_leavers_b=82), before) == [2, 2, 2]


def test_figures_of_another_grid_are_made_anew() -> None:
    """They would be off the new one, and nothing could be published."""
    assert untils(cut(2, COARSER, n_leavers_a=92), cut(1)) == [2, 2, 2]
