"""A declared mapping as SQL: from the delivered text of a value to the canonical text.

Raw keeps both: the canonical columns hold what the contract reads, ``delivered`` the values as
they came where the two differ. Whoever delivered the file is told about the latter.
"""

from __future__ import annotations

import datetime as dt

from pipelines.config.mapping import SourceMapping
from pipelines.contracts import casts
from pipelines.contracts.sources import Column
from pipelines.core.sql_text import literal
from pipelines.ingest.validate import identifiers

_PERCENT = r"[\s\x{a0}\x{202f}]*%$"
_EXPONENT = "([eE][+-]?[0-9]+)?"


def translation(column: Column, text: str, mapping: SourceMapping) -> str | None:
    """SQL: the canonical text of a cleaned delivered text; None where nothing is declared.

    What has neither the declared nor the canonical form stays as it is, and breaks a rule later.
    """
    declared = mapping.values_of(column)
    branches = [
        f"when {text} = {literal(theirs)} then {_canonical(ours)}"
        for theirs, ours in declared.items()
    ]
    branches += [
        f"when {casts.folded(text)} = {literal(value)} then {literal(value)}"
        for value in (*(column.allowed or ()), *column.meaningful)
    ]
    notation = _notation(column, text, mapping)
    if not branches and notation is None:
        return None
    if not branches:
        return notation
    return f"case {' '.join(branches)} else {notation or text} end"


def _canonical(value: str) -> str:
    return literal(value) if value.strip() else "null"


def _notation(column: Column, text: str, mapping: SourceMapping) -> str | None:
    if column.type in ("integer", "number"):
        return _with_percent(column, text, mapping)
    if identifiers.is_identifier(column) and not column.required:
        return f"case when {identifiers.is_placeholder(column, text)} then null else {text} end"
    forms = []
    if column.is_temporal and mapping.timestamps is not None:
        forms.append(mapping.timestamps.iso(text, mapping.two_digit_years_from))
    if column.is_temporal and mapping.dates is not None:
        forms.append(mapping.dates.iso(text, mapping.two_digit_years_from))
    return f"coalesce({', '.join(forms)}, {text})" if forms else None


def _with_percent(column: Column, text: str, mapping: SourceMapping) -> str | None:
    """A number, or a percentage by the column's unit: 95% is 95 of 100 points, a share of 0.95."""
    plain = _number(text, mapping)
    is_share = column.unit == "fraction"
    if not is_share and not (column.unit == "score" and column.min == 0 and column.max == 100):
        return plain
    before = f"regexp_replace({text}, {literal(_PERCENT)}, '')"
    percent = _number(before, mapping) or before
    if is_share:
        percent = f"coalesce(cast(try_cast({percent} as double) / 100 as varchar), {text})"
    return f"case when ends_with({text}, '%') then {percent} else {plain or text} end"


def _number(text: str, mapping: SourceMapping) -> str | None:
    """A number with the declared marks; another form gets a mark that no number has.

    Without that mark 1.234 would be read as one and a bit where a comma is declared.
    """
    if mapping.decimal == "." and mapping.thousands is None:
        return None
    decimal = f"([{mapping.decimal}][0-9]*)?"
    whole = "[0-9]+"
    if mapping.thousands is not None:
        whole = f"([0-9]+|[0-9]{{1,3}}([{mapping.thousands}][0-9]{{3}})+)"
    pattern = literal(f"[+-]?{whole}{decimal}{_EXPONENT}")
    plain = text
    if mapping.thousands is not None:
        plain = f"replace({plain}, {literal(mapping.thousands)}, '')"
    if mapping.decimal != ".":
        plain = f"replace({plain}, {literal(mapping.decimal)}, '.')"
    return f"case when regexp_full_match({text}, {pattern}) then {plain} else '? ' || {text} end"


def expected_type(column: Column, mapping: SourceMapping) -> str:
    """A type as the person who delivered the file writes it."""
    canonical = casts.EXPECTED_TYPES[column.type]
    if column.type == "date" and mapping.dates is not None:
        return f"a date like {mapping.dates.example} ({mapping.dates.text})"
    if column.type == "date" and mapping.timestamps is not None:
        return f"a date like {mapping.timestamps.example} ({mapping.timestamps.text})"
    if column.type == "timestamp" and mapping.timestamps is not None:
        return f"a time like {mapping.timestamps.example} ({mapping.timestamps.text})"
    if column.type == "number" and mapping.decimal == ",":
        return "a number (with a comma as decimal mark)"
    words = list(mapping.values_of(column))
    return f"{', '.join(words)} or {canonical}" if words else canonical


def expected_range(column: Column, mapping: SourceMapping) -> str:
    """The bounds as the person who delivered the file writes them."""
    if column.type == "date" and mapping.dates is not None:
        first, last = (
            mapping.dates.written(bound) if isinstance(bound, dt.date) else str(bound)
            for bound in (column.min, column.max)
        )
        return f"between {first} and {last}"
    return casts.expected_range(column)


def expected_values(column: Column, mapping: SourceMapping) -> str:
    """The allowed values in the words of the person who delivered the file.

    A canonical value that has a word of theirs is called by that, the others by their own.
    """
    theirs = mapping.values_of(column)
    words = [word for word, ours in theirs.items() if ours.strip()]
    others = [value for value in column.allowed or () if value not in theirs.values()]
    return f"one of {', '.join([*words, *others])}"
