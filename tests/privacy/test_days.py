"""Working days out from the analysts' file: months and exact durations, joined in every way.

The attacker knows nothing beforehand. They join what the file says of one person, and keep each day
that fits all of it. Against the days as the private marts have them, the same arithmetic hits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest

from pipelines.contracts.tables import publication_query, published_tables
from pipelines.core.warehouse import Connection, fetch
from tests.sql.worlds import World, built, mart, random_world

Rows = list[dict[str, Any]]
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def world() -> World:
    return random_world(21, n_people=200)


@pytest.fixture(scope="module")
def con(world: World) -> Iterator[Connection]:
    with built(world) as connection:
        yield connection


def published(con: Connection, name: str) -> Rows:
    (table,) = [each for each in published_tables() if each.full_name == name]
    return fetch(con, publication_query(table, analyst_person_scores=False)).to_dicts()


def month_of(day: dt.date) -> dt.date:
    return day.replace(day=1)


def days_of(month: dt.date) -> list[dt.date]:
    return [day for n in range(31) if month_of(day := month + n * DAY) == month]


def days_that_fit(episode: dict[str, Any], agent: dict[str, Any]) -> list[dt.date]:
    """The days that somebody's first coaching session may have been on."""
    return [
        day
        for day in days_of(episode["calendar_month"])
        if _hire_fits(day, episode, agent) and _exit_fits(day, episode, agent)
    ]


def _hire_fits(day: dt.date, episode: dict[str, Any], agent: dict[str, Any]) -> bool:
    """Only where the hire is the same: somebody may have been hired again since day 0."""
    hired = day - episode["tenure_days"] * DAY
    is_same = episode["exit_type"] == agent["exit_type"]
    return not is_same or bool(month_of(hired) == agent["hire_month"])


def _exit_fits(day: dt.date, episode: dict[str, Any], agent: dict[str, Any]) -> bool:
    if episode["exit_type"] is None or episode["exit_type"] != agent["exit_type"]:
        return True
    return bool(month_of(day + episode["follow_up_days"] * DAY) == agent["exit_month"])


def test_day_0_is_left_open_for_nearly_everybody(con: Connection) -> None:
    agents = {row["agent_key"]: row for row in published(con, "marts.agent")}
    truth = {row["agent_key"]: row["day_0"] for row in mart(con, "coaching_episode")}
    fitting = {
        row["agent_key"]: days_that_fit(row, agents[row["agent_key"]])
        for row in published(con, "marts.coaching_episode")
    }
    assert len(fitting) > 30
    right = [truth[key] in days for key, days in fitting.items()]
    assert sum(right) >= 0.7 * len(right)  # the attack errs where somebody was hired again
    found = [days == [truth[key]] for key, days in fitting.items()]
    assert sum(found) <= 0.15 * len(found)  # few and short lives; one in a thousand in the sample
    assert median(len(days) for days in fitting.values()) >= 5


def test_nobody_who_is_employed_is_dated_by_the_end_of_data(con: Connection, world: World) -> None:
    """The end of data minus a duration is a day, if the duration runs to it; so it must not."""
    exact = {row["agent_key"]: row for row in mart(con, "coaching_episode")}
    employed = [row for row in published(con, "marts.coaching_episode") if row["exit_type"] is None]
    assert len(employed) > 10
    for row in employed:
        truth = exact[row["agent_key"]]
        assert world.data_until - truth["follow_up_days"] * DAY == truth["day_0"], "the attack"
        ends = world.data_until - row["follow_up_days"] * DAY
        assert ends in (days_of(row["calendar_month"])[-1], world.data_until)
    for agent in published(con, "marts.agent"):
        if agent["exit_month"] is None and agent["hire_month"]:
            ends = world.data_until - agent["tenure_days"] * DAY
            assert ends in (days_of(agent["hire_month"])[-1], world.data_until)


def test_durations_of_leavers_are_exact(con: Connection) -> None:
    exact = {row["agent_key"]: row for row in mart(con, "coaching_episode")}
    left = [row for row in published(con, "marts.coaching_episode") if row["exit_type"]]
    assert left
    for row in left:
        assert row["follow_up_days"] == exact[row["agent_key"]]["follow_up_days"]


def test_months_tell_no_day_of_a_hire_or_an_exit(con: Connection, world: World) -> None:
    """Of the months of hire and exit the file says only that they weren't whole."""
    names = set(published(con, "marts.agent_month")[0])
    assert not names & {"employed_days", "tenure_days", "last_employed_day"}
    exact = {(row["agent_key"], row["month"]): row for row in mart(con, "agent_month")}
    for row in published(con, "marts.agent_month"):
        last = min(days_of(row["month"])[-1], world.data_until)
        in_month = exact[row["agent_key"], row["month"]]["employed_days"]
        assert row["is_whole_month"] == (in_month == last.day)
