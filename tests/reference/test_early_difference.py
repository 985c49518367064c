"""How much of a difference in leaving is there three months after day 0: a recount, two worlds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl
import pytest

from pipelines.contracts.credibility_rules import load_credibility_rules
from pipelines.estimators.credibility.early import EARLY_DAYS, found_of_early
from pipelines.estimators.credibility.measured import NOT_MADE, Headline, Study
from pipelines.estimators.designs.fitted_cohort import fit_cohort
from pipelines.estimators.results import ComparisonSpec, Covariate

RULE = load_credibility_rules()["early"]
SKILL = Covariate("skill", "skill", "numeric", "Skill")
N = 2000


def frame(seed: int, is_reversed: bool) -> pl.DataFrame:
    """Everybody's exit is drawn alike; then either the kind follows it, or it follows the kind."""
    draw = np.random.default_rng(seed)
    days = 1 + draw.exponential(600.0, N).astype(int)
    is_a = draw.random(N) < 0.5
    if is_reversed:
        is_a &= ~((days <= 45) & (draw.random(N) < 0.8))
    else:
        days = np.where(is_a, 1 + (days * 1.7).astype(int), days)
    return pl.DataFrame(
        {
            "agent_key": [f"p{i:04d}" for i in range(N)],
            "coach_key": [f"c{i % 20:02d}" for i in range(N)],
            "arm": np.where(is_a, "a", "b"),
            "follow_up_days": np.minimum(days, 400),
            "exit_type": pl.Series(
                np.where(days <= 400, "voluntary", None).tolist(), dtype=pl.String
            ),
            "skill": draw.normal(size=N),
        }
    )


def found(people: pl.DataFrame, limit: float = -0.01, horizon: int = 365) -> float | None:
    cohort = fit_cohort(people, ComparisonSpec("a", "b", (horizon,), (SKILL,), 1, 1))
    study = cast(Study, cast(Any, SimpleNamespace(cohort=cohort, horizon=horizon)))
    return found_of_early(
        study, Headline("voluntary_exit", horizon, -0.05, -0.09, limit, 0.02)
    ).value


def test_the_share_is_that_of_a_recount() -> None:
    people = frame(1, is_reversed=False)
    spec = ComparisonSpec("a", "b", (365,), (SKILL,), 1, 1)
    cohort = fit_cohort(people, spec)
    weights, is_a = cohort.adjusted.weights, cohort.people.is_a
    days = cohort.people.follow_up_days

    def apart(until: int) -> float:
        a, b = (np.average(days[side] <= until, weights=weights[side]) for side in (is_a, ~is_a))
        return float(a - b)

    assert found(people) == pytest.approx(apart(EARLY_DAYS) / apart(365), abs=1e-9)


def test_leaving_that_decides_the_kind_is_told_from_leaving_that_follows_it() -> None:
    for seed in range(5):
        assert RULE.level_of(found(frame(seed, is_reversed=True))) == "weak"
        assert RULE.level_of(found(frame(seed, is_reversed=False))) == "passed"


def test_it_is_asked_only_where_it_can_tell() -> None:
    people = frame(1, is_reversed=True)
    assert found(people, limit=0.01) is NOT_MADE.value, "the range holds no difference"
    assert found(people, horizon=EARLY_DAYS) is None, "there is nothing after three months"
