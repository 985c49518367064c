"""Every model stays where DuckDB and Spark mean the same; and the lint sees who leaves."""

from __future__ import annotations

import pytest

from pipelines.contracts.sources import load_contracts
from pipelines.core.sql_models import load_models
from pipelines.core.warehouse import tables_with_columns
from pipelines.engine.safe_subset import Schema, problems
from tests.sql.worlds import World, built

TYPES = {"VARCHAR", "DATE", "TIMESTAMP", "DOUBLE", "INTEGER", "BIGINT", "BOOLEAN"}
"""What columns of models may be: other whole numbers go through Parquet as something else."""

MARKS = {
    "file_id": "INTEGER",
    "line_number": "BIGINT",
    "is_quarantined": "BOOLEAN",
    "is_tombstone": "BOOLEAN",
}
"""What a row of raw has beside its text."""


@pytest.fixture(scope="module")
def schema() -> Schema:
    """The types of every table that a model reads or makes, as DuckDB has them."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    with built(World()) as con:
        for table, columns in tables_with_columns(con).items():
            folder, _, name = table.partition(".")
            found.setdefault(folder, {})[name] = columns
    found["raw"] = {
        source.name: dict.fromkeys([*source.column_names, "extra"], "VARCHAR") | MARKS
        for source in load_contracts().landing
    }
    return found


def test_models_stay_in_the_safe_subset(schema: Schema) -> None:
    found = {
        f"{model.schema}/{model.path.name}": problems(model.path.read_text("utf-8"), schema)
        for model in load_models()
    }
    assert len(found) > 35
    assert {name: told for name, told in found.items() if told} == {}


def test_columns_of_models_have_types_that_both_engines_hand_over(schema: Schema) -> None:
    odd = {
        f"marts.{table}.{column}": kind
        for table, columns in schema["marts"].items()
        for column, kind in columns.items()
        if kind not in TYPES
    }
    assert odd == {}


SHIFTS = "select {} from staging.shifts as shift"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (SHIFTS.format("list_count([1, shift.absent_hours])"), "a list"),
        (SHIFTS.format("hash(shift.employee_id)"), "not tried"),
        (SHIFTS.format("quantile_cont(shift.absent_hours, 0.5)"), "not tried"),
        (SHIFTS.format("dayname(shift.shift_date)"), "not tried"),
        (SHIFTS.format("shift.absent_hours / shift.scheduled_hours"), "nullif"),
        (SHIFTS.format("shift.absent_hours / 0"), "nullif"),
        (SHIFTS.format("shift.file_id % 7"), "%"),
        (SHIFTS.format("cast(shift.absent_hours as integer)"), "round, floor"),
        (SHIFTS.format("cast(1.5 as integer)"), "round, floor"),
        (SHIFTS.format("try_cast(shift.absence_type as bigint)"), "split_part"),
        (SHIFTS.format("try_cast(shift.absence_type as integer)"), "only to"),
        (SHIFTS.format("try_cast(shift.absent_hours as date)"), "for texts"),
        (SHIFTS.format("cast(shift.absence_type as timestamptz)"), "offset"),
        (SHIFTS.format("date_diff('month', shift.shift_date, shift.shift_date)"), "12 * year"),
        (SHIFTS.format("date_diff('day', shift.shift_date, timestamp '2024-01-01')"), "24 hours"),
        (SHIFTS.format("date_trunc('week', shift.shift_date)"), "only months and quarters"),
        (SHIFTS.format("regr_slope(shift.absent_hours, shift.scheduled_hours)"), "max(x)"),
        (SHIFTS.format("regexp_full_match(shift.absence_type, '\\d+')"), "classes"),
        ("select * rename (absent_hours as hours) from staging.shifts", "rename"),
        ("select employee_id from staging.shifts limit 3", "limit"),
        ("select n from unnest(generate_series(1, 0)) as series (n)", "backwards"),
        (
            "select shift.employee_id from staging.shifts as shift "
            "asof left join staging.attrition as leaving "
            "on leaving.employee_id = shift.employee_id "
            "and leaving.separation_date >= shift.shift_date",
            "asof",
        ),
    ],
)
def test_who_leaves_the_safe_subset_is_told(schema: Schema, query: str, told: str) -> None:
    found = problems(query, schema)
    assert any(told in each for each in found), found


def test_the_safe_forms_are_let_pass(schema: Schema) -> None:
    safe = SHIFTS.format(
        "cast(floor(shift.absent_hours / nullif(shift.scheduled_hours, 0)) as integer), "
        "try_cast(split_part(shift.absence_type, '.', 1) as bigint), "
        "date_diff('day', shift.shift_date, cast(timestamp '2024-01-01' as date))"
    )
    assert problems(safe, schema) == []
