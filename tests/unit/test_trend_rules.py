"""Control limits and signals against NHSRplotthedots' published examples and against hand sums."""

from __future__ import annotations

import math
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.estimators.trend.limits import (
    Limits,
    are_many,
    average_moving_range,
    control_limits,
    moved,
)
from pipelines.estimators.trend.signals import run_length, signals

# R's set.seed(123); rnorm(20), with which the package's tests/testthat/test-ptd_spc_standard.R
# makes the snapshots in _snaps/ptd_spc_standard.md.
R_SAMPLE = [
    -0.56047565, -0.23017749, 1.55870831, 0.07050839, 0.12928774, 1.71506499, 0.46091621,
    -1.26506123, -0.68685285, -0.44566197, 1.22408180, 0.35981383, 0.40077145, 0.11068272,
    -0.55584113, 1.78691314, 0.49785048, -1.96661716, 0.70135590, -0.47279141,
]  # fmt: skip
FLAT = Limits(0.0, -3.0, 3.0, 20)


def test_limits_are_those_of_the_package() -> None:
    found = control_limits(R_SAMPLE)
    assert found is not None
    expected = (0.1416238, -3.01138, 3.294627)
    assert astuple(found)[:3] == pytest.approx(expected, abs=1e-5)


def test_ranges_that_stand_out_are_left_out_as_in_the_package() -> None:
    found = control_limits([*R_SAMPLE[:14], 10.0, *R_SAMPLE[15:]])
    assert found is not None
    expected = (0.6694159, -2.383666, 3.722497)
    assert astuple(found)[:3] == pytest.approx(expected, abs=1e-5)


def test_limits_by_hand() -> None:
    """The ten months of the design: ranges 3 6 9 5 3 6 2 3 6 add up to 43."""
    found = control_limits([21, 24, 18, 27, 22, 19, 25, 23, 20, 26])
    assert found is not None
    assert found.mean == pytest.approx(22.5)
    assert (found.lower, found.upper) == pytest.approx((9.79, 35.21), abs=0.005)
    assert found.is_trial
    assert found.n_points == 10


def test_three_months_set_no_limits() -> None:
    assert control_limits([1.0, 2.0, 3.0]) is None


def test_rounding_alone_is_no_signal() -> None:
    values = [5.0, 5, 5, 5, 5, 5, 0, 5, 5, 5]
    exact, rounded = control_limits(values), control_limits(values, step=5.0)
    assert exact is not None
    assert rounded is not None
    assert (rounded.lower, rounded.upper) == pytest.approx((exact.lower - 2.5, exact.upper + 2.5))


@pytest.mark.parametrize(("n", "n_before", "share"), [(6, 7, 1 / 14), (5, 12, 1 / 24), (1, 0, 0.2)])
def test_many_are_what_a_binomial_draw_seldom_gives(n: int, n_before: int, share: float) -> None:
    """Summed by hand over the draws of as many leavers among the months."""
    total = n + n_before
    chance = sum(
        math.comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(n, total + 1)
    )
    assert are_many(n, n_before, share) == (chance < 0.00135)


def test_ranges_that_are_all_alike_are_none_of_them_special() -> None:
    assert average_moving_range([5.0, 5.0, 5.0]) == 0.0
    assert average_moving_range([1.0, 2.0, 1.0]) == 1.0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.5, -3.1, 3.1, 3.0], ["none", "below_limit", "above_limit", "none"]),
        # ptd_seven_point_one_side_mean: six are none, seven are, those before and after aren't.
        ([1, 0.5, 1, 0.5, 1, 0.5], ["none"] * 6),
        ([-1, 1, 0.5, 1, 0.5, 1, 0.5, 1, -1], ["none", *["run_above"] * 7, "none"]),
        ([-1, -0.5, -1, -0.5, -1, -0.5, -1, -0.5, 1], [*["run_below"] * 8, "none"]),
        # ptd_seven_point_trend: 1:6 no, c(1:3, 3:6) no, 1:7 yes, 7:1 yes, c(2, 1:7, 3) the middle.
        ([-0.3, -0.2, -0.1, 0.1, 0.2, 0.3], ["none"] * 6),
        ([-0.3, -0.2, -0.1, -0.1, 0.1, 0.2, 0.3], ["none"] * 7),
        ([-0.3, -0.2, -0.1, 0.1, 0.2, 0.3, 0.4], ["rising"] * 7),
        ([0.4, 0.3, 0.2, 0.1, -0.1, -0.2, -0.3], ["falling"] * 7),
        ([0.2, -0.3, -0.2, -0.1, 0.1, 0.2, 0.3, 0.4, 0.3], ["none", *["rising"] * 7, "none"]),
        # ptd_two_in_three, and that points on opposite sides of the mean don't count.
        ([2.5, 1.0, 2.5], ["outer_third_above", "none", "outer_third_above"]),
        ([1.0, -2.5, -2.2], ["none", "none", "none"]),
        ([-1.0, -2.5, -2.2], ["none", "outer_third_below", "outer_third_below"]),
        ([2.5, -1.0, 2.5], ["none", "none", "none"]),
        ([0.5, 2.5, -2.5], ["none", "none", "none"]),
        ([2.0, 2.0, 2.0], ["none", "none", "none"]),
    ],
)
def test_signals_are_those_of_the_package(values: list[float], expected: list[str]) -> None:
    assert signals(values, FLAT) == expected


def rules_in_words(values: list[float]) -> set[int]:
    """The months that *Making Data Count* highlights where the mean is 0 and the limits are ±3."""
    found = {i for i, v in enumerate(values) if abs(v) > 3}
    for size in (3, 7):
        for places in zip(*(range(k, len(values)) for k in range(size)), strict=False):
            part = [values[i] for i in places]
            is_one_side = min(part) > 0 or max(part) < 0
            near = {i for i in places if 2 < abs(values[i]) <= 3}
            if size == 3 and is_one_side and len(near) > 1:
                found |= near
            in_order = sorted(set(part))
            if size == 7 and (is_one_side or part in (in_order, in_order[::-1])):
                found |= set(places)
    return found


@given(st.lists(st.sampled_from([x / 2 for x in range(-7, 8)]), min_size=1, max_size=16))
def test_signals_are_the_rules_as_they_are_worded(values: list[float]) -> None:
    told = {i for i, signal in enumerate(signals(values, FLAT)) if signal != "none"}
    assert told == rules_in_words(values)


@given(st.permutations([-3.0, -2.5, -1.0, -0.5, 0.0, 0.5, 1.0, 2.5]), st.integers(0, 7))
def test_long_runs_are_found_wherever_they_begin(start: list[float], n: int) -> None:
    """Seven on one side and seven rising, which drawing at random hardly ever gives."""
    for run in ([0.5, 1.0] * 4, [x / 4 - 1 for x in range(8)], [1 - x / 4 for x in range(8)]):
        values = [*start[:n], *run[: 6 + n % 3], *start[n:]]
        told = {i for i, signal in enumerate(signals(values, FLAT)) if signal != "none"}
        assert told == rules_in_words(values)


def test_a_month_on_the_mean_ends_a_run() -> None:
    assert signals([1, 0.5, 1, 0, 1, 0.5, 1, 0.5], FLAT) == ["none"] * 8


def test_limits_settle_with_the_twelfth_month() -> None:
    found = [control_limits([20.0 + i % 3 for i in range(n)]) for n in (11, 12)]
    assert [limits is not None and limits.is_trial for limits in found] == [True, False]


def test_the_strongest_signal_is_told() -> None:
    assert signals([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 4.0], FLAT) == [*["run_above"] * 6, "above_limit"]


def test_how_long_a_run_has_lasted() -> None:
    values = [-1.0, 1, 0.5, 1, 0.5, 1, 0.5, 1, 0.5]
    assert run_length(values, 8, "run_above", FLAT) == 8
    assert run_length(values, 7, "run_above", FLAT) == 7
    assert run_length([3.0, 1, 2, 3, 4, 5, 6, 7], 7, "rising", FLAT) == 7
    assert run_length([1.0, 7, 6, 5, 4, 3, 2, 1], 7, "falling", FLAT) == 7
    assert run_length(values, 8, "above_limit", FLAT) is None


@given(st.lists(st.integers(-50, 50), min_size=4, max_size=40))
def test_mirrored_values_give_mirrored_signals(values: list[int]) -> None:
    found, mirrored = control_limits(values), control_limits([-v for v in values])
    assert found is not None
    assert mirrored is not None
    assert mirrored.upper == pytest.approx(-found.lower)
    other = {
        "above_limit": "below_limit", "run_above": "run_below", "rising": "falling",
        "outer_third_above": "outer_third_below", "none": "none",
    }  # fmt: skip
    other |= {low: high for high, low in other.items()}
    exact = Limits(found.mean, found.lower, found.upper, found.n_points)
    mirror = Limits(-found.mean, -found.upper, -found.lower, found.n_points)
    assert [other[s] for s in signals(values, exact)] == signals([-v for v in values], mirror)


@given(st.lists(st.integers(-90, 90), min_size=4, max_size=30), st.integers(-90, 90))
def test_moving_everything_moves_the_limits_alike(values: list[int], by: int) -> None:
    found, moved = control_limits(values), control_limits([v + by for v in values])
    assert found is not None
    assert moved is not None
    margin = (found.upper - found.mean, moved.upper - moved.mean)
    assert margin[0] == pytest.approx(margin[1])
    assert moved.mean == pytest.approx(found.mean + by, abs=1e-6)


@given(st.lists(st.floats(0, 100), min_size=4, max_size=40))
def test_a_range_that_holds_half_of_its_values_stands(values: list[float]) -> None:
    limits = control_limits(values)
    assert limits is not None
    n_held = sum(limits.lower <= each <= limits.upper for each in values)
    how = moved(values, limits)
    assert (how is None) == (n_held >= len(values) / 2)
    backwards = moved(values[::-1], limits)
    turned = {"risen": "fallen", "fallen": "risen"}
    assert backwards == turned.get(str(how), how), "a trend turns round with time, and nothing else"
