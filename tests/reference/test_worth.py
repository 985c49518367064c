"""Worth: published arithmetic, a recount of minutes, and silence where there is nothing to tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.core.status import Absence
from pipelines.estimators.coaching_time import UNTIMED, fieller, time_rows
from pipelines.estimators.cohort import people_of
from pipelines.estimators.compare_exits import compare_exits
from pipelines.estimators.cost_benefit import (
    NO_COST,
    NO_DIFFERENCE,
    Cost,
    headline_rows,
    worth_rows,
)
from pipelines.estimators.designs import weighted
from pipelines.estimators.designs.fitted_cohort import fit_cohort
from pipelines.estimators.results import WORTH_SCHEMA
from tests.reference.support import small_world, spec_of

EUROS = Cost(8000.0, "EUR")


def told(estimate: float, low: float, high: float, verdict: str = "better") -> dict[int, Any]:
    return {
        365: {
            "horizon_days": 365, "arm_a": "A", "arm_b": "B", "conf_level": 0.95,
            "reason": None, "status": "shown",
            "estimate": estimate, "conf_low": low, "conf_high": high, "verdict": verdict,
        }
    }  # fmt: skip


def by_quantity(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    frame = pl.DataFrame(rows, schema=WORTH_SCHEMA)
    assert (frame["value"].is_null() == frame["reason"].is_not_null()).all()
    assert (frame["value"].is_null() == (frame["status"] != "shown")).all()
    assert (frame["value"].is_null() == frame["reading"].is_null()).all()
    return {row["quantity"]: row for row in frame.to_dicts()}


def test_the_number_needed_of_a_published_trial() -> None:
    """Barrowman 2002, CMAJ 166:1676: 16.6 points (0.9 to 32.2) are 6 to treat (3.1 to 111.1)."""
    row = by_quantity(worth_rows(told(-0.166, -0.322, -0.009), EUROS))["number_needed_to_coach"]
    assert row["value"] == pytest.approx(6.0, abs=0.05)
    assert row["range_low"] == pytest.approx(3.1, abs=0.05)
    assert row["range_high"] == pytest.approx(111.1, abs=0.05)
    assert "every 6 people in the A group" in row["reading"]


def test_exits_and_money_are_the_difference_times_a_factor() -> None:
    rows = by_quantity(worth_rows(told(-0.05, -0.08, -0.02), EUROS))
    exits, money = rows["exits_avoided_per_100_people"], rows["money_per_100_people"]
    assert [exits[name] for name in ("value", "range_low", "range_high")] == pytest.approx(
        [5, 2, 8]
    )
    assert [money[name] for name in ("value", "range_low", "range_high")] == pytest.approx(
        [40_000, 16_000, 64_000]
    )
    assert money["unit"] == "EUR"
    assert "5.0 fewer chose to leave within 365 days" in exits["reading"]


def test_where_more_of_arm_a_left_nothing_is_avoided() -> None:
    rows = by_quantity(worth_rows(told(0.05, 0.02, 0.08, "worse"), EUROS))
    assert rows["number_needed_to_coach"]["status"] == "not_reportable"
    assert rows["number_needed_to_coach"]["reason"] == "more people of A than of B left"
    assert rows["exits_avoided_per_100_people"]["value"] == pytest.approx(-5)
    assert rows["exits_avoided_per_100_people"]["range_low"] == pytest.approx(-8)
    assert rows["money_per_100_people"]["range_high"] == pytest.approx(-16_000)


@pytest.mark.parametrize(
    ("verdict", "status", "reason", "said"),
    [
        ("no_clear_difference", "shown", None, NO_DIFFERENCE),
        (
            "too_little_data",
            "too_little_data",
            "few exits",
            Absence("too_little_data", "few exits"),
        ),
        ("not_reportable", "suppressed", "few people", Absence("suppressed", "few people")),
    ],
)
def test_without_a_difference_there_is_no_worth(
    verdict: str, status: str, reason: str | None, said: Absence
) -> None:
    headline = told(-0.05, -0.11, 0.01, verdict)
    headline[365] |= {"status": status, "reason": reason}
    rows = by_quantity(worth_rows(headline, EUROS))
    assert {(row["status"], row["reason"]) for row in rows.values()} == {(said.status, said.reason)}


def test_without_a_cost_there_is_no_money() -> None:
    rows = by_quantity(worth_rows(told(-0.05, -0.08, -0.02), Cost(None, "USD")))
    assert rows["money_per_100_people"]["reason"] == NO_COST.reason
    assert rows["number_needed_to_coach"]["value"] == pytest.approx(20)


def test_fieller_holds_the_true_ratio_as_often_as_it_says() -> None:
    rng = np.random.default_rng(8)
    covariance = np.array([[4.0, 0.6], [0.6, 0.25]])
    draws = rng.multivariate_normal([30.0, 3.0], covariance, 4000)
    held = [
        limits[0] <= 10.0 <= limits[1]
        for above, below in draws
        if (limits := fieller((above, below), (4.0, 0.25), 0.6, 1.959964)) is not None
    ]
    assert len(held) == 4000
    assert np.mean(held) == pytest.approx(0.95, abs=0.012)
    assert fieller((30.0, 0.5), (4.0, 0.25), 0.0, 1.96) is None


def minutes_of(world: pl.DataFrame, untimed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sessions of known lengths, and everybody's minutes up to 90 and 180 days."""
    rng = np.random.default_rng(1)
    in_a = (world["arm"] == "A").to_numpy()
    each = np.where(in_a, 40.0, 20.0) + rng.normal(0, 3, world.height)
    sessions = world.select(
        "agent_key", "coach_key", "arm", n_sessions=pl.lit(2), minutes=pl.Series(2 * each)
    )
    minutes = pl.concat(
        [
            world.select(
                "agent_key",
                horizon_days=pl.lit(horizon, pl.Int64),
                is_window_complete=pl.col("follow_up_days") >= 60,
                minutes=pl.Series(each * horizon / 45),
                n_untimed=pl.when(pl.int_range(pl.len()) < untimed).then(1).otherwise(0),
            )
            for horizon in (90, 180)
        ]
    )
    return sessions, minutes


def time_table(
    world: pl.DataFrame, untimed: int = 0, **changes: Any
) -> dict[tuple[str, int | None], Any]:
    spec = spec_of(**changes)
    headline = headline_rows(compare_exits(world, spec).comparison)
    rows = time_rows(fit_cohort(world, spec), *minutes_of(world, untimed), headline)
    return {
        (row["quantity"], row["horizon_days"]): row
        for row in pl.DataFrame(rows, schema=WORTH_SCHEMA).to_dicts()
    }


def test_minutes_are_a_weighted_mean_by_hand() -> None:
    world = small_world(2500, seed=2, n_coaches=50).sort("agent_key")
    people = people_of(world, "A", "B")
    fit = weighted.fit(people, spec_of())
    _, minutes = minutes_of(world)
    values = minutes.filter(pl.col("horizon_days") == 180)["minutes"].to_numpy()
    counts = (world["follow_up_days"] >= 60).to_numpy()
    table = time_table(world)
    for name, members in (("a", people.is_a), ("b", ~people.is_a)):
        wanted = np.average(values[counts & members], weights=fit.weights[counts & members])
        row = table[f"minutes_per_person_{name}", 180]
        assert row["value"] == pytest.approx(wanted)
        assert row["range_low"] < wanted < row["range_high"]
    length = table["minutes_per_session_a", None]
    assert length["value"] == pytest.approx(40, abs=0.5)
    assert length["range_high"] - length["range_low"] < 1


def test_minutes_per_exit_are_minutes_over_the_difference_of_risks() -> None:
    world = small_world(4000, seed=2, n_coaches=80)
    arms = {"arm_a": "B", "arm_b": "A"}
    headline = headline_rows(compare_exits(world, spec_of(**arms)).comparison)
    table = time_table(world, **arms)
    assert headline[180]["verdict"] == "better", "the world of this seed has a clear difference"
    avoided = -headline[180]["estimate"]
    spent = [table[f"minutes_per_person_{name}", 180]["value"] for name in ("a", "b")]
    whole, extra = (
        table[name, 180] for name in ("minutes_per_exit_avoided", "extra_minutes_per_exit_avoided")
    )
    assert whole["value"] == pytest.approx(spent[0] / avoided)
    assert extra["value"] == pytest.approx((spent[0] - spent[1]) / avoided)
    assert whole["reading"].startswith(f"About {whole['value'] / 60:,.0f} hours of coaching go")
    assert whole["range_low"] < whole["value"] < whole["range_high"]
    # minutes vary little here, so the limits are about those of the difference turned round
    assert whole["range_low"] == pytest.approx(spent[0] / -headline[180]["conf_low"], rel=0.05)


def test_horizons_that_nobody_can_have_reached_are_too_early() -> None:
    table = time_table(small_world(900).with_columns(pl.col("follow_up_days").clip(1, 59)))
    assert table["minutes_per_person_a", 180]["status"] == "too_early"


def test_unknown_lengths_and_small_groups_are_said() -> None:
    world = small_world(900)
    unknown = time_table(world, untimed=400)
    assert unknown["minutes_per_person_a", 90]["reason"] == UNTIMED.reason
    small = time_table(world.filter((pl.col("arm") == "A") | (pl.col("age") < 17)))
    assert small["minutes_per_person_a", 90]["status"] == "suppressed"
    assert small["minutes_per_session_b", None]["status"] == "suppressed"
    assert small["minutes_per_exit_avoided", 90]["status"] == "not_reportable"
