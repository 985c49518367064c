"""From a delivery's dates and the form in which they are read to whether day and month are right.

In 05/10/2024 nothing tells the day from the month, and a recipe's default is that of its vendor's
country. A file that has 13/10/2024 and never 10/13/2024 is of another country: taking it would put
some of its days into wrong months, and only the others would be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from pipelines.config.feeds import Feed
from pipelines.config.recipes import Parameter
from pipelines.core.errors import GateError
from pipelines.core.text_columns import distinct_texts

_NUMBERED = re.compile("%-?([md])([^%]?)%-?([md])([^%]?)%([Yy])")
"""The beginning of a form in which day and month stand side by side as numbers."""
_YEARS = {"Y": "(?:19|20)[0-9]{2}", "y": "[0-9]{2}"}
_MONTHS, _DAYS = 12, 31
FEWEST_DATES = 0.9
"""Of a column's distinct texts: with fewer dates among them it is a number or a note."""


@dataclass(frozen=True)
class _Form:
    """A form of dates that a parameter gives: which of two numbers it takes for the month."""

    parameter: str
    text: str
    month_first: bool
    pattern: re.Pattern[str]

    @property
    def other(self) -> str:
        """The same with day and month in the other order."""
        signs = {"m": "d", "d": "m"}
        return re.sub("(?<=%)(-?)([md])", lambda found: found[1] + signs[found[2]], self.text)


@dataclass(frozen=True)
class _Seen:
    """Distinct dates of a column: all, those that only the form can be, those only the other."""

    n_dates: int
    n_right: int
    n_other: int


_NONE = _Seen(0, 0, 0)


def day_order_notes(
    feed: Feed, query: str, asked: Mapping[str, Parameter], records: pa.Table
) -> list[str]:
    """What is to be said of dates that may be either; none where the file or settings settle it.

    ``asked`` are the parameters of the query. Raises `GateError` where a column's dates are in the
    other order.
    """
    notes: list[str] = []
    for form in _forms(asked):
        seen = [
            _seen(form, records.column(name))
            for name in records.column_names
            if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", query, re.IGNORECASE)
        ]
        if any(each.n_other and not each.n_right for each in seen):
            raise GateError(_refusal(feed, form, seen))
        is_open = any(each.n_dates for each in seen) and not any(each.n_right for each in seen)
        if is_open and form.parameter not in feed.set_parameters:
            notes.append(
                f"no date of the file tells day from month; they are read as {form.text}, unless "
                f"settings.toml says otherwise: {_said(feed, form.parameter, form.other)}"
            )
    return notes


def _forms(asked: Mapping[str, Parameter]) -> Iterator[_Form]:
    for name, text in asked.items():
        found = _NUMBERED.match(text) if isinstance(text, str) else None
        if found is None or found[1] == found[3]:
            continue
        digits = "[0-9]{1,2}" if found[2] else "[0-9]{2}"
        marks = [re.escape(found[place]) for place in (2, 4)]
        day = f"({digits}){marks[0]}({digits}){marks[1]}{_YEARS[found[5]]}"
        yield _Form(name, str(text), found[1] == "m", re.compile(f"{day}(?:[ T][0-9].*)?"))


def _seen(form: _Form, column: pa.ChunkedArray) -> _Seen:
    if not _is_text(column.type):
        return _NONE
    texts = [text for text in distinct_texts(column)[1].to_pylist() if text]
    found = [each for each in map(form.pattern.fullmatch, texts) if each is not None]
    if len(found) < FEWEST_DATES * len(texts):
        return _NONE
    pairs = [(int(each[1]), int(each[2])) for each in found]
    if any(min(pair) > _MONTHS or max(pair) > _DAYS for pair in pairs):
        return _NONE
    as_read = pairs if form.month_first else [(month, day) for day, month in pairs]
    return _Seen(
        len(pairs),
        sum(day > _MONTHS for _, day in as_read),
        sum(month > _MONTHS for month, _ in as_read),
    )


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind.value_type if pa.types.is_dictionary(kind) else kind))


def _refusal(feed: Feed, form: _Form, seen: list[_Seen]) -> str:
    n_other = max(each.n_other for each in seen if not each.n_right)
    first, last = ("the day", "the month") if form.month_first else ("the month", "the day")
    return (
        f"{first} stands before {last} in its dates ({n_other:,} of them can't be read otherwise, "
        f"and none the other way), but the recipe reads {form.text}. In settings.toml, in the "
        f"place of the feed's line under [feed]: {_said(feed, form.parameter, form.other)}"
    )


def _said(feed: Feed, parameter: str, text: str) -> str:
    return feed.as_table(f'parameters = {{{parameter} = "{text}"}}')
