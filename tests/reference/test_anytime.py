"""The anytime-valid interval: the paper's formula, and what happens to who keeps looking."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from pipelines.contracts.credibility_rules import load_credibility_rules
from pipelines.estimators.compare_exits import compare_exits
from pipelines.estimators.confidence_sequences import NARROWEST_AT, anytime_factor, anytime_rows
from pipelines.estimators.credibility.looks import found_of_looks
from pipelines.estimators.credibility.measured import headline_of
from pipelines.estimators.results import ANYTIME_INTERVAL_SCHEMA
from tests.reference.support import small_world, spec_of


def test_the_formula_of_the_paper() -> None:
    """Waudby-Smith et al. 2024, in their own terms: t people, standard deviation sigma, rho."""
    alpha, best_t, sigma = 0.05, 400.0, 0.6
    rho_squared = (-2 * np.log(alpha) + np.log(-2 * np.log(alpha) + 1)) / best_t
    for t in (20.0, 400.0, 9000.0):
        wanted = sigma * np.sqrt(
            2
            * (t * rho_squared + 1)
            / (t**2 * rho_squared)
            * np.log(np.sqrt(t * rho_squared + 1) / alpha)
        )
        error = sigma / np.sqrt(t)
        ours = error * anytime_factor(np.array(error), 0.95, narrowest_at=sigma / np.sqrt(best_t))
        assert ours == pytest.approx(wanted, rel=1e-12)


def test_it_is_narrowest_where_it_says() -> None:
    errors = NARROWEST_AT * np.exp(np.linspace(-3, 3, 601))
    factors = anytime_factor(errors, 0.95)
    assert errors[np.argmin(factors)] == pytest.approx(NARROWEST_AT, rel=0.02)
    assert factors.min() / 1.959964 == pytest.approx(1.55, abs=0.01)


@pytest.mark.parametrize("risk", [0.25, 0.05])
def test_who_looks_every_night_is_misled_by_the_fixed_interval_only(risk: float) -> None:
    """Two alike groups grow by 5 people each a night for 400 nights; somebody looks every night.

    True difference 0. A world misleads if on any night from the twentieth the interval excludes 0.
    """
    rng = np.random.default_rng(2024)
    n_worlds, n_nights, per_night = 1500, 400, 5
    night = np.arange(1, n_nights + 1) * per_night
    risks = [
        np.cumsum(rng.binomial(per_night, risk, (n_worlds, n_nights)), axis=1) / night
        for _ in range(2)
    ]
    error = np.sqrt(sum(each * (1 - each) for each in risks) / night)[:, 19:]
    apart = np.abs(risks[0] - risks[1])[:, 19:]
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(error > 0, error * anytime_factor(error, 0.95), np.inf)
    fixed = (apart > 1.959964 * error).any(axis=1).mean()
    anytime = (apart > reach).any(axis=1).mean()
    last_night = (apart[:, -1] > 1.959964 * error[:, -1]).mean()
    assert last_night < 0.07
    assert fixed > 0.25
    assert anytime < 0.05


def test_more_people_of_the_same_coaches_are_covered_too() -> None:
    """Coaches differ and stay the same while people are added; the error is clustered by coach."""
    rng = np.random.default_rng(7)
    n_worlds, n_coaches, n_nights = 400, 30, 120
    coach = rng.normal(0.0, 0.05, (n_worlds, n_coaches, 1))
    nightly = coach + rng.normal(0.0, 0.3, (n_worlds, n_coaches, n_nights))
    means = np.cumsum(nightly, axis=2) / np.arange(1, n_nights + 1)
    estimate = means.mean(axis=1)
    error = means.std(axis=1, ddof=1) / np.sqrt(n_coaches)
    widened = error * 2.04523 / 1.959964  # t with 29 degrees of freedom
    fixed = (np.abs(estimate) > 2.04523 * error).any(axis=1).mean()
    anytime = (np.abs(estimate) > widened * anytime_factor(error, 0.95)).any(axis=1).mean()
    assert fixed > 0.1
    assert anytime < 0.05


def test_rows_of_a_comparison() -> None:
    world = small_world(1500)
    comparison = compare_exits(world, spec_of()).comparison
    rows = anytime_rows(comparison)
    assert dict(rows.schema) == ANYTIME_INTERVAL_SCHEMA
    assert rows.height == 2 * 2 * 3
    for row in rows.to_dicts():
        assert row["anytime_conf_low"] < row["conf_low"] < row["estimate"]
        assert row["estimate"] < row["conf_high"] < row["anytime_conf_high"]
    hidden = comparison.with_columns(
        pl.lit(None, pl.Float64).alias(name)
        for name in ("estimate", "std_error", "conf_low", "conf_high")
    ).with_columns(reason=pl.lit("hidden for privacy: too few"))
    assert anytime_rows(hidden)["anytime_conf_low"].null_count() == rows.height
    assert anytime_rows(hidden)["reason"].null_count() == 0


@pytest.mark.parametrize(("estimate", "error"), [(0.05, 0.02), (0.07, 0.02), (-0.09, 0.03)])
def test_a_difference_that_one_look_alone_tells_is_weak(estimate: float, error: float) -> None:
    """The check passes exactly where the published interval for all looks leaves out 0."""
    reach = 2.1 * error
    row = {"segment": "all", "design": "weighted", "estimand": "risk_difference",
           "outcome": "any_exit", "horizon_days": 365, "estimate": estimate, "std_error": error,
           "conf_low": estimate - reach, "conf_high": estimate + reach, "conf_level": 0.95,
           "status": "shown", "reason": None}  # fmt: skip
    (told,) = anytime_rows(pl.DataFrame([row])).to_dicts()
    leaves_out = told["anytime_conf_low"] > 0 or told["anytime_conf_high"] < 0
    spec = SimpleNamespace(conf_level=0.95)
    study = SimpleNamespace(cohort=SimpleNamespace(spec=spec), observed_of=lambda _: None)
    headline = headline_of(row)
    assert headline is not None
    found = found_of_looks(study, headline)  # type: ignore[arg-type]
    level = load_credibility_rules()["looks"].level_of(found.value)
    assert level == ("passed" if leaves_out else "weak")
    assert leaves_out == (abs(estimate) > 3.3 * error)
    one_look_finds_nothing = replace(headline, conf_low=-1.0, conf_high=1.0)
    assert found_of_looks(study, one_look_finds_nothing).value is None  # type: ignore[arg-type]
