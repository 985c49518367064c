"""From a database's error about a recipe's query to what can be told of it, and its line."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches

from pipelines.core.warehouse import DatabaseError

_LINE = re.compile(r"^LINE (\d+): ?(.*)$", re.MULTILINE)
_NAME = re.compile(r'(?:column|name|alias|table) "?([A-Za-z_][^"!\s]*)')
_COLUMN = re.compile(r'[Cc]olumn "([^"]+)"')
_FUNCTION = re.compile(r"[Ff]unction with name (\w+)")
_SHAPE_OF_QUERY = ("Binder", "Catalog", "Parser", "Syntax")
"""Errors that are about the query; others quote values."""


def told_of(error: DatabaseError, memory: str, names: Collection[str]) -> str:
    """A database's error as far as it is about the query; values stay untold.

    ``names`` are those of columns and macros that the query may have meant.
    """
    kind = _kind(error)
    if kind in _SHAPE_OF_QUERY:
        said = str(error).partition("\n")[0]
        found = _COLUMN.search(said) or _FUNCTION.search(said)
        near = get_close_matches(found[1], [*names], n=1, cutoff=0.6) if found else []
        return f"{said} Is {near[0]} meant?" if near and found and near[0] != found[1] else said
    if kind == "OutOfMemory":
        return f"it needs more than {memory} of memory; deliver smaller files"
    if kind == "Permission":
        return "it reaches for a file, the network or a setting; a query reads delivery and lookups"
    return f"a value can't be converted ({kind} Error); the macros leave such values to be told"


def line_of(error: DatabaseError, query: str) -> int | None:
    """The line of a query that an error is about; where it tells a name only, its first line."""
    said = str(error)
    line, name = _LINE.search(said), _NAME.search(said)
    if _kind(error) not in _SHAPE_OF_QUERY:
        return _line_with(line[2], query) if line else None
    if line:
        return int(line[1])
    if not name:
        return None
    place = re.search(rf"(?<!\w){re.escape(name[1])}(?!\w)", query)
    return query.count("\n", 0, place.start()) + 1 if place else None


def _line_with(shown: str, query: str) -> int | None:
    """The one line of a query that has what is shown, cut off with dots, of what was run."""
    piece = shown.strip().strip(".").strip()
    lines = [number for number, text in enumerate(query.splitlines(), 1) if piece in text]
    return lines[0] if piece and len(lines) == 1 else None


def _kind(error: DatabaseError) -> str:
    return type(error).__name__.removesuffix("Exception")
