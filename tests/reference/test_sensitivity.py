"""E-values against the published example, leaving sites out by hand, the negative control."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.estimators.compare_exits import compare_exits
from pipelines.estimators.results import SENSITIVITY_SCHEMA, Covariate
from pipelines.estimators.sensitivity.headline_checks import (
    PRIOR_ABSENCE,
    e_value,
    limit_nearest_to_one,
    sensitivity_rows,
)
from tests.reference.support import AGE, SKILL, released_exactly, small_world, spec_of

ABSENCE = Covariate("absence", PRIOR_ABSENCE, "numeric", "Absence before")


def world_with_absence(bias: float = 0.0) -> pl.DataFrame:
    """People whose absence before day 0 depends on skill, and on the arm by `bias`."""
    world = small_world(1200, seed=4)
    rng = np.random.default_rng(9)
    in_a = (world["arm"] == "A").to_numpy()
    absence = 0.05 - 0.01 * world["skill"].to_numpy() + bias * in_a + rng.normal(0, 0.01, 1200)
    return world.with_columns(pl.Series(PRIOR_ABSENCE, absence))


def uncoded(world: pl.DataFrame) -> pl.DataFrame:
    """Nobody's behaviours on day 0 were coded."""
    confirmed = pl.lit(None, pl.Boolean).alias("is_label_confirmed")
    return world.select("agent_key", "coach_key", "arm", confirmed)


def checks(world: pl.DataFrame, **changes: Any) -> dict[tuple[str, str], dict[str, Any]]:
    spec = spec_of(**({"covariates": (AGE, SKILL, ABSENCE)} | changes))
    told = released_exactly(compare_exits(world, spec).comparison)
    rows = sensitivity_rows(world, spec, told, uncoded(world))
    assert dict(rows.schema) == SENSITIVITY_SCHEMA
    assert rows.height == 17
    assert (rows["value"].is_null() == (rows["status"] != "shown")).all()
    assert (rows["value"].is_null() == rows["reason"].is_not_null()).all()
    assert (rows["value"].is_null() == rows["reading"].is_null()).all()
    return {(row["check"], row["outcome"]): row for row in rows.to_dicts()}


def test_e_values_of_the_paper() -> None:
    """VanderWeele & Ding 2017: 3.9 (1.8 to 8.7) gives 7.26 and 3.00; below 1 works alike."""
    assert e_value(3.9) == pytest.approx(7.26, abs=0.005)
    assert e_value(limit_nearest_to_one(1.8, 8.7)) == pytest.approx(3.0, abs=0.005)
    assert e_value(1 / 3.9) == pytest.approx(e_value(3.9), rel=1e-12)
    assert limit_nearest_to_one(0.4, 0.7) == 0.7
    assert e_value(limit_nearest_to_one(0.8, 1.4)) == 1.0


def test_a_range_that_reaches_zero_as_rounded_needs_nothing_unknown_to_reach_it() -> None:
    world, spec = world_with_absence(), spec_of(covariates=(AGE, SKILL, ABSENCE))
    told = released_exactly(compare_exits(world, spec).comparison)
    ratios = pl.col("estimand") == "risk_ratio"
    apart = told.with_columns(
        estimate=pl.when(ratios).then(0.5).otherwise("estimate"),
        conf_low=pl.when(ratios).then(0.3).otherwise("conf_low"),
        conf_high=pl.when(ratios).then(0.8).otherwise("conf_high"),
    )
    for verdict, needed in (("better", e_value(0.8)), ("no_clear_difference", 1.0)):
        concluded = apart.with_columns(verdict=pl.lit(verdict))
        rows = sensitivity_rows(world, spec, concluded, uncoded(world))
        found = rows.filter(pl.col("check") == "e_value_of_limit")["value"].to_list()
        assert found == [needed] * len(found) != []


def test_sites_left_out_by_hand() -> None:
    world, spec = world_with_absence(), spec_of(covariates=(AGE, SKILL, ABSENCE))
    found = []
    for site in ("site 0", "site 1", "site 2"):
        rows = compare_exits(world.filter(pl.col("site") != site), spec).comparison
        row = rows.row(
            by_predicate=(pl.col("design") == "weighted")
            & (pl.col("outcome") == "any_exit")
            & (pl.col("estimand") == "risk_difference")
            & (pl.col("horizon_days") == 180),
            named=True,
        )
        found.append(row["estimate"])
    row = checks(world)["leave_one_site_out", "any_exit"]
    assert row["range_low"] == pytest.approx(min(found), rel=1e-9)
    assert row["range_high"] == pytest.approx(max(found), rel=1e-9)
    assert "3 sites" in row["reading"]


def test_small_sites_are_never_left_out_alone() -> None:
    world = world_with_absence().with_row_index()
    small = pl.when(pl.col("index") < 5).then(pl.lit("tiny")).otherwise("site")
    row = checks(world.with_columns(site=small))["leave_one_site_out", "any_exit"]
    assert "3 sites" in row["reading"]
    one = checks(world.with_columns(site=pl.lit("only")))["leave_one_site_out", "any_exit"]
    assert one["value"] is None
    assert one["status"] == "no_data"


def test_the_negative_control_warns_only_where_groups_differed_before() -> None:
    key = ("negative_control", "unplanned_absence")
    quiet, loud = checks(world_with_absence())[key], checks(world_with_absence(0.02))[key]
    assert "no clear difference" in quiet["reading"]
    assert quiet["range_low"] <= 0 <= quiet["range_high"]
    assert "already differed" in loud["reading"]
    assert loud["value"] == pytest.approx(0.02, abs=0.003)


def test_without_estimates_every_check_says_why() -> None:
    hidden = checks(world_with_absence().head(8))
    assert all(row["value"] is None for row in hidden.values())
    assert {row["status"] for row in hidden.values()} == {"suppressed"}
    unknown = checks(small_world(1200, seed=4), covariates=(AGE, SKILL))
    assert unknown["negative_control", "unplanned_absence"]["status"] == "no_data"
