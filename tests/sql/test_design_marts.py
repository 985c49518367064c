"""The marts behind the further designs against a naive recount, on small random worlds."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from pipelines.contracts.behaviours import COMPASSIONATE_BEHAVIOURS
from tests.sql import recount, recount_months
from tests.sql.recount import UNPLANNED, mean, month_of
from tests.sql.test_marts_against_recount import assert_same
from tests.sql.worlds import Row, World, built, key_of, mart, random_world

SEEDS = range(8)
COURSE = "coaching_with_compassion"


def with_trainings(seed: int) -> World:
    """A random world in which some coaches were trained, one of them twice, one after the data."""
    draw = random.Random(seed)
    world = random_world(seed)
    days = [
        ("E00", draw.randrange(60, 200)),
        ("E00", draw.randrange(60, 390)),
        ("X77", draw.randrange(60, 390)),
    ]
    rows = [
        {
            "employee_id": coach,
            "course": COURSE,
            "completed_on": dt.date(2024, 1, 1) + dt.timedelta(days=day),
        }
        for coach, day in dict.fromkeys(days)
    ]
    return world.adding("training", *rows)


def trial_months(world: World) -> dict[Any, Row]:
    """The expected rows of marts.trial_month by agent and month of follow-up."""
    people = {key_of(person): person for person in {r["employee_id"] for r in world.of("roster")}}
    expected = {}
    for key, episode in recount.episodes(world).items():
        person, day_0 = people[key], episode["day_0"]
        known = (
            episode["prior_quality_score_0_100"],
            episode["prior_unplanned_absence_rate"],
            1,
        )
        number = 0
        while 30 * number < episode["follow_up_days"]:
            number += 1
            last = min(30 * number, episode["follow_up_days"])
            days = range(30 * (number - 1) + 1, last + 1)
            sessions = [
                row
                for row in world.of("coaching_sessions")
                if row["employee_id"] == person and (row["started_at"].date() - day_0).days in days
            ]
            other = [
                (row["started_at"].date() - day_0).days
                for row in sessions
                if row.get("style") in {world.arm_a, world.arm_b} - {episode["arm"]}
            ]
            expected[key, number] = {
                "agent_key": key,
                "month_number": number,
                "last_day": last,
                "other_arm_day": min(other, default=None),
                "known_quality_score_0_100": known[0],
                "known_unplanned_absence_rate": known[1],
                "known_n_sessions": known[2],
            }
            known = (
                _quality(world, person, day_0, days),
                _absence(world, person, day_0, days),
                len(sessions),
            )
    return expected


def _quality(world: World, person: str, day_0: dt.date, days: range) -> float | None:
    """The mean score of the weeks that lie wholly after day 0 and end on one of the days."""
    return mean(
        [
            row["quality_score"]
            for row in world.of("performance")
            if row["employee_id"] == person
            and row["quality_score"] is not None
            and (row["week_start"] - day_0).days >= -5
            and (row["week_start"] - day_0).days + 6 in days
        ]
    )


def _absence(world: World, person: str, day_0: dt.date, days: range) -> float | None:
    shifts = [
        row
        for row in world.of("shifts")
        if row["employee_id"] == person and (row["shift_date"] - day_0).days in days
    ]
    scheduled = sum(row["scheduled_hours"] for row in shifts)
    lost = sum(row["absent_hours"] for row in shifts if row["absence_type"] in UNPLANNED)
    return lost / scheduled if scheduled else None


def coach_months(world: World) -> dict[Any, Row]:
    """The expected rows of marts.coach_month by coach and month."""
    expected: dict[Any, Row] = {}
    for person in {row["employee_id"] for row in world.of("roster")}:
        days = recount_months.employed_days(world, person)
        observed = recount_months.first_observed(world)
        for month in {month_of(day) for day in days}:
            mine = [day for day in days if month_of(day) == month]
            place = recount.roster_as_of(world, person, max(mine))
            coach = coach_before(world, person, month)
            counts = observed is not None and month >= month_of(observed)
            if coach is None or place is None or place["role"] != "agent" or not counts:
                continue
            row = expected.setdefault((key_of(coach), month), _empty(world, coach, month))
            row["n_agents"] += 1
            kinds = [_kind_of_exit(world, person, day) for day in mine if days[day]]
            for kind in kinds:
                row["n_any_exits"] += 1
                for name in ("voluntary", "involuntary"):
                    row[f"n_{name}_exits"] += kind == name
    for session in sessions_of(world):
        coach, month = session["coach_id"], month_of(session["started_at"].date())
        row = expected.setdefault((key_of(coach), month), _empty(world, coach, month))
        row["n_arm_sessions"] += session.get("style") in (world.arm_a, world.arm_b)
        row["n_arm_a_sessions"] += session.get("style") == world.arm_a
        coded = [session[name] for name in COMPASSIONATE_BEHAVIOURS if session[name] is not None]
        if coded:
            row["shares"].append(sum(coded) / len(coded))
    for row in expected.values():
        shares = row.pop("shares")
        row["n_coded_sessions"] = len(shares)
        row["compassionate_share"] = mean(shares)
    return expected


def sessions_of(world: World) -> list[Row]:
    return [
        row for row in world.of("coaching_sessions") if row["started_at"].date() <= world.data_until
    ]


def coach_before(world: World, person: str, month: dt.date) -> str | None:
    """The coach of the newest session before the month, if it lies in the six months before."""
    before = [
        row
        for row in sessions_of(world)
        if row["employee_id"] == person and month_of(row["started_at"].date()) < month
    ]
    newest = max(before, key=lambda row: (row["started_at"], row["session_id"]), default=None)
    if newest is None:
        return None
    held = newest["started_at"].date()
    months_ago = (month.year - held.year) * 12 + month.month - held.month
    return newest["coach_id"] if months_ago <= 6 else None


def _kind_of_exit(world: World, person: str, day: dt.date) -> str:
    (row,) = [
        each
        for each in world.of("attrition")
        if each["employee_id"] == person and each["separation_date"] == day
    ]
    return row["separation_type"] or "other"


def _empty(world: World, coach: str, month: dt.date) -> Row:
    trained = [
        row["completed_on"]
        for row in world.of("training")
        if row["employee_id"] == coach
        and row["course"] == COURSE
        and row["completed_on"] <= world.data_until
    ]
    counts = ("n_agents", "n_voluntary_exits", "n_involuntary_exits", "n_any_exits")
    return {
        "coach_key": key_of(coach),
        "month": month,
        "training_month": month_of(min(trained)) if trained else None,
        **dict.fromkeys((*counts, "n_arm_sessions", "n_arm_a_sessions"), 0),
        "shares": [],
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_months_count_as_the_recount_does(seed: int) -> None:
    world = with_trainings(seed)
    with built(world, ["trial_month", "coach_month"]) as con:
        months = mart(con, "trial_month")
        by_month = {(row["agent_key"], row["month_number"]): row for row in months}
        assert len(by_month) == len(months)
        assert_same(by_month, trial_months(world))

        coached = mart(con, "coach_month")
        by_coach = {(row["coach_key"], row["month"]): row for row in coached}
        assert len(by_coach) == len(coached)
        assert_same(by_coach, coach_months(world))


def test_the_random_worlds_reach_every_case() -> None:
    """A recount of nothing proves nothing."""
    switches = known = exits = trained = sessions = 0
    for seed in SEEDS:
        world = with_trainings(seed)
        for row in trial_months(world).values():
            switches += row["other_arm_day"] is not None
            known += row["month_number"] > 1 and row["known_quality_score_0_100"] is not None
        for row in coach_months(world).values():
            exits += row["n_any_exits"]
            trained += row["training_month"] is not None
            sessions += row["n_arm_sessions"] > 0 and row["n_agents"] == 0
    assert min(switches, known, exits, trained, sessions) >= 3
