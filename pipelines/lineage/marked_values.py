"""Numbers, days and texts from a source -> the same, each leaving a mark where it is written.

A marked value counts and compares like its plain one, and what is reckoned from it is marked, too.
Only where it is formatted while a `Pen` is in hand, invisible signs come after it: the number of a
`Writing`, which says what was written, from what, and by which functions.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from pipelines.core.versions import PROJECT
from pipelines.lineage.introspection import Place

_FIRST = 0xF4000
MARK = re.compile("([\U000f4000-\U000ffffd])")
"""Signs for private use, which no page has."""
_DRAWS = "dashboards"
_WRITES_FIGURES = frozenset(
    {
        "dashboards.formats",
        "dashboards.number_format",
        "dashboards.pages.head",
        "dashboards.pages.layout",
    }
)
"""What all pages are written with."""
_HANDS_OUT_ROWS = "dashboards.estimates", "records"


@dataclass(frozen=True)
class Origin:
    """Where a value is from: a column and row of a table, or a place by its name.

    Of a count it is all the ``counted`` rows; without a column, whole rows were counted, by the
    function ``by``. Of a place ``value`` is what it sets.
    """

    name: str
    column: str = ""
    row: int = -1
    counted: tuple[int, ...] = ()
    value: str = ""
    by: str = field(default="", compare=False)


@dataclass(frozen=True)
class Writing:
    """A value as it was written, what it is from, and the functions that wrote it, inmost first."""

    text: str
    origins: tuple[Origin, ...]
    written_by: tuple[Place, ...]


@dataclass
class Pen:
    """Notes what is written with it."""

    writings: dict[Writing, int] = field(default_factory=dict)

    def written(self, text: str, origins: tuple[Origin, ...]) -> str:
        """Return the text with the mark of its writing."""
        frame = sys._getframe(2)  # who formats is all that tells who writes
        writing = Writing(text, origins, tuple(drawing(frame)))
        number = self.writings.setdefault(writing, len(self.writings))
        return _MarkedWords(text + chr(_FIRST + number))


class _MarkedWords(str):
    """A text with a mark, which is compared, measured and read without it."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and without_marks(self) == without_marks(other)

    def __hash__(self) -> int:
        return hash(without_marks(self))

    def __len__(self) -> int:
        return str.__len__(without_marks(self))

    def __float__(self) -> float:
        return float(without_marks(self))

    def replace(self, *others: Any) -> str:
        """Replace as in any text, and keep the mark."""
        return _MarkedWords(super().replace(*others))


def number_of(mark: str) -> int:
    """Return the number of a writing, of its mark."""
    return ord(mark) - _FIRST


def without_marks(text: str) -> str:
    """Return a text as it is without a pen."""
    return MARK.sub("", str.__str__(text))


_PEN: ContextVar[Pen | None] = ContextVar("pen", default=None)


@contextmanager
def noting(pen: Pen) -> Iterator[None]:
    """Write marked values with this pen as long as the block lasts."""
    token = _PEN.set(pen)
    try:
        yield
    finally:
        _PEN.reset(token)


def drawing(frame: FrameType | None) -> Iterator[Place]:
    """The functions of the pages' code that are being run, inmost first, at their lines."""
    folder = f"{PROJECT}/{_DRAWS}/"
    while frame is not None:
        code = frame.f_code
        module = frame.f_globals.get("__name__", "")
        is_own = code.co_filename.startswith(folder) and code.co_filename.endswith(".py")
        if is_own and module not in _WRITES_FIGURES:
            name = re.sub(r"\.?<\w+>", "", code.co_qualname.replace(".<locals>", "")).strip(".")
            if (module, name) != _HANDS_OUT_ROWS:
                yield Place(module, name, frame.f_lineno)
        frame = frame.f_back


def marked(value: Any, *origins: Origin) -> Any:
    """Return a number or a day that leaves marks; another value as it is."""
    kind = type(value) if origins else None
    if kind is int:
        return _MarkedInt(value, origins)
    if kind is float:
        return _MarkedFloat(value, origins)
    if kind is dt.date:
        return _MarkedDay.of(value, origins)
    if kind is dt.datetime:
        return _MarkedMoment.of(value, origins)
    if kind is str and any(each.isdigit() for each in value):
        return _MarkedText(value, origins)
    return value


def origins_of(value: Any) -> tuple[Origin, ...]:
    """Return what a value is from; of a plain one nothing."""
    found: tuple[Origin, ...] = getattr(value, "origins", ())
    return found


def _formatted(self: Any, spec: str) -> str:
    text: str = self.kind.__format__(self, without_marks(spec))
    pen = _PEN.get()
    return text if pen is None or not self.origins else pen.written(text, self.origins)


def _marked_kind(plain: type) -> Any:
    """A kind of values like the plain ones, that know what they are from and leave marks."""

    def new(cls: type, value: Any, origins: tuple[Origin, ...]) -> Any:
        made: Any = plain.__new__(cls, value)
        made.origins = origins
        return made

    named = f"_Marked{plain.__name__.capitalize()}"
    return type(named, (plain,), {"__new__": new, "kind": plain, "__format__": _formatted})


_MarkedInt, _MarkedFloat, _MarkedText = (_marked_kind(each) for each in (int, float, str))


class _MarkedDay(dt.date):
    origins: tuple[Origin, ...] = ()
    """None of a day that was reckoned from a marked one."""
    kind = dt.date
    __format__ = _formatted

    @classmethod
    def of(cls, value: dt.date, origins: tuple[Origin, ...]) -> _MarkedDay:
        """Return the day, marked."""
        made = cls(value.year, value.month, value.day)
        made.origins = origins
        return made

    @property
    def day(self) -> int:
        """The day of the month, marked."""
        told: int = _MarkedInt(super().day, self.origins)
        return told

    @property
    def year(self) -> int:
        """The year, marked."""
        told: int = _MarkedInt(super().year, self.origins)
        return told


class _MarkedMoment(dt.datetime):
    origins: tuple[Origin, ...] = ()

    @classmethod
    def of(cls, value: dt.datetime, origins: tuple[Origin, ...]) -> _MarkedMoment:
        """Return the moment, marked."""
        made = cls.combine(dt.datetime.date(value), value.timetz())
        made.origins = origins
        return made

    def date(self) -> dt.date:
        """The day of the moment, marked."""
        return _MarkedDay.of(super().date(), self.origins)

    def astimezone(self, tz: dt.tzinfo | None = None) -> _MarkedMoment:
        """The moment elsewhere, marked."""
        return _MarkedMoment.of(super().astimezone(tz), self.origins)


def _kept(kind: type, name: str) -> Callable[..., Any]:
    """A method of reckoning whose result is marked with what all its numbers are from."""

    def reckon(self: Any, *others: Any) -> Any:
        result = getattr(kind, name)(self, *others)
        if result is NotImplemented and isinstance(others[0], float):
            result = getattr(float, name)(float(self), *others)
        every = dict.fromkeys(each for one in (self, *others) for each in origins_of(one))
        return marked(result, *every) if type(result) in (int, float) else result

    return reckon


_TWO = ("add", "sub", "mul", "truediv", "floordiv", "mod")
for _kind in (_MarkedInt, _MarkedFloat):
    for _name in (*_TWO, *(f"r{each}" for each in _TWO), "neg", "abs", "round", "floor", "ceil"):
        setattr(_kind, f"__{_name}__", _kept(_kind.kind, f"__{_name}__"))
