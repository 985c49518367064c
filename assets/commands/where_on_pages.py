"""Words that were read on a page -> where they stand on the pages as they were published.

A spot is a block with the part of its text that was asked for. Words are found as they stand; else
by their sentences, with numbers as other languages write them, or as a head and its cell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dashboards.build import WORDS_BUILDERS
from pipelines.core.workspace import Workspace
from pipelines.lineage.card_words import in_cards, numbers_in
from pipelines.lineage.page_text import Block, Part, blocks_of
from pipelines.lineage.words import has_words, plain

_SENTENCE_ENDS = re.compile(r"(?<=[.!?]) (?=\W?\w)")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")
_TICK = re.compile(r"(?<=[a-z])(?=\d{4}$)")
"""What a browser copies of a month above its year."""
_BARE = re.compile(r"[\W\d]+$")
_NUMBER = re.compile(r"\d")
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


def spots_of(
    words: str, workspace: Workspace, page: str = "", *, is_there_only: bool = False
) -> list[Spot]:
    """Return where words stand on the asked page, else on all: alone in a block before others.

    A page may be asked for with the part that they were read in: ``index.html#map``; what the part
    has isn't looked for elsewhere. A row of a table may be told by several of its cells. A heading
    has no full stop, and the sentences of one block may be the heads of others: what isn't found as
    it is is looked for without its full stop, and then by its sentences, the first first.
    """
    page, _, part = page.partition("#")
    wanted, every = plain(words), list(WORDS_BUILDERS)
    whole, parts = _readings(wanted), _readings_of_sentences(wanted)
    elsewhere = [] if is_there_only else [every]
    for files in [[page], *elsewhere] if page in every else [every]:
        if found := _as_read(whole, wanted, workspace, files, part):
            return found
        if found := _in_a_card(wanted, workspace, files, part):
            return found
        if found := _as_read(parts, wanted, workspace, files, part):
            return found
        least = 1 if page and files is every else _LEAST
        found = _in_several(wanted, workspace, files, part, least)
        if not _has_last(found, wanted):
            found = _in_a_card(wanted, workspace, files, part, are_rows=True) or found
        if found := found or _run_together(wanted, workspace, files, part):
            return found
    return []


def lost_number(spot: Spot, words: str) -> str:
    """Return the last number of the asked words if what was found doesn't have it; else nothing."""
    numbers = numbers_in(plain(words))
    if not spot.is_number and has_words(plain(words), plain(spot.text)):
        return ""
    row = spot.block.nearest("tr")
    there = " ".join([spot.block.text, *spot.block.beside, *_cells(row)])
    point = [_DECIMAL_COMMA.sub(".", each) for each in numbers[-1:]]
    is_there = not numbers or {*numbers[-1:], *point} & {*numbers_in(plain(there))}
    return "" if is_there else numbers[-1]


def numbers_elsewhere(spot: Spot, words: str) -> list[str]:
    """Return the numbers of asked words that go on behind those found, as further sentences do."""
    told = plain(spot.text).strip(" .")
    found = has_words(plain(words), told)
    row = spot.block.nearest("tr")
    around = plain(
        " ".join([spot.block.text, *spot.block.beside, *_cells(row), *_captions(spot.block)])
    )
    rest = plain(words)[found.end() :] if found and not spot.is_number else ""
    return [each for each in dict.fromkeys(numbers_in(rest)) if each not in numbers_in(around)]


def _as_read(
    readings: Sequence[str], wanted: str, workspace: Workspace, files: Sequence[str], part: str
) -> list[Spot]:
    """The words as they stand, by the first reading that a page has.

    Before what is only said of a drawing come a card or a row that have them; where it has several
    numbers, these come after it.
    """
    for each in readings:
        if found := _spots(each, workspace, files, part):
            if any(spot.block.is_seen or spot.is_whole for spot in found):
                return found
            cells = _in_a_card(wanted, workspace, files, part)
            cells = cells or _in_several(wanted, workspace, files, part)
            is_cell = cells and _NUMBER.search(cells[0].text)
            is_several = len(numbers_in(wanted)) > 1
            return [*cells, *found] if is_cell and not is_several else [*found, *cells]
    return []


def _in_a_card(
    wanted: str, workspace: Workspace, files: Sequence[str], part: str, *, are_rows: bool = False
) -> list[Spot]:
    """The blocks with the asked number, in a card or row that has the other words, too."""
    found = []
    for file in files:
        blocks = page_blocks(workspace.published_site / file)
        found += [
            Spot(file, number, blocks[number][0], start, end)
            for number, start, end in in_cards(wanted, blocks, are_rows=are_rows)
        ]
    return _nearest(found, wanted, part)


def no_page(page: str) -> str:
    """Say which pages there are, of a name that none of them has; else nothing."""
    if not page or page.partition("#")[0] in WORDS_BUILDERS:
        return ""
    return f"No page is called {page!r}; those with words are: {', '.join(WORDS_BUILDERS)}."


def _readings(wanted: str) -> list[str]:
    """The words as they are, without their full stop, and with other signs."""
    point = re.sub(r"\bbis\b", "to", _DECIMAL_COMMA.sub(".", wanted))
    minus = re.sub(r"(?<!\w)-(?=\d)", "\N{MINUS SIGN}", wanted)
    ticks = _TICK.sub(" ", wanted)
    return _without_stops((wanted, minus, point, ticks))


def _readings_of_sentences(wanted: str) -> list[str]:
    """The sentences of the words, where they are several."""
    sentences = _SENTENCE_ENDS.split(wanted)
    return _without_stops(sentences if sentences[1:] else [])


def _without_stops(texts: Sequence[str]) -> list[str]:
    every = [t for each in texts for t in (each, each.rstrip(". "), each.rstrip(".,;: "))]
    return list(dict.fromkeys(each for each in every if each.strip(". ")))


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


def _in_several(
    wanted: str, workspace: Workspace, files: Sequence[str], part: str, least: float = _LEAST
) -> list[Spot]:
    """The blocks that the words have in them, where the rest stands in what heads these.

    In a table that is a cell; the other cells of its row that the words have, too, come after it.
    """
    found = []
    for file in files:
        for number, (block, text) in enumerate(page_blocks(workspace.published_site / file)):
            is_figure = any(each.isdigit() for each in text)
            if not (is_figure or block.tag == "td") or not has_words(wanted, text):
                continue
            row = block.nearest("tr")
            others = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", " ", wanted)
            rest = set(re.findall(r"\w+", others))
            beside = [*block.beside, *_cells(row), *_captions(block)]
            near = set(re.findall(r"\w+", plain(" ".join(beside))))
            figures = {*numbers_in(others)}
            near |= {*numbers_in(plain(" ".join(beside)))}
            is_near = len(rest & near) >= least * len(rest)
            if rest and figures <= near and is_near:
                n_words = len(re.findall(r"\w+", text)) + len(rest & near)
                is_signed = {*numbers_in(text)} <= {*numbers_in(wanted)}
                fit = (
                    block.is_seen,
                    block.tag == "td",
                    is_figure,
                    is_signed,
                    n_words + len(text) / 1000,
                )
                found.append((fit, Spot(file, number, block, 0, len(block.text))))
    best = max((fit for fit, _ in found), default=None)
    rows = [spot.block.nearest("tr") for fit, spot in found if fit == best]
    told = [spot for fit, spot in found if fit == best or _is_one_of(spot, rows)]
    told.sort(key=lambda spot: not any(fit == best and each is spot for fit, each in found))
    return _nearest(told, wanted, part)


def _has_last(found: Sequence[Spot], wanted: str) -> bool:
    """Whether some places have the last number of the asked words, as far as they have any."""
    last = numbers_in(wanted)[-1:]
    return bool(found) and (not last or any({*last} <= {*numbers_in(each.text)} for each in found))


def _captions(block: Block) -> list[str]:
    figure = block.nearest("figure")
    return figure.captions if figure else []


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
