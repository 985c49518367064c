"""Small tables that the contracts list and the marts join, as SQL text: windows, absence types."""

from __future__ import annotations

from pathlib import Path

from pipelines.contracts.sources import Contracts
from pipelines.contracts.tables import outcome_windows
from pipelines.core.sql_text import literal

MARTS_FOLDER = Path(__file__).resolve().parents[2] / "sql" / "marts"


def lookup_models(contracts: Contracts) -> dict[Path, str]:
    """The path and the text of every lookup table's model."""
    absence_type = contracts.source("shifts").column("absence_type")
    return {
        MARTS_FOLDER / "outcome_window.sql": _model(
            "outcome_window",
            "one row per outcome beyond exits, with the days after day 0 that count",
            "metrics.yml",
            [
                f"{literal(outcome)} as outcome, {first} as first_day, {last} as last_day"
                for outcome, (first, last) in outcome_windows().items()
            ],
        ),
        MARTS_FOLDER / "absence_type.sql": _model(
            "absence_type",
            "one row per type of absence, and whether it counts as unplanned",
            "columns.yml",
            [
                f"{literal(name)} as absence_type, {str(kind == 'unplanned').lower()} "
                "as is_unplanned"
                for name, kind in absence_type.kinds
            ],
        ),
    }


def _model(name: str, grain: str, contract: str, rows: list[str]) -> str:
    selects = "\n    union all\n".join(f"    select {row}" for row in rows)
    return f"""-- marts.{name}: {grain}.
-- Private. Written by `python -m pipelines.contracts.generate` from contracts/{contract}; change
-- it there.
with {name} as (
{selects}
)

select * from {name}
"""
