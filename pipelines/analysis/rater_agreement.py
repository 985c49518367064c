"""How far coded behaviours can be relied on: against the label, and rater against rater."""

from __future__ import annotations

import polars as pl

from pipelines.contracts import casts
from pipelines.contracts.behaviours import BEHAVIOURS
from pipelines.contracts.sources import load_contracts
from pipelines.core.queries import statement
from pipelines.core.sql_text import Expression, identifier
from pipelines.core.warehouse import Connection, fetch_query, write
from pipelines.measurement.style_coding import rater_agreement, style_agreement

SEED = 1
"""Of the bootstrap: the same data give the same ranges every night."""


def write_style_agreement(con: Connection) -> int:
    """Write `quality.style_agreement` from ``marts.coaching_session``; returns its rows."""
    agreement = style_agreement(fetch_query(con, "style_agreement/session"))
    write(con, "quality.style_agreement", agreement)
    return agreement.height


def write_rater_agreement(con: Connection) -> int:
    """Write `quality.rater_agreement` from ``raw.coaching_sessions``; returns its rows."""
    agreement = rater_agreement(read_ratings(con), seed=SEED)
    write(con, "quality.rater_agreement", agreement)
    return agreement.height


def read_ratings(con: Connection) -> pl.DataFrame:
    """Every rater's coding of every session up to the end of data.

    Columns: session_id, rater_id, employee_id, coach_id, the behaviours.
    """
    source = load_contracts().source("coaching_sessions")
    typed = ", ".join(
        f"{casts.cast(source.column(name), casts.clean(name))} as {identifier(name)}"
        for name in ("session_id", "rater_id", *BEHAVIOURS)
    )
    columns, raw = Expression(typed), f"raw.{source.name}"
    con.execute(statement("loading/delivered_rating", columns=columns, raw=raw))
    return fetch_query(con, "rater_agreement/rating")
