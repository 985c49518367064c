"""The arithmetic of the grid, against exact fractions and simulated noise."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.config.settings import Privacy
from pipelines.core.rounding import (
    coarse_mean_step,
    count_to_grid,
    limits,
    mean_step,
    ratio_limits,
    share_step,
    significant,
    step_by_error,
    to_grid,
    widened,
)
from pipelines.disclosure.confidentiality import Protection
from pipelines.disclosure.months import (
    OF_WORK,
    STATUS_OF,
    counts_to_grid,
    mean_to_grid,
    means_to_grid,
    rounded_months,
    status_of_mean,
    steps_of_means,
    sum_to_grid,
    sums_to_grid,
)

DEFAULT = Protection.of(Privacy())
numbers = st.floats(-1e4, 1e4, allow_nan=False)
steps = st.floats(1e-4, 50.0)


@given(numbers, steps)
def test_a_figure_is_the_nearest_multiple(value: float, step: float) -> None:
    told = to_grid(value, step)
    assert told is not None
    multiple = told / step
    assert abs(multiple - round(multiple)) < 1e-6
    assert abs(told - value) <= step / 2 + 1e-8 * step


@given(st.floats(-1e8, 1e8, allow_nan=False), st.floats(-11.0, 1.0))
def test_a_figure_of_very_many_people_is_on_its_grid_as_well(times: float, power: float) -> None:
    """The share of hours missed by 200,000 people has steps of a few millionths, errors finer."""
    step = 10.0**power
    told = to_grid(times * step, step)
    assert told is not None
    multiple = told / step
    assert abs(multiple - round(multiple)) <= 1e-6 + 1e-15 * abs(multiple)


@given(st.integers(0, 5000), st.integers(1, 40))
def test_a_count_is_the_nearest_multiple_and_halves_go_up(n: int, base: int) -> None:
    told = count_to_grid(n, base)
    assert told == math.floor(Fraction(n, base) + Fraction(1, 2)) * base


@given(st.lists(st.integers(0, 100), min_size=2, max_size=40), st.integers(1, 400), st.data())
def test_the_order_of_a_sum_moves_nothing(cents: list[int], half: int, data: st.DataObject) -> None:
    """A mean half way between two figures of its grid fell to either side, by the order of rows."""
    step = 0.02
    target = Fraction(2 * half + 1) / 100  # half way: 3.89 on steps of 0.02
    scores = [float(each) / 100 for each in cents]
    scores.append(float(target * (len(cents) + 1) - Fraction(sum(cents), 100)))
    other = data.draw(st.permutations(scores))
    means = [sum(each) / len(each) for each in (scores, other)]
    told = [to_grid(mean, step) for mean in means]
    assert told == [pytest.approx(float(target) + step / 2)] * 2


def test_without_a_step_nothing_moves() -> None:
    assert to_grid(0.123456789, None) == 0.123456789
    assert to_grid(None, 0.5) is None
    assert count_to_grid(7, 0) == 7
    assert share_step(0, 100) is None
    assert mean_step(5, 12.0, 0) is None
    assert widened(0.3, None) == 0.3


def test_steps_are_the_weight_of_so_many_people() -> None:
    assert share_step(5, 200) == 0.025
    assert mean_step(10, 20.04, 100) == pytest.approx(2.0)  # the spread has two digits
    assert significant(0.0123456) == 0.012
    assert significant(-987.0) == -990.0


@given(st.floats(1e-6, 1e3), st.integers(10, 5000))
def test_a_step_by_error_is_a_round_number_near_its_target(error: float, n: int) -> None:
    step = step_by_error(5, error, n)
    assert step is not None
    leading = step / 10.0 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(leading - each) for each in (1, 2, 5, 10)) < 1e-6
    assert 0.6 < step / (5 * error / math.sqrt(n)) < 1.6


@given(st.floats(1e-6, 1e5))
def test_a_coarse_step_is_the_nearest_round_number_by_ratio(n: float) -> None:
    fine = mean_step(5, 12.0, n)
    assert fine is not None
    power = 10.0 ** math.floor(math.log10(fine))
    ratios = {
        each: abs(math.log(each / fine)) for each in (power, 2 * power, 5 * power, 10 * power)
    }
    step = coarse_mean_step(5, 12.0, n)
    assert step in ratios
    assert ratios[step] == pytest.approx(min(ratios.values()), abs=1e-12)


def test_columns_are_rounded_as_their_rows_are() -> None:
    rng = np.random.default_rng(5)
    n, counts = 200, rng.integers(0, 60, 200)
    frame = pl.DataFrame(
        {
            "mean": rng.normal(3, 2, n),
            "spread": np.where(rng.random(n) < 0.1, 0.0, rng.random(n) * 9),
            "sum": rng.integers(0, 9000, n),
            "n": counts,
        }
    ).with_columns(pl.when(pl.int_range(n) % 9 > 0).then(pl.all()))
    rows = frame.to_dicts()
    means = [mean_to_grid(row["mean"], 5, row["spread"], row["n"]) for row in rows]
    assert means_to_grid(frame["mean"], 5, frame["spread"], frame["n"]).to_list() == means
    sums = [sum_to_grid(row["sum"], 5, row["n"]) for row in rows]
    assert sums_to_grid(frame, "sum", 5, "n").to_list() == [
        s if s is None else int(s) for s in sums
    ]
    told = counts_to_grid(frame["n"], 7)
    assert told.to_list() == [count_to_grid(row["n"], 7) for row in rows]
    assert told.dtype == frame["n"].dtype
    assert counts_to_grid(frame["n"], 0).to_list() == frame["n"].to_list()


def test_a_mean_that_everybody_shares_is_hidden_and_says_so() -> None:
    """A reader told "no data" would look for a file that isn't missing."""
    frame = pl.DataFrame({"mean": [50.0] * 3, "spread": [0.0, 9.0, 0.0], "n": [40] * 3})
    told = frame.with_columns(
        means_to_grid(frame["mean"], 5, frame["spread"], frame["n"]),
        pl.Series("status", ["shown", "shown", "no_data"]),
    )
    statuses = told.select(status_of_mean("mean", "status"))["status"].to_list()
    assert statuses == ["suppressed", "shown", "no_data"]


def test_every_mean_of_a_month_is_a_multiple_of_the_step_that_is_told_of_it() -> None:
    rng = np.random.default_rng(11)
    columns = {
        "n_exits": rng.integers(0, 9, 40),
        "n_voluntary_exits": np.zeros(40, int),
        "n_involuntary_exits": np.zeros(40, int),
        "n_survey_respondents": rng.integers(10, 400, 40),
        **{name: rng.integers(10, 900, 40) for name in ("n_scheduled", "n_csat", "n_handled")},
        "n_resolved": rng.integers(10, 900, 40),
        **{name: rng.uniform(1, 9e3, 40) for name in ("scheduled_hours", "sick_hours")},
        "unplanned_absence_hours": rng.uniform(1, 900, 40),
        **{name: rng.uniform(0, 1, 40) for name in STATUS_OF},
        **{spread: rng.uniform(0.01, 2, 40) for _, spread, _ in OF_WORK},
        "absence_spread": rng.uniform(0.01, 0.2, 40),
        "emotional_exhaustion_spread": rng.uniform(5, 30, 40),
        **dict.fromkeys(STATUS_OF.values(), "shown"),
    }
    frame = pl.DataFrame(columns)
    told, steps = rounded_months(frame, DEFAULT), steps_of_means(frame, DEFAULT)
    for name in STATUS_OF:
        multiples = told[name] / steps[name]
        assert (steps[name] > 0).all()
        assert ((multiples - multiples.round()).abs() < 1e-6).all(), name
        assert ((told[name] - frame[name]).abs() <= steps[name] / 2 + 1e-9).all(), name
    exact = steps_of_means(frame, Protection.of(Privacy(grid=0, grid_confidential=0)))
    assert set(exact.unpivot()["value"]) == {0.0}


def test_the_error_carries_a_uniform_of_the_steps_width() -> None:
    rng = np.random.default_rng(3)
    error, step = 0.04, 0.1
    noisy = rng.normal(0.37, error, 200_000)
    told = np.array([to_grid(value, step) for value in noisy[:20_000]])
    # Rounding to a grid that lies anywhere (a random offset) adds the variance of a uniform.
    shifted = np.round((noisy + rng.uniform(0, step, noisy.size)) / step) * step
    assert widened(error, step) == pytest.approx(math.hypot(error, step / math.sqrt(12)), abs=0.005)
    assert shifted.std() == pytest.approx(
        math.sqrt(error**2 + step**2 / 12 + step**2 / 12), rel=0.02
    )
    assert np.unique(np.round(told / step)).size > 1


def test_an_error_is_never_rounded_to_nothing() -> None:
    assert widened(1e-9, 0.1) == pytest.approx(0.03)
    assert widened(0.0, 0.1) is not None


@given(numbers, st.floats(0.01, 5.0), steps)
def test_limits_lie_around_the_estimate_on_the_finer_grid(
    value: float, error: float, step: float
) -> None:
    estimate, told = to_grid(value, step), widened(error, step)
    assert estimate is not None and told is not None
    low, high = limits(estimate, told, 2.0, step)
    assert low is not None and high is not None
    assert low <= estimate <= high
    for limit in (low, high):
        assert abs(limit / (step / 10) - round(limit / (step / 10))) < 1e-5


def test_limits_of_a_ratio_are_those_of_the_log_scale() -> None:
    low, high = ratio_limits(2.0, 0.2, 1.96, 0.001)
    assert low == pytest.approx(2.0 / math.exp(0.196), abs=1e-4)
    assert high == pytest.approx(2.0 * math.exp(0.196), abs=1e-4)
