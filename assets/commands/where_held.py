"""Figures of a page and what they are from -> the rows of tables that hold them, their query."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import polars as pl

from assets.commands.where_counted import condition, count_query, n_counted
from dashboards.data import SiteData
from dashboards.frames import FRAMES
from pipelines.contracts.tables import Table, table_of
from pipelines.core.figures import as_told, decimals
from pipelines.core.sql_text import identifier, literal
from pipelines.lineage.marked_values import Origin, Writing

_STATUS, _LEVEL = "status", "conf_level"
_MOST_ROWS, _MOST_COLUMNS, _MOST_FIGURES = 30, 14, 9
_LONGEST = 100
_PLAIN = re.compile(r"\d[\d,]*(?:\.\d+)?")
_BETWEEN = r"\D{1,8}"
_TRACED = ("estimate", "conf_low", "conf_high")
_PER = (1, 100, 1000)
_MONTHS = ("%b %Y", "%B %Y")
_AS_ASSIGNED = {"weighted": "as_assigned", "reweighted": "weighted"}
"""What the pages call a design where a lottery decided, and the table (`dashboards.load`)."""


@dataclass(frozen=True)
class Held:
    """The rows of a table that figures are from, by figure its columns.

    ``per`` says of a column per how many it is shown, and with how many decimals.
    """

    table: Table
    rows: tuple[dict[str, Any], ...]
    figures: dict[str, tuple[str, ...]]
    per: dict[str, tuple[int, int]]
    n_further: int = 0
    numbers: frozenset[int] = frozenset()
    """The rows by their places in the table."""
    count: str = ""
    """The query that counts the rows, where a count is all that they are shown as."""
    counted_by: str = ""
    """The function that counts them."""
    reckoned: frozenset[str] = frozenset()
    """Figures made of their columns, of which none has that value: a sum, the end of an axis."""

    @property
    def told(self) -> str:
        """The figures with their columns."""
        return ", ".join(
            f"{short(text)} ({'reckoned with ' * (text in self.reckoned)}{', '.join(names)})"
            for text, names in self.figures.items()
        )

    @property
    def query(self) -> str:
        """The query of these rows: what differs, the figures as shown, their limits, the key."""
        if self.count:
            return self.count
        conditions, differing = [], []
        for name in self.table.key:
            given = list(dict.fromkeys(row[name] for row in self.rows))
            if len(given) > 1:
                differing.append(name)
            conditions.append(condition(name, given))
        names = {each.name for each in self.table.columns}
        figures = dict.fromkeys(each for columns in self.figures.values() for each in columns)
        told = [each for each in figures if each in names][:_MOST_FIGURES]
        rest = [*self.table.range_of(told), *self.table.key, *({_STATUS} & names)]
        shown = [*dict.fromkeys((*differing, *told, *rest))]
        columns = ", ".join(self._column(each) for each in shown[:_MOST_COLUMNS])
        order = ", ".join(identifier(each) for each in (differing or self.table.key[:1]))
        where = "\nand ".join(conditions)
        return f"select {columns}\nfrom {self.table.full_name}\nwhere {where}\norder by {order}"

    def _column(self, name: str) -> str:
        scale = self.per.get(name) or self.per.get(self.table.limits.get(name, ""))
        if scale is None:
            return identifier(name)
        per, digits = scale
        value = identifier(name) if per == 1 else f"{per} * {identifier(name)}"
        values = [per * row[name] for row in self.rows if row[name] is not None]
        if any(f"{each:,.{digits}f}" != decimals(each, digits) for each in values):
            value = f"round({value}, {digits})"  # pages take halves up, format to the even digit
        shown = f"format({literal(f'{{:,.{digits}f}}')}, {value})"
        zero = f"{0:.{digits}f}"
        if any(f"{each:.{digits}f}" == f"-{zero}" for each in values):
            shown = f"replace({shown}, {literal(f'-{zero}')}, {literal(zero)})"
        return f"{shown} as {identifier(f'{name}_shown' if per == 1 else f'{name}_per_{per}')}"


def short(text: str) -> str:
    """Return a text as far as a line has room for it."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def held_in(writings: Sequence[Writing], data: SiteData) -> list[Held]:
    """Return the tables that figures are from, in the order of the figures; each count apart."""
    origins = [each for w in writings for each in w.origins if each.row >= 0]
    kinds = [each if each.counted else each.name for each in origins]
    return [
        _held(each, writings, data) if isinstance(each, str) else _counted(each, writings, data)
        for each in dict.fromkeys(kinds)
    ]


def _counted(origin: Origin, writings: Sequence[Writing], data: SiteData) -> Held:
    """The rows that were counted, with the query that counts them."""
    table, frame = table_of(origin.name), getattr(data, _frame_of(origin.name))
    number = n_counted(frame, origin)
    what = f"distinct {origin.column}" if origin.column else "rows"
    texts = dict.fromkeys(w.text for w in writings if origin in w.origins)
    plain, further = f"count of {what}", f"reckoned with a count of {what}, {number}"
    figures: dict[str, tuple[str, ...]] = {
        text: (plain if text.replace(",", "") == f"{number}" else further,) for text in texts
    }
    rows = [frame.row(each, named=True) for each in origin.counted]
    if data.assignment != "observed":
        rows = [_as_in_the_table(row, origin.name) for row in rows]
    count = count_query(table, frame, origin, rows)
    told = rows if count else rows[:_MOST_ROWS]
    numbers = frozenset([origin.row, *origin.counted[: len(told)]])
    n_further = len(rows) - len(told)
    return Held(table, tuple(told), figures, {}, n_further, numbers, count, origin.by)


def _held(name: str, writings: Sequence[Writing], data: SiteData) -> Held:
    table, frame = table_of(name), getattr(data, _frame_of(name))
    figures: dict[str, tuple[str, ...]] = {}
    numbers: dict[int, None] = {}
    scales: dict[str, dict[tuple[int, int] | None, None]] = {}
    reckoned: set[str] = set()
    for writing in writings:
        own = [each for each in writing.origins if _is_of(each, name)]
        if own and (len(numbers) < _MOST_ROWS or all(each.row in numbers for each in own)):
            columns = (*figures.get(writing.text, ()), *(each.column for each in own))
            figures[writing.text] = tuple(dict.fromkeys(columns))
            numbers |= {each.row: None for each in own}
            values = {each.column: frame.item(each.row, each.column) for each in own}
            is_reckoned = _is_reckoned(writing.text, list(values.values()))
            reckoned |= {writing.text} if is_reckoned else set()
            for column, value in values.items():
                scale = None if is_reckoned else _per(writing, value)
                scales.setdefault(column, {})[scale] = None
    # Rows of several units (29 leavers, 34.0 per 100) have no scale in common.
    per = {name: each for name, (each, *others) in scales.items() if each and not others}
    rows = [frame.row(number, named=True) for number in numbers]
    every = {each.row for w in writings for each in w.origins if _is_of(each, name)}
    if data.assignment != "observed":
        rows = [_as_in_the_table(row, name) for row in rows]
    n_further, held = len(every - {*numbers}), frozenset(numbers)
    return Held(table, tuple(rows), figures, per, n_further, held, reckoned=frozenset(reckoned))


def _is_reckoned(text: str, values: Sequence[Any]) -> bool:
    """Whether a number is none of the values that it was made of, as these are written."""
    number = text.strip("+-%\N{MINUS SIGN} ")
    are_numbers = all(isinstance(e, int | float) and not isinstance(e, bool) for e in values)
    is_one = bool(_PLAIN.fullmatch(number)) and are_numbers
    return is_one and not any(_is_written(each, number, "") for each in values)


def _is_of(origin: Origin, table: str) -> bool:
    """Whether it is a value of a table, not a count of its rows."""
    return origin.name == table and origin.row >= 0 and not origin.counted


def _frame_of(table: str) -> str:
    return next(name for name, each in FRAMES.items() if each == table)


def _per(writing: Writing, value: Any) -> tuple[int, int] | None:
    """Per how many a figure is written (1, 100 or 1,000 of what the table holds), how exactly."""
    text = writing.text.replace(",", "").rstrip("%")
    try:
        shown = abs(float(text))
    except ValueError:
        return None
    if not isinstance(value, float):
        return None
    per = min(_PER, key=lambda each: abs(each * abs(value) - shown))
    return (per, len(text.partition(".")[2]))


def _as_in_the_table(row: dict[str, Any], name: str) -> dict[str, Any]:
    is_renamed = name == "outcomes.anytime_interval" or row.get("segment") == "all"
    if not is_renamed or "design" not in row or name not in _RENAMED:
        return row
    return {**row, "design": _AS_ASSIGNED.get(row["design"], row["design"])}


_RENAMED = ("outcomes.comparison", "outcomes.anytime_interval")


def told_texts(data: SiteData) -> list[tuple[str, Origin]]:
    """Return every text of the tables with a figure, but keys, and its place."""
    return [
        (text, Origin(table, column, number))
        for name, table in FRAMES.items()
        for column, kind in getattr(data, name).schema.items()
        if kind == pl.String and column not in table_of(table).key
        for number, text in enumerate(getattr(data, name)[column])
        if text and re.search(r"\d", text)
    ]


def keys_of(numbers: Sequence[str], text: str, held: Held) -> dict[str, str]:
    """Return the columns of a key that have some numbers in them, as "63" or "2025-Q3" has.

    Numbers that follow each other both in a value and in the text are of that. A column whose
    value stands in the text comes before others, and the numbers of one column are
    those of one row: a "4" of one and a "2026" of another make no "Q4 2026".
    """
    found: dict[str, str] = {}
    for row in held.rows:
        for name in held.table.key:
            for pair in _pairs(row[name]):
                if {*pair} <= {*numbers} and _stand_together(pair, text):
                    found |= dict.fromkeys(pair, name)
    for name in sorted(held.table.key, key=lambda each: not _is_in(text, each, held)):
        told = [[n for n in numbers if n in _digits_of(row[name])] for row in held.rows]
        best = max(told, key=len, default=[])
        is_one = len(best) == len({n for each in told for n in each})
        found |= {n: name for n in best if n not in found and is_one}
    return found


def _pairs(value: Any) -> list[tuple[str, str]]:
    """The numbers that follow each other in a value: of a day also those of its quarter."""
    is_day = isinstance(value, dt.date)
    quarter = [(f"{value.year}", f"{(value.month + 2) // 3}")] if is_day else []
    return [*quarter, *pairwise(_digits_of(value))]


def _stand_together(pair: Sequence[str], text: str) -> bool:
    """Whether two numbers follow each other in a text: "Q4 2026" is the value "2026-Q4"."""
    both = (_BETWEEN.join(pair), _BETWEEN.join(reversed(pair)))
    return any(re.search(rf"(?<!\d){each}(?!\d)", text) for each in both)


def row_called(numbers: Sequence[str], text: str, held: Held, data: SiteData) -> Held | None:
    """Return the one row whose key has all the numbers in one column, else like some figures' rows.

    A month is told by its name in the text. The row may have no figures, as a part of whom it is
    too early to tell.
    """
    keys = held.table.key
    if not numbers:
        return None
    frame = getattr(data, _frame_of(held.table.full_name))
    given = {name: {row[name] for row in held.rows} for name in keys}
    for name in keys:
        if len(given[name]) == 1 and _is_called(next(iter(given[name])), numbers, text):
            return None
        rest = [(each, values) for each, values in given.items() if each != name]
        rows = [
            row
            for row in frame.iter_rows(named=True)
            if _is_called(row[name], numbers, text) and all(row[e] in own for e, own in rest)
        ]
        if len(rows) == 1:
            return Held(held.table, tuple(rows), {}, {})
    return None


def _is_called(value: Any, numbers: Sequence[str], text: str) -> bool:
    if isinstance(value, dt.date):
        return any(f"{value:{each}}".lower() in text.lower() for each in _MONTHS)
    return set(numbers) <= set(_digits_of(value))


def _digits_of(value: Any) -> list[str]:
    return re.findall(r"\d+", re.sub(r"^0+(?=\d)", "", f"{value}"))


def _is_in(text: str, name: str, held: Held) -> bool:
    return any(f"{row[name]}" in text for row in held.rows)


def seen_in(numbers: Sequence[str], text: str, held: Held) -> dict[str, list[str]]:
    """Return the columns beside a page's figures that have some numbers, as these are written.

    With the sign that a number has in the text; where several columns have it, all are named.
    """
    found: dict[str, list[str]] = {}
    for number in numbers:
        for name in (e.name for e in held.table.columns if e.name not in (*held.table.key, _LEVEL)):
            values = (row.get(name) for row in held.rows)
            if any(_is_written(value, *_signed(number, text)) for value in values):
                found.setdefault(number, []).append(name)
    return found


def _signed(number: str, text: str) -> tuple[str, str]:
    """A number and its sign: its own, else the one before it in the text."""
    if not number[0].isdigit():
        return number[1:], number[0]
    told = re.search(rf"(?<![\w.,])([+\N{{MINUS SIGN}}]?){re.escape(number)}(?![.,]?\d)", text)
    return number, told[1] if told else ""


def traces_of(numbers: Sequence[str], text: str, held: Held) -> dict[str, str]:
    """Return the columns whose values are told as under some numbers: they round to nothing."""
    return {
        number: name
        for number in numbers
        if f"under {number}" in text
        for row in held.rows
        for name, value in reversed(row.items())
        if name.endswith(_TRACED) and _is_trace(value, number)
    }


def _is_trace(value: Any, number: str) -> bool:
    if not isinstance(value, float) or not value:
        return False
    digits = len(number.partition(".")[2])
    return any(as_told(per * value, digits) == 0 for per in _PER)


def _is_written(value: Any, number: str, sign: str) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    if value and sign and (sign == "+") != (value > 0):
        return False
    digits = len(number.partition(".")[2])
    return number.replace(",", "") in {
        decimals(abs(per * value), digits).replace(",", "") for per in _PER
    }


def places_of(writings: Sequence[Writing]) -> dict[Origin, str]:
    """The facts and places that figures are from that no table has, with these figures.

    A figure that isn't what its place sets is told with that: 4, reckoned with 5.
    """
    found: dict[Origin, dict[str, None]] = {}
    for writing in writings:
        for origin in (each for each in writing.origins if each.row < 0):
            found.setdefault(origin, {})[writing.text] = None
    return {origin: _made_with(list(texts), origin) for origin, texts in found.items()}


def _made_with(texts: Sequence[str], origin: Origin) -> str:
    told = ", ".join(texts)
    is_other = origin.value and any(not _is_value(each, origin.value) for each in texts)
    return f"{told}, reckoned with {origin.value}" if is_other else told


def _is_value(text: str, value: str) -> bool:
    try:
        return float(text.replace(",", "")) == float(value)
    except ValueError:
        return False
