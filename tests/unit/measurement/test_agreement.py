"""Agreement against published worked examples, an independent formula and a naive recount."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

from pipelines.core.status import NO_DATA, NOT_REPORTABLE, SHOWN
from pipelines.measurement.agreement import (
    FEW_CLUSTERS,
    NO_DISAGREEMENT,
    Floats,
    Metric,
    cohen_kappa,
    icc_one_way,
    icc_two_way,
    krippendorff_alpha,
)

_ = math.nan
# Krippendorff (2011), the example with four observers, twelve units and missing data.
FOUR_OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]
).T
# Krippendorff (2011), binary data of two observers, and five categories of two observers.
TWO_BINARY = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]], float).T
TWO_NOMINAL = np.array([[ord(each) for each in text] for text in ("aabbdcccedda", "babbbccceddd")])
# Shrout & Fleiss (1979), six targets rated by the same four judges.
SIX_TARGETS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)


def units(ratings: Floats) -> np.ndarray:
    return np.arange(len(ratings))


@pytest.mark.parametrize(
    ("ratings", "metric", "published"),
    [
        (FOUR_OBSERVERS, "nominal", 0.743),
        (FOUR_OBSERVERS, "interval", 0.849),
        (TWO_BINARY, "nominal", 0.095),
        (TWO_NOMINAL.T.astype(float), "nominal", 0.692),
    ],
)
def test_alpha_of_krippendorffs_examples(ratings: Floats, metric: Metric, published: float) -> None:
    alpha = krippendorff_alpha(ratings, metric, units(ratings), seed=1)
    assert alpha.estimate == pytest.approx(published, abs=0.0005)
    assert alpha.conf_low is not None and alpha.conf_high is not None
    assert alpha.conf_low < published < alpha.conf_high


def naive_alpha(ratings: Floats, metric: Metric) -> float:
    """Pair by pair, as the definition reads: mean difference within units over that of all."""

    def apart(one: float, other: float) -> float:
        return float(one != other) if metric == "nominal" else (one - other) ** 2

    rows = [[value for value in row if math.isfinite(value)] for row in ratings]
    rows = [row for row in rows if len(row) >= 2]
    values = [value for row in rows for value in row]
    observed = sum(
        apart(*pair) / (len(row) - 1) for row in rows for pair in itertools.permutations(row, 2)
    ) / len(values)
    expected = sum(apart(*pair) for pair in itertools.permutations(values, 2))
    return 1 - observed / (expected / (len(values) * (len(values) - 1)))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from([0.0, 1.0, 2.0, _]), min_size=3, max_size=3),
        min_size=2,
        max_size=12,
    ),
    st.sampled_from(["nominal", "interval"]),
)
def test_alpha_is_what_its_definition_counts(rows: list[list[float]], metric: Metric) -> None:
    ratings = np.array(rows)
    alpha = krippendorff_alpha(ratings, metric, units(ratings), seed=1, n_draws=20)
    paired = ratings[np.isfinite(ratings).sum(axis=1) >= 2]
    assert alpha.n_units == len(paired)
    if len(paired) == 0:
        assert alpha.status == NO_DATA
    elif len(np.unique(paired[np.isfinite(paired)])) == 1:
        assert (alpha.estimate, alpha.status) == (None, NOT_REPORTABLE)
    else:
        assert alpha.estimate == pytest.approx(naive_alpha(ratings, metric), abs=1e-9)


def test_the_range_of_alpha_is_repeatable_and_wider_where_clusters_agree_alike() -> None:
    rng = np.random.default_rng(3)
    coach = np.repeat(np.arange(20), 10)
    is_clear = rng.random(20) < 0.5  # raters agree fully on some coaches, hardly on others
    truth = rng.integers(0, 2, 200)
    other = np.where(is_clear[coach], truth, rng.integers(0, 2, 200))
    ratings = np.column_stack([truth, other]).astype(float)
    by_coach = krippendorff_alpha(ratings, "nominal", coach, seed=7)
    assert by_coach == krippendorff_alpha(ratings, "nominal", coach, seed=7)
    by_unit = krippendorff_alpha(ratings, "nominal", units(ratings), seed=7)
    assert by_coach.estimate == by_unit.estimate
    width = {each: each.conf_high - each.conf_low for each in (by_coach, by_unit)}  # type: ignore[operator]
    assert width[by_coach] > 1.5 * width[by_unit]


def test_the_range_of_alpha_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    covered = 0
    for seed in range(100):
        truth = rng.integers(0, 2, 150)
        flips = rng.random((150, 2)) < 0.1
        ratings = np.abs(truth[:, None] - flips).astype(float)
        alpha = krippendorff_alpha(ratings, "nominal", units(ratings), seed=seed, n_draws=300)
        # Two raters agree with probability 0.9 ** 2 + 0.1 ** 2; chance gives one half.
        covered += alpha.conf_low <= 2 * 0.82 - 1 <= alpha.conf_high  # type: ignore[operator]
    assert 88 <= covered <= 100


def test_alpha_says_why_it_has_no_range_or_no_value() -> None:
    ratings = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 0.0], [1.0, 0.0]])
    few = krippendorff_alpha(ratings, "nominal", np.array([0, 0, 1, 1]), seed=1)
    assert few.estimate is not None
    assert (few.conf_low, few.status, few.reason) == (None, SHOWN, FEW_CLUSTERS)
    same = krippendorff_alpha(ratings[:3], "nominal", np.arange(3), seed=1)
    assert (same.estimate, same.conf_low, same.reason) == (1.0, None, NO_DISAGREEMENT)
    alone = np.array([[1.0, _], [_, 0.0]])
    assert krippendorff_alpha(alone, "nominal", np.arange(2), seed=1).status == NO_DATA


def test_intraclass_correlations_of_shrout_and_fleiss() -> None:
    one, two = icc_one_way(SIX_TARGETS), icc_two_way(SIX_TARGETS)
    assert one.estimate == pytest.approx(0.17, abs=0.005)
    assert (one.conf_low, one.conf_high) == (
        pytest.approx(-0.13, abs=0.005),
        pytest.approx(0.72, abs=0.005),
    )
    assert two.estimate == pytest.approx(0.29, abs=0.005)
    assert (two.conf_low, two.conf_high) == (
        pytest.approx(0.02, abs=0.005),
        pytest.approx(0.76, abs=0.005),
    )


def test_intraclass_correlations_leave_out_what_was_rated_once_and_say_what_is_missing() -> None:
    gaps = np.vstack([SIX_TARGETS, [5.0, _, _, _]])
    assert icc_one_way(gaps) == icc_one_way(SIX_TARGETS)
    assert icc_one_way(SIX_TARGETS[:1]).estimate is None
    assert icc_one_way(np.empty((0, 2))).n_units == 0
    flat = np.ones((4, 2))
    assert icc_one_way(flat).status == icc_two_way(flat).status == NOT_REPORTABLE
    same = np.repeat(SIX_TARGETS[:, :1], 2, axis=1)
    for made in (icc_one_way(same), icc_two_way(same)):
        assert made.estimate == pytest.approx(1.0)
        assert (made.conf_low, made.reason) == (None, NO_DISAGREEMENT)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=4, max_size=4))
def test_kappa_and_its_error_are_those_of_statsmodels(cells: list[int]) -> None:
    """Every unit its own cluster: the robust error is the classic one but for n / (n - 1)."""
    table = np.array(cells).reshape(2, 2)
    first = np.repeat([0, 0, 1, 1], cells)
    second = np.repeat([0, 1, 0, 1], cells)
    n = len(first)
    ours, theirs = cohen_kappa(first, second, np.arange(n)), cohens_kappa(table)
    assert ours.estimate == pytest.approx(theirs.kappa)
    if n < 5:
        assert ours.reason == FEW_CLUSTERS
        return
    wide = cohen_kappa(first, second, np.arange(n), conf_level=0.5)
    reach = stats.t.ppf(0.75, n - 1) * theirs.std_kappa * (n / (n - 1)) ** 0.5
    assert wide.conf_low == pytest.approx(max(theirs.kappa - reach, -1.0))
    assert wide.conf_high == pytest.approx(min(theirs.kappa + reach, 1.0))


def test_kappa_of_a_textbook_table() -> None:
    # 20 and 15 of 50 agree; 25 and 30 were called 0: chance 0.5, kappa (0.7 - 0.5) / 0.5.
    first, second = (
        np.repeat([0, 0, 1, 1], [20, 5, 10, 15]),
        np.repeat([0, 1, 0, 1], [20, 5, 10, 15]),
    )
    assert cohen_kappa(first, second, np.arange(50)).estimate == pytest.approx(0.4)


def test_kappa_says_what_is_missing() -> None:
    zeros, mixed = np.zeros(8, dtype=int), np.array([0, 1] * 4)
    assert cohen_kappa(zeros[:0], zeros[:0], zeros[:0]).status == NO_DATA
    assert cohen_kappa(zeros, zeros, np.arange(8)).status == NOT_REPORTABLE
    same = cohen_kappa(mixed, mixed, np.arange(8))
    assert (same.estimate, same.conf_low, same.reason) == (1.0, None, NO_DISAGREEMENT)
    assert cohen_kappa(zeros, mixed, np.arange(8)).estimate == pytest.approx(0.0)
    assert cohen_kappa(mixed, mixed[::-1], zeros).reason == FEW_CLUSTERS
