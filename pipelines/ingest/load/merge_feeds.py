"""From the rows of several feeds to one row per key: merged column by column, part by part.

``ledger.part_<source>`` has the parts that stand of each feed and key, but for those that are the
only part of their key (`lone_parts`). A part is what a recipe's
``_part`` tells apart within one key: a day of a week, a shift of a day. A file brings the whole of
a portion (``_portion``): the parts of it that earlier files of the feed brought stand no longer. Of
the parts that arrive the keys are merged anew, and nothing else is looked at. A source with one
feed and no parts needs none of this.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.config.feeds import Feed
from pipelines.contracts import casts
from pipelines.contracts.sources import Source
from pipelines.core.queries import statement
from pipelines.core.raw_files import RawPath
from pipelines.core.sql_text import Expression, identifier, literal, same, value
from pipelines.core.table_changes import clear_table, drop_table
from pipelines.core.warehouse import Connection, fetch, fetch_value
from pipelines.ingest.load import source_notes
from pipelines.ingest.load.lone_parts import (
    are_alone,
    bring_back,
    count_lone,
    each_alone,
    is_as_staged,
    is_of_a_week,
    part_table,
    portion_of,
)
from pipelines.ingest.load.replaced import Replaced, counted, delete_replaced
from pipelines.ingest.read.delivery import PART, PORTION

CANONICAL_FEED = ""
"""The source's own folder: named before every feed."""
ARRIVED, ROWS = "_arrived_parts", "_part_rows"
CONTESTED = "_contested_keys"
"""Keys of which more feeds than the largest say something."""
_LATEST = "row(file_id, line_number)"
"""Of the parts of a key the one that was delivered last."""
PLANS = "ledger.merge_plan"
LAYOUT = 2
"""By which parts are kept; where they were kept by an earlier one, they are built anew."""
_LAST = 1000
"""Added to the rank of a feed in columns in which it goes after every other."""


@dataclass(frozen=True)
class FeedRules:
    """How one feed's parts are merged, and in which columns others go before it."""

    feed: str
    rules: dict[str, str]
    fallback: tuple[str, ...]


def write_plan(con: Connection, source: Source, feeds: Sequence[Feed], *, has_own: bool) -> None:
    """Note how a source's feeds are merged; nothing, where there is nothing to merge."""
    making = [feed for feed in feeds if source.name in feed.recipe.sources]
    has_parts = any(source.name in feed.recipe.declared.merge for feed in making)
    rules = [
        FeedRules(
            feed.name,
            feed.recipe.declared.merge.get(source.name, {}),
            feed.recipe.declared.fallback.get(source.name, ()),
        )
        for feed in making
    ]
    needed = has_parts or len(making) + has_own > 1
    plan = [FeedRules(CANONICAL_FEED, {}, ()), *rules] if making and needed else []
    source_notes.forget(con, PLANS, source.name)
    if plan:
        source_notes.note(con, PLANS, source.name, json.dumps([asdict(each) for each in plan]))


def read_plan(con: Connection, source: Source) -> tuple[FeedRules, ...]:
    """How the source's feeds are merged; empty where they aren't."""
    text = plan_text(con, source)
    return tuple(FeedRules(**each) for each in json.loads(text)) if text else ()


def plan_text(con: Connection, source: Source) -> str:
    """The plan as it is kept."""
    return source_notes.noted(con, PLANS, source.name) or ""


def settle_parts(
    con: Connection, source: Source, rows: pa.Table, feed: str, raw: RawPath, *, is_tombstone: bool
) -> Replaced:
    """Upsert a delivery's parts and merge their keys anew; the rows replaced.

    A tombstone deletes a key for every feed. ``raw`` is the source's folder of deliveries.
    """
    con.register(ROWS, _in_parts(source, rows, feed))
    try:
        if not is_tombstone and are_alone(con, source, rows, ROWS):
            _stage_alone(con, source, feed)
            return Replaced()
        con.execute(statement("loading/arrived_parts", key=source.key))
        bring_back(con, source, ARRIVED, raw)
        replaced = _replaced(con, source, is_tombstone=is_tombstone)
        if not is_tombstone:
            _keep_parts(con, source, "true")
    finally:
        con.unregister(ROWS)
    delete_replaced(con, f"staging.{source.name}", ARRIVED, source.key)
    if not is_tombstone:
        _stage(con, source, _merged(con, source, ARRIVED))
    drop_table(con, ARRIVED)
    return replaced


def _stage(con: Connection, source: Source, query: str) -> None:
    staged, rows = f"staging.{source.name}", Expression(query)
    con.execute(statement("loading/stage_merged", staged=staged, rows=rows))


def _stage_alone(con: Connection, source: Source, feed: str) -> None:
    """Stage rows each of which is the only part of its key; those that lack a column wait."""
    rules = next((each.rules for each in read_plan(con, source) if each.feed == feed), {})
    required = _required_condition(source)
    _keep_parts(con, source, f"not ({required})" if is_as_staged(rules) else "true")
    _stage(con, source, each_alone(source, rules, ROWS, required))


def _keep_parts(con: Connection, source: Source, condition: str) -> None:
    parts = part_table(source)
    columns, wanted = con.table(parts).columns, Expression(condition)
    con.execute(statement("loading/keep_parts", parts=parts, columns=columns, condition=wanted))


def _required_condition(source: Source) -> str:
    """True of rows that have every column that the source must have."""
    filled = (
        f"{identifier(name)} is not null"
        for name in source.required_columns
        if name not in source.key
    )
    return " and ".join(filled) or "true"


def _in_parts(source: Source, rows: pa.Table, feed: str) -> pa.Table:
    """The rows with the names of their feed, portion and part."""
    empty = pa.repeat(pa.scalar("", pa.string()), rows.num_rows)
    told = {
        name: pc.fill_null(rows.column(name).cast(pa.string()), "")
        for name in (PART, PORTION)
        if name in rows.column_names
    }
    part = told.get(PART, empty)
    portion = told.get(PORTION, part if is_of_a_week(source) else empty)
    return (
        rows.drop_columns([*told])
        .append_column("feed", pa.repeat(pa.scalar(feed, pa.string()), rows.num_rows))
        .append_column("part", part)
        .append_column("portion", portion)
    )


def _replaced(con: Connection, source: Source, *, is_tombstone: bool) -> Replaced:
    """Delete what stood in the place of what arrived; how many rows."""
    parts, names = part_table(source), (*source.key, "feed", "portion")
    if is_tombstone:
        names = source.key
        same_key = same("stood", "replacing", names)
        query = statement("loading/deleted_parts", parts=parts, same_key=same_key)
    else:
        query = statement(
            "loading/replaced_parts",
            counts=Expression(counted(source.value_columns)),
            parts=parts,
            same_part=same("stood", "arrived", (*names, "part")),
            same_key=same("stood", "replacing", names),
        )
    stood = fetch(con, query)
    if stood.height:
        delete_replaced(con, parts, ARRIVED, names)
    replaced = Replaced()
    replaced.add(stood.iter_rows())
    return replaced


def build_parts(con: Connection, source: Source) -> None:
    """Build the parts, and the staged rows, anew from everything that was delivered."""
    con.execute(_newest_parts(source))
    clear_table(con, f"staging.{source.name}")
    _stage(con, source, _merged(con, source, None))


def _newest_parts(source: Source) -> str:
    """The parts of each feed's newest file of a key's portion that no later tombstone deletes."""
    typed = ", ".join(
        f"{casts.cast(column, casts.clean(identifier(column.name)))} as {identifier(column.name)}"
        if column.type != "text"
        else f"{casts.clean(identifier(column.name))} as {identifier(column.name)}"
        for column in source.columns
    )
    kept = [*source.column_names, *(["extra"] if source.keeps_extra else [])]
    return statement(
        "loading/newest_parts",
        parts=part_table(source),
        typed=Expression(f"{typed}, raw.extra" if source.keeps_extra else typed),
        portion=Expression(portion_of(source, "raw")),
        raw=f"raw.{source.name}",
        key=source.key,
        kept=_of_part(kept),
        same_key=same("part", "gone", source.key),
        part_key=_of_part(source.key),
    )


def _of_part(columns: Sequence[str]) -> Expression:
    return Expression(", ".join(f"part.{identifier(name)}" for name in columns))


def _merged(con: Connection, source: Source, keys: str | None) -> str:
    """The query for the merged rows, of some keys or of all; rows that lack a column wait."""
    plan, values = read_plan(con, source), source.value_columns
    by_feed = " union all by name ".join(
        _of_feed(source, rules, rank, values, keys)
        for rank, rules in enumerate([*plan, _strangers(plan)])
    )
    chosen = (
        f"arg_min({identifier(name)}, {_rank(plan, name)}) as {identifier(name)},"
        for name in values
    )
    return statement(
        "loading/merged",
        by_feed=Expression(by_feed),
        key=source.key,
        values=Expression(" ".join(chosen)),
        is_complete=Expression(_required_condition(source)),
    )


def _strangers(plan: Sequence[FeedRules]) -> FeedRules:
    """The rules of feeds that are no longer declared, whose rows stay."""
    return FeedRules("\0".join(rules.feed for rules in plan), {}, ())


def _rank(plan: Sequence[FeedRules], column: str) -> str:
    last = [str(rank) for rank, rules in enumerate(plan) if column in rules.fallback]
    if not last:
        return "_rank"
    return f"(case when _rank in ({', '.join(last)}) then _rank + {_LAST} else _rank end)"


def _of_feed(
    source: Source, rules: FeedRules, rank: int, values: Sequence[str], keys: str | None
) -> str:
    """One row per key of one feed, its parts merged by its rules."""
    named = [literal(name) for name in rules.feed.split("\0")]
    of_feed = (
        f"feed = {named[0]}" if "\0" not in rules.feed else f"feed not in ({', '.join(named)})"
    )
    merged = (f"{_of_parts(source, name, rules)} as {identifier(name)}," for name in values)
    key = ", ".join(map(identifier, source.key))
    return statement(
        "loading/of_feed",
        key=source.key,
        values=Expression(" ".join(merged)),
        rank=value(rank),
        parts=part_table(source),
        wanted=Expression(f"semi join {keys} using ({key})" if keys else ""),
        is_of_feed=Expression(of_feed),
    )


def _of_parts(source: Source, name: str, rules: FeedRules) -> str:
    """The value of a column over the parts of one key."""
    column = identifier(name)
    rule, _, other = rules.rules.get(name, "").partition(":")
    if rule == "sum":
        kind = "bigint" if source.column(name).type == "integer" else "double"
        return f"cast(sum({column}) as {kind})"
    if rule == "mean" and other:
        weight = identifier(other)
        known = f"filter (where {column} is not null)"
        return f"sum({column} * {weight}) {known} / nullif(sum({weight}) {known}, 0)"
    if rule == "mean":
        return f"avg({column})"
    if rule == "largest":
        return f"arg_max({column}, row({identifier(other)}, file_id, line_number))"
    return f"arg_max({column}, {_LATEST})"


def count_parts(con: Connection, source: Source) -> dict[int, int]:
    """How many parts of each file stand, the lone ones among them."""
    counts = count_lone(con, source)
    found = fetch(con, statement("loading/rows_by_file", counted=part_table(source)))
    for file_id, n in found.iter_rows():
        counts[file_id] = counts.get(file_id, 0) + n
    return counts


def merge_notes(con: Connection, source: Source) -> tuple[str, ...]:
    """What merging came upon: keys that wait for another feed, values that feeds disagree on."""
    if not read_plan(con, source):
        return ()
    waiting = statement(
        "loading/n_waiting_keys",
        key=source.key,
        parts=part_table(source),
        is_complete=Expression(_required_condition(source)),
        staged=f"staging.{source.name}",
    )
    n_waiting = fetch_value(con, waiting)
    notes = []
    if n_waiting:
        notes.append(
            f"{source.name}: {n_waiting:,} keys wait for another feed that gives them "
            f"{', '.join(source.required_columns)}"
        )
    return (*notes, *_conflicts(con, source))


def _conflicts(con: Connection, source: Source) -> list[str]:
    """In how many keys feeds say different things about one column."""
    plan = read_plan(con, source)
    values = [name for name in source.column_names if name not in source.key]
    if len(plan) < 3 or not values:
        return []
    con.execute(statement("loading/contested_keys", key=source.key, parts=part_table(source)))
    by_feed = " union all by name ".join(
        _of_feed(source, rules, rank, values, CONTESTED) for rank, rules in enumerate(plan)
    )
    differs = ", ".join(
        f"count(distinct {identifier(name)}) filter (where not _rank in "
        f"({', '.join(_fallback_ranks(plan, name)) or '-1'})) > 1 as {identifier(name)}"
        for name in values
    )
    total = ", ".join(
        f"count(*) filter (where {identifier(name)}) as c_{n}" for n, name in enumerate(values)
    )
    query = statement(
        "loading/conflicts",
        by_feed=Expression(by_feed),
        differs=Expression(differs),
        key=source.key,
        counts=Expression(total),
    )
    found = fetch(con, query)
    drop_table(con, CONTESTED)
    return [
        f"{source.name}: feeds disagree on {name} of {n:,} keys; the feed named first is believed"
        for name, n in zip(values, found.row(0), strict=True)
        if n
    ]


def _fallback_ranks(plan: Sequence[FeedRules], column: str) -> list[str]:
    return [str(rank) for rank, rules in enumerate(plan) if column in rules.fallback]
