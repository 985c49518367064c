"""`outcomes.site_leaving` as a table of shaded cells: sites in alphabetical order by months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from dashboards.data import SiteData
from dashboards.estimates import records
from dashboards.formats import MONTHS, capitalised, month_figure, month_year, on_screen
from dashboards.trends import MARKS, series
from pipelines.core.figures import decimals
from pipelines.core.status import SHOWN, words

_OUTSIDE = ("▲", "▼")
_UNIT = "per year"
Row = Mapping[str, Any]
_WIDE = 3
"""Months from which on a cell has room for a word."""


@dataclass(frozen=True)
class Cell:
    """One cell: over how many columns, its text, shade, the status in its place, what it says."""

    n_columns: int
    text: str
    level: int
    status: str
    said: str


@dataclass(frozen=True)
class SiteRow:
    """A site as it is written and as the table has it, with its cells."""

    name: str
    site: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class SiteMap:
    """The heads of the months, by their short names and years, and a row per site."""

    months: tuple[tuple[str, str], ...]
    rows: tuple[SiteRow, ...]

    @property
    def has_quarters(self) -> bool:
        """Whether a site is told by quarter."""
        return any(c.status == SHOWN and c.n_columns > 1 for row in self.rows for c in row.cells)

    @property
    def has_outside(self) -> bool:
        """Whether a cell is marked as outside its site's usual range."""
        return self._marks(_OUTSIDE)

    @property
    def has_patterns(self) -> bool:
        """Whether a cell is marked as part of a pattern."""
        return self._marks(("△", "▽"))

    def _marks(self, signs: tuple[str, ...]) -> bool:
        return any(c.text.endswith(signs) for row in self.rows for c in row.cells)


def site_map(data: SiteData) -> SiteMap:
    """Return the map; it has no rows where no site has a cell with a figure."""
    frame = data.site_leaving.sort("site", "first_month")
    told = list(records(frame))
    if not any(row["status"] == SHOWN for row in told):
        return SiteMap((), ())
    months = sorted({month.day for month in series(data.trend, "any_exit_rate").months})
    rows = tuple(
        SiteRow(capitalised(site), site, tuple(_cells(list(group), months)))
        for site, group in groupby(told, key=lambda row: row["site"])
    )
    return SiteMap(tuple((MONTHS[m.month - 1][:3], str(m.year)) for m in months), rows)


def _cells(rows: list[Row], months: list[date]) -> list[Cell]:
    """Return a site's cells; neighbours without a figure for the same reason are one."""
    found: list[Cell] = []
    for (_, status), group in groupby(enumerate(rows), key=_alike):
        cells = [row for _, row in group]
        first, last = cells[0]["first_month"], cells[-1]["last_month"]
        n = len([month for month in months if first <= month <= last])
        found.append(_cell(cells[0], n, status, _when(first, last)))
    return found


def _alike(numbered: tuple[int, Row]) -> tuple[int | None, str]:
    place, row = numbered
    return (place if row["status"] == SHOWN else None, row["status"])


def _when(first: date, last: date) -> str:
    return month_year(first) if first == last else f"{month_year(first)} to {month_year(last)}"


def _cell(row: Row, n_months: int, status: str, when: str) -> Cell:
    value = row["value"]
    if value is None:
        word = row["reason"] or words(status)
        return Cell(n_months, word if n_months >= _WIDE else "", 0, status, f"{when}: {word}")
    sign = MARKS.get(row["signal"] or "", "")
    outside = ", outside this site’s usual range" if sign in _OUTSIDE else ""
    pattern = f", part of a pattern of {'more' if sign == '△' else 'fewer'}" if sign else ""
    said = f"{when}: {month_figure(_UNIT, value)} per 100 a year{outside or pattern}"
    return Cell(
        n_months, f"{decimals(on_screen(_UNIT, value), 0)}{sign}", row["level"], status, said
    )
