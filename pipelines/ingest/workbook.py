"""The package of an Excel workbook: verified in full, its cells counted without any reader.

The reader of the cells (calamine) gives an error such as #N/A as an empty cell, and reserves
memory for the whole rectangle up to the farthest cell. So the sheets' XML is walked first: how
many cells hold something, where errors stand, and how far out the cells lie.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from pipelines.errors import GateError
from pipelines.ingest.gate import ALWAYS_UNPACKED_BYTES, MAX_RATIO, MAX_UNPACKED_BYTES

MAX_CELLS = 20_000_000
"""Of the rectangle from A1 to the farthest cell."""

_NOT_SOUND = "the file isn't a sound Excel workbook"
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


@dataclass(frozen=True)
class SheetCells:
    """What a sheet holds: cells with a value, errors by row and column (from 0)."""

    n_filled: int
    errors: dict[tuple[int, int], str]


def scan_workbook(content: bytes) -> dict[str, SheetCells]:
    """Verify every part of the package and count the cells of every worksheet, by its name.

    Raises `GateError` where a part is missing, damaged or suspiciously large.
    """
    parts = _parts(content)
    try:
        blanks = _blank_strings(parts.get("xl/sharedStrings.xml"))
        return {
            name: _scan(parts[path], blanks)
            for name, path in _sheet_paths(parts)
            if path in parts and path.startswith("xl/worksheets/")
        }
    except (ElementTree.ParseError, KeyError, ValueError, IndexError, LookupError) as error:
        raise GateError(f"{_NOT_SOUND}; save it again in Excel") from error


def _parts(content: bytes) -> dict[str, bytes]:
    """The parts by name, their checksums verified."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
            _check_sizes(entries, len(content))
            return {entry.filename.lstrip("/"): package.read(entry) for entry in entries}
    except GateError:
        raise
    except Exception as error:  # zipfile raises a dozen kinds of errors on damaged packages
        raise GateError(f"{_NOT_SOUND}; transfer or save it again") from error


def _check_sizes(entries: list[zipfile.ZipInfo], n_bytes: int) -> None:
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):
        raise GateError(f"{_NOT_SOUND} (it has a part twice); save it again in Excel")
    total = sum(entry.file_size for entry in entries)
    allowed = min(MAX_UNPACKED_BYTES, max(ALWAYS_UNPACKED_BYTES, MAX_RATIO * n_bytes))
    if total > allowed:
        raise GateError(
            f"the workbook of {n_bytes:,} bytes unpacks to {total:,}, more than {allowed:,}; "
            "that is no export. Deliver it as CSV"
        )


def _sheet_paths(parts: dict[str, bytes]) -> list[tuple[str, str]]:
    """Name and part of every sheet in the workbook's order."""
    targets = {
        element.get("Id"): element.get("Target", "")
        for element in _root(parts["xl/_rels/workbook.xml.rels"])
    }
    sheets = [
        element for element in _root(parts["xl/workbook.xml"]).iter() if _local(element) == "sheet"
    ]
    paths = []
    for sheet in sheets:
        target = targets[next(value for key, value in sheet.attrib.items() if key.endswith("}id"))]
        path = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
        paths.append((sheet.attrib["name"], posixpath.normpath(path)))
    return paths


def _blank_strings(part: bytes | None) -> list[bool]:
    """Which shared strings are empty; phonetic hints above the text don't count."""
    if part is None:
        return []
    return [not _text(item) for item in _root(part) if _local(item) == "si"]


def _text(item: ElementTree.Element) -> str:
    pieces = []
    for child in item:
        if _local(child) == "t":
            pieces.append(child.text or "")
        elif _local(child) == "r":
            pieces += [run.text or "" for run in child if _local(run) == "t"]
    return "".join(pieces)


def _scan(part: bytes, blanks: list[bool]) -> SheetCells:
    n_filled, errors = 0, {}
    n_rows = n_columns = 0
    for row, column, cell in _cells(part):
        kind = cell.get("t", "n")
        value = next((child.text or "" for child in cell if _local(child) == "v"), "")
        if kind == "inlineStr":
            value = next((_text(child) for child in cell if _local(child) == "is"), "")
        if kind == "e" and value:
            errors[row, column] = value
        elif value and not (kind == "s" and blanks[int(value)]):
            n_filled += 1
        n_rows, n_columns = max(n_rows, row + 1), max(n_columns, column + 1)
        if n_rows * n_columns > MAX_CELLS:
            raise GateError(
                f"a sheet reaches out to row {n_rows:,}, column {n_columns:,}; at most "
                f"{MAX_CELLS:,} cells are read. Remove what stands far out, or export CSV"
            )
    return SheetCells(n_filled, errors)


def _cells(part: bytes) -> Iterator[tuple[int, int, ElementTree.Element]]:
    """Every cell element with its row and column from 0; positions may be left out in the XML."""
    _refuse_entities(part)
    row, column = -1, -1
    for event, element in ElementTree.iterparse(io.BytesIO(part), events=("start", "end")):
        name = _local(element)
        if name == "row" and event == "start":
            row, column = int(element.get("r", row + 2)) - 1, -1
        elif name == "row":
            element.clear()
        elif name == "c" and event == "end":
            row, column = _position(element.get("r"), row, column)
            yield row, column, element
            element.clear()


def _position(reference: str | None, row: int, column: int) -> tuple[int, int]:
    if reference is None:
        return row, column + 1
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError(f"a cell is called {reference[:20]!r}")
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, number - 1


def _root(part: bytes) -> ElementTree.Element:
    _refuse_entities(part)
    return ElementTree.fromstring(part)


def _refuse_entities(part: bytes) -> None:
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise GateError(f"{_NOT_SOUND} (its XML declares entities); save it again in Excel")


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
