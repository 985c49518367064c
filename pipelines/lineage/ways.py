"""Tables that something is made of -> the files, raw tables and SQL beneath them, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from pipelines.contracts.row_code import tables_read
from pipelines.contracts.sources import load_contracts
from pipelines.contracts.tables import load_tables
from pipelines.core.queries import read_query
from pipelines.core.sql_models import SqlModel, load_models, read_tables
from pipelines.core.versions import PROJECT
from pipelines.lineage.asset_graph import Maker, maker_of
from pipelines.lineage.calls import owner_of, sql_file
from pipelines.lineage.introspection import Place
from pipelines.lineage.reading import COMPUTES_NOTHING, every_query, queries_behind

_RAW, _STAGING = "raw", "staging"
_LEDGER, _TEMP = "ledger.", "temp."
"""Tables in which every file is entered, and those that a step makes for itself alone."""
_EVERY_SOURCE, _NAMED = "landing/*/", "{"
"""A table that each row names in a column is one of the sources, or of those made of them."""


@dataclass
class Beneath:
    """What is beneath tables: sources with their staging, tables that code makes, and marts."""

    sources: dict[str, str] = field(default_factory=dict)
    """By source the file of its staging."""
    others: dict[str, None] = field(default_factory=dict)
    """Files and folders, and tables of the ledger."""
    made: dict[str, Place] = field(default_factory=dict)
    """By table the function that writes it."""
    of_every_source: set[str] = field(default_factory=set)
    """The tables of code that all sources are in, which aren't named one by one."""
    models: dict[str, str] = field(default_factory=dict)
    """By table its file."""
    unknown: list[str] = field(default_factory=list)
    """Tables of which nothing says what makes them."""


def beneath(tables: Iterable[str]) -> Beneath:
    """Return what is beneath some tables, each before what is made of it."""
    found = Beneath()
    seen: set[str] = set()

    def go(table: str) -> None:
        if table in seen:
            return
        seen.add(table)
        name = table.partition(".")[2]
        model, maker = _models().get(table), maker_of(table)
        if table.startswith(f"{_RAW}.") or (model and model.depends_on == ((_RAW, name),)):
            found.sources[name] = sql_file(f"{_STAGING}.{name}")
        elif model:
            go_all(".".join(each) for each in model.depends_on)
            found.models[table] = sql_file(table)
        elif maker:
            go_all(_needed(table, maker))
            found.made[table] = maker.writer.place
            found.of_every_source |= {table} if _is_of_every_source(maker) else set()
        elif "/" in table or table.startswith((_LEDGER, _NAMED)):
            found.others[table] = None
        elif table in _coded():
            go_all(tables_read(table))
            found.made[table] = _coded()[table]
        else:
            found.unknown.append(table)

    def go_all(needed: Iterable[str]) -> None:
        for each in needed:
            go(each)

    go_all(tables)
    return found


def read_for(table: str, maker: Maker, queries: Iterable[str] = ()) -> list[str]:
    """Return the tables that an asset's table is made of: by queries, else by those on its way.

    What a step makes for itself is made of what its asset reads.
    """
    read = tables_of(queries or queries_to(table, maker))
    lasting = [each for each in read if not each.startswith(_TEMP)]
    rest = () if lasting and lasting == read else maker.reads
    return list(dict.fromkeys((*lasting, *rest)))


@cache
def queries_to(table: str, maker: Maker) -> tuple[str, ...]:
    """Return the queries on the way to a table; where that isn't seen, all of its asset."""
    on_the_way = queries_behind(table, maker.owner, COMPUTES_NOTHING)
    return tuple(on_the_way or every_query(maker.owner, COMPUTES_NOTHING))


def tables_of(queries: Iterable[str]) -> list[str]:
    """Return the tables that queries under ``sql/analysis/`` read."""
    read = (read_tables(read_query(name), name) for name in queries)
    return list(dict.fromkeys(".".join(table) for tables in read for table in tables))


def _needed(table: str, maker: Maker) -> list[str]:
    """What a table in between is made of; not each source of one that is made of all."""
    if _is_of_every_source(maker):
        return [each for each in maker.reads if each not in _landed()]
    read = read_for(table, maker)
    return [each for each in read if each in maker.reads] or list(maker.reads)


def _is_of_every_source(maker: Maker) -> bool:
    sources = {each.partition(".")[2] for each in maker.reads if each in _landed()}
    return sources == {each.name for each in load_contracts().sources}


@cache
def _landed() -> frozenset[str]:
    sources = load_contracts().sources
    return frozenset(f"{schema}.{each.name}" for schema in (_RAW, _STAGING) for each in sources)


@cache
def _models() -> dict[str, SqlModel]:
    return {".".join(each.table): each for each in load_models()}


@cache
def _coded() -> dict[str, Place]:
    """By table that no asset makes the function that the contracts name for it."""
    return {each.full_name: owner_of(each.code[-1]).place for each in load_tables() if each.code}


def _with_line(place: str) -> str:
    """A file with the line of the entry that is named behind it, if one is."""
    file, _, entry = place.partition("#")
    told = (PROJECT / file).read_text("utf-8").splitlines() if entry else []
    at = [number for number, line in enumerate(told, start=1) if line == f"{entry}:"]
    return ":".join([file, *map(str, at)])


def lines(found: Beneath) -> Iterator[str]:
    """Tell it, a line for each file."""
    width = max((len(each) for each in found.sources), default=0)
    for source, file in sorted(found.sources.items()):
        landing = f"landing/{source}/".ljust(width + len("landing//"))
        yield f"{landing} -> {_RAW}.{source.ljust(width)} -> {file}:1"
    landed = [each for each in found.others if "/" not in each]
    yield from (f"{_EVERY_SOURCE} -> {', '.join(each)}" for each in [landed] if each)
    yield from (_with_line(each) for each in found.others if each not in landed)
    for table, place in found.made.items():
        every = f"{_EVERY_SOURCE} -> " if table in found.of_every_source else ""
        yield f"{every}{table}, by {place}"
    yield from (f"{file}:1" for file in found.models.values())
    yield from (f"{table}, whose way isn't known" for table in found.unknown)
