"""As long as the coaching lasts: recounts, a jackknife, and a world where the truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray

from pipelines.estimators.cohort import people_of
from pipelines.estimators.compare_exits import compare_exits
from pipelines.estimators.designs import per_protocol, weighted
from pipelines.estimators.designs.person_months import PersonMonthError, PersonMonths, person_months
from pipelines.estimators.designs.switching_weights import switching_weights
from pipelines.estimators.exit_estimates import comparison_rows
from pipelines.estimators.results import ComparisonSpec, Covariate
from tests.reference.support import released_exactly, small_world, spec_of

SKILL = Covariate("skill", "skill", "numeric", "Skill")
N_MONTHS = 6


def switching_world(
    n: int = 3000,
    seed: int = 1,
    n_coaches: int = 60,
    *,
    switch: float = 0.09,
    gap: float = 0.7,
    is_kept_up: bool = False,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Draw people whose quality wanders; a low one goes with leaving and with a switch to b.

    Every day of arm b multiplies the hazard of leaving by exp(`gap`). With `is_kept_up` nobody has
    a session of the other arm: what would be seen had everybody's coaching gone on.
    """
    rng = np.random.default_rng(seed)
    skill = rng.normal(size=n)
    coach = rng.integers(0, n_coaches, n)
    starts_in_a = rng.random(n) < 1 / (1 + np.exp(-0.8 * skill))
    quality = skill + rng.normal(size=n)
    noise = rng.normal(size=(N_MONTHS, n))
    chance = rng.random((N_MONTHS, n))
    days_to_exit = rng.exponential(size=n)
    switch_day = rng.integers(1, 31, (N_MONTHS, n))
    end = np.full(n, 30 * N_MONTHS)
    in_a, used, exit_day = starts_in_a.copy(), np.zeros(n), np.full(n, np.inf)
    months = []
    for month in range(N_MONTHS):
        log_odds = np.log(switch / (1 - switch)) + 0.8 * np.where(in_a, -quality, quality)
        switches = (chance[month] < 1 / (1 + np.exp(-log_odds))) & (not is_kept_up)
        changed = np.where(switches, switch_day[month], 31)
        other_arm_day = np.where(switches & (in_a == starts_in_a), 30 * month + changed, -1)
        months.append(_month(month + 1, other_arm_day, quality))
        for day in range(1, 31):
            now_in_a = np.where(day > changed, ~in_a, in_a)
            used += np.exp(-6.4 - 0.6 * quality + gap * ~now_in_a)
            leaves = (used >= days_to_exit) & np.isinf(exit_day)
            exit_day[leaves] = 30 * month + day
        in_a = np.where(switches, ~in_a, in_a)
        quality = 0.8 * quality + 0.2 * skill + 0.4 * noise[month]
    is_exit = exit_day <= end
    people = pl.DataFrame(
        {
            "agent_key": _names(n),
            "coach_key": [f"coach-{i}" for i in coach],
            "arm": np.where(starts_in_a, "A", "B"),
            "follow_up_days": np.where(is_exit, exit_day, end).astype(int),
            "exit_type": np.where(
                is_exit, np.where(np.arange(n) % 4 == 0, "other", "voluntary"), ""
            ),
            "skill": skill,
        }
    ).with_columns(pl.col("exit_type").replace({"": None}))
    return people, _as_followed(pl.concat(months), people)


def _names(n: int) -> list[str]:
    return [f"person-{i:05d}" for i in range(n)]


def _month(
    number: int, other_arm_day: NDArray[np.int64], quality: NDArray[np.float64]
) -> pl.DataFrame:
    """What is known of everybody in a month before anybody has left."""
    n = len(quality)
    return pl.DataFrame(
        {
            "agent_key": _names(n),
            "month_number": [number] * n,
            "other_arm_day": other_arm_day,
            "known_quality_score_0_100": quality,
            "known_unplanned_absence_rate": [0.05] * n,
            "known_n_sessions": [1] * n,
        }
    )


def _as_followed(months: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Keep the months and sessions up to the end of everybody's follow-up."""
    last = people.select("agent_key", "follow_up_days")
    day = pl.col("other_arm_day")
    return (
        months.join(last, on="agent_key")
        .filter(30 * (pl.col("month_number") - 1) < pl.col("follow_up_days"))
        .with_columns(
            other_arm_day=pl.when((day > 0) & (day <= pl.col("follow_up_days"))).then(day)
        )
        .drop("follow_up_days")
    )


def spec(**changes: Any) -> ComparisonSpec:
    return spec_of(**{"covariates": (SKILL,), "horizon_days": (90, 180)} | changes)


def fitted(people: pl.DataFrame, months: pl.DataFrame, asked: ComparisonSpec) -> pl.DataFrame:
    everybody = people_of(people, "A", "B")
    adjusted = weighted.fit(everybody, asked)
    return per_protocol.comparison_rows(everybody, asked, adjusted, months)[0]


def value(rows: pl.DataFrame, column: str = "estimate", outcome: str = "any_exit") -> float:
    chosen = rows.filter(outcome=outcome, horizon_days=180, estimand="risk_difference")
    return float(chosen[column].item())


def test_without_switches_it_is_the_weighted_design() -> None:
    people, months = switching_world(600, is_kept_up=True)
    everybody = people_of(people, "A", "B")
    adjusted = weighted.fit(everybody, spec())
    rows, _ = per_protocol.comparison_rows(everybody, spec(), adjusted, months)
    wanted = comparison_rows(adjusted, spec())
    assert set(rows["design"]) == {"sustained"}
    for name in ("value_a", "value_b", "estimate", "std_error", "n_events_a"):
        np.testing.assert_allclose(
            rows[name].cast(pl.Float64).fill_null(-1),
            wanted[name].cast(pl.Float64).fill_null(-1),
            rtol=1e-10,
        )


def test_it_finds_what_would_be_seen_had_the_coaching_gone_on() -> None:
    """Truth: the same people, with nobody switching; the weighted design is far from it."""
    truths: list[float] = []
    found: list[float] = []
    as_begun: list[float] = []
    unweighted: list[float] = []
    for seed in range(6):
        kept_people, kept_months = switching_world(6000, 50 + seed, is_kept_up=True)
        truths.append(value(fitted(kept_people, kept_months, spec())))
        people, months = switching_world(6000, 50 + seed)
        found.append(value(fitted(people, months, spec())))
        everybody = people_of(people, "A", "B")
        as_begun.append(value(comparison_rows(weighted.fit(everybody, spec()), spec())))
        unweighted.append(_censored_at_switches(people, months))
    truth = np.mean(truths)
    assert np.mean(found) == pytest.approx(truth, abs=0.012)
    assert abs(np.mean(as_begun) - truth) > 0.03
    assert abs(np.mean(unweighted) - truth) > 0.03


def _censored_at_switches(people: pl.DataFrame, months: pl.DataFrame) -> float:
    """Return the weighted difference with switches taken for an ordinary end of data."""
    first = months.group_by("agent_key").agg(switch=pl.col("other_arm_day").min())
    cut = people.join(first, on="agent_key").with_columns(
        exit_type=pl.when(pl.col("switch") < pl.col("follow_up_days"))
        .then(None)
        .otherwise("exit_type"),
        follow_up_days=pl.min_horizontal("follow_up_days", "switch"),
    )
    everybody = people_of(cut, "A", "B")
    return value(comparison_rows(weighted.fit(everybody, spec()), spec()))


def test_the_error_agrees_with_leaving_out_one_coach_at_a_time() -> None:
    people, months = switching_world(2500, seed=3, n_coaches=50)
    rows = fitted(people, months, spec())
    without = np.array(
        [
            value(fitted(people.filter(pl.col("coach_key") != coach), months, spec()))
            for coach in people["coach_key"].unique().sort()
        ]
    )
    jackknife = np.sqrt(49 / 50 * ((without - without.mean()) ** 2).sum())
    assert value(rows, "std_error") == pytest.approx(jackknife, rel=0.05)


def recounted(people: pl.DataFrame, months: pl.DataFrame, is_a: bool) -> float:
    """Return an arm's risk of leaving by choice by day 180, person by person and day by day."""
    follow_up = dict(people.select("agent_key", "follow_up_days").iter_rows())
    how = dict(people.select("agent_key", "exit_type").iter_rows())
    seen = _months_in_the_first_arm(people, months, is_a)
    for row in seen:
        key = row["agent_key"]
        leaves_then = how[key] is not None and follow_up[key] == row["other_arm_day"]
        row["stays"] = row["other_arm_day"] is None or leaves_then
    weights_of = _weights_by_month(people, seen, _chances_of_staying(seen, follow_up))
    switch = {row["agent_key"]: row["other_arm_day"] for row in seen}
    survival, risk = 1.0, 0.0
    for day in range(1, 181):
        at_risk, leave, resign = 0.0, 0.0, 0.0
        for key, weights in weights_of.items():
            last = min(follow_up[key], switch[key] or 10_000)
            if last < day:
                continue
            weight = weights[(day - 1) // 30]
            at_risk += weight
            if follow_up[key] == day and how[key] is not None:
                leave += weight
                resign += weight * (how[key] == "voluntary")
        risk += survival * resign / at_risk
        survival *= 1 - leave / at_risk
    return risk


def _months_in_the_first_arm(
    people: pl.DataFrame, months: pl.DataFrame, is_a: bool
) -> list[dict[str, Any]]:
    """Each person's months in order, up to the one in which they go over to the other arm."""
    mine = months.join(people.select("agent_key", "arm", "skill"), on="agent_key")
    mine = mine.filter(arm="A" if is_a else "B").sort("agent_key", "month_number")
    seen: list[dict[str, Any]] = []
    gone: set[str] = set()
    for row in mine.to_dicts():
        if row["agent_key"] not in gone:
            seen.append(row)
            if row["other_arm_day"] is not None:
                gone.add(row["agent_key"])
    return seen


def _chances_of_staying(
    seen: list[dict[str, Any]], follow_up: dict[str, int]
) -> NDArray[np.float64]:
    """The fitted chance, month by month, of not going over."""
    number = np.array([row["month_number"] for row in seen])
    design = np.column_stack(
        [
            np.ones(len(seen)),
            number,
            _natural_spline(number),
            [row["known_quality_score_0_100"] for row in seen],
            [row["skill"] for row in seen],
        ]
    )
    stays = np.array([row["stays"] for row in seen], dtype=float)
    shares = [
        min(1.0, (follow_up[row["agent_key"]] - 30 * (row["month_number"] - 1)) / 30)
        for row in seen
    ]
    counts = np.where(stays == 1.0, shares, 1.0)
    fit = sm.GLM(stays, design, family=sm.families.Binomial(), var_weights=counts).fit(tol=1e-13)
    return np.asarray(fit.fittedvalues, dtype=np.float64)


def _weights_by_month(
    people: pl.DataFrame, seen: list[dict[str, Any]], p: NDArray[np.float64]
) -> dict[str, list[float]]:
    """Each person's weight in each of their months: the one at day 0 over the chances so far."""
    everybody = people_of(people, "A", "B")
    baseline = weighted.fit(everybody, spec()).weights
    position = {key: i for i, key in enumerate(everybody.frame["agent_key"])}
    weights_of: dict[str, list[float]] = {}
    before = 1.0
    for i, row in enumerate(seen):
        before = 1.0 if row["month_number"] == 1 else before / p[i - 1]
        weight = baseline[position[row["agent_key"]]] * before / np.sqrt(p[i])
        weights_of.setdefault(row["agent_key"], []).append(weight)
    return weights_of


def _natural_spline(number: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return Harrell's curved terms at the knots that the pipeline chooses."""
    knots = np.unique(np.quantile(number, (0.05, 0.35, 0.65, 0.95)))
    last, before, first = knots[-1], knots[-2], knots[0]

    def cube(at: float) -> NDArray[np.float64]:
        return np.asarray(np.maximum(number - at, 0.0) ** 3, dtype=np.float64)

    bends = [
        cube(knot)
        - cube(before) * (last - knot) / (last - before)
        + cube(last) * (before - knot) / (last - before)
        for knot in knots[:-2]
    ]
    return np.asarray(np.column_stack(bends) / (last - first) ** 2, dtype=np.float64)


def test_risks_agree_with_a_recount_person_by_person() -> None:
    people, months = switching_world(700, seed=8)
    rows = fitted(people, months, spec())
    for column, is_a in (("value_a", True), ("value_b", False)):
        assert value(rows, column, "voluntary_exit") == pytest.approx(
            recounted(people, months, is_a), abs=1e-8
        )


def test_products_and_sums_over_a_persons_months() -> None:
    months = PersonMonths(
        person=np.array([0, 0, 0, 2, 5, 5]),
        entry=np.zeros(6),
        last_day=np.ones(6),
        exit_code=np.zeros(6, dtype=np.int64),
        is_switch=np.zeros(6, dtype=bool),
        known=pl.DataFrame({"month_number": [1, 2, 3, 1, 1, 2]}),
    )
    factors = np.array([2.0, 3.0, 5.0, 7.0, 11.0, 13.0])
    np.testing.assert_allclose(months.product_of_earlier(factors), [1, 2, 6, 1, 1, 11])
    later = months.sum_of_later(factors[:, None])[:, 0]
    np.testing.assert_allclose(later, [8, 5, 0, 0, 13, 0], atol=1e-12)


def test_a_switch_ends_follow_up_on_its_day_and_an_exit_on_that_day_counts() -> None:
    people = people_of(
        pl.DataFrame(
            {
                "agent_key": ["p", "q", "r"],
                "coach_key": ["c"] * 3,
                "arm": ["A"] * 3,
                "follow_up_days": [75, 40, 30],
                "exit_type": ["voluntary", "other", None],
            }
        ),
        "A",
        "B",
    )
    days = {("p", 2): 41, ("q", 2): 40}
    months = pl.DataFrame(
        [
            {
                "agent_key": key,
                "month_number": number,
                "other_arm_day": days.get((key, number)),
                "known_quality_score_0_100": None,
                "known_unplanned_absence_rate": None,
                "known_n_sessions": 1,
            }
            for key, n in (("p", 3), ("q", 2), ("r", 1))
            for number in range(1, n + 1)
        ]
    )
    found = person_months(people, months, until=365)
    assert found.person.tolist() == [0, 0, 1, 1, 2]
    assert found.last_day.tolist() == [30, 41, 30, 40, 30]
    assert found.exit_code.tolist() == [0, 0, 0, 3, 0]
    assert found.is_switch.tolist() == [False, True, False, False, False]
    with pytest.raises(PersonMonthError, match="1 people"):
        person_months(people, months.filter(pl.col("month_number") != 2), until=365)


def test_with_too_few_switches_for_a_regression_it_says_so() -> None:
    people, months = switching_world(300, seed=2, switch=0.05)
    everybody = people_of(people, "A", "B")
    followed = person_months(everybody, months, 180).of_people(everybody.is_a)
    baseline = np.random.default_rng(0).normal(size=(300, 30))
    found = switching_weights(everybody, followed, baseline)
    assert 0 < followed.is_switch.sum() < 31 * 5
    assert found.note == "the regression of switches is without the characteristics before day 0"
    switchers = np.unique(followed.person[followed.is_switch])[:3]
    alone = followed.of_people(np.isin(np.arange(300), switchers))
    problem = switching_weights(everybody, alone, None).problem
    assert problem is not None
    assert "100% of an arm switched" in problem


def test_nothing_of_two_coaches_is_released() -> None:
    world = small_world(60, seed=1, n_coaches=2)
    months = world.select(
        "agent_key",
        month_number=pl.int_ranges(1, (pl.col("follow_up_days") / 30).ceil() + 1),
        other_arm_day=pl.lit(None, pl.Int64),
        known_quality_score_0_100=pl.lit(None, pl.Float64),
        known_unplanned_absence_rate=pl.lit(None, pl.Float64),
        known_n_sessions=pl.lit(1),
    ).explode("month_number")
    rows = released_exactly(fitted(world, months, spec()))
    assert set(rows["status"]) == {"suppressed"}
    assert rows["estimate"].null_count() == rows.height


@pytest.mark.parametrize("arms", [["A"], []], ids=["one arm", "nobody"])
def test_one_kind_of_coaching_alone_compares_nothing_and_breaks_nothing(arms: list[str]) -> None:
    people, months = switching_world()
    assert spec().arm_a == "A"
    alone = people.filter(pl.col("arm").is_in(arms))
    rows = compare_exits(alone, spec(), months).comparison
    assert rows.height > 20
    assert set(rows["status"]) == {"no_data"}
    assert rows["estimate"].null_count() == rows.height
