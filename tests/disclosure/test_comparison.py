"""The comparison as it leaves: on its grid, with honest errors, nothing of suppressed rows."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.disclosure.check import DisclosureError, check_release, small_counts
from pipelines.disclosure.comparison import released_comparison, step_days
from pipelines.disclosure.thresholds import decide
from tests.disclosure.rows import DEFAULT, EXACT, exhaustion, frame, row

FIGURES = ("value_a", "value_b", "estimate", "std_error", "conf_low", "conf_high")


def told(*rows: dict[str, Any], protection: Any = DEFAULT) -> list[dict[str, Any]]:
    return released_comparison(decide(frame(*rows), protection), protection).to_dicts()


def test_shares_are_multiples_of_five_people() -> None:
    (found,) = told(row())
    assert found["value_a"] == pytest.approx(round(0.3123456 / 0.025) * 0.025)
    assert found["value_b"] == pytest.approx(round(0.1765432 / 0.02) * 0.02)
    assert found["rounding"] == pytest.approx(0.025)
    assert found["estimate"] == pytest.approx(0.125)
    assert (found["n_events_a"], found["n_events_b"]) == (60, 40)
    assert (found["n_people_a"], found["n_people_b"]) == (200, 250)  # who is here is fact


def test_how_a_part_left_is_told_half_as_finely_and_what_else_it_has_is_not() -> None:
    site = {"segment": "site", "segment_value": "Aster"}
    kinds, answers, any_way = told(row(**site), exhaustion(**site), row(**site, outcome="any_exit"))
    assert (kinds["rounding_a"], kinds["rounding_b"]) == pytest.approx((0.05, 0.04))
    assert (kinds["value_a"], kinds["value_b"]) == pytest.approx((0.3, 0.16))
    assert (kinds["rounding"], kinds["estimate"]) == pytest.approx((0.05, 0.15))
    assert kinds["std_error"] >= math.hypot(0.0412345, 0.05 / math.sqrt(12)) - 0.0025
    assert (kinds["n_events_a"], kinds["n_events_b"]) == (60, 40)
    (of_all,) = told(exhaustion())
    assert answers["rounding"] == of_all["rounding"]
    assert any_way["value_a"] == 0.3123456
    (exact,) = told(row(**site), protection=EXACT)
    assert (exact["value_a"], exact["rounding"]) == (0.3123456, None)


def test_what_nobody_was_followed_for_is_too_early_though_few_have_left_so_far() -> None:
    early = {"status": "too_early", "reason": "too early: nobody", "verdict": "too_little_data"}
    few = {"n_leavers_a": 2, "n_leavers_b": 3, "n_events_a": 2, "n_events_b": 1}
    empty = dict.fromkeys(FIGURES)
    nobody = {"status": "no_data", "n_people_a": 0, "n_people_b": 0, **empty}
    late = {"segment": "period", "segment_value": "2026-Q3", "horizon_days": 365}
    rows = [
        row(outcome="any_exit", horizon_days=365, **few, **early, **empty),
        row(horizon_days=365, **few, **early, **empty),
        row(outcome="any_exit", **few),
        row(**few),
        exhaustion(horizon_days=365, **nobody),
        exhaustion(**nobody),
        row(**late, **few, **early, **empty),  # parts have no row of leaving in any way
        exhaustion(**late, **nobody),
        row(**late | {"segment_value": "2026-Q4"}, n_people_a=3, **few, **early, **empty),
    ]
    released = released_comparison(decide(frame(*rows), DEFAULT), DEFAULT)
    expected = ["too_early", "too_early", "shown", "suppressed", "too_early", "no_data"]
    assert released["status"].to_list() == [*expected, *["too_early"] * 3]
    assert released["n_people_a"].to_list()[4:] == [None, 0, 200, None, None]
    assert released["n_people_b"].to_list()[8] is None
    kind = released.row(1, named=True)
    assert (kind["reason"], kind["n_people_a"]) == ("too early: nobody", 200)
    for each in [*released.rows(named=True)[-3:], kind]:
        assert not any(each[name] is not None for name in (*FIGURES, "n_events_a", "n_events_b"))
    check_release({"outcomes.comparison": released}, DEFAULT)


def test_means_of_answers_are_multiples_of_about_ten_standard_deviations_over_n() -> None:
    (found,) = told(exhaustion())
    assert (found["n_people_a"], found["n_people_b"]) == (100, 140)
    assert found["rounding_a"] == 2.0  # 1.8, as a round number: two digits would tell one answer
    assert found["rounding_b"] == 1.0
    assert found["estimate"] == -4.0


def test_the_interval_carries_the_rounding_and_decides_the_verdict() -> None:
    (found,) = told(row())
    quantile = (0.2358024 - 0.1358024) / 0.0412345
    error = math.hypot(0.0412345, 0.025 / math.sqrt(12))
    assert found["std_error"] == pytest.approx(error, abs=0.00125)
    assert found["conf_high"] - found["estimate"] == pytest.approx(quantile * error, abs=0.005)
    barely = row(conf_low=0.0001, conf_high=0.2715048, std_error=0.1357024 / 1.96)
    (found,) = told(barely)
    assert found["conf_low"] < 0.0 < found["conf_high"]
    assert found["verdict"] == "no_clear_difference"


def test_a_ratio_is_rounded_by_the_weight_of_five_people_in_its_denominator() -> None:
    exact = {"estimand": "risk_ratio", "estimate": 1.7692, "std_error": 0.35}
    (found,) = told(row(**exact, conf_low=1.2, conf_high=1.7692**2 / 1.2))
    assert found["rounding"] == pytest.approx(0.025 / 0.18)
    assert found["conf_low"] > 1.0 and found["verdict"] == "worse"


def test_facts_and_exact_settings_stay_to_the_last_digit() -> None:
    fact, exact = row(outcome="any_exit"), row()
    assert {name: told(fact)[0][name] for name in FIGURES} == {n: fact[n] for n in FIGURES}
    assert {name: told(exact, protection=EXACT)[0][name] for name in FIGURES} == {
        name: exact[name] for name in FIGURES
    }


def test_nothing_is_left_of_a_suppressed_row() -> None:
    (found,) = told(row(n_leavers_b=3))
    assert all(found[name] is None for name in (*FIGURES, "n_people_a", "n_events_b"))
    assert (found["status"], found["verdict"]) == ("suppressed", "not_reportable")
    assert found["reason"] == "hidden for privacy"


def test_pairs_of_parts_are_listed_only_with_a_verdict() -> None:
    pair = {"segment": "site × role", "segment_value": "North × agent"}
    assert len(told(row(**pair))) == 1
    assert told(row(**pair, n_leavers_a=2)) == []
    assert told(row(**pair, status="too_little_data", verdict="too_little_data")) == []


def test_one_arm_alone_says_how_many_are_in_it_if_they_are_enough() -> None:
    nobody = {"n_people_b": 0, "n_coaches_b": 0, "n_events_b": 0, "status": "no_data"}
    (found,) = told(row(**nobody, n_events_a=3))
    assert (found["n_people_a"], found["n_events_a"]) == (200, None)
    (found,) = told(row(**nobody, n_people_a=7))
    assert found["n_people_a"] is None
    (found,) = told(exhaustion(**nobody, n_people_a=47))
    assert found["n_people_a"] == 50


@given(st.floats(0.02, 0.9), st.floats(0.02, 0.9), st.floats(0.005, 0.2), st.integers(10, 900))
def test_every_release_passes_its_own_check(a: float, b: float, error: float, n: int) -> None:
    margin = 2.1 * error
    exact = row(
        n_people_a=n, value_a=a, value_b=b, estimate=a - b, std_error=error,
        conf_low=a - b - margin, conf_high=a - b + margin,
    )  # fmt: skip
    check_release({"outcomes.comparison": released_of(exact)}, DEFAULT)


def released_of(*rows: dict[str, Any]) -> pl.DataFrame:
    return released_comparison(decide(frame(*rows), DEFAULT), DEFAULT)


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        ({"value_a": 0.3123456}, "value_a isn't on its grid"),
        ({"conf_low": 0.0358024}, "conf_low isn't on its grid"),
        ({"n_events_b": 42}, "n_events_b isn't on its grid"),
        ({"n_people_a": 9}, "fewer people than the floor"),
        ({"status": "suppressed"}, "figures in suppressed rows"),
        ({"reason": "7 exits in both arms"}, "a count under the floor in words"),
    ],
)
def test_the_check_refuses_what_breaks_the_promise(spoilt: dict[str, Any], says: str) -> None:
    sound = released_of(row())
    broken = sound.with_columns(pl.lit(value).alias(name) for name, value in spoilt.items())
    check_release({"outcomes.comparison": sound}, DEFAULT)
    with pytest.raises(DisclosureError, match=says):
        check_release({"outcomes.comparison": broken}, DEFAULT)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("7 exits, under 10", ["7 exits"]),
        ("only 3 people of compliance have a value", ["3 people"]),
        ("fewer than 5 exits expected", []),
        ("under 3 coaches on one side", []),
        ("7 to 10 fewer leavers per 100", []),
        ("12 people", []),
        ("9 people per 100", []),
        ("at least 3 coaches", []),
        ("fewer than 10 people or 3 coaches with it, or without it", []),
        ("hidden under 10 people, 3 coaches", []),
        ("4 leavers", ["4 leavers"]),
        ("1 person of 40", ["1 person"]),
        ("3 of 5 people", ["5 people"]),
        ("rounded to the weight of 5 people", []),
        ("rounded to steps of 5 people", []),
        ("2 coaches of 12", ["2 coaches"]),
        ("answers from 4 people on morale", ["4 people"]),
        ("answers from 4 people", ["4 people"]),
        ("as they are, from 9 people and 2 coaches on; counts move", []),
        ("ways of leaving from 5 leavers in each group on", []),
        ("one exit fewer goes with every 9 people coached", []),
        ("5 coaches", []),
        ("4 agents left, by choice or not", []),
        ("4 agents left by choice", ["4 agents"]),
        ("about 5 agents chose to leave", []),
        ("about 4 agents chose to leave", ["4 agents"]),
    ],
)
def test_counts_in_words_are_told_from_limits_and_rates(text: str, found: list[str]) -> None:
    assert small_counts(text, DEFAULT) == found


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(1, 6))
def test_a_curve_moves_only_with_enough_leavers_on_both_sides(
    leavers: list[int], least: int
) -> None:
    days = list(range(0, 7 * len(leavers), 7))
    left = [sum(leavers[: k + 1]) for k in range(len(leavers))]
    horizon = (days[-1],)
    moves = step_days(days, left, horizon, least)
    moved = [n for n, is_moved in zip(left, moves, strict=True) if is_moved]
    assert moves[-1]
    steps = [later - before for before, later in zip([0, *moved], moved, strict=False)]
    assert all(step == 0 or step >= least for step in steps[:-1])


def test_settings_of_no_grid_check_nothing_but_floors() -> None:
    exact = released_comparison(decide(frame(row()), EXACT), EXACT)
    check_release({"outcomes.comparison": exact}, EXACT)
    under_a_floor = exact.with_columns(n_people_a=pl.lit(EXACT.min_group - 1))
    with pytest.raises(DisclosureError):
        check_release({"outcomes.comparison": under_a_floor}, EXACT)
