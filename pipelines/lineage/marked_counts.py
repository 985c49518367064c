"""Rows and their names from a source -> the same, from which a count of them knows the rows.

A count has no figure behind it, it has rows: those of the things that are counted. Texts of keys
are marked as well, so that a set of names knows its rows; written, they leave no sign.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any

from pipelines.lineage.introspection import place_of
from pipelines.lineage.marked_values import Origin, drawing, marked, origins_of

_DRAWS, _CONTRACTS = "dashboards.", "pipelines.contracts."
_DEPTH = 3
_COUNTED = (list, tuple, set, frozenset, dict)


class MarkedRow(dict[str, Any]):
    """A row that knows which it is."""

    whence: Origin


class MarkedName(str):
    """A text of a key that knows its row; it is written like any other."""

    __slots__ = ("whence",)
    whence: Origin

    def replace(self, *others: Any) -> str:
        """Replace as in any text; it stays the name of its row."""
        return named(super().replace(*others), self.whence)


class MarkedLabels(dict[Any, Any]):
    """What names are called: a label stays the name of its row."""

    def __getitem__(self, key: Any) -> Any:
        return _called(super().__getitem__(key), key)

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the label, else the other."""
        return _called(super().get(key, default), key)


def row_of(values: dict[str, Any], whence: Origin) -> MarkedRow:
    """Return a row that knows which it is."""
    row = MarkedRow(values)
    row.whence = whence
    return row


def named(text: str, whence: Origin) -> MarkedName:
    """Return a text that knows its row."""
    name = MarkedName(text)
    name.whence = whence
    return name


def _called(label: Any, key: Any) -> Any:
    return named(label, key.whence) if type(label) is str and type(key) is MarkedName else label


def counted(number: int, things: Iterator[Any] | Any) -> int:
    """Return a count of things, marked with the rows that these are from."""
    things = list(things)
    rows: dict[tuple[str, str], dict[int, None]] = {}
    whence = _described(things)
    for thing in things:
        if found := _whence(thing, _DEPTH):
            rows.setdefault((found.name, found.column), {})[found.row] = None
    by = str(next(drawing(sys._getframe(2)), ""))  # who counts is all that tells by what
    every = [Origin(*key, min(each), tuple(sorted(each)), by=by) for key, each in rows.items()]
    is_of_rows = sum(builtins.len(each) for each in rows.values()) >= number
    told: int = marked(number, *([whence] if whence else every if is_of_rows else []))
    return told


def _described(things: list[Any]) -> Origin | None:
    """Where the contracts describe things that are all of one of their kinds."""
    kinds = {type(each) for each in things}
    kind = kinds.pop() if len(kinds) == 1 else int
    is_of_contract = kind.__module__.startswith(_CONTRACTS)
    return Origin(str(place_of(kind))) if is_of_contract else None


def _whence(thing: Any, depth: int) -> Origin | None:
    """The row that a thing is from: its own, or the first in its parts."""
    if own := getattr(thing, "whence", None):
        return own if isinstance(own, Origin) else None
    if own := next((each for each in origins_of(thing) if each.row >= 0), None):
        return Origin(own.name, own.column if isinstance(thing, str) else "", own.row)
    parts: list[Any] = []
    if depth and is_dataclass(thing) and not isinstance(thing, type):
        parts = [getattr(thing, each.name, None) for each in fields(thing)]
    elif depth and isinstance(thing, list | tuple):
        parts = list(thing)
    found = next((found for each in parts if (found := _whence(each, depth - 1))), None)
    # Of a thing with parts the row is counted, not what one part is called.
    return found and Origin(found.name, "", found.row)


@contextmanager
def counting_is_marked(rows_of: Callable[[Any], Any]) -> Iterator[None]:
    """Let the pages' code count, and make whole numbers, with marks as long as the block lasts.

    ``rows_of`` says the rows of what isn't a plain list, None of what has none.
    """

    def length(things: Any) -> int:
        number = builtins.len(things)
        every = things if isinstance(things, _COUNTED) else rows_of(things)
        return number if every is None or not number else counted(number, every)

    own = {"len": length, "int": _whole, "float": _real}
    changed = [
        vars(module)
        for name, module in list(sys.modules.items())
        if name.startswith(_DRAWS) and not own.keys() & vars(module).keys()
    ]
    for names in changed:
        names.update(own)
    try:
        yield
    finally:
        for names in changed:
            for each in own:
                del names[each]


class _Like(type):
    """What asks whether something is of the kind is answered for the plain kind."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, cls.__mro__[1])


class _whole(int, metaclass=_Like):  # noqa: N801 - it stands for `int`
    def __new__(cls, *given: Any, **how: Any) -> Any:
        return marked(int(*given, **how), *(origins_of(given[0]) if given else ()))


class _real(float, metaclass=_Like):  # noqa: N801 - it stands for `float`
    def __new__(cls, *given: Any) -> Any:
        return marked(float(*given), *(origins_of(given[0]) if given else ()))
