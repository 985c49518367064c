"""From staged survey responses to their scores."""

from __future__ import annotations

import polars as pl

from pipelines.contracts.sources import load_contracts
from pipelines.core.queries import statement
from pipelines.core.warehouse import (
    Connection,
    fetch,
    fetch_query,
    read_table,
    tables_with_columns,
    write,
)
from pipelines.measurement.reliability import summarise_scales
from pipelines.measurement.responses import Ranges, ScoredResponses, score_responses

SOURCE = "fatigue_surveys"
SCORE_TABLE = "staging.fatigue_score"
SCORE_TABLES = {
    SCORE_TABLE: "Every survey response with its scales on 0-100 and what was wrong with it.",
    "staging.fatigue_scale": "Every scale of every response, as its questionnaire scores it.",
    "quality.instrument_scale": "How each scale was answered, and how consistently.",
}


RESPONSE_COLUMNS = ("response_id", "employee_id", "submitted_on", "instrument", "extra")
_SCORED_FROM = "staging.fatigue_scored_from"
"""Which deliveries the scores were last made from, and which of their rows didn't count yet."""


def is_scored(con: Connection) -> bool:
    """Whether the scores are of all answers that have been delivered."""
    if not {SCORE_TABLE, _SCORED_FROM} <= set(tables_with_columns(con)):
        return False
    now = fetch(con, statement("loading/scored_from"), {"source": SOURCE})
    return now.equals(read_table(con, _SCORED_FROM))


def landing_ranges() -> Ranges:
    """The lowest and the highest score of each scale that may arrive as a score."""
    return {
        column.name: (float(str(column.min)), float(str(column.max)))
        for column in load_contracts().source(SOURCE).columns
        if column.type == "number"
    }


def write_fatigue_scores(con: Connection) -> ScoredResponses:
    """Write the `SCORE_TABLES` from ``staging.fatigue_surveys``."""
    ranges = landing_ranges()
    responses = fetch_query(con, "scores/response").select(*RESPONSE_COLUMNS, *ranges)
    scored = score_responses(responses, ranges)
    write(con, SCORE_TABLE, scored.responses)
    write(con, "staging.fatigue_scale", scored.scales)
    write(con, "quality.instrument_scale", summarise_scales(scored))
    now = fetch(con, statement("loading/scored_from"), {"source": SOURCE})
    write(con, _SCORED_FROM, now.cast({"fingerprint": pl.String}))
    return scored
