"""Names and texts as SQL writes them: the only place that quotes either."""

from __future__ import annotations


def identifier(name: str) -> str:
    """A name of one part (a column, a schema), whatever it contains, as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def table_name(full_name: str) -> str:
    """A table's ``schema.table`` as two SQL identifiers."""
    return ".".join(identifier(part) for part in full_name.split("."))


def literal(text: object) -> str:
    """A text or a path as a SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"
