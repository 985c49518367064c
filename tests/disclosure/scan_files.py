"""Every file of a published site held against the promise: texts, embedded data, downloads, PDF.

No text may tell a count under a floor. Numbers in downloads must be those of released tables, so
nothing finer than the grid leaves beside them; and where a line says that it is hidden, no number
may stand in it.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl
from pypdf import PdfReader

from dashboards.pages.layout import own_files
from pipelines.core.status import SUPPRESSED, words
from pipelines.disclosure.check import small_counts
from pipelines.disclosure.confidentiality import Protection

HIDDEN = words(SUPPRESSED)
FOREIGN = ("plotly.min.js", "font.js", "third-party-notices.txt")
"""Files that have nothing to do with anybody's data."""
SCALES = (1.0, 100.0, 25.0, 10.0)
"""Pages show fractions as they are or per 100, and points from 1 to 5 or 0 to 10 in hundredths."""
DRAWN = 0.006
"""Charts are drawn with two decimals or more."""
_CSV = re.compile(r'href="data:text/csv;charset=utf-8,([^"]*)"')
_JSON = re.compile(r'<script type="application/json"[^>]*>(.*?)</script>', re.DOTALL)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_BREAKS = {"p", "li", "td", "th", "tr", "div", "dd", "dt", "h1", "h2", "h3", "section", "caption"}


class Numbers:
    """All numbers of released tables, on every scale that pages use."""

    def __init__(self, tables: Mapping[str, pl.DataFrame]) -> None:
        found = {
            sign * float(value) * scale
            for frame in tables.values()
            for column, kind in frame.schema.items()
            if kind.is_numeric()
            for value in frame[column].drop_nulls().unique().to_list()
            for scale in SCALES
            for sign in (1.0, -1.0)
        }
        self._sorted = sorted(found)

    def has(self, number: float, tolerance: float) -> bool:
        """Whether a released number lies that near."""
        place = bisect_left(self._sorted, number - tolerance)
        return place < len(self._sorted) and self._sorted[place] <= number + tolerance


def file_breaches(
    site: Path, tables: Mapping[str, pl.DataFrame], protection: Protection
) -> Iterator[str]:
    """Say what is wrong with which file."""
    numbers, own = Numbers(tables), own_files()
    for path in sorted(site.rglob("*")):
        if path.name in FOREIGN or not path.is_file():
            continue
        name = path.relative_to(site).as_posix()
        if name in own:
            if path.read_text("utf-8") != own[name]:
                yield f"{name}: isn't the program's, which has no figures in it"
            continue
        for what in _of_file(path, numbers, protection):
            yield f"{name}: {what}"


def _of_file(path: Path, numbers: Numbers, protection: Protection) -> Iterator[str]:
    if path.suffix == ".html":
        page = path.read_text("utf-8")
        yield from _counts(all_text(page), protection)
        for link in _CSV.findall(page):
            yield from _of_csv(unquote(html.unescape(link)), numbers, protection)
        for data in _JSON.findall(page):
            yield from _of_figures(json.loads(data), numbers, protection)
    elif path.name == "sites.js":
        yield from _of_sites(path.read_text("utf-8"), numbers, protection)
    elif path.suffix == ".js":
        yield from _of_parts(path.read_text("utf-8"), protection)
    elif path.suffix == ".csv":
        yield from _of_csv(path.read_text("utf-8"), numbers, protection)
    elif path.suffix == ".json":
        yield from _of_figures(json.loads(path.read_text("utf-8")), numbers, protection)
    elif path.suffix == ".txt":
        yield from _counts(path.read_text("utf-8"), protection)
    elif path.suffix == ".pdf":
        yield from _counts(pdf_text(path), protection)


def pdf_text(path: Path) -> str:
    """Return the text of a PDF on one line: a cell that is broken over lines is one text."""
    pages = PdfReader(path).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def _counts(text: str, protection: Protection) -> Iterator[str]:
    for line in text.splitlines():
        for count in small_counts(line, protection):
            yield f"tells of {count!r}: {line.strip()[:160]}"


class _Everything(HTMLParser):
    """All that a page holds for readers, hidden parts and attributes too."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines = [""]
        self._is_silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_silent = tag in ("script", "style")
        told = (value for name, value in attrs if name in ("title", "aria-label", "alt", "content"))
        self.lines += [value for value in told if value]
        self._pause(tag)

    def handle_endtag(self, tag: str) -> None:
        self._is_silent = False
        self._pause(tag)

    def _pause(self, tag: str) -> None:
        if tag in _BREAKS:
            self.lines.append("")
        else:
            self.lines[-1] += " "

    def handle_data(self, data: str) -> None:
        if not self._is_silent:
            self.lines[-1] += data


def all_text(page: str) -> str:
    """Return every text of a page, a line per block."""
    reader = _Everything()
    reader.feed(page)
    return "\n".join(" ".join(line.split()) for line in reader.lines)


def _of_csv(text: str, numbers: Numbers, protection: Protection) -> Iterator[str]:
    head, *rows = csv.reader(io.StringIO(text))
    for row in rows:
        figures = [(name, cell) for name, cell in zip(head, row, strict=True) if _is_number(cell)]
        is_hidden = any(cell.strip().lower().startswith(HIDDEN) for cell in row)
        if is_hidden and figures:
            yield f"a hidden line of a download has a number in {figures[0][0]!r}"
        for name, cell in figures:
            if not numbers.has(float(cell), 1e-9 * max(1.0, abs(float(cell)))):
                yield f"{name!r} of a download is no released number"
        yield from _counts(" ".join(row), protection)


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell.strip()) is not None


def _of_figures(content: Any, numbers: Numbers, protection: Protection) -> Iterator[str]:
    """Numbers of a chart's lines are released ones, rounded for drawing; whole ones are places."""
    for figure, each in content.items():
        yield from _counts("\n".join(_texts(each)), protection)
        for trace in each.get("data", ()):
            for number in [*_numbers(trace.get("x")), *_numbers(trace.get("y"))]:
                near = max(DRAWN, 1e-3 * abs(number))
                if number != round(number) and not numbers.has(number, near):
                    yield f"chart {figure} draws a number that wasn't released"


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for each in content.values():
            yield from _texts(each)
    elif isinstance(content, Sequence):
        for each in content:
            yield from _texts(each)


def _numbers(values: Any) -> list[float]:
    return [v for v in values or () if isinstance(v, int | float)]


def _of_sites(text: str, numbers: Numbers, protection: Protection) -> Iterator[str]:
    """What Today shows of each site: texts, the chart's figure and its download, as on a page."""
    for site, told in json.loads(text.partition("=")[2].rstrip().rstrip(";")).items():
        chart = told["chart"]
        link = chart.pop("csv").removeprefix("data:text/csv;charset=utf-8,")
        yield from _of_csv(unquote(link), numbers, protection)
        yield from _of_figures({site: chart.pop("figure")}, numbers, protection)
        yield from _counts("\n".join(_texts(told)), protection)


def _of_parts(text: str, protection: Protection) -> Iterator[str]:
    """The filters' texts: a reason has no number, and a hidden cell is a reason alone."""
    parts = json.loads(text.partition("=")[2].rstrip().rstrip(";"))
    yield from _counts("\n".join(_texts(parts)), protection)
    for number, verdict in enumerate(parts["verdicts"]):
        if HIDDEN in " ".join(verdict).lower():
            yield f"cells of verdict {number} are hidden and not empty"
    for word, sentence in parts["reasons"]:
        if word.lower() == HIDDEN and _NUMBER.search(sentence):
            yield "a hidden part's sentence has a number"
