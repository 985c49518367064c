"""A sheet's rows and its merged cells come in; rows in which each record has the value go out.

A cell that is merged over several rows says its value of all of them, and only the first has it in
the file. What names a group is put into every row. A number further to the right may be one sum for
all of them: it stays where it is, and that is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.core.errors import GateError

MAX_MERGED = 100_000
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


@dataclass(frozen=True)
class MergedCells:
    """The rows (from 0) that got the value of a merged cell, and those of numbers left alone."""

    filled: tuple[int, ...] = ()
    left: tuple[int, ...] = ()

    def notes(self, header: int) -> tuple[str, ...]:
        """What is to be said of those below a header."""
        n_filled, n_left = (sum(row > header for row in rows) for rows in (self.filled, self.left))
        told = []
        if n_filled:
            told.append(
                f"{n_filled:,} cells got the value of the merged cell that they are part of"
            )
        if n_left:
            told.append(
                f"{n_left:,} cells are part of merged numbers, which count once, in the first of "
                "their rows; where each row has the number, unmerge them in Excel"
            )
        return tuple(told)


def fill_merged(rows: list[list[str]], merged: Sequence[tuple[int, int, int]]) -> MergedCells:
    """Put the values into the rows, in place; rows that are empty otherwise stay so.

    Raises `GateError` where there are more merged cells than anybody makes by hand.
    """
    if len(merged) > MAX_MERGED:
        raise GateError(
            f"a sheet has more than {MAX_MERGED:,} merged cells; unmerge them, or export CSV"
        )
    spans = {*merged}
    filled, left = list[int](), list[int]()
    for first, last, column in sorted(spans, key=lambda each: (-each[2], each[0])):
        if first >= len(rows) or column >= len(rows[first]) or not rows[first][column].strip():
            continue
        text = rows[first][column]
        below = [row for row in range(first + 1, min(last + 1, len(rows))) if any(rows[row])]
        is_group = all(
            (first, last, before) in spans or not rows[first][before] for before in range(column)
        )
        if _NUMBER.fullmatch(text.strip()) and not is_group:
            left += below
            continue
        for row in below:
            rows[row][column] = text
        filled += below
    return MergedCells(tuple(filled), tuple(left))
