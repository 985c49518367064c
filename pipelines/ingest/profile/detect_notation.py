"""What the values of a column look like: dates, numbers, yes and no. Nothing is guessed twice."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.config.date_formats import time_form
from pipelines.contracts.sources import Column

_NUMBERS = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?: (.+))?")
_NAMED = re.compile(r"([0-9]{1,2})([ .-]+)([A-Za-z]{3,9})([ .-]+)([0-9]{4}|[0-9]{2})(?: (.+))?")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?")
_COMPACT = re.compile(r"(19|20)[0-9]{6}")
_COMMA = re.compile(r"[+-]?[0-9]{1,3}([. '][0-9]{3})*,[0-9]+|[+-]?[0-9]+,[0-9]+")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}([.,' ][0-9]{3})+([.,][0-9]+)?")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,' ][0-9]+)*")
YES = frozenset(("true", "yes", "y", "1", "ja", "j", "wahr", "oui", "vrai", "sí", "si", "sim", "x"))
NO = frozenset(("false", "no", "n", "0", "nein", "falsch", "non", "faux", "não", "-"))


def date_formats(values: Sequence[str]) -> list[str] | None:
    """The formats that fit all values: none needed ([]), one, both orders, or no such (None)."""
    fitting: set[str] | None = None
    for value in values:
        formats = _formats_of(value)
        if formats is None:
            return None
        if not formats:
            continue
        fitting = formats if fitting is None else fitting & formats
        if not fitting:
            return None
    return sorted(fitting or ())


def _formats_of(value: str) -> set[str] | None:
    """The formats one value may be in; the empty set for ISO, None for no date."""
    if _ISO.fullmatch(value):
        return set()
    if _COMPACT.fullmatch(value):
        return {"%Y%m%d"}
    named = _NAMED.fullmatch(value)
    if named:
        _, one, _, two, year, time = named.groups()
        return _with_time({f"%d{one}%b{two}{'%Y' if len(year) == 4 else '%y'}"}, time)
    found = _NUMBERS.fullmatch(value)
    if not found:
        return None
    first, mark, second, year, time = found.groups()
    orders = set()
    if 1 <= int(first) <= 31 and 1 <= int(second) <= 12:
        orders.add(f"%d{mark}%m{mark}")
    if 1 <= int(first) <= 12 and 1 <= int(second) <= 31:
        orders.add(f"%m{mark}%d{mark}")
    year_directive = "%Y" if len(year) == 4 else "%y"
    return _with_time({order + year_directive for order in orders}, time) or None


def _with_time(dates: set[str], time: str | None) -> set[str]:
    if time is None:
        return dates
    form = time_form(time)
    return {f"{date} {form}" for date in dates} if form else set()


def has_decimal_comma(values: Sequence[str]) -> bool:
    """Whether numbers are written with a comma as decimal mark."""
    return any(_COMMA.fullmatch(value) for value in values)


def share_fitting(column: Column, values: Sequence[str]) -> float:
    """The share of values that look like the column's type, 0.5 where that tells nothing."""
    if not values or column.type == "text":
        return 0.5 if column.allowed is None else _share_of_codes(values)
    return sum(_fits(column, value) for value in values) / len(values)


def _fits(column: Column, value: str) -> bool:
    if column.is_temporal:
        return _formats_of(value) is not None
    if column.type == "boolean":
        return value.casefold() in YES | NO
    return bool(_NUMBER.fullmatch(value)) and _is_in_range(column, value)


def _is_in_range(column: Column, value: str) -> bool:
    """Whether a number may be one of the column's; one with marks for thousands is taken for it."""
    try:
        number = float(value)
    except ValueError:
        return (value.count(",") <= 1 and "." not in value) or bool(_GROUPED.fullmatch(value))
    return float(str(column.min)) <= number <= float(str(column.max))


def _share_of_codes(values: Sequence[str]) -> float:
    """Coded columns have few different values."""
    return 0.8 if len(set(values)) <= 12 else 0.1
