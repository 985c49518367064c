"""From the marts to `outcomes.coaching_practice` and its summary: what is done, and by whom."""

from __future__ import annotations

from pipelines.config.settings import Settings
from pipelines.core.warehouse import Connection, fetch_query, write
from pipelines.measurement.coach_mix import coach_mix_rows, people_per_coach_rows
from pipelines.measurement.practice_counts import (
    MinimumSessions,
    practice_table,
    session_rows,
    sessions_per_agent_rows,
)
from pipelines.measurement.practice_summary import (
    practice_summary,
    with_gap,
    without_few_coaches,
)
from pipelines.measurement.training_attendance import training_rows


def write_coaching_practice(con: Connection, settings: Settings) -> dict[str, int]:
    """Write both tables, small groups dealt with; returns their numbers of rows."""
    arm_a, arm_b = settings.comparison.arm_a, settings.comparison.arm_b
    minimum = MinimumSessions(settings.privacy.min_group, settings.privacy.min_coaches)
    data_until = fetch_query(con, "practice/data_until").item()
    sessions = fetch_query(con, "practice/session")
    episodes = fetch_query(con, "practice/episode")
    training = fetch_query(con, "practice/training")
    table = practice_table(
        [
            *session_rows(sessions, (arm_a, arm_b), minimum, data_until),
            *sessions_per_agent_rows(episodes, (arm_a, arm_b), minimum),
            *coach_mix_rows(sessions, arm_a, minimum),
            *people_per_coach_rows(episodes, minimum),
            *training_rows(training, minimum),
        ]
    )
    told = with_gap(without_few_coaches(table), arm_a, arm_b)
    frames = {"coaching_practice": told, "practice_summary": practice_summary(told, arm_a)}
    for name, frame in frames.items():
        write(con, f"outcomes.{name}", frame)
    return {name: frame.height for name, frame in frames.items()}
