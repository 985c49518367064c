"""Time zero and entry, one hand-made case at a time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.sql.worlds import Row, World, built, key_of, mart

START = dt.date(2024, 3, 1)
SESSION = dt.datetime(2024, 5, 10, 9, 0)
DAY_0 = SESSION.date()
TRIAL = ("trial_candidate", "coaching_episode")


def days(number: int) -> dt.timedelta:
    return dt.timedelta(days=number)


def roster(employee_id: str = "E1", **changes: Any) -> Row:
    row = {
        "employee_id": employee_id,
        "effective_date": START,
        "hire_date": START,
        "site": "north",
        "team": "red",
        "role": "agent",
    }
    return {**row, **changes}


def session(session_id: str = "S1", **changes: Any) -> Row:
    row = {
        "session_id": session_id,
        "employee_id": "E1",
        "coach_id": "C1",
        "started_at": SESSION,
        "style": "compassionate",
    }
    return {**row, **changes}


def leaving(date: dt.date, kind: str = "voluntary") -> Row:
    return {"employee_id": "E1", "separation_date": date, "separation_type": kind}


def survey(date: dt.date, score: float, **changes: Any) -> Row:
    row = {
        "response_id": f"R{date}",
        "employee_id": "E1",
        "submitted_on": date,
        "instrument": "scores_0_100",
        "emotional_exhaustion": score,
    }
    return {**row, **changes}


def simple_world() -> World:
    """One agent with one session; everything else is added by the cases."""
    return World({"roster": [roster()], "coaching_sessions": [session()]})


def candidate(world: World, person: str = "E1") -> Row:
    with built(world, TRIAL) as con:
        (row,) = [row for row in mart(con, "trial_candidate") if row["agent_key"] == key_of(person)]
        return row


def episode(world: World) -> Row:
    with built(world, TRIAL) as con:
        (row,) = mart(con, "coaching_episode")
        return row


def test_sessions_at_one_moment_are_ordered_by_their_id() -> None:
    world = simple_world().adding("coaching_sessions", session("S0", style="compliance"))
    assert candidate(world)["arm"] == "compliance"


def test_an_earlier_session_of_another_style_does_not_start_the_clock() -> None:
    world = simple_world().adding(
        "coaching_sessions",
        session("S2", started_at=SESSION - days(20), style="mixed"),
        session("S3", started_at=SESSION - days(10), style=None),
        session("S4", started_at=SESSION - dt.timedelta(hours=2), style=None),
    )
    row = episode(world)
    assert row["day_0"] == DAY_0
    assert row["prior_session_count"] == 2  # the one on day 0 itself isn't prior


@pytest.mark.parametrize("style", ["mixed", "Compassionate", "", None])
def test_only_the_exact_arm_labels_count(style: str | None) -> None:
    world = World({"roster": [roster()], "coaching_sessions": [session(style=style)]})
    assert candidate(world)["exclusion"] == "no_arm_session"


@pytest.mark.parametrize(
    ("offset", "exclusion", "follow_up_days"),
    [(-1, "exit_on_or_before_day_0", None), (0, "exit_on_or_before_day_0", None), (1, None, 1)],
)
def test_an_exit_counts_from_the_day_after_day_0(
    offset: int, exclusion: str | None, follow_up_days: int | None
) -> None:
    row = candidate(simple_world().adding("attrition", leaving(DAY_0 + days(offset))))
    assert (row["exclusion"], row["follow_up_days"]) == (exclusion, follow_up_days)


def test_the_first_exit_of_several_counts() -> None:
    world = simple_world().adding(
        "attrition", leaving(DAY_0 + days(90)), leaving(DAY_0 + days(30), "involuntary")
    )
    row = episode(world)
    assert (row["exit_type"], row["follow_up_days"]) == ("involuntary", 30)


@pytest.mark.parametrize(("offset", "exit_type"), [(0, "voluntary"), (1, None)])
def test_exits_count_up_to_the_last_day_of_data(offset: int, exit_type: str | None) -> None:
    world = simple_world()
    row = episode(world.adding("attrition", leaving(world.data_until + days(offset))))
    assert row["exit_type"] == exit_type
    assert row["follow_up_days"] == (world.data_until - DAY_0).days


def test_day_0_on_the_last_day_of_data_gives_no_follow_up_but_stays() -> None:
    world = World(simple_world().rows, data_until=DAY_0)
    assert episode(world)["follow_up_days"] == 0


def test_day_0_after_the_end_of_data_is_left_out() -> None:
    world = World(simple_world().rows, data_until=DAY_0 - days(1))
    assert candidate(world)["exclusion"] == "after_data_until"


def test_an_exit_before_the_latest_hire_belongs_to_the_earlier_employment() -> None:
    rehired = DAY_0 - days(10)
    world = simple_world()
    world = world.adding("roster", roster(effective_date=rehired, hire_date=rehired))
    world = world.adding("attrition", leaving(rehired - days(5)), leaving(DAY_0 + days(40)))
    row = episode(world)
    assert (row["tenure_days"], row["follow_up_days"]) == (10, 40)


def test_coaching_after_an_exit_and_before_a_rehire_is_a_data_error() -> None:
    rehired = DAY_0 + days(20)
    world = simple_world().adding("attrition", leaving(DAY_0 - days(5)))
    world = world.adding("roster", roster(effective_date=rehired, hire_date=rehired))
    assert candidate(world)["exclusion"] == "exit_on_or_before_day_0"


@pytest.mark.parametrize(
    ("role", "since", "exclusion"),
    [
        ("coach", DAY_0, "not_agent_on_day_0"),
        ("coach", DAY_0 + days(1), None),
        (None, DAY_0, "not_agent_on_day_0"),
    ],
)
def test_the_role_is_that_of_day_0(role: str | None, since: dt.date, exclusion: str | None) -> None:
    world = simple_world().adding("roster", roster(effective_date=since, role=role))
    assert candidate(world)["exclusion"] == exclusion


def test_somebody_who_comes_onto_the_roster_after_day_0_was_no_agent_then() -> None:
    late = [roster(effective_date=DAY_0 + days(1))]
    world = World({"roster": late, "coaching_sessions": [session()]})
    assert candidate(world)["exclusion"] == "not_agent_on_day_0"


def test_the_hire_date_of_day_0_must_be_known() -> None:
    world = simple_world().adding("roster", roster(effective_date=DAY_0, hire_date=None))
    assert candidate(world)["exclusion"] == "unknown_hire_date"


def test_people_who_are_never_agents_or_never_coached_are_told_apart() -> None:
    world = simple_world().adding("roster", roster("C1", role="coach"), roster("E2"))
    with built(world, TRIAL) as con:
        found = {row["agent_key"]: row["exclusion"] for row in mart(con, "trial_candidate")}
    assert found == {key_of("E1"): None, key_of("C1"): "never_agent", key_of("E2"): "no_session"}


def test_a_coach_who_is_not_on_the_roster_still_has_a_key() -> None:
    assert episode(simple_world())["coach_key"] == key_of("C1")


def test_surveys_count_from_a_year_before_day_0_to_the_day_before_it() -> None:
    world = simple_world().adding(
        "fatigue_surveys",
        survey(DAY_0, 90.0),
        survey(DAY_0 - days(1), 50.0),
        survey(DAY_0 - days(300), 10.0),
    )
    assert episode(world)["prior_emotional_exhaustion_0_100"] == 50.0


@pytest.mark.parametrize("offset", [0, 366])
def test_a_survey_outside_that_year_is_none(offset: int) -> None:
    row = episode(simple_world().adding("fatigue_surveys", survey(DAY_0 - days(offset), 50.0)))
    assert row["prior_emotional_exhaustion_0_100"] is None
    assert row["is_prior_survey_missing"] is True


def test_a_week_that_holds_day_0_is_not_before_it() -> None:
    weeks = [
        {"employee_id": "E1", "week_start": DAY_0 - days(before), "quality_score": score}
        for before, score in ((6, 10.0), (7, 80.0), (14, 70.0), (56, 30.0), (57, 99.0))
    ]
    row = episode(simple_world().adding("performance", *weeks))
    assert row["prior_quality_score_0_100"] == 60.0


def test_planned_leave_and_untyped_absence_are_not_unplanned() -> None:
    kinds = ["sick", "planned_leave", None, "statutory_leave", "no_show", "unplanned_other"]
    shifts = [
        {
            "employee_id": "E1",
            "shift_date": DAY_0 - days(1 + number),
            "scheduled_hours": 8.0,
            "absent_hours": 4.0,
            "absence_type": kind,
        }
        for number, kind in enumerate(kinds)
    ]
    shifts.append({**shifts[0], "shift_date": DAY_0, "absent_hours": 8.0})
    shifts.append({**shifts[0], "shift_date": DAY_0 - days(91), "absent_hours": 8.0})
    row = episode(simple_world().adding("shifts", *shifts))
    assert row["prior_unplanned_absence_rate"] == 12 / 48


def test_missing_optional_sources_leave_unknown_baselines() -> None:
    row = episode(simple_world())
    unknown = [name for name in row if name.startswith("prior_") and row[name] is None]
    assert len(unknown) == 7
    assert row["prior_session_count"] == 0


def test_roster_columns_beyond_the_known_ones_come_from_day_0() -> None:
    world = simple_world().adding(
        "roster",
        roster(effective_date=DAY_0, extra='{"shift":"late"}'),
        roster(effective_date=DAY_0 + days(1), extra='{"shift":"early"}'),
    )
    assert candidate(world)["roster_extra"] == '{"shift":"late"}'


def test_people_are_counted_to_tonight_and_compared_to_the_cut() -> None:
    """Whoever came or left since the cut is in marts.agent, and not yet in the comparison."""
    cut = dt.date(2024, 5, 31)
    came = roster("E2", effective_date=cut + days(5), hire_date=cut + days(5))
    stayed = [roster("E3"), session("S3", employee_id="E3")]
    late = session("S4", employee_id="E3", started_at=dt.datetime(2024, 6, 10, 9, 0))
    world = World(
        {
            "roster": [roster(), came, stayed[0]],
            "coaching_sessions": [session(), stayed[1], late],
            "attrition": [leaving(cut + days(10))],
        },
        data_until=cut,
        counts_until=cut + days(20),
    )
    with built(world, (*TRIAL, "agent")) as con:
        agents = {row["agent_key"]: row for row in mart(con, "agent")}
        episodes = {row["agent_key"]: row for row in mart(con, "coaching_episode")}
    left, new, there = (agents[key_of(each)] for each in ("E1", "E2", "E3"))
    assert (left["is_employed"], left["exit_type"]) == (False, "voluntary")
    assert episodes[key_of("E1")]["exit_type"] is None
    assert episodes[key_of("E1")]["follow_up_days"] == (cut - DAY_0).days
    assert (new["is_employed"], new["tenure_days"], new["is_in_analysis"]) == (True, 15, False)
    assert (there["n_sessions"], there["is_in_analysis"]) == (2, True)
    assert episodes.keys() == {key_of("E1"), key_of("E3")}
