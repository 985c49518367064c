"""Words and where they stand on pages -> what is behind them, line by line: code and queries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from assets.commands.where_behind import Behind, behind, words_of
from assets.commands.where_charts import chart_code
from assets.commands.where_claims import makers_of_claims
from assets.commands.where_code import computed_by, computing, makers_of_rows
from assets.commands.where_facts import facts_of
from assets.commands.where_held import Held, held_in, places_of, row_called, short
from assets.commands.where_known import query_lines, table_query
from assets.commands.where_numbers import (
    followed_alone,
    held_lines,
    is_only_beside,
    numbers_alone,
    told_together,
    with_its_text,
)
from assets.commands.where_on_pages import Spot
from assets.commands.where_places import in_order, others_of
from assets.commands.where_reasons import estimates_told
from assets.commands.where_rows import behind_cells, cells_of_a_row
from dashboards.frames import FRAMES
from pipelines.contracts.claims import load_claims
from pipelines.contracts.definitions import load_definitions
from pipelines.contracts.tables import load_tables, table_of
from pipelines.core.queries import read_query
from pipelines.core.sql_models import read_tables
from pipelines.core.workspace import Workspace
from pipelines.lineage.calls import Owner, attributes_of
from pipelines.lineage.documents import programs_behind
from pipelines.lineage.introspection import Place
from pipelines.lineage.ways import tables_of
from pipelines.lineage.words import value_at, values_beside

_LONGEST = 100
_MOST_CALLERS, _MOST_WRITERS = 3, 3
_FEWER_THAN = re.compile(r"fewer than (\d+) (people|coaches)")
_LEAST = {"people": "min_group", "coaches": "min_coaches"}
"""The settings that reasons in tables tell."""
_WAY, _OF_A_WAY = "  from the files to", "    "
_QUERY = re.compile(r"sql/analysis/(.+)[.]sql")


def spot_lines(
    spots: Sequence[Spot], words: str, workspace: Workspace, *, is_all: bool
) -> Iterator[str]:
    """Tell of the first spot, or of each; before it how to ask for the others."""
    spots = in_order(spots, workspace)
    if spots and not is_all:
        cells = cells_of_a_row(spots, words)
        rest = [each for each in spots if each not in cells]
        yield from others_of([cells[0], *rest], words, workspace)
        yield from _spot(cells, workspace, is_all=False)
    for spot in spots if is_all else ():
        yield from _spot([spot], workspace, is_all=True)


def tables_behind(spot: Spot, workspace: Workspace) -> tuple[str, ...]:
    """Return the tables that a spot's figures are from, else those of the definitions it links."""
    found = behind(spot, workspace)
    names = [each.name for w in found.told for each in w.origins if each.row >= 0]
    return tuple(dict.fromkeys(names)) or tuple(_tables_of_terms(spot))


def _spot(cells: Sequence[Spot], workspace: Workspace, *, is_all: bool) -> Iterator[str]:
    spot, block, found = cells[0], cells[0].block, behind_cells(cells, workspace)
    said = [_around(each) for each in cells]
    yield f"{' | '.join(said)!r} on {spot.address}"
    if block.beside:
        yield f"  beside        {' | '.join(short(each) for each in block.beside[:4])}"
    for term in _terms(spot):
        yield f"  means         {term}"
    if found.why_not:
        yield found.why_not
    held = held_in(found.told, found.data) if found.data else []
    held = [*estimates_told(spot.text, found.asked, found.data), *held] if found.data else held
    held = [with_its_text(spot, each) for each in held] if found.asked else held
    if found.data and not found.asked:
        own = [row_called(found.bare, found.said, each, found.data) for each in held]
        others = [each for each, row in zip(held, own, strict=True) if not row]
        held = [*(row for row in own if row), *others]
    yield from _written(spot, found)
    if drawn := chart_code(spot, found.data):
        yield "drawn in its chart by"
        yield from (f"  {place}" for place in drawn)
    yield from _places(spot, found)
    yield from () if held or found.files else _read_by_writer(found)
    if _is_tick(spot, found):
        yield f"a tick         {spot.text}: set by what draws the chart, to measure by"
        return
    told = held if is_all else told_together(held, found)
    way: set[str] = set()
    for number, each in enumerate(told):
        yield from held_lines(spot, each, found, is_first=not number)
        if is_only_beside(spot, each, found):
            continue
        is_asked = bool(found.asked)
        code = _code_of(each.table.full_name, each, is_asked=is_asked, is_all=is_all)
        yield from _but(way, code)
    yield from followed_alone(spot, found, told, workspace)
    rest = [each.table.full_name for each in held if each not in told]
    if rest and not found.asked:
        yield f"beside it      {', '.join(rest)} (all=1)"
    if not held:
        yield from numbers_alone(found)
        yield from _by_queries(found, is_all=is_all)
    is_told = held or found.bare or found.asked
    if not is_told and (_tables_read(found) or not found.is_set):
        for name in [*_tables_of_terms(spot), *_tables_read(found)][:1]:
            yield from query_lines(table_query(table_of(name)))
            yield from _code_of(name, is_all=is_all)


def _is_tick(spot: Spot, found: Behind) -> bool:
    """Whether it is a number at the axis of a chart, which is from no figure."""
    return spot.block.tag == "text" and spot.is_number and not found.asked and bool(found.bare)


def _written(spot: Spot, found: Behind) -> Iterator[str]:
    """The function or the lines of templates that write the words, and what draws them."""
    yield "written in"
    asked = sorted(found.asked, key=lambda each: each.origins[0].row < 0)
    writers = [each.written_by for each in asked if each.written_by] or [found.writer]
    if _is_tick(spot, found):
        yield from (f"  {place}" for place in dict.fromkeys(_lines(found)))
        return
    by = writers[0]
    near = _by_near(found)
    inmost = dict.fromkeys(each[0] for each in writers if each)
    yield from (f"  {each}" for each in islice(inmost, _MOST_WRITERS))
    yield from (f"  {place}" for place in dict.fromkeys(_lines(found)))
    for text in _texts_asked(found):
        yield from (f"  {each}, the words of that text" for each in words_of(spot, text))
    for place in found.files:
        yield f"  {place}"
        if place.module.startswith("docs/"):
            programs = programs_behind(place.module, place.line)
            yield from (f"  whose figures {each} writes" for each in dict.fromkeys(programs))
    callers = by[1:] if found.asked else (*near, *by[1:])
    lines = {(each.module, each.function): each for each in reversed(callers)}
    own = {(each.module, each.function) for each in inmost}
    told = [each for name, each in lines.items() if name not in own][::-1]
    if told:
        yield "drawn by"
        yield from (f"  {each}" for each in told[:_MOST_CALLERS])
        yield from (f"  {each}" for each in told[_MOST_CALLERS:][-1:])


def _texts_asked(found: Behind) -> list[str]:
    """The first text of a table or contract that was asked for: more than a number."""
    return [
        writing.text for writing in found.asked if any(each.isalpha() for each in writing.text)
    ][:1]


def _by_near(found: Behind) -> tuple[Place, ...]:
    """What wrote all the figures near; without any such, what wrote the first."""
    every = [each.written_by for each in found.near if each.written_by]
    names = [{(each.module, each.function) for each in by} for by in every]
    first = next(iter(every), ())
    common = [e for e in first if all((e.module, e.function) in own for own in names)]
    return tuple(common) or first


def _lines(found: Behind) -> Iterator[Place]:
    for each in reversed(found.sites):
        yield Place(each.file, "", each.line)


def _places(spot: Spot, found: Behind) -> Iterator[str]:
    """What the figures are from that no table has: settings, queries, constants, contracts."""
    lines = {}
    for fact, texts in _by_fact(found).items():
        said = short(", ".join(dict.fromkeys(texts)))
        lines[fact] = f"  {fact}{value_at(fact)}   ({said}){_read_there(fact)}"
    numbers = re.findall(r"\d[\d,.]*\d|\d", spot.text)
    for place in (*lines, *(str(each) for each in found.files)):
        beside = [] if value_at(place) else values_beside(place, numbers)
        lines = {**{each: f"  {each}{value_at(each)}" for each in beside}, **lines}
    if lines:
        yield "filled with"
        yield from lines.values()


def _by_fact(found: Behind) -> dict[str, list[str]]:
    """The figures by the place that they are from, of those that no table has."""
    told: dict[str, list[str]] = {}
    for origin, text in places_of(found.asked).items():
        for fact in _facts(origin.name):
            told.setdefault(fact, []).append(text)
    for text in _texts_asked(found):
        for least in _FEWER_THAN.finditer(text):
            for fact in facts_of(_LEAST[least[2]]):
                told.setdefault(fact, []).append(least[1])
    return told


def _by_queries(found: Behind, *, is_all: bool) -> Iterator[str]:
    """The pages' queries that figures are from, ready to be asked, and the way to their tables."""
    asked = [_QUERY.match(fact) for fact in _by_fact(found)]
    for name in dict.fromkeys(each[1] for each in asked if each):
        read = tables_of([name])
        query = "\n".join(line for line in read_query(name).splitlines() if line[:2] != "--")
        described = [each.full_name for each in load_tables() if each.full_name in read]
        if "$" not in query and all(e in described and table_of(e).published for e in read):
            yield from query_lines(query)
        for table in described:
            yield from _code_of(table, is_all=is_all)


def _read_there(fact: str) -> str:
    """The tables that a query of the pages reads, and how to ask for them."""
    query = _QUERY.match(fact)
    read = tables_of([query[1]]) if query else []
    return f", reads {', '.join(f'{e} (make where metric={e})' for e in read)}" if read else ""


def _read_by_writer(found: Behind) -> Iterator[str]:
    """What the function reads that writes words of which no figure is known."""
    told = [[FRAMES[each]] if each in FRAMES else facts_of(each) for each in _attributes(found)]
    if facts := [fact for each in told for fact in each]:
        yield "reads"
        yield from (f"  {each}" for each in dict.fromkeys(facts))


def _tables_read(found: Behind) -> list[str]:
    """The tables that this function reads."""
    return [FRAMES[each] for each in _attributes(found) if each in FRAMES]


def _attributes(found: Behind) -> list[str]:
    if found.asked or not found.writer:
        return []
    place = found.writer[0]
    return attributes_of(Owner(place.module, place.function.partition(".")[0]), "data")


def _facts(name: str) -> list[str]:
    return [name] if ":" in name else facts_of(name)


def _code_of(
    name: str, held: Held | None = None, *, is_asked: bool = False, is_all: bool
) -> Iterator[str]:
    rows = held.rows if held else ()
    figures = held.figures.values() if held and is_asked else ()
    columns = [each for names in figures for each in names]
    makers = makers_of_claims(rows, columns) or makers_of_rows(table_of(name), rows, columns)
    yield from computing(makers.code)
    yield from computed_by(name, is_all=is_all, makers=makers)


def _but(told: set[str], code: Iterable[str]) -> Iterator[str]:
    """Lines of code without what is told already of the way from the files; that is noted."""
    lines = list(code)
    again = told & {each for each in lines if each.startswith(_OF_A_WAY)}
    for line in lines:
        if line not in again:
            yield line
        if line.startswith(_WAY) and again:
            yield f"{_OF_A_WAY}by what is told above, and"
    told |= {each for each in lines if each.startswith(_OF_A_WAY)}


def _tables_of_terms(spot: Spot) -> Iterator[str]:
    """The tables of the outcome that a tile is about, or of the definitions that words link to."""
    block = spot.block
    queries = {each.id: each.query for each in load_definitions()}
    for term in (block.metric.partition("|")[0], *block.terms, *block.ids):
        if term in queries:
            yield from (".".join(table) for table in read_tables(queries[term], term))


def _terms(spot: Spot) -> Iterator[str]:
    """The definitions and claims that the words link to or stand under, and how to ask for them."""
    terms = [*spot.block.terms, *spot.block.ids]
    titles = {each.id: each.title for each in load_definitions()}
    wordings = {f"claim-{each.claim}": each.wording for each in load_claims()}
    for term in dict.fromkeys(terms):
        if term in titles:
            yield f"{titles[term]} (make where metric={term})"
        elif term in wordings:
            yield f"{wordings[term]} (make where metric={term.removeprefix('claim-')})"


def _around(spot: Spot) -> str:
    """The words with what stands around them, as much as a line takes."""
    text = spot.block.text
    if len(text) <= _LONGEST or spot.end - spot.start >= _LONGEST:
        return short(text)
    first = max(0, min(spot.start, spot.start - (_LONGEST - (spot.end - spot.start)) // 2))
    last = first + _LONGEST
    return f"{'…' if first else ''}{text[first:last]}{'…' if last < len(text) else ''}"
