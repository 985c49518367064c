"""From a recipe's query to the export's columns behind each of its columns, and the forms it reads.

For messages only: what a query says in a way that isn't seen through here is told without it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from pipelines.config.feeds import Feed

_READS_FORMS = ("day_of", "time_of", "moment", "local_time")
_MOST_NAMED = 3
_EXAMPLE = dt.datetime(2026, 11, 28, 14, 5, 9)
_DEEPEST = 8


@dataclass
class ReadFrom:
    """The columns of the export that a column is made of, and the forms in which times are read."""

    columns: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)


def read_from(feed: Feed, source: str) -> Mapping[str, ReadFrom]:
    """What each column of the recipe's query is read from; empty where the query isn't plain."""
    names = (*feed.recipe.declared.columns, *feed.recipe.declared.optional)
    parameters = tuple((name, str(value)) for name, value in feed.parameters.items())
    return _read(feed.recipe.queries[source], names, parameters)


def headings(found: Mapping[str, ReadFrom], delivered: Mapping[str, str]) -> dict[str, str]:
    """How the file calls what each column is made of; ``delivered`` has its headings by name."""
    return {
        name: ", ".join(delivered.get(each, each) for each in each_from.columns)
        for name, each_from in found.items()
        if 0 < len(each_from.columns) <= _MOST_NAMED
    }


def expected_forms(found: Mapping[str, ReadFrom]) -> dict[str, str]:
    """What a column's value has to look like, where the query says the forms of its dates."""
    return {
        name: "a date as the recipe reads it: "
        + " or ".join(f"{form}, like {_EXAMPLE.strftime(form)}" for form in each.forms)
        for name, each in found.items()
        if each.forms
    }


@lru_cache
def _read(
    query: str, names: tuple[str, ...], parameters: tuple[tuple[str, str], ...]
) -> dict[str, ReadFrom]:
    try:
        whole = sqlglot.parse_one(query, dialect="duckdb")
    except SqlglotError:
        return {}
    if not isinstance(whole, exp.Query):
        return {}
    made: dict[str, exp.Expr] = {}
    for alias in whole.find_all(exp.Alias):
        made.setdefault(alias.alias.lower(), alias.this)
    delivered = {name.lower(): name for name in names}
    found = {}
    for projection in whole.selects:
        each = ReadFrom()
        for node in _behind(projection.unalias(), made, delivered, _DEEPEST):
            if isinstance(node, exp.Column):
                each.columns.append(delivered[node.name.lower()])
            else:
                each.forms += [text for text in _texts(node, dict(parameters)) if "%" in text]
        each.columns = list(dict.fromkeys(each.columns))
        each.forms = list(dict.fromkeys(each.forms))
        found[projection.alias_or_name.lower()] = each
    return found


def _behind(
    value: exp.Expr, made: Mapping[str, exp.Expr], delivered: Mapping[str, str], depth: int
) -> Iterator[exp.Expr]:
    """The delivery's columns and the arguments with forms in an expression, through its names."""
    for node in value.walk():
        if isinstance(node, exp.Anonymous) and node.name.lower() in _READS_FORMS:
            yield from node.expressions[1:2]
        if not isinstance(node, exp.Column):
            continue
        name = node.name.lower()
        if name in delivered:
            yield node
        elif name in made and depth:
            yield from _behind(made[name], made, delivered, depth - 1)


def _texts(node: exp.Expr, parameters: Mapping[str, str]) -> Iterator[str]:
    """The texts in an argument, those of parameters among them."""
    for each in node.walk():
        if isinstance(each, exp.Literal) and each.is_string:
            yield str(each.this)
        elif isinstance(each, (exp.Parameter, exp.Placeholder)) and each.name in parameters:
            yield parameters[each.name]
