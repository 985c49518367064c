"""From a recipe's query to which columns of the delivery each of its columns is made of.

Most queries say the same of every record: nothing is summed, joined, ordered or left out. Of such
a query each column needs to be worked out once for every combination of its inputs that occurs,
which is a few hundred times in a million shifts. The same holds of a query that sums or ranks the
records of a key, as far as records are the only one of their key. Whatever isn't certain to be of
these kinds is left to be run record by record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

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
_OF_LINES = (exp.ArrayAgg, exp.Min, exp.Max)
"""What may be made of the lines of a key's records, being the line itself where there is one."""
_NEWEST = (exp.ArgMax, exp.ArgMin)


@dataclass(frozen=True)
class GroupedInputs:
    """Of records that are alone under ``key``, columns of the delivery, what columns are made of.

    Those of one key say nothing of those of another.
    """

    inputs: Inputs
    key: frozenset[str]


@lru_cache
def column_inputs(
    query: str, columns: tuple[str, ...], not_row_wise: frozenset[str]
) -> Inputs | None:
    """What each column of a query is made of; None where it may look beyond the record.

    ``not_row_wise`` has the names of functions whose result hangs on more than what they are given.
    """
    return _read(query, columns, _Reading(not_row_wise))


@lru_cache
def grouped_inputs(
    query: str, columns: tuple[str, ...], not_row_wise: frozenset[str]
) -> GroupedInputs | None:
    """The same for records that are alone under a key; None where it may look beyond the key."""
    keys: list[frozenset[str]] = []
    inputs = _read(query, columns, _Reading(not_row_wise, keys))
    key = frozenset.intersection(*keys) if keys else frozenset()
    return GroupedInputs(inputs, key) if inputs is not None and key else None


def inputs_of_value(
    value: exp.Expression, columns: Collection[str], not_row_wise: frozenset[str]
) -> frozenset[str] | None:
    """The columns (in small letters) that an expression hangs on; None where it hangs on more."""
    own = {name: _Value(frozenset([name])) for name in columns}
    try:
        return _Reading(not_row_wise).of_value(value, _Names(own)).inputs
    except _UncertainError:
        return None


class _UncertainError(Exception):
    """The query isn't certain to say the same of every record."""


@dataclass(frozen=True)
class _Value:
    """What a column is made of, and which column of the delivery it is, if it is one of them."""

    inputs: frozenset[str]
    copy_of: str | None = None


_Table = dict[str, _Value]


@dataclass(frozen=True)
class _Names:
    """What a select's expressions may name: columns of its table, then those that it has made."""

    source: _Table
    made: _Table = field(default_factory=dict)
    is_grouped: bool = False

    def value_of(self, name: str) -> _Value:
        """The column of this name."""
        found = self.source.get(name.lower()) or self.made.get(name.lower())
        if found is None:
            raise _UncertainError
        return found


def _read(query: str, columns: Collection[str], reading: _Reading) -> Inputs | None:
    try:
        statements = sqlglot.parse(query, dialect="duckdb")
    except SqlglotError:
        return None
    if len(statements) != 1 or not isinstance(statements[0], exp.Select):
        return None
    own = {name.lower(): _Value(frozenset([name.lower()]), name.lower()) for name in columns}
    try:
        made = reading.of_select(statements[0], {DELIVERY: own})
    except _UncertainError:
        return None
    return {name: value.inputs for name, value in made.items()}


@dataclass(frozen=True)
class _Reading:
    """How queries are read; ``keys`` notes what records are grouped by, None: they may not be."""

    not_row_wise: frozenset[str]
    keys: list[frozenset[str]] | None = None

    def of_select(self, select: exp.Expr | None, known: dict[str, _Table]) -> _Table:
        """The columns that a select makes."""
        if not isinstance(select, exp.Select):
            raise _UncertainError
        group = select.args.get("group") if self.keys is not None else None
        if _beside(select, _PARTS if group is None else {*_PARTS, "group"}):
            raise _UncertainError
        known = dict(known)
        for each in select.ctes:
            if each.args["alias"].columns:
                raise _UncertainError
            known[each.alias.lower()] = self.of_select(each.this, known)
        names = _Names(self._source(select, known), is_grouped=group is not None)
        for projection in select.expressions:
            if isinstance(projection, exp.Star) and not _beside(projection, {"except_"}):
                names.made.update(_without(names.source, projection.args.get("except_") or []))
                continue
            name = projection.alias_or_name.lower()
            if not name or name in names.made:
                raise _UncertainError
            value = projection.this if isinstance(projection, exp.Alias) else projection
            names.made[name] = self._as_named(name, value, names)
        if group is not None:
            self._note_key(_grouped_by(group, select), names)
        return names.made

    def _as_named(self, name: str, value: exp.Expr, names: _Names) -> _Value:
        """The value of a column; only one that is called so may hang on the line."""
        made = self.of_value(value, names)
        if LINE in made.inputs:  # it differs in every record
            told = value.this if isinstance(value, _OF_LINES) else value
            told = told.this if isinstance(told, exp.Order) else told
            if name != LINE or not isinstance(told, exp.Column):
                raise _UncertainError
        return made

    def _source(self, select: exp.Select, known: dict[str, _Table]) -> _Table:
        """The columns of the one table that a query reads."""
        clause = select.args.get("from_") or select.args.get("from")
        table = clause.this if clause is not None else None
        if isinstance(table, exp.Subquery) and not _beside(table, {"this", "alias"}):
            return self.of_select(table.this, known)
        if not isinstance(table, exp.Table) or _beside(table, {"this", "alias"}):
            raise _UncertainError
        if table.name.lower() not in known:
            raise _UncertainError
        return known[table.name.lower()]

    def of_value(self, value: exp.Expr, names: _Names) -> _Value:
        """What an expression is made of; earlier columns of the query may be named in it."""
        if isinstance(value, exp.Column):
            return names.value_of(value.name)
        return _Value(frozenset(self._inputs(value, names)))

    def _inputs(self, node: exp.Expr, names: _Names) -> Iterator[str]:
        if isinstance(node, exp.Column):
            yield from names.value_of(node.name).inputs
            return
        if isinstance(node, exp.Window) and self.keys is not None:
            yield from self._of_window(node, names)
            return
        if isinstance(node, exp.AggFunc) and names.is_grouped:
            yield from self._of_several(node, names)
            return
        if isinstance(node, _ELSEWHERE) or not self.not_row_wise.isdisjoint(_names(node)):
            raise _UncertainError
        for child in node.iter_expressions():
            yield from self._inputs(child, names)

    def _of_window(self, node: exp.Window, names: _Names) -> Iterator[str]:
        """What is said of a record among those of its key; their order is none of one record's."""
        if _beside(node, {"this", "partition_by", "order", "spec", "over"}):
            raise _UncertainError
        self._note_key(node.args.get("partition_by") or [], names)
        said = node.this
        while isinstance(said, (exp.IgnoreNulls, exp.RespectNulls, exp.Filter)):
            if isinstance(said, exp.Filter):
                yield from self._inputs(said.expression, names)
            said = said.this
        if not isinstance(said, exp.Func):
            raise _UncertainError
        yield from self._of_several(said, names)

    def _of_several(self, node: exp.Expr, names: _Names) -> Iterator[str]:
        """What is made of the records of a key by one function."""
        for name, child in _children(node):
            if isinstance(child, exp.Star) and isinstance(node, exp.Count):
                continue
            is_line = isinstance(child, exp.Column) and child.name.lower() == LINE
            if name == "expression" and is_line and isinstance(node, _NEWEST):
                continue
            yield from self._inputs(child.this if isinstance(child, exp.Order) else child, names)

    def _note_key(self, by: list[exp.Expr], names: _Names) -> None:
        """Note the delivery's columns among those that records are grouped by."""
        of_delivery = (
            names.value_of(each.name).copy_of for each in by if isinstance(each, exp.Column)
        )
        assert self.keys is not None
        self.keys.append(frozenset(name for name in of_delivery if name))


def _without(table: _Table, left_out: list[exp.Expr]) -> _Table:
    """A table without the columns that a star leaves out."""
    names = {each.name.lower() for each in left_out}
    return {name: value for name, value in table.items() if name not in names}


def _grouped_by(group: exp.Expr, select: exp.Select) -> list[exp.Expr]:
    """What a select is grouped by; a number stands for the column in that place."""
    if _beside(group, {"expressions", "all"}):
        raise _UncertainError
    values = [each.unalias() for each in select.expressions]
    if group.args.get("all"):
        return [each for each in values if not each.find(exp.AggFunc, exp.Window)]
    return [
        values[int(each.name) - 1] if each.is_int and int(each.name) <= len(values) else each
        for each in group.expressions
    ]


def _children(node: exp.Expr) -> Iterator[tuple[str, exp.Expr]]:
    for name, value in node.args.items():
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, exp.Expr):
                yield name, child


def _beside(node: exp.Expr, plain: set[str]) -> bool:
    return bool({name for name, value in node.args.items() if value} - plain)


def _names(node: exp.Expr) -> Iterator[str]:
    """What a function may be called."""
    if isinstance(node, exp.Anonymous):
        yield node.name.lower()
    elif isinstance(node, exp.Func):
        yield from (name.lower() for name in node.sql_names())
