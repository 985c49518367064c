"""Where a number comes from: ``python -m assets.commands.where voluntary_exit --workspace dir``.

Prints what a name means, the query that gives its number, the code that computes it, the documents
and the pages. A name is a definition, a claim, a measure of a month, a table or a column of the
analysts' file, a page, a key of the settings, or words as they stand on a page, such as the head of
a number's row or column. Exit status 1 for a name that nobody knows, with those that are like it.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import dagster as dg

from assets.commands.where_read import (
    linked_terms,
    page_names,
    page_or_setting,
    setting_names,
    words_read,
)
from assets.definitions import defs
from dashboards.build import PAGE_BUILDERS
from pipelines.claims.register import ESTIMATORS
from pipelines.contracts.claims import Claim, load_claims
from pipelines.contracts.definitions import Definition, load_definitions
from pipelines.contracts.tables import Column, Table, published_tables, table_of
from pipelines.contracts.trend_measures import trend_measures
from pipelines.core.sql_models import load_models, read_tables
from pipelines.core.sql_text import identifier, literal
from pipelines.core.workspace import Workspace
from pipelines.lineage.documents import sections_about
from pipelines.lineage.introspection import (
    attribute_places,
    called_by,
    literal_places,
    place_of,
    places_that_mention,
    queries_of,
)
from pipelines.lineage.words import plain

UNKNOWN = 1
MOST_PLACES = 12
COMPUTES_NOTHING = ("pipelines.core.warehouse", "pipelines.disclosure.cut_record")
"""Everything calls these: what reads and writes, and what says whether tonight is a cut."""
DRAWING = "dashboards"
_HORIZON = re.compile(r",? within (\d+ days|a year)$")
MONTH_TABLES = ("marts.all_month", "marts.site_month", "marts.arm_month")
"""What the measures of months are made of, for everybody, by site and by kind of coaching."""


def main(arguments: list[str] | None = None) -> int:
    """Answer for one name; the exit status."""
    parser = argparse.ArgumentParser(prog="make where metric=…", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--workspace", type=Path, default=Path("workspace"))
    asked = parser.parse_args(arguments)
    told = list(answer(asked.name, Workspace(asked.workspace.resolve())))
    if told:
        print("\n".join(told))
        return 0
    near = difflib.get_close_matches(asked.name.lower(), names(), n=5, cutoff=0.5)
    like = f"; like it are: {', '.join(near)}" if near else ""
    print(f"Nothing is called {asked.name!r}{like}.", file=sys.stderr)
    if any(each.isdigit() for each in asked.name):
        print("Numbers aren't looked up: ask for the words beside one.", file=sys.stderr)
    return UNKNOWN


def names() -> list[str]:
    """Every name that `answer` knows, in lower case."""
    tables = published_tables()
    return sorted(
        {
            *(each.id for each in load_definitions()),
            *(each.title.lower() for each in load_definitions()),
            *(claim.claim for claim in load_claims()),
            *(measure.name for measure in trend_measures()),
            *(table.full_name for table in tables),
            *(table.name for table in tables),
            *(f"{table.full_name}.{column.name}" for table in tables for column in table.columns),
            *(column.name for table in tables for column in table.columns),
            *page_names(),
            *setting_names(),
        }
    )


def answer(name: str, workspace: Workspace) -> Iterator[str]:
    """Say everything that is known of a name, line by line; nothing for an unknown one.

    "Days employed within 180 days" is known as "Days employed", which is told of every horizon.
    """
    told = _known(name, workspace) or _known(_HORIZON.sub("", name), workspace)
    yield from told or words_read(name, workspace)


def _known(name: str, workspace: Workspace) -> list[str]:
    told = [*_contracts(name, workspace), *_measure(name), *page_or_setting(name)]
    if not told:
        for term in linked_terms(name, workspace):
            told += [f"{name!r} leads on a page to", *_contracts(term, workspace)]
    return told


def _contracts(name: str, workspace: Workspace) -> Iterator[str]:
    wanted = plain(name)
    as_name = wanted.replace(" ", "_")
    for definition in load_definitions():
        if as_name == definition.id or wanted == definition.title.lower():
            yield from _definition(definition, workspace)
    for claim in load_claims():
        if as_name == claim.claim or wanted.rstrip(".") == claim.wording.lower().rstrip("."):
            yield from _claim(claim, workspace)
    for table in published_tables():
        if as_name in (table.full_name, table.name):
            yield from _table(table)
        for column in table.columns:
            full_name = f"{table.full_name}.{column.name}"
            if as_name in (column.name, full_name):
                yield from _column(table, column)


def _definition(definition: Definition, workspace: Workspace) -> Iterator[str]:
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
    yield from _query(definition.query)
    tables = [".".join(table) for table in read_tables(definition.query, definition.id)]
    yield from _computing(definition.code or [c for each in tables for c in table_of(each).code])
    for table in tables:
        yield from computed_by(table)
    for table in tables:
        yield from _drawn_by(table_of(table))
    yield from _literals(definition.id)
    yield from _documents(definition.id)
    yield from _pages((definition.id,), workspace)


def _claim(claim: Claim, workspace: Workspace) -> Iterator[str]:
    yield f"{claim.wording} (claim {claim.claim})"
    yield f"  {'source':<14}{claim.source}"
    yield f"  {'tested by':<14}{claim.tested_by}"
    yield f"  {'assumes':<14}{claim.assumes}"
    yield from _query(
        "select estimate_name, label, estimate, conf_low, conf_high, unit, is_deciding, reason\n"
        "from outcomes.claim_estimate\n"
        f"where claim = {literal(claim.claim)}\norder by estimate_name"
    )
    yield "computed by"
    for estimator in dict.fromkeys(each.estimator for each in claim.estimates):
        yield f"  {place_of(ESTIMATORS[estimator][1])}"
    yield from computed_by("outcomes.claim_estimate")
    yield from _documents(claim.claim)
    yield from _pages(("claim_verdict", "claim_estimate"), workspace)


def _measure(name: str) -> Iterator[str]:
    for measure in trend_measures():
        if plain(name) not in (measure.name, plain(measure.label)):
            continue
        table = table_of("outcomes.trend")
        yield f"{measure.label} (measure {measure.name} of {table.full_name}) [{measure.unit}]"
        columns = [each for each in (measure.numerator, measure.denominator) if each]
        yield f"  {'made of':<14}{' / '.join(columns)} of {', '.join(MONTH_TABLES)}"
        yield f"  {'standard':<14}{measure.standard}"
        yield from _query(
            "select month, value, lower_limit, mean, upper_limit, signal\n"
            f"from {table.full_name}\nwhere measure = {literal(measure.name)} and scope = 'all'\n"
            "order by month"
        )
        yield from _computing(table.code)
        for each in (*MONTH_TABLES, table.full_name):
            yield from computed_by(each)
        yield from _drawn_by(table)


def _table(table: Table) -> Iterator[str]:
    yield f"{table.full_name} (table): {table.description}"
    yield f"  {'grain':<14}{table.grain}"
    yield f"  {'columns':<14}{', '.join(column.name for column in table.columns)}"
    order = ", ".join(identifier(name) for name in table.key)
    yield from _query(f"select *\nfrom {table.full_name}\norder by {order}\nlimit 20")
    yield from _computing(table.code)
    yield from computed_by(table.full_name)
    yield from _documents(table.full_name)
    yield from _drawn_by(table)


def _column(table: Table, column: Column) -> Iterator[str]:
    unit = f" [{column.unit}]" if column.unit else ""
    yield f"{table.full_name}.{column.name} (column): {column.description}{unit}"
    shown = [identifier(name) for name in dict.fromkeys((*table.key, column.name))]
    yield from _query(f"select {', '.join(shown)}\nfrom {table.full_name}\nlimit 20")
    yield from _computing(table.code)
    yield from computed_by(table.full_name)
    yield from _drawn_by(table)


def _computing(code: Sequence[str]) -> Iterator[str]:
    """The functions behind a number, by name, before the way that leads to them."""
    yield "computed by"
    for each in code:
        module, _, function = each.partition(":")
        yield f"  {place_of(getattr(import_module(f'pipelines.{module}'), function))}"


def _drawn_by(table: Table) -> Iterator[str]:
    """The modules of dashboards/ that read a table's frame."""
    yield "drawn by"
    places = [str(place) for place in attribute_places(DRAWING, table.name)]
    yield from (f"  {place}" for place in places or ["no page; analysts have it"])


def computed_by(table: str) -> Iterator[str]:
    """Say which code makes a table: its SQL file, or its asset and what that calls, indented."""
    yield f"  {table}"
    if table in _sql_models():
        yield f"    sql/{table.replace('.', '/')}.sql:1"
        return
    asset = _asset_of(table)
    if asset is None:
        yield from (f"    {place}" for place in places_that_mention(table))
        return
    makes = asset.node_def.compute_fn.decorated_fn
    read = sorted(".".join(key.path) for key in asset.asset_deps[dg.AssetKey(table.split("."))])
    yield f"    {place_of(makes)}"
    if models := [each for each in read if each in _sql_models()]:
        yield f"      reads {', '.join(models)}"
    for writer in called_by(makes):
        if writer.__module__ in COMPUTES_NOTHING:
            continue
        yield f"      {place_of(writer)}"
        yield from (f"        {query}" for query in queries_of(writer))
        for called in dict.fromkeys(called_by(writer)):
            if called.__module__ not in COMPUTES_NOTHING:
                yield f"        {place_of(called)}"
                yield from (f"          {query}" for query in queries_of(called))


@cache
def _sql_models() -> frozenset[str]:
    return frozenset(".".join(model.table) for model in load_models())


def _asset_of(table: str) -> Any:
    """Return the asset of that key, however the graph was put together, or None."""
    for asset in defs.assets or ():
        keys = {".".join(key.path) for key in getattr(asset, "keys", ())}
        if table in keys:
            return asset
    return None


def _query(query: str) -> Iterator[str]:
    yield "query (paste into `make sql`)"
    yield from (f"  {line}" for line in f"{query.rstrip()};".splitlines())


def _literals(name: str) -> Iterator[str]:
    places = literal_places(name)
    if places:
        yield f"  named {name} in"
        yield from (f"    {place}" for place in places[:MOST_PLACES])
        if len(places) > MOST_PLACES:
            yield f"    and {len(places) - MOST_PLACES} more"


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
            made_by = PAGE_BUILDERS.get(file.name)
            maker = f", made by {place_of(made_by)}" if made_by else ""
            yield f"  {file.name} ({n} {'link' if n == 1 else 'links'}{maker})"
    yield from (f"  definitions.html#{anchor}" for anchor in anchors)


if __name__ == "__main__":
    sys.exit(main())
