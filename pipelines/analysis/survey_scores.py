"""From staged survey responses to their scores."""

from __future__ import annotations

from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import (
    Connection,
    fetch_query,
    fetch_value,
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
_ASIDE = (
    "select string_agg(concat_ws(':', file_id, reason, fingerprint), ' ' order by file_id, reason) "
    f"from ledger.aside_count where source = '{SOURCE}'"
)
_DELIVERIES = (
    f"select concat_ws(' ', fingerprint, ({_ASIDE})) from ledger.raw_view where source = '{SOURCE}'"
)


def is_scored(con: Connection) -> bool:
    """Whether the scores are of all answers that have been delivered."""
    if not {SCORE_TABLE, _SCORED_FROM} <= set(tables_with_columns(con)):
        return False
    query = f"select fingerprint is not distinct from ({_DELIVERIES}) from {_SCORED_FROM}"
    return bool(fetch_value(con, query))


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
    con.execute(f"create or replace table {_SCORED_FROM} as select ({_DELIVERIES}) as fingerprint")
    return scored
