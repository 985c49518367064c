"""Words that were read on a page -> where they stand on the pages as they were published.

A spot is a block with the part of its text that was asked for. Words are found as they stand; else
by their sentences, with numbers as other languages write them, or as a head and its cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dashboards.build import WORDS_BUILDERS
from pipelines.core.workspace import Workspace
from pipelines.lineage.page_text import Block, Part, blocks_of
from pipelines.lineage.words import has_words, plain

_SENTENCE_ENDS = re.compile(r"(?<=[.!?]) (?=\W?\w)")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")
_BARE = re.compile(r"[\W\d]+$")
_FEWEST = 10
"""Signs of words that are looked for within longer ones, too."""
_LEAST = 0.5
"""Which part of the words must stand in the heads around, where they are from several blocks."""


@dataclass(frozen=True, eq=False)
class Spot:
    """Where words stand: a block of a page, its place among them, and which of its text it is."""

    file: str
    number: int
    block: Block
    start: int
    end: int

    @property
    def text(self) -> str:
        """The asked words as they stand there."""
        return self.block.text[self.start : self.end]

    @property
    def is_whole(self) -> bool:
        """Whether the whole block was asked for."""
        return len(self.text.strip()) == len(self.block.text)

    @property
    def is_number(self) -> bool:
        """Whether a number alone was asked for."""
        return bool(_BARE.match(self.text))

    @property
    def address(self) -> str:
        """The page with the part of it that the words stand in."""
        return self.file + (f"#{self.block.ids[0]}" if self.block.ids else "")


def spots_of(words: str, workspace: Workspace, page: str = "") -> list[Spot]:
    """Return where words stand on the asked page, else on all: alone in a block before others.

    A page may be asked for with the part that they were read in: ``index.html#map``; what the part
    has isn't looked for elsewhere. A row of a table may be told by several of its cells. A heading
    has no full stop, and the sentences of one block may be the heads of others: what isn't found as
    it is is looked for without its full stop, and then by its sentences, the first first.
    """
    page, _, part = page.partition("#")
    wanted, every = plain(words), list(WORDS_BUILDERS)
    readings = list(dict.fromkeys(_readings(wanted)))
    for files in [[page], every] if page in every else [every]:
        for each in readings:
            if found := _spots(each, workspace, files, part):
                is_read = any(spot.block.is_seen or spot.is_whole for spot in found)
                cells = [] if is_read else _in_several(wanted, workspace, files, part)
                return [*cells, *found]
        if found := _in_several(wanted, workspace, files, part) or _run_together(
            wanted, workspace, files, part
        ):
            return found
    return []


def no_page(page: str) -> str:
    """Say which pages there are, of a name that none of them has; else nothing."""
    if not page or page.partition("#")[0] in WORDS_BUILDERS:
        return ""
    return f"No page is called {page!r}; those with words are: {', '.join(WORDS_BUILDERS)}."


def _readings(wanted: str) -> Iterator[str]:
    """The words as they are, without their full stop, with other signs, and by their sentences."""
    point = re.sub(r"\bbis\b", "to", _DECIMAL_COMMA.sub(".", wanted))
    minus = re.sub(r"(?<!\w)-(?=\d)", "\N{MINUS SIGN}", wanted)
    sentences = _SENTENCE_ENDS.split(wanted)
    for each in (wanted, minus, point, *(sentences if sentences[1:] else [])):
        for text in (each, each.rstrip(". "), each.rstrip(".,;: ")):
            if text.strip(". "):
                yield text


def _spots(wanted: str, workspace: Workspace, files: Sequence[str], part: str) -> list[Spot]:
    found = [
        Spot(file, number, block, at.start(), at.end())
        for file in files
        for number, (block, text) in enumerate(page_blocks(workspace.published_site / file))
        if (at := has_words(text, wanted))
    ]
    return _nearest(found, wanted, part)


def _run_together(wanted: str, workspace: Workspace, files: Sequence[str], part: str) -> list[Spot]:
    """The blocks with the words, whatever spaces and signs a browser copies between them."""
    signs, _ = _word_signs(wanted)
    found = []
    for file in files if len(signs) >= _FEWEST else ():
        for number, (block, text) in enumerate(page_blocks(workspace.published_site / file)):
            own, places = _word_signs(text)
            if (at := own.find(signs)) >= 0:
                last = places[at + len(signs) - 1]
                found.append(Spot(file, number, block, places[at], last + 1))
    return _nearest(found, wanted, part)


def _word_signs(text: str) -> tuple[str, list[int]]:
    """The letters and digits of a text, and where they stand in it."""
    places = [at for at, each in enumerate(text) if each.isalnum()]
    return "".join(text[at] for at in places), places


def _in_several(wanted: str, workspace: Workspace, files: Sequence[str], part: str) -> list[Spot]:
    """The blocks that the words have in them, where the rest stands in what heads these.

    In a table that is a cell; the other cells of its row that the words have, too, come after it.
    """
    found = []
    for file in files:
        for number, (block, text) in enumerate(page_blocks(workspace.published_site / file)):
            if not any(each.isdigit() for each in text) or not has_words(wanted, text):
                continue
            row = block.nearest("tr")
            others = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", " ", wanted)
            rest = set(re.findall(r"\w+", others))
            near = set(re.findall(r"\w+", plain(" ".join([*block.beside, *_cells(row)]))))
            figures = {each for each in rest if each.isdigit()}
            if rest and figures <= near and len(rest & near) >= _LEAST * len(rest):
                n_words = len(re.findall(r"\w+", text)) + len(rest & near)
                fit = (block.is_seen, block.tag == "td", n_words + len(text) / 1000)
                found.append((fit, Spot(file, number, block, 0, len(block.text))))
    best = max((fit for fit, _ in found), default=None)
    rows = [spot.block.nearest("tr") for fit, spot in found if fit == best]
    told = [spot for fit, spot in found if fit == best or _is_one_of(spot, rows)]
    told.sort(key=lambda spot: not any(fit == best and each is spot for fit, each in found))
    return _nearest(told, wanted, part)


def _cells(row: Part | None) -> list[str]:
    return row.cells if row else []


def _is_one_of(spot: Spot, rows: Sequence[Part | None]) -> bool:
    """Whether it is a cell of one of these rows."""
    row = spot.block.nearest("tr")
    return spot.block.tag == "td" and row is not None and any(each is row for each in rows)


def _nearest(found: list[Spot], wanted: str, part: str) -> list[Spot]:
    found = [spot for spot in found if part in spot.block.ids] or found
    found.sort(
        key=lambda spot: (
            re.sub(r"[^\w.,]+$", "", plain(spot.block.text)) != wanted,
            not spot.block.is_seen,
            len(spot.block.text) if _BARE.match(wanted) else 0,
        )
    )
    first: dict[tuple[str, ...], Spot] = {}
    for each in found:
        first.setdefault((each.file, each.block.text, *each.block.ids, *each.block.beside), each)
    return list(first.values())


@cache
def page_blocks(path: Path) -> tuple[tuple[Block, str], ...]:
    """The blocks of a page, each with its text as texts are compared."""
    blocks = blocks_of(path.read_text("utf-8")) if path.exists() else []
    return tuple((each, plain(each.text)) for each in blocks)
