"""HTML of a page -> its blocks of words, each with what stands around it and the marks within it.

A block is what is read in one go: a paragraph, a cell, a head, or what a point of a chart says when
it is pointed at. Marks say what its figures are from (`marked_values`), signs on which lines of the
templates it stands (`template_signs`); neither is part of its text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from pipelines.lineage.marked_values import MARK, number_of
from pipelines.lineage.template_signs import SIGN, Trail

_INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "br",
        "button",
        "code",
        "em",
        "i",
        "mark",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "tspan",
        "u",
    ]
)
_VOID = frozenset(
    ["area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"]
)
_DRAWN = ("hover", "text", "title", "desc")
"""What is drawn, or said of a drawing: its table says it, too."""
_SKIPPED = ("script", "style")
_SPACES = " \t\r\n"
_TAG = re.compile(r"<[a-zA-Z/!\U000f0000-\U0010fffd](?:[^<>\"]|\"[^\"]*\")*>")
_TOKEN = re.compile(f"{MARK.pattern}|({SIGN.pattern})")
_MARKUP = re.compile(r"<[^>]*>")


@dataclass
class Part:
    """An element around blocks: its tag and id, and what is said in it first as a heading."""

    tag: str
    id: str
    heading: str = ""
    columns: list[str] = field(default_factory=list)
    row: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)


@dataclass
class Block:
    """Words with their tag, and the elements around them from outside in.

    ``figures`` are the writings that end at a place of the text, ``sites`` the lines of templates,
    from the page's own inwards, that its text is from a place on.
    """

    tag: str
    text: str
    around: tuple[Part, ...]
    terms: tuple[str, ...]
    metric: str
    column: int
    figures: tuple[tuple[int, int], ...] = ()
    sites: tuple[tuple[int, tuple[int, ...]], ...] = ()

    def nearest(self, *tags: str) -> Part | None:
        """Return the innermost element of one of these tags around the block."""
        return next((each for each in reversed(self.around) if each.tag in tags), None)

    @property
    def ids(self) -> list[str]:
        """The ids of the elements around the block, the nearest first."""
        return [each.id for each in reversed(self.around) if each.id]

    @property
    def is_seen(self) -> bool:
        """Whether it is read on the page: not said of a drawing, or drawn in it."""
        return self.tag not in _DRAWN and not (self.ids and self.ids[0].startswith("text-"))

    @property
    def beside(self) -> list[str]:
        """What heads the block: its row, its column, its table and the parts around it."""
        found = []
        if row := self.nearest("tr"):
            found += row.row
        if table := self.nearest("table"):
            found += table.columns[self.column : self.column + 1]
        found += [each.heading for each in reversed(self.around) if each.heading]
        return [each for each in dict.fromkeys(found) if each and each != self.text]


def blocks_of(html: str) -> list[Block]:
    """Return the blocks of a page, in its order."""
    reader = _Reader()
    reader.feed(_TAG.sub(lambda tag: _TOKEN.sub("", tag[0]), html))
    reader.close()
    return [*reader.blocks, *reader.placed_hovers]


class _Reader(HTMLParser):
    """Collects the blocks; elements that are never closed end with the one around them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.hovers: list[Block] = []
        self._trail = Trail()
        self._open: list[Part] = []
        self._skipped = ""
        self._closed = ""
        self._texts: list[str] = []
        self._terms: list[str] = []
        self._metrics: list[tuple[int, str]] = []
        self._columns = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag in _SKIPPED:
            self._skipped = given.get("type", tag)
            return
        if tag in _INLINE:
            self._term(tag, given)
            is_apart = tag in ("br", "small") or self._ends_a_sentence() or self._follows(tag)
            self._texts.append(" " if is_apart else "")
            self._closed = ""
            return
        self._end_block()
        if tag in _VOID:
            return
        if tag == "tr":
            self._columns = 0
        self._open.append(Part(tag, given.get("id", "")))
        if "data-metric" in given:
            self._metrics.append((len(self._open), given["data-metric"]))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipped = ""
            return
        if tag in _INLINE:
            self._closed = tag
            return
        self._end_block()
        if tag in ("td", "th"):
            self._columns += 1
        if any(each.tag == tag for each in self._open):
            while self._open.pop().tag != tag:
                pass
        self._metrics = [each for each in self._metrics if each[0] <= len(self._open)]

    def handle_data(self, data: str) -> None:
        if self._skipped == "application/json":
            self.hovers += _hovers(SIGN.sub("", data))
        if not self._skipped:
            self._texts.append(data)
            self._closed = "" if _TOKEN.sub("", data) else self._closed

    def close(self) -> None:
        super().close()
        self._end_block()

    @property
    def placed_hovers(self) -> list[Block]:
        """What charts say, in the parts of the page that they are in."""
        parts = {each.id: block.around[: n + 1] for block in self.blocks
                 for n, each in enumerate(block.around) if each.tag == "figure"}  # fmt: skip
        for each in self.hovers:
            each.around = parts.get(each.around[0].id, each.around)
        return self.hovers

    def _follows(self, tag: str) -> bool:
        """Whether a span begins right after another: styles set them apart."""
        return tag == self._closed == "span"

    def _ends_a_sentence(self) -> bool:
        """Whether an element begins right after a sentence: styles set it off without a space."""
        said = _TOKEN.sub("", "".join(self._texts[-2:]))
        return len(said) > 1 and said.endswith((".", "?", "!")) and not said[-2].isspace()

    def _term(self, tag: str, given: dict[str, str]) -> None:
        file, _, anchor = given.get("href", "").partition("#")
        if tag == "a" and file == "definitions.html" and anchor:
            self._terms.append(anchor)

    def _end_block(self) -> None:
        raw, self._texts = "".join(self._texts), []
        terms, self._terms = tuple(self._terms), []
        text, figures, sites = _read(raw, self._trail)
        if not text or not self._open:
            return
        tag, around = self._open[-1].tag, tuple(self._open)
        metric = self._metrics[-1][1] if self._metrics else ""
        self.blocks.append(Block(tag, text, around, terms, metric, self._columns, figures, sites))
        self._head(tag, text)
        if row := self._nearest("tr"):
            row.cells.append(text)

    def _head(self, tag: str, text: str) -> None:
        """Let a heading head the part that it stands in, a caption its table, a cell its row."""
        figure = self._nearest("figure")
        if figure and self._nearest("figcaption"):
            figure.captions.append(text)
        if tag in ("h1", "h2", "h3", "caption", "summary"):
            for each in reversed(self._open[:-1]):
                if each.tag in ("section", "figure", "table", "details", "li"):
                    each.heading = each.heading or text
                    break
        elif tag == "dt" and self._open[-2:][0].tag == "div":
            self._open[-2].heading = self._open[-2].heading or text
        elif tag == "th":
            row, table = self._nearest("tr"), self._nearest("table")
            if row and self._nearest("tbody"):
                row.row.append(text)
            elif table:
                table.columns.append(text)

    def _nearest(self, tag: str) -> Part | None:
        return next((each for each in reversed(self._open) if each.tag == tag), None)


def _read(
    raw: str, trail: Trail
) -> tuple[str, tuple[tuple[int, int], ...], tuple[tuple[int, tuple[int, ...]], ...]]:
    """A text with single spaces, and the places of its marks and signs."""
    text, figures, sites, at = "", [], [(0, trail.sites)], 0
    for found in [*_TOKEN.finditer(raw), None]:
        told = raw[at : found.start()] if found else raw[at:]
        at = found.end() if found else at
        text = (text + re.sub(f"[{_SPACES}]+", " ", told)).replace("  ", " ").lstrip(_SPACES)
        if found and found[1]:
            figures.append((len(text), number_of(found[1])))
        elif found:
            trail.follow(found[2])
            sites.append((len(text), trail.sites))
    return text.strip(_SPACES), tuple(figures), tuple(sites)


def _hovers(script: str) -> Iterator[Block]:
    """What the points of a page's charts say, each with the chart that it is in."""
    try:
        charts = json.loads(script)
    except ValueError:
        return
    for key, chart in charts.items() if isinstance(charts, dict) else ():
        figure = Part("figure", f"fig-{key.replace('_', '-')}")
        for said in dict.fromkeys(_texts(chart)):
            text, figures, sites = _read(_MARKUP.sub(" ", said), Trail())
            if " " in text and any(each.isdigit() for each in text):
                yield Block("hover", text, (figure,), (), "", 0, figures, sites)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
