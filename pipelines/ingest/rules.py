"""The row rules of the contracts as SQL over the rows of one delivery.

The delivery stands in the temporary table ``incoming``: ``line_number`` and every canonical
column as delivered text. What breaks a rule goes into the temporary table ``rejected``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.contracts import casts
from pipelines.contracts.model import Column, Source
from pipelines.ingest.readers import BrokenRecord
from pipelines.warehouse import Connection, append, fetch

WRONG_FIELD_COUNT = "wrong_field_count"
REQUIRED = "required"
TYPE = "type"
RANGE = "range"
ALLOWED_VALUES = "allowed_values"


@dataclass(frozen=True)
class CellRule:
    """A rule on one column: ``condition`` holds in a row that breaks it."""

    rule: str
    column: str
    condition: str
    expected: str


@dataclass(frozen=True)
class RejectedCell:
    """One value that broke a rule; ``column`` is None where the whole record did."""

    line_number: int
    rule: str
    column: str | None
    value: str | None
    expected: str

    def describe(self, *, with_value: bool = True) -> str:
        """Say in words where the value stands and what is wrong with it."""
        if self.column is None:
            return f"line {self.line_number}: {self.expected}"
        place = f"line {self.line_number}, column {self.column}"
        if self.value is None:
            return f"{place}: is empty, expected {self.expected}"
        shown = repr(_shortened(self.value)) if with_value else "the value"
        return f"{place}: {shown} is not {self.expected}"


def cell_rules(source: Source) -> list[CellRule]:
    """Every rule that the contract sets for single values, over cleaned text."""
    return [rule for column in source.columns for rule in _column_rules(column)]


def _column_rules(column: Column) -> list[CellRule]:
    name = column.name
    rules = []
    if column.required:
        rules.append(CellRule(REQUIRED, name, f"{name} is null", "a value"))
    typed = casts.cast(column, name)
    if column.type != "text":
        unreadable = f"({name} is not null and ({typed}) is null)"
        rules.append(CellRule(TYPE, name, unreadable, casts.EXPECTED_TYPES[column.type]))
    out_of_range = casts.is_out_of_range(column, f"({typed})")
    if out_of_range is not None:
        rules.append(CellRule(RANGE, name, out_of_range, casts.expected_range(column)))
    not_allowed = casts.is_not_allowed(column, name)
    if not_allowed is not None:
        rules.append(CellRule(ALLOWED_VALUES, name, not_allowed, casts.expected_values(column)))
    return rules


def find_rejected(con: Connection, source: Source, broken: Sequence[BrokenRecord]) -> None:
    """Fill the temporary table ``rejected``: line_number, rule, column_name, value, expected."""
    con.execute(
        "create or replace temp table rejected (line_number bigint, rule varchar, "
        "column_name varchar, value varchar, expected varchar, position integer)"
    )
    rules = cell_rules(source)
    columns = ", ".join(f"{casts.clean(name)} as {name}" for name in source.column_names)
    any_broken = " or ".join(rule.condition for rule in rules)
    # Materialized, or every condition would clean and cast its columns anew: 8 times slower.
    con.execute(
        "create or replace temp table suspicious as "
        f"with cleaned as materialized (select line_number, {columns} from incoming) "
        f"select * from cleaned where {any_broken}"
    )
    con.execute(
        "insert into rejected "
        + " union all ".join(_rejected_by(rule, index) for index, rule in enumerate(rules))
    )
    con.execute("drop table suspicious")
    if broken:
        append(con, "rejected", _broken_records(broken))


def _rejected_by(rule: CellRule, position: int) -> str:
    return (
        f"select line_number, {casts.literal(rule.rule)}, {casts.literal(rule.column)}, "
        f"{rule.column}, {casts.literal(rule.expected)}, {position} "
        f"from suspicious where {rule.condition}"
    )


def _broken_records(broken: Sequence[BrokenRecord]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "line_number": [record.line_number for record in broken],
            "rule": [WRONG_FIELD_COUNT] * len(broken),
            "column_name": [None] * len(broken),
            "value": [record.text for record in broken],
            "expected": [_expected_fields(record) for record in broken],
            "position": [-1] * len(broken),
        },
        schema={
            "line_number": pl.Int64,
            "rule": pl.String,
            "column_name": pl.String,
            "value": pl.String,
            "expected": pl.String,
            "position": pl.Int32,
        },
    )


def _expected_fields(record: BrokenRecord) -> str:
    fields = "value" if record.n_fields == 1 else "values"
    return f"has {record.n_fields} {fields}, the header has {record.n_expected}"


def first_rejected(con: Connection, limit: int) -> list[RejectedCell]:
    """The first broken rules in order of line and column."""
    rows = fetch(
        con,
        "select line_number, rule, column_name, value, expected from rejected "
        f"order by line_number, position limit {limit}",
    )
    return [RejectedCell(*row) for row in rows.iter_rows()]


def _shortened(value: str) -> str:
    return value if len(value) <= 80 else f"{value[:77]}..."
