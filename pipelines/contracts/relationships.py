"""How the published tables hang together: `meta.relationship`, made of the contracts.

A key of which some columns may be NULL is a ``unique_key``, no primary one: a join by equality
would drop these rows. A column that names a row of another table only in some of its own rows (an
exit before the calendar begins, a place that is pooled) is a ``reference``, no foreign key.
"""

from __future__ import annotations

import polars as pl

from pipelines.contracts.tables import Table, published_tables

_MONTH = ("marts.dim_month", "month")
PARENTS: dict[str, tuple[str, str]] = {
    "agent_key": ("marts.agent", "agent_key"),
    "supervisor_key": ("marts.agent", "agent_key"),
    "coach_key": ("marts.agent", "agent_key"),
    "month": _MONTH,
    "session_month": _MONTH,
    "submitted_month": _MONTH,
    "calendar_month": _MONTH,
    "outcome": ("meta.metric_info", "outcome"),
    "claim": ("outcomes.claim", "claim"),
}
"""Columns that name a row of another published table, and which one."""
_OUTCOMES_OF_THEIR_OWN = ("outcomes.claim", "outcomes.claim_estimate", "outcomes.event_study")
"""Claims and trainings are about more than the outcomes of the comparison."""
_OF_ONE_TABLE: tuple[tuple[str, str, str, str, str], ...] = (
    ("marts.hire_month", "hire_month", "foreign_key", *_MONTH),
    (
        "marts.fatigue_scale", "agent_key, response_number",
        "foreign_key", "marts.fatigue_response", "agent_key, response_number",
    ),
    ("outcomes.trend", "measure", "foreign_key", "meta.metric_info", "outcome"),
    ("marts.agent", "exit_month", "reference", *_MONTH),
    ("marts.agent", "hire_month", "reference", *_MONTH),
    ("marts.agent_month", "site, month", "reference", "marts.site_month", "site, month"),
    (
        "marts.agent_month", "site, team, month",
        "reference", "marts.team_month", "site, team, month",
    ),
    ("outcomes.coaching_practice", "topic", "reference", "outcomes.practice_summary", "topic"),
)  # fmt: skip
"""Keys of a table alone: its columns, the kind, and what they name."""

_Row = dict[str, str | None]


def relationships() -> pl.DataFrame:
    """``meta.relationship``: each table's key, and which columns name a row of another table."""
    rows = [row for table in published_tables() for row in _of_table(table)]
    return pl.DataFrame(rows, infer_schema_length=None)


def _of_table(table: Table) -> list[_Row]:
    """The key of a table first, then what it names."""
    kind = "unique_key" if table.null_in_key else "primary_key"
    rows = [_row(table.full_name, ", ".join(table.key), kind)]
    for column in table.columns:
        if column.name == "outcome" and table.full_name in _OUTCOMES_OF_THEIR_OWN:
            continue
        parent, name = PARENTS.get(column.name, (table.full_name, ""))
        if parent != table.full_name or (name and name != column.name):
            rows.append(_row(table.full_name, column.name, "foreign_key", parent, name))
    return rows + [_row(*each) for each in _OF_ONE_TABLE if each[0] == table.full_name]


def _row(
    table: str, columns: str, kind: str, parent: str | None = None, name: str | None = None
) -> _Row:
    return {
        "table_name": table,
        "column_names": columns,
        "kind": kind,
        "parent_table": parent,
        "parent_column": name,
    }
