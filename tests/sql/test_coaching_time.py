"""What worth and label checks read, against a recount person by person in plain Python."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from pipelines.analysis.segments import read_minutes, read_sessions, styles_on_day_0
from tests.sql.worlds import World, built, mart, random_world

HORIZONS = (30, 120)
MARTS = ("episode_session",)


def timed_world(seed: int) -> World:
    """A random world of more people whose sessions have lengths, some of them unknown."""
    world, draw = random_world(seed, n_people=40), random.Random(seed)
    sessions = [
        row | {"duration_minutes": draw.choice((None, 20.0, 45.0, 30.0))}
        for row in world.of("coaching_sessions")
    ]
    return replace(world, rows=world.rows | {"coaching_sessions": sessions})


@pytest.mark.parametrize("seed", range(6))
def test_minutes_and_labels_person_by_person(seed: int) -> None:
    world = timed_world(seed)
    with built(world, MARTS) as con:
        minutes = read_minutes(con, HORIZONS).to_dicts()
        sessions = read_sessions(con).to_dicts()
        styles = {row["agent_key"]: row for row in styles_on_day_0(con).to_dicts()}
        episodes = {row["agent_key"]: row for row in mart(con, "coaching_episode")}
        held = [row for row in mart(con, "coaching_session") if row["agent_key"] in episodes]
        (setting,) = con.sql(
            "select arm_a, arm_b, data_until from staging.study_setting"
        ).fetchall()
    arm_a, arm_b, data_until = setting
    assert len(minutes) == len(HORIZONS) * len(episodes)
    for row in minutes:
        day_0 = episodes[row["agent_key"]]["day_0"]
        within = [
            each["duration_minutes"]
            for each in held
            if each["agent_key"] == row["agent_key"]
            and 0 <= (each["session_date"] - day_0).days <= row["horizon_days"]
        ]
        assert row["minutes"] == sum(length for length in within if length is not None)
        assert row["n_untimed"] == sum(length is None for length in within)
        assert row["is_window_complete"] == ((data_until - day_0).days >= row["horizon_days"])
    for row in sessions:
        lengths = [
            each["duration_minutes"]
            for each in held
            if all(each[name] == row[name] for name in ("agent_key", "coach_key", "arm"))
            and each["duration_minutes"] is not None
        ]
        assert (row["n_sessions"], row["minutes"]) == (len(lengths), sum(lengths))
    assert {row["arm"] for row in sessions} <= {arm_a, arm_b}
    assert set(styles) == set(episodes)
    for agent, episode in episodes.items():
        first = min(
            (
                each
                for each in held
                if (each["agent_key"], each["session_date"], each["arm"])
                == (agent, episode["day_0"], episode["arm"])
            ),
            key=lambda each: each["session_number"],
        )
        spoken = first["style_from_behaviours"]
        wanted = spoken == episode["arm"] if spoken in (arm_a, arm_b) else None
        assert styles[agent]["is_label_confirmed"] == wanted
