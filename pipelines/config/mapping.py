"""``[mapping.<source>]``: how the export of a source names, writes and stores what it delivers."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipelines.config.date_formats import CENTURY_FROM, DateFormat, parse_format
from pipelines.contracts.sources import Column, Source, load_contracts

Encoding = Literal[
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "iso-8859-15", "cp1250"
]
Truth = Literal["true", "false"]
ITEMS = "items"
"""The name under ``values`` that stands for all the answers item_1, item_2 ... together."""
_ANSWER = re.compile(r"([+-]?[0-9]+([.][0-9]+)?)?")
_ITEM = re.compile(r"item_[1-9][0-9]*")


class SourceMapping(BaseModel):
    """What one organisation's export of one source calls things; every key is optional.

    ``columns`` is their name -> canonical column; ``values`` canonical column -> their value ->
    canonical value (empty: the value stands for nothing); ``booleans`` their word -> true or
    false, in every true/false column. Formats, encoding, delimiter and decimal mark hold for all
    files of the source; text that is valid UTF-8, and dates and times in ISO form, are always
    read too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    booleans: dict[str, Truth] = {}
    date_format: str | None = None
    timestamp_format: str | None = None
    two_digit_years_from: int = Field(default=CENTURY_FROM, ge=1900, le=2000, strict=True)
    encoding: Encoding | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    """Of ``.csv`` files; ``.tsv`` is always separated by tabs."""
    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", " ", "'"] | None = None
    sheet: str | None = Field(default=None, min_length=1)
    """Of workbooks, with * and ? for several; default: all that have the required columns."""

    @field_validator("booleans", mode="before")
    @classmethod
    def _may_be_without_quotes(cls, value: Any) -> Any:
        """TOML's own true and false mean what "true" and "false" say."""
        if not isinstance(value, dict):
            return value
        return {k: str(v).lower() if isinstance(v, bool) else v for k, v in value.items()}

    @field_validator("date_format")
    @classmethod
    def _is_date_format(cls, value: str | None) -> str | None:
        if value is not None:
            parse_format(value, with_time=False)
        return value

    @field_validator("timestamp_format")
    @classmethod
    def _is_timestamp_format(cls, value: str | None) -> str | None:
        if value is not None:
            parse_format(value, with_time=True)
        return value

    @model_validator(mode="after")
    def _two_marks(self) -> Self:
        if self.thousands == self.decimal:
            raise ValueError("decimal and thousands to be two different marks")
        return self

    @property
    def dates(self) -> DateFormat | None:
        """The declared format of dates."""
        return parse_format(self.date_format, with_time=False) if self.date_format else None

    @property
    def timestamps(self) -> DateFormat | None:
        """The declared format of times."""
        if self.timestamp_format is None:
            return None
        return parse_format(self.timestamp_format, with_time=True)

    @property
    def fingerprint(self) -> str | None:
        """Changes whenever files would be read differently; None where nothing is declared."""
        declared = self.model_dump(exclude_defaults=True)
        if not declared:
            return None
        return hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()

    def answers_of(self, item: str) -> dict[str, str]:
        """Their word for an answer -> its number, for one item of a questionnaire."""
        if not _ITEM.fullmatch(item):
            return {}
        merged = {**self.values.get(ITEMS, {}), **self.values.get(item, {})}
        return {theirs.strip(): ours for theirs, ours in merged.items()}

    def values_of(self, column: Column) -> dict[str, str]:
        """Their value -> the canonical one, for one column; those of the column itself win."""
        general: dict[str, str] = dict(self.booleans) if column.type == "boolean" else {}
        merged = {**general, **self.values.get(column.name, {})}
        return {theirs.strip(): ours for theirs, ours in merged.items()}


def mapping_problems(mapping: dict[str, SourceMapping]) -> list[str]:
    """What the mappings say about sources, columns and values that don't exist, a line each."""
    sources = {source.name: source for source in load_contracts().landing}
    problems = []
    for name, declared in mapping.items():
        if name not in sources:
            problems.append(
                f"mapping.{name}: unknown source; allowed here: {', '.join(sorted(sources))}"
            )
            continue
        problems += _column_problems(sources[name], declared)
        problems += _value_problems(sources[name], declared)
    return problems


def _column_problems(source: Source, declared: SourceMapping) -> list[str]:
    where = f"mapping.{source.name}.columns"
    columns = ", ".join(source.column_names)
    items = ", or item_1, item_2 ... for the answers to a questionnaire" * source.keeps_extra
    return [
        f"{where}.{theirs!r} = {ours!r}: expected their column name = one of {columns}{items}"
        for theirs, ours in declared.columns.items()
        if not is_column(source, ours) or not theirs.strip()
    ]


def is_column(source: Source, name: str) -> bool:
    """Whether a column may be named so: of the contract, or an item that is kept beside it."""
    if name in source.column_names:
        return True
    return source.keeps_extra and _ITEM.fullmatch(name) is not None


def _value_problems(source: Source, declared: SourceMapping) -> list[str]:
    problems = []
    for name, values in declared.values.items():
        where = f"mapping.{source.name}.values.{name}"
        if source.keeps_extra and (name == ITEMS or _ITEM.fullmatch(name)):
            problems += [
                f"{where}.{theirs!r} = {ours!r}: expected their answer = a number, or '' for none"
                for theirs, ours in values.items()
                if not theirs.strip() or not _ANSWER.fullmatch(ours.strip())
            ]
            continue
        if name not in source.column_names:
            problems.append(
                f"{where}: unknown column; allowed here: {', '.join(source.column_names)}"
            )
            continue
        column = source.column(name)
        problems += [
            f"{where}.{theirs!r} = {ours!r}: expected their value = {_expected(column)}"
            for theirs, ours in values.items()
            if not theirs.strip() or not _is_value(column, ours)
        ]
    problems += [
        f"mapping.{source.name}.booleans.{theirs!r}: expected a word that isn't empty"
        for theirs in declared.booleans
        if not theirs.strip()
    ]
    return problems


def _is_value(column: Column, value: str) -> bool:
    if not value.strip():
        return not column.required or column.name == "separation_type"
    if column.type == "boolean":
        return value in ("true", "false")
    if column.type != "text":
        return False
    return column.allowed is None or value in column.allowed


def _expected(column: Column) -> str:
    if column.type == "boolean":
        options = ["true", "false"]
    elif column.type == "text":
        options = list(column.allowed) if column.allowed else ["any text"]
    else:
        options = []
    if not column.required:
        options.append("'' (stands for nothing)")
    return f"one of {', '.join(options)}" if options else f"nothing; {column.name} has no words"
