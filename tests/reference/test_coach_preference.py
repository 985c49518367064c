"""The coach's leaning as instrument: R, statsmodels, a recount, and worlds with a hidden trait."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray
from statsmodels.sandbox.regression.gmm import IV2SLS

from pipelines.disclosure.tables import RULES, ReleaseContext
from pipelines.estimators.cohort import people_of
from pipelines.estimators.compare_measures import measure_comparison, observed_measures
from pipelines.estimators.designs import coach_preference, weighted
from pipelines.estimators.designs.fitted_cohort import fit_cohort
from pipelines.estimators.exit_estimates import comparison_rows
from pipelines.estimators.kernels.estimating_equations import Sample
from pipelines.estimators.kernels.influence_functions import clustered_variance
from pipelines.estimators.kernels.two_stage_least_squares import (
    TwoStage,
    coefficient_of_first,
    two_stage,
)
from pipelines.estimators.results import ComparisonSpec, Measure
from tests.disclosure.rows import DEFAULT
from tests.reference.support import expected, reference_data, released_exactly, small_world, spec_of

Floats = NDArray[np.float64]
SCORE = Measure("score", 90, is_lower_better=False)


def fit(
    values: Floats, treatment: Floats, instrument: Floats, controls: Floats, cluster: Any
) -> TwoStage:
    _, codes = np.unique(np.asarray(cluster), return_inverse=True)
    n = len(values)
    sample = Sample(values[:, None], np.arange(n), np.ones(n), codes, int(codes.max()) + 1)
    return two_stage(sample, treatment, instrument, controls)


def error_of(found: TwoStage) -> float:
    """Return the jackknifed error of the coefficient."""
    return float(
        np.sqrt(clustered_variance(found.coefficient.influence, found.first.n_clusters)[0])
    )


def left_out_one_by_one(
    values: Floats, treatment: Floats, instrument: Floats, controls: Floats, cluster: Any
) -> float:
    """Return the jackknife error of statsmodels' fits without each cluster."""
    names = np.unique(cluster)
    fits = [
        IV2SLS(
            values[keep],
            np.column_stack([treatment, controls])[keep],
            np.column_stack([instrument, controls])[keep],
        )
        .fit()
        .params[0]
        for keep in (cluster != name for name in names)
    ]
    whole = IV2SLS(
        values,
        np.column_stack([treatment, controls]),
        np.column_stack([instrument, controls]),
    ).fit()
    n = len(names)
    return float(np.sqrt((n - 1) / n * ((np.array(fits) - whole.params[0]) ** 2).sum()))


def test_repeated_measures_of_sleepers_agree_with_r() -> None:
    """With the treatment as its own instrument it is least squares.

    R's error is a sum over people (CR0); with everybody seen on the same days, leaving each of 18
    people out gives 18/17 of it.
    """
    wanted = expected("sleepstudy")["ols_cluster_CR0"]
    data = reference_data("r_sleepstudy")
    days = data["Days"].cast(pl.Float64).to_numpy()
    reaction = data["Reaction"].to_numpy()
    found = fit(reaction, days, days, np.ones((len(days), 1)), data["Subject"])
    assert found.coefficient.value[0] == pytest.approx(wanted[1]["coef"], abs=1e-6)
    assert error_of(found) == pytest.approx(wanted[1]["se"] * np.sqrt(18 / 17), rel=1e-4)
    assert found.at_zero.value[0] == pytest.approx(wanted[0]["coef"], abs=1e-6)


def hidden_world(
    n: int = 4000, seed: int = 1, n_coaches: int = 80, gap: float = 0.6, preference: float = 1.0
) -> pl.DataFrame:
    """Draw people whose unseen trait goes with arm a and with leaving; the coach comes by lot."""
    rng = np.random.default_rng(seed)
    coach = rng.integers(0, n_coaches, n)
    leans = rng.normal(scale=preference, size=n_coaches)[coach]
    unseen, skill = rng.normal(size=(2, n))
    in_a = rng.random(n) < 1 / (1 + np.exp(-(leans - 0.8 * unseen + 0.3 * skill)))
    hazard = np.exp(-6.3 + 0.7 * unseen - 0.3 * skill + gap * ~in_a)
    exit_day = np.ceil(rng.exponential(1 / hazard)).astype(int)
    kind = np.where(rng.random(n) < 0.75, "voluntary", "other")
    end = rng.integers(100, 500, n)
    is_exit = exit_day <= end
    return pl.DataFrame(
        {
            "agent_key": [f"person-{i:05d}" for i in range(n)],
            "coach_key": [f"coach-{c}" for c in coach],
            "arm": np.where(in_a, "A", "B"),
            "follow_up_days": np.minimum(exit_day, end),
            "exit_type": pl.Series(np.where(is_exit, kind, "")).replace({"": None}),
            "skill": skill,
            "unseen": unseen,
        }
    )


def spec(**changes: Any) -> ComparisonSpec:
    skill = spec_of().covariates[2]
    return spec_of(**{"covariates": (skill,), "horizon_days": (90, 180)} | changes)


def rows_of(world: pl.DataFrame, asked: ComparisonSpec) -> tuple[pl.DataFrame, pl.DataFrame]:
    people = people_of(world, "A", "B")
    return coach_preference.comparison_rows(
        coach_preference.coach_preference_of(people, asked), asked
    )


def row(rows: pl.DataFrame, estimand: str = "risk_difference") -> dict[str, Any]:
    return rows.row(
        by_predicate=(pl.col("outcome") == "any_exit")
        & (pl.col("horizon_days") == 180)
        & (pl.col("estimand") == estimand),
        named=True,
    )


def test_both_stages_agree_with_statsmodels() -> None:
    rng = np.random.default_rng(4)
    n = 500
    controls = np.column_stack([np.ones(n), rng.normal(size=(n, 3))])
    instrument = rng.normal(size=n) + controls[:, 1]
    hidden = rng.normal(size=n)
    treatment = (instrument + hidden + rng.normal(size=n) > 0).astype(float)
    values = 2.0 * treatment - 3.0 * hidden + controls @ [1.0, 0.5, 0.0, -1.0]
    cluster = rng.integers(0, 40, n)
    found = fit(values, treatment, instrument, controls, cluster)
    exogenous = np.column_stack([treatment, controls])
    instruments = np.column_stack([instrument, controls])
    theirs = IV2SLS(values, exogenous, instruments).fit()
    assert found.coefficient.value[0] == pytest.approx(theirs.params[0])
    first = sm.OLS(treatment, instruments).fit(
        cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False}
    )
    assert found.first.coefficient == pytest.approx(first.params[0])
    jackknife = left_out_one_by_one(treatment, instrument, instrument, controls, cluster)
    assert found.first.std_error == pytest.approx(jackknife)
    assert found.first.f_statistic == pytest.approx((first.params[0] / jackknife) ** 2)
    assert jackknife == pytest.approx(first.bse[0], rel=0.1)
    jackknife = left_out_one_by_one(values, treatment, instrument, controls, cluster)
    assert error_of(found) == pytest.approx(jackknife)
    apart = found.at_one.value[0] - found.at_zero.value[0]
    assert apart == pytest.approx(found.coefficient.value[0])


def test_a_score_read_with_error_is_made_up_for_by_another_reading_of_it() -> None:
    """The arm follows what people are like; statsmodels' fits, and the truth of no difference."""
    draw = np.random.default_rng(8)
    n, n_clusters = 4000, 25
    cluster, like = draw.integers(0, n_clusters, n), draw.normal(size=n)
    newer, older = (like + draw.normal(size=n) for _ in range(2))
    arm = (draw.normal(size=n) < like).astype(float)
    values = like + draw.normal(size=n)
    regressors, instruments = (
        np.column_stack([arm, reading, np.ones(n)]) for reading in (newer, older)
    )
    sample = Sample(values[:, None], np.arange(n), np.ones(n), cluster, n_clusters)
    found = coefficient_of_first(sample, instruments, regressors)

    def theirs(keep: NDArray[np.bool_]) -> float:
        return float(IV2SLS(values[keep], regressors[keep], instruments[keep]).fit().params[0])

    whole = theirs(np.ones(n, dtype=bool))
    without = np.array([theirs(cluster != each) for each in range(n_clusters)])
    error = np.sqrt((n_clusters - 1) / n_clusters * ((without - whole) ** 2).sum())
    assert found.value[0] == pytest.approx(whole, rel=1e-8)
    assert np.sqrt(clustered_variance(found.influence, n_clusters)[0]) == pytest.approx(
        error, rel=1e-8
    )
    assert abs(whole) < 3 * error
    plain = coefficient_of_first(sample, regressors, regressors)
    assert plain.value[0] > 0.4, "one reading alone takes better people for a difference"


def test_a_yes_or_no_instrument_gives_walds_ratio() -> None:
    rng = np.random.default_rng(5)
    instrument = rng.integers(0, 2, 300).astype(float)
    treatment = (rng.random(300) < 0.2 + 0.5 * instrument).astype(float)
    values = rng.normal(size=300) + treatment
    found = fit(values, treatment, instrument, np.ones((300, 1)), np.arange(300))
    yes, no = instrument == 1, instrument == 0
    wald = (values[yes].mean() - values[no].mean()) / (treatment[yes].mean() - treatment[no].mean())
    assert found.coefficient.value[0] == pytest.approx(wald)


def test_the_leaning_is_the_share_among_the_coachs_other_people() -> None:
    world = small_world(220, seed=2, n_coaches=30).with_columns(
        coach_key=pl.when(pl.int_range(pl.len()) % 9 == 0).then(None).otherwise("coach_key")
    )
    people = people_of(world, "A", "B")
    found = coach_preference.coach_preference_of(people, spec())
    rows = people.frame.select("agent_key", "coach_key", "arm").to_dicts()
    for position, mine in enumerate(rows):
        others = [
            each["arm"] == "A"
            for each in rows
            if each["coach_key"] == mine["coach_key"] and each["agent_key"] != mine["agent_key"]
        ]
        is_known = mine["coach_key"] is not None and len(others) >= coach_preference.MIN_OTHERS
        assert found.is_known[position] == is_known
        if is_known:
            assert found.share[position] == pytest.approx(np.mean(others))
    assert 0 < found.is_known.sum() < len(rows)


def test_it_finds_the_truth_that_a_hidden_trait_keeps_from_the_weighted_design() -> None:
    """Truth: both risks of everybody from the hazards, whatever they had."""
    found: list[float] = []
    naive: list[float] = []
    errors: list[float] = []
    truths: list[float] = []
    for seed in range(8):
        world = hidden_world(seed=10 + seed)
        unseen, skill = world["unseen"].to_numpy(), world["skill"].to_numpy()
        hazard = np.exp(-6.3 + 0.7 * unseen - 0.3 * skill)
        truths.append(float(np.mean(np.exp(-180 * hazard * np.exp(0.6)) - np.exp(-180 * hazard))))
        estimate = row(rows_of(world, spec())[0])
        found.append(estimate["estimate"])
        errors.append(estimate["std_error"])
        people = people_of(world, "A", "B")
        naive.append(row(comparison_rows(weighted.fit(people, spec()), spec()))["estimate"])
    gap = np.mean(truths)
    assert np.mean(found) == pytest.approx(gap, abs=2.5 * np.mean(errors) / np.sqrt(8))
    assert np.std(found) == pytest.approx(np.mean(errors), rel=0.6)
    assert abs(np.mean(naive) - gap) > 4 * abs(np.mean(found) - gap)


def test_the_error_agrees_with_leaving_out_one_coach_at_a_time() -> None:
    world = hidden_world(2000, seed=3, n_coaches=40)
    whole = row(rows_of(world, spec())[0])
    without = np.array(
        [
            row(rows_of(world.filter(pl.col("coach_key") != coach), spec())[0])["estimate"]
            for coach in world["coach_key"].unique().sort()
        ]
    )
    jackknife = np.sqrt(39 / 40 * ((without - without.mean()) ** 2).sum())
    assert whole["std_error"] == pytest.approx(jackknife, rel=0.02)


def test_with_full_follow_up_pseudo_values_are_the_exits_themselves() -> None:
    world = hidden_world(1500, seed=6).with_columns(
        exit_type=pl.when(pl.col("follow_up_days") <= 180).then("exit_type"),
        follow_up_days=pl.when(
            (pl.col("follow_up_days") <= 180) & pl.col("exit_type").is_not_null()
        )
        .then("follow_up_days")
        .otherwise(400),
    )
    people = people_of(world, "A", "B")
    preference = coach_preference.coach_preference_of(people, spec())
    left = (people.exit_code > 0).astype(float)
    rows = preference.is_known
    direct = fit(
        left[rows],
        people.is_a[rows].astype(float),
        preference.share[rows],
        preference.controls[rows],
        people.coach[rows],
    )
    found = row(coach_preference.comparison_rows(preference, spec())[0])
    assert found["estimate"] == pytest.approx(direct.coefficient.value[0])
    assert found["value_a"] == pytest.approx(direct.at_one.value[0])


def test_coaches_who_all_lean_alike_say_nothing() -> None:
    rows, first = rows_of(hidden_world(1500, seed=9, preference=0.0), spec())
    estimate = row(rows)
    assert estimate["verdict"] == "not_reportable"
    assert estimate["estimate"] is None
    assert "at least 10 is needed" in estimate["reason"]
    assert (first["f_statistic"] < 10).all() or (first["first_stage"] < 0).all()
    assert first["reason"].is_not_null().all()


def test_a_strong_leaning_is_shown_with_its_f() -> None:
    rows, first = rows_of(hidden_world(seed=12), spec())
    assert set(rows["design"]) == {"coach_preference"}
    assert (first["f_statistic"] > 10).all()
    assert first["reason"].null_count() == first.height
    assert first["outcome"].to_list() == ["voluntary_exit", "involuntary_exit", "any_exit"]
    ratio = first["first_stage"] / first["std_error"]
    np.testing.assert_allclose(first["f_statistic"], ratio**2)


def test_means_are_compared_among_those_with_a_value() -> None:
    """The score is 3 points higher in arm a; the unseen trait lowers it and goes with arm b."""
    world = hidden_world(4000, seed=20)
    rng = np.random.default_rng(0)
    shown = pl.Series(rng.random(4000) < 1 / (1 + np.exp(-1 - 0.5 * world["skill"].to_numpy())))
    in_a = (pl.col("arm") == "A").cast(pl.Float64)
    score = 50 + 3.0 * in_a - 4.0 * pl.col("unseen") + 2.0 * pl.col("skill")
    values = world.select(
        "agent_key",
        outcome=pl.lit("score"),
        is_window_complete=pl.lit(value=True),
        numerator=pl.when(shown).then(score),
        denominator=pl.when(shown).then(1.0),
    )
    cohort = fit_cohort(world, spec())
    observed = observed_measures(cohort, values, [SCORE])
    preference = coach_preference.coach_preference_of(cohort.people, spec())
    by_preference, first_stages = coach_preference.measure_comparison(preference, spec(), observed)
    rows, firsts = (
        pl.concat([measure_comparison(cohort, observed), by_preference]),
        first_stages.to_dicts(),
    )
    told = {each["design"]: each for each in rows.to_dicts()}
    found = told["coach_preference"]
    assert found["conf_low"] < 3.0 < found["conf_high"]
    assert found["std_error"] < 1.0
    assert told["weighted"]["conf_low"] > 3.5
    assert firsts[0]["n_people"] == int(shown.sum())
    assert firsts[0]["f_statistic"] > 10


def test_nothing_of_two_coaches_is_released_nor_told_of_their_first_stage() -> None:
    world = small_world(50, seed=1, n_coaches=2)
    rows, first = rows_of(world, spec(min_coaches=3))
    released = released_exactly(rows)
    assert set(released["status"]) == {"suppressed"}
    assert released["n_people_a"].null_count() == released.height
    release = ReleaseContext(DEFAULT, is_everybody_shown=True, n_people=50)
    told = RULES["outcomes.instrument"](first, release)
    assert set(told["status"]) == {"suppressed"}
    for column in ("n_people", "n_coaches", "first_stage", "std_error", "f_statistic"):
        assert told[column].null_count() == 3
