"""What a Parquet file's pages really unpack to, read from the head of every page.

The sizes in a file's footer are claims that the reader doesn't check. The size in a page's own head
is what it reserves and what it unpacks into, and anything longer is an error to it; so these are
added up, page by page, without unpacking one. Heads are Thrift structures in the compact protocol
(https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipelines.core.errors import GateError

MAX_PAGES = 1_000_000
"""Each takes a few bytes at least, but several row groups may claim the same ones."""
MAX_DEPTH = 10
DELTA_BYTE_ARRAY = 7
"""The encoding in which a text repeats the beginning of the one before it."""
_DICTIONARY_OR_PLAIN = (0, 2, 8)
_SIZE, _PACKED_SIZE = 2, 3
_N_VALUES, _ENCODINGS = 1, {5: 2, 8: 4}
"""Of data pages, first and second version: under which field they stand, and their encoding."""
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY = 1, 2, 3, 7, 8
_INTEGERS, _LISTS, _MAP, _STRUCT = (4, 5, 6), (9, 10), 11, 12


class UnsoundPagesError(Exception):
    """A page whose head can't be read, or that reaches beyond its column."""


@dataclass
class Pages:
    """Of pages together: unpacked bytes, those of the largest, how many, how values are written.

    ``delta_columns`` are written as differences, in part at least, and not in a dictionary.
    """

    n_bytes: int = 0
    largest: int = 0
    n_pages: int = 0
    has_shared_beginnings: bool = False
    delta_columns: set[int] = field(default_factory=set)


def add_pages(found: Pages, content: memoryview, column: int, place: tuple[int, int]) -> int:
    """Add the pages of one column chunk; returns its values, or raises `UnsoundPagesError`."""
    start, end = place
    position, n_values = start, 0
    while position < end:
        head = _Head(content[position:end])
        fields = head.struct(0)
        size, packed = fields.get(_SIZE, -1), fields.get(_PACKED_SIZE, -1)
        if size < 0 or packed < 0 or position + head.position + packed > end:
            raise UnsoundPagesError
        position += head.position + packed
        found.n_bytes += size
        found.largest = max(found.largest, size)
        found.n_pages += 1
        for kind in _ENCODINGS.keys() & fields.keys():
            n_values += max(0, fields[kind].get(_N_VALUES, 0))
            encoding = fields[kind].get(_ENCODINGS[kind])
            found.has_shared_beginnings |= encoding == DELTA_BYTE_ARRAY
            if encoding not in _DICTIONARY_OR_PLAIN:
                found.delta_columns.add(column)
        if found.n_pages > MAX_PAGES:
            raise GateError(
                f"the file has more than {MAX_PAGES:,} pages. Split it and drop the parts"
            )
    return n_values


class _Head:
    """Reads one structure; lists, maps and texts are passed over."""

    def __init__(self, content: memoryview) -> None:
        self.content, self.position = content, 0

    def struct(self, depth: int) -> dict[int, Any]:
        if depth > MAX_DEPTH:
            raise UnsoundPagesError
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else self._integer()
            fields[number] = self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (_TRUE, _FALSE):
            return kind == _TRUE
        if kind == _BYTE:
            return self._byte()
        if kind in _INTEGERS:
            return self._integer()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        return self._pass_over(kind, depth)

    def _pass_over(self, kind: int, depth: int) -> None:
        if kind == _DOUBLE:
            self._skip(8)
        elif kind == _BINARY:
            self._skip(self._unsigned())
        elif kind in _LISTS:
            head = self._byte()
            n_items = self._unsigned() if head >> 4 == 15 else head >> 4
            self._items(n_items, (head & 15,), depth)
        elif kind == _MAP:
            n_items = self._unsigned()
            kinds = self._byte() if n_items else 0
            self._items(n_items, (kinds >> 4, kinds & 15), depth)
        else:
            raise UnsoundPagesError

    def _items(self, n_items: int, kinds: tuple[int, ...], depth: int) -> None:
        if depth > MAX_DEPTH or n_items > len(self.content):
            raise UnsoundPagesError
        for _ in range(n_items):
            for kind in kinds:
                if kind in (_TRUE, _FALSE):
                    self._skip(1)
                else:
                    self._value(kind, depth + 1)

    def _byte(self) -> int:
        if self.position >= len(self.content):
            raise UnsoundPagesError
        value = self.content[self.position]
        self.position += 1
        return value

    def _skip(self, n_bytes: int) -> None:
        self.position += n_bytes
        if self.position > len(self.content):
            raise UnsoundPagesError

    def _unsigned(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise UnsoundPagesError

    def _integer(self) -> int:
        value = self._unsigned()
        return value >> 1 ^ -(value & 1)
