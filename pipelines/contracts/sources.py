"""The landing contracts: what each source and column is, loaded once into frozen records."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.contracts.contract_files import CONTRACTS_FOLDER, ContractError, read_contract

FIRST_DAY = dt.date(1950, 1, 1)
LAST_DAY = dt.date(2100, 12, 31)
"""Dates outside are typing errors, cut centuries (0024) or stand for "never" (9999)."""

PERSON_COLUMNS = ("employee_id", "coach_id", "supervisor_id", "rater_id")
"""Columns that name a person; the first says whom the row is about, the others are mentions."""

ColumnType = Literal["text", "date", "timestamp", "boolean", "integer", "number"]
PersonalData = Literal["identifier", "free_text", "sensitive", "quasi_identifier", "none"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Bound = dt.date | int | float
Model = TypeVar("Model", bound=BaseModel)


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Record):
    """One column of one landing source."""

    name: Name
    type: ColumnType
    description: str
    personal_data: PersonalData
    required: bool = False
    """Every file must have the column, and every row a value in it."""
    unit: str | None = None
    min: Bound | None = None
    max: Bound | None = None
    """Bounds are inclusive; numbers, dates and timestamps always have both."""
    allowed: tuple[str, ...] | None = None
    meaningful: tuple[str, ...] = ()
    """Values with a meaning here among any others; folded as those of ``allowed`` are."""
    kinds: tuple[tuple[str, str], ...] = ()
    """Of what kind each allowed value is, where ``allowed`` is written as ``{value: kind}``."""
    references: str | None = None
    """The source whose ``employee_id`` the value should be."""

    @model_validator(mode="before")
    @classmethod
    def _kinds_of_allowed(cls, values: Any) -> Any:
        if isinstance(values, dict) and isinstance(values.get("allowed"), dict):
            allowed = values["allowed"]
            return {**values, "allowed": tuple(allowed), "kinds": tuple(allowed.items())}
        return values

    @model_validator(mode="after")
    def _consistent(self) -> Column:
        is_number = self.type in ("integer", "number")
        if is_number and (self.unit is None or self.min is None or self.max is None):
            raise ValueError("a number needs unit, min and max")
        if not is_number and self.unit is not None:
            raise ValueError("only a number has a unit")
        if self.min is not None and self.max is not None and self.min > self.max:  # type: ignore[operator]
            raise ValueError("min is above max")
        if (self.allowed is not None or self.meaningful) and self.type != "text":
            raise ValueError("only text has allowed values")
        return self

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """The allowed values of one kind."""
        return tuple(value for value, its_kind in self.kinds if its_kind == kind)

    @property
    def is_temporal(self) -> bool:
        """Whether the values are dates or timestamps."""
        return self.type in ("date", "timestamp")


class Source(_Record):
    """One landing source: a folder of files that share a key and columns."""

    name: Name
    title: str
    grain: str
    description: str
    key: Annotated[tuple[Name, ...], Field(min_length=1)]
    date_column: str = ""
    """When the event happened; only a lookup has none."""
    expected_days: Annotated[int, Field(ge=1)]
    required: bool = False
    keeps_extra: bool = False
    is_lookup: bool = False
    """Whether recipes look things up in it; it has no events and no figure is made from it."""
    max_quarantined_share: Annotated[float, Field(gt=0, le=1)] = 0.05
    """A delivery with a larger share of rejected rows isn't loaded and blocks the refresh."""
    columns: tuple[Column, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Source:
        dated = () if self.is_lookup else (self.date_column,)
        for name in (*self.key, *dated):
            if name not in self.required_columns:
                raise ValueError(f"{name} serves as key or date, so it must be a required column")
        if not self.is_lookup and not self.column(self.date_column).is_temporal:
            raise ValueError(f"date_column {self.date_column} is no date")
        return self

    @property
    def value_columns(self) -> list[str]:
        """What a row says beside its key, the columns beyond the contract among it."""
        values = [name for name in self.column_names if name not in self.key]
        return [*values, *(["extra"] if self.keeps_extra else [])]

    def column(self, name: str) -> Column:
        """The column of that name; raises `KeyError` where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")

    @property
    def column_names(self) -> tuple[str, ...]:
        """The canonical columns in their order."""
        return tuple(column.name for column in self.columns)

    @property
    def required_columns(self) -> tuple[str, ...]:
        """The columns that every file must have and every row must fill."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def checked_against(self) -> tuple[str, ...]:
        """The other sources whose staged rows the quality suite of this one looks at."""
        against = {column.references for column in self.columns if column.references}
        if self.name == "coaching_sessions":
            against.add("attrition")
        return tuple(sorted(against - {self.name}))


class Contracts(_Record):
    """Every landing source: those with events, and the lookups that recipes use."""

    sources: tuple[Source, ...]
    lookups: tuple[Source, ...] = ()

    @property
    def landing(self) -> tuple[Source, ...]:
        """Whatever files may be delivered for."""
        return (*self.sources, *self.lookups)

    @model_validator(mode="after")
    def _references_exist(self) -> Contracts:
        names = {source.name for source in self.sources}
        for source in self.sources:
            for column in source.columns:
                if column.references is not None and column.references not in names:
                    raise ValueError(
                        f"{column.name} references {column.references}: no such source"
                    )
        return self

    def source(self, name: str) -> Source:
        """The source of that name; raises `KeyError` naming those there are."""
        for source in self.landing:
            if source.name == name:
                return source
        known = ", ".join(source.name for source in self.landing)
        raise KeyError(f"no landing source {name}; there are {known}")


@cache
def load_contracts(folder: Path = CONTRACTS_FOLDER) -> Contracts:
    """Read ``sources.yml`` and ``columns.yml``.

    Raises `ContractError` naming the source or column and what is wrong with it.
    """
    columns = read_contract(folder / "columns.yml")
    sources = read_contract(folder / "sources.yml")
    parsed = tuple(_source(name, entry, columns) for name, entry in sources.items())
    used = {column.name for source in parsed for column in source.columns}
    unused = sorted(columns.keys() - used)
    if unused:
        raise ContractError(f"columns.yml: no source has {', '.join(unused)}")
    events = tuple(source for source in parsed if not source.is_lookup)
    lookups = tuple(source for source in parsed if source.is_lookup)
    return _validated(Contracts, {"sources": events, "lookups": lookups}, "sources.yml")


def unplanned_absence_types() -> tuple[str, ...]:
    """The kinds of absence that count as unplanned."""
    return load_contracts().source("shifts").column("absence_type").of_kind("unplanned")


def _source(name: str, entry: Any, columns: dict[str, Any]) -> Source:
    if not isinstance(entry, dict) or not isinstance(entry.get("columns"), dict):
        raise ContractError(f"sources.yml: {name} needs columns, each `required` or `optional`")
    parsed = tuple(
        _column(name, column, presence, columns) for column, presence in entry["columns"].items()
    )
    return _validated(Source, {**entry, "name": name, "columns": parsed}, f"sources.yml: {name}")


def _column(source: str, name: str, presence: Any, columns: dict[str, Any]) -> Column:
    if presence not in {"required", "optional"}:
        raise ContractError(
            f"sources.yml: {source}.{name} is {presence!r}; expected required or optional"
        )
    if not isinstance(columns.get(name), dict):
        raise ContractError(f"columns.yml: {name} (in {source}) isn’t described")
    values = {**columns[name], "name": name, "required": presence == "required"}
    if values.get("type") in {"date", "timestamp"}:
        values.setdefault("min", FIRST_DAY)
        values.setdefault("max", LAST_DAY)
    return _validated(Column, values, f"columns.yml: {name}")


def _validated(model: type[Model], values: dict[str, Any], where: str) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in detail['loc']) or 'entry'}: "
            f"{detail['msg'].removeprefix('Value error, ')} (got {_short(detail['input'])})"
            for detail in error.errors()
        )
        raise ContractError(f"{where}: {problems}") from error


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
