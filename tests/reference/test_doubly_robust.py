"""Exits under two models: pseudo-values, agreement, resampling, and what is refused."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pipelines.estimators.compare_exits import compare_exits
from pipelines.estimators.designs.doubly_robust import pseudo_values
from pipelines.estimators.kernels.influence_functions import (
    incidence_influence,
    time_lost_influence,
)
from pipelines.estimators.kernels.survival import CAUSES, incidence_at, time_lost_at
from pipelines.estimators.results import Covariate
from tests.reference.support import curve_of, small_world, spec_of


def of_design(rows: pl.DataFrame, design: str) -> dict[tuple[str, int, str], dict[str, float]]:
    return {
        (row["outcome"], row["horizon_days"], row["estimand"]): row
        for row in rows.filter(pl.col("design") == design).to_dicts()
    }


def test_pseudo_values_of_complete_follow_up_are_the_exits_themselves() -> None:
    rng = np.random.default_rng(2)
    days = rng.integers(1, 60, 80).astype(float)
    exits = rng.integers(1, len(CAUSES) + 1, 80)
    curve = curve_of(days, exits)
    horizons = np.array([20.0, 45.0])
    left = pseudo_values(
        curve, incidence_at(curve, horizons), incidence_influence(curve, horizons)
    ).reshape(80, len(CAUSES), 2)
    lost = pseudo_values(
        curve, time_lost_at(curve, horizons), time_lost_influence(curve, horizons)
    ).reshape(80, len(CAUSES), 2)
    for person in range(80):
        for cause in range(len(CAUSES)):
            for position, horizon in enumerate(horizons):
                has_left = float(exits[person] == cause + 1 and days[person] <= horizon)
                assert left[person, cause, position] == pytest.approx(has_left, abs=1e-9)
                days_lost = has_left * (horizon - days[person])
                assert lost[person, cause, position] == pytest.approx(days_lost, abs=1e-7)


def test_without_covariates_it_is_the_unadjusted_comparison() -> None:
    rows = compare_exits(small_world(), spec_of(covariates=())).comparison
    plain, robust = of_design(rows, "unadjusted"), of_design(rows, "doubly_robust")
    assert robust.keys() == plain.keys()
    for key, row in plain.items():
        for name in ("value_a", "value_b", "estimate", "std_error", "conf_low", "conf_high"):
            assert robust[key][name] == pytest.approx(row[name], rel=1e-9, abs=1e-12), (key, name)


def test_errors_agree_with_leaving_one_coach_out() -> None:
    world = small_world(900, seed=5, n_coaches=30)
    whole = of_design(compare_exits(world, spec_of()).comparison, "doubly_robust")
    left_out = [
        of_design(
            compare_exits(world.filter(pl.col("coach_key") != coach), spec_of()).comparison,
            "doubly_robust",
        )
        for coach in world["coach_key"].unique().sort()
    ]
    for key, row in whole.items():
        found = np.array([each[key]["estimate"] for each in left_out])
        jackknife = np.sqrt((len(found) - 1) / len(found) * ((found - found.mean()) ** 2).sum())
        assert row["std_error"] == pytest.approx(jackknife, rel=0.06), key


def test_it_stays_near_the_weighted_comparison_and_off_the_unadjusted_one() -> None:
    names = [f"noise {number}" for number in range(12)]
    rng = np.random.default_rng(0)
    world = small_world(130, seed=4, n_coaches=12).with_columns(
        pl.Series(name, rng.normal(size=130)) for name in names
    )
    covariates = tuple(Covariate(name, name, "numeric", name) for name in names)
    rows = compare_exits(world, spec_of(covariates=covariates)).comparison
    assert rows.filter(pl.col("design") == "weighted")["estimate"].null_count() == 0
    robust = rows.filter(pl.col("design") == "doubly_robust")
    assert set(robust["verdict"]) == {"not_reportable"}
    assert all("needs at least" in reason for reason in robust["reason"])
    assert robust["estimate"].null_count() == robust.height


def test_nobody_in_an_arm_is_no_data() -> None:
    world = small_world().filter(pl.col("arm") == "A")
    robust = compare_exits(world, spec_of()).comparison.filter(pl.col("design") == "doubly_robust")
    assert set(robust["verdict"]) == {"too_little_data"}
    assert all(reason.startswith("no data") for reason in robust["reason"])
