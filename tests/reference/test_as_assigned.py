"""A declared lottery: the adjusted difference, its errors by unit, and the lottery drawn again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from scipy import stats

from pipelines.estimators.compare_measures import observed_measures
from pipelines.estimators.designs import as_assigned
from pipelines.estimators.designs.fitted_cohort import FittedCohort, fit_cohort
from pipelines.estimators.measure_estimates import ObservedMeasure
from pipelines.estimators.results import ComparisonSpec, Covariate, Measure

SCORE = Measure("quality_score", 90, is_lower_better=False)
SKILL = Covariate("skill", "skill", "numeric", "Skill")


def spec(**changes: object) -> ComparisonSpec:
    asked = ComparisonSpec("a", "b", (180,), (SKILL,), 1, 1, assignment="by_person")
    return replace(asked, **changes)  # type: ignore[arg-type]


def trial(seed: int, effect: float = 0.0, by_coach: bool = False, n: int = 240) -> pl.DataFrame:
    """Coaches differ a good deal; skill matters; the lottery knows neither."""
    draw = np.random.default_rng(seed)
    n_coaches = 16
    coach = np.arange(n) % n_coaches
    if by_coach:
        is_a = (draw.permutation(n_coaches) < n_coaches // 2)[coach]
    else:
        is_a = draw.permutation(n) < n // 2
    skill = draw.normal(size=n)
    level = draw.normal(0.0, 2.0, n_coaches)[coach]
    left = draw.random(n) < 0.35
    return pl.DataFrame(
        {
            "agent_key": [f"p{i:04d}" for i in range(n)],
            "coach_key": [f"c{i:02d}" for i in coach],
            "arm": np.where(is_a, "a", "b"),
            "follow_up_days": np.where(left, draw.integers(5, 180, n), 400),
            "exit_type": pl.Series(
                [("voluntary" if each else None) for each in left], dtype=pl.String
            ),
            "skill": skill,
            "site": np.where(coach < 8, "north", "south"),
            "score": 70 + effect * is_a + 3 * skill + level + draw.normal(0, 2, n),
        }
    )


def fitted(
    frame: pl.DataFrame, asked: ComparisonSpec
) -> tuple[FittedCohort, list[ObservedMeasure]]:
    values = frame.select(
        "agent_key",
        outcome=pl.lit("quality_score"),
        is_window_complete=pl.lit(value=True),
        numerator="score",
        denominator=pl.lit(1.0),
    )
    cohort = fit_cohort(frame, asked)
    return cohort, observed_measures(cohort, values, [SCORE])


def score_row(frame: pl.DataFrame, asked: ComparisonSpec) -> dict[str, object]:
    cohort, observed = fitted(frame, asked)
    drawn = as_assigned.as_drawn(cohort.people, asked)
    rows = as_assigned.comparison_rows(drawn, asked, observed)
    assert set(rows["design"]) == {"as_assigned"}
    return rows.row(by_predicate=pl.col("outcome") == "quality_score", named=True)


def test_the_difference_is_that_of_a_regression_with_interactions() -> None:
    frame = trial(1, effect=2.0)
    row = score_row(frame, spec())
    arm = (frame["arm"] == "a").to_numpy().astype(float)
    skill = frame["skill"].to_numpy()
    centred = skill - skill.mean()
    x = np.column_stack([np.ones(len(arm)), arm, centred, arm * centred])
    fit = sm.OLS(frame["score"].to_numpy(), x).fit(cov_type="HC2")
    assert row["estimate"] == pytest.approx(fit.params[1], abs=1e-8)
    assert row["std_error"] == pytest.approx(fit.bse[1], rel=0.05), (
        "people, not coaches, were drawn"
    )
    assert row["n_coaches_a"] == row["n_coaches_b"] == 16, "who may be shown still goes by coach"


@pytest.mark.slow  # quicker: the regression above, and the effect found below
@pytest.mark.parametrize("unit", ["by_person", "by_coach"])
def test_intervals_hold_the_truth_and_chance_is_told_as_chance(unit: str) -> None:
    """60 lotteries without an effect: coverage, and p spread evenly from 0 to 1."""
    asked = spec(assignment=unit)
    held, shares = 0, []
    for seed in range(60):
        frame = trial(seed, by_coach=unit == "by_coach")
        row = score_row(frame, asked)
        held += row["conf_low"] <= 0.0 <= row["conf_high"]  # type: ignore[operator]
        cohort, observed = fitted(frame, asked)
        drawn = as_assigned.as_drawn(cohort.people, asked)
        value = np.asarray(observed[0].values.columns[:, 0])
        p = as_assigned.permutation_p(drawn, value, observed[0].values.has_value)
        assert p is not None
        shares.append(p)
    assert held >= 52, f"{held} of 60 intervals hold the truth"
    assert stats.kstest(shares, "uniform").pvalue > 0.01


def test_a_lottery_within_sites_is_drawn_again_within_them() -> None:
    """Everybody of the north in arm a: within strata no other draw is possible."""
    frame = trial(3).with_columns(
        arm=pl.when(pl.col("site") == "north").then(pl.lit("a")).otherwise(pl.lit("b"))
    )
    asked = spec(assignment="by_coach", strata=("site",))
    cohort, observed = fitted(frame, asked)
    drawn = as_assigned.as_drawn(cohort.people, asked)
    value = np.asarray(observed[0].values.columns[:, 0])
    assert as_assigned.permutation_p(drawn, value, observed[0].values.has_value) == 1.0


def test_an_effect_is_found_by_the_lottery_drawn_again() -> None:
    asked = spec()
    cohort, observed = fitted(trial(5, effect=3.0), asked)
    drawn = as_assigned.as_drawn(cohort.people, asked)
    rows = as_assigned.permutation_rows(drawn, asked, observed)
    found = dict(rows.select("outcome", "value").iter_rows())
    assert found["quality_score"] <= 0.005
    assert found["voluntary_exit"] > 0.05
    assert rows["reading"].str.contains("draws by chance alone").all()


def test_where_coaches_are_drawn_their_site_is_no_characteristic_of_people() -> None:
    """Unless the draw was held within sites; where people are drawn it is one."""
    frame, site = trial(4, by_coach=True), Covariate("site", "site", "categorical", "Site")
    plain = score_row(frame, spec(assignment="by_coach"))
    beside = score_row(frame, spec(assignment="by_coach", covariates=(SKILL, site)))
    within = score_row(frame, spec(assignment="by_coach", strata=("site",)))
    assert beside == plain
    assert within["estimate"] != pytest.approx(plain["estimate"], rel=1e-6)
    people = score_row(frame, spec(covariates=(SKILL, site)))
    assert people["estimate"] != pytest.approx(plain["estimate"], rel=1e-6)


def test_a_lottery_by_coach_that_coaches_did_not_keep_to_is_not_reported() -> None:
    asked = spec(assignment="by_coach")
    cohort, observed = fitted(trial(1), asked)
    drawn = as_assigned.as_drawn(cohort.people, asked)
    rows = as_assigned.comparison_rows(drawn, asked, observed)
    assert rows["estimate"].null_count() == rows.height
    assert rows["reason"].str.contains("lottery by coach").all()
    assert as_assigned.permutation_rows(drawn, asked, observed)["value"].null_count() == 4
