"""Finding the numbers of a page in the tables of its publication.

A page is read as a list of `Block`: a tile, a line of a table, a chart's text, or a paragraph. A
block that names its metric owes its numbers to that metric's rows, a chart to the rows of its own
CSV, and each line of that CSV to one row of one published table. Elsewhere the two ends of a range
must stand in one row, and any other number somewhere in the tables, counted or as it is.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import polars as pl

from pipelines.core.limits import MOVING_RANGES
from pipelines.core.warehouse import Connection, fetch, open_warehouse

READ_BLOCKS = """() => {
    const main = document.querySelector('main').cloneNode(true), blocks = [];
    const text = e => e.textContent.replace(/\\s+/g, ' ').trim();
    main.querySelectorAll(
        'script, style, form, .chart, .source, .rounded, .get, noscript, [hidden]')
        .forEach(e => e.remove());
    main.querySelectorAll('br, p, li, td, th, dd, dt, small, caption')
        .forEach(e => e.append(' \\u00b6 '));
    main.querySelectorAll('figure tr').forEach(e => {
        blocks.push({kind: 'text', text: text(e), of: '', csv: ''});
        e.remove();
    });
    main.querySelectorAll('figure').forEach(e => {
        const link = document.querySelector(`[id='${e.id}'] a[download]`);
        blocks.push({kind: 'chart', text: text(e), of: e.id, csv: link ? link.href : ''});
        e.remove();
    });
    main.querySelectorAll('[data-metric]').forEach(e => {
        blocks.push({kind: 'metric', text: text(e), of: e.dataset.metric, csv: ''});
        e.remove();
    });
    main.querySelectorAll('pre, code').forEach(e => e.remove());
    main.querySelectorAll('tr, li, p, dd, h1, h2, h3').forEach(e => {
        blocks.push({kind: 'text', text: text(e), of: '', csv: ''});
        e.remove();
    });
    return blocks;
}"""
NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w]|-\w)")
TRACE = re.compile(r"under (0\.0*)1\b")  # what rounds to nothing but isn't
DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+")
RANGE = re.compile(r"(\d[\d,]*\.\d+)(?: [a-z]+)? to (\d[\d,]*\.\d+)")
UNIT = re.compile(
    r"points from \d+ to \d+|in the \d+ days|under 0\.0*1\b|axis starts at [\d.,:]*\d"
)
P_VALUE = re.compile(r"p = (\d\.\d\d), corrected for (\d+) looks?")
DATE = re.compile(
    r"\b\d{1,2} [A-Z][a-z]{2} \d{4}\b|\b\d{4}-\d\d(?:-\d\d)?\b|\b\d\d:\d\d\b"
    r"|\b\d{4}-Q\d\b|\bQ\d \d{4}\b|\b\d{4}, quarter \d"
    r"|\b(?:Jan|Febr)uary \d{4}\b|\b(?:March|April|May|June|July|August) \d{4}\b"
    r"|\b(?:Septem|Octo|Novem|Decem)ber \d{4}\b"
    r"|\b[A-Z][a-z]{2} to [A-Z][a-z]{2} \d{4}\b"
)
HEADCOUNT = (
    "select count(*) filter (where is_employed), count(*) filter (where exit_month is not null)"
    " from marts.agent where is_ever_agent"
)
SCALES = (1.0, 100.0, 1000.0)
DIGITS = (0, 1, 2, 3)
OF_SCREEN = (1, 10, 25, 100)  # downloads: as in the tables, per 100, or of a scale's length
# Lengths of time, whole hundreds that figures are told by, and the level of the ranges.
CONSTANTS = {"95", "100", "1000", "0", "1", "2", "3", "4", "5", "6", "9", "12", "24", "7", "60"}
CONSTANTS.add(str(MOVING_RANGES))


@dataclass(frozen=True)
class Block:
    """A stretch of a page and what its numbers are owed to."""

    kind: str
    text: str
    of: str
    csv: str


def blocks_of(page: Any) -> list[Block]:
    """Read an open page."""
    return [Block(**each) for each in page.evaluate(READ_BLOCKS)]


def numbers(text: str) -> list[str]:
    """Return the numbers in a text as written, without separators; dates aren't numbers."""
    return [found.replace(",", "") for found in NUMBER.findall(UNIT.sub(" ", DATE.sub(" ", text)))]


def written(value: float) -> set[str]:
    """Return every way in which a page may write a value."""
    return {text for scale in SCALES for text in rounded(value * scale)}


def rounded(value: float) -> set[str]:
    """Return a size to some decimals, halves to even and upwards, and whole as told with one."""
    size = abs(value)
    halves_up = {f"{_half_up(size, n):.{n}f}" for n in DIGITS}
    return halves_up | {f"{size:.{n}f}" for n in DIGITS} | {f"{_half_up(_half_up(size, 1), 0):.0f}"}


def _half_up(size: float, digits: int) -> float:
    return math.floor(size * 10**digits + 0.5 + 1e-9) / 10**digits


@dataclass
class Tables:
    """All that a publication holds, as the numbers that may be told of it."""

    comparison: pl.DataFrame
    rows: list[tuple[float, ...]] = field(default_factory=list)
    anywhere: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    ends: dict[frozenset[str], set[str]] = field(default_factory=dict)
    _found: dict[float, Any] = field(default_factory=dict)

    def of_metric(self, metric: str) -> set[str]:
        """Return what may be said about one outcome at one horizon, of everybody."""
        outcome, horizon, *_ = metric.split("|")
        rows = self.comparison.filter(
            pl.col("outcome") == outcome,
            pl.col("horizon_days") == int(horizon),
            pl.col("segment") == "all",
            pl.col("design").is_in(["weighted", "unadjusted"]),
        )
        found = {text for row in rows.rows() for value in values(row) for text in written(value)}
        return found | CONSTANTS | {horizon}

    def of_everybody(self) -> set[str]:
        """Return what may be said of everybody by the two designs that charts show."""
        metrics = self.comparison.select("outcome", "horizon_days").unique().rows()
        return set().union(*(self.of_metric(f"{name}|{days}") for name, days in metrics))

    def have_together(self, wanted: Iterable[str]) -> bool:
        """Whether one row has all of these numbers."""
        return bool(set.intersection(*(self._written.get(text, set()) for text in wanted)))

    def have_range(self, value: str, low: str, high: str) -> bool:
        """Whether two numbers are the ends of one range, and the one before them is of its row."""
        told = self.ends.get(frozenset((low, high)), set())
        return bool(told) and (value in told or not value)

    def have_line(self, line: list[float]) -> bool:
        """Whether a line of a download is in the tables: in one row, or half of it each in two.

        Two rows are those of both groups, or of a figure before and after adjusting.
        """
        if not line:
            return True
        masks = np.array([self._rows_with(value) for value in line])
        for pattern in np.unique(masks[:, 2 * masks.sum(axis=0) >= len(line)], axis=1).T:
            if masks[~pattern].all(axis=0).any():
                return True
        return False

    def _rows_with(self, value: float) -> Any:
        """Which rows have a value, as it is or in the units of the screen."""
        if value not in self._found:
            sizes = np.abs(self._matrix[..., None] * np.array(OF_SCREEN))
            near = np.isclose(sizes, abs(value), rtol=1e-4, atol=6e-4)
            self._found[value] = near.any(axis=(1, 2))
        return self._found[value]

    @cached_property
    def _matrix(self) -> Any:
        widest = max(map(len, self.rows))
        return np.array([[*row, *[math.nan] * (widest - len(row))] for row in self.rows])

    @cached_property
    def _written(self) -> dict[str, set[int]]:
        """In which rows a number stands, by how it may be written."""
        found: dict[str, set[int]] = {}
        for n, row in enumerate(self.rows):
            for text in {text for value in row for text in written(value)}:
                found.setdefault(text, set()).add(n)
        return found


def values(row: Iterable[Any]) -> tuple[float, ...]:
    """Return the numbers of a row."""
    return tuple(
        float(v) for v in row if isinstance(v, int | float) and not isinstance(v, bool) and v == v
    )


def read_tables(path: Path) -> Tables:
    """Read a published file."""
    with open_warehouse(path, read_only=True) as con:
        tables = Tables(fetch(con, "select * from outcomes.comparison"))
        for name in _published(con):
            frame = fetch(con, f"select * from {name}")
            rows = [values(row) for row in frame.rows()]
            if not name.startswith("marts."):
                tables.rows += [row for row in rows if row]
                tables.names += _texts_with_digits(frame)
            tables.anywhere |= _counts(frame)
            _add_ends(tables.ends, frame)
        tables.rows = sorted(set(tables.rows))
        tables.anywhere |= tables._written.keys()
        tables.anywhere |= _sums(tables.rows)
        tables.anywhere |= {f"{n:,}" for n in fetch(con, HEADCOUNT).row(0)}
    return tables


def _published(con: Connection) -> list[str]:
    query = (
        "select table_schema || '.' || table_name as name from information_schema.tables "
        "where table_schema in ('outcomes', 'quality', 'meta', 'marts') order by name"
    )
    return list(fetch(con, query)["name"])


def _add_ends(ends: dict[frozenset[str], set[str]], frame: pl.DataFrame) -> None:
    """Note the two ends of every range of a table, with all that its row tells beside them."""
    for low in (name for name in frame.columns if name.endswith("low")):
        others = frame.select(pl.exclude(low)).columns
        high = low.removesuffix("low") + "high"
        for row in frame.to_dicts() if high in others else ():
            if row[low] is None or row[high] is None:
                continue
            told = {text for value in values(row.values()) for text in written(value)}
            for scale in {*SCALES, *OF_SCREEN}:
                pairs = itertools.product(rounded(row[low] * scale), rounded(row[high] * scale))
                for pair in pairs:
                    ends.setdefault(frozenset(pair), set()).update(told)


def _counts(frame: pl.DataFrame) -> set[str]:
    """How many rows there are, how many of each kind, and what a column adds up to."""
    found = {str(frame.height)}
    for name in frame.columns:
        if frame[name].dtype.is_integer():
            found.add(str(frame[name].sum()))
    for name in frame.columns:
        if frame[name].dtype in (pl.String, pl.Boolean) and 0 < frame[name].n_unique() < 60:
            found |= {str(n) for n in frame[name].value_counts()["count"]}
            found.add(str(frame[name].n_unique()))
    return found


def _sums(rows: list[tuple[float, ...]]) -> set[str]:
    """Sums of two neighbouring whole numbers: the people of both groups."""
    return {
        str(int(one + other))
        for row in rows
        for one, other in itertools.pairwise(row)
        if one == int(one) and other == int(other)
    }


def _texts_with_digits(frame: pl.DataFrame) -> list[str]:
    texts: set[str] = set()
    for name in frame.columns:
        if frame[name].dtype == pl.String:
            texts |= {t for t in frame[name].drop_nulls().unique() if any(c.isdigit() for c in t)}
    return sorted(texts, key=len, reverse=True)


def csv_lines(link: str) -> Iterator[list[float]]:
    """Return the numbers of each line of a chart's download."""
    text = unquote(link.partition(",")[2])
    for cells in list(csv.reader(io.StringIO(text)))[1:]:
        yield [float(cell) for cell in cells if re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell)]


def ranges(text: str) -> Iterator[tuple[str, str, str]]:
    """Return each range in a text: the number that stands before it, and its two ends."""
    plain, end = TRACE.sub(r"\g<1>0", DATE.sub(" ", text.replace(",", ""))), 0
    for found in RANGE.finditer(plain):
        before = DECIMAL.findall(plain[end : found.start()])
        yield (before[-1] if before else "", *found.groups())
        end = found.end()


def untraced(block: Block, tables: Tables, charts: dict[str, set[str]]) -> list[str]:
    """Return the numbers of a block that can't be found where they are owed to."""
    text = block.text
    for name in tables.names:
        if name in text:
            text = text.replace(name, " ")
    missing = [found for found in ranges(text) if not tables.have_range(*found)]
    missing += [p for p, looks in P_VALUE.findall(text) if not tables.have_together((p, looks))]
    text = P_VALUE.sub(" ", text)
    allowed = tables.anywhere | CONSTANTS
    if block.kind == "metric":
        allowed = tables.of_metric(block.of)
    if block.kind == "chart":
        allowed = charts[block.of] | tables.of_everybody() | CONSTANTS
    return missing + [number for number in numbers(text) if number not in allowed]
