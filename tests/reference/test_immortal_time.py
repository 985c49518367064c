"""A world in which long-stayers collect sessions of arm a: the quick reading is fooled, ours isn't.

Nothing anybody is given changes when they leave.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from scipy import stats

from pipelines.estimators.compare_exits import compare_exits
from pipelines.estimators.results import SENSITIVITY_SCHEMA, Covariate
from pipelines.estimators.sensitivity.immortal_time import immortal_time_rows
from tests.reference.support import expected, reference_data, spec_of

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
    """Exits per day on each side, by hand; the ratio by month is the same but for chance."""
    people, months = collecting_world(6000, seed=4)
    found = read(people, months)["ever_coached_in_time"]
    exits, days = {True: 0, False: 0}, {True: 0, False: 0}
    for row in person_months(people, months):
        exits[row["side"]] += row["leaves"]
        days[row["side"]] += row["days"]
    by_hand = (exits[True] / days[True]) / (exits[False] / days[False])
    assert found["value"] == pytest.approx(by_hand, rel=0.03)


def person_months(people: pl.DataFrame, months: pl.DataFrame) -> list[dict[str, Any]]:
    """Recount, day by day: a row per person, month and side, with its days and its exit."""
    first = months.group_by("agent_key").agg(day=pl.col("other_arm_day").min())
    rows: dict[tuple[str, int, bool], dict[str, Any]] = {}
    for person in people.join(first, on="agent_key", how="left").to_dicts():
        since = 0 if person["arm"] == "A" else person["day"]
        for day in range(1, person["follow_up_days"] + 1):
            side = since is not None and day > since
            key = (person["agent_key"], (day - 1) // 30, side)
            row = rows.setdefault(key, {"coach": person["coach_key"], "days": 0, "leaves": 0})
            row |= {"month": key[1], "side": side, "days": row["days"] + 1}
            row["leaves"] += day == person["follow_up_days"] and person["exit_type"] is not None
    return list(rows.values())


def test_ratio_and_interval_are_those_of_a_regression_person_by_person() -> None:
    people, months = collecting_world(1500, seed=6)
    rows = pl.DataFrame(person_months(people, months))
    month = rows["month"].to_numpy()
    assert rows.group_by("month").agg(pl.col("leaves").sum())["leaves"].min() > 0
    theirs = sm.GLM(
        rows["leaves"].to_numpy(),
        np.column_stack([month[:, None] == np.unique(month), rows["side"]]).astype(float),
        family=sm.families.Poisson(),
        exposure=rows["days"].to_numpy(),
    ).fit(
        cov_type="cluster",
        cov_kwds={"groups": rows["coach"].rank("dense").to_numpy(), "use_correction": False},
        tol=1e-12,
    )
    found = read(people, months)["ever_coached_in_time"]
    assert found["value"] == pytest.approx(np.exp(theirs.params[-1]), rel=1e-8)
    reach = stats.t.ppf(0.975, 49) * theirs.bse[-1] * np.sqrt(50 / 49)
    assert np.log(found["range_high"] / found["range_low"]) / 2 == pytest.approx(reach, rel=1e-6)


def test_transplanted_hearts_read_both_ways() -> None:
    """Stanford's transplants: whoever dies soon gets no heart; R's Cox says 0.27 and 1.14.

    Death is most likely in the first month, so that days without the month would mislead as well.
    """
    stretches = reference_data("r_heart").with_columns(agent_key=pl.col("id").cast(pl.String))
    is_after = pl.col("transplant").cast(pl.Int64) == 1
    patients = stretches.group_by("agent_key", maintain_order=True).agg(
        coach_key=pl.col("agent_key").first(),
        arm=pl.lit("B"),
        follow_up_days=pl.col("stop").max(),
        exit_type=pl.when(pl.col("event").max() == 1).then(pl.lit("voluntary")),
        other_arm_day=pl.col("start").filter(is_after).min(),
    )
    found = read(
        patients.drop("other_arm_day"),
        patients.select("agent_key", "other_arm_day"),
        horizon_days=(2000,),
    )
    naive, in_time = found["ever_coached_naive"], found["ever_coached_in_time"]
    theirs = {
        name: expected("heart")[model]["terms"][0]
        for name, model in (("naive", "naive_ever_transplant"), ("in_time", "td_transplant_only"))
    }
    assert naive["value"] == pytest.approx(theirs["naive"]["hr"], rel=0.05)
    assert naive["range_high"] < 0.5
    assert abs(np.log(in_time["value"]) - theirs["in_time"]["coef"]) < theirs["in_time"]["se_used"]
    assert in_time["range_low"] < 1.0 < in_time["range_high"]
    by_days = {
        each["transplant"]: each["d"] / each["t"] for each in expected("heart")["person_days_ir"]
    }
    assert by_days[1] / by_days[0] < 0.4


def test_few_people_on_a_side_are_hidden() -> None:
    people, months = collecting_world(400)
    found = read(people, months, min_group=100, min_coaches=60)
    for row in found.values():
        assert row["status"] == "suppressed"
        assert "value" not in row
    nobody = read(people, months.with_columns(other_arm_day=pl.lit(None, pl.Int64)))
    assert nobody["ever_coached_naive"]["value"] == nobody["ever_coached_in_time"]["value"]
