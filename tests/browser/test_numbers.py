"""Every number on every page is in the tables of its publication; a wrong one is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from dashboards.pages.layout import PAGES
from pipelines.core.workspace import Workspace
from tests.browser.numbers import (
    RANGE,
    Block,
    Tables,
    blocks_of,
    csv_lines,
    numbers,
    read_tables,
    untraced,
    written,
)

FILES = [file for _, file, _ in PAGES]
# Pages of text: what they say is the method's and the definitions', not a publication's.
OF_TEXT = {"method.html", "definitions.html", "your-data.html"}


@pytest.fixture(scope="module")
def tables(publication: Workspace) -> Tables:
    return read_tables(publication.published_analytics)


@pytest.fixture(scope="module")
def pages(browser: Any, publication: Workspace) -> Iterator[dict[str, list[Block]]]:
    page = browser.new_page()
    read = {}
    for file in FILES:
        page.goto((publication.published_site / file).as_uri())
        read[file] = blocks_of(page)
    yield read
    page.close()


def numbers_of_charts(blocks: list[Block]) -> dict[str, set[str]]:
    """What each chart may say: the numbers of its download, and how many lines there are."""
    found = {}
    for block in blocks:
        if block.kind == "chart":
            lines = list(csv_lines(block.csv))
            told = {text for line in lines for value in line for text in written(value)}
            found[block.of] = told | {str(n) for n in range(len(lines) + 1)}
    return found


@pytest.mark.parametrize("file", FILES)
def test_every_line_of_every_download_is_in_the_tables(
    file: str, pages: dict[str, list[Block]], tables: Tables
) -> None:
    for block in pages[file]:
        for line in csv_lines(block.csv) if block.csv else ():
            assert tables.have_line(line), (block.of, line)


@pytest.mark.parametrize("file", [file for file in FILES if file not in OF_TEXT])
def test_every_number_is_in_the_tables(
    file: str, pages: dict[str, list[Block]], tables: Tables
) -> None:
    charts = numbers_of_charts(pages[file])
    missing = [
        (missed, b.text[:160]) for b in pages[file] if (missed := untraced(b, tables, charts))
    ]
    assert missing == []
    assert sum(len(numbers(block.text)) for block in pages[file]) > 10, "the test reads the page"


def number_in(block: Block, which: int) -> str:
    """A number of a block, rather one that others hardly are by chance."""
    listed = list(numbers(block.text))
    return ([n for n in listed if "." in n or len(n) > 2] or listed)[which]


def test_a_wrong_number_is_noticed(pages: dict[str, list[Block]], tables: Tables) -> None:
    """In a tile, in a range of the lead, in a chart's text, in a count, in a download."""
    blocks = pages["outcomes.html"]
    charts = numbers_of_charts(blocks)
    tile = next(b for b in blocks if b.kind == "metric")
    lead = next(b for b in blocks if "likely range" in b.text and b.kind == "text")
    chart = next(b for b in blocks if b.kind == "chart")
    people = next(b for b in blocks if b.text.replace(" ¶", "").endswith(" people"))
    low_end = RANGE.search(lead.text)  # rounded ranges of people have no decimals
    for block, old in (
        (tile, number_in(tile, 0)),
        (lead, low_end[1] if low_end else number_in(lead, 0)),
        (chart, number_in(chart, 3)),
        (people, number_in(people, -1)),
    ):
        wrong = f"{float(old) * 1.043 + 103.3:.1f}" if "." in old else str(int(old) + 40_417)
        shown = old if old in block.text else f"{int(old):,}"
        assert untraced(block, tables, charts) == [], "nothing is wrong yet"
        assert untraced(replace(block, text=block.text.replace(shown, wrong)), tables, charts)
    line = next(csv_lines(chart.csv))
    assert tables.have_line(line)
    assert not tables.have_line([*line[:-1], line[-1] + 3.3])


def test_most_small_changes_are_noticed(pages: dict[str, list[Block]], tables: Tables) -> None:
    """Two units more in its last decimal, one number of a tile or chart after the other."""
    blocks = pages["outcomes.html"]
    charts = numbers_of_charts(blocks)
    noticed = []
    for block in (block for block in blocks if block.kind != "text"):
        for old in {number for number in numbers(block.text) if "." in number}:
            digits = len(old.partition(".")[2])
            wrong = f"{float(old) + 2 * 10**-digits:.{digits}f}"
            changed = replace(block, text=block.text.replace(old, wrong))
            noticed.append(bool(untraced(changed, tables, charts)))
    assert len(noticed) > 30
    # Rounded figures lie on few values, so more wrong ones are somebody else's right ones.
    assert sum(noticed) > 0.4 * len(noticed)
