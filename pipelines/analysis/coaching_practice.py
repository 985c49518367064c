"""From the marts to `outcomes.coaching_practice`: what is done, by whom, and who was trained."""

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
from pipelines.measurement.training_attendance import training_rows


def write_coaching_practice(con: Connection, settings: Settings) -> int:
    """Write the table, small groups dealt with; returns its number of rows."""
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
    write(con, "outcomes.coaching_practice", table)
    return table.height
