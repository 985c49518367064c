"""Properties that hold whatever the data: oracles, derivatives, resampling, invariances."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from pipelines.estimators.compare_exits import compare_exits
from pipelines.estimators.kernels.influence_functions import (
    incidence_influence,
    time_lost_influence,
)
from pipelines.estimators.kernels.survival import (
    CAUSES,
    at_risk_at,
    exits_by,
    incidence_at,
    restricted_mean_at,
    survival_at,
    time_lost_at,
)
from pipelines.estimators.results import ComparisonResult
from tests.reference.support import curve_of, small_world, spec_of

People = list[tuple[int, int, int]]
"""(last day, exit code, weight) per person."""

worlds = st.lists(
    st.tuples(st.integers(1, 12), st.integers(0, len(CAUSES)), st.integers(1, 5)),
    min_size=1,
    max_size=25,
)


def naive_aalen_johansen(people: People, last_day: int) -> tuple[list[list[Fraction]], Fraction]:
    """Walk through the days one by one with exact fractions: incidence by day and cause, RMST."""
    alive, mean_employed = Fraction(1), Fraction(0)
    incidence = [Fraction(0) for _ in CAUSES]
    by_day = [list(incidence)]
    for day in range(1, last_day + 1):
        mean_employed += alive
        at_risk = sum(w for last, _, w in people if last >= day)
        if at_risk:
            steps = [
                alive * Fraction(sum(w for d, e, w in people if d == day and e == k + 1), at_risk)
                for k in range(len(CAUSES))
            ]
            incidence = [f + step for f, step in zip(incidence, steps, strict=True)]
            alive -= sum(steps)
        by_day.append(list(incidence))
    return by_day, mean_employed


@settings(max_examples=150, deadline=None)
@given(worlds, st.integers(1, 12))
def test_curves_equal_a_naive_recount(people: People, last_day: int) -> None:
    times, exits, weights = (np.array(column) for column in zip(*people, strict=True))
    curve = curve_of(times, exits, weights, until=last_day)
    days = np.arange(last_day + 1)
    by_day, mean_employed = naive_aalen_johansen(people, last_day)
    wanted = np.array(by_day, dtype=float).T
    np.testing.assert_allclose(incidence_at(curve, days), wanted, atol=1e-12)
    np.testing.assert_allclose(survival_at(curve, days), 1 - wanted.sum(axis=0), atol=1e-12)
    assert restricted_mean_at(curve, [last_day])[0] == pytest.approx(float(mean_employed))
    assert at_risk_at(curve, days).tolist() == [sum(t >= d for t in times) for d in days]
    assert exits_by(curve, days).sum(axis=0).tolist() == [
        sum(t <= d and e > 0 for t, e in zip(times, exits, strict=True)) for d in days
    ]


@settings(max_examples=100, deadline=None)
@given(worlds)
def test_incidences_and_survival_add_up_to_one(people: People) -> None:
    times, exits, weights = (np.array(column) for column in zip(*people, strict=True))
    curve = curve_of(times, exits, weights)
    product = np.cumprod(1 - curve.hazards.sum(axis=0))
    np.testing.assert_allclose(curve.incidence.sum(axis=0) + product, 1.0, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(worlds, st.integers(0, 24))
def test_influence_is_the_derivative_with_respect_to_a_persons_weight(
    people: People, chosen: int
) -> None:
    times, exits, weights = (np.array(column, float) for column in zip(*people, strict=True))
    person = chosen % len(people)
    days = np.array([3.0, 7.0, 12.0])
    curve = curve_of(times, exits, weights)
    cell = curve.cell_of_person[person]
    step = 1e-5

    def moved(size: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        changed = weights.copy()
        changed[person] += size
        other = curve_of(times, exits, changed)
        return incidence_at(other, days), time_lost_at(other, days)

    up, down = moved(step), moved(-step)
    for which, table in enumerate((incidence_influence, time_lost_influence)):
        slope = (up[which] - down[which]) / (2 * step)
        np.testing.assert_allclose(table(curve, days)[:, cell], slope, atol=1e-6)


def _estimates(result: ComparisonResult, column: str = "estimate") -> NDArray[np.float64]:
    return result.comparison[column].cast(pl.Float64).fill_null(np.nan).to_numpy()


def test_errors_agree_with_a_leave_one_coach_out_jackknife() -> None:
    """The whole estimate is redone without each coach, propensity model included."""
    world = small_world(500, seed=21, n_coaches=40)
    spec = spec_of()
    result = compare_exits(world, spec)
    coaches = world["coach_key"].unique(maintain_order=True).to_list()
    assert len(coaches) == 40
    without = np.stack(
        [
            _estimates(compare_exits(world.filter(pl.col("coach_key") != coach), spec))
            for coach in coaches
        ]
    )
    spread = ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    jackknife = np.sqrt(spread * (len(coaches) - 1) / len(coaches))
    ours = _estimates(result, "std_error")
    is_difference = (result.comparison["estimand"] != "risk_ratio").to_numpy()
    is_common = (result.comparison["outcome"] != "involuntary_exit").to_numpy()
    kept = is_difference & is_common
    assert kept.sum() == 24
    np.testing.assert_allclose(ours[kept], jackknife[kept], rtol=0.05)


def test_allowing_for_the_estimated_weights_matters() -> None:
    """Fitted weights balance better than known ones, so the honest error is smaller here."""
    world = small_world(1500, seed=4).with_columns(coach_key="agent_key")
    result = compare_exits(world, spec_of())
    row = result.comparison.filter(
        (pl.col("design") == "weighted")
        & (pl.col("outcome") == "any_exit")
        & (pl.col("estimand") == "risk_difference")
        & (pl.col("horizon_days") == 180)
    ).row(0, named=True)
    curve = result.retention_curve.filter((pl.col("design") == "weighted") & (pl.col("day") == 180))
    weights_as_known = float(np.sqrt((curve["std_error"] ** 2).sum()))
    assert row["std_error"] < 0.99 * weights_as_known
    assert row["std_error"] > 0.7 * weights_as_known


def test_order_of_rows_changes_nothing() -> None:
    world = small_world()
    first = compare_exits(world, spec_of())
    again = compare_exits(world.sample(fraction=1.0, shuffle=True, seed=3), spec_of())
    assert first.comparison.equals(again.comparison)
    assert first.retention_curve.equals(again.retention_curve)
    assert first.covariate_balance.equals(again.covariate_balance)
    assert first.weight_summary.equals(again.weight_summary)


def test_swapping_the_arms_flips_every_difference_and_every_verdict() -> None:
    world = small_world(3000, seed=2)
    one = compare_exits(world, spec_of())
    other = compare_exits(world, spec_of(arm_a="B", arm_b="A"))
    is_ratio = (one.comparison["estimand"] == "risk_ratio").to_numpy()
    difference = _estimates(one), _estimates(other)
    np.testing.assert_allclose(difference[0][~is_ratio], -difference[1][~is_ratio], atol=1e-9)
    np.testing.assert_allclose(difference[0][is_ratio], 1 / difference[1][is_ratio], atol=1e-9)
    np.testing.assert_allclose(
        _estimates(one, "std_error")[~is_ratio],
        _estimates(other, "std_error")[~is_ratio],
        rtol=1e-8,
    )
    flip = {"better": "worse", "worse": "better"}
    words = [flip.get(word, word) for word in other.comparison["verdict"]]
    assert one.comparison["verdict"].to_list() == words
    assert {"better", "worse"} & set(words)


def test_weights_of_one_change_nothing() -> None:
    """Without covariates every weight is 1 and both designs are the same."""
    result = compare_exits(small_world(), spec_of(covariates=()))
    halves = [
        result.comparison.filter(pl.col("design") == design).drop("design")
        for design in ("unadjusted", "weighted")
    ]
    for column in ("value_a", "value_b", "estimate", "std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(
            halves[0][column].to_numpy(), halves[1][column].to_numpy(), rtol=1e-9, atol=1e-12
        )
    assert halves[0]["verdict"].equals(halves[1]["verdict"])


@settings(max_examples=30, deadline=None)
@given(worlds, st.floats(0.01, 100.0))
def test_scale_of_weights_changes_no_estimate_and_no_error(people: People, scale: float) -> None:
    times, exits, weights = (np.array(column, float) for column in zip(*people, strict=True))
    days = [4.0, 12.0]
    one, other = curve_of(times, exits, weights), curve_of(times, exits, weights * scale)
    np.testing.assert_allclose(incidence_at(one, days), incidence_at(other, days), atol=1e-12)
    np.testing.assert_allclose(
        incidence_influence(one, days), scale * incidence_influence(other, days), atol=1e-10
    )


def test_without_ends_of_data_errors_are_those_of_clustered_means() -> None:
    """Then risks are plain shares: residuals summed by coach, G / (G - 1), t with G - 1."""
    world = small_world(600, seed=9, n_coaches=12).with_columns(
        exit_type=pl.when(pl.col("follow_up_days") <= 180).then(pl.lit("voluntary")),
        follow_up_days=pl.col("follow_up_days").clip(1, 200),
    )
    left = world["exit_type"].is_not_null().to_numpy().astype(float)
    is_a = (world["arm"] == "A").to_numpy()
    coaches = world["coach_key"].to_numpy()

    def clustered(residual: NDArray[np.float64]) -> float:
        sums = np.array([residual[coaches == coach].sum() for coach in np.unique(coaches)])
        return float(np.sqrt(12 / 11 * (sums**2).sum()))

    result = compare_exits(world, spec_of(covariates=()))
    row = result.comparison.row(
        by_predicate=(pl.col("outcome") == "voluntary_exit")
        & (pl.col("horizon_days") == 180)
        & (pl.col("design") == "unadjusted")
        & (pl.col("estimand") == "risk_difference"),
        named=True,
    )
    share_a, share_b = left[is_a].mean(), left[~is_a].mean()
    of_a = np.where(is_a, left - share_a, 0.0) / is_a.sum()
    of_b = np.where(is_a, 0.0, left - share_b) / (~is_a).sum()
    error = clustered(of_a - of_b)
    quantile = stats.t.ppf(0.975, df=11)
    assert row["estimate"] == pytest.approx(share_a - share_b, abs=1e-12)
    assert row["std_error"] == pytest.approx(error, rel=1e-9)
    assert row["conf_low"] == pytest.approx(share_a - share_b - quantile * error, abs=1e-12)
    assert row["conf_high"] == pytest.approx(share_a - share_b + quantile * error, abs=1e-12)

    band = result.retention_curve.row(
        by_predicate=(pl.col("design") == "unadjusted")
        & (pl.col("arm") == "A")
        & (pl.col("day") == 180),
        named=True,
    )
    still = 1 - share_a
    width = quantile * clustered(of_a) / (still * abs(np.log(still)))
    assert band["clustered_std_error"] == pytest.approx(clustered(of_a), rel=1e-9)
    assert band["clustered_conf_low"] == pytest.approx(still ** np.exp(width), abs=1e-9)
    assert band["clustered_conf_high"] == pytest.approx(still ** np.exp(-width), abs=1e-9)
    wide = quantile * clustered(of_a) / (share_a * abs(np.log(share_a)))
    assert band["voluntary_exit_std_error"] == pytest.approx(clustered(of_a), rel=1e-9)
    assert band["voluntary_exit_conf_low"] == pytest.approx(share_a ** np.exp(wide), abs=1e-9)
    assert band["voluntary_exit_conf_high"] == pytest.approx(share_a ** np.exp(-wide), abs=1e-9)
    assert band["involuntary_exit_conf_low"] is None, "nobody has left in that way"


def test_every_verdict_follows_from_its_own_interval_and_direction() -> None:
    rows = compare_exits(small_world(3000, seed=2), spec_of()).comparison
    seen = set()
    for row in rows.rows(named=True):
        centre = 1.0 if row["estimand"] == "risk_ratio" else 0.0
        is_more_better = row["estimand"] == "rmst_difference_days"
        if row["verdict"] == "too_little_data":
            continue
        word = "no_clear_difference"
        if row["conf_low"] > centre or row["conf_high"] < centre:
            word = "better" if (row["conf_low"] > centre) == is_more_better else "worse"
        assert row["verdict"] == word
        seen.add((row["estimand"], word))
    assert {estimand for estimand, word in seen if word in ("better", "worse")} == {
        "risk_difference",
        "risk_ratio",
        "rmst_difference_days",
    }
