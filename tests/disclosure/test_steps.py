"""Worlds that differ in how people left and in nothing else: no step, no fact tells them apart."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pipelines.core.rounding import FINER, count_to_grid
from pipelines.disclosure.comparison import released_comparison, released_curve
from pipelines.disclosure.tables import RULES, ReleaseContext
from pipelines.disclosure.thresholds import decide
from pipelines.estimators.compare_exits import compare_exits
from pipelines.estimators.results import SEGMENT_ESTIMATE_SCHEMA
from pipelines.estimators.verdict import MIN_EVENTS, MIN_EXPECTED_EVENTS
from tests.disclosure.rows import DEFAULT, exhaustion, frame
from tests.reference.support import small_world, spec_of

STEPS = ("rounding_a", "rounding_b", "rounding")
HORIZONS = (90, 180)


def released(kinds_seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Comparison and curves of one world, whose leavers' kinds are drawn by a seed."""
    world = small_world(240, n_coaches=12)
    rng = np.random.default_rng(kinds_seed)
    kinds = rng.choice(["voluntary", "involuntary", "other"], world.height, p=[0.5, 0.4, 0.1])
    left = pl.col("exit_type").is_not_null()
    world = world.with_columns(exit_type=pl.when(left).then(pl.Series(kinds)))
    result = compare_exits(world, spec_of(horizon_days=HORIZONS, covariates=()))
    comparison = released_comparison(decide(result.comparison, DEFAULT), DEFAULT)
    curve = released_curve(
        result.retention_curve, HORIZONS, DEFAULT, is_shown=True, are_kinds_shown=True
    )
    return comparison, curve


@pytest.fixture(scope="module")
def worlds() -> list[tuple[pl.DataFrame, pl.DataFrame]]:
    return [released(seed) for seed in range(4)]


def test_no_step_tells_how_many_left_in_which_way(
    worlds: list[tuple[pl.DataFrame, pl.DataFrame]],
) -> None:
    """The step of days lost was made of the exact count once: it told how many were dismissed."""
    names = ("outcome", "horizon_days", "design", "estimand")
    seen: dict[tuple[object, ...], set[object]] = {}
    for comparison, _ in worlds:
        kinds = comparison.filter(pl.col("outcome") != "any_exit", pl.col("rounding").is_not_null())
        for row in kinds.to_dicts():
            known: list[object] = [row[name] for name in STEPS]
            if row["estimand"] == "risk_ratio":  # its step is that over the rounded share
                known[2] = round(row["rounding"] * max(row["value_b"], row["rounding_b"]), 9)
            seen.setdefault(tuple(row[name] for name in names), set()).add(tuple(known))
    assert {key[3] for key in seen} >= {"risk_difference", "risk_ratio", "rmst_difference_days"}
    assert [key for key, known in seen.items() if len(known) > 1] == []


def test_the_last_digits_of_facts_tell_nothing_either(
    worlds: list[tuple[pl.DataFrame, pl.DataFrame]],
) -> None:
    """Who left in any way is added up by kind: the sixteenth digit told who left how."""
    facts = [
        comparison.filter(pl.col("outcome") == "any_exit").drop(*STEPS) for comparison, _ in worlds
    ]
    curves = [
        curve.select(name for name in curve.columns if "voluntary" not in name).drop("other_exit")
        for _, curve in worlds
    ]
    for told in (facts, curves):
        assert told[0].height and all(each.equals(told[0]) for each in told[1:])


def test_whether_exits_are_enough_hangs_on_rounded_ones() -> None:
    """Nine exits, told as 5 and 5 beside "fewer than 10", were known to be nine at most."""
    days = tuple(range(10, 180, 4))
    spec = spec_of(horizon_days=days, covariates=(), grid=DEFAULT.grid)
    rows = compare_exits(small_world(240, n_coaches=12), spec).comparison.filter(
        pl.col("outcome") != "any_exit", pl.col("estimand") == "risk_difference"
    )
    few = 0
    for row in rows.filter(design="unadjusted").to_dicts():
        told = sum(count_to_grid(row[f"n_events_{arm}"], DEFAULT.grid) or 0 for arm in "ab")
        people = [row[f"n_people_{arm}"] for arm in "ab"]
        is_few = told < MIN_EVENTS or told * min(people) / sum(people) < MIN_EXPECTED_EVENTS
        assert (row["reason"] or "").startswith("fewer than") == is_few
        few += is_few
    assert 0 < few < len(days) * 2


def test_a_step_of_answers_doesnt_tell_how_far_they_differ() -> None:
    """Whoever knows all other answers would have the last from two digits of the spread."""
    spreads = np.linspace(15.0, 19.0, 25)
    rows = [exhaustion(spread=float(spread)) for spread in spreads]
    told = released_comparison(decide(frame(*rows), DEFAULT), DEFAULT)
    assert all(told[name].n_unique() == 1 for name in STEPS)


def test_what_parts_say_together_is_rounded_once_beside_hidden_parts_too() -> None:
    test = {"heterogeneity_p": 0.1234567, "heterogeneity_p_adjusted": 0.2469134, "n_tests": 2}
    parts = {"segment": "site", "outcome": "voluntary_exit", "horizon_days": 180, **test}
    pooled = {"pooled_mean": 0.1234567, "between_sd": 0.0345678, "status": "shown"}
    rows = [
        parts | pooled | {"segment_value": "North", "rounding": 0.07, "estimate": 0.07},
        parts | pooled | {"segment_value": "South", "rounding": 0.11, "estimate": 0.11},
        parts | {"segment_value": "East", "status": "suppressed"},
    ]
    exact = pl.DataFrame(rows, schema=SEGMENT_ESTIMATE_SCHEMA)
    told = RULES["outcomes.segment_estimate"](exact, ReleaseContext(DEFAULT, True, 100))
    assert told["heterogeneity_p"].to_list() == [0.123] * 3
    assert told["heterogeneity_p_adjusted"].to_list() == [0.247] * 3
    for name in ("pooled_mean", "between_sd"):
        (once,) = told[name].drop_nulls().unique()
        assert once / (0.11 / FINER) == pytest.approx(round(once / (0.11 / FINER)))
