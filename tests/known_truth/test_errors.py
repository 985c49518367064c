"""Standard errors where there are few coaches and few people for each coefficient."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from bench.known_truth import against_truth, comparison_spec
from pipelines.estimators.compare_exits import compare_exits
from pipelines.estimators.kernels.influence_functions import PropensityCorrection
from pipelines.estimators.results import ComparisonSpec
from pipelines.simulation import simulate
from pipelines.simulation.scenarios import scenario

SHOWN = (pl.col("estimand") == "risk_difference") & (pl.col("horizon_days") == 365)
ADJUSTED = pl.col("design").is_in(["weighted", "doubly_robust"])


def differences(episodes: pl.DataFrame, spec: ComparisonSpec) -> pl.DataFrame:
    rows = compare_exits(episodes, spec).comparison.filter(SHOWN, ADJUSTED)
    return rows.filter(pl.col("outcome") != "involuntary_exit").sort("design", "outcome")


def test_errors_are_those_of_leaving_each_coach_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """About 50 people for each of some 20 coefficients: the first-order form falls short."""
    config = scenario("30 coaches").seeded(1)
    episodes, spec = simulate(config).episodes(), comparison_spec(config)
    coaches = episodes["coach_key"].unique().sort()
    without = np.array(
        [
            differences(episodes.filter(pl.col("coach_key") != coach), spec)["estimate"]
            for coach in coaches
        ]
    )
    spread = ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    jackknife = np.sqrt(spread * (len(coaches) - 1) / len(coaches))
    ours = differences(episodes, spec)["std_error"].to_numpy()
    assert ours == pytest.approx(jackknife, rel=0.07)

    def one(_self: PropensityCorrection, weights: np.ndarray, *_others: object) -> np.ndarray:
        return np.ones(len(weights))

    monkeypatch.setattr(PropensityCorrection, "without_own_cluster", one)
    first_order = differences(episodes, spec)["std_error"].to_numpy()[2:]
    assert (first_order < 0.98 * ours[2:]).all()
    assert (np.abs(first_order - jackknife[2:]) > np.abs(ours[2:] - jackknife[2:])).all()


@pytest.mark.slow  # quicker: the errors against leaving out each coach above
def test_intervals_hold_the_truth_with_ten_coaches() -> None:
    found = pl.concat(
        [against_truth(scenario("10 coaches").seeded(seed)).estimates for seed in range(1, 9)]
    )
    shown = found.filter(ADJUSTED, pl.col("is_covered").is_not_null())
    assert shown.height > 150
    assert shown["is_covered"].mean() > 0.88
