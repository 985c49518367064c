"""Model columns from characteristics, balance rows that hide small levels, and the trial flow."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from pipelines.estimators.compare_exits import compare_exits
from pipelines.estimators.covariate_balance import SMALL_LEVELS, standardised_difference
from pipelines.estimators.kernels.design_matrix import (
    CovariateError,
    covariates_from_columns,
    design_matrix,
)
from pipelines.estimators.results import TRIAL_FLOW_SCHEMA, Covariate
from pipelines.estimators.trial_flow import STEPS, TrialFlowError, trial_flow
from tests.reference.support import AGE, SITE, small_world, spec_of

ALTERNATING = np.arange(60) % 2 == 0


def test_kinds_follow_from_the_values() -> None:
    frame = pl.DataFrame(
        {
            "number_text": ["1", " 2.5 ", "", None, "-3e2"],
            "mixed": ["1", "2", "x", "", None],
            "not_finite": ["1", "nan", "inf", "2", "3"],
            "nothing": ["", None, "", None, ""],
            "number": [1, 2, 3, None, 4],
            "shift_length": ["a", "b", "a", "b", "a"],
        }
    )
    covariates = covariates_from_columns(frame, frame.columns)
    assert [covariate.kind for covariate in covariates] == [
        "numeric",
        "categorical",
        "categorical",
        "categorical",
        "numeric",
        "categorical",
    ]
    assert covariates[-1] == Covariate(
        "shift_length", "shift_length", "categorical", "shift length"
    )
    with pytest.raises(CovariateError, match="salary"):
        covariates_from_columns(frame, ["salary"])


def test_columns_that_say_nothing_new_are_dropped() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "x": rng.normal(size=60),
            "constant": [3.0] * 60,
            "site": ["one"] * 60,
        }
    ).with_columns(twice=pl.col("x") * 2 + 1)
    covariates = covariates_from_columns(frame, frame.columns)
    design = design_matrix(frame, ALTERNATING, covariates)
    assert design.columns == ("intercept", "x")


def test_empty_and_blank_categories_are_one_level() -> None:
    frame = pl.DataFrame({"site": ["a", "b", None, "", " ", "a"] * 10})
    design = design_matrix(frame, np.arange(60) % 7 < 3, (SITE,))
    assert design.columns == ("intercept", "site: b", "site: unknown")


def test_dates_become_numbers_or_levels() -> None:
    months = [date(2026, 1 + i % 3, 1) for i in range(60)]
    frame = pl.DataFrame({"month": months})
    levels = design_matrix(frame, ALTERNATING, (Covariate("m", "month", "categorical", "M"),))
    assert levels.columns == ("intercept", "m: 2026-02-01", "m: 2026-03-01")
    line = design_matrix(frame, ALTERNATING, (Covariate("m", "month", "numeric", "M"),))
    assert line.columns == ("intercept", "m")


def test_spline_is_straight_beyond_the_outer_knots_and_bends_between() -> None:
    tenure = np.linspace(0.0, 1000.0, 201)
    frame = pl.DataFrame({"tenure_days": tenure})
    spline = Covariate("tenure", "tenure_days", "spline", "Tenure")
    design = design_matrix(frame, np.arange(201) % 2 == 0, (spline,))
    assert design.columns == ("intercept", "tenure", "tenure spline 1", "tenure spline 2")
    curvature = np.diff(design.values[:, 2:], n=2, axis=0)
    middle = tenure[1:-1]
    outside = (middle < 45) | (middle > 955)
    np.testing.assert_allclose(curvature[outside], 0.0, atol=1e-10)
    assert np.abs(curvature[(middle > 100) & (middle < 600), 0]).min() > 1e-6


def test_spline_of_few_values_is_a_line() -> None:
    frame = pl.DataFrame({"tenure_days": [0, 1] * 30})
    design = design_matrix(
        frame, np.arange(60) % 3 == 0, (Covariate("tenure", "tenure_days", "spline", "Tenure"),)
    )
    assert design.columns == ("intercept", "tenure")


def test_unknown_values_in_one_arm_only_are_not_a_predictor() -> None:
    age = [None if is_a and i < 10 else float(i) for i, is_a in enumerate(ALTERNATING)]
    design = design_matrix(pl.DataFrame({"age": age}), ALTERNATING, (AGE,))
    assert design.columns == ("intercept", "age")
    assert design.notes == ("unknown values of Age that only one arm has",)
    assert design.has_counterpart.all()


def test_balance_shows_no_small_level() -> None:
    world = small_world().with_row_index()
    place = pl.col("index")
    site = (
        pl.when(place < 4)
        .then(pl.lit("tiny"))
        .when(place < 10)
        .then(pl.lit("small"))
        .when(place < 200)
        .then(pl.lit("big"))
        .otherwise(pl.lit("bigger"))
    )
    balance = compare_exits(world.with_columns(site=site), spec_of()).covariate_balance
    rows = balance.filter(pl.col("covariate") == "site")
    assert rows["level"].to_list() == ["big", "bigger", SMALL_LEVELS]
    assert balance.filter(pl.col("covariate") == "age")["level"].to_list() == [None]


def test_balance_has_a_row_for_unknown_numbers_only_if_they_are_many_enough() -> None:
    world = small_world().with_row_index()
    for n_unknown, levels in ((9, [None]), (10, [None, "unknown"])):
        age = pl.when(pl.col("index") >= n_unknown).then("age")
        balance = compare_exits(world.with_columns(age=age), spec_of()).covariate_balance
        assert balance.filter(pl.col("covariate") == "age")["level"].to_list() == levels


def test_standardised_difference_by_hand() -> None:
    values = np.array([1.0, 2.0, 3.0, 2.0, 4.0, np.nan])
    is_a = np.array([True, True, True, False, False, False])
    weights = np.array([1.0, 1.0, 2.0, 1.0, 1.0, 5.0])
    spread = np.sqrt((1.0 + 2.0) / 2)
    before = standardised_difference(values, is_a, np.ones(6))
    assert before == pytest.approx((2.0 - 3.0) / spread)
    after = standardised_difference(values, is_a, weights)
    assert after == pytest.approx((2.25 - 3.0) / spread)
    assert standardised_difference(np.ones(6), is_a, weights) == 0.0
    assert standardised_difference(is_a.astype(float), is_a, weights) is None


def test_a_difference_of_none_does_not_depend_on_the_order_of_the_people() -> None:
    """Two sites of equal shares in both arms, weighted: rounding alone would be left."""
    rng = np.random.default_rng(4)
    values, is_a = np.tile([0.0, 1.0], 60), np.repeat([True, False], 60)
    weights = np.where(is_a, 0.1, 0.7) * np.repeat(rng.uniform(0.3, 3.0, 60), 2)
    orders = [rng.permutation(120) for _ in range(50)]
    found = {standardised_difference(values[o], is_a[o], weights[o]) for o in orders}
    assert found == {0.0}


def test_weighting_balances_what_it_models() -> None:
    balance = compare_exits(small_world(3000), spec_of()).covariate_balance
    assert balance["smd_before"].abs().max() > 0.3  # type: ignore[operator]
    assert balance["smd_after"].abs().max() < 0.05  # type: ignore[operator]


def test_trial_flow_counts_everybody_once() -> None:
    exclusions = [None] * 5 + ["no_session"] * 3 + ["never_agent"] * 2 + ["unknown_hire_date"]
    flow = trial_flow(pl.DataFrame({"exclusion": pl.Series(exclusions, dtype=pl.String)}))
    assert dict(flow.schema) == TRIAL_FLOW_SCHEMA
    assert flow["n_people"].to_list() == [11, 9, 6, 6, 6, 6, 5, 5, 5]
    assert flow["n_left"].to_list() == [0, 2, 3, 0, 0, 0, 1, 0, 0]
    assert flow["step"].to_list()[1:] == [step.exclusion for step in STEPS]
    assert flow.filter(pl.col("n_left") > 0)["reason"].null_count() == 0
    assert set(flow["status"]) == {"shown"}
    assert flow["n_people"][0] == flow["n_people"][-1] + flow["n_left"].sum()


def test_trial_flow_of_nobody_and_of_strangers() -> None:
    nobody = trial_flow(pl.DataFrame({"exclusion": []}, schema={"exclusion": pl.String}))
    assert nobody["n_people"].to_list() == [0] * 9
    with pytest.raises(TrialFlowError, match="abducted"):
        trial_flow(pl.DataFrame({"exclusion": ["abducted"]}))
