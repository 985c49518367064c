"""Words on a page of the publication -> the template, the functions and the tables behind them.

Words are looked for in the pages as they were published, whole sentences with their figures too.
The page says what stands around them: a row, a caption, a figure. Those lead into the code, and the
code, read and not run, says which published tables, settings and constants its figures are from.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assets.commands.where_facts import constant, facts_of, setting_called
from dashboards.build import WORDS_BUILDERS
from dashboards.frames import FRAMES
from pipelines.contracts.definitions import load_definitions
from pipelines.core.sql_models import read_tables
from pipelines.core.versions import PROJECT
from pipelines.core.workspace import Workspace
from pipelines.lineage.data_flow import (
    Owner,
    Read,
    handed_over,
    key_owners,
    owners_in,
    reachable,
    read_by,
    read_in,
    texts_of,
)
from pipelines.lineage.introspection import Place
from pipelines.lineage.page_text import HOLE, Block, Part, blocks_of, template_blocks
from pipelines.lineage.templates_of_text import Found, sources_of
from pipelines.lineage.words import has_words, plain

TEMPLATES = "dashboards/templates"
METHOD = Owner("dashboards.method_text", "METHOD_FILE")
"""The one document that is a part of a page."""
_WHOLE_PAGE = ("main", "page-")
_TEMPLATE = re.compile(r"[\w/]+\.html\.j2")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?]) (?=\W?\w)")
_LOOP = re.compile(r"^for ([\w, ]+) in (.+?)(?: if .*)?$")
_MOST_SOURCES = 6
MOST_TABLES = 3


@dataclass(frozen=True)
class Spot:
    """Where words stand: a block of a page."""

    file: str
    block: Block

    @property
    def address(self) -> str:
        """The page with the part of it that the words stand in."""
        return self.file + (f"#{self.block.ids[0]}" if self.block.ids else "")

    @property
    def builder(self) -> Owner:
        """What makes the page."""
        made_by = WORDS_BUILDERS[self.file]
        return Owner(made_by.__module__, made_by.__qualname__)


@dataclass(frozen=True)
class Filled:
    """What fills a hole in a sentence, and the fact that it is from."""

    expression: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Traced:
    """Everything that leads from a spot into the code; tables the nearest first."""

    template: Place | None
    written: tuple[Found, ...]
    drawn_by: tuple[Owner, ...]
    filled: tuple[Filled, ...]
    tables: tuple[str, ...]
    facts: tuple[str, ...]


def spots_of(words: str, workspace: Workspace, page: str = "") -> list[Spot]:
    """Return where words stand on the pages: the asked page first, alone in a block before others.

    A page may be asked for with the part that they were read in: ``index.html#map``. A heading has
    no full stop, and the sentences of one block may be the heads of others: what isn't found as it
    is is looked for without its full stop, and then by its sentences, the first first.
    """
    wanted = plain(words)
    sentences = _SENTENCE_ENDS.split(wanted)
    every = [wanted, *(sentences if sentences[1:] else [])]
    every = [text for each in every for text in (each, each.rstrip(". ")) if text.strip(". ")]
    page, _, part = page.partition("#")
    tries = [_spots(each, workspace, page, part) for each in dict.fromkeys(every)]
    of_page = [each for each in tries if each and each[0].file == page]
    return next((each for each in (*of_page, *tries) if each), [])


def no_page(page: str) -> str:
    """Say which pages there are, of a name that none of them has; else nothing."""
    if not page or page.partition("#")[0] in WORDS_BUILDERS:
        return ""
    return f"No page is called {page!r}; those with words are: {', '.join(WORDS_BUILDERS)}."


def _spots(wanted: str, workspace: Workspace, page: str, part: str) -> list[Spot]:
    found = [
        Spot(file, block)
        for file in sorted(WORDS_BUILDERS, key=lambda each: each != page)
        for block, text in _page_blocks(workspace.published_site / file)
        if has_words(text, wanted)
    ]
    found.sort(
        key=lambda spot: (
            spot.file != page,
            part not in spot.block.ids,
            plain(spot.block.text) != wanted,
        )
    )
    return list({(each.file, each.block.text, *each.block.ids): each for each in found}.values())


@cache
def _page_blocks(path: Path) -> tuple[tuple[Block, str], ...]:
    """The blocks of a page, each with its text as texts are compared."""
    blocks = blocks_of(path.read_text("utf-8")) if path.exists() else []
    return tuple((each, plain(each.text)) for each in blocks)


def traced(spot: Spot, words: str) -> Traced:
    """Follow a spot into the code."""
    within = reachable(spot.builder)
    section, owners = _section(spot, within)
    found = _written(spot, words, within, frozenset().union(*map(reachable, owners)))
    own = [each for each in found if "/" not in each.written.place.module]
    at = next((each.written.place for each in found if _is_template(each)), section)
    filled = [each for one in found for each in _filled(one, within)]
    reads = [each for one in found for each in _reads_of_holes(one, within)]
    reads += [each for owner in owners for each in read_by(owner, within, FRAMES)]
    if not any(each.attribute in FRAMES for each in reads):
        writers = [_owner_of(each) for each in own]
        reads += [
            each for owner in writers if owner in within for each in read_by(owner, within, FRAMES)
        ]
    tables = [FRAMES[each.attribute] for each in reads if each.attribute in FRAMES]
    tables = tables or _tables_of_terms(spot.block)
    attributes = list(dict.fromkeys(each.attribute for each in reads if each.attribute))
    return Traced(
        at,
        tuple(found),
        tuple(owners),
        tuple(dict.fromkeys(filled)),
        tuple(dict.fromkeys(tables)),
        tuple(fact for each in attributes if each not in FRAMES for fact in facts_of(each)),
    )


def page_tables(spot: Spot) -> list[str]:
    """Every table that the page of a spot reads."""
    builder = spot.builder
    reads = read_by(builder, reachable(builder), FRAMES)
    return list(dict.fromkeys(FRAMES[each.attribute] for each in reads if each.attribute in FRAMES))


def words_near(spot: Spot, words: str, workspace: Workspace) -> Iterator[str]:
    """The words, their block, the cells of their row, and what follows in the same element."""
    yield words
    yield spot.block.text
    blocks = [block for block, _ in _page_blocks(workspace.published_site / spot.file)]
    row, part = spot.block.nearest("tr"), spot.block.around[-2:][0]
    if row:
        yield " ".join(each.text for each in blocks if each.nearest("tr") is row)
    if table := spot.block.nearest("table"):
        cells = [each for each in blocks if each.tag == "td" and each.nearest("table") is table]
        first = cells[0].nearest("tr") if cells else None
        yield " ".join(each.text for each in cells if each.nearest("tr") is first)
        return
    for each in blocks[blocks.index(spot.block) + 1 :][:3]:
        if any(one is part for one in each.around):
            yield each.text


def _tables_of_terms(block: Block) -> list[str]:
    """The tables of the outcome that a tile is about, or of the definitions that words link to."""
    terms = [block.metric.partition("|")[0], *block.terms, *block.ids]
    queries = {each.id: each.query for each in load_definitions()}
    return [
        ".".join(table)
        for term in terms
        if term in queries
        for table in read_tables(queries[term], term)
    ]


def templates_of(spot: Spot) -> list[str]:
    """The templates of a spot's page, its own first, as paths of the project."""
    named = [f"{TEMPLATES}/{each}" for each in _templates(reachable(spot.builder))]
    shared = ("base.html.j2", "macros.html.j2", "notes.html.j2", "filters.html.j2")
    return sorted(named, key=lambda each: each.endswith(shared))


def _owner_of(found: Found) -> Owner:
    return Owner(found.written.place.module, found.written.place.function)


def _is_template(found: Found) -> bool:
    return found.written.place.module.endswith(".j2")


def _written(
    spot: Spot, words: str, within: frozenset[Owner], filling: frozenset[Owner]
) -> list[Found]:
    """What the words are written from, else what heads them: their row, caption, figure.

    Of sources that explain as much, those that fill the part of the page come first.
    """
    templates = {f"{TEMPLATES}/{each}" for each in _templates(within)}
    if METHOD in within:
        templates.add("docs/method.md")
    for text, asked in ((spot.block.text, words), *((each, each) for each in spot.block.beside)):
        every = [each for each in sources_of(text, asked) if _says_much(each, asked)]
        near = [
            each
            for each in sources_of(text, asked)
            if each.written.place.module in templates or _owner_of(each) in within
        ]
        if not near or (every and near[0].n_letters * 2 < every[0].n_letters):
            # What a table says of itself: a reason, a label of a contract.
            near = [*every[:1], *near]
        contracts = [each for each in every if _is_contract(each)]
        told = contracts[:1] if near and near[0].written.place.module.startswith("docs/") else []
        near.sort(key=lambda each: (-each.n_letters, _owner_of(each) not in filling))
        if near:
            return [*_side_by_side(near), *told]
    return []


def _is_contract(found: Found) -> bool:
    return found.written.place.module.endswith(".yml")


def _side_by_side(found: Sequence[Found]) -> list[Found]:
    """The fullest of the sources, and those that explain what stands beside them."""
    taken: list[Found] = []
    for each in found:
        middle = (each.first + each.last) / 2
        if not any(one.first <= middle <= one.last for one in taken):
            taken.append(each)
    return taken[:_MOST_SOURCES]


def _says_much(found: Found, text: str) -> bool:
    return found.n_letters * 2 >= len(plain(text)) or found.n_letters > 24


@cache
def _templates(within: frozenset[Owner]) -> tuple[str, ...]:
    """The templates that a page's functions name, and those that these are put together from."""
    named = {text for each in within for text in texts_of(each) if _TEMPLATE.fullmatch(text)}
    ahead = sorted(named)
    while ahead:
        text = (PROJECT / TEMPLATES / ahead.pop()).read_text("utf-8")
        new = sorted(set(_TEMPLATE.findall(text)) - named)
        named |= set(new)
        ahead += new
    return tuple(sorted(named))


def _section(spot: Spot, within: frozenset[Owner]) -> tuple[Place | None, list[Owner]]:
    """The element of a template that the spot stands in, and the functions that fill it."""
    for key in spot.block.ids:
        if key.startswith(_WHOLE_PAGE):
            continue
        for file in _templates(within):
            for part in _parts(file):
                if part.id == key:
                    owners = _filling(part.expressions, file, within)
                elif HOLE in part.id and (taken := _hole(part.id, key)):
                    owners = key_owners(taken, within)
                    owners = owners or _filling(part.expressions, file, within)
                else:
                    continue
                if owners:
                    return Place(f"{TEMPLATES}/{file}", "", part.line), owners
    return None, []


def _hole(pattern: str, key: str) -> str:
    found = re.fullmatch("(.+)".join(map(re.escape, pattern.split(HOLE))), key)
    return found[1] if found else ""


@cache
def _template(file: str) -> tuple[Block, ...]:
    return tuple(template_blocks((PROJECT / TEMPLATES / file).read_text("utf-8")))


@cache
def _parts(file: str) -> tuple[Part, ...]:
    found = {id(part): part for block in _template(file) for part in block.around if part.id}
    return tuple(found.values())


def _filling(expressions: Sequence[str], file: str, within: frozenset[Owner]) -> list[Owner]:
    """The functions whose results a template's expressions print, in the order of the names."""
    found: list[Owner] = []
    for name in _names(expressions, file):
        for owner, value in handed_over(name, _page_makers(within)):
            found += owners_in(value, owner) or [owner]
    drawing = [each for each in dict.fromkeys(found) if each.module.startswith("dashboards.")]
    return [each for each in drawing if _draws(each)] or drawing[:1]


def _page_makers(within: frozenset[Owner]) -> list[Owner]:
    """The functions that hand values to templates."""
    return sorted(
        (each for each in within if each.module.startswith("dashboards.pages.")),
        key=lambda each: (each.module, each.name),
    )


def _draws(owner: Owner) -> bool:
    return owner.module.split(".")[1] in ("figures", "sentences", "pages", "practice_pairs")


def _names(expressions: Sequence[str], file: str) -> list[str]:
    """The names that a template's expressions use; a loop's name is what the loop goes through."""
    loops: dict[str, str] = {}
    for part in _parts(file):
        for each in part.expressions:
            if loop := _LOOP.match(each):
                loops |= {name.strip(): loop[2] for name in loop[1].split(",")}
    looped = sorted(expressions, key=lambda each: not each.startswith("for "))
    names = [name for each in looped for name in re.findall(r"(?<![.\w\"])[a-z_]\w*", each)]
    further = [
        found
        for name in names
        if name in loops
        for found in re.findall(r"(?<![.\w\"])[a-z_]\w*", loops[name])
    ]
    return list(dict.fromkeys([*further, *names]))


def _holes(found: Found, within: frozenset[Owner]) -> Iterator[tuple[str, list[Read]]]:
    """The expressions that fill a text, each with what it is read from."""
    place = found.written.place
    owner = _owner_of(found)
    for hole in found.written.holes:
        if _is_template(found):
            file = place.module.removeprefix(f"{TEMPLATES}/")
            reads = [
                read
                for name in _names([hole], file)
                for made_in, value in handed_over(name, _page_makers(within))
                for read in read_in(ast.unparse(value), made_in, within)
            ]
            yield hole, reads
        elif hole and _is_expression(hole):
            yield hole, read_in(hole, owner, within)


def _is_expression(text: str) -> bool:
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return False
    return True


def _reads_of_holes(found: Found, within: frozenset[Owner]) -> list[Read]:
    return [read for _, reads in _holes(found, within) for read in reads]


def _filled(found: Found, within: frozenset[Owner]) -> Iterator[Filled]:
    for hole, reads in _holes(found, within):
        facts: list[str] = []
        for each in reads:
            if each.constant:
                facts += constant(each.constant)
            elif each.attribute in FRAMES:
                facts.append(FRAMES[each.attribute])
            else:
                facts += facts_of(each.attribute)
        facts = facts or [setting_called(hole.rpartition(".")[2])]
        yield Filled(hole, tuple(each for each in dict.fromkeys(facts) if each)[:MOST_TABLES])
