"""From a tried file to the lookups a refresh would have: with the people that the file makes."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from pipelines.config.feeds import Feed
from pipelines.config.settings import Settings
from pipelines.contracts.sources import load_contracts
from pipelines.core.errors import GateError
from pipelines.ingest.read.landing_folder import LandingFile
from pipelines.ingest.shape.file_reader import RecipeReader
from pipelines.ingest.shape.lookups import OWN_IDENTIFIER, PEOPLE, Lookups

_COLUMNS = ("system", "other_id", "employee_id")


def with_people_of(file: LandingFile, feed: Feed, lookups: Lookups, settings: Settings) -> Lookups:
    """The lookups with the people of the file itself, whom a refresh takes in before its roster."""
    if PEOPLE not in feed.recipe.queries:
        return lookups
    reader, source = (
        RecipeReader(feed, lookups, settings.time_zone),
        load_contracts().source(PEOPLE),
    )
    try:
        made = reader.read(file.path.read_bytes(), file, source, settings.limits).table
    except GateError:
        return lookups
    if not {*_COLUMNS} <= {*made.column_names} or not made.num_rows:
        return lookups
    texts = pl.DataFrame({name: made.column(name).to_pylist() for name in _COLUMNS})
    said = texts.drop_nulls().with_columns(pl.col("other_id").str.strip_chars().str.to_lowercase())
    own = said.select(
        system=pl.lit(OWN_IDENTIFIER),
        other_id=pl.col("employee_id").str.strip_chars().str.to_lowercase(),
        employee_id="employee_id",
    )
    new = pl.concat([said, own]).unique().filter(~pl.struct("system", "other_id").is_duplicated())
    known = pl.DataFrame(lookups.tables[PEOPLE]).select(_COLUMNS)
    people = pl.concat([known.join(new, on=["system", "other_id"], how="anti"), new])
    return replace(lookups, tables={**lookups.tables, PEOPLE: people.to_arrow()})
