"""The contracts of what is computed: tables, metrics and confounders.

Each is described once, in ``tables/<schema>.<table>.yml``, ``metrics.yml`` and ``covariates.yml``;
the COMMENTs of the analysts' file, its ``meta`` tables, the data dictionary and the labels on the
pages are made from here.

Deny by default: a table leaves the private folder only with ``published: true``, and a column only
if it is listed. ``personal`` says whose data a column holds (a table's word counts for every column
that says nothing else):

- ``none``: nothing about people; ``pseudonym``: an opaque key in the place of a person
- ``group``: a number over several people; ``person``: a fact about one person
- ``wellbeing``: a person's own survey answer, NULL in the analysts' file unless the settings say
  ``analyst_person_scores = true``

A column is taken from the private table as it stands there, unless it is ``pooled`` or has a
``value``: days leave as months, and durations that run to the end of data from the month's end,
since else they would give the day back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, model_validator

from pipelines.contracts.contract_files import CONTRACTS_FOLDER, read_contract, read_folder
from pipelines.core.parts import POOL
from pipelines.core.queries import statement
from pipelines.core.sql_text import Expression, identifier, literal

ColumnType = Literal["text", "integer", "number", "date", "timestamp", "boolean"]
Confidentiality = Literal["fact", "restricted", "confidential"]
Personal = Literal["none", "group", "pseudonym", "person", "wellbeing"]

_SQL_TYPES: dict[ColumnType, str] = {
    "text": "varchar",
    "integer": "bigint",
    "number": "double",
    "date": "date",
    "timestamp": "timestamp",
    "boolean": "boolean",
}


_FRAME_TYPES: dict[ColumnType, Any] = {
    "text": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "date": pl.Date,
    "timestamp": pl.Datetime("us"),
    "boolean": pl.Boolean,
}


_SUM_IS_TOO_LOW = "A sum over hidden rows is too low: look at {}."
_METRIC_QUERY = """\
select
    horizon_days,
    design,
    estimand,
    value_a,
    value_b,
    estimate,
    conf_low,
    conf_high,
    n_people_a,
    n_people_b,
    verdict,
    reason
from outcomes.comparison
where
    outcome = '{outcome}'
    and segment = 'all'
order by horizon_days, estimand, design
"""


class Record(BaseModel):
    """One entry of a contract: unknown keys are an error, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(Record):
    """One column: its type, its unit (None if it has none) and whose data it holds.

    ``value`` is an SQL expression over the private table, where what is published isn't simply a
    column of it: that is how days become months. ``pooled`` names the characteristic whose rare
    values are pooled in this column, the same in all tables.
    """

    name: str
    type: ColumnType
    unit: str | None = None
    personal: Personal
    description: str
    value: str | None = None
    pooled: str | None = None
    limit_of: str | None = None
    """The column whose value this is a limit of: of its likely range, or of what is usual."""
    hidden_by: str | None = None
    """Of a count that may be hidden in some rows and told in others: the column that says so."""

    @property
    def meaning(self) -> str:
        """The description, and what a sum of it over several rows would leave out."""
        if self.hidden_by is None:
            return self.description
        return f"{self.description} {_SUM_IS_TOO_LOW.format(self.hidden_by)}"


class Table(Record):
    """One table of the warehouse; only columns that are listed may be published."""

    schema_name: str
    name: str
    published: bool
    grain: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    null_in_key: tuple[str, ...] = ()
    """Columns of the key that are NULL in some rows; joined by ``is not distinct from``."""
    code: tuple[str, ...] = ()
    """The functions behind its numbers, as ``module:function`` below ``pipelines``."""

    @property
    def full_name(self) -> str:
        """Schema and name, as they are written in SQL."""
        return f"{self.schema_name}.{self.name}"

    @property
    def summary(self) -> str:
        """What it is, its grain, and which columns of its key may be NULL."""
        if not self.null_in_key:
            return f"{self.description} Grain: {self.grain}."
        names = " and ".join(self.null_in_key)
        join = f"In its key {names} may be NULL: join by is not distinct from."
        return f"{self.description} Grain: {self.grain}. {join}"

    def range_of(self, columns: Collection[str]) -> list[str]:
        """Return the limits of some columns' values, and of a limit the value and its others."""
        about = {self.limits.get(each, each) for each in columns}
        found = [name for name, figure in self.limits.items() if figure in about]
        return [*dict.fromkeys(self.limits[name] for name in found), *found]

    @property
    def limits(self) -> dict[str, str]:
        """By column with a limit the column that it limits."""
        return {each.name: each.limit_of for each in self.columns if each.limit_of}


class DefinitionTexts(Record):
    """How a number comes about, in words: what the pages and the dictionary say of it."""

    formula: str
    numerator: str
    denominator: str
    exclusions: str
    source: str
    caveats: str
    code: tuple[str, ...] = ()
    """The functions that compute it, where its table's aren't enough: ``module:function``."""


class Metric(DefinitionTexts):
    """One outcome of the comparison: what it measures and how to read it.

    ``first_day`` and ``last_day`` are the first and the last day after day 0 that count; None for
    exits, which have horizons.
    """

    outcome: str
    label: str
    unit: str
    direction: Literal["lower_is_better", "higher_is_better"]
    confidentiality: Confidentiality
    first_day: int | None = None
    last_day: int | None = None
    is_computed: bool

    @model_validator(mode="after")
    def _consistent(self) -> Metric:
        if (self.first_day is None) != (self.last_day is None):
            raise ValueError(f"{self.outcome}: a window has a first day and a last day")
        return self

    @property
    def query(self) -> str:
        """The query that gives the outcome's numbers in the analysts' file."""
        return _METRIC_QUERY.format(outcome=self.outcome)


class DefaultCovariate(Record):
    """One default confounder: a column of ``marts.coaching_episode`` and how it is modelled."""

    name: str
    column: str
    kind: Literal["numeric", "categorical", "spline", "curve"]
    label: str
    phrase: str = ""
    """What it is called inside a sentence, where that isn't its label."""
    unit: str | None = None
    confidentiality: Confidentiality = "fact"


@cache
def load_tables() -> tuple[Table, ...]:
    """Every table that is computed, private ones too, in their order."""
    return tuple(
        _table(name, content) for name, content in read_folder(CONTRACTS_FOLDER / "tables").items()
    )


def table_of(full_name: str) -> Table:
    """One table by its name; KeyError for one that no contract describes."""
    return {each.full_name: each for each in load_tables()}[full_name]


def empty_frame(full_name: str) -> pl.DataFrame:
    """A table without rows, its columns typed as its contract says."""
    columns = table_of(full_name).columns
    return pl.DataFrame(schema={each.name: _FRAME_TYPES[each.type] for each in columns})


def outcome_windows() -> dict[str, tuple[int, int]]:
    """First and last day after day 0 that count, by outcome; exits have none."""
    return {
        metric.outcome: (metric.first_day, metric.last_day)
        for metric in load_metrics()
        if metric.first_day is not None and metric.last_day is not None
    }


def published_tables() -> tuple[Table, ...]:
    """The allow-list: what may stand in the analysts' file."""
    return tuple(table for table in load_tables() if table.published)


@cache
def load_metrics() -> tuple[Metric, ...]:
    """Every outcome, those that aren't computed yet too."""
    content = read_contract(CONTRACTS_FOLDER / "metrics.yml")
    return tuple(Metric(outcome=name, **metric) for name, metric in content.items())


@cache
def default_covariates() -> tuple[DefaultCovariate, ...]:
    """The confounders that are adjusted for unless the settings name others."""
    content = read_contract(CONTRACTS_FOLDER / "covariates.yml")
    return tuple(DefaultCovariate(name=name, **each) for name, each in content.items())


def publication_query(
    table: Table,
    *,
    analyst_person_scores: bool,
    source: str | None = None,
    rare: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """The query that takes a published table out of the warehouse.

    Only listed columns leave it; a person's own survey answers are NULL unless
    ``analyst_person_scores``. ``source`` is the table to read if it isn't the table itself.
    ``rare`` has the values to pool, by characteristic: they become "other", numbers NULL, and
    where they are part of the key their rows stay behind.
    Rows come in the order of the key, so that equal data make equal files. Raises `ValueError`
    for a table that isn't published.
    """
    if not table.published:
        raise ValueError(f"{table.full_name} is private")
    rare = rare or {}
    columns = ", ".join(
        _published_column(each, table.key, analyst_person_scores, rare) for each in table.columns
    )
    kept = " and ".join(
        f"not coalesce({_is_rare(each, rare)}, false)"
        for each in table.columns
        if each.name in table.key and each.pooled in rare
    )
    order = ", ".join(f"{identifier(name)} nulls first" for name in table.key)
    return statement(
        "refresh/published_table",
        columns=Expression(columns),
        table=source or table.full_name,
        is_kept=Expression(kept or "true"),
        key=Expression(order),
    )


def comment_statements(table: Table) -> list[str]:
    """The COMMENT ON statements that describe a published table and its columns."""
    statements = [f"comment on table {table.full_name} is {literal(table.summary)}"]
    for column in table.columns:
        unit = f" [{column.unit}]" if column.unit else ""
        statements.append(
            f"comment on column {table.full_name}.{identifier(column.name)} is "
            f"{literal(column.meaning + unit)}"
        )
    return statements


def column_info() -> pl.DataFrame:
    """``meta.column_info``: one row per published column."""
    return pl.DataFrame(
        [
            {
                "table_schema": table.schema_name,
                "table_name": table.name,
                "column_name": column.name,
                "type": column.type,
                "unit": column.unit,
                "personal": column.personal,
                "description": column.meaning,
            }
            for table in published_tables()
            for column in table.columns
        ],
        infer_schema_length=None,
    )


def _table(full_name: str, content: dict[str, Any]) -> Table:
    schema_name, name = full_name.split(".")
    personal = content.pop("personal")
    columns = tuple(
        Column(**{"name": column, "personal": personal, **described})
        for column, described in content.pop("columns", {}).items()
    )
    return Table(schema_name=schema_name, name=name, columns=columns, **content)


def _published_column(
    column: Column,
    key: Sequence[str],
    analyst_person_scores: bool,
    rare: Mapping[str, Sequence[str]],
) -> str:
    name, sql_type = identifier(column.name), _SQL_TYPES[column.type]
    if column.personal == "wellbeing" and not analyst_person_scores:
        return f"cast(null as {sql_type}) as {name}"
    if column.value is not None:
        return f"cast({column.value} as {sql_type}) as {name}"
    if column.pooled in rare and column.name not in key:
        pool = literal(POOL) if column.type == "text" else "null"
        return f"case when {_is_rare(column, rare)} then {pool} else {name} end as {name}"
    if column.type == "timestamp":  # moments are UTC; without a zone every client reads them alike
        return f"cast({name} as timestamp) as {name}"
    return name


def _is_rare(column: Column, rare: Mapping[str, Sequence[str]]) -> str:
    values = ", ".join(literal(value) for value in rare[str(column.pooled)])
    return f"cast({identifier(column.name)} as varchar) in ({values})"
