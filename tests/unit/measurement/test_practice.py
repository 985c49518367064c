"""What is done in sessions, against a recount in plain Python, and never about too few."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts.behaviours import BEHAVIOURS
from pipelines.core.status import NO_DATA, SHOWN, SUPPRESSED, TOO_EARLY
from pipelines.measurement import practice_counts
from pipelines.measurement.coach_mix import coach_mix_rows, people_per_coach_rows
from pipelines.measurement.practice_counts import (
    POOLED,
    MinimumSessions,
    practice_table,
    session_rows,
    sessions_per_agent_rows,
)
from pipelines.measurement.practice_summary import without_few_coaches
from pipelines.measurement.training_attendance import training_rows

ARMS = ("mentor", "manager")
UNTIL = dt.date(2026, 10, 31)
FLOOR = MinimumSessions(4, 2)
SESSION_SCHEMA = {
    "agent_key": pl.String,
    "coach_key": pl.String,
    "arm": pl.String,
    "duration_minutes": pl.Float64,
    "modality": pl.String,
    "trigger": pl.String,
    "follow_up_due": pl.Date,
    "follow_up_done": pl.Date,
    **dict.fromkeys(BEHAVIOURS, pl.Boolean),
}
Session = dict[str, Any]


def world(
    seed: int, n_sessions: int = 120, n_agents: int = 14, n_coaches: int = 5
) -> list[Session]:
    chance = random.Random(seed)

    def some_day() -> dt.date | None:
        days = chance.choice([None, -40, -3, 0, 1, 20])
        return None if days is None else UNTIL + dt.timedelta(days=days)

    return [
        {
            "agent_key": f"a{chance.randrange(n_agents)}",
            "coach_key": chance.choice([None, *(f"c{i}" for i in range(n_coaches))]),
            "arm": chance.choice([*ARMS, None]),
            "duration_minutes": chance.choice([None, 10.0, 25.0, 40.0]),
            "modality": chance.choice(["video", "phone", "phone", "chat", None]),
            "trigger": chance.choice(["scheduled"] * 9 + ["other", "metric_miss", None]),
            "follow_up_due": some_day(),
            "follow_up_done": some_day(),
            **{name: chance.choice([True, True, False, None]) for name in BEHAVIOURS},
        }
        for _ in range(n_sessions)
    ]


def frame(sessions: list[Session]) -> pl.DataFrame:
    return pl.DataFrame(sessions, schema=SESSION_SCHEMA)


def rows_of(
    sessions: list[Session], minimum: MinimumSessions = FLOOR
) -> dict[tuple[Any, ...], dict[str, Any]]:
    rows = session_rows(frame(sessions), ARMS, minimum, UNTIL)
    return {(row["topic"], row["measure"], row["arm"]): row for row in rows}


def is_enough(sessions: list[Session], minimum: MinimumSessions = FLOOR) -> bool:
    people = {each["agent_key"] for each in sessions}
    coaches = {each["coach_key"] for each in sessions} - {None}
    return len(people) >= minimum.n_people and len(coaches) >= minimum.n_coaches


def check_share(row: dict[str, Any], known: list[Session], seen: list[Session]) -> None:
    unseen = [each for each in known if each not in seen]
    if not known:
        assert row["status"] == NO_DATA
    elif not (is_enough(seen) and is_enough(unseen)):
        assert row["value"] is None
        assert row["n_sessions"] is None
        assert row["status"] == SUPPRESSED
    else:
        assert (row["status"], row["reason"]) == (SHOWN, None)
        assert row["value"] == pytest.approx(len(seen) / len(known))
        assert row["n_sessions"] == len(known)
        assert row["n_people"] == len({each["agent_key"] for each in known})
        assert row["n_coaches"] == len({each["coach_key"] for each in known} - {None})


@pytest.mark.parametrize("n_sessions", [0, 12, 40, 120])
@pytest.mark.parametrize("seed", range(4))
def test_shares_and_means_are_those_of_a_recount(seed: int, n_sessions: int) -> None:
    sessions = [each | {"id": i} for i, each in enumerate(world(seed, n_sessions))]
    rows = rows_of([{k: v for k, v in each.items() if k != "id"} for each in sessions])
    for arm in ARMS:
        mine = [each for each in sessions if each["arm"] == arm]
        for name in BEHAVIOURS:
            known = [each for each in mine if each[name] is not None]
            check_share(rows["behaviour", name, arm], known, [e for e in known if e[name]])
        due = [each for each in mine if each["follow_up_due"] and each["follow_up_due"] <= UNTIL]
        done = [each for each in due if each["follow_up_done"] and each["follow_up_done"] <= UNTIL]
        check_share(rows["follow_up", "done", arm], due, done)
        length = rows["length", "length", arm]
        minutes = [each for each in mine if each["duration_minutes"] is not None]
        by_person: dict[str, float] = defaultdict(float)
        for each in minutes:
            by_person[each["agent_key"]] += each["duration_minutes"]
        total = sum(by_person.values())
        if is_enough(minutes) and max(by_person.values()) <= total / 2:
            assert length["value"] == pytest.approx(total / len(minutes))
        else:
            assert length["value"] is None


@pytest.mark.parametrize("topic", ["modality", "trigger"])
@pytest.mark.parametrize("seed", range(6))
def test_categories_add_up_and_none_is_of_too_few(seed: int, topic: str) -> None:
    sessions = world(seed, n_sessions=60)
    rows = [row for row in rows_of(sessions).values() if row["topic"] == topic]
    for arm in ARMS:
        known = [each for each in sessions if each["arm"] == arm and each[topic]]
        mine = [row for row in rows if row["arm"] == arm]
        if len(mine) == 1:
            assert mine[0]["value"] is None
            continue
        assert sum(row["value"] for row in mine) == pytest.approx(1)
        assert sum(row["n_sessions"] for row in mine) == len(known)
        shown = {row["measure"] for row in mine}
        for row in mine:
            is_pool = row["measure"] == POOLED
            part = [e for e in known if (e[topic] not in shown - {POOLED}) == is_pool]
            if not is_pool:
                part = [each for each in known if each[topic] == row["measure"]]
            assert is_enough(part)
            assert row["n_sessions"] == len(part)
            assert row["n_people"] == len({each["agent_key"] for each in part})


def test_nobody_makes_most_of_a_mean() -> None:
    sessions = world(1)
    hog = [each | {"agent_key": "a0", "duration_minutes": 9000.0} for each in sessions[:1]]
    both = [each | {"arm": ARMS[0]} for each in sessions] + [
        each | {"arm": ARMS[0]} for each in hog
    ]
    assert rows_of([each | {"arm": ARMS[0]} for each in sessions])["length", "length", ARMS[0]][
        "value"
    ]
    assert rows_of(both)["length", "length", ARMS[0]]["value"] is None


def test_all_and_none_are_hidden_alike() -> None:
    for seen in (True, False):
        sessions = [each | {BEHAVIOURS[0]: seen} for each in world(2)]
        row = rows_of(sessions)["behaviour", BEHAVIOURS[0], ARMS[0]]
        assert row["value"] is None
        assert row["status"] == SUPPRESSED


@pytest.mark.parametrize("seed", range(3))
def test_sessions_per_agent_are_those_of_agents_followed_long_enough(seed: int) -> None:
    chance = random.Random(seed)
    episodes: list[Session] = [
        {
            "agent_key": f"a{i}",
            "coach_key": f"c{chance.randrange(4)}",
            "arm": chance.choice(ARMS),
            "follow_up_days": chance.choice([20, 179, 180, 400]),
            "n_sessions_180": chance.randrange(1, 9),
        }
        for i in range(60)
    ]
    for row in sessions_per_agent_rows(pl.DataFrame(episodes), ARMS, FLOOR):
        mine = [e for e in episodes if e["arm"] == row["arm"] and e["follow_up_days"] >= 180]
        n = sum(each["n_sessions_180"] for each in mine)
        assert (row["n_people"], row["n_sessions"]) == (len(mine), n)
        assert row["value"] == pytest.approx(n / len(mine))
    begun = [each | {"follow_up_days": 30} for each in episodes]
    early = sessions_per_agent_rows(pl.DataFrame(begun), ARMS, FLOOR)
    assert [row["status"] for row in early] == [TOO_EARLY] * 2, "nobody had time for 180 days yet"


MIX: dict[str, Callable[[float], bool]] = {
    "none": lambda x: x == 0,
    "all": lambda x: x == 100,
}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 260), st.integers(1, 30))
def test_bands_of_coaches_hold_enough_and_everybody(seed: int, n: int, n_coaches: int) -> None:
    """Every band is of enough coaches and people; together they are all coaches that count."""
    chance = random.Random(seed)
    leaning = {f"c{i}": chance.choice([0, 0.1, 0.5, 0.7, 1]) for i in range(n_coaches)}
    sessions = []
    for _ in range(n):
        coach = f"c{chance.randrange(n_coaches)}"
        arm = ARMS[0] if chance.random() < leaning[coach] else ARMS[1]
        sessions.append({"agent_key": f"a{chance.randrange(40)}", "coach_key": coach, "arm": arm})
    table = frame([dict.fromkeys(SESSION_SCHEMA) | each for each in sessions])
    counts: dict[str, list[bool]] = defaultdict(list)
    for each in sessions:
        counts[each["coach_key"]].append(each["arm"] == ARMS[0])
    shares = {c: 100 * sum(of) / len(of) for c, of in counts.items() if len(of) >= 5}
    rows = coach_mix_rows(table, ARMS[0], FLOOR)
    if rows[0]["status"] != SHOWN:
        people = {each["agent_key"] for each in sessions if each["coach_key"] in shares}
        assert len(rows) == 1
        assert len(shares) < FLOOR.n_coaches or len(people) < FLOOR.n_people
        return
    assert sum(row["n_coaches"] for row in rows) == len(shares)
    assert sum(row["value"] for row in rows) == pytest.approx(1)
    for row in rows:
        assert row["n_coaches"] >= FLOOR.n_coaches
        assert row["n_people"] >= FLOOR.n_people
        if row["measure"] in MIX:
            members = {c for c, share in shares.items() if MIX[row["measure"]](share)}
            assert row["n_coaches"] == len(members)
            assert row["n_people"] == len(
                {each["agent_key"] for each in sessions if each["coach_key"] in members}
            )
    is_both = [0 < share < 100 for share in shares.values()]
    told = [row["n_coaches_both"] for row in rows]
    if None in told:
        assert told == [None] * len(rows)
        assert any(is_both), "nobody who gives both leaves nothing to hide"
    else:
        assert sum(told) == sum(is_both)
        left = [row["n_coaches"] - row["n_coaches_both"] for row in rows]
        assert all(n == 0 or n >= FLOOR.n_coaches for n in [*told, *left])


def mix_of(percents: list[int]) -> list[dict[str, Any]]:
    """The rows of coaches who gave so many of 100 sessions of the first kind, each own people."""
    sessions = [
        {"agent_key": f"a{i}-{j}", "coach_key": f"c{i}", "arm": ARMS[0] if j < n else ARMS[1]}
        for i, n in enumerate(percents)
        for j in range(100)
    ]
    return coach_mix_rows(
        frame([dict.fromkeys(SESSION_SCHEMA) | each for each in sessions]), ARMS[0], FLOOR
    )


def test_coaches_who_give_both_are_counted_before_bands_stand_together() -> None:
    """One of 18 in 100 draws its band under 20: still all give both, and that one isn't told."""
    rows = mix_of([18, 30, 45, 50, 60, 70, 75])
    assert sum(row["n_coaches_both"] for row in rows) == 7
    assert {row["n_coaches_mixed"] for row in rows} == {None}
    rows = mix_of([90, 95, 99, 100, 100, 100])
    assert [(row["n_coaches_both"], row["n_coaches"]) for row in rows] == [(3, 3), (0, 3)]
    rows = mix_of([100, 50, 60, 70, 75, 45])
    assert {row["n_coaches_both"] for row in rows} == {None}, "one alone gives one kind"


def test_coaches_of_each_kind_are_hidden_where_their_difference_is() -> None:
    of_kind = [practice_counts.empty_row() | {"arm": arm, "n_coaches": n, "topic": "length"}
               for arm, n in zip(ARMS, (6, 5), strict=True)]  # fmt: skip
    for percents, told in (([100, 50, 60, 70, 75, 45], [None, None]), ([50] * 6, [6, 5])):
        table = without_few_coaches(practice_table([*of_kind, *mix_of(percents)]))
        assert table.filter(topic="length")["n_coaches"].to_list() == told
        assert table.filter(topic="coach_mix")["n_coaches"].null_count() == 0


def test_people_per_coach_are_bands_of_a_recount() -> None:
    sizes = [1, 1, 2, 4, 6, 7, 8, 12, 13, 25, 26, 27, 60, 61]
    episodes = [
        {"agent_key": f"a{i}-{j}", "coach_key": f"c{i}"}
        for i, size in enumerate(sizes)
        for j in range(size)
    ]
    rows = people_per_coach_rows(pl.DataFrame(episodes), MinimumSessions(10, 2))
    told = [(row["measure"], row["n_coaches"], row["n_people"]) for row in rows]
    assert told == [
        ("1 to 9", 7, 29),
        ("10 to 19", 2, 25),
        ("20 to 29", 3, 78),
        ("50 or more", 2, 121),
    ]


def test_formats_of_a_course_stand_together_where_few_attended() -> None:
    def attended(course: str, form: str | None, n: int) -> list[dict[str, Any]]:
        return [
            {
                "agent_key": f"{course}-{form}-{i}",
                "course": course,
                "format": form,
                "is_first": True,
            }
            for i in range(n)
        ]

    again = [{**attended("c1", "remote", 1)[0], "is_first": False, "format": "split"}]
    people = [
        *attended("c1", "remote", 9), *attended("c1", "onsite", 5), *attended("c1", None, 2),
        *attended("c2", "remote", 3), *attended("c3", "split", 6), *again,
    ]  # fmt: skip
    rows = training_rows(pl.DataFrame(people), MinimumSessions(4, 2))
    told = [(row["measure"], row["level"], row["n_people"]) for row in rows]
    assert told == [
        ("c1", "all", 16), ("c1", "remote", 9), ("c1", POOLED, 7),
        ("c2", "all", None), ("c3", "all", 6),
    ]  # fmt: skip
    assert rows[3]["status"] == SUPPRESSED
    assert practice_table(rows).height == len(rows)
