"""Declared date formats (``%d.%m.%Y``) as SQL that turns exactly such texts into ISO dates.

Database and library parsers guess: they read the two-digit year of ``%d/%m/%Y`` as the year 24.
Here a text either has the declared form to the last digit, or it isn't translated at all.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from pipelines.core.sql_text import literal

CENTURY_FROM = 1950
"""Two-digit years are those of the hundred years from here: 49 is 2049, 50 is 1950."""

_NAMES = "january february march april may june july august september october november december"
_MONTH_NAMES = "|".join(f"{name[:3]}(?:{name[3:]})?[.]?" for name in _NAMES.split())
_ABBREVIATIONS = "".join(name[:3] for name in _NAMES.split())
_ONE_OR_TWO, _TWO = "[0-9]{1,2}", "[0-9]{2}"
_PATTERNS = {
    "d": _ONE_OR_TWO,
    "m": _ONE_OR_TWO,
    "b": f"(?i:{_MONTH_NAMES})",
    "y": _TWO,
    "Y": "[0-9]{4}",
    "H": "(?:[01]?[0-9]|2[0-3])",
    "I": "(?:0?[1-9]|1[0-2])",
    "p": "(?i:[ap][.]?m[.]?)",
    "M": "[0-5][0-9]",
    "S": "[0-5][0-9]",
    "f": "[0-9]{1,9}",
}
_TIME_FORMS = (
    (r"[0-9]{1,2}:[0-9]{2}", "%H:%M"),
    (r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}", "%H:%M:%S"),
    (r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}[.][0-9]{1,9}", "%H:%M:%S.%f"),
    (r"[0-9]{1,2}:[0-9]{2} [AaPp][.]?[Mm][.]?", "%I:%M %p"),
    (r"[0-9]{1,2}:[0-9]{2}:[0-9]{2} [AaPp][.]?[Mm][.]?", "%I:%M:%S %p"),
)
_SAMPLE = dt.datetime(2026, 12, 31, 14, 30)
_TOKEN = re.compile(r"%(.)|([^%])")
DIRECTIVES = "%d %m %b %y %Y, for times also %H %M %S %f %I %p"


@dataclass(frozen=True)
class DateFormat:
    """A format whose every directive is known; ``directives`` in the order of their groups."""

    text: str
    pattern: str
    directives: tuple[str, ...]

    @property
    def has_time(self) -> bool:
        """Whether the format tells an hour."""
        return "H" in self.directives or "I" in self.directives

    @property
    def example(self) -> str:
        """The last day of 2026, half past two, in this format."""
        return _SAMPLE.strftime(self.text)

    def written(self, day: dt.date) -> str:
        """A day in this format."""
        return day.strftime(self.text)

    def iso(self, text: str, century_from: int = CENTURY_FROM) -> str:
        """SQL: the ISO form of a text in this format, NULL where it has another form.

        The day may still not exist (31 February): the cast of the column finds that.
        """
        date = f"{self._year(text, century_from)} || '-' || {self._month(text)} || '-' || " + (
            _padded(self._part(text, "d"))
        )
        if self.has_time:
            date += f" || 'T' || {self._hour(text)} || ':' || {self._part(text, 'M')} || ':' || "
            date += self._part(text, "S") if "S" in self.directives else "'00'"
            date += f" || '.' || {self._part(text, 'f')}" if "f" in self.directives else ""
        return f"case when regexp_full_match({text}, {literal(self.pattern)}) then {date} end"

    def _part(self, text: str, directive: str) -> str:
        group = self.directives.index(directive) + 1
        return f"regexp_extract({text}, {literal(f'^{self.pattern}$')}, {group})"

    def _year(self, text: str, century_from: int) -> str:
        if "Y" in self.directives:
            return self._part(text, "Y")
        year = f"cast({self._part(text, 'y')} as integer)"
        century = century_from // 100 * 100
        return (
            f"cast({century} + {year} + case when {year} < {century_from % 100} then 100 else 0 "
            "end as varchar)"
        )

    def _month(self, text: str) -> str:
        if "m" in self.directives:
            return _padded(self._part(text, "m"))
        name = f"lower(substr({self._part(text, 'b')}, 1, 3))"
        return _padded(f"cast((instr('{_ABBREVIATIONS}', {name}) + 2) // 3 as varchar)")

    def _hour(self, text: str) -> str:
        if "H" in self.directives:
            return _padded(self._part(text, "H"))
        hour = f"cast({self._part(text, 'I')} as integer) % 12"
        noon = f"case when lower({self._part(text, 'p')}) like 'p%' then 12 else 0 end"
        return _padded(f"cast({hour} + {noon} as varchar)")


def time_form(text: str) -> str | None:
    """The format that a time of day such as 1:05 PM is in; None where it has no known one."""
    return next((form for pattern, form in _TIME_FORMS if re.fullmatch(pattern, text)), None)


def parse_format(text: str, *, with_time: bool) -> DateFormat:
    """Read a declared format; raises `ValueError` saying what a format needs."""
    tokens = _TOKEN.findall(text)
    directives = tuple(name for name, _ in tokens if name)
    unknown = sorted({f"%{name}" for name in directives if name not in _PATTERNS})
    if unknown or "".join(f"%{name}" if name else other for name, other in tokens) != text:
        raise ValueError(f"a format made of {DIRECTIVES}")
    if len(set(directives)) != len(directives):
        raise ValueError("a format that has each directive once")
    found = set(directives)
    if "d" not in found or len(found & {"m", "b"}) != 1 or len(found & {"y", "Y"}) != 1:
        raise ValueError("a format with a day (%d), a month (%m or %b) and a year (%Y or %y)")
    _check_time(found, with_time)
    if directives[:3] == ("Y", "d", "m"):
        raise ValueError("another order than year, day, month, which would misread ISO dates")
    return DateFormat(text, _pattern(tokens), directives)


def _check_time(found: set[str], with_time: bool) -> None:
    times = found & {"H", "I", "p", "M", "S", "f"}
    if not with_time:
        if times:
            raise ValueError(
                "a format of dates without a time; timestamp_format is for times, "
                "in date columns too"
            )
        return
    is_whole = ("H" in found or found >= {"I", "p"}) and not {"H", "I"} <= found
    if "M" not in found or not is_whole or ("f" in found and "S" not in found):
        raise ValueError("a format with hours and minutes (%H:%M or %I:%M %p)")


def _pattern(tokens: list[tuple[str, str]]) -> str:
    """The regular expression of a format; digits without anything between have fixed widths."""
    pieces = []
    for index, (name, other) in enumerate(tokens):
        if not name:
            pieces.append(re.escape(other))
            continue
        neighbours = tokens[max(index - 1, 0) : index] + tokens[index + 1 : index + 2]
        is_adjacent = any(neighbour for neighbour, _ in neighbours)
        pieces.append(f"({_TWO if is_adjacent and name in 'dmHI' else _PATTERNS[name]})")
    return "".join(pieces)


def _padded(text: str) -> str:
    return f"lpad({text}, 2, '0')"
