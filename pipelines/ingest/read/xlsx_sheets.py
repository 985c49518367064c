"""A sheet's cells and a workbook's strings, read from their XML without ever building a tree.

A tree costs a hundred bytes for an element that takes four in the file. Here the parser tells of
one element after the other and nothing is kept but counts.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from pipelines.core.errors import GateError
from pipelines.ingest.read.xlsx_elements import Elements

MAX_STRINGS = 5_000_000
MAX_ERRORS = 1_000_000
MAX_CELLS = 20_000_000
"""Of the rectangles from A1 to the farthest cell, all sheets together."""
ALWAYS_CELLS = 2_000_000
MAX_BLANKS = 50
"""Beyond 2 million cells at least one in 50 must be there: the reader fills in all the others."""
WIDEST = 1 << 14
"""Columns that a sheet may have."""
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


@dataclass
class SheetCells:
    """What a sheet holds: cells with a value, errors by row and column (from 0).

    ``n_cells`` counts the cell elements, ``n_rows`` and ``n_columns`` reach to the farthest one.
    """

    n_filled: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    n_cells: int = 0
    n_rows: int = 0
    n_columns: int = 0
    displays: dict[str, array[int]] = field(default_factory=lambda: defaultdict(lambda: array("q")))
    """Numbers that are shown in another way than as they are: row * WIDEST + column."""
    formulas: dict[int, array[int]] = field(default_factory=lambda: defaultdict(lambda: array("q")))
    """By column the rows of formulas whose value isn't there, because no Excel has computed it."""
    merged: list[tuple[int, int, int]] = field(default_factory=list)
    """Cells that reach down over several rows: first row, last row, column."""

    @property
    def area(self) -> int:
        """Cells of the rectangle from A1."""
        return self.n_rows * self.n_columns


class _Strings(Elements):
    """Which shared strings are empty; phonetic hints above the text don't count."""

    def __init__(self) -> None:
        super().__init__()
        self.blanks = bytearray()
        self.filled = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self.filled = False
        self.text = [] if name == "t" and "rPh" not in self.path else None

    def end(self, name: str) -> None:
        if self.text is not None:
            self.filled = self.filled or any(self.text)
            self.text = None
        if name == "si":
            self.blanks.append(not self.filled)
            if len(self.blanks) > MAX_STRINGS:
                raise GateError(
                    f"the workbook has more than {MAX_STRINGS:,} different texts; export it as CSV"
                )


class _Cells(Elements):
    """Counts a sheet's cells; positions may be left out in the XML."""

    def __init__(
        self, blanks: bytearray, displays: list[str | None], check: Callable[[SheetCells], None]
    ) -> None:
        super().__init__()
        self.styles, self.display, self.has_formula = displays, "", False
        self.cells, self.blanks, self.check = SheetCells(), blanks, check
        self.row = self.column = -1
        self.kind = "n"
        self.pieces: list[str] = []

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.text = None
        if name == "row":
            self.row, self.column = int(attributes.get("r", self.row + 2)) - 1, -1
        elif name == "c":
            self.row, self.column = _position(attributes.get("r"), self.row, self.column)
            self.kind, self.pieces = attributes.get("t", "n"), []
            self.has_formula = False
            style = int(attributes.get("s", 0))
            self.display = (self.styles[style] if style < len(self.styles) else None) or ""
        elif name == "f":
            self.has_formula = True
        elif name == "mergeCell":
            self._note_merged(attributes.get("ref", ""))
        elif self._is_value(name):
            self.text = []

    def _note_merged(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        top, column = _position(first, -1, -1)
        bottom = _position(last or first, -1, -1)[0]
        if bottom > top:
            self.cells.merged.append((top, bottom, column))

    def _is_value(self, name: str) -> bool:
        if self.kind == "inlineStr":
            return name == "t" and "is" in self.path and "rPh" not in self.path
        return name == "v"

    def end(self, name: str) -> None:
        if self.text is not None:
            self.pieces += self.text
            self.text = None
        if name == "c":
            self._count()

    def _count(self) -> None:
        cells, value = self.cells, "".join(self.pieces)
        cells.n_cells += 1
        if self.kind == "e" and value:
            cells.errors[self.row, self.column] = value
        elif value and not (self.kind == "s" and self.blanks[int(value)]):
            cells.n_filled += 1
            if self.display and self.kind == "n":
                cells.displays[self.display].append(self.row * WIDEST + self.column)
        elif self.has_formula and not value and self.kind != "str":
            cells.formulas[self.column].append(self.row)
        cells.n_rows = max(cells.n_rows, self.row + 1)
        cells.n_columns = max(cells.n_columns, self.column + 1)
        self.check(cells)


def blank_strings(part: bytes | None) -> bytearray:
    """For every shared string whether it is empty."""
    strings = _Strings()
    if part is not None:
        strings.walk(part)
    return strings.blanks


def count_cells(
    part: bytes, blanks: bytearray, displays: list[str | None], *, n_cells_before: int
) -> SheetCells:
    """Count a sheet's cells; raises `GateError` where they reach too far or are too many.

    ``n_cells_before`` is the area of the sheets before it: the limit is for all together.
    """

    def check(cells: SheetCells) -> None:
        if n_cells_before + cells.area > MAX_CELLS:
            raise _reaches_too_far(cells, f"at most {MAX_CELLS:,} cells are read")
        if len(cells.errors) > MAX_ERRORS:
            raise GateError(
                f"the workbook has more than {MAX_ERRORS:,} errors such as #N/A in a sheet; mend "
                "its formulas, or export CSV"
            )

    scan = _Cells(blanks, displays, check)
    scan.walk(part)
    if scan.cells.area > max(ALWAYS_CELLS, MAX_BLANKS * scan.cells.n_cells):
        raise _reaches_too_far(scan.cells, f"but of its cells only {scan.cells.n_cells:,} are used")
    return scan.cells


def _reaches_too_far(cells: SheetCells, why: str) -> GateError:
    return GateError(
        f"a sheet reaches out to row {cells.n_rows:,}, column {cells.n_columns:,}; {why}. Remove "
        "what stands far out, split the file and drop the parts, or export CSV"
    )


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
