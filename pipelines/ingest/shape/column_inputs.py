"""From a recipe's query to which columns of the delivery each of its columns is made of.

Most queries say the same of every record: nothing is summed, joined, ordered or left out. Of such
a query each column needs to be worked out once for every combination of its inputs that occurs,
which is a few hundred times in a million shifts. Whatever isn't certain to be of that kind is left
to be run record by record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

Inputs = Mapping[str, frozenset[str]]
"""Name of a column -> the delivery's columns that it is made of, both in small letters."""
DELIVERY, LINE = "delivery", "_line"
_PARTS = {"expressions", "from", "from_", "with", "with_"}
"""What a query that says the same of every record consists of."""
_ELSEWHERE = (
    exp.Query,
    exp.Exists,
    exp.Window,
    exp.AggFunc,
    exp.UDTF,
    exp.Explode,
    exp.Star,
    exp.Columns,
)
"""What looks beyond the record, or makes several of it."""


def column_inputs(
    query: str, columns: Collection[str], not_row_wise: Collection[str]
) -> Inputs | None:
    """What each column of a query is made of; None where it may look beyond the record.

    ``not_row_wise`` has the names of functions whose result hangs on more than what they are given.
    """
    try:
        statements = sqlglot.parse(query, dialect="duckdb")
    except SqlglotError:
        return None
    if len(statements) != 1 or not isinstance(statements[0], exp.Select):
        return None
    own = {name.lower(): frozenset([name.lower()]) for name in columns}
    try:
        return _of_select(statements[0], {DELIVERY: own}, frozenset(not_row_wise))
    except _UncertainError:
        return None


def inputs_of_value(
    value: exp.Expression, columns: Collection[str], not_row_wise: frozenset[str]
) -> frozenset[str] | None:
    """The columns (in small letters) that an expression hangs on; None where it hangs on more."""
    own = {name: frozenset([name]) for name in columns}
    try:
        return _of_value(value, own, {}, not_row_wise)
    except _UncertainError:
        return None


class _UncertainError(Exception):
    """The query isn't certain to say the same of every record."""


def _of_select(
    select: exp.Expression, known: dict[str, Inputs], not_row_wise: frozenset[str]
) -> Inputs:
    if not isinstance(select, exp.Select):
        raise _UncertainError
    given = {name for name, value in select.args.items() if value}
    if given - _PARTS:
        raise _UncertainError
    known = dict(known)
    for each in select.ctes:
        if each.args["alias"].columns:
            raise _UncertainError
        known[each.alias.lower()] = _of_select(each.this, known, not_row_wise)
    source = _source(select, known, not_row_wise)
    made: dict[str, frozenset[str]] = {}
    for projection in select.expressions:
        if isinstance(projection, exp.Star) and not any(projection.args.values()):
            made |= source
            continue
        name = projection.alias_or_name.lower()
        if not name or name in made:
            raise _UncertainError
        value = projection.this if isinstance(projection, exp.Alias) else projection
        made[name] = _of_value(value, source, made, not_row_wise)
        if LINE in made[name] and not (name == LINE and isinstance(value, exp.Column)):
            raise _UncertainError  # what hangs on the line differs in every record
    return made


def _source(select: exp.Select, known: dict[str, Inputs], not_row_wise: frozenset[str]) -> Inputs:
    """The columns of the one table that a query reads."""
    clause = select.args.get("from_") or select.args.get("from")
    table = clause.this if clause is not None else None
    if isinstance(table, exp.Subquery) and not _beside(table, {"this", "alias"}):
        return _of_select(table.this, known, not_row_wise)
    if not isinstance(table, exp.Table) or _beside(table, {"this", "alias"}):
        raise _UncertainError
    if table.name.lower() not in known:
        raise _UncertainError
    return known[table.name.lower()]


def _beside(node: exp.Expression, plain: set[str]) -> bool:
    return bool({name for name, value in node.args.items() if value} - plain)


def _of_value(
    value: exp.Expression, source: Inputs, made: Inputs, not_row_wise: frozenset[str]
) -> frozenset[str]:
    """The delivery's columns in an expression; earlier columns of the query may be named in it."""
    inputs: set[str] = set()
    for node in value.walk():
        if isinstance(node, _ELSEWHERE) or not not_row_wise.isdisjoint(_names(node)):
            raise _UncertainError
        if isinstance(node, exp.Column):
            name = node.name.lower()
            if name not in source and name not in made:
                raise _UncertainError
            inputs |= source[name] if name in source else made[name]
    return frozenset(inputs)


def _names(node: exp.Expr) -> Iterator[str]:
    """What a function may be called."""
    if isinstance(node, exp.Anonymous):
        yield node.name.lower()
    elif isinstance(node, exp.Func):
        yield from (name.lower() for name in node.sql_names())
