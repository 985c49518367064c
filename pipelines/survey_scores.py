"""From staged survey responses to their scores."""

from __future__ import annotations

from pipelines.contracts.model import load_contracts
from pipelines.measurement.reliability import summarise_scales
from pipelines.measurement.responses import Ranges, ScoredResponses, score_responses
from pipelines.warehouse import Connection, fetch, write

SOURCE = "fatigue_surveys"
SCORE_TABLE = "staging.fatigue_score"
SCORE_TABLES = {
    SCORE_TABLE: "Every survey response with its scales on 0-100 and what was wrong with it.",
    "staging.fatigue_scale": "Every scale of every response, as its questionnaire scores it.",
    "quality.instrument_scale": "How each scale was answered, and how consistently.",
}


def landing_ranges() -> Ranges:
    """The lowest and the highest score of each scale that may arrive as a score."""
    return {
        column.name: (float(str(column.min)), float(str(column.max)))
        for column in load_contracts().source(SOURCE).columns
        if column.type == "number"
    }


def write_fatigue_scores(con: Connection) -> ScoredResponses:
    """Write the `SCORE_TABLES` from ``staging.fatigue_surveys``."""
    columns = ", ".join(landing_ranges())
    responses = fetch(
        con,
        f"select response_id, employee_id, submitted_on, instrument, extra, {columns} "
        f"from staging.{SOURCE} order by response_id",
    )
    scored = score_responses(responses, landing_ranges())
    write(con, SCORE_TABLE, scored.responses)
    write(con, "staging.fatigue_scale", scored.scales)
    write(con, "quality.instrument_scale", summarise_scales(scored))
    return scored
