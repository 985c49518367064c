"""From a feed and what it may look up to closed-off databases, lent to one file after the other.

Opening one and telling it the macros takes longer than a small file does. A query can only read, so
that none leaves anything behind for the next file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

from pipelines.config.feeds import Feed
from pipelines.config.recipes import MACROS
from pipelines.core.errors import GateError
from pipelines.core.queries import statement
from pipelines.core.warehouse import Connection, open_sandbox
from pipelines.ingest.shape.lookups import Lookups

MEMORY = "4GB"
_MACRO = re.compile(r"^(?=create (?:macro|table if not exists) (\w+))", re.MULTILINE)


class Sandboxes:
    """The databases in which a feed's queries are run; as many as are asked for at once."""

    def __init__(self, feed: Feed, lookups: Lookups, time_zone: str) -> None:
        self._feed, self._lookups, self._time_zone = feed, lookups, time_zone
        self._idle: list[Connection] = []
        self._opened = ExitStack()

    @contextmanager
    def lent(self) -> Iterator[Connection]:
        """A database with macros and lookups; one in which something failed isn't lent again."""
        try:
            con = self._idle.pop()
        except IndexError:
            con = self._open()
        try:
            yield con
        except BaseException:
            con.close()
            raise
        self._idle.append(con)

    def close(self) -> None:
        """Close all of them."""
        self._idle.clear()
        self._opened.close()

    def _open(self) -> Connection:
        declared, tables = self._feed.recipe.declared, self._lookups.tables
        for name in declared.lookups:
            if name not in tables:
                raise GateError(
                    f"recipe {self._feed.recipe.name} looks things up in {name}, which isn't here"
                )
        con = self._opened.enter_context(
            open_sandbox(memory_limit=MEMORY, time_zone=self._time_zone)
        )
        for name, table in tables.items():
            con.register(f"_{name}", table)
            con.execute(statement("loading/lookup", lookup=name, registered=f"_{name}"))
        for macro in _macros_for(tuple(self._feed.recipe.queries.values())):
            con.execute(macro)
        return con


def names_of_macros() -> list[str]:
    """What the macros are called."""
    return _MACRO.findall(MACROS.read_text(encoding="utf-8"))


@cache
def _macros_for(queries: tuple[str, ...]) -> tuple[str, ...]:
    """The macros that queries name, and those that these are made of, in the order of the file."""
    texts = _MACRO.split(MACROS.read_text(encoding="utf-8"))
    macros = dict(zip(texts[1::2], texts[2::2], strict=True))
    wanted: set[str] = set()
    said = "\n".join(queries)
    while found := {name for name in macros if name not in wanted and name in said}:
        wanted |= found
        said = "\n".join(macros[name].partition("(")[2] for name in found)
    return tuple(macros[name] for name in macros if name in wanted)
