"""Unweighted curves against R: competing risks, ties, delayed entry, restricted means."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from pipelines.estimators.kernels.influence_functions import (
    incidence_influence,
    time_lost_influence,
)
from pipelines.estimators.kernels.survival import (
    Curve,
    at_risk_at,
    exits_by,
    fit_curve,
    incidence_at,
    restricted_mean_at,
    survival_at,
)
from pipelines.estimators.retention_curve import log_log_limits
from tests.reference.support import (
    curve_of,
    expected,
    person_errors,
    reference_data,
    small_world,
)

Z = 1.959963984540054


def _times(rows: list[dict[str, Any]]) -> list[float]:
    return [row["time"] for row in rows]


def _column(rows: list[dict[str, Any]], name: str) -> list[float]:
    return [row[name] for row in rows]


def assert_kaplan_meier(curve: Curve, rows: list[dict[str, Any]]) -> None:
    """Compare points, Greenwood errors, log-log limits, risk sets and counts with survfit's."""
    times = _times(rows)
    survival = survival_at(curve, times)
    tables = incidence_influence(curve, times).sum(axis=0, keepdims=True)
    errors = person_errors(curve, tables)[0]
    events = exits_by(curve, times).sum(axis=0)
    np.testing.assert_allclose(survival, _column(rows, "surv"), atol=1e-6)
    np.testing.assert_allclose(errors, _column(rows, "se"), rtol=1e-4)
    np.testing.assert_array_equal(at_risk_at(curve, times), _column(rows, "n_risk"))
    np.testing.assert_array_equal(np.diff(events, prepend=0), _column(rows, "n_event_since_prev"))
    padded = log_log_limits(
        np.append(1.0, survival), np.append(0.0, errors), Z, np.append(True, events == 0)
    )
    np.testing.assert_allclose(padded[0][1:], _column(rows, "lower"), atol=1e-5)
    np.testing.assert_allclose(padded[1][1:], _column(rows, "upper"), atol=1e-5)


def assert_restricted_means(curve: Curve, rows: list[dict[str, Any]]) -> None:
    taus = [row["tau"] for row in rows]
    tables = time_lost_influence(curve, taus).sum(axis=0, keepdims=True)
    np.testing.assert_allclose(
        restricted_mean_at(curve, taus), [row["rmst"] for row in rows], atol=1e-6
    )
    np.testing.assert_allclose(
        person_errors(curve, tables)[0], [row["se"] for row in rows], rtol=1e-4
    )


def _mgus2() -> pl.DataFrame:
    data = reference_data("r_mgus2")
    is_pcm = pl.col("pstat") == 1
    return data.select(
        "sex",
        time=pl.when(is_pcm).then("ptime").otherwise("futime"),
        exit=pl.when(is_pcm).then(1).when(pl.col("death") == 1).then(2).otherwise(0),
    )


@pytest.mark.parametrize("stratum", ["all", "sex=F", "sex=M"])
def test_competing_risks(stratum: str) -> None:
    values = expected("mgus2")
    data = _mgus2()
    rows = values["aj_overall"]
    if stratum != "all":
        data = data.filter(pl.col("sex") == stratum[-1])
        rows = [row for row in values["aj_by_sex"] if row["stratum"] == stratum]
    curve = curve_of(data["time"], data["exit"])
    times = _times(rows)
    incidence = incidence_at(curve, times)
    tables = incidence_influence(curve, times)
    errors = person_errors(curve, tables)
    for cause, name in ((0, "pcm"), (1, "death")):
        np.testing.assert_allclose(incidence[cause], _column(rows, f"p_{name}"), atol=1e-6)
        np.testing.assert_allclose(errors[cause], _column(rows, f"se_{name}"), rtol=1e-4)
    still = person_errors(curve, tables.sum(axis=0, keepdims=True))[0]
    np.testing.assert_allclose(survival_at(curve, times), _column(rows, "p_censor"), atol=1e-6)
    np.testing.assert_allclose(still, _column(rows, "se_censor"), rtol=1e-4)


def test_treating_the_competing_exit_as_an_end_of_data_is_wrong_by_as_much_as_r_says() -> None:
    rows = expected("mgus2")["naive_1_minus_km_pcm"]
    data = _mgus2()
    naive = curve_of(data["time"], np.where(data["exit"] == 1, 1, 0))
    np.testing.assert_allclose(survival_at(naive, _times(rows)), _column(rows, "surv"), atol=1e-6)
    proper = incidence_at(curve_of(data["time"], data["exit"]), [240])[0, 0]
    assert 1 - survival_at(naive, [240])[0] == pytest.approx(0.2096, abs=1e-4)
    assert proper == pytest.approx(0.09981, abs=1e-5)


@pytest.mark.parametrize("arm", [1, 2])
def test_ties(arm: int) -> None:
    values = expected("veteran")
    data = reference_data("r_veteran").filter(pl.col("trt") == arm)
    curve = curve_of(data["time"], data["status"])
    stratum = f"trt={arm}"
    assert_kaplan_meier(
        curve, [row for row in values["km_by_trt_log-log"] if row["stratum"] == stratum]
    )
    assert_restricted_means(curve, [row for row in values["rmst_180"] if row["stratum"] == stratum])


@pytest.mark.parametrize("group", ["High", "Not High"])
def test_heavy_ties(group: str) -> None:
    values = expected("pad_job_retention")
    data = reference_data("pad_job_retention").filter(
        (pl.col("sentiment") >= 7) == (group == "High")
    )
    curve = curve_of(data["month"], data["left"])
    stratum = f"sc={group}"
    assert_kaplan_meier(curve, [row for row in values["km"] if row["stratum"] == stratum])
    assert_restricted_means(curve, [row for row in values["rmst_12"] if row["stratum"] == stratum])


@pytest.mark.parametrize("arm", [0, 1])
@pytest.mark.outside_data
def test_turnover(arm: int) -> None:
    values = expected("babushkin")
    data = reference_data("turnover_babushkin").filter((pl.col("coach") != "no") == (arm == 1))
    curve = curve_of(data["stag"], data["event"])
    stratum = f"A={arm}"
    assert_kaplan_meier(
        curve, [row for row in values["km_any_coach_loglog"] if row["stratum"] == stratum]
    )
    assert_restricted_means(
        curve, [row for row in values["rmst_any_coach"] if row["stratum"] == stratum]
    )


@pytest.mark.outside_data
def test_turnover_difference_in_restricted_means() -> None:
    wanted = expected("babushkin")["rmst24_diff_any_minus_no"]
    data = reference_data("turnover_babushkin")
    means, variances = [], []
    for has_coach in (True, False):
        arm = data.filter((pl.col("coach") != "no") == has_coach)
        curve = curve_of(arm["stag"], arm["event"])
        table = time_lost_influence(curve, [24.0]).sum(axis=0, keepdims=True)
        means.append(restricted_mean_at(curve, [24.0])[0])
        variances.append(person_errors(curve, table)[0, 0] ** 2)
    assert means[0] - means[1] == pytest.approx(wanted["diff"], abs=1e-6)
    assert np.sqrt(sum(variances)) == pytest.approx(wanted["se"], rel=1e-4)


def test_deaths_after_smoking_cessation() -> None:
    rows = expected("nhefs")["ch17_km"]
    data = reference_data("nhefs").with_columns(
        month=pl.when(pl.col("death") == 0)
        .then(120)
        .otherwise((pl.col("yrdth") - 83) * 12 + pl.col("modth"))
    )
    for quit_smoking in (0, 1):
        arm = data.filter(pl.col("qsmk") == quit_smoking)
        assert_kaplan_meier(
            curve_of(arm["month"], arm["death"]),
            [row for row in rows if row["stratum"] == f"qsmk={quit_smoking}"],
        )


@pytest.mark.parametrize("sex", ["Female", "Male"])
@pytest.mark.parametrize("since", [None, 840])
def test_delayed_entry(sex: str, since: int | None) -> None:
    """Channing House: age in months, at risk from the age of entry on; or from 840 months on."""
    name = "km_left_truncated" if since is None else "km_conditional_on_840"
    rows = [row for row in expected("channing")[name] if row["stratum"] == f"sex={sex}"]
    data = reference_data("r_channing").filter(
        pl.col("exit") > pl.col("entry"), pl.col("sex") == sex
    )
    if since is not None:
        data = data.with_columns(entry=pl.max_horizontal("entry", since)).filter(
            pl.col("exit") > since
        )
    n = len(data)
    curve = fit_curve(
        data["exit"], data["cens"], np.ones(n), until=np.inf, n_causes=1, entries=data["entry"]
    )
    times = _times(rows)
    survival = survival_at(curve, times)
    np.testing.assert_allclose(survival, _column(rows, "surv"), atol=1e-6)
    np.testing.assert_array_equal(at_risk_at(curve, times), _column(rows, "n_risk"))
    n_left = np.diff(exits_by(curve, times).sum(axis=0), prepend=0)
    np.testing.assert_array_equal(n_left, _column(rows, "n_event_since_prev"))
    has_error = survival > 0.0
    assert has_error.any() == (sex == "Female" or since is not None), "the first two men die"
    errors = np.array([row["se"] for row in rows], dtype=float)[has_error]
    at = np.array(times)[has_error]
    np.testing.assert_allclose(greenwood(curve, at), errors, rtol=1e-4)
    by_person = person_errors(curve, incidence_influence(curve, at))[0]
    np.testing.assert_allclose(by_person, errors, rtol=0.06)


def greenwood(curve: Curve, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Greenwood's errors (G,), which sums over people equal only where all enter at once."""
    if len(times) == 0:
        return times
    steps = curve.n_exits[0] / (curve.n_at_risk * (curve.n_at_risk - curve.n_exits[0]))
    so_far = np.array([steps[curve.times <= time].sum() for time in times])
    return np.asarray(survival_at(curve, times) * np.sqrt(so_far), dtype=np.float64)


def test_stretches_of_days_give_the_curve_of_whole_people() -> None:
    """Cutting everybody's follow-up at days 30 and 75 changes neither curve nor influence."""
    world = small_world(300, seed=5)
    days = world["follow_up_days"].to_numpy().astype(float)
    exits = np.where(world["exit_type"].is_not_null(), 1 + np.arange(300) % 3, 0)
    weight = 0.5 + (np.arange(300) % 7) / 4
    whole = fit_curve(days, exits, weight, until=180.0)
    person, entry, stop = [], [], []
    for first, last in ((0.0, 30.0), (30.0, 75.0), (75.0, np.inf)):
        there = np.flatnonzero(days > first)
        person.append(there)
        entry.append(np.full(len(there), first))
        stop.append(np.minimum(days[there], last))
    who, last_day = np.concatenate(person), np.concatenate(stop)
    how = np.where(last_day == days[who], exits[who], 0)
    pieces = fit_curve(last_day, how, weight[who], until=180.0, entries=np.concatenate(entry))
    at = [20.0, 90.0, 180.0]
    np.testing.assert_allclose(incidence_at(pieces, at), incidence_at(whole, at), atol=1e-12)
    for influence in (incidence_influence, time_lost_influence):
        of_piece = influence(pieces, at)[:, pieces.cell_of_person]
        of_person = np.zeros((300, 3, 3))
        np.add.at(of_person, who, np.moveaxis(of_piece, 0, 1))
        wanted = np.moveaxis(influence(whole, at)[:, whole.cell_of_person], 0, 1)
        np.testing.assert_allclose(of_person, wanted, atol=1e-15)


def test_taking_everybody_as_there_from_the_start_is_wrong_with_delayed_entry() -> None:
    """Whoever died before the house opened its doors to them was never seen."""
    data = reference_data("r_channing").filter(
        pl.col("exit") > pl.col("entry"), pl.col("sex") == "Male"
    )
    rows = expected("channing")["km_left_truncated"]
    wanted = {row["time"]: row["surv"] for row in rows if row["stratum"] == "sex=Male"}
    naive = survival_at(curve_of(data["exit"], data["cens"]), list(wanted))
    assert (naive > np.array(list(wanted.values())) + 0.05).all()
