"""From a feed's file to its records: text columns under the names that the recipe uses."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import groupby, islice

import numpy as np
import pyarrow as pa

from pipelines.config.feeds import Feed
from pipelines.config.mapping import SourceMapping
from pipelines.config.settings import Limits
from pipelines.contracts.sources import Column, Source
from pipelines.core.errors import GateError
from pipelines.core.line_numbers import sheet_of
from pipelines.core.text_columns import replaced
from pipelines.ingest.read.delimited import read_delimited
from pipelines.ingest.read.delivery import LINE_NUMBER, RETURN_COLUMNS, Delivery
from pipelines.ingest.read.integrity import PrivateGateError, open_text
from pipelines.ingest.read.landing_folder import LandingFile
from pipelines.ingest.read.limits import check_rows
from pipelines.ingest.read.readers import read_delivery

_HOW_READ = re.compile(r'(delimiter|encoding) = "[^"]+"')
_MARKS = "[. '’\u00a0\u202f]"
_COMMA_NUMBER = re.compile(
    rf"(\s*[+-]?(?:[0-9]+|[0-9]{{1,3}}(?:{_MARKS}[0-9]{{3}})+)),([0-9]+)(\s?%?\s*)"
)


def read_records(content: bytes, file: LandingFile, feed: Feed, limits: Limits) -> Delivery:
    """Read a file of a feed in full; raises `GateError` where records could get lost."""
    layout = _layout(feed)
    try:
        if feed.reading.names and file.format == "csv":
            records = _without_header(content, file, feed, layout, limits)
        else:
            records = read_delivery(content, file, layout, feed.mapping, limits)
    except PrivateGateError as error:
        private, public = (_as_feed(each, feed) for each in (str(error), error.public_reason))
        raise PrivateGateError(private, public) from error
    except GateError as error:
        raise GateError(_as_feed(str(error), feed)) from error
    return _with_points(_without_subheaders(_renamed(records), feed), feed)


def _layout(feed: Feed) -> Source:
    """The recipe's columns in the form in which readers know a source."""
    declared = feed.recipe.declared
    columns = tuple(
        Column.model_construct(
            name=name, type="text", description="", personal_data="identifier", required=is_required
        )
        for names, is_required in ((declared.columns, True), (declared.optional, False))
        for name in names
    )
    return Source.model_construct(
        name=feed.name, title=feed.recipe.name, key=(), columns=columns, keeps_extra=True
    )


def _as_feed(reason: str, feed: Feed) -> str:
    """A reader's reason with what there is to declare as a feed declares it."""
    declared = f"[mapping.{feed.name}]"
    if declared not in reason:
        return reason
    how = _HOW_READ.search(reason)
    columns = 'columns = {"their heading" = "the recipe\'s"}'
    said = f"read = {{{how[0]}}}" if how else 'read = {sheet = "…"}'
    said = columns if not how and "`sheet`" not in reason else said
    told = reason.replace(f" under {declared} in settings.toml", "").replace(
        f" under {declared}", ""
    )
    table = feed.as_table(said)
    return f"{told}. In settings.toml, in the place of the feed's line under [feed]: {table}"


def _with_points(records: Delivery, feed: Feed) -> Delivery:
    """Numbers with a decimal comma as recipes read them; marks of thousands go."""
    if feed.reading.decimal != ",":
        return records
    table = records.table
    for name in records.columns:
        changed = replaced(table.column(name), _with_point)
        if changed is not None:
            table = table.set_column(table.column_names.index(name), name, changed)
    return replace(records, table=table)


def _with_point(text: str) -> str:
    found = _COMMA_NUMBER.fullmatch(text)
    return f"{re.sub(_MARKS, '', found[1])}.{found[2]}{found[3]}" if found else text


def _without_header(
    content: bytes, file: LandingFile, feed: Feed, layout: Source, limits: Limits
) -> Delivery:
    """A text without a header row, read under the names that the recipe gives its columns.

    A first line that begins with # names the columns; the export can be set to write it or not.
    """
    mapping: SourceMapping = feed.mapping
    text = open_text(
        content,
        is_gzipped=file.is_gzipped,
        encoding=mapping.encoding,
        source=feed.name,
        limits=limits,
    )
    delimiter = mapping.delimiter or ","
    names = feed.reading.names or ()
    first, _, rest = text.partition(b"\n")
    returned = delimiter.join((*names, *RETURN_COLUMNS)).encode()
    if first.rstrip(b"\r") == returned:
        return read_delimited(text, delimiter, layout, mapping)
    has_comment = first.startswith(b"#")
    header = delimiter.join(names).encode()
    records = read_delimited(
        header + b"\n" + (rest if has_comment else text), delimiter, layout, mapping
    )
    check_rows(records.n_rows, limits)
    shift = 0 if has_comment else -1
    lines = pa.array(records.table.column(LINE_NUMBER).to_numpy() + shift)
    position = records.table.column_names.index(LINE_NUMBER)
    return replace(
        records,
        table=records.table.set_column(position, LINE_NUMBER, lines),
        broken=tuple(
            replace(each, line_number=each.line_number + shift) for each in records.broken
        ),
    )


def _renamed(records: Delivery) -> Delivery:
    """Call the columns as the recipe does, where the file spells them otherwise."""
    ours = {theirs: name for name, theirs in records.delivered_names.items()}
    columns = tuple(ours.get(name, name) for name in records.columns)
    table = records.table.rename_columns(
        [ours.get(name, name) for name in records.table.column_names]
    )
    return replace(
        records,
        table=table,
        columns=columns,
        delivered_names={name: name for name in columns},
        headings=dict(records.delivered_names),
    )


def _without_subheaders(records: Delivery, feed: Feed) -> Delivery:
    """Leave further header rows aside; a file that came back mended has none."""
    n_skipped = 0 if records.is_return else feed.reading.skip_after_header
    if not n_skipped:
        return records
    known = records.table.column(LINE_NUMBER).to_numpy()
    lines = sorted([*known.tolist(), *(each.line_number for each in records.broken)])
    left = [
        line for _, of_sheet in groupby(lines, key=sheet_of) for line in islice(of_sheet, n_skipped)
    ]
    return replace(
        records,
        table=records.table.filter(pa.array(~np.isin(known, left))),
        broken=tuple(each for each in records.broken if each.line_number not in left),
        notes=(*records.notes, f"{len(left)} rows below the header left aside"),
    )
