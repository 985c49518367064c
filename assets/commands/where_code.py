"""A table of the warehouse -> the code that makes it and draws it, as places, line by line.

Short unless everything is asked for: the functions behind the numbers, what writes them, the SQL
files that they are read from, and what draws them. It is read from the code; none of it is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.frames import FRAMES
from pipelines.contracts.row_code import row_code, rules_about, tables_read
from pipelines.contracts.tables import Table, table_of
from pipelines.disclosure.tables import RULES, as_it_is
from pipelines.lineage import ways
from pipelines.lineage.asset_graph import Maker, maker_of
from pipelines.lineage.calls import (
    Owner,
    calls,
    owner_of,
    query_places,
    sql_file,
    texts_of,
    users_of,
    value_of,
)
from pipelines.lineage.introspection import (
    Place,
    attribute_places,
    places_that_mention,
    statements_that_make,
)
from pipelines.lineage.reading import COMPUTES_NOTHING, queries_given

DRAWING, _DISCLOSURE = "dashboards", "pipelines.disclosure."
_QUOTED = "outcomes.comparison"
_NEAREST = 3
_PUBLISHED = " -> published/analytics.duckdb"


def computing(code: Sequence[str]) -> Iterator[str]:
    """The functions behind a number, by name, before the way that leads to them."""
    yield "computed by"
    for each in map(owner_of, code):
        value = value_of(each)
        yield f"  {each.place}{f' = {value}' if value else ''}"


@dataclass(frozen=True)
class RowMakers:
    """What makes rows: functions, as ``module:function``, and the tables or queries behind them.

    Without ``tables`` and ``queries`` it is all that the table is made of.
    """

    code: tuple[str, ...]
    tables: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()


def makers_of_rows(
    table: Table, rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()
) -> RowMakers:
    """What makes some columns of rows; where the contracts say nothing of these, of the table."""
    about = [(row, each) for row in rows for each in rules_about(table.full_name, row, columns)]
    reads = [each.format_map(row) for row, rule in about for each in rule.reads]
    rules = [rule for _, rule in about]
    rules = rules or [each for each in row_code().get(table.full_name, ()) if not each.where]
    told = [each for rule in rules for each in (*rule.code, *rule.steps)] or table.code
    makers = [owner_of(each) for rule in rules for each in rule.code]
    asset = maker_of(table.full_name)
    queries = queries_given(makers, asset.owner, COMPUTES_NOTHING) if asset else []
    quoted = [{**row, **rule.quotes} for row in rows for rule in rules if rule.quotes]
    if quoted:
        of_these = makers_of_rows(table_of(_QUOTED), quoted, ["estimate"])
        told, queries = [*told, *of_these.code], [*queries, *of_these.queries]
    told = [*told, *rounding(table.full_name)]
    return RowMakers(*(tuple(dict.fromkeys(each)) for each in (told, reads, queries)))


def rounding(table: str) -> Iterator[str]:
    """The rule by which figures of a table are rounded on their way out; none of plain facts."""
    rule = RULES.get(table, as_it_is)
    if rule is as_it_is:
        return
    owner = Owner(rule.__module__, rule.__qualname__.partition(".")[0])
    others = [each for each in calls(owner) if each.module != owner.module]
    for each in (owner, *(e for e in others if e.module.startswith(_DISCLOSURE))):
        yield f"{each.module.removeprefix('pipelines.')}:{each.name}"


def computed_by(
    table: str, *, is_all: bool = True, makers: RowMakers | None = None
) -> Iterator[str]:
    """Say the way from the files to a table: staging, marts, queries, its asset, in this order."""
    yield f"  from the files to {table}"
    if sql_file(table):
        yield from (f"    {each}" for each in ways.lines(ways.beneath([table])))
    elif maker := maker_of(table):
        yield from _made(table, maker, makers or RowMakers(()), is_all=is_all)
    else:
        read = makers.tables if makers else tables_read(table)
        yield from (f"    {each}" for each in ways.lines(ways.beneath(read)))
        places = _writing(table)
        told = places if is_all else places[:_NEAREST]
        yield from (f"    {place}" for place in told)
        yield from _others(len(places) - len(told))
    yield f"    {table}{_PUBLISHED if table_of(table).published else ''}"


def _made(table: str, maker: Maker, makers: RowMakers, *, is_all: bool) -> Iterator[str]:
    """What an asset is made of, the asset, and what it calls; in short what names the table."""
    queries = makers.queries or (() if makers.tables else ways.queries_to(table, maker))
    is_told = makers.tables and not queries
    read = () if is_told else ways.read_for(table, maker, queries)
    yield from (f"    {each}" for each in ways.lines(ways.beneath((*makers.tables, *read))))
    yield from (f"    {place}" for place in query_places(queries))
    yield f"    {maker.owner.place}"
    n_left_out = 0
    writers = [each for each in calls(maker.owner) if each.module not in COMPUTES_NOTHING]
    for writer in writers if is_all else [maker.writer]:
        yield f"      {writer.place}"
        for called in calls(writer):
            if called.module in COMPUTES_NOTHING:
                continue
            if is_all or {table, table.partition(".")[2]} & set(texts_of(called)):
                yield f"        {called.place}"
            else:
                n_left_out += 1
    others = _others(n_left_out + (0 if is_all else len(writers[1:])))
    yield from (f"    {each}" for each in others)


def _writing(table: str) -> list[Place]:
    """Where the code names a table that no asset makes: the statement that creates it, if any.

    The functions that run a statement come after it.
    """
    made = statements_that_make(table)
    found: list[Place] = []
    for place in made or [each for each in places_that_mention(table) if each.function]:
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
