"""Tables that something is made of -> the files, raw tables and SQL beneath them, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from pipelines.core.queries import read_query
from pipelines.core.sql_models import SqlModel, load_models, read_tables
from pipelines.lineage.calls import maker_of, sql_file
from pipelines.lineage.introspection import Place

_RAW = "raw"


@dataclass
class Beneath:
    """What is beneath tables: sources with their staging, tables of assets, and marts."""

    sources: dict[str, str] = field(default_factory=dict)
    """By source the file of its staging."""
    made: dict[str, Place] = field(default_factory=dict)
    """By table the asset that makes it in Python."""
    models: dict[str, str] = field(default_factory=dict)
    """By table its file."""


def beneath(tables: Iterable[str]) -> Beneath:
    """Return what is beneath some tables, each before what is made of it."""
    found = Beneath()
    seen: set[str] = set()

    def go(table: str) -> None:
        if table in seen:
            return
        seen.add(table)
        model = _models().get(table)
        for needed in model.depends_on if model else ():
            if needed[0] != _RAW:
                go(".".join(needed))
        own = sql_file(table)
        if model and any(schema == _RAW for schema, _ in model.depends_on):
            found.sources[table.partition(".")[2]] = own
        elif model:
            found.models[table] = own
        elif (maker := maker_of(table)) and table.startswith("staging."):
            found.made[table] = maker.owner.place

    for each in tables:
        go(each)
    return found


def tables_of(queries: Iterable[str]) -> list[str]:
    """Return the tables that queries under ``sql/analysis/`` read."""
    read = (read_tables(read_query(name), name) for name in queries)
    return list(dict.fromkeys(".".join(table) for tables in read for table in tables))


@cache
def _models() -> dict[str, SqlModel]:
    return {".".join(each.table): each for each in load_models()}


def lines(found: Beneath) -> Iterator[str]:
    """Tell it, a line for each file."""
    width = max((len(each) for each in found.sources), default=0)
    for source, file in sorted(found.sources.items()):
        landing = f"landing/{source}/".ljust(width + len("landing//"))
        yield f"{landing} -> {_RAW}.{source.ljust(width)} -> {file}:1"
    yield from (f"{table}, by {place}" for table, place in found.made.items())
    yield from (f"{file}:1" for file in found.models.values())
