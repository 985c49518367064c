"""A table of the warehouse -> the code that makes it and draws it, as places, line by line.

Short unless everything is asked for: the functions behind the numbers, what writes them, the SQL
files that they are read from, and what draws them. It is read from the code; none of it is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dashboards.frames import FRAMES
from pipelines.contracts.definitions import load_definitions
from pipelines.contracts.tables import Table, load_metrics
from pipelines.lineage.calls import (
    Maker,
    Owner,
    calls,
    maker_of,
    query_places,
    sql_file,
    texts_of,
    users_of,
)
from pipelines.lineage.introspection import Place, attribute_places, places_that_mention
from pipelines.lineage.reading import every_query, queries_behind

COMPUTES_NOTHING = ("pipelines.core.warehouse", "pipelines.disclosure.cut_record")
"""Everything calls these: what reads and writes, and what says whether tonight is a cut."""
DRAWING = "dashboards"
_NEAREST = 3


def computing(code: Sequence[str]) -> Iterator[str]:
    """The functions behind a number, by name, before the way that leads to them."""
    yield "computed by"
    for each in code:
        module, _, function = each.partition(":")
        yield f"  {Owner(f'pipelines.{module}', function).place}"


def code_of_rows(table: Table, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The functions behind rows: of their designs and outcomes, and what makes every row.

    What other outcomes alone are made by is left out.
    """
    designs = {each.id: each.code for each in load_definitions() if each.kind == "design"}
    outcomes = {each.outcome: each.code for each in load_metrics()}
    asked = {row["outcome"] for row in rows if "outcome" in row}
    own = [code for row in rows for code in designs.get(row.get("design", ""), ())]
    own += [code for outcome in asked for code in outcomes.get(outcome, ())]
    others = {code for name, made_by in outcomes.items() if name not in asked for code in made_by}
    shared = [code for code in table.code if not asked or code not in others]
    return list(dict.fromkeys([*own, *shared]))


def computed_by(table: str, *, is_all: bool = True) -> Iterator[str]:
    """Say which code makes a table: its SQL file, or its asset and what that calls, indented."""
    yield f"  {table}"
    if file := sql_file(table):
        yield f"    {file}:1"
    elif maker := maker_of(table):
        yield from _made(table, maker, is_all=is_all)
    else:
        places = _writing(table)
        told = places if is_all else places[:_NEAREST]
        yield from (f"    {place}" for place in told)
        yield from _others(len(places) - len(told))


def _made(table: str, maker: Maker, *, is_all: bool) -> Iterator[str]:
    """An asset with what it calls and the queries; in short only calls that name the table."""
    yield f"    {maker.owner.place}"
    n_left_out = 0
    writers = [each for each in calls(maker.owner) if each.module not in COMPUTES_NOTHING]
    for writer in writers if is_all else writers[:1]:
        yield f"      {writer.place}"
        for called in calls(writer):
            if called.module in COMPUTES_NOTHING:
                continue
            if is_all or {table, table.partition(".")[2]} & set(texts_of(called)):
                yield f"        {called.place}"
            else:
                n_left_out += 1
    yield from _others(n_left_out + (0 if is_all else len(writers[1:])))
    yield from _queries(table, maker)
    if maker.models:
        yield "    reads"
        yield from (f"      {sql_file(each)}:1" for each in maker.models)


def _queries(table: str, maker: Maker) -> Iterator[str]:
    """The queries on the way to a table; where that isn't seen, all of its asset, as such."""
    on_the_way = queries_behind(table, maker.owner, COMPUTES_NOTHING)
    told = on_the_way or every_query(maker.owner, COMPUTES_NOTHING)
    if told:
        yield "    queries" if on_the_way else "    all queries of this asset"
        yield from (f"      {place}" for place in query_places(told))


def _writing(table: str) -> list[Place]:
    """Where the code names a table that no asset makes: the statement that creates it first.

    A statement is a constant; the functions that run it come after it.
    """
    name = re.escape(table)
    creates = re.compile(rf"create[\w ]* (?:view|table) (?:if not exists )?{name}\b")
    named = [each for each in places_that_mention(table) if each.function]
    named.sort(key=lambda each: not any(creates.search(text) for text in texts_of(_owner(each))))
    found: list[Place] = []
    for place in named:
        found.append(place)
        if place.function.lstrip("_").isupper():
            folder = place.module.rpartition(".")[0].replace(".", "/")
            found += [each.place for each in users_of(_owner(place), folder)]
    return list(dict.fromkeys(found))


def _owner(place: Place) -> Owner:
    return Owner(place.module, place.function)


def drawn_by(table: Table, *, is_all: bool = True) -> Iterator[str]:
    """Say what draws a table: every function that reads it, or the first."""
    yield "drawn by"
    every = attribute_places(DRAWING, table.name) if table.full_name in FRAMES.values() else []
    if not every:
        yield "  no page; analysts have it"
    told = every if is_all else every[:_NEAREST]
    yield from (f"  {place}" for place in told)
    yield from _others(len(every) - len(told))


def _others(n: int) -> Iterator[str]:
    if n > 0:
        yield f"  and {n} other {'place' if n == 1 else 'places'} (all=1)"
