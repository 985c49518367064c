"""`marts.hire_quarter` as a table of shaded cells: quarters of hire by months in the job."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

import polars as pl

from dashboards.data import SiteData
from dashboards.estimates import records
from dashboards.figures.site_map import Cell, Row
from dashboards.formats import DASH, count, decimal, in_100, quarter_of
from pipelines.core.status import SHOWN, words

_WIDE = 2
"""Columns from which on a cell has room for a word."""


class Quarter(NamedTuple):
    """A quarter of hire: its months, how many agents were hired in it, and its cells."""

    name: str
    hired: str
    cells: tuple[Cell, ...]


def of_group(data: SiteData, site: str | None = None) -> pl.DataFrame:
    """Return the quarters of one site; of everybody without one."""
    scope, value = ("all", "all") if site is None else ("site", site)
    return data.hire_quarter.filter(pl.col("scope") == scope, pl.col("scope_value") == value)


def hire_map(
    data: SiteData, site: str | None = None
) -> tuple[tuple[int, ...], tuple[Quarter, ...]]:
    """Return the months in the job that any quarter has reached, and a row of cells per quarter.

    The newest quarter comes first. Without a cell with a figure there are no rows.
    """
    told = list(records(of_group(data, site).sort("hire_quarter", "months_in_job")))
    months = tuple(sorted({row["months_in_job"] for row in told if row["status"] == SHOWN}))
    rows = [
        _quarter([row for row in group if row["months_in_job"] in months])
        for _, group in groupby(told, key=lambda row: row["hire_quarter"])
        if months
    ]
    return months, tuple(reversed(rows))


def _quarter(rows: list[Row]) -> Quarter:
    first = rows[0]
    hired = DASH if first["n_hired"] is None else count(first["n_hired"])
    return Quarter(quarter_of(first["hire_quarter"]), hired, _cells(rows))


def _cells(rows: list[Row]) -> tuple[Cell, ...]:
    """Return a quarter's cells; neighbours without a figure for the same reason are one."""
    found = []
    for (_, status), group in groupby(enumerate(rows), key=_alike):
        cells = [row for _, row in group]
        found.append(_cell(cells[0], len(cells), status))
    return tuple(found)


def _alike(numbered: tuple[int, Row]) -> tuple[int | None, str]:
    place, row = numbered
    return (place if row["status"] == SHOWN else None, row["status"])


def _cell(row: Row, n_columns: int, status: str) -> Cell:
    after = f"after {row['months_in_job']} months" if row["months_in_job"] > 1 else "after a month"
    if status != SHOWN:
        word = words(status)
        return Cell(n_columns, word if n_columns >= _WIDE else "", 0, status, f"{after}: {word}")
    text = decimal(in_100(row["share_still_there"]), 0)
    return Cell(1, text, row["level"], status, f"{after}: {text} of 100 still there")
