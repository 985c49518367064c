"""Every link to a definition leads somewhere, and its query gives the number that it stands by."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dashboards.build import build_site
from dashboards.definitions import CHARTS, NAMES, defined, definition_link, term
from dashboards.formats import MINUS
from pipelines.contracts.definitions import definitions_by_id, load_definitions
from pipelines.core.warehouse import Connection, fetch
from tests.figures.practice_worlds import alike, few_people, practised
from tests.figures.published_world import published
from tests.figures.worlds import nothing, odd_labels

VOID = {"meta", "link", "br", "img", "input"}
WITHOUT_NUMBERS = {"definitions.html", "digest.html", "your-data.html"}
MAY_STAND_ALONE = {"arm", "day_0", "verdict", "part", "reach"}
"""Definitions of words: what their queries give is no single number of a page."""


@dataclass
class Element:
    """An element of a page with its text and the definitions that links in it lead to."""

    tag: str
    attributes: dict[str, str | None]
    parent: Element | None
    text: str = ""
    terms: list[str] = field(default_factory=list)

    def is_container(self) -> bool:
        classes = (self.attributes.get("class") or "").split()
        return self.tag in ("tr", "figure", "section", "table") or "tile" in classes


class Tree(HTMLParser):
    """Reads a page into its elements, the text of each with that of those inside it."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs), self.open[-1] if self.open else None)
        self.elements.append(element)
        href = element.attributes.get("href") or ""
        if href.startswith("definitions.html#"):
            for each in (*self.open, element):
                each.terms.append(href.partition("#")[2])
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += f" {data}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build_site(practised(), folder)
    return folder


@pytest.fixture(scope="module")
def links(site: Path) -> list[tuple[str, Element]]:
    """Every link to a definition, with the name of its page."""
    return [
        (page.name, element)
        for page in sorted(site.glob("*.html"))
        for element in Tree(page.read_text("utf-8")).elements
        if element.tag == "a" and element.terms
    ]


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with published(practised(), tmp_path_factory.mktemp("published")) as connection:
        yield connection


def anchors(site: Path) -> set[str]:
    return set(re.findall(r'id="([^"]+)"', (site / "definitions.html").read_text("utf-8")))


@pytest.mark.parametrize("make", [practised, alike, few_people, odd_labels, nothing])
def test_every_link_leads_to_a_definition(make: Any, tmp_path: Path) -> None:
    build_site(make(), tmp_path)
    there = anchors(tmp_path)
    links = {
        target
        for page in tmp_path.glob("*.html")
        for target in re.findall(r'href="definitions\.html#([^"]+)"', page.read_text("utf-8"))
    }
    assert len(links) > 15
    assert links <= there
    assert {each.id for each in load_definitions()} <= there


def test_every_chart_tile_and_table_links_to_a_definition(site: Path) -> None:
    unlinked = []
    for page in sorted(site.glob("*.html")):
        if page.name in WITHOUT_NUMBERS:
            continue
        told = page.read_text("utf-8").partition('<section class="card wide" id="method"')[0]
        for element in Tree(told).elements:
            classes = (element.attributes.get("class") or "").split()
            if (element.tag in ("figure", "table") or "tile" in classes) and not element.terms:
                inside = element.parent
                while inside is not None and inside.tag not in ("figure", "section"):
                    inside = inside.parent
                if inside is None or not inside.terms:
                    unlinked.append((page.name, element.tag, " ".join(element.text.split())[:60]))
    assert not unlinked


def numbers_of(con: Connection, query: str) -> set[str]:
    """The numbers that a query gives, in every way in which a page may write them."""
    found: set[str] = set()
    for row in fetch(con, query).iter_rows():
        for value in row:
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if not math.isfinite(value):
                continue
            for scaled in (abs(value), abs(value) * 100):
                found |= {f"{scaled:,.{digits}f}" for digits in (0, 1, 2)}
    return found - {"0", "0.0", "0.00"}


def is_without_number(link: Element) -> bool:
    """Whether the link stands in a chart that shows nothing, or beside words about the outcome."""
    around: Element | None = link
    while around is not None and around.tag not in ("figure", "section"):
        around = around.parent
    if around is None:
        return False
    is_empty_chart = around.tag == "figure" and "Table and downloads" not in around.text
    return is_empty_chart or around.attributes.get("id") == "counted"


@pytest.mark.parametrize("name", [each.id for each in load_definitions()])
def test_its_query_gives_the_number_beside_the_link(
    name: str, links: list[tuple[str, Element]], con: Connection
) -> None:
    """Around every link of a page stands a number that the query gives."""
    numbers = numbers_of(con, definitions_by_id()[name].query)
    if name in MAY_STAND_ALONE or not numbers:
        return
    for page_name, link in links:
        if link.terms != [name] or is_without_number(link):
            continue
        around = link.parent
        said: set[str] = set()
        while around is not None and not said & numbers:
            if around.is_container():
                said = set(re.findall(r"[\d,]*\d(?:\.\d+)?", around.text.replace(MINUS, "-")))
            around = around.parent
        assert said & numbers, (page_name, link.text)


def test_most_definitions_are_linked_and_give_numbers(site: Path, con: Connection) -> None:
    """So that the test above can't pass for want of links or numbers."""
    linked = {
        target
        for page in site.glob("*.html")
        for target in re.findall(r'href="definitions\.html#([^"]+)"', page.read_text("utf-8"))
    }
    telling = {each.id for each in load_definitions() if numbers_of(con, each.query)}
    assert len(linked & telling - MAY_STAND_ALONE) >= 25


def test_a_wrong_number_would_be_found(con: Connection) -> None:
    query = definitions_by_id()["training_attendance"].query
    assert "34" in numbers_of(con, query)
    assert "34" not in numbers_of(con, query.replace("'training'", "'coach_mix'"))


def test_names_and_charts_name_definitions() -> None:
    assert set(NAMES.values()) | set(CHARTS.values()) <= set(definitions_by_id())
    with pytest.raises(KeyError):
        definition_link("nothing_of_the_kind")


def test_text_is_escaped_and_unknown_text_stays() -> None:
    assert (
        term("<b>", "weighted") == '<a class="term" href="definitions.html#weighted">&lt;b&gt;</a>'
    )
    assert defined("Some other head") == "Some other head"
    assert defined("Likely range") == term("Likely range", "likely_range")
