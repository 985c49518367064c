"""A spot of a page -> what its words and figures are from: tables, settings, constants, templates.

The page is drawn once more from what it was published from (`where_redrawn`); each figure then says
itself what it is from.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import cache

from assets.commands.where_held import told_texts
from assets.commands.where_on_pages import Spot
from assets.commands.where_redrawn import Drawn, redrawn, writer_of
from dashboards.build import WORDS_BUILDERS
from dashboards.data import SiteData
from dashboards.load import load_site_data
from pipelines.config.settings import load_settings
from pipelines.core.errors import PipelineError
from pipelines.core.warehouse import open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.lineage.introspection import Place
from pipelines.lineage.marked_values import Origin, Writing
from pipelines.lineage.page_text import Block, Part, blocks_of
from pipelines.lineage.template_signs import Site
from pipelines.lineage.wording import worded_in
from pipelines.lineage.words import entry_called, has_words, in_files, line_at, plain

_SENTENCE_ENDS = re.compile(r"(?<=[.?!]) (?=[A-Z])")
_NUMBER = re.compile(r"\d[\d,.]*")
_WORDS_AROUND, _FEWEST_LETTERS = 30, 5
_DEFINITIONS, _CONTRACTS = "definitions.html", "pipelines/contracts/"
"""Its parts are called like the entries of the contracts that they tell."""


@dataclass(frozen=True)
class Behind:
    """What is behind a spot.

    ``asked`` are the figures that were asked for, with where they stand, ``near`` those around
    them: of the block, else of the row, else of the part. ``bare`` are asked numbers that no value
    was written for and no template has, ``set_at`` the places whose own words have such numbers.
    """

    asked: tuple[Writing, ...] = ()
    asked_at: tuple[tuple[int, int, Writing], ...] = ()
    plain: tuple[str, ...] = ()
    """Every asked number that no value was written for."""
    head: str = ""
    """The head of the row that was asked for."""
    said: str = ""
    """The words of all its cells."""
    set_at: Mapping[str, Place] = field(default_factory=dict)
    near: tuple[Writing, ...] = ()
    bare: tuple[str, ...] = ()
    sites: tuple[Site, ...] = ()
    writer: tuple[Place, ...] = ()
    files: tuple[Place, ...] = ()
    why_not: str = ""
    data: SiteData | None = None
    is_set: bool = False
    """Whether its numbers are set in the words themselves."""

    @property
    def told(self) -> tuple[Writing, ...]:
        """The figures that were asked for; where none is known, those near."""
        return self.asked or self.near


def figures_of(spot: Spot, workspace: Workspace) -> tuple[Writing, ...]:
    """Return the figures in the words of a spot; none if its page isn't drawn so any more."""
    try:
        drawn, blocks = _redrawn(workspace, spot.file)
    except PipelineError:
        return ()
    block = _same(spot, blocks)
    return _writings(tuple(_within(spot, block, drawn))) if block else ()


@cache
def behind(spot: Spot, workspace: Workspace) -> Behind:
    """Draw the page of a spot once more, and say what its words and figures are from."""
    try:
        drawn, blocks = _redrawn(workspace, spot.file)
    except PipelineError as error:
        return Behind(why_not=f"The page can't be drawn once more: {error}")
    block = _same(spot, blocks)
    if block is None:
        return Behind(why_not="The data have moved since: the page isn't drawn so any more.")
    asked_at = tuple(_within(spot, block, drawn))
    asked, bare_at = _writings(asked_at), tuple(_bare(spot, block, drawn))
    plain_numbers = bare = tuple(dict.fromkeys(number for number, *_ in bare_at))
    start, _ = _number_at(spot)
    sites = next((own for at, own in reversed(block.sites) if at <= start), ())
    told = tuple(drawn.sites[each] for each in sites)
    writer: tuple[Place, ...] = ()
    is_made = not told or told[-1].is_expression
    bare = bare if is_made else ()
    if bare and is_made and (text := _text_of_a_table(spot, workspace)):
        asked, bare, bare_at, plain_numbers = (*asked, text), (), (), ()
    files: tuple[Place, ...] = ()
    worded: Place | None = None
    if is_made and not any(each.written_by for each in asked):
        folder = _CONTRACTS if spot.file == _DEFINITIONS else ""
        files = _files_of(spot, spot.block.text, spot.start, spot.end, folder)
        if spot.file == _DEFINITIONS and not files:
            files = tuple(each for name in spot.block.ids for each in entry_called(name))
        worded = None if files or asked else _worded_of(spot)
        bare = () if worded or files else bare
        files = (worded,) if worded and not worded.function else files
        writer = (worded,) if worded and not files else _writer(spot, workspace)
    is_known = files or (writer and writer[0] == worded)
    is_wanted = _heads_a_row(spot) if is_known else bool(bare)
    near = _near(block, blocks, drawn) if is_wanted or not (is_known or asked) else ()
    data = site_data(workspace)
    is_set = bool(is_known) and any(each.isdigit() for each in spot.text)
    modules = {each.module for by in (*(w.written_by for w in asked), writer) for each in by}
    set_at = {
        number: place
        for number, *at in bare_at
        if (place := _set_at(spot, block, at, drawn.sites, files, modules))
    }
    return Behind(
        asked, asked_at, plain_numbers, "", spot.text, set_at, near, bare, told, writer, files,
        data=data, is_set=is_set,
    )  # fmt: skip


def _set_at(
    spot: Spot,
    block: Block,
    at: Sequence[int],
    sites: Sequence[Site],
    files: Sequence[Place],
    modules: Collection[str],
) -> Place | None:
    """The line whose own words have a number: of a template, of code, or of a document."""
    start, end = at
    own = next((each for place, each in reversed(block.sites) if place <= start), ())
    if own and not sites[own[-1]].is_expression:
        return Place(sites[own[-1]].file, "", sites[own[-1]].line)
    if files:
        return files[0]
    return worded_in(spot.block.text, start, end, is_literal=True, near=modules)


def _heads_a_row(spot: Spot) -> bool:
    """Whether the words are the label of a row of a table, which has figures."""
    row = spot.block.nearest("tr")
    return bool(row and spot.is_whole and row.cells[:1] == [spot.block.text] and row.cells[1:])


def _number_at(spot: Spot) -> tuple[int, int]:
    """Where the first number of the asked words is; of none, where the words are."""
    found = _NUMBER.search(spot.block.text, spot.start, spot.end)
    return (found.start(), found.end()) if found else (spot.start, spot.end)


def words_of(spot: Spot, text: str) -> tuple[Place, ...]:
    """The line of code or of a contract with the words of a text of a table."""
    worded = _worded_of(spot)
    return (worded,) if worded else _files_of(spot, text, 0, len(text), _CONTRACTS)


def _files_of(spot: Spot, text: str, start: int, end: int, folder: str = "") -> tuple[Place, ...]:
    row = spot.block.nearest("tr")
    beside = " ".join([*spot.block.beside, *(row.cells if row else ())])
    entries = [each.removeprefix("claim-") for each in (*spot.block.ids, *spot.block.terms)]
    found = in_files(text, start, end, beside, entries, folder)
    if not found and row and not folder:
        cell = max(row.cells, key=len)
        places = in_files(cell, 0, len(cell), beside, entries)
        found = [each for each in places if has_words(line_at(each), plain(text))]
    return tuple(found)


def _worded_of(spot: Spot) -> Place | None:
    """The line of code or of a contract with the words that a spot's number stands among."""
    return worded_in(spot.block.text, *_number_at(spot))


def _text_of_a_table(spot: Spot, workspace: Workspace) -> Writing | None:
    """The text of a table that the asked words stand in: of several, one that stands there whole.

    Short words stand in many texts, and the page shows whose they are.
    """
    there = _compared(spot.block.text).lower()
    for words in _sentences(spot):
        found = [each for each in _told_texts(workspace) if _compared(words) in each[0]]
        if found:
            own = (origin for text, origin in found if text.strip(" .").lower() in there)
            return Writing(words, (next(own, found[0][1]),), ())
    return None


@cache
def _told_texts(workspace: Workspace) -> list[tuple[str, Origin]]:
    return [(_compared(text), origin) for text, origin in told_texts(site_data(workspace))]


def _compared(text: str) -> str:
    return plain(text).replace("\N{MINUS SIGN}", "-")


def _sentences(spot: Spot) -> Iterator[str]:
    """The sentence that was asked for a part of, the part, and the sentences with figures in it.

    Those only that are more than a number.
    """
    text, (start, end) = spot.block.text, _number_at(spot)
    first = max((text.rfind(each, 0, start) + len(each) for each in (". ", "\n")), default=0)
    first = first if text.rfind(". ", 0, start) >= 0 else 0
    last = text.find(". ", end)
    asked = text[spot.start : spot.end]
    parts = [each for each in _SENTENCE_ENDS.split(asked) if _NUMBER.search(each)]
    sentence = text[first : last if last >= 0 else None]
    for each in (text, sentence, asked, *sorted(parts, key=len, reverse=True)):
        told = each.strip(" .")
        if len(re.sub(r"\W|\d", "", told)) >= _FEWEST_LETTERS:
            yield told


def _spans(block: Block, drawn: Drawn) -> Iterator[tuple[int, int, Writing]]:
    for end, number in block.figures:
        writing = drawn.writings[number]
        yield end - len(writing.text), end, writing


def _within(spot: Spot, block: Block, drawn: Drawn) -> Iterator[tuple[int, int, Writing]]:
    """The writings in the asked words, with where they stand."""
    spans = _spans(block, drawn)
    return (each for each in spans if each[0] < spot.end and each[1] > spot.start)


def _writings(found: Sequence[tuple[int, int, Writing]]) -> tuple[Writing, ...]:
    """What was written, each once."""
    return tuple(dict.fromkeys(each for *_, each in found))


def _bare(spot: Spot, block: Block, drawn: Drawn) -> Iterator[tuple[str, int, int]]:
    """The asked numbers that aren't in a writing, with where they stand."""
    spans = [(start, end) for start, end, _ in _spans(block, drawn)]
    for each in _NUMBER.finditer(spot.block.text, spot.start, spot.end):
        number = each[0].rstrip(".,")
        end = each.start() + len(number)
        if not any(first < end and last > each.start() for first, last in spans):
            yield number, each.start(), end


def _near(block: Block, blocks: Sequence[Block], drawn: Drawn) -> tuple[Writing, ...]:
    """The figures nearest to a block that are from a table: its own, its row's, its part's."""
    for part in (None, *_parts_around(block)):
        near = [block] if part is None else [e for e in blocks if _is_in(e, part)]
        found = [w for each in near for _, _, w in _spans(each, drawn)]
        tables = [w for w in found if any(each.row >= 0 for each in w.origins)]
        if tables:
            return tuple(dict.fromkeys(tables))
    return ()


def _parts_around(block: Block) -> Iterator[Part]:
    """The elements around a block, from inside out, as far as the part that has a name."""
    for part in reversed(block.around):
        yield part
        if part.id and part.tag != "tr":
            return


def _is_in(block: Block, part: object) -> bool:
    return any(each is part for each in block.around)


def _writer(spot: Spot, workspace: Workspace) -> tuple[Place, ...]:
    """The function that first gave the asked words, or the number with as much around it."""
    start, end = _number_at(spot)
    text = spot.block.text
    tries = [text, text[spot.start : spot.end], text[max(0, start - _WORDS_AROUND) : end]]
    tries += [text[start : end + _WORDS_AROUND], text[max(0, start - 8) : end + 8]]
    told = list(dict.fromkeys(each.strip() for each in tries))
    return writer_of(site_data(workspace), draws(spot.file), told)


def _same(spot: Spot, blocks: Sequence[Block]) -> Block | None:
    """The block as it is drawn now: with its text, the nearest to its place.

    Where none has it, because rows with the same words stand together and their marks set them
    apart, it is the one most alike that has the asked words.
    """
    own = [n for n, each in enumerate(blocks) if each.text == spot.block.text]
    own = [n for n in own if blocks[n].ids == spot.block.ids] or own
    at = min(own, key=lambda n: abs(n - spot.number), default=spot.number)
    alike = [each for each in blocks if each.ids == spot.block.ids and spot.text in each.text]
    if not own and alike:
        best = max(
            alike, key=lambda each: SequenceMatcher(None, each.text, spot.block.text).ratio()
        )
        return _moved(best, spot.start - best.text.index(spot.text))
    if not own and (at >= len(blocks) or blocks[at].ids != spot.block.ids):
        return None
    return blocks[at]


def _moved(block: Block, by: int) -> Block:
    """A block whose figures and lines stand further behind."""
    figures = tuple((at + by, number) for at, number in block.figures)
    return replace(block, figures=figures, sites=tuple((at + by, own) for at, own in block.sites))


@cache
def _redrawn(workspace: Workspace, file: str) -> tuple[Drawn, list[Block]]:
    drawn = redrawn(site_data(workspace), draws(file))
    return drawn, blocks_of(drawn.html)


def draws(file: str) -> Callable[[SiteData], str]:
    """Return what draws a page of the publication's data."""
    made_by = WORDS_BUILDERS[file]
    return made_by if file == "digest.html" else lambda data: made_by(data, None)


@cache
def site_data(workspace: Workspace) -> SiteData:
    """Return what the standing pages were drawn from."""
    settings = load_settings(workspace.settings_file)
    if not workspace.warehouse_file.exists():
        raise PipelineError(f"{workspace.root} has no warehouse yet.")
    with open_warehouse(workspace.warehouse_file, read_only=True) as con:
        data = load_site_data(con, settings, dt.datetime.now(dt.UTC))
    # It was counted for the next publication.
    return replace(data, publication=data.publication and data.publication - 1)
