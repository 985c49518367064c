"""The package of an Excel workbook: verified in full, its cells counted without any reader.

The reader of the cells (calamine) gives an error such as #N/A as an empty cell, and reserves
memory for the whole rectangle up to the farthest cell. So the sheets' XML is walked first: how
many cells hold something, where errors stand, and how far out the cells lie.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.parsers import expat

from pipelines.config.settings import Limits
from pipelines.core.errors import GateError
from pipelines.ingest.read.limits import DEFAULT
from pipelines.ingest.read.xlsx_sheets import SheetCells, blank_strings, count_cells
from pipelines.ingest.read.xlsx_styles import displays
from pipelines.ingest.read.zip_package import NOT_SOUND, repack, unpack

MAX_LIST_BYTES = 4 << 20
"""Of the list of sheets, and of the list of where they lie: some 20,000 sheets."""


@dataclass(frozen=True)
class Scanned:
    """A workbook whose every part was verified: its sheets' cells, and a package of those parts."""

    sheets: dict[str, SheetCells]
    package: bytes


def scan_workbook(content: bytes, limits: Limits = DEFAULT) -> Scanned:
    """Verify every part of the package and count the cells of every worksheet, by its name.

    Raises `GateError` where a part is missing, damaged or unpacks to too much.
    """
    parts = unpack(content, limits)
    try:
        sheets = dict(_scanned(parts))
    except (
        ElementTree.ParseError,
        expat.ExpatError,
        KeyError,
        ValueError,
        IndexError,
        LookupError,
        StopIteration,
    ) as error:
        raise GateError(f"{NOT_SOUND}; save it again in Excel") from error
    return Scanned(sheets, repack(parts))


def _scanned(parts: dict[str, bytes]) -> Iterator[tuple[str, SheetCells]]:
    blanks = blank_strings(parts.get("xl/sharedStrings.xml"))
    styles = displays(parts.get("xl/styles.xml"))
    n_cells = 0
    for name, path in _sheet_paths(parts):
        if path in parts and path.startswith("xl/worksheets/"):
            cells = count_cells(parts[path], blanks, styles, n_cells_before=n_cells)
            n_cells += cells.area
            yield name, cells


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


def _root(part: bytes) -> ElementTree.Element:
    if len(part) > MAX_LIST_BYTES:
        raise GateError(f"{NOT_SOUND}: its list of sheets is too long; save it again in Excel")
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise GateError(f"{NOT_SOUND} (its XML declares entities); save it again in Excel")
    return ElementTree.fromstring(part)


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
