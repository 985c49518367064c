"""The records of a delimited text, found without any CSV reader.

A second opinion on the file: where each record begins, on which line, and how many fields it
has. What a reader returns is held against it, so that no row can vanish between the two.
A quote opens a value only at its beginning and closes it only at its end, as in RFC 4180;
anything else is refused, because two stray quotes swallow every row between them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from pipelines.core.errors import GateError
from pipelines.ingest.read.text_blocks import (
    CR,
    LF,
    QUOTE,
    Bytes,
    Counts,
    Flags,
    blocks,
    count_from,
    joined,
    positions,
    quoted_blocks,
)

MAX_RECORD_BYTES = 1 << 20
"""A longer record is a quote that was never closed, not a row."""

RowTest = Callable[[str], bool]


@dataclass(frozen=True)
class Records:
    """Every record of a text that isn't a blank line, the header among them.

    ``text`` has LF line ends; record i is ``text[starts[i]:ends[i]]`` (its line end left out),
    begins on the physical line ``lines[i]`` (from 1) and has ``n_fields[i]`` fields.
    """

    text: bytes
    starts: Counts
    ends: Counts
    lines: Counts
    n_fields: Counts
    has_quotes: bool
    is_trimmed: bool = False
    """Whether fields were taken off the ends of some records: their text isn't in one piece."""

    def __len__(self) -> int:
        return len(self.starts)

    def record(self, index: int) -> str:
        """The text of one record."""
        return self.text[self.starts[index] : self.ends[index]].decode("utf-8")

    def text_of(self, wanted: Flags) -> bytes | memoryview:
        """The text of the wanted records, each with its line end; in one piece it isn't copied."""
        kept = np.flatnonzero(wanted)
        if not kept.size:
            return b""
        first_of_run = np.flatnonzero((np.diff(kept, prepend=-2) != 1) | self.is_trimmed)
        last_of_run = np.append(first_of_run[1:], len(kept)) - 1
        whole = memoryview(self.text)
        end = int(self.ends[kept[-1]])
        if len(first_of_run) == 1 and self.text[end : end + 1] == b"\n":
            return whole[self.starts[kept[0]] : end + 1]
        pieces = [
            whole[self.starts[kept[first]] : self.ends[kept[last]]]
            for first, last in zip(first_of_run, last_of_run, strict=True)
        ]
        return b"\n".join([*pieces, b""])


def count_regular_lines(text: bytes) -> int | None:
    """The lines of a text in which each line is a record: no quote, no blank or overlong line.

    None where that isn't so, or where line ends are mixed.
    """
    if b'"' in text or text[:1] in (b"\n", b"\r"):
        return None
    n_ends = text.count(b"\n")
    end = b"\r\n" if b"\r" in text else b"\n"
    if end == b"\r\n" and not n_ends == text.count(b"\r") == text.count(end):
        return None
    if b"\n" + end in text or _has_overlong_line(text):
        return None
    return n_ends + (not text.endswith(b"\n"))


def _has_overlong_line(text: bytes) -> bool:
    start = 0
    while start + MAX_RECORD_BYTES < len(text):
        end = text.rfind(b"\n", start, start + MAX_RECORD_BYTES + 1)
        if end < 0:
            return True
        start = end + 1
    return False


def _first(_records: Records) -> int:
    return 0


def _any_line(_records: Records) -> RowTest:
    return lambda _line: True


def find_records(
    text: bytes,
    delimiter: str,
    header_at: Callable[[Records], int] = _first,
    row_test: Callable[[Records], RowTest] = _any_line,
) -> Records:
    """Find every record of a verified UTF-8 text; ``header_at`` tells which is the header.

    ``row_test`` gives what tells whether a line within a value looks like a row of this file.

    Raises `GateError` where a quote is stray or never closed, or a record is too long.
    """
    comma = ord(delimiter)
    has_quotes = b'"' in text
    data = np.frombuffer(text, dtype=np.uint8)
    text, data = _with_lf(text, data, has_quotes=has_quotes)
    if has_quotes:
        _check_quotes(data, comma)
    starts, ends, n_fields = _records(data, comma, has_quotes=has_quotes)
    has_multiline = has_quotes and _has_multiline(data)
    line_starts = _line_starts(data) if has_multiline else starts
    lines = np.searchsorted(line_starts, starts) + 1 if has_multiline else _from_one(starts)
    is_blank = ends <= starts
    if is_blank.any():
        starts, ends, lines, n_fields = (
            values[~is_blank] for values in (starts, ends, lines, n_fields)
        )
    records = Records(text, starts, ends, lines, n_fields, has_quotes)
    _check_lengths(records)
    if has_multiline:
        _check_swallowed(records, data, line_starts, comma, header_at(records), row_test)
    return records


def without_surplus(records: Records, n_columns: int, delimiter: str) -> tuple[Records, int]:
    """The records without delimiters at their end that the header doesn't have; and how many."""
    data = np.frombuffer(records.text, dtype=np.uint8)
    ends, n_fields = records.ends, records.n_fields
    while True:
        is_more = (n_fields > n_columns) & (ends > records.starts)
        is_more &= data[np.maximum(ends - 1, 0)] == ord(delimiter)
        if not is_more.any():
            break
        ends, n_fields = ends - is_more, n_fields - is_more
    n_trimmed = int((ends != records.ends).sum())
    trimmed = replace(records, ends=ends, n_fields=n_fields, is_trimmed=bool(n_trimmed))
    return trimmed, n_trimmed


def _has_multiline(data: Bytes) -> bool:
    """Whether a value goes on after a line end."""
    return any(
        bool(((block == LF) & inside).any())
        for _, block, inside in quoted_blocks(data, has_quotes=True)
    )


def _with_lf(text: bytes, data: Bytes, *, has_quotes: bool) -> tuple[bytes, Bytes]:
    """The text with lone carriage returns between records as line feeds; lengths stay."""
    if b"\r" not in text:
        return text, data
    returns = joined(
        np.flatnonzero((block == CR) & ~inside) + start
        for start, block, inside in quoted_blocks(data, has_quotes=has_quotes)
    )
    following = data[np.minimum(returns + 1, len(data) - 1)]
    lone = returns[(following != LF) | (returns == len(data) - 1)]
    if not lone.size:
        return text, data
    changed = data.copy()
    changed[lone] = LF
    return changed.tobytes(), changed


def _check_quotes(data: Bytes, delimiter: int) -> None:
    """Refuse quotes that open or close anywhere but at the border of a value."""
    n_before, last = 0, -1
    for start, block in blocks(data):
        quotes: Counts = np.flatnonzero(block == QUOTE) + start
        if quotes.size:
            _check_borders(data, quotes, delimiter, n_before, last)
            n_before, last = n_before + len(quotes), int(quotes[-1])
    if n_before % 2:
        raise GateError(f"line {_line_of(data, last)} opens a quote that is never closed; close it")


def _check_borders(
    data: Bytes, quotes: Counts, delimiter: int, n_before: int, last_before: int
) -> None:
    """Refuse the first stray one of some quotes; every other quote of a text is an opening one."""
    before = np.where(quotes > 0, data[np.maximum(quotes - 1, 0)], LF)
    at_end = len(data) - 1
    after = np.where(quotes < at_end, data[np.minimum(quotes + 1, at_end)], LF)
    is_opening = (np.arange(len(quotes)) + n_before) % 2 == 0
    border_before = np.isin(before, (delimiter, LF, QUOTE))
    border_after = np.isin(after, (delimiter, LF, CR, QUOTE))
    stray = np.flatnonzero(np.where(is_opening, ~border_before, ~border_after))
    if not stray.size:
        return
    here = int(quotes[stray[0]])
    if is_opening[stray[0]]:
        raise GateError(
            f"line {_line_of(data, here)} has a quote in the middle of a value; put the value "
            "in quotes and double the quotes inside it"
        )
    opened = int(quotes[stray[0] - 1]) if stray[0] else last_before
    raise GateError(
        f"line {_line_of(data, opened)} opens a quote that isn't closed at the end of a value "
        f"(the next quote is on line {_line_of(data, here)}); close it, or double it"
    )


def _line_of(data: Bytes, position: int) -> int:
    return int(np.count_nonzero(data[:position] == LF)) + 1


def _records(data: Bytes, delimiter: int, *, has_quotes: bool) -> tuple[Counts, Counts, Counts]:
    """Where each record starts and ends (its line end left out), and its number of fields."""
    found_ends: list[Counts] = []
    found_last: list[Counts] = []
    n_borders = 0
    for start, block, inside in quoted_blocks(data, has_quotes=has_quotes):
        borders = np.flatnonzero(((block == delimiter) | (block == LF)) & ~inside)
        last_of_record = np.flatnonzero(block[borders] == LF)
        found_ends.append(borders[last_of_record] + start)
        found_last.append(last_of_record + n_borders)
        n_borders += len(borders)
    ends, last = joined(iter(found_ends)), joined(iter(found_last))
    if not ends.size or ends[-1] != len(data) - 1:
        ends, last = np.append(ends, len(data)), np.append(last, n_borders)
    starts: Counts = np.concatenate(([0], ends[:-1] + 1))
    n_fields: Counts = np.diff(last, prepend=-1)
    has_return = (ends > starts) & (data[np.maximum(ends - 1, 0)] == CR)
    return starts, ends - has_return, n_fields


def _line_starts(data: Bytes) -> Counts:
    starts: Counts = np.concatenate(([0], positions(data, lambda block: block == LF) + 1))
    return starts[:-1] if starts[-1] == len(data) else starts


def _from_one(like: Counts) -> Counts:
    return np.arange(1, len(like) + 1)


def _check_lengths(records: Records) -> None:
    lengths = records.ends - records.starts
    if len(lengths) and lengths.max() > MAX_RECORD_BYTES:
        longest = int(lengths.argmax())
        raise GateError(
            f"line {records.lines[longest]} begins a record of {lengths[longest]:,} bytes; at most "
            f"{MAX_RECORD_BYTES:,} are taken. Perhaps a quote is never closed, or the line ends "
            "are missing"
        )


def _check_swallowed(
    records: Records,
    data: Bytes,
    line_starts: Counts,
    delimiter: int,
    header: int,
    row_test: Callable[[Records], RowTest],
) -> None:
    """Refuse a value over several lines that looks as if it had swallowed rows.

    Two quotes at the borders of values that don't belong together are valid CSV. They give
    themselves away: the record has a wrong number of fields, or each of its further lines has
    as many delimiters as a whole record and one of them looks like a row of this file. A note of
    several lines has commas, too, but no date where the rows have theirs.
    """
    n_expected = int(records.n_fields[header]) if len(records) else 0
    per_line = count_from(data, delimiter, line_starts)
    first = np.searchsorted(line_starts, records.starts)
    last = np.searchsorted(line_starts, np.maximum(records.ends - 1, records.starts), "right") - 1
    looks_like_row: RowTest | None = None
    for index in np.flatnonzero(last > first):
        if index < header:
            continue
        further = per_line[first[index] + 1 : last[index] + 1]
        is_swallowed = bool(records.n_fields[index] != n_expected)
        if not is_swallowed and n_expected > 1 and (further == n_expected - 1).all():
            looks_like_row = looks_like_row or row_test(records)
            start = line_starts[first[index] + 1]
            lines = records.text[start : records.ends[index]].decode("utf-8").split("\n")
            is_swallowed = any(looks_like_row(line) for line in lines)
        if is_swallowed:
            raise GateError(
                f"a quoted value runs from line {first[index] + 1} to line {last[index] + 1} and "
                "seems to have swallowed rows; check the quotes on these lines"
            )
