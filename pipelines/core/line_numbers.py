"""From a row of a file to the number it has among all of the file's, and to how that is told."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_OF_A_SHEET = 10**10
"""Further than any text has lines: the numbers of a workbook's sheets begin here, if several are
read."""


def in_sheet(row: int, sheet: int) -> int:
    """The number of a row (from 1) of a sheet (from 1)."""
    return sheet * _OF_A_SHEET + row


def sheet_of(number: int) -> int:
    """The sheet (from 1) that a number is of; 0 where the file has but one that is read."""
    return number // _OF_A_SHEET


def sheets_of(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The same of many numbers."""
    return numbers // _OF_A_SHEET


def line_name(number: int) -> str:
    """How a line is called: 7, or 7 of sheet 2."""
    sheet, row = divmod(number, _OF_A_SHEET)
    return f"{row} of sheet {sheet}" if sheet else str(row)
