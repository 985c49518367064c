"""SQL text for reading delivered text: the one place that says what counts as a date or a number.

The staging models and the quarantine rules are both generated from these expressions, so a row
that isn't quarantined always casts. All of them take an expression of SQL text (already cleaned:
no blanks around it, NULL where empty) and give NULL where the text can't be read.
"""

from __future__ import annotations

from pipelines.contracts.sources import Bound, Column, Source
from pipelines.core.sql_text import literal

SQL_TYPES = {
    "text": "varchar",
    "date": "date",
    "timestamp": "timestamp",
    "boolean": "boolean",
    "integer": "bigint",
    "number": "double",
}

EXPECTED_TYPES = {
    "text": "text",
    "date": "a date (YYYY-MM-DD)",
    "timestamp": "a time (YYYY-MM-DDTHH:MM:SS)",
    "boolean": "true, false, yes, no, 1 or 0",
    "integer": "a whole number",
    "number": "a number (with a dot as decimal mark)",
}
"""How a type is named to the person who delivered the file."""

_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?"
_OFFSET = r"(Z|[+-]((0[0-9]|1[0-7])(:?[0-5][0-9])?|18(:?00)?))"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_LOCAL_TIMESTAMP = rf"{_DATE}([T ]{_TIME})?"
_OFFSET_TIMESTAMP = rf"{_DATE}[T ]{_TIME} ?{_OFFSET}"
_INTEGER = r"[+-]?[0-9]+([.]0*)?"


def clean(name: str) -> str:
    """The delivered text of a column without blanks around it, NULL where nothing is left."""
    return f"nullif(trim({name}), '')"


def cast(column: Column, text: str) -> str:
    """Give the typed value of a cleaned text, NULL where it isn't of the column's type.

    A timestamp with an offset becomes local time of the session's time zone; one without an
    offset is taken as local time already. A time where a date is wanted gives its day.
    """
    match column.type:
        case "date":
            return (
                f"case when {text} like '____-__-__' and {text} not like '-%' "
                f"then try_cast({text} as date) "
                f"when regexp_full_match({text}, '{_LOCAL_TIMESTAMP}') "
                f"then cast(try_cast({text} as timestamp) as date) "
                f"when regexp_full_match({text}, '{_OFFSET_TIMESTAMP}') "
                f"then cast({_local(text)} as date) end"
            )
        case "timestamp":
            return (
                f"case when regexp_full_match({text}, '{_LOCAL_TIMESTAMP}') "
                f"then try_cast({text} as timestamp) "
                f"when regexp_full_match({text}, '{_OFFSET_TIMESTAMP}') "
                f"then {_local(text)} end"
            )
        case "boolean":
            return (
                f"case when lower({text}) in ('true', 'yes', '1') then true "
                f"when lower({text}) in ('false', 'no', '0') then false end"
            )
        case "integer":
            return (
                f"case when regexp_full_match({text}, '{_INTEGER}') "
                f"then try_cast(split_part({text}, '.', 1) as bigint) end"
            )
        case "number":
            return f"case when not contains({text}, '_') then try_cast({text} as double) end"
        case _:
            return text


def _local(text: str) -> str:
    """Local time of a text with an offset, before which DuckDB takes no blank."""
    joined = f"replace(replace(replace({text}, ' Z', 'Z'), ' +', '+'), ' -', '-')"
    return f"cast(try_cast({joined} as timestamptz) as timestamp)"


def typed_key(source: Source) -> str:
    """The key columns of delivered text as typed values, for a select list."""
    return ", ".join(f"{cast(source.column(name), clean(name))} as {name}" for name in source.key)


def is_out_of_range(column: Column, value: str) -> str | None:
    """The condition that a typed value lies outside the column's bounds; None without bounds."""
    if column.min is None or column.max is None:
        return None
    if column.type == "timestamp":
        value = f"cast({value} as date)"
    return f"{value} not between {bound(column.min)} and {bound(column.max)}"


def folded(text: str) -> str:
    """SQL: a text without what makes no difference in a label: capitals, blanks, hyphens."""
    marks = literal(r"[\s\x{a0}\x{202f}_-]+")
    return f"lower(regexp_replace({text}, {marks}, '_', 'g'))"


def is_not_allowed(column: Column, text: str) -> str | None:
    """The condition that a cleaned text isn't among the allowed values; None where all are."""
    if column.allowed is None:
        return None
    values = ", ".join(literal(value) for value in column.allowed)
    return f"{text} not in ({values})"


def expected_range(column: Column) -> str:
    """The bounds in words."""
    return f"between {column.min} and {column.max}"


def expected_values(column: Column) -> str:
    """The allowed values in words."""
    return f"one of {', '.join(column.allowed or ())}"


def bound(value: Bound) -> str:
    """A bound as a SQL literal."""
    return str(value) if isinstance(value, int | float) else f"date '{value.isoformat()}'"
