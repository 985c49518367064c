"""From a delivery's sound rows to staging: the newest row of each key, whatever history's size.

``sql/staging/<source>.sql`` says what stands: of the rows with one key the newest, unless it is a
tombstone. A delivery is always the newest, so its rows take the place of those with their keys,
and nothing else has to be looked at. Where that isn't so (a file read again in its place, a changed
contract or time zone, a warehouse of an earlier version) staging is built anew from raw by the
model.

What a tombstone deleted is in ``ledger.deleted_<source>``: its key stands there, so that the
ledger can say which tombstone a later row with the key took the place of.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa

from pipelines.contracts import casts
from pipelines.contracts.sources import Source
from pipelines.core.judged_up_to import forget_judged
from pipelines.core.raw_files import RawPath
from pipelines.core.sql_models import SQL_FOLDER, SqlModel
from pipelines.core.sql_text import identifier, table_name
from pipelines.core.warehouse import Connection, count_rows, fetch, fetch_value
from pipelines.engine.engine import IN_DUCKDB, Engine
from pipelines.ingest.load import file_ledger, merge_feeds
from pipelines.ingest.load.replaced import Replaced, counted

ARRIVED = "_arrived"


def is_current(con: Connection, source: Source) -> bool:
    """Whether ``staging.<source>`` was built by the present model, and kept since."""
    known = con.execute(
        "select fingerprint from ledger.staged where source = ?", [source.name]
    ).fetchall()
    return known == [(_fingerprint(con, source),)]


def build_anew(con: Connection, source: Source, engine: Engine = IN_DUCKDB) -> None:
    """Rebuild a staging table from everything that was ever delivered, as its model says."""
    raw = f"raw.{source.name}"
    made_in = engine if count_rows(con, raw) else IN_DUCKDB
    made_in.build(con, SqlModel("staging", source.name, _model(source), (("raw", source.name),)))
    if merge_feeds.plan_text(con, source):
        merge_feeds.build_parts(con, source)
    con.execute(f"create or replace table {_deleted_table(source)} as {_deleted_keys(source)}")
    forget(con, source)
    con.execute("insert into ledger.staged values (?, ?)", [source.name, _fingerprint(con, source)])


def keep_staged(con: Connection, source: Source, engine: Engine = IN_DUCKDB) -> int:
    """Build ``staging.<source>`` anew unless it is up to date; returns its number of rows."""
    if not is_current(con, source):
        build_anew(con, source, engine)
        file_ledger.recount(con, source, count_current(con, source))
    return count_rows(con, f"staging.{source.name}")


def forget(con: Connection, source: Source) -> None:
    """Note that what is staged is out of date, until it is built anew."""
    con.execute("delete from ledger.staged where source = ?", [source.name])
    con.execute("delete from ledger.aside_count where source = ?", [source.name])
    forget_judged(con, source.name)


def upsert(
    con: Connection,
    source: Source,
    rows: pa.Table,
    *,
    raw: RawPath,
    is_tombstone: bool,
    feed: str | None = None,
) -> Replaced:
    """Upsert a delivery's rows, one per key; merge them where the source has several feeds.

    ``rows`` has the columns of ``staging.<source>``; of a tombstone the key is enough. ``raw`` is
    the source's folder of deliveries.
    """
    if merge_feeds.plan_text(con, source):
        return _settle_parts(con, source, rows, feed, raw, is_tombstone=is_tombstone)
    con.register("_rows", rows)
    try:
        con.execute(f"create or replace temp table {ARRIVED} as select {_key(source)} from _rows")
        replaced = _replace(con, source, is_tombstone=is_tombstone)
        target = _deleted_table(source) if is_tombstone else _staging_table(source)
        names = con.sql(f"select * from {target} limit 0").columns
        con.execute(f"insert into {target} select {', '.join(map(identifier, names))} from _rows")
    finally:
        con.unregister("_rows")
    con.execute(f"drop table {ARRIVED}")
    return replaced


def _settle_parts(
    con: Connection,
    source: Source,
    rows: pa.Table,
    feed: str | None,
    raw: RawPath,
    *,
    is_tombstone: bool,
) -> Replaced:
    """Merge a delivery's rows with those of other feeds; what a tombstone deletes is noted."""
    named = feed or merge_feeds.CANONICAL_FEED
    if not is_tombstone and not count_rows(con, f"ledger.deleted_{source.name}"):
        return merge_feeds.settle_parts(con, source, rows, named, raw, is_tombstone=False)
    con.register("_rows", rows)
    try:
        con.execute(f"create or replace temp table {ARRIVED} as select {_key(source)} from _rows")
        same_key = " and ".join(
            f"standing.{name} = arrived.{name}" for name in map(identifier, source.key)
        )
        target = _deleted_table(source)
        gone = fetch(
            con,
            f"select standing.file_id, count(*) as n_rows, count(*) as n_changed "
            f"from {target} as standing "
            f"where exists (select 1 from {ARRIVED} as arrived where {same_key}) "
            "group by standing.file_id",
        )
        con.execute(f"delete from {target} as standing using {ARRIVED} as arrived where {same_key}")
        if is_tombstone:
            names = con.sql(f"select * from {target} limit 0").columns
            con.execute(
                f"insert into {target} select {', '.join(map(identifier, names))} from _rows"
            )
    finally:
        con.unregister("_rows")
    con.execute(f"drop table {ARRIVED}")
    replaced = merge_feeds.settle_parts(con, source, rows, named, raw, is_tombstone=is_tombstone)
    replaced.add(gone.iter_rows())
    return replaced


def _replace(con: Connection, source: Source, *, is_tombstone: bool) -> Replaced:
    """Delete the current rows under the keys that arrived."""
    replaced = Replaced()
    same_key = " and ".join(
        f"stood.{name} = arrived.{name}" for name in map(identifier, source.key)
    )
    for table in (_staging_table(source), _deleted_table(source)):
        is_compared = table == _staging_table(source) and not is_tombstone
        counts = counted(source.value_columns) if is_compared else "count(*), count(*)"
        stood = fetch(
            con,
            f"select stood.file_id, {counts} from {table} as stood "
            f"inner join _rows as arrived on {same_key} group by stood.file_id",
        )
        replaced.add(stood.iter_rows())
        if stood.height:
            con.execute(f"delete from {table} as stood using {ARRIVED} as arrived where {same_key}")
    return replaced


def count_current(con: Connection, source: Source) -> dict[int, int]:
    """Count the current rows of each file, those of tombstones among them."""
    if merge_feeds.plan_text(con, source):
        counts = merge_feeds.count_parts(con, source)
        deleted = f"select file_id, count(*) as n from {_deleted_table(source)} group by file_id"
        for file_id, n in fetch(con, deleted).iter_rows():
            counts[file_id] = counts.get(file_id, 0) + n
        return counts
    frame = fetch(
        con,
        f"""
        select file_id, count(*) as n_rows
        from (
            select file_id from {_staging_table(source)}
            union all
            select file_id from {_deleted_table(source)}
        )
        group by file_id
        """,
    )
    return dict(frame.iter_rows())


def _staging_table(source: Source) -> str:
    return table_name(f"staging.{source.name}")


def _deleted_table(source: Source) -> str:
    return table_name(f"ledger.deleted_{source.name}")


def _key(source: Source) -> str:
    return ", ".join(map(identifier, source.key))


def _model(source: Source) -> Path:
    return SQL_FOLDER / "staging" / f"{source.name}.sql"


def _fingerprint(con: Connection, source: Source) -> str:
    """What staging depends on beside raw: the model, and the zone of times with an offset."""
    zone = str(fetch_value(con, "select current_setting('TimeZone')"))
    plan = merge_feeds.plan_text(con, source)
    plan = f"{plan}{merge_feeds.LAYOUT}" if plan else plan
    return hashlib.sha256(_model(source).read_bytes() + f"{zone}{plan}".encode()).hexdigest()


def _deleted_keys(source: Source) -> str:
    """Return the query for the keys that a tombstone deleted."""
    key = _key(source)
    return f"""
        with typed as (
            select {casts.typed_key(source)}, file_id, line_number, is_tombstone
            from {table_name(f"raw.{source.name}")}
            where not is_quarantined
        ),
        newest as (
            select *
            from typed
            qualify row_number() over (
                partition by {key} order by file_id desc, line_number desc
            ) = 1
        )
        select {key}, file_id, line_number from newest where is_tombstone
    """
