"""A world in which long-stayers collect sessions of arm a: the quick reading is fooled, ours isn't.

Nothing anybody is given changes when they leave.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.estimators.compare_exits import compare_exits
from pipelines.estimators.results import SENSITIVITY_SCHEMA, Covariate
from pipelines.estimators.sensitivity.immortal_time import immortal_time_rows
from tests.reference.support import spec_of

SPEC = spec_of(
    covariates=(Covariate("skill", "skill", "numeric", "Skill"),), horizon_days=(90, 180, 365)
)


def collecting_world(
    n: int = 2500, seed: int = 1, monthly: float = 0.15
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Draw people and their months; in each month some have a session of the other arm."""
    rng = np.random.default_rng(seed)
    skill = rng.normal(size=n)
    in_a = rng.random(n) < 0.4
    exit_day = np.ceil(rng.exponential(1 / np.exp(-6.0 - 0.3 * skill))).astype(int)
    is_exit = exit_day <= 365
    last = np.minimum(exit_day, 365)
    people = pl.DataFrame(
        {
            "agent_key": [f"person-{i:05d}" for i in range(n)],
            "coach_key": [f"coach-{c}" for c in rng.integers(0, 50, n)],
            "arm": np.where(in_a, "A", "B"),
            "follow_up_days": last,
            "exit_type": np.where(is_exit, "voluntary", ""),
            "skill": skill,
        }
    ).with_columns(pl.col("exit_type").replace({"": None}))
    n_months = np.ceil(last / 30).astype(int)
    person = np.repeat(np.arange(n), n_months)
    number = np.concatenate([np.arange(1, k + 1) for k in n_months])
    day = 30 * (number - 1) + rng.integers(1, 31, len(person))
    has_other = (rng.random(len(person)) < monthly) & (day <= last[person])
    months = pl.DataFrame(
        {
            "agent_key": people["agent_key"].to_numpy()[person],
            "month_number": number,
            "other_arm_day": pl.Series(np.where(has_other, day, -1)).replace({-1: None}),
            "known_quality_score_0_100": skill[person],
            "known_unplanned_absence_rate": np.full(len(person), 0.05),
            "known_n_sessions": np.ones(len(person), dtype=int),
        }
    )
    return people, months


def read(people: pl.DataFrame, months: pl.DataFrame, **changes: Any) -> dict[str, dict[str, Any]]:
    rows = immortal_time_rows(people, months, spec_of(**{"horizon_days": (365,)} | changes))
    assert pl.DataFrame(rows, schema=SENSITIVITY_SCHEMA).height == 4
    return {row["check"]: row for row in rows if row["outcome"] == "voluntary_exit"}


def test_the_quick_reading_is_fooled_and_none_of_the_designs_is() -> None:
    people, months = collecting_world(seed=2)
    found = read(people, months)
    naive, in_time = found["ever_coached_naive"], found["ever_coached_in_time"]
    assert naive["range_high"] < 0.6, "it looks as if sessions of arm a kept people"
    assert in_time["range_low"] < 1.0 < in_time["range_high"]
    assert "no time for one" in naive["reading"]
    rows = compare_exits(people, SPEC, months).comparison.filter(
        pl.col("outcome") == "voluntary_exit", pl.col("estimand") == "risk_difference"
    )
    for row in rows.filter(
        pl.col("design").is_in(["weighted", "doubly_robust", "sustained"])
    ).to_dicts():
        assert row["conf_low"] < 0.0 < row["conf_high"], (row["design"], row["horizon_days"])


def test_over_many_worlds_only_the_quick_reading_leans() -> None:
    naive: list[float] = []
    in_time: list[float] = []
    weighted: list[float] = []
    sustained: list[float] = []
    for seed in range(20):
        people, months = collecting_world(1200, 100 + seed)
        found = read(people, months)
        naive.append(np.log(found["ever_coached_naive"]["value"]))
        in_time.append(np.log(found["ever_coached_in_time"]["value"]))
        rows = compare_exits(people, SPEC, months).comparison
        for design, into in (("weighted", weighted), ("sustained", sustained)):
            into.append(
                rows.filter(
                    outcome="voluntary_exit",
                    estimand="risk_difference",
                    horizon_days=365,
                    design=design,
                )["estimate"].item()
            )
    assert np.mean(naive) < np.log(0.5)
    for values in (in_time, weighted, sustained):
        assert abs(np.mean(values)) < 3.0 * np.std(values) / np.sqrt(20)


def test_ratios_agree_with_a_count_of_days_where_rates_are_constant() -> None:
    """Exits per day on each side, by hand; Cox's ratio is the same but for chance."""
    people, months = collecting_world(6000, seed=4)
    first = months.group_by("agent_key").agg(day=pl.col("other_arm_day").min())
    both = people.join(first, on="agent_key").with_columns(
        since=pl.when(pl.col("arm") == "A").then(0).otherwise("day")
    )
    days_with, days_without, exits_with, exits_without = 0, 0, 0, 0
    for row in both.to_dicts():
        since = row["since"] if row["since"] is not None else row["follow_up_days"]
        days_without += since
        days_with += row["follow_up_days"] - since
        if row["exit_type"] is not None:
            exits_with += row["follow_up_days"] > since
            exits_without += row["follow_up_days"] <= since
    by_hand = (exits_with / days_with) / (exits_without / days_without)
    found = read(people, months)["ever_coached_in_time"]
    assert found["value"] == pytest.approx(by_hand, rel=0.03)


def test_few_people_on_a_side_are_hidden() -> None:
    people, months = collecting_world(400)
    found = read(people, months, min_group=100, min_coaches=60)
    for row in found.values():
        assert row["status"] == "suppressed"
        assert "value" not in row
    nobody = read(people, months.with_columns(other_arm_day=pl.lit(None, pl.Int64)))
    assert nobody["ever_coached_naive"]["value"] == nobody["ever_coached_in_time"]["value"]
