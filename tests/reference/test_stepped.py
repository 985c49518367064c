"""A lottery of steps: the regression within units, its errors, and the order drawn again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from scipy import stats

from pipelines.estimators.designs import as_assigned
from pipelines.estimators.results import ComparisonSpec
from tests.reference.test_as_assigned import SKILL, fitted

BEGIN = dt.date(2026, 1, 1)
STEPS = tuple(BEGIN + dt.timedelta(days=90 * k) for k in (1, 2, 3))
UNITS = 12


def spec(**changes: object) -> ComparisonSpec:
    asked = ComparisonSpec(
        "a", "b", (180,), (SKILL,), 1, 1, assignment="stepped", steps=STEPS, step_unit="coach"
    )
    return replace(asked, **changes)  # type: ignore[arg-type]


def wedge(seed: int, effect: float = 0.0, trend: float = 4.0, n: int = 480) -> pl.DataFrame:
    """Coaches go over in an order drawn by lot, while the score rises with the calendar anyway."""
    draw = np.random.default_rng(seed)
    coach = np.arange(n) % UNITS
    step = 1 + draw.permutation(UNITS) % len(STEPS)
    waited = draw.integers(0, 360, n)
    is_a = waited >= 90 * step[coach]
    skill = draw.normal(size=n)
    level = draw.normal(0.0, 2.0, UNITS)[coach]
    left = draw.random(n) < 0.35
    score = 70 + effect * is_a + trend * waited / 90 + 3 * skill + level + draw.normal(0, 2, n)
    return pl.DataFrame(
        {
            "agent_key": [f"p{i:04d}" for i in range(n)],
            "coach_key": [f"c{i:02d}" for i in coach],
            "site": [f"s{i:02d}" for i in coach],
            "arm": np.where(is_a, "a", "b"),
            "day_0": [BEGIN + dt.timedelta(days=int(each)) for each in waited],
            "follow_up_days": np.where(left, draw.integers(5, 180, n), 400),
            "exit_type": pl.Series(
                [("voluntary" if each else None) for each in left], dtype=pl.String
            ),
            "skill": skill,
            "score": score,
        }
    )


def found(frame: pl.DataFrame, asked: ComparisonSpec) -> tuple[dict[str, object], float | None]:
    """The row of the score, and how often the order of the steps drawn again does as much."""
    cohort, observed = fitted(frame, asked)
    drawn = as_assigned.as_drawn(cohort.people, asked)
    rows = as_assigned.comparison_rows(drawn, asked, observed)
    assert set(rows["design"]) == {"as_assigned"}
    values = observed[0].values
    p = as_assigned.permutation_p(drawn, np.asarray(values.columns[:, 0]), values.has_value)
    return rows.row(by_predicate=pl.col("outcome") == "quality_score", named=True), p


def test_the_difference_is_that_of_a_regression_on_units_and_stretches() -> None:
    frame = wedge(1, effect=2.0)
    row, p = found(frame, spec())
    dummies = frame.select(
        stretch=pl.sum_horizontal(pl.col("day_0") >= pl.lit(each) for each in STEPS).cast(pl.String)
    ).to_dummies(drop_first=True)
    units = frame.select("coach_key").to_dummies()
    arm = (frame["arm"] == "a").cast(pl.Float64).alias("arm")
    x = pl.concat([arm.to_frame(), frame.select("skill"), dummies, units], how="horizontal")
    fit = sm.OLS(frame["score"].to_numpy(), x.to_numpy().astype(float)).fit()
    assert row["estimate"] == pytest.approx(fit.params[0], abs=1e-8)
    assert row["conf_low"] > 0.0  # type: ignore[operator]
    assert p == pytest.approx(0.0005, abs=0.002)
    by_site, again = found(frame, spec(step_unit="site"))
    assert by_site["estimate"] == pytest.approx(row["estimate"])
    assert again == pytest.approx(p)
    assert by_site["n_coaches_a"] == UNITS


def test_intervals_hold_the_truth_and_chance_is_told_as_chance() -> None:
    """60 lotteries without an effect while all scores rise: coverage, and p spread evenly."""
    held, shares = 0, []
    for seed in range(60):
        row, p = found(wedge(seed), spec())
        held += row["conf_low"] <= 0.0 <= row["conf_high"]  # type: ignore[operator]
        assert p is not None
        shares.append(p)
    assert held >= 52, f"{held} of 60 intervals hold the truth"
    assert stats.kstest(shares, "uniform").pvalue > 0.01


def test_units_that_did_not_keep_to_their_step_are_not_reported() -> None:
    frame = wedge(1)
    strayed = frame.with_columns(
        arm=pl.when(pl.int_range(pl.len()) % 7 == 0).then(pl.lit("a")).otherwise("arm")
    )
    for asked, changed, word in (
        (spec(), strayed, "one person in twenty"),
        (spec(), frame.filter(pl.col("coach_key") < "c04"), "fewer than 5 coaches"),
        (spec(step_unit="site"), frame.filter(pl.col("site") < "s04"), "fewer than 5 sites"),
    ):
        row, _ = found(changed, asked)
        assert row["estimate"] is None
        assert word in str(row["reason"])


def test_exits_are_told_as_assigned_too() -> None:
    asked = spec()
    cohort, observed = fitted(wedge(3), asked)
    drawn = as_assigned.as_drawn(cohort.people, asked)
    rows = as_assigned.comparison_rows(drawn, asked, observed)
    exits = rows.filter(pl.col("outcome") == "voluntary_exit", pl.col("estimate").is_not_null())
    assert exits.height == 3
    p = as_assigned.permutation_rows(drawn, asked, observed)
    assert p["value"].null_count() <= 1, "nobody was dismissed"
    assert p["reading"].drop_nulls().str.contains("draws by chance alone").all()
