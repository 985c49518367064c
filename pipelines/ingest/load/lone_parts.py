"""Rows that are the only part of their key: they stand in staging alone until another part comes.

Most keys of most feeds have one part, for ever: a shift a day. Keeping each of them a second time
would cost as much as staging them. When something arrives under such a key, its row is brought
back among the parts: its values from staging, which of the parts it is from raw.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.contracts import casts
from pipelines.contracts.sources import Source
from pipelines.core.queries import statement
from pipelines.core.raw_files import RawPath
from pipelines.core.sql_text import Expression, Named, identifier, listed, literal
from pipelines.core.table_changes import drop_table
from pipelines.core.text_columns import are_distinct, in_one_piece
from pipelines.core.warehouse import Connection, fetch, fetch_value
from pipelines.ingest.load.raw_store import EMPTY

WEEK = "week_start"
TOUCHED = "_touched_rows"


def part_table(source: Source) -> str:
    """Where the parts of a source's rows are kept."""
    return f"ledger.part_{source.name}"


def is_of_a_week(source: Source) -> bool:
    """Whether a key is about a week, of which a file may bring a day: each part is a portion."""
    return WEEK in source.key


def portion_of(source: Source, delivered: str) -> str:
    """The portion of a delivered row, as the recipe says or as the source's key has it."""
    unsaid = f"coalesce({delivered}.part, '')" if is_of_a_week(source) else "''"
    return f"coalesce({delivered}.portion, {unsaid})"


def are_alone(con: Connection, source: Source, rows: pa.Table, registered: str) -> bool:
    """Whether each row is the only part of its key: none came with it, and none stands."""
    codes = np.zeros(rows.num_rows, dtype=np.int64)
    for name in source.key:
        values = in_one_piece(rows.column(name))
        coded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        codes = codes * len(coded.dictionary) + coded.indices.to_numpy()
    if not are_distinct(codes):
        return False
    near = Expression(_days_of(source, rows))
    asked: dict[str, Named] = {"is_near": near, "arrived": registered, "key": source.key}
    return not any(
        fetch_value(con, statement("loading/n_under_keys", standing=table, **asked))
        for table in (part_table(source), f"staging.{source.name}")
    )


def _days_of(source: Source, rows: pa.Table) -> str:
    """A condition that all rows with the keys of these fulfil, quick to hold against history."""
    days = [name for name in source.key if source.column(name).type == "date"]
    if not days or not rows.num_rows:
        return "true"
    bounds = pc.min_max(in_one_piece(rows.column(days[0])))
    first, last = (f"date {literal(str(bounds[end].as_py()))}" for end in ("min", "max"))
    return f"{identifier(days[0])} between {first} and {last}"


def is_as_staged(rules: Mapping[str, str]) -> bool:
    """Whether a lone part can be told by its staged row to the last digit.

    A weighted mean of one value isn't that value to the last digit.
    """
    return not any(rule.startswith("mean:") for rule in rules.values())


def each_alone(source: Source, rules: Mapping[str, str], registered: str, condition: str) -> str:
    """The query for what merging makes of keys that have one part: the same without a sum."""
    values = []
    for name in (*source.column_names, *(["extra"] if source.keeps_extra else [])):
        rule, _, weight = rules.get(name, "").partition(":")
        value = identifier(name)
        if rule == "mean" and weight:
            times = identifier(weight)
            value = f"{value} * {times} / nullif({times}, 0)"
        values.append(f"{value} as {identifier(name)}")
    return statement(
        "loading/each_alone",
        values=Expression(", ".join(values)),
        arrived=registered,
        condition=Expression(condition),
    )


def bring_back(con: Connection, source: Source, arrived: str, raw: RawPath) -> None:
    """Bring lone rows whose keys something arrived under back among the parts.

    ``arrived`` is a table with the keys, ``raw`` the source's folder of deliveries.
    """
    staged, parts, key = f"staging.{source.name}", part_table(source), source.key
    con.execute(
        statement("loading/touched_rows", staged=staged, arrived=arrived, key=key, parts=parts)
    )
    files = fetch(con, statement("loading/touched_files"))
    if files.height:
        con.execute(
            statement(
                "loading/bring_back",
                parts=parts,
                key=key,
                files=listed(raw / name for name in (EMPTY, *files["raw_file"].unique())),
                typed_key=Expression(casts.typed_key(source)),
                portion=Expression(portion_of(source, "typed")),
            )
        )
    drop_table(con, TOUCHED)


def count_lone(con: Connection, source: Source) -> dict[int, int]:
    """How many lone rows of each file stand."""
    staged, parts = f"staging.{source.name}", part_table(source)
    lone = statement("loading/lone_by_file", staged=staged, parts=parts, key=source.key)
    return dict(fetch(con, lone).iter_rows())
