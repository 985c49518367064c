"""Words on a page and its tables -> which of these hold the figures as shown, in which rows.

The figures are looked for in the published file, with the digits that the page shows, as they are
and times 100. Of rows that hold as many, those come first that the words around them name.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from assets.commands.where_on_pages import Spot, page_tables, words_near
from pipelines.contracts.tables import Table, load_metrics, table_of
from pipelines.contracts.trend_measures import trend_measures
from pipelines.core.sql_text import identifier, literal
from pipelines.core.warehouse import open_warehouse, read_table
from pipelines.core.workspace import Workspace
from pipelines.lineage.words import has_words, plain

_FIGURE = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?%?(?![\w]|\.\d|,\d)")
_BASE = re.compile(r"(?i)\b(?:per|of|every|in) 1(?:00|,000)\b|\b(?:19|20)\d\d\b|^\d+\. ")
"""What isn't looked for: per how many a figure is told, years, and the number of a heading."""
_RANGES = ("conf_low", "conf_high", "usual_low", "usual_high", "status")
_WHOLE = ("all", "weighted", "all_people")
Context = tuple[str, str]
_NEAR, _NEWEST = 8.0, 0.25
_MOST_ROWS = 4
_MOST_COLUMNS = 8


@dataclass(frozen=True)
class Row:
    """A row with the figures that it holds, each with its column, and how well the words fit."""

    values: dict[str, Any]
    held: dict[str, str]
    n_named: float


@dataclass(frozen=True)
class Held:
    """The rows of a table that hold figures between them, and how many others would do."""

    table: Table
    rows: tuple[Row, ...]
    n_alike: int

    @property
    def figures(self) -> dict[str, str]:
        """The figures that are held, each with its column."""
        return {key: value for row in self.rows for key, value in row.held.items()}

    @property
    def is_likely(self) -> bool:
        """Whether it is more than chance: several figures or many digits, or the words say so."""
        shown = "".join(self.figures)
        if len(re.sub(r"\D", "", shown)) > 2:
            return True
        return len(shown) > 1 and self.rows[0].n_named >= _NEAR

    @property
    def query(self) -> str:
        """The query of these rows: what differs in their key, the figures, the range."""
        conditions, differing = [], []
        for name in self.table.key:
            given = list(dict.fromkeys(row.values[name] for row in self.rows))
            if len(given) > 1:
                differing.append(name)
            conditions.append(_condition(name, given))
        names = {each.name for each in self.table.columns}
        further = [*self.table.key, *(each for each in _RANGES if each in names)]
        shown = list(dict.fromkeys([*differing, *self.figures.values(), *further]))
        columns = ", ".join(identifier(each) for each in shown[:_MOST_COLUMNS])
        order = ", ".join(identifier(each) for each in (differing or self.table.key[:1]))
        where = "\nand ".join(conditions)
        return f"select {columns}\nfrom {self.table.full_name}\nwhere {where}\norder by {order}"


@dataclass(frozen=True)
class Lookup:
    """Which figures were looked for, the tables that hold some, the fullest first, and the rest."""

    figures: tuple[str, ...]
    holding: tuple[Held, ...]
    others: tuple[str, ...]


def looked_up(spot: Spot, words: str, tables: Sequence[str], workspace: Workspace) -> Lookup:
    """Look for the figures of the words in the tables that stand near, and in those of the page."""
    figures = next(
        (f for each in words_near(spot, words, workspace) if (f := figures_of(each))), ()
    )
    file = workspace.published_analytics
    if not figures or not tables or not file.exists():
        return Lookup((), (), tuple(tables))
    context = _context(spot, words)
    found = []
    for each in dict.fromkeys([*tables, *page_tables(spot)]):
        held = _held(each, figures, context, file)
        if held and held.is_likely and (each in tables or len(held.figures) == len(figures)):
            found.append(held)
    found.sort(
        key=lambda each: (
            -len(each.figures),
            len(each.rows),
            each.table.full_name not in tables,
            -each.rows[0].n_named,
        )
    )
    names = [each.table.full_name for each in found]
    return Lookup(figures, tuple(found), tuple(each for each in tables if each not in names))


def figures_of(text: str) -> tuple[str, ...]:
    """The figures of a text that can be looked for, as they are shown."""
    return tuple(dict.fromkeys(_FIGURE.findall(_BASE.sub(" ", text))))


def _held(name: str, figures: Sequence[str], context: Context, file: Path) -> Held | None:
    """The row that holds most, and those like it that hold the rest."""
    table, frame = table_of(name), _frame(name, file)
    if not table.key or frame is None:
        return None
    rows = [*rows_holding(frame, table.key, figures, context)]
    if not rows:
        return None
    first = max(rows, key=lambda row: (len(row.held), row.n_named))
    taken = [first]
    while len(taken) < _MOST_ROWS:
        rest = set(figures) - {figure for row in taken for figure in row.held}
        further = [row for row in rows if rest & set(row.held)]
        if not further:
            break
        taken.append(max(further, key=lambda row: (row.n_named, _alike(row, first), len(row.held))))
    best = (len(first.held), first.n_named)
    alike = [row for row in rows if (len(row.held), row.n_named) == best and row not in taken]
    return Held(table, tuple(taken), len(alike))


def _alike(one: Row, other: Row) -> int:
    return sum(value == other.values[name] for name, value in one.values.items())


@cache
def _frame(name: str, file: Path) -> pl.DataFrame | None:
    with open_warehouse(file, read_only=True) as con:
        return read_table(con, name)


def rows_holding(
    frame: pl.DataFrame, key: Sequence[str], figures: Sequence[str], context: Context
) -> Iterator[Row]:
    """The rows that hold some of the figures; how well the words fit is asked of their key."""
    telling = [name for name in frame.columns if name in (*key, "label", "is_newest")]
    whole = {name for name, kind in frame.schema.items() if kind.is_integer()}
    numbers = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    shown = [(each, *_shown(each)) for each in figures]
    named: dict[Any, float] = {}
    for values in frame.iter_rows(named=True):
        held: dict[str, str] = {}
        for figure, value, within in shown:
            for name in numbers:
                if name in whole and figure.endswith("%"):
                    continue
                if _holds(values[name], value, within, is_whole=name in whole):
                    held.setdefault(figure, name)
        if held:
            yield Row(values, held, sum(_named(values[name], context, named) for name in telling))


def _shown(figure: str) -> tuple[float, float]:
    """A figure as a number, and by how much what it was rounded from may differ."""
    digits = len(figure.rstrip("%").partition(".")[2])
    return float(re.sub("[,%]", "", figure)), 0.5 * 10**-digits + 1e-9


def _holds(value: float | None, shown: float, within: float, *, is_whole: bool) -> bool:
    if value is None:
        return False
    if is_whole:
        return abs(value) == shown
    return any(abs(abs(value) * scale - shown) <= within for scale in (1, 100))


def _named(value: Any, context: Context, known: dict[Any, float]) -> float:
    """How well a value fits the words around the figures; a whole before its parts."""
    if isinstance(value, bool):
        return _NEWEST if value else 0.0
    if isinstance(value, float) or value is None:
        return 0.0
    if value not in known:
        near, far = context
        known[value] = _fits(value, far)
        if isinstance(value, dt.date):
            known[value] *= _NEWEST / 2  # else it is the newest month that is told
        if value not in _WHOLE:
            known[value] += _NEAR * _fits(value, near)
    return known[value]


def _fits(value: Any, context: str) -> float:
    if value in _WHOLE:
        return 0.5
    if isinstance(value, dt.date):
        exact = any(plain(value.strftime(each)) in context for each in ("%B %Y", "%b %Y"))
        return 1.0 if exact else 0.5 * (plain(f"{value:%B}") in context)
    said = _labels().get(value, ()) if isinstance(value, str) else ()
    quarter = re.sub(r"^(\d{4})-(Q\d)$", r"\2 \1", str(value))
    either = [plain(each) for each in (quarter.replace("_", " "), *said)]
    return float(any(len(each) > 1 and has_words(context, each) for each in either))


@cache
def _labels() -> dict[str, tuple[str, ...]]:
    """What the pages call an outcome, a measure and a way of comparing."""
    return {
        **{each.outcome: (each.label,) for each in load_metrics()},
        **{each.name: (each.label,) for each in trend_measures()},
        "unadjusted": ("before adjusting",),
    }


def _context(spot: Spot, words: str) -> Context:
    """The words with the heads of their row and column, and what stands further around."""
    block = spot.block
    near = [words] if len(block.text) > len(words) * 3 > 60 else [words, block.text]
    near += block.beside[:2]
    far = [*block.beside, *block.ids, *block.terms, block.metric.replace("|", " ")]
    either = (" | ".join(re.sub("[-_]", " ", each) for each in one) for one in (near, far))
    return plain(next(either)), plain(next(either))


def _condition(name: str, given: Sequence[Any]) -> str:
    told = [_literal(each) for each in given if each is not None]
    if not told:
        return f"{identifier(name)} is null"
    if len(told) == 1 and None not in given:
        return f"{identifier(name)} = {told[0]}"
    either = f"{identifier(name)} in ({', '.join(told)})"
    return f"({either} or {identifier(name)} is null)" if None in given else either


def _literal(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool | int | float) else literal(str(value))
