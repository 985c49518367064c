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
from pipelines.core.raw_files import RawPath
from pipelines.core.sql_text import identifier, literal, table_name
from pipelines.core.warehouse import Connection, fetch, fetch_value
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
from pipelines.ingest.load.replaced import Replaced, counted
from pipelines.ingest.read.delivery import PART, PORTION

CANONICAL_FEED = ""
"""The source's own folder: named before every feed."""
ARRIVED, ROWS = "_arrived_parts", "_part_rows"
CONTESTED = "_contested_keys"
"""Keys of which more feeds than the largest say something."""
_LATEST = "row(file_id, line_number)"
"""Of the parts of a key the one that was delivered last."""
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
    con.execute("delete from ledger.merge_plan where source = ?", [source.name])
    if plan:
        text = json.dumps([asdict(each) for each in plan])
        con.execute("insert into ledger.merge_plan values (?, ?)", [source.name, text])


def read_plan(con: Connection, source: Source) -> tuple[FeedRules, ...]:
    """How the source's feeds are merged; empty where they aren't."""
    text = plan_text(con, source)
    return tuple(FeedRules(**each) for each in json.loads(text)) if text else ()


def plan_text(con: Connection, source: Source) -> str:
    """The plan as it is kept."""
    found = con.execute(
        "select plan from ledger.merge_plan where source = ?", [source.name]
    ).fetchall()
    return str(found[0][0]) if found else ""


def settle_parts(
    con: Connection, source: Source, rows: pa.Table, feed: str, raw: RawPath, *, is_tombstone: bool
) -> Replaced:
    """Upsert a delivery's parts and merge their keys anew; the rows replaced.

    A tombstone deletes a key for every feed. ``raw`` is the source's folder of deliveries.
    """
    con.register(ROWS, _in_parts(source, rows, feed))
    key = ", ".join(map(identifier, source.key))
    try:
        if not is_tombstone and are_alone(con, source, rows, ROWS):
            _stage_alone(con, source, feed)
            return Replaced()
        con.execute(
            f"create or replace temp table {ARRIVED} as select {key}, feed, portion from {ROWS}"
        )
        bring_back(con, source, ARRIVED, raw)
        replaced = _replaced(con, source, is_tombstone=is_tombstone)
        if not is_tombstone:
            _keep_parts(con, source, "true")
    finally:
        con.unregister(ROWS)
    same = " and ".join(f"staged.{name} = arrived.{name}" for name in map(identifier, source.key))
    staging = table_name(f"staging.{source.name}")
    con.execute(f"delete from {staging} as staged using {ARRIVED} as arrived where {same}")
    if not is_tombstone:
        con.execute(f"insert into {staging} by name {_merged(con, source, ARRIVED)}")
    con.execute(f"drop table {ARRIVED}")
    return replaced


def _stage_alone(con: Connection, source: Source, feed: str) -> None:
    """Stage rows each of which is the only part of its key; those that lack a column wait."""
    rules = next((each.rules for each in read_plan(con, source) if each.feed == feed), {})
    required = _required_condition(source)
    _keep_parts(con, source, f"not ({required})" if is_as_staged(rules) else "true")
    query = each_alone(source, rules, ROWS, required)
    con.execute(f"insert into {table_name(f'staging.{source.name}')} by name {query}")


def _keep_parts(con: Connection, source: Source, condition: str) -> None:
    target = part_table(source)
    names = con.sql(f"select * from {target} limit 0").columns
    listed = ", ".join(map(identifier, names))
    con.execute(f"insert into {target} by name select {listed} from {ROWS} where {condition}")


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
    names = source.key if is_tombstone else (*source.key, "feed", "portion")
    same = " and ".join(f"stood.{name} = arrived.{name}" for name in map(identifier, names))
    target = part_table(source)
    of_part = " and ".join(
        f"stood.{name} = arrived.{name}"
        for name in map(identifier, (*source.key, "feed", "portion", "part"))
    )
    counts = "count(*), count(*)" if is_tombstone else counted(source.value_columns)
    beside = "" if is_tombstone else f"left join {ROWS} as arrived on {of_part}"
    stood = fetch(
        con,
        f"select stood.file_id, {counts} from {target} as stood {beside} "
        f"where exists (select 1 from {ARRIVED} as arrived where {same}) group by stood.file_id",
    )
    if stood.height:
        con.execute(f"delete from {target} as stood using {ARRIVED} as arrived where {same}")
    replaced = Replaced()
    replaced.add(stood.iter_rows())
    return replaced


def build_parts(con: Connection, source: Source) -> None:
    """Build the parts, and the staged rows, anew from everything that was delivered."""
    con.execute(f"create or replace table {part_table(source)} as {_newest_parts(source)}")
    staging = table_name(f"staging.{source.name}")
    con.execute(f"delete from {staging}")
    con.execute(f"insert into {staging} by name {_merged(con, source, None)}")


def _newest_parts(source: Source) -> str:
    """The parts of each feed's newest file of a key's portion that no later tombstone deletes."""
    typed = ", ".join(
        f"{casts.cast(column, casts.clean(identifier(column.name)))} as {identifier(column.name)}"
        if column.type != "text"
        else f"{casts.clean(identifier(column.name))} as {identifier(column.name)}"
        for column in source.columns
    )
    extra = "raw.extra, " if source.keeps_extra else ""
    key = ", ".join(map(identifier, source.key))
    kept = [*source.column_names, *(["extra"] if source.keeps_extra else [])]
    same = " and ".join(f"part.{name} = gone.{name}" for name in map(identifier, source.key))
    of_part = ", ".join(f"part.{identifier(name)}" for name in source.key)
    return f"""
        with typed as (
            select {typed}, {extra} raw.file_id, raw.line_number, raw.is_tombstone,
                coalesce(file.feed, '') as feed, coalesce(raw.part, '') as part,
                {portion_of(source, "raw")} as portion
            from {table_name(f"raw.{source.name}")} as raw
            inner join (select file_id, feed from ledger.file) as file
                on file.file_id = raw.file_id
            where not raw.is_quarantined
        ),
        gone as (
            select {key}, max(file_id) as gone_id from typed where is_tombstone group by {key}
        )
        select part.feed, part.part, part.portion,
            {", ".join(f"part.{identifier(name)}" for name in kept)},
            part.file_id, part.line_number
        from typed as part
        left join gone on {same}
        where not part.is_tombstone and (gone.gone_id is null or part.file_id > gone.gone_id)
        qualify rank() over (
            partition by part.feed, part.portion, {of_part} order by part.file_id desc
        ) = 1
        and row_number() over (
            partition by part.feed, part.portion, part.part, {of_part}
            order by part.file_id desc, part.line_number desc
        ) = 1
    """


def _merged(con: Connection, source: Source, keys: str | None) -> str:
    """The query for the merged rows, of some keys or of all; rows that lack a column wait."""
    plan = read_plan(con, source)
    key = ", ".join(map(identifier, source.key))
    values = source.value_columns
    by_feed = " union all by name ".join(
        _of_feed(source, rules, rank, values, keys)
        for rank, rules in enumerate([*plan, _strangers(plan)])
    )
    chosen = ", ".join(
        f"arg_min({identifier(name)}, {_rank(plan, name)}) as {identifier(name)}" for name in values
    )
    return f"""
        select * from (
            select {key}, {chosen + "," if chosen else ""}
                arg_min(file_id, _rank) as file_id, arg_min(line_number, _rank) as line_number
            from ({by_feed})
            group by {key}
        )
        where {_required_condition(source)}
    """


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
    key = ", ".join(map(identifier, source.key))
    named = [literal(name) for name in rules.feed.split("\0")]
    of_feed = (
        f"feed = {named[0]}" if "\0" not in rules.feed else f"feed not in ({', '.join(named)})"
    )
    merged = ", ".join(f"{_of_parts(source, name, rules)} as {identifier(name)}" for name in values)
    wanted = f"semi join {keys} using ({key})" if keys else ""
    return (
        f"(select {key}, {merged + ',' if merged else ''} {rank} as _rank, "
        f"max(file_id) as file_id, arg_max(line_number, {_LATEST}) as line_number "
        f"from {part_table(source)} {wanted} where {of_feed} group by {key})"
    )


def _of_parts(source: Source, name: str, rules: FeedRules) -> str:
    """The value of a column over the parts of one key."""
    value = identifier(name)
    rule, _, other = rules.rules.get(name, "").partition(":")
    if rule == "sum":
        kind = "bigint" if source.column(name).type == "integer" else "double"
        return f"cast(sum({value}) as {kind})"
    if rule == "mean" and other:
        weight = identifier(other)
        known = f"filter (where {value} is not null)"
        return f"sum({value} * {weight}) {known} / nullif(sum({weight}) {known}, 0)"
    if rule == "mean":
        return f"avg({value})"
    if rule == "largest":
        return f"arg_max({value}, row({identifier(other)}, file_id, line_number))"
    return f"arg_max({value}, {_LATEST})"


def count_parts(con: Connection, source: Source) -> dict[int, int]:
    """How many parts of each file stand, the lone ones among them."""
    counts = count_lone(con, source)
    found = fetch(con, f"select file_id, count(*) as n from {part_table(source)} group by file_id")
    for file_id, n in found.iter_rows():
        counts[file_id] = counts.get(file_id, 0) + n
    return counts


def merge_notes(con: Connection, source: Source) -> tuple[str, ...]:
    """What merging came upon: keys that wait for another feed, values that feeds disagree on."""
    if not read_plan(con, source):
        return ()
    key = ", ".join(map(identifier, source.key))
    n_waiting = fetch_value(
        con,
        f"select count(*) from (select distinct {key} from {part_table(source)} "
        f"where not ({_required_condition(source)})) as part anti join "
        f"{table_name(f'staging.{source.name}')} using ({key})",
    )
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
    key = ", ".join(map(identifier, source.key))
    con.execute(
        f"create or replace temp table {CONTESTED} as select distinct {key} "
        f"from {part_table(source)} where feed <> (select mode(feed) from {part_table(source)})"
    )
    by_feed = " union all by name ".join(
        _of_feed(source, rules, rank, values, CONTESTED) for rank, rules in enumerate(plan)
    )
    counted = ", ".join(
        f"count(distinct {identifier(name)}) filter (where not _rank in "
        f"({', '.join(_fallback_ranks(plan, name)) or '-1'})) > 1 as {identifier(name)}"
        for name in values
    )
    total = ", ".join(
        f"count(*) filter (where {identifier(name)}) as c_{n}" for n, name in enumerate(values)
    )
    found = fetch(con, f"select {total} from (select {counted} from ({by_feed}) group by {key})")
    con.execute(f"drop table {CONTESTED}")
    return [
        f"{source.name}: feeds disagree on {name} of {n:,} keys; the feed named first is believed"
        for name, n in zip(values, found.row(0), strict=True)
        if n
    ]


def _fallback_ranks(plan: Sequence[FeedRules], column: str) -> list[str]:
    return [str(rank) for rank, rules in enumerate(plan) if column in rules.fallback]
