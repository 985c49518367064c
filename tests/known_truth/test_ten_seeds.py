"""The comparison against known truth: ten contact centres of 3,000 agents each."""

from __future__ import annotations

import polars as pl
import pytest

from bench.known_truth import against_truth
from pipelines.simulation import SampleConfig

pytestmark = pytest.mark.slow  # quicker: five worlds of a harder kind in test_traps.py

SEEDS = range(1, 11)
HORIZON = 365
ADJUSTED = ("weighted", "doubly_robust")


def voluntary_risk_differences(seed: int) -> pl.DataFrame:
    """One row per design: the estimate, its interval and the truth of this seed's world."""
    return against_truth(SampleConfig(n_agents=3000, seed=seed)).estimates.filter(
        (pl.col("outcome") == "voluntary_exit") & (pl.col("horizon_days") == HORIZON)
    )


@pytest.fixture(scope="module")
def estimates() -> pl.DataFrame:
    return pl.concat([voluntary_risk_differences(seed) for seed in SEEDS])


def of_design(estimates: pl.DataFrame, design: str) -> pl.DataFrame:
    rows = estimates.filter(pl.col("design") == design)
    assert rows.height == len(SEEDS)
    assert rows["estimate"].null_count() == 0
    return rows


@pytest.mark.parametrize("design", ADJUSTED)
def test_adjusted_estimates_are_on_the_truth(estimates: pl.DataFrame, design: str) -> None:
    assert abs(of_design(estimates, design)["error"].mean()) < 0.015


@pytest.mark.parametrize("design", ADJUSTED)
def test_adjusted_intervals_cover_the_truth(estimates: pl.DataFrame, design: str) -> None:
    rows = of_design(estimates, design)
    assert rows["is_covered"].sum() >= 8
    assert (rows["conf_high"] - rows["conf_low"]).max() < 0.10, "wide enough for anything"


def test_unadjusted_estimates_are_visibly_off(estimates: pl.DataFrame) -> None:
    unadjusted = of_design(estimates, "unadjusted")
    assert unadjusted["error"].abs().mean() > 0.02
    weighted = of_design(estimates, "weighted")
    assert unadjusted["error"].abs().mean() > 1.5 * weighted["error"].abs().mean()
