"""The row rules of the contracts as SQL over the rows of one delivery.

The delivery stands in the temporary table ``incoming``: ``line_number``, every canonical column
as canonical text, and ``delivered`` with the values that were written in another way. What breaks
a rule goes into the temporary table ``rejected``, with the value as delivered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.contracts import casts
from pipelines.contracts.model import Column, Source
from pipelines.ingest import translation
from pipelines.ingest.delivery import BrokenRecord, Delivery
from pipelines.mapping import SourceMapping
from pipelines.warehouse import Connection, append, fetch

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
    delivered_name: str | None = None
    """What the file calls the column, where that isn't its canonical name."""

    def describe(self, *, with_value: bool = True) -> str:
        """Say in words where the value stands and what is wrong with it."""
        if self.column is None:
            return f"line {self.line_number}: {self.expected}"
        place = f"line {self.line_number}, column {self.named_column}"
        if self.value is None:
            return f"{place}: is empty, expected {self.expected}"
        shown = repr(_shortened(self.value)) if with_value else "the value"
        return f"{place}: {shown} is not {self.expected}"

    @property
    def named_column(self) -> str:
        """The column by its delivered name, with the canonical one where they differ."""
        if self.delivered_name in (None, self.column):
            return self.column or ""
        return f"{self.delivered_name} ({self.column})"


def cell_rules(source: Source, mapping: SourceMapping) -> list[CellRule]:
    """Every rule that the contract sets for single values, over cleaned canonical text."""
    return [rule for column in source.columns for rule in _column_rules(column, mapping)]


def _column_rules(column: Column, mapping: SourceMapping) -> list[CellRule]:
    name = column.name
    rules = []
    if column.required:
        rules.append(CellRule(REQUIRED, name, f"{name} is null", "a value"))
    typed = casts.cast(column, name)
    if column.type != "text":
        unreadable = f"({name} is not null and ({typed}) is null)"
        expected = translation.expected_type(column, mapping)
        rules.append(CellRule(TYPE, name, unreadable, expected))
    out_of_range = casts.is_out_of_range(column, f"({typed})")
    if out_of_range is not None:
        expected = translation.expected_range(column, mapping)
        rules.append(CellRule(RANGE, name, out_of_range, expected))
    not_allowed = casts.is_not_allowed(column, name)
    if not_allowed is not None:
        expected = translation.expected_values(column, mapping)
        rules.append(CellRule(ALLOWED_VALUES, name, not_allowed, expected))
    return rules


def find_rejected(
    con: Connection, source: Source, broken: Sequence[BrokenRecord], mapping: SourceMapping
) -> None:
    """Fill the temporary table ``rejected``: line_number, rule, column_name, value, expected."""
    con.execute(
        "create or replace temp table rejected (line_number bigint, rule varchar, "
        "column_name varchar, value varchar, expected varchar, position integer)"
    )
    rules = cell_rules(source, mapping)
    columns = ", ".join(f"{casts.clean(name)} as {name}" for name in source.column_names)
    any_broken = " or ".join(rule.condition for rule in rules)
    # Materialized, or every condition would clean and cast its columns anew: 8 times slower.
    con.execute(
        "create or replace temp table suspicious as "
        f"with cleaned as materialized (select line_number, delivered, {columns} "
        "from incoming) "
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
        f"{as_delivered(rule.column)}, {casts.literal(rule.expected)}, {position} "
        f"from suspicious where {rule.condition}"
    )


def as_delivered(column: str) -> str:
    """SQL: a cleaned value as it was delivered, NULL where it was empty."""
    return f"coalesce(json_extract_string(delivered, '$.{column}'), {column})"


def _broken_records(broken: Sequence[BrokenRecord]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "line_number": [record.line_number for record in broken],
            "rule": [record.rule for record in broken],
            "column_name": [None] * len(broken),
            "value": [record.text for record in broken],
            "expected": [record.problem for record in broken],
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


def first_rejected(con: Connection, delivery: Delivery, limit: int) -> list[RejectedCell]:
    """The first broken rules in order of line and column."""
    return _rejected_cells(con, delivery, f"limit {limit}")


def all_rejected(con: Connection, delivery: Delivery) -> list[RejectedCell]:
    """Every broken rule in order of line and column."""
    return _rejected_cells(con, delivery, "")


def _rejected_cells(con: Connection, delivery: Delivery, limit: str) -> list[RejectedCell]:
    rows = fetch(
        con,
        "select line_number, rule, column_name, value, expected from rejected "
        f"order by line_number, position {limit}",
    )
    names = delivery.delivered_names
    return [
        RejectedCell(line, rule, column, value, expected, names.get(column or ""))
        for line, rule, column, value, expected in rows.iter_rows()
    ]


def _shortened(value: str) -> str:
    return value if len(value) <= 80 else f"{value[:77]}..."
