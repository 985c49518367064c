"""Names and texts as SQL writes them: the only place that quotes either."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


def identifier(name: str) -> str:
    """A name of one part (a column, a schema), whatever it contains, as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def table_name(full_name: str) -> str:
    """A table's ``schema.table`` as two SQL identifiers."""
    return ".".join(identifier(part) for part in full_name.split("."))


def literal(text: object) -> str:
    """A text or a path as a SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


@dataclass(frozen=True)
class Expression:
    """A piece of SQL that code wrote, its names and texts quoted: a condition, what is counted."""

    text: str


Named = str | Sequence[str] | Expression
"""What stands in a statement where it differs: a table, columns, an expression."""
_PLACE = re.compile(r"\{(\w+)\}")


def put_in(text: str, names: Mapping[str, Named]) -> str:
    """A statement with what its places in braces stand for; a table or a column is quoted here.

    Raises `KeyError` where the statement has other places than there are names.
    """
    places = set(_PLACE.findall(text))
    if places != names.keys():
        raise KeyError(f"places {sorted(places)}, names {sorted(names)}")
    return _PLACE.sub(lambda place: _written(names[place[1]]), text) if places else text


def _written(named: Named) -> str:
    if isinstance(named, Expression):
        return named.text
    return table_name(named) if isinstance(named, str) else ", ".join(map(identifier, named))


def value(of: object) -> Expression:
    """A text, a day or a number as a view has it: what makes a view takes no parameter."""
    return Expression(str(of) if isinstance(of, int) else literal(of))


def same(one: str, other: str, columns: Iterable[str]) -> Expression:
    """True where two rows, by the names of their tables, have the same in each of some columns."""
    each = (f"{one}.{name} = {other}.{name}" for name in map(identifier, columns))
    return Expression(" and ".join(each))


def listed(texts: Iterable[object]) -> Expression:
    """Texts or paths as the list of a function that takes no parameter."""
    return Expression(", ".join(map(literal, texts)))
