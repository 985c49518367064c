"""Rows of a table that a page counts -> the query that counts them, as far as one gives the number.

It is tried on the frame that the page was drawn from: no query is told that gives another number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from pipelines.contracts.tables import Table
from pipelines.core.sql_text import identifier, literal
from pipelines.lineage.marked_values import Origin

Conditions = Mapping[str, Sequence[Any]]
"""By column the values that it may have; of one without any it is said that it has one."""


def condition(name: str, given: Sequence[Any]) -> str:
    """Return what is asked of a column: one of these values, or any."""
    if not given:
        return f"{identifier(name)} is not null"
    told = [_literal(each) for each in given if each is not None]
    if not told:
        return f"{identifier(name)} is null"
    if len(told) == 1 and None not in given:
        return f"{identifier(name)} = {told[0]}"
    either = f"{identifier(name)} in ({', '.join(told)})"
    return f"({either} or {identifier(name)} is null)" if None in given else either


def _literal(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool | int | float) else literal(str(value))


def n_counted(frame: pl.DataFrame, origin: Origin) -> int:
    """Return how many rows, or different values of a column, a count is of."""
    return _count(frame[list(origin.counted)], origin.column)


def count_query(
    table: Table, frame: pl.DataFrame, origin: Origin, in_table: Sequence[Mapping[str, Any]]
) -> str:
    """Return the query of a count, empty where none gives it.

    ``in_table`` are the counted rows as the table has them: the pages rename some designs.
    """
    rows = [frame.row(number, named=True) for number in origin.counted]
    names = {old[name]: new[name] for old, new in zip(rows, in_table, strict=True)
             for name in ("design",) if name in old}  # fmt: skip
    for asked in _tries(table, frame, rows, origin.column):
        if _count(_those(frame, asked), origin.column) == n_counted(frame, origin):
            what = f"distinct {identifier(origin.column)}" if origin.column else "*"
            told = {
                name: [names.get(v, v) if name == "design" else v for v in values]
                for name, values in asked.items()
            }
            where = "\nand ".join(condition(*each) for each in told.items())
            said = f'select count({what}) as "n"\nfrom {table.full_name}'
            return f"{said}\nwhere {where}" if where else said
    return ""


def _tries(
    table: Table, frame: pl.DataFrame, rows: Sequence[Mapping[str, Any]], column: str
) -> Iterator[Conditions]:
    """Conditions that all rows meet, the plainest first."""
    values = {name: list(dict.fromkeys(row[name] for row in rows)) for name in frame.columns}
    key = [each for each in table.key if each != column]
    same = {name: values[name] for name in key if len(values[name]) == 1}
    yield same
    others = [each for each in frame.columns if each not in table.key and each != column]
    for name in others:
        if len(values[name]) == 1 and frame.schema[name] in (pl.String, pl.Boolean):
            yield {**same, name: values[name]}
    for name in others:
        if None not in values[name]:
            yield {**same, name: ()}
    every = {**same, **{name: values[name] for name in key}}
    yield every
    yield {**every, column: values[column]} if column else every


def _those(frame: pl.DataFrame, asked: Conditions) -> pl.DataFrame:
    meets = [
        pl.col(name).is_in([v for v in values if v is not None])
        | (pl.col(name).is_null() if None in values else pl.lit(value=False))
        if values
        else pl.col(name).is_not_null()
        for name, values in asked.items()
    ]
    return frame.filter(*[each.fill_null(value=False) for each in meets])


def _count(frame: pl.DataFrame, column: str) -> int:
    return frame[column].drop_nulls().n_unique() if column else frame.height
