"""From a validated delivery to a reason to refuse it: columns it lacks, in which values would go.

A row takes the whole place of the one with its key. So where one system's file has the contacts of
a week and another's its satisfaction, each would empty what the other said. Feeds are merged by
column; of files with canonical columns the one that would empty something is refused.
"""

from __future__ import annotations

import pyarrow as pa

from pipelines.config.mapping import is_column
from pipelines.contracts.sources import Source
from pipelines.core.queries import statement
from pipelines.core.sql_text import Expression, Named, identifier, literal
from pipelines.core.warehouse import Connection, fetch
from pipelines.ingest.load import merge_feeds
from pipelines.ingest.load.landed_file import LandedFile
from pipelines.ingest.load.lone_parts import part_table
from pipelines.ingest.read.delivery import kept_name
from pipelines.ingest.validate.validation import Validation

_KEYS = "_arrived_keys"


def lacking_reason(con: Connection, landed: LandedFile, validation: Validation) -> str | None:
    """Why a canonical delivery would empty columns of rows it replaces; None where it wouldn't."""
    if landed.reader.feed is not None or landed.file.is_tombstone:
        return None
    lost = _lost(con, landed, validation)
    if not lost:
        return None
    told = ", ".join(f"{name} of {n:,} rows" for name, n in lost.items())
    return (
        f"lacks columns that rows with its keys have: {told} would be emptied. Deliver it with "
        "those columns, or let each system's export be a feed of its own with a recipe: feeds are "
        "merged by column (docs/recipes). None of its rows was taken"
    )


def _lost(con: Connection, landed: LandedFile, validation: Validation) -> dict[str, int]:
    """How many rows that stand have a value in each column that the delivery lacks."""
    source = landed.source
    absent = [name for name in source.column_names if name not in validation.columns]
    counted = {name: f"count({identifier(name)})" for name in absent}
    stood: Named = f"staging.{source.name}"
    if merge_feeds.plan_text(con, source):
        stood = _of_own_files(source)
    if source.keeps_extra:
        counted |= _answers(con, landed, validation, stood)
    counted = _with_values(con, counted, stood)
    if not counted:
        return {}
    sound = ~validation.is_bad
    keys = {name: validation.columns[name].values_of(sound) for name in source.key}
    counts = Expression(", ".join(counted.values()))
    con.register(_KEYS, pa.table(keys))
    try:
        query = statement("loading/values_lost", counts=counts, standing=stood, key=source.key)
        found = fetch(con, query)
    finally:
        con.unregister(_KEYS)
    lost = dict(zip(counted, found.row(0), strict=True))
    return {name: n for name, n in lost.items() if n}


def _answers(
    con: Connection, landed: LandedFile, validation: Validation, stood: Named
) -> dict[str, str]:
    """What counts the answers item_1, item_2 ... that the delivery lacks."""
    delivered = {kept_name(name, landed.mapping) for name in validation.delivery.unknown_columns}
    names = fetch(con, statement("loading/answers", standing=stood))["name"]
    return {
        name: f"count(json_extract_string(extra, {literal('$.' + name)}))"
        for name in sorted({*names} - delivered)
        if is_column(landed.source, name)
    }


def _of_own_files(source: Source) -> Expression:
    """Of merged rows what files with canonical columns said; what feeds said stays anyway."""
    staged, parts, key = f"staging.{source.name}", part_table(source), source.key
    return Expression(statement("loading/rows_of_own_files", staged=staged, parts=parts, key=key))


def _with_values(con: Connection, counted: dict[str, str], stood: Named) -> dict[str, str]:
    """Those columns that have a value anywhere: most are empty in all rows, which is soon seen."""
    if not counted:
        return {}
    counts = Expression(", ".join(counted.values()))
    found = fetch(con, statement("loading/values_that_stand", counts=counts, standing=stood))
    return {name: each for (name, each), n in zip(counted.items(), found.row(0), strict=True) if n}
