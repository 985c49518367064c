"""The row rules of the contracts as SQL conditions, and what a broken one is called."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.config.mapping import SourceMapping
from pipelines.contracts import casts
from pipelines.contracts.sources import Column, PersonalData
from pipelines.core.line_numbers import line_name
from pipelines.ingest.validate import identifiers, mapping_sql
from pipelines.personal_data.log_redaction import NOT_TOLD, loggable, shape_of

REQUIRED = "required"
TYPE = "type"
RANGE = "range"
ALLOWED_VALUES = "allowed_values"
UNREAD = "? "
"""Begins what a recipe's macro couldn't read."""


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
    personal_data: PersonalData = "identifier"
    """Of the column; it decides whether the value may be told."""

    def describe(self, *, with_value: bool = True) -> str:
        """Say where the value is and what is wrong with it; the value only if it may be logged."""
        if self.column is None:
            return f"line {line_name(self.line_number)}: {self.expected}"
        place = f"line {line_name(self.line_number)}, column {self.named_column}"
        if self.value is None:
            return f"{place}: is empty, expected {self.expected}"
        shown = loggable(self.value, self.personal_data) if with_value else NOT_TOLD
        if with_value and shown == NOT_TOLD:
            shown = f"{NOT_TOLD} ({shape_of(self.value.removeprefix(UNREAD))})"
        return f"{place}: {shown} is not {self.expected}"

    @property
    def named_column(self) -> str:
        """The column by its delivered name, with the canonical one where they differ."""
        if self.delivered_name in (None, self.column):
            return self.column or ""
        return f"{self.delivered_name} ({self.column})"


def column_rules(column: Column, mapping: SourceMapping) -> list[CellRule]:
    """Every rule that the contract sets for a column's values, over cleaned canonical text."""
    name = column.name
    rules = []
    if column.required:
        rules.append(CellRule(REQUIRED, name, f"{name} is null", "a value"))
    if identifiers.is_identifier(column):
        rules += _identifier_rules(column)
    typed = casts.cast(column, name)
    if column.type != "text":
        unreadable = f"({name} is not null and ({typed}) is null)"
        expected = mapping_sql.expected_type(column, mapping)
        rules.append(CellRule(TYPE, name, unreadable, expected))
    out_of_range = casts.is_out_of_range(column, f"({typed})")
    if out_of_range is not None:
        expected = mapping_sql.expected_range(column, mapping)
        rules.append(CellRule(RANGE, name, out_of_range, expected))
    not_allowed = casts.is_not_allowed(column, name)
    if not_allowed is not None:
        expected = mapping_sql.expected_values(column, mapping)
        rules.append(CellRule(ALLOWED_VALUES, name, not_allowed, expected))
    return rules


def _identifier_rules(column: Column) -> list[CellRule]:
    """What nobody can be told by; where none is needed a placeholder is as good as empty."""
    name = column.name
    lost = CellRule(
        identifiers.LOST_DIGITS, name, identifiers.has_lost_digits(name), identifiers.IN_FULL
    )
    nested = CellRule(identifiers.NESTED, name, identifiers.is_nested(name), identifiers.PLAIN)
    if not column.required:
        return [nested, lost]
    nobody = identifiers.is_placeholder(column, name)
    return [
        CellRule(identifiers.PLACEHOLDER, name, nobody, identifiers.NO_PLACEHOLDER),
        nested,
        lost,
    ]
