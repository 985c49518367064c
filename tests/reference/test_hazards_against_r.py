"""Ratios of rates against R: time on the wrong side, delayed entry, ties, repeated events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipelines.estimators.kernels.cox import HazardError, HazardFit, Stretches, fit_hazards
from pipelines.estimators.kernels.design_matrix import covariate_columns
from pipelines.estimators.results import Covariate
from tests.reference.support import expected, reference_data


def stretches_of(
    data: pl.DataFrame, last_day: str, event: str, columns: dict[str, Any], entry: str | None = None
) -> Stretches:
    return Stretches(
        np.zeros(len(data)) if entry is None else data[entry].cast(pl.Float64).to_numpy(),
        data[last_day].cast(pl.Float64).to_numpy(),
        (data[event] == 1).to_numpy(),
        np.column_stack([np.asarray(each, dtype=np.float64) for each in columns.values()]),
    )


def dummies(data: pl.DataFrame, *names: str) -> dict[str, NDArray[np.float64]]:
    """Return a column per level of each category but the first, as R does."""
    return covariate_columns(data, [Covariate(name, name, "categorical", name) for name in names])


def assert_same(
    found: HazardFit, model: dict[str, Any], errors: NDArray[np.float64] | None = None
) -> None:
    """Compare with R's coxph: coefficients, their errors, and the robust ones if given."""
    terms: Sequence[dict[str, Any]] = model["terms"]
    np.testing.assert_allclose(found.coefficients, [t["coef"] for t in terms], rtol=1e-5, atol=1e-9)
    own = np.sqrt(np.diag(found.covariance))
    np.testing.assert_allclose(own, [term["se_model"] for term in terms], rtol=1e-4)
    if errors is not None:
        np.testing.assert_allclose(errors, [term["se_used"] for term in terms], rtol=1e-4)


def robust(found: HazardFit, cluster: Any) -> NDArray[np.float64]:
    codes = np.unique(np.asarray(cluster), return_inverse=True)[1]
    return np.sqrt(np.diag(found.clustered_covariance(codes)))


def test_counting_people_as_treated_from_the_start_is_wrong_on_heart() -> None:
    """Stanford's transplants: a ratio of 0.27 if "ever treated" counts from day 0.

    Whoever dies soon gets no heart. Counted from the day of the transplant the ratio is 1.14.
    """
    values = expected("heart")
    data = reference_data("r_heart").with_columns(pl.col("transplant").cast(pl.Float64))
    in_time = fit_hazards(
        stretches_of(data, "stop", "event", {"transplant": data["transplant"]}, "start")
    )
    assert_same(in_time, values["td_transplant_only"])
    ever = data.group_by("id").agg(pl.col("stop", "event", "transplant").max()).sort("id")
    naive = fit_hazards(stretches_of(ever, "stop", "event", {"transplant": ever["transplant"]}))
    assert_same(naive, values["naive_ever_transplant"])
    assert np.exp(naive.coefficients[0]) == pytest.approx(0.266, abs=5e-4)
    assert np.exp(in_time.coefficients[0]) == pytest.approx(1.136, abs=5e-4)


def test_several_stretches_of_one_person_share_an_error() -> None:
    data = reference_data("r_heart").with_columns(pl.col("transplant").cast(pl.Float64))
    columns = {name: data[name] for name in ("age", "year", "surgery", "transplant")}
    found = fit_hazards(stretches_of(data, "stop", "event", columns, "start"))
    assert_same(found, expected("heart")["td_robust_id"], robust(found, data["id"]))


def test_delayed_entry() -> None:
    values = expected("channing")
    data = reference_data("r_channing").filter(pl.col("exit") > pl.col("entry"))
    male = {"male": data["sex"] == "Male"}
    assert_same(
        fit_hazards(stretches_of(data, "exit", "cens", male, "entry")), values["cox_left_truncated"]
    )
    assert_same(
        fit_hazards(stretches_of(data, "exit", "cens", male)), values["cox_ignoring_truncation"]
    )
    since = stretches_of(
        data.with_columns(stay=pl.col("exit") - pl.col("entry")),
        "stay",
        "cens",
        male | {"entry": data["entry"]},
    )
    assert_same(fit_hazards(since), values["cox_time_since_entry"])


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_ties(ties: Literal["efron", "breslow"]) -> None:
    data = reference_data("r_veteran")
    columns = {"trt": data["trt"] == 2, "karno": data["karno"], **dummies(data, "celltype")}
    found = fit_hazards(stretches_of(data, "time", "status", columns), ties)
    assert_same(found, _in_order(expected("veteran")[f"cox_{ties}"], list(columns)))


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_heavy_ties(ties: Literal["efron", "breslow"]) -> None:
    data = reference_data("pad_job_retention")
    model = expected("pad_job_retention")[f"cox_{ties}"]
    columns: dict[str, Any] = {"gender": data["gender"] == "M"}
    columns |= dummies(data, "field")
    columns |= dummies(data, "level")
    columns["sentiment"] = data["sentiment"]
    found = fit_hazards(stretches_of(data, "month", "left", columns), ties)
    assert_same(found, _in_order(model, list(columns)))


def _in_order(model: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Put R's terms (``celltypelarge``) in the order of our columns (``celltype: large``)."""
    terms = {term["term"]: term for term in model["terms"]}
    ordered = []
    for name in names:
        plain = name.replace(": ", "")
        (found,) = [
            key for key in terms if key == plain or (key.startswith(name) and ":" not in name)
        ]
        ordered.append(terms[found])
    assert len(ordered) == len(terms)
    return {"terms": ordered}


def test_events_that_come_again() -> None:
    """Infections of patients who get a drug or not, several each (Andersen & Gill)."""
    data = reference_data("r_cgd")
    columns = {
        "treat": data["treat"] == "rIFN-g",
        "inherit": data["inherit"] == "X-linked",
        "steroids": data["steroids"],
    }
    found = fit_hazards(stretches_of(data, "tstop", "status", columns, "tstart"))
    assert_same(found, expected("cgd")["ag_robust"], robust(found, data["id"]))


@pytest.mark.outside_data
def test_turnover_with_and_without_characteristics() -> None:
    values = expected("babushkin")
    data = reference_data("turnover_babushkin")
    coach: dict[str, Any] = {"yes": data["coach"] == "yes", "my head": data["coach"] == "my head"}
    stretches = stretches_of(data, "stag", "event", coach)
    assert_same(fit_hazards(stretches), values["cox_coach_efron"])
    assert_same(fit_hazards(stretches, "breslow"), values["cox_coach_breslow"])
    found = fit_hazards(stretches)
    model = values["cox_coach_efron_robust_industry"]
    assert_same(found, model, robust(found, data["industry"]))
    columns: dict[str, Any] = {"A": data["coach"] != "no"}
    for name in ("gender", "age", "head_gender", "greywage", "way"):
        columns |= {name: data[name]} if data[name].dtype.is_numeric() else dummies(data, name)
    for name in ("extraversion", "independ", "selfcontrol", "anxiety", "novator"):
        columns[name] = data[name]
    adjusted = fit_hazards(stretches_of(data, "stag", "event", columns))
    model = values["cox_adjusted_robust_industry"]
    assert_same(adjusted, model, robust(adjusted, data["industry"]))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), cut=st.integers(1, 9))
def test_cutting_stretches_changes_nothing(seed: int, cut: int) -> None:
    rng = np.random.default_rng(seed)
    last = rng.integers(1, 12, 40).astype(float)
    is_event = rng.random(40) < 0.7
    x = rng.normal(size=(40, 2))
    whole = fit_hazards(Stretches(np.zeros(40), last, is_event, x))
    later = last > cut
    pieces = Stretches(
        np.concatenate([np.zeros(40), np.full(later.sum(), float(cut))]),
        np.concatenate([np.minimum(last, cut), last[later]]),
        np.concatenate([is_event & ~later, is_event[later]]),
        np.concatenate([x, x[later]]),
    )
    found = fit_hazards(pieces)
    np.testing.assert_allclose(found.coefficients, whole.coefficients, atol=1e-8)
    person = np.concatenate([np.arange(40), np.flatnonzero(later)])
    np.testing.assert_allclose(
        found.clustered_covariance(person), whole.clustered_covariance(np.arange(40)), atol=1e-8
    )


def test_what_has_no_finite_ratio_is_refused() -> None:
    always = np.array([1.0, 2.0, 3.0, 4.0])
    side = np.array([[1.0], [1.0], [0.0], [0.0]])
    with pytest.raises(HazardError, match=r"finite|unique"):
        fit_hazards(Stretches(np.zeros(4), always, np.array([True, True, False, False]), side))
    with pytest.raises(HazardError, match="nobody"):
        fit_hazards(Stretches(np.zeros(4), always, np.zeros(4, dtype=bool), side))
