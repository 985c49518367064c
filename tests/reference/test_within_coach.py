"""People of one coach against each other (statsmodels), few coaches, nobody's counterparts."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from scipy import stats

from dashboards.estimates import missing_word
from dashboards.sentences.workforce import word_of_part
from pipelines.estimators import conclusions
from pipelines.estimators.compare_measures import observed_measures
from pipelines.estimators.counterparts import with_counterparts
from pipelines.estimators.designs import coach_preference, within_coach
from pipelines.estimators.designs.fitted_cohort import fit_cohort
from pipelines.estimators.estimate_rows import precision_of
from pipelines.estimators.kernels.influence_functions import clusters_behind
from pipelines.estimators.results import ComparisonSpec, Covariate, Measure
from pipelines.estimators.segments.no_counterpart import no_counterpart_rows
from pipelines.estimators.segments.pooling import segment_estimates
from tests.reference.support import released_exactly

SCORE = Measure("quality_score", 90, is_lower_better=False)
SITE = Covariate("site", "site", "categorical", "Site")
SKILL = Covariate("skill", "skill", "numeric", "Skill")


def spec(*covariates: Covariate) -> ComparisonSpec:
    return ComparisonSpec("a", "b", (180,), covariates, min_group=1, min_coaches=1)


def people(seed: int = 1, n: int = 600, n_coaches: int = 20) -> pl.DataFrame:
    """Coaches who lean to arm a are those whose people score high; the arm adds 2 points."""
    rng = np.random.default_rng(seed)
    coach = rng.integers(0, n_coaches, n)
    good = rng.normal(0.0, 1.0, n_coaches)
    skill = rng.normal(0.0, 1.0, n)
    is_a = rng.random(n) < 1.0 / (1.0 + np.exp(-1.5 * good[coach] - 0.5 * skill))
    score = 70.0 + 2.0 * is_a + 5.0 * good[coach] + 1.5 * skill + rng.normal(0.0, 3.0, n)
    return pl.DataFrame(
        {
            "agent_key": [f"p{i:04d}" for i in range(n)],
            "coach_key": [f"c{i:02d}" for i in coach],
            "arm": np.where(is_a, "a", "b"),
            "follow_up_days": rng.integers(200, 400, n),
            "exit_type": pl.Series([None] * n, dtype=pl.String),
            "skill": skill,
            "score": score,
        }
    )


def scores(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        "agent_key",
        outcome=pl.lit("quality_score"),
        is_window_complete=pl.lit(value=True),
        numerator="score",
        denominator=pl.lit(1.0),
    )


def test_the_difference_is_that_of_a_regression_with_a_dummy_per_coach() -> None:
    frame = people()
    cohort = fit_cohort(frame, spec(SKILL))
    observed = observed_measures(cohort, scores(frame), [SCORE])
    controls = coach_preference.coach_preference_of(cohort.people, cohort.spec).controls
    row = within_coach.measure_comparison(cohort.people, cohort.spec, controls, observed).row(
        0, named=True
    )
    dummies = frame.select("coach_key").to_dummies().to_numpy().astype(float)
    arm = (frame["arm"] == "a").to_numpy().astype(float)
    regressors = np.column_stack([arm, frame["skill"].to_numpy(), dummies])
    fit = sm.OLS(frame["score"].to_numpy(), regressors).fit()
    assert row["estimate"] == pytest.approx(fit.params[0], abs=1e-9)
    by_coach = fit.get_robustcov_results("cluster", groups=frame["coach_key"].to_numpy())
    assert row["std_error"] == pytest.approx(by_coach.bse[0], rel=0.15)
    assert abs(row["estimate"] - 2.0) < 3 * row["std_error"]
    crude = np.mean(frame["score"].to_numpy()[arm == 1]) - np.mean(
        frame["score"].to_numpy()[arm == 0]
    )
    assert crude > 6.0, "what good coaches add is left out"


def test_coaches_of_one_kind_say_nothing_within_themselves() -> None:
    frame = people().with_columns(
        arm=pl.when(pl.col("coach_key") < "c10").then(pl.lit("a")).otherwise(pl.lit("b"))
    )
    cohort = fit_cohort(frame, spec(SKILL))
    controls = np.ones((len(cohort.people), 1))
    row = within_coach.comparison_rows(cohort.people, cohort.spec, controls).row(0, named=True)
    assert row["estimate"] is None
    assert row["verdict"] in ("not_reportable", "too_little_data")


def test_degrees_of_freedom_are_those_of_the_smaller_side() -> None:
    few = precision_of(30, 0.95, smaller_side=3)
    assert few.t_quantile == pytest.approx(stats.t.ppf(0.975, 2))
    assert precision_of(30, 0.95).t_quantile == pytest.approx(stats.t.ppf(0.975, 29))
    assert precision_of(30, 0.95, smaller_side=1).t_quantile == pytest.approx(
        stats.t.ppf(0.975, 1)
    ), "one degree of freedom is left, and no fewer"


def test_strays_add_no_coach_to_a_side() -> None:
    cluster = np.repeat([0, 1, 2], 40)
    assert clusters_behind(np.ones(120), cluster) == 3
    with_strays = np.append(cluster, [3, 4])
    assert clusters_behind(np.ones(122), with_strays) == 3
    assert clusters_behind(np.zeros(0), np.zeros(0, dtype=int)) == 0


def test_a_site_with_one_kind_only_leaves_the_comparison() -> None:
    frame = people().with_columns(site=pl.lit("north"))
    closing = frame.head(60).with_columns(
        pl.format("x{}", "agent_key").alias("agent_key"), site=pl.lit("south"), arm=pl.lit("b")
    )
    small = frame.head(12).with_columns(
        pl.format("y{}", "agent_key").alias("agent_key"), site=pl.lit("east"), arm=pl.lit("b")
    )
    left = with_counterparts(pl.concat([frame, closing, small]), spec(SITE, SKILL))
    assert set(left["site"]) == {"north", "east"}
    assert left.height == frame.height + small.height
    assert _told_of_parts(pl.concat([frame, closing, small]), left) == [
        ("voluntary_exit", "south", "no data", "no counterpart", (0, 60)),
        ("quality_score", "south", "no data", "no counterpart", (None, None)),
    ]


def _told_of_parts(everybody: pl.DataFrame, left: pl.DataFrame) -> list[tuple[object, ...]]:
    """What is published of the parts that left, and the word of the pages for it."""
    asked = spec(SITE, SKILL)
    rows = no_counterpart_rows(everybody, left, asked, [SCORE])
    table = conclusions.segment_estimate(segment_estimates(released_exactly(rows), []), ())
    return [
        (
            row["outcome"],
            row["segment_value"],
            missing_word(row["status"]),
            word_of_part(row),
            (row["n_people_a"], row["n_people_b"]),
        )
        for row in table.to_dicts()
    ]


def test_where_nobody_has_a_counterpart_everybody_stays() -> None:
    frame = people().with_columns(site=pl.col("arm"))
    assert with_counterparts(frame, spec(SITE)).height == frame.height


def test_a_level_that_stands_alone_after_the_first_look_goes_too() -> None:
    """Once the south is gone, everybody of the night shift is coached in one kind."""
    frame = people().with_columns(site=pl.lit("north"), shift=pl.lit("day"))
    night_b = frame.head(40).with_columns(
        pl.format("x{}", "agent_key").alias("agent_key"), shift=pl.lit("night"), arm=pl.lit("b")
    )
    night_a = frame.head(40).with_columns(
        pl.format("y{}", "agent_key").alias("agent_key"),
        site=pl.lit("south"),
        shift=pl.lit("night"),
        arm=pl.lit("a"),
    )
    shift = Covariate("shift", "shift", "categorical", "Shift")
    left = with_counterparts(pl.concat([frame, night_b, night_a]), spec(SITE, shift))
    assert left.height == frame.height
