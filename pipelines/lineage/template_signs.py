"""Lines of templates -> invisible signs in what is made of them, and back to those lines."""

from __future__ import annotations

import re
from typing import NamedTuple

_LINES, _EXPRESSIONS = 0xF0000, 0x100000
_END = chr(0x10FFFD)
"""Comes after what an expression gives; before it stands the sign of its site."""
SIGN = re.compile("[\U000f0000-\U000f3fff\U00100000-\U0010fffd]")


class Site(NamedTuple):
    """A line of a template: words of its own, or an expression in it."""

    file: str
    line: int
    is_expression: bool


class Signs:
    """Gives each site its sign."""

    def __init__(self) -> None:
        self.sites: list[Site] = []

    def begin(self, site: Site) -> str:
        """Return the sign that stands before what is from a site."""
        self.sites.append(site)
        first = _EXPRESSIONS if site.is_expression else _LINES
        return chr(first + len(self.sites) - 1)

    @property
    def end(self) -> str:
        """The sign that stands after what an expression gives."""
        return _END


class Trail:
    """Follows signs through a page: in which templates one is, one called by the other."""

    def __init__(self) -> None:
        self._levels: list[int | None] = [None]

    def follow(self, sign: str) -> None:
        """Go on to the next sign.

        An expression is a site of the template that it stands in, and what it calls a level below.
        """
        if sign == _END:
            self._levels = self._levels[:-1] or [None]
        elif ord(sign) >= _EXPRESSIONS:
            self._levels[-1] = ord(sign) - _EXPRESSIONS
            self._levels.append(None)
        else:
            self._levels[-1] = ord(sign) - _LINES

    @property
    def sites(self) -> tuple[int, ...]:
        """The numbers of the sites from the page's own template inwards."""
        return tuple(each for each in self._levels if each is not None)
