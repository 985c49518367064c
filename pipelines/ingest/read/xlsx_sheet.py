"""A sheet of a workbook as text: its rows, and the columns that count for a header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.ingest.read.xlsx_merged import MergedCells


@dataclass(frozen=True)
class Sheet:
    """A sheet's cells as text; row i of ``rows`` is row i + 1 of the sheet.

    ``last_filled`` is the last row of every column that holds something, -1 where none does.
    """

    name: str
    position: int
    """In the workbook, from 1."""
    rows: list[list[str]]
    last_filled: list[int]
    formulas: Mapping[int, Sequence[int]] = field(default_factory=dict)
    """By column the rows of formulas without a value."""
    merged: MergedCells = field(default_factory=MergedCells)
    is_hidden: bool = False

    def kept_columns(self, header: int) -> list[int]:
        """The columns that have a name in this header, or values below it."""
        if not self.rows:
            return []
        names = self.rows[header]
        return [
            column
            for column, last in enumerate(self.last_filled)
            if names[column].strip() or last > header
        ]

    def row(self, index: int, header: int | None = None) -> list[str]:
        """The cells of a row in the columns kept for a header, by default the row itself."""
        kept = self.kept_columns(index if header is None else header)
        return [self.rows[index][column] for column in kept]
