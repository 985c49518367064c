"""A publication's data -> a page drawn once more, where each figure knows what it is from.

The rows that frames hand out are marked with their table, column and row, the facts beside them
with their names, and the templates with their lines (`assets.commands.where_templates`).
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from functools import cache, partial
from itertools import islice
from types import FrameType
from typing import Any, NamedTuple

import polars as pl

from assets.commands.where_templates import signing
from dashboards.data import SiteData
from dashboards.frames import FRAMES
from dashboards.number_format import written_in
from dashboards.outcome_display import display_of
from dashboards.pages.layout import made_of
from dashboards.pages.views import ChartView
from pipelines.contracts.tables import load_metrics, table_of
from pipelines.core.versions import PROJECT
from pipelines.lineage.introspection import Place
from pipelines.lineage.marked_counts import MarkedLabels, counted, counting_is_marked, named, row_of
from pipelines.lineage.marked_names import Named, names_are_marked, unit_of
from pipelines.lineage.marked_values import Origin, Pen, Writing, drawing, marked, noting
from pipelines.lineage.template_signs import Signs, Site

_ROW = "row of the table"
_SCALED = "mean_difference"
"""What is estimated of outcomes whose units have figures in them."""
_KEYS = frozenset({"horizon_days", "stamp"})
"""Facts that others are looked up by: they stay as they are."""
_STEPS = frozenset({"rounding"})
"""Columns that say how figures are written."""
_FIRST = 1_000_000
"""Rows are numbered through all tables: the number of the table times this, and their own."""


_FOLDER = f"{PROJECT}/dashboards/"
_MOST_PARTS = 60


class Drawn(NamedTuple):
    """A page with its marks, what they stand for, and the lines of the templates."""

    html: str
    writings: list[Writing]
    sites: list[Site]


def redrawn(data: SiteData, draw: Callable[..., str]) -> Drawn:
    """Draw a page with marks; without these it is the same page."""
    pen, signs = Pen(), Signs()
    own = made_of(partial(signing, signs))
    counts = counting_is_marked(_rows_of)
    with (
        _rows_are_marked(),
        _figures_are_numbered(),
        names_are_marked(_units()),
        counts,
        written_in(data.notation),
        own,
        noting(pen),
    ):
        text = draw(_marked_data(data))
    return Drawn(text, list(pen.writings), signs.sites)


def _units() -> list[Named]:
    """The units of outcomes as pages tell them, which are made once of the contract."""
    names = [each.outcome for each in load_metrics()]
    return [(vars(display_of(name, _SCALED)), "unit", unit_of(name)) for name in names]


def _marked_data(data: SiteData) -> SiteData:
    frames = {
        name: getattr(data, name).with_row_index(_ROW, number * _FIRST)
        for number, name in enumerate(FRAMES)
    }
    facts = {
        each.name: _marked_fact(getattr(data, each.name), each.name)
        for each in fields(data)
        if each.name not in FRAMES and each.name not in _KEYS
    }
    return replace(data, **frames, **facts)


def _marked_fact(value: Any, name: str) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        own = {each.name: getattr(value, each.name) for each in fields(value)}
        told = {key: _marked_fact(each, f"{name}.{key}") for key, each in own.items()}
        return replace(value, **told)
    if isinstance(value, tuple):
        return tuple(_marked_fact(each, name) for each in value)
    if type(value) is dict:
        return MarkedLabels(value)
    number = f"{value}" if type(value) in (int, float) else ""
    return value if isinstance(value, str) else marked(value, Origin(name, value=number))


@contextmanager
def _rows_are_marked() -> Iterator[None]:
    """Let frames hand out marked rows as long as the block lasts."""
    names = ("rows", "row", "iter_rows", "__getitem__")
    plain = {name: getattr(pl.DataFrame, name) for name in names}
    own = ("to_list", "__iter__", "__getitem__", "unique")
    series = {name: getattr(pl.Series, name) for name in own}
    height = pl.DataFrame.height

    def rows(frame: pl.DataFrame, *, named: bool = False) -> list[Any]:
        found = plain["rows"](frame, named=named)
        return [_named(each) for each in found] if named else found

    def row(frame: pl.DataFrame, index: Any = None, *, named: bool = False, **by: Any) -> Any:
        found = plain["row"](frame, index, named=named, **by)
        return _named(found) if named else found

    def iter_rows(frame: pl.DataFrame, *, named: bool = False, **how: Any) -> Any:
        found = plain["iter_rows"](frame, named=named, **how)
        return map(_named, found) if named else found

    def of_frame(frame: pl.DataFrame, key: Any) -> Any:
        found = plain["__getitem__"](frame, key)
        if isinstance(key, str) and key != _ROW and _ROW in frame.columns:
            found.marks_of_rows = plain["__getitem__"](frame, _ROW)
        return found

    def values(column: pl.Series) -> list[Any]:
        numbers = getattr(column, "marks_of_rows", None)
        told: list[Any] = series["to_list"](column)
        if numbers is None or len(numbers) != len(told):
            return told
        own = series["to_list"](numbers)
        return [_value(*each, column.name) for each in zip(told, own, strict=True)]

    def of_column(column: pl.Series, key: Any) -> Any:
        return values(column)[key] if isinstance(key, int) else series["__getitem__"](column, key)

    def unique(column: pl.Series, **how: Any) -> pl.Series:
        found: pl.Series = series["unique"](column, **how)
        if (numbers := getattr(column, "marks_of_rows", None)) is not None:
            told, every = series["to_list"](column), series["to_list"](numbers)
            first = dict(zip(reversed(told), reversed(every), strict=True))
            own = [first[each] for each in series["to_list"](found)]
            found.marks_of_rows = pl.Series(_ROW, own)  # type: ignore[attr-defined]
        return found

    def n_rows(frame: pl.DataFrame) -> int:
        number: int = height.__get__(frame)
        return counted(number, _rows_of(frame) or ())

    _set(pl.DataFrame, {"rows": rows, "row": row, "iter_rows": iter_rows, "__getitem__": of_frame})
    _set(pl.DataFrame, {"height": property(n_rows)})
    given = {"to_list": values, "__iter__": lambda self: iter(values(self)), "unique": unique}
    _set(pl.Series, {**given, "__getitem__": of_column})
    try:
        yield
    finally:
        _set(pl.DataFrame, {**plain, "height": height})
        _set(pl.Series, series)


def _set(kind: type, methods: Mapping[str, Any]) -> None:
    for name, method in methods.items():
        setattr(kind, name, method)


def _named(row: dict[str, Any]) -> dict[str, Any]:
    number = row.pop(_ROW, None)
    told = {name: _value(value, number, name) for name, value in row.items()}
    return told if number is None else row_of(told, _origin(number))


def _rows_of(frame: Any) -> list[Any] | None:
    """The rows of a frame, or of a column of it; None of what has none."""
    if isinstance(frame, pl.DataFrame) and _ROW in frame.columns:
        return [row_of({}, _origin(each)) for each in pl.Series.to_list(frame.get_column(_ROW))]
    return pl.Series.to_list(frame) if hasattr(frame, "marks_of_rows") else None


def _origin(number: int, column: str = "") -> Origin:
    return Origin(FRAMES[list(FRAMES)[number // _FIRST]], column, number % _FIRST)


def _value(value: Any, number: int | None, column: str) -> Any:
    if number is None:
        return value
    whence = _origin(number, column)
    is_marked = isinstance(value, dt.date | int) and column not in _KEYS
    if column in _keys(whence.name) and not is_marked:
        return named(value, whence) if isinstance(value, str) else value
    return value if column in _STEPS else marked(value, whence)


@contextmanager
def _figures_are_numbered() -> Iterator[None]:
    """Let charts know who gave them their number as long as the block lasts."""
    plain = ChartView.__init__

    def made(view: ChartView, *given: Any, **named: Any) -> None:
        plain(view, *given, **named)
        *_, place = islice(drawing(sys._getframe(1)), 2)
        # Whatever was counted to come to it: a chart's number is set where charts are put together.
        object.__setattr__(view, "number", marked(int(view.number), Origin(str(place))))

    _set(ChartView, {"__init__": made})
    try:
        yield
    finally:
        _set(ChartView, {"__init__": plain})


@cache
def _keys(table: str) -> frozenset[str]:
    return frozenset(table_of(table).key)


def writer_of(
    data: SiteData, draw: Callable[[SiteData], str], texts: Sequence[str]
) -> tuple[Place, ...]:
    """Return the function that first gives a text while a page is drawn, with what called it.

    Of several texts that is told of the first that any function gives.
    """
    found: dict[str, tuple[Place, ...]] = {}

    def watch(frame: FrameType, event: str, given: Any) -> None:
        if event != "return" or given is None or texts[0] in found:
            return
        file = frame.f_code.co_filename
        if file.startswith(_FOLDER) and file.endswith(".py"):
            for text in texts:
                if text not in found and _gives(given, text):
                    found[text] = tuple(drawing(frame))

    with written_in(data.notation):
        sys.setprofile(watch)
        try:
            draw(data)
        finally:
            sys.setprofile(None)
    return next((found[each] for each in texts if found.get(each)), ())


def _gives(value: Any, text: str, depth: int = 4) -> bool:
    """Whether a text is in what a function gives, or in its parts."""
    if isinstance(value, str):
        return text in value or text in " ".join(value.split())
    if depth and is_dataclass(value) and not isinstance(value, SiteData | type):
        return _gives([getattr(value, each.name, None) for each in fields(value)], text, depth - 1)
    if depth and isinstance(value, dict):
        return _gives(list(value.values()), text, depth - 1)
    if depth and isinstance(value, list | tuple):
        return any(_gives(each, text, depth - 1) for each in value[:_MOST_PARTS])
    return False
