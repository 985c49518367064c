"""Words and where they stand on pages -> what is behind them, line by line: code and queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assets.commands.where_code import computed_by, computing, page_lines
from assets.commands.where_held import Held, Lookup, looked_up
from assets.commands.where_known import query_lines, table_query
from assets.commands.where_on_pages import MOST_TABLES, Spot, Traced, traced
from pipelines.claims.register import ESTIMATORS
from pipelines.contracts.claims import load_claims
from pipelines.contracts.definitions import load_definitions
from pipelines.contracts.tables import load_metrics, table_of
from pipelines.contracts.trend_measures import trend_measures
from pipelines.core.sql_text import literal
from pipelines.core.workspace import Workspace
from pipelines.lineage.data_flow import place_in_code
from pipelines.lineage.documents import programs_behind
from pipelines.lineage.introspection import place_of
from pipelines.lineage.words import plain

_LONGEST = 100
_MOST_DRAWERS = 3
_MOST_OTHERS = 4


def spot_lines(
    words: str, spots: Sequence[Spot], workspace: Workspace, *, is_all: bool
) -> Iterator[str]:
    """Tell of the first spot, or of each; in one line how many others there are."""
    told = spots if is_all else spots[:1]
    for spot in told:
        yield from _spot(words, spot, workspace, is_all=is_all)
    if rest := spots[len(told) :]:
        said = list(dict.fromkeys(each.address for each in rest if each.address != told[0].address))
        further = ", ".join([*said[:_MOST_OTHERS], *(["…"] if said[_MOST_OTHERS:] else [])])
        where = f": page={further}" if said else ""
        yield f"and {len(rest)} other {'place' if len(rest) == 1 else 'places'} (all=1){where}"


def _spot(words: str, spot: Spot, workspace: Workspace, *, is_all: bool) -> Iterator[str]:
    block, found = spot.block, traced(spot, words)
    yield f"{_short(block.text)!r} on {spot.address}"
    if block.beside:
        yield f"  beside        {' | '.join(_short(each) for each in block.beside[:4])}"
    for term in _terms(spot):
        yield f"  means         {term}"
    yield "page"
    yield from page_lines(spot)
    if found.template:
        yield f"    {found.template}"
    if found.written:
        yield "written in"
        places = [each.written.place for each in found.written]
        yield from (f"  {place}" for place in places)
        documents = [place for place in places if place.module.startswith("docs/")]
        programs = [each for at in documents for each in programs_behind(at.module, at.line)]
        yield from (f"  whose figures {each} writes" for each in dict.fromkeys(programs))
    yield from _filled(found)
    if found.drawn_by:
        yield "drawn by"
        yield from (f"  {place_in_code(each)}" for each in found.drawn_by[:_MOST_DRAWERS])
    yield from _tables(spot, found, looked_up(spot, words, found.tables, workspace), is_all=is_all)


def _filled(found: Traced) -> Iterator[str]:
    facts = [(each.expression, fact) for each in found.filled for fact in each.facts]
    facts = facts or ([] if found.tables else [("", fact) for fact in found.facts])
    if facts:
        yield "filled with"
        for expression, fact in facts:
            yield f"  {fact}" + (f"   ({expression})" if expression else "")


def _tables(spot: Spot, found: Traced, lookup: Lookup, *, is_all: bool) -> Iterator[str]:
    """The tables that hold the figures, each with its rows; where none does, those drawn there."""
    figures = ", ".join(lookup.figures)
    for held in lookup.holding if is_all else lookup.holding[:1]:
        yield from _held(held, lookup)
        yield from _code_of(spot, held.table.full_name, is_all=is_all)
    if lookup.holding:
        if rest := [each.table.full_name for each in lookup.holding[1:]]:
            yield f"holds it, too  {', '.join(rest)} (all=1)"
        if lookup.others:
            yield f"holds no such value: {', '.join(lookup.others[:MOST_TABLES])}"
        return
    if lookup.figures and found.tables:
        yield f"no table holds {figures} as shown: it is computed from them, or set in the code"
    for number, name in enumerate(found.tables):
        if number and not is_all:
            yield f"beside it      {', '.join(found.tables[1:MOST_TABLES])}"
            return
        yield from query_lines(table_query(table_of(name), _where(spot, name)))
        yield from _code_of(spot, name, is_all=is_all)


def _held(held: Held, lookup: Lookup) -> Iterator[str]:
    told = ", ".join(f"{figure} ({column})" for figure, column in held.figures.items())
    rows = f"{len(held.rows)} {'row' if len(held.rows) == 1 else 'rows'}"
    alike = f"; as many figures are in {held.n_alike} more" if held.n_alike else ""
    yield f"holds it       {held.table.full_name}: {told} in {rows}{alike}"
    if missing := [each for each in lookup.figures if each not in held.figures]:
        yield f"  but not      {', '.join(missing)}"
    yield from query_lines(held.query)


def _code_of(spot: Spot, name: str, *, is_all: bool) -> Iterator[str]:
    claims = [each for each in load_claims() if f"claim-{each.claim}" in spot.block.ids]
    estimators = [each.estimator for claim in claims for each in claim.estimates]
    yield from computing(table_of(name).code)
    yield from (f"  {place_of(ESTIMATORS[each][1])}" for each in dict.fromkeys(estimators))
    yield from computed_by(name, is_all=is_all)


def _where(spot: Spot, table: str) -> str:
    """The condition that leaves the rows that the words are about, where the page says it."""
    pinned = {
        "outcome": _outcome(spot),
        "claim": next((e.claim for e in load_claims() if f"claim-{e.claim}" in spot.block.ids), ""),
        "measure": next(
            (e.name for e in trend_measures() if f"fig-month-{_dashed(e.name)}" in spot.block.ids),
            "",
        ),
    }
    if pinned["claim"]:
        pinned.pop("outcome")  # claims have outcomes of their own
    names = {each.name for each in table_of(table).columns}
    told = [
        f"{name} = {literal(value)}" for name, value in pinned.items() if value and name in names
    ]
    return f"where {' and '.join(told)}\n" if told else ""


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _outcome(spot: Spot) -> str:
    """The outcome that the words are about: by the tile, the links, or the heads around them."""
    said = [plain(each) for each in (spot.block.text, *spot.block.beside)]
    labels = {metric.outcome: plain(metric.label) for metric in load_metrics()}
    named = (spot.block.metric.partition("|")[0], *spot.block.terms, *spot.block.ids)
    near = [each for each in named if each in labels]
    near += [each for each, label in labels.items() if any(label in one for one in said)]
    return next(iter(near), "")


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


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
