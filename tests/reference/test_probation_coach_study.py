"""Real turnover data end to end: every published number against R's survival package."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from typing import Any

import polars as pl
import pytest

from pipelines.estimators.compare_exits import compare_exits
from pipelines.estimators.kernels.design_matrix import covariates_from_columns
from pipelines.estimators.results import ComparisonResult, ComparisonSpec
from tests.reference.support import shared

pytestmark = pytest.mark.outside_data

STUDY = "studies/probation-coach"
HORIZONS = (90, 180, 365)


def _landing(source: str) -> pl.DataFrame:
    path = shared(f"{STUDY}/landing/{source}/{source}.csv")
    return pl.read_csv(path, infer_schema=False, null_values=[""])


def _episodes(data_until: Any) -> pl.DataFrame:
    """Join the study's files by hand: its people have one session, on the day they were hired."""

    def date(column: str) -> pl.Expr:
        return pl.col(column).str.slice(0, 10).str.to_date()

    exits = _landing("attrition").select(
        "employee_id", "separation_type", date("separation_date").alias("exit_day")
    )
    sessions = _landing("coaching_sessions").select(
        "employee_id",
        date("started_at").alias("day_0"),
        coach_key="coach_id",
        arm="style",
    )
    people = sessions.join(_landing("roster"), on="employee_id").join(
        exits.filter(pl.col("exit_day") <= data_until), on="employee_id", how="left"
    )
    return people.with_columns(
        agent_key="employee_id",
        exit_type="separation_type",
        follow_up_days=(pl.col("exit_day").fill_null(data_until) - pl.col("day_0")).dt.total_days(),
    )


@cache
def _result() -> ComparisonResult:
    settings = tomllib.loads(shared(f"{STUDY}/settings.toml").read_text())
    episodes = _episodes(settings["data_until"])
    comparison = settings["comparison"]
    spec = ComparisonSpec(
        arm_a=comparison["arm_a"],
        arm_b=comparison["arm_b"],
        horizon_days=HORIZONS,
        covariates=covariates_from_columns(episodes, comparison["covariates"]),
        min_group=10,
        min_coaches=3,
    )
    return compare_exits(episodes, spec)


def _expected() -> dict[str, Any]:
    values: dict[str, Any] = json.loads(shared(f"{STUDY}/expected.json").read_text())
    return values


def _curve_row(design: str, arm: str, day: int) -> dict[str, Any]:
    label = {"a": "dedicated coach", "b": "line manager"}[arm]
    return (
        _result()
        .retention_curve.filter(
            (pl.col("design") == design) & (pl.col("arm") == label) & (pl.col("day") == day)
        )
        .row(0, named=True)
    )


@pytest.mark.parametrize("arm", ["a", "b"])
def test_unadjusted_curve(arm: str) -> None:
    for wanted in _expected()[f"unadjusted_{arm}"]:
        row = _curve_row("unadjusted", arm, wanted["day"])
        assert row["survival"] == pytest.approx(wanted["survival"], abs=1e-6)
        assert row["std_error"] == pytest.approx(wanted["std_error"], rel=1e-4)
        assert row["conf_low"] == pytest.approx(wanted["conf_low"], abs=1e-5)
        assert row["conf_high"] == pytest.approx(wanted["conf_high"], abs=1e-5)


@pytest.mark.parametrize("arm", ["a", "b"])
def test_weighted_curve(arm: str) -> None:
    for wanted in _expected()[f"weighted_{arm}"]:
        row = _curve_row("weighted", arm, wanted["day"])
        assert row["survival"] == pytest.approx(wanted["survival"], abs=1e-6)
        assert row["std_error"] == pytest.approx(wanted["std_error"], rel=0.03)


@pytest.mark.parametrize("design", ["unadjusted", "weighted"])
def test_restricted_means(design: str) -> None:
    for wanted in _expected()[f"rmst_{design}"]:
        row = (
            _result()
            .comparison.filter(
                (pl.col("outcome") == "any_exit")
                & (pl.col("estimand") == "rmst_difference_days")
                & (pl.col("design") == design)
                & (pl.col("horizon_days") == wanted["day"])
            )
            .row(0, named=True)
        )
        assert row["value_a"] == pytest.approx(wanted["a"], abs=1e-6)
        assert row["value_b"] == pytest.approx(wanted["b"], abs=1e-6)
        assert row["estimate"] == pytest.approx(wanted["a"] - wanted["b"], abs=1e-6)


def test_weights_and_counts() -> None:
    wanted = _expected()
    arm_a, arm_b, everybody = _result().weight_summary.rows(named=True)
    assert arm_a["n_people"] == wanted["n_a"]
    assert arm_b["n_people"] == wanted["n_b"]
    assert arm_a["effective_sample_size"] == pytest.approx(wanted["ess_a"], rel=1e-6)
    assert arm_b["effective_sample_size"] == pytest.approx(wanted["ess_b"], rel=1e-6)
    assert everybody["largest_weight"] == pytest.approx(wanted["max_weight"], rel=1e-6)
    assert everybody["mean_weight"] == pytest.approx(wanted["mean_weight"], rel=1e-6)
    assert everybody["share_trimmed"] == 0.0


def test_no_involuntary_exits_is_too_little_data_not_a_tie() -> None:
    rows = _result().comparison.filter(pl.col("outcome") == "involuntary_exit")
    assert set(rows["verdict"]) == {"too_little_data"}
    assert rows["std_error"].null_count() == rows.height
    assert rows["conf_low"].null_count() == rows.height
