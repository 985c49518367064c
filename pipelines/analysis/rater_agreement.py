"""How far coded behaviours can be relied on: against the label, and rater against rater."""

from __future__ import annotations

import polars as pl

from pipelines.contracts import casts
from pipelines.contracts.behaviours import BEHAVIOURS
from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import Connection, fetch, write
from pipelines.measurement.style_coding import rater_agreement, style_agreement

SEED = 1
"""Of the bootstrap: the same data give the same ranges every night."""


def write_style_agreement(con: Connection) -> int:
    """Write `quality.style_agreement` from ``marts.coaching_session``; returns its rows."""
    sessions = fetch(
        con,
        "select agent_key, coach_key, style, style_from_behaviours from marts.coaching_session "
        "order by agent_key, session_number",
    )
    agreement = style_agreement(sessions)
    write(con, "quality.style_agreement", agreement)
    return agreement.height


def write_rater_agreement(con: Connection) -> int:
    """Write `quality.rater_agreement` from ``raw.coaching_sessions``; returns its rows."""
    agreement = rater_agreement(read_ratings(con), seed=SEED)
    write(con, "quality.rater_agreement", agreement)
    return agreement.height


def read_ratings(con: Connection) -> pl.DataFrame:
    """Every rater's coding of every session up to the end of data.

    A session has one staged row, the newest delivered; the row of another rater with the same
    session stands behind it in raw. So ratings are read there: accepted rows of sessions that
    stand, and of those of one rater the newest. Who was coached by whom is taken from the staged
    row. Columns: session_id, rater_id, employee_id, coach_id, the behaviours.
    """
    source = load_contracts().source("coaching_sessions")
    typed = ", ".join(
        f"{casts.cast(source.column(name), casts.clean(name))} as {name}"
        for name in ("session_id", "rater_id", *BEHAVIOURS)
    )
    behaviours = ", ".join(f"rating.{name}" for name in BEHAVIOURS)
    return fetch(
        con,
        f"""
        with typed as (
            select {typed}, file_id, line_number
            from raw.coaching_sessions
            where not is_quarantined
        ),
        rating as (
            select *
            from typed
            where rater_id is not null
            qualify row_number() over (
                partition by session_id, rater_id
                order by file_id desc, line_number desc
            ) = 1
        )
        select
            rating.session_id, rating.rater_id, session.employee_id, session.coach_id, {behaviours}
        from rating
        inner join staging.coaching_sessions as session on session.session_id = rating.session_id
        cross join staging.study_setting as setting
        where cast(session.started_at as date) <= setting.data_until
        order by rating.session_id, rating.rater_id
        """,
    )
