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
from pipelines.core.raw_files import RawPath
from pipelines.core.sql_text import identifier, literal, table_name
from pipelines.core.text_columns import are_distinct, in_one_piece
from pipelines.core.warehouse import Connection, fetch, fetch_value
from pipelines.ingest.load.raw_store import EMPTY

WEEK = "week_start"
TOUCHED = "_touched_rows"


def part_table(source: Source) -> str:
    """Where the parts of a source's rows are kept."""
    return table_name(f"ledger.part_{source.name}")


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
    key = ", ".join(map(identifier, source.key))
    near = _days_of(source, rows)
    return not any(
        fetch_value(
            con,
            f"select count(*) from (from {table} where {near}) semi join {registered} "
            f"using ({key})",
        )
        for table in (part_table(source), table_name(f"staging.{source.name}"))
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
    return f"select {', '.join(values)}, file_id, line_number from {registered} where {condition}"


def bring_back(con: Connection, source: Source, arrived: str, raw: RawPath) -> None:
    """Bring lone rows whose keys something arrived under back among the parts.

    ``arrived`` is a table with the keys, ``raw`` the source's folder of deliveries.
    """
    key = ", ".join(map(identifier, source.key))
    con.execute(
        f"create or replace temp table {TOUCHED} as "
        f"select staged.* from {table_name(f'staging.{source.name}')} as staged "
        f"semi join {arrived} using ({key}) anti join {part_table(source)} using ({key})"
    )
    files = fetch(
        con,
        f"select distinct file.file_id, file.raw_file, coalesce(file.feed, '') as feed "
        f"from ledger.file as file semi join {TOUCHED} using (file_id)",
    )
    if files.height:
        paths = [literal(raw / name) for name in (EMPTY, *files["raw_file"].unique())]
        con.execute(_brought_back(source, ", ".join(paths)))
    con.execute(f"drop table {TOUCHED}")


def _brought_back(source: Source, paths: str) -> str:
    """The statement that keeps touched rows as parts, told apart as they were delivered.

    A record may have given several rows, so that the key is compared as well: of few rows, because
    reading a text as a day costs more than reading it.
    """
    key = ", ".join(map(identifier, source.key))
    return (
        f"insert into {part_table(source)} by name "
        "with delivered as materialized ("
        f"select {key}, file_id, line_number, part, portion, parse_filename(filename) as raw_file "
        f"from (from read_parquet([{paths}], union_by_name = true, filename = true) "
        "where not is_quarantined) "
        f"semi join {TOUCHED} using (file_id, line_number)), "
        f"typed as (select {casts.typed_key(source)}, file_id, line_number, part, portion, "
        "raw_file from delivered) "
        "select coalesce(file.feed, '') as feed, coalesce(typed.part, '') as part, "
        f"{portion_of(source, 'typed')} as portion, touched.* "
        f"from {TOUCHED} as touched "
        f"inner join typed using (file_id, line_number, {key}) "
        "inner join ledger.file as file on file.file_id = touched.file_id "
        "and file.raw_file = typed.raw_file"
    )


def count_lone(con: Connection, source: Source) -> dict[int, int]:
    """How many lone rows of each file stand."""
    key = ", ".join(map(identifier, source.key))
    return dict(
        fetch(
            con,
            f"select file_id, count(*) as n from {table_name(f'staging.{source.name}')} "
            f"anti join {part_table(source)} using ({key}) group by file_id",
        ).iter_rows()
    )
