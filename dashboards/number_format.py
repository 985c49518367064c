"""How an organisation writes its numbers: applied once, where text leaves for a page.

Everything before that writes 1,234.5. Dates are written "31 Oct 2026", which nobody misreads, and
downloads, queries and the analysts' file stay as machines read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
_NUMBER = re.compile(r"(?<![\w.,/])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?![\w/]|[.,]\d)")
_DATA_URI = "data:"
AS_THEY_ARE = frozenset({"dimensions", "metrics", "points"})
"""Keys of inlined data under which names or places stand: looked up or drawn, not read."""


@dataclass(frozen=True)
class Notation:
    """The signs between thousands and before decimals."""

    thousands: str = ","
    decimal: str = "."

    @property
    def is_default(self) -> bool:
        """Whether numbers stay as they are written."""
        return (self.thousands, self.decimal) == (",", ".")


_DEFAULT = Notation()
_CURRENT: ContextVar[Notation] = ContextVar("notation", default=_DEFAULT)


@contextmanager
def written_in(notation: Notation) -> Iterator[None]:
    """Write numbers in this notation as long as the block lasts."""
    token = _CURRENT.set(notation)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def localised(text: str) -> str:
    """Return a text with its numbers in the notation of the moment; links to data stay."""
    notation = _CURRENT.get()
    if notation.is_default or text.startswith(_DATA_URI):
        return text
    return _NUMBER.sub(lambda found: _written(found, notation), text)


def localised_values(value: Any, key: str = "") -> Any:
    """Return data for a page's script with the numbers in its texts localised."""
    if key in AS_THEY_ARE or _CURRENT.get().is_default:
        return value
    if isinstance(value, Mapping):
        return {name: localised_values(each, str(name)) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [localised_values(each) for each in value]
    return localised(value) if isinstance(value, str) else value


def printed(value: Any) -> Any:
    """Return what a template prints for a value: texts localised, markup as it is."""
    is_text = isinstance(value, str) and not isinstance(value, Markup)
    return localised(value) if is_text else value


def _written(found: re.Match[str], notation: Notation) -> str:
    thousands = THIN_SPACE if notation.thousands == " " else notation.thousands
    decimals = (found[2] or "").replace(".", notation.decimal, 1)
    return found[1].replace(",", thousands) + decimals
