"""A table of the warehouse -> the code that makes it and draws it, as places, line by line.

Short unless everything is asked for: the functions behind the numbers, what writes them, the SQL
files that they are read from, and of what draws them the page that was asked from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Any

import dagster as dg

from assets.commands.where_on_pages import Spot, templates_of
from assets.definitions import defs
from dashboards.build import WORDS_BUILDERS
from dashboards.frames import FRAMES
from pipelines.contracts.tables import Table
from pipelines.core.sql_models import load_models
from pipelines.lineage.data_flow import Owner, place_in_code, reachable, texts_of, users_of
from pipelines.lineage.introspection import (
    Place,
    attribute_places,
    called_by,
    place_of,
    places_that_mention,
    queries_of,
)

COMPUTES_NOTHING = ("pipelines.core.warehouse", "pipelines.disclosure.cut_record")
"""Everything calls these: what reads and writes, and what says whether tonight is a cut."""
DRAWING = "dashboards"
_NEAREST = 3


def computing(code: Sequence[str]) -> Iterator[str]:
    """The functions behind a number, by name, before the way that leads to them."""
    yield "computed by"
    for each in code:
        module, _, function = each.partition(":")
        yield f"  {place_of(getattr(import_module(f'pipelines.{module}'), function))}"


def computed_by(table: str, *, is_all: bool = True) -> Iterator[str]:
    """Say which code makes a table: its SQL file, or its asset and what that calls, indented."""
    yield f"  {table}"
    if table in _sql_models():
        yield f"    {_sql_file(table)}"
        return
    asset = _asset_of(table)
    if asset is None:
        places = _writing(table)
        told = places if is_all else places[:_NEAREST]
        yield from (f"    {place}" for place in told)
        yield from _others(len(places) - len(told))
        return
    makes = asset.node_def.compute_fn.decorated_fn
    read = sorted(".".join(key.path) for key in asset.asset_deps[dg.AssetKey(table.split("."))])
    yield f"    {place_of(makes)}"
    writers = [each for each in called_by(makes) if each.__module__ not in COMPUTES_NOTHING]
    yield from _writers(table, writers, is_all=is_all)
    if models := [each for each in read if each in _sql_models()]:
        yield "    reads"
        yield from (f"      {_sql_file(each)}" for each in models)


def _names(function: Any, table: str) -> bool:
    texts = texts_of(Owner(function.__module__, function.__qualname__))
    return bool(texts & {table, table.partition(".")[2]})


def _writing(table: str) -> list[Place]:
    """Where the code names a table that no asset makes: the statement that creates it first.

    A statement is a constant; the functions that run it come after it.
    """
    name = re.escape(table)
    creates = re.compile(rf"create[\w ]* (?:view|table) (?:if not exists )?{name}\b")
    named = sorted(
        places_that_mention(table),
        key=lambda each: (
            not any(creates.search(text) for text in texts_of(Owner(each.module, each.function)))
        ),
    )
    found: list[Place] = []
    for place in named:
        owner = Owner(place.module, place.function)
        users = users_of(owner) if place.function.lstrip("_").isupper() else []
        found += [place, *(place_in_code(each) for each in users)]
    return [each for each in dict.fromkeys(found) if each.function]


def _writers(table: str, writers: Sequence[Any], *, is_all: bool) -> Iterator[str]:
    """What an asset calls, with the queries; in short what names the table, and all queries."""
    n_left_out = 0
    for writer in writers if is_all else writers[:1]:
        yield f"      {place_of(writer)}"
        yield from (f"        {query}" for query in queries_of(writer))
        for called in dict.fromkeys(called_by(writer)):
            if called.__module__ in COMPUTES_NOTHING:
                continue
            queries = [f"          {query}" for query in queries_of(called)]
            if is_all or _names(called, table):
                yield f"        {place_of(called)}"
            else:
                n_left_out += 1
            yield from queries
    yield from _others(n_left_out + (0 if is_all else len(writers[1:])))


def drawn_by(table: Table, spot: Spot | None = None, *, is_all: bool = True) -> Iterator[str]:
    """Say what draws a table: of the page asked from template, builder and what reads the table."""
    yield "drawn by"
    every = attribute_places(DRAWING, table.name) if table.full_name in FRAMES.values() else []
    if not every:
        yield "  no page; analysts have it"
    elif is_all:
        yield from (f"  {place}" for place in every)
    else:
        near = _of_page(spot, every)
        told = near[:_NEAREST] or every[:_NEAREST]
        if spot and near:
            yield from page_lines(spot)
        yield from (f"  {place}" for place in told)
        yield from _others(len(every) - len(told))


def page_lines(spot: Spot) -> Iterator[str]:
    """The templates of a page and the function that makes it."""
    yield f"  {spot.file}"
    yield f"    {place_of(WORDS_BUILDERS[spot.file])}"
    yield from (f"    {each}:1" for each in templates_of(spot)[:1])


def _of_page(spot: Spot | None, every: Sequence[Place]) -> list[Place]:
    if not spot:
        return []
    within = reachable(spot.builder)
    return [each for each in every if Owner(each.module, each.function) in within]


def _others(n: int) -> Iterator[str]:
    if n > 0:
        yield f"  and {n} other {'place' if n == 1 else 'places'} (all=1)"


@cache
def _sql_models() -> frozenset[str]:
    return frozenset(".".join(model.table) for model in load_models())


def _sql_file(table: str) -> str:
    return f"sql/{table.replace('.', '/')}.sql:1"


def _asset_of(table: str) -> Any:
    """Return the asset of that key, however the graph was put together, or None."""
    for asset in defs.assets or ():
        keys = {".".join(key.path) for key in getattr(asset, "keys", ())}
        if table in keys:
            return asset
    return None
