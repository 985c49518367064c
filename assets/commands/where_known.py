"""A name of the contracts -> its meaning, its query, its code, its documents and its pages.

A name is a definition, a claim, a measure of a month, a table or a column of the analysts' file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assets.commands.where_claims import estimators_of
from assets.commands.where_code import computed_by, computing, drawn_by
from dashboards.build import WORDS_BUILDERS
from pipelines.contracts.claims import Claim, load_claims
from pipelines.contracts.definitions import Definition, load_definitions
from pipelines.contracts.tables import Column, Table, published_tables, table_of
from pipelines.contracts.trend_measures import trend_measures
from pipelines.core.sql_models import read_tables
from pipelines.core.sql_text import identifier, literal
from pipelines.core.workspace import Workspace
from pipelines.lineage.documents import sections_about
from pipelines.lineage.introspection import literal_places, place_of
from pipelines.lineage.words import plain

_MOST_PLACES = 12
_STATES = ("status", "reason")
MONTH_TABLES = ("marts.all_month", "marts.site_month", "marts.arm_month")
"""What the measures of months are made of, for everybody, by site and by kind of coaching."""


@dataclass(frozen=True)
class Asked:
    """Where it was asked from, and whether everything is to be told."""

    workspace: Workspace
    is_all: bool = False
    tables: tuple[str, ...] = ()
    """What the page that was asked from draws there: of a name with several meanings, that one."""

    def is_about(self, tables: Sequence[str]) -> bool:
        """Whether a meaning that rests on these tables may be the one asked for."""
        return not self.tables or bool(set(tables) & set(self.tables))

    def made_by(self, table: str) -> Iterator[str]:
        """What makes a table, unless the page that was asked from has told it."""
        if self.is_all or table not in self.tables[:1]:
            yield from computed_by(table, is_all=self.is_all)

    def drawn_by(self, table: Table) -> Iterator[str]:
        """What draws a table, unless the page that was asked from has told it."""
        if self.is_all or table.full_name not in self.tables[:1]:
            yield from drawn_by(table, is_all=self.is_all)


def known(name: str, asked: Asked) -> Iterator[str]:
    """Say what the contracts know of a name; nothing for an unknown one."""
    wanted = plain(name)
    as_name = wanted.replace(" ", "_")
    yield from defined(name, asked)
    for claim in load_claims():
        if as_name == claim.claim or wanted.rstrip(".") == claim.wording.lower().rstrip("."):
            yield from _claim(claim, asked)
    for table in published_tables():
        if as_name in (table.full_name, table.name):
            yield from _table(table, asked)
    columns = [
        (table, column)
        for table in published_tables()
        for column in table.columns
        if as_name in (column.name, f"{table.full_name}.{column.name}")
        and asked.is_about([table.full_name])
    ]
    told = columns if asked.is_all or len(columns) < 3 else columns[:1]
    for table, column in told:
        yield from _column(table, column, asked)
    if rest := [table.full_name for table, _ in columns[len(told) :]]:
        yield f"also a column of {', '.join(rest)} (all=1)"


def defined(name: str, asked: Asked) -> Iterator[str]:
    """Say what the definitions know of a name."""
    wanted = plain(name)
    for definition in load_definitions():
        is_named = wanted.replace(" ", "_") == definition.id or wanted == definition.title.lower()
        if is_named and asked.is_about(_tables(definition)):
            yield from _definition(definition, asked)


def measure(name: str, asked: Asked) -> Iterator[str]:
    """Say what is known of a measure of a month."""
    for each in trend_measures():
        if plain(name) not in (each.name, plain(each.label)):
            continue
        table = table_of("outcomes.trend")
        if not asked.is_about([table.full_name]):
            continue
        yield f"{each.label} (measure {each.name} of {table.full_name}) [{each.unit}]"
        columns = [column for column in (each.numerator, each.denominator) if column]
        yield f"  {'made of':<14}{' / '.join(columns)} of {', '.join(MONTH_TABLES)}"
        yield f"  {'standard':<14}{each.standard}"
        yield from query_lines(
            "select month, value, lower_limit, mean, upper_limit, signal\n"
            f"from {table.full_name}\nwhere measure = {literal(each.name)} and scope = 'all'\n"
            "order by month"
        )
        yield from computing(table.code)
        for made in (*MONTH_TABLES, table.full_name):
            yield from asked.made_by(made)
        yield from asked.drawn_by(table)


def table_query(table: Table, where: str = "") -> str:
    """Return the query that gives a table's figures: its key, the figures, ranges and status."""
    figures = [each.name for each in table.columns if each.type in ("integer", "number")]
    states = [each.name for each in table.columns if each.name in _STATES]
    names = dict.fromkeys((*table.key, *figures, *states))
    shown = ", ".join(identifier(each) for each in names)
    order = ", ".join(identifier(each) for each in table.key)
    return f"select {shown}\nfrom {table.full_name}\n{where}order by {order}"


def query_lines(query: str) -> Iterator[str]:
    """A query as it is pasted."""
    yield "query (paste into `make sql`)"
    yield from (f"  {line}" for line in f"{query.rstrip()};".splitlines())


def _definition(definition: Definition, asked: Asked) -> Iterator[str]:
    yield f"{definition.title} ({definition.kind} {definition.id})"
    for head, text in (
        ("formula", definition.formula),
        ("numerator", definition.numerator),
        ("denominator", definition.denominator),
        ("left out", definition.exclusions),
        ("source", definition.source),
        ("bear in mind", definition.caveats),
    ):
        yield f"  {head:<14}{text}"
    yield from query_lines(definition.query)
    tables = _tables(definition)
    yield from computing(definition.code or [c for each in tables for c in table_of(each).code])
    for table in tables:
        yield from asked.made_by(table)
    for table in tables:
        yield from asked.drawn_by(table_of(table))
    if asked.is_all:
        yield from _literals(definition.id)
    yield from _documents(definition.id)
    yield from _pages((definition.id,), asked.workspace)


def _tables(definition: Definition) -> list[str]:
    return [".".join(table) for table in read_tables(definition.query, definition.id)]


def _claim(claim: Claim, asked: Asked) -> Iterator[str]:
    yield f"{claim.wording} (claim {claim.claim})"
    yield f"  {'source':<14}{claim.source}"
    yield f"  {'tested by':<14}{claim.tested_by}"
    yield f"  {'assumes':<14}{claim.assumes}"
    yield from query_lines(
        "select estimate_name, label, estimate, conf_low, conf_high, unit, is_deciding, reason\n"
        "from outcomes.claim_estimate\n"
        f"where claim = {literal(claim.claim)}\norder by estimate_name"
    )
    yield "computed by"
    yield from (f"  {each}" for each in estimators_of(claim))
    yield from asked.made_by("outcomes.claim_estimate")
    yield from _documents(claim.claim)
    yield from _pages(("claim_verdict", "claim_estimate"), asked.workspace)


def _table(table: Table, asked: Asked) -> Iterator[str]:
    yield f"{table.full_name} (table): {table.description}"
    yield f"  {'grain':<14}{table.grain}"
    yield f"  {'columns':<14}{', '.join(column.name for column in table.columns)}"
    order = ", ".join(identifier(name) for name in table.key)
    yield from query_lines(f"select *\nfrom {table.full_name}\norder by {order}\nlimit 20")
    yield from computing(table.code)
    yield from asked.made_by(table.full_name)
    yield from _documents(table.full_name)
    yield from asked.drawn_by(table)


def _column(table: Table, column: Column, asked: Asked) -> Iterator[str]:
    unit = f" [{column.unit}]" if column.unit else ""
    yield f"{table.full_name}.{column.name} (column): {column.meaning}{unit}"
    names = {each.name for each in table.columns}
    ranges = table.range_of([column.name])
    states = [each for each in _STATES if each in names]
    every = dict.fromkeys((*table.key, column.name, *ranges, *states))
    shown = [identifier(name) for name in every]
    yield from query_lines(f"select {', '.join(shown)}\nfrom {table.full_name}\nlimit 20")
    yield from computing(table.code)
    yield from asked.made_by(table.full_name)
    yield from asked.drawn_by(table)


def _literals(name: str) -> Iterator[str]:
    places = literal_places(name)
    if places:
        yield f"  named {name} in"
        yield from (f"    {place}" for place in places[:_MOST_PLACES])
        if len(places) > _MOST_PLACES:
            yield f"    and {len(places) - _MOST_PLACES} more"


def _documents(name: str) -> Iterator[str]:
    yield "documents"
    yield from (f"  {section}" for section in sections_about(name))


def _pages(anchors: Sequence[str], workspace: Workspace) -> Iterator[str]:
    """Say which pages of the current publication link to a definition, and what makes them."""
    yield "pages"
    files = sorted(workspace.published_site.glob("*.html"))
    if not files:
        yield f"  none yet: {workspace.root} has no publication"
        return
    either = "|".join(re.escape(anchor) for anchor in anchors)
    link = re.compile(rf'href="definitions\.html#(?:{either})"')
    for file in files:
        n = len(link.findall(file.read_text("utf-8")))
        if n:
            made_by = WORDS_BUILDERS.get(file.name)
            maker = f", made by {place_of(made_by)}" if made_by else ""
            yield f"  {file.name} ({n} {'link' if n == 1 else 'links'}{maker})"
    yield from (f"  definitions.html#{anchor}" for anchor in anchors)
