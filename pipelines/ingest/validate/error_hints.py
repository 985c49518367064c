"""What to declare, where a value looks like one that a mapping would make readable."""

from __future__ import annotations

import re

from pipelines.config.date_formats import time_form
from pipelines.config.feeds import Feed
from pipelines.config.mapping import SourceMapping
from pipelines.contracts.sources import Source
from pipelines.ingest.validate.row_rules import TYPE, UNREAD, RejectedCell

_NUMBERED_DATE = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})( .+)?")
_NAMED_DATES = (
    (re.compile(r"[A-Za-z]{3} [0-9]{1,2}, [0-9]{4}"), "%b %d, %Y"),
    (re.compile(r"[A-Za-z]{4,9} [0-9]{1,2}, [0-9]{4}"), "%B %d, %Y"),
    (re.compile(r"[0-9]{1,2} [A-Za-z]{3} [0-9]{4}"), "%d %b %Y"),
    (re.compile(r"[0-9]{1,2} [A-Za-z]{4,9} [0-9]{4}"), "%d %B %Y"),
    (re.compile(r"[0-9]{1,2}-[A-Za-z]{3}-[0-9]{4}"), "%d-%b-%Y"),
    (re.compile(r"[0-9]{1,2}-[A-Za-z]{3}-[0-9]{2}"), "%d-%b-%y"),
)
_OF_DATES = (
    (re.compile(r"[1-9][0-9]{4}([.][0-9]+)?"), "Excel's number of a day", "day_of_serial"),
    (re.compile(r"[0-9]{10}|[0-9]{13}"), "a time in seconds or milliseconds since 1970", None),
    (re.compile(r"([0-9]{4}.?)?[WwKk][Ww ]?[0-9]{1,2}([ -]?[0-9]{4})?"), "a week's number", None),
)
_OF_NUMBERS = (
    (re.compile(r"[+-]?[0-9]+:[0-5][0-9](:[0-5][0-9]([.,][0-9]+)?)?"), "a duration", "hours_of"),
    (re.compile(r"(PT)?([0-9.]+ ?([hHmM]|mins?|hrs?|hours?) ?)+"), "a duration", "hours_of"),
    (re.compile(r"[(][0-9.,]+[)]|[0-9.,]+[-−]"), "a negative number as accounts write it", None),
    (re.compile(r"[−–][0-9.,]+"), "a negative number with a dash for the minus", None),
)
"""What values look like that no mapping reads, and the macro with which a recipe does."""
_MOST = 0.5
_MIXED = (
    ". Most dates of the file are in the form that is read: it has two forms, and another declared "
    "form would misread the others; have it exported in one"
)
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")


def hint_for(
    cell: RejectedCell,
    source: Source,
    mapping: SourceMapping,
    feed: Feed | None = None,
    *,
    share: float = 1.0,
) -> str:
    """A sentence to add to the reason of a refusal; empty where nothing comes to mind.

    The order of day and month is never guessed: where a value allows both, both are named.
    ``share`` is that of the file's rows that broke a rule: with few, the others' form is right.
    """
    if cell.rule != TYPE or cell.value is None or cell.column is None:
        return ""
    column, value = source.column(cell.column), cell.value.removeprefix(UNREAD).strip()
    where = f"under [mapping.{source.name}] in settings.toml"
    if column.is_temporal and mapping.date_format is None and mapping.timestamp_format is None:
        formats = likely_formats(value)
        if formats:
            options = " or ".join(f'"{text}"' for text in formats)
            unsure = "; nothing in this value tells day from month" if len(formats) > 1 else ""
            key = "timestamp_format" if "%M" in formats[0] else "date_format"
            if share < _MOST:
                return _MIXED
            if feed is not None:
                return f". Dates in another form are read {_of_feed(feed, options)}{unsure}"
            return (
                f". Dates in another form are read if you declare {key} {where}: {options}{unsure}"
            )
    is_number = column.type in ("integer", "number")
    kinds = _OF_DATES if column.is_temporal else _OF_NUMBERS if is_number else ()
    for form, kind, macro in kinds:
        if form.fullmatch(value):
            how = f" by {macro}" if macro else ""
            return f". It looks like {kind}; a recipe can read it{how} (docs/recipes)"
    if is_number and mapping.decimal == "." and _DECIMAL_COMMA.fullmatch(value):
        if feed is not None:
            table = feed.as_table('read = {decimal = ","}')
            return f". Numbers with a comma are read if you say so in settings.toml: {table}"
        return f'. Numbers with a comma are read if you declare decimal = "," {where}'
    return ""


def _of_feed(feed: Feed, options: str) -> str:
    """How a feed's dates are said to be in another form: by a parameter, where there is one."""
    formats = [name for name in feed.parameters if name.endswith("_format")]
    if not formats:
        return f"by a recipe of your own with that form ({options}) in its query (docs/recipes)"
    said = f"parameters = {{{' or '.join(formats)} = …}}"
    return f"if you say their form, {options}, in settings.toml: {feed.as_table(said)}"


def likely_formats(value: str) -> list[str]:
    """The formats that a date such as 05/10/2024 may be in; one where its numbers settle it."""
    named = [form for shape, form in _NAMED_DATES if shape.fullmatch(value)]
    found = _NUMBERED_DATE.fullmatch(value)
    if found is None:
        return named
    first, mark, second, year, time = found.groups()
    time_of_day = time_form(time.strip()) if time else ""
    if time_of_day is None:
        return []
    year_directive = "%Y" if len(year) == 4 else "%y"
    orders = []
    if 1 <= int(second) <= 12 and 1 <= int(first) <= 31:
        orders.append(("%d", "%m"))
    if 1 <= int(first) <= 12 and 1 <= int(second) <= 31:
        orders.append(("%m", "%d"))
    tail = f" {time_of_day}" if time_of_day else ""
    return [f"{one}{mark}{two}{mark}{year_directive}{tail}" for one, two in orders]
