"""Who coached each entrant most after day 0, counted plainly from the landing frame of sessions.

A second road to ``estimates/later_coach``: the checks can be tried without the pipeline.
"""

from __future__ import annotations

import polars as pl


def later_coaches_frame(episodes: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """``agent_key`` and ``coach_key``, one row per episode with a session after day 0."""
    return (
        sessions.join(
            episodes.select("agent_key", "day_0"), left_on="employee_id", right_on="agent_key"
        )
        .filter(pl.col("started_at").dt.date() > pl.col("day_0"))
        .group_by(agent_key="employee_id", coach_key="coach_id")
        .agg(n_sessions=pl.len())
        .sort("n_sessions", "coach_key", descending=[True, False])
        .unique("agent_key", keep="first", maintain_order=True)
        .select("agent_key", "coach_key")
        .sort("agent_key")
    )
