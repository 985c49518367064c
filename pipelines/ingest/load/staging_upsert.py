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
from pipelines.core.queries import statement
from pipelines.core.raw_files import RawPath
from pipelines.core.sql_models import SQL_FOLDER, SqlModel
from pipelines.core.sql_text import Expression, same
from pipelines.core.table_changes import drop_table
from pipelines.core.warehouse import Connection, count_rows, fetch, fetch_value, time_zone
from pipelines.engine.engine import IN_DUCKDB, Engine
from pipelines.ingest.load import file_ledger, merge_feeds, source_notes
from pipelines.ingest.load.file_ledger import LedgerFile
from pipelines.ingest.load.replaced import Replaced, counted, delete_replaced

ARRIVED = "_arrived"
STAGED = "ledger.staged"


def is_current(con: Connection, source: Source) -> bool:
    """Whether ``staging.<source>`` was built by the present model, and kept since."""
    return source_notes.noted(con, STAGED, source.name) == _fingerprint(con, source)


def build_anew(con: Connection, source: Source, engine: Engine = IN_DUCKDB) -> None:
    """Rebuild a staging table from everything that was ever delivered, as its model says."""
    raw = f"raw.{source.name}"
    made_in = engine if count_rows(con, raw) else IN_DUCKDB
    made_in.build(con, SqlModel("staging", source.name, _model(source), (("raw", source.name),)))
    if merge_feeds.plan_text(con, source):
        merge_feeds.build_parts(con, source)
    con.execute(
        statement(
            "loading/deleted_keys",
            deleted=_deleted_table(source),
            typed_key=Expression(casts.typed_key(source)),
            raw=raw,
            key=source.key,
        )
    )
    forget(con, source)
    source_notes.note(con, STAGED, source.name, _fingerprint(con, source))


def keep_staged(con: Connection, source: Source, engine: Engine = IN_DUCKDB) -> int:
    """Build ``staging.<source>`` anew unless it is up to date; returns its number of rows."""
    if not is_current(con, source):
        build_anew(con, source, engine)
        file_ledger.recount(con, source, count_current(con, source))
    return count_rows(con, f"staging.{source.name}")


def forget(con: Connection, source: Source) -> None:
    """Note that what is staged is out of date, until it is built anew."""
    for notes in (STAGED, "ledger.aside_count"):
        source_notes.forget(con, notes, source.name)
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
        con.execute(statement("loading/arrived_keys", key=source.key))
        replaced = _replace(con, source, is_tombstone=is_tombstone)
        _add_rows(con, _deleted_table(source) if is_tombstone else _staging_table(source))
    finally:
        con.unregister("_rows")
    drop_table(con, ARRIVED)
    return replaced


def _add_rows(con: Connection, target: str) -> None:
    columns = con.table(target).columns
    con.execute(statement("loading/add_rows", target=target, columns=columns))


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
        con.execute(statement("loading/arrived_keys", key=source.key))
        target = _deleted_table(source)
        same_key = same("stood", "arrived", source.key)
        gone = fetch(con, statement("loading/n_standing_under", standing=target, same_key=same_key))
        delete_replaced(con, target, ARRIVED, source.key)
        if is_tombstone:
            _add_rows(con, target)
    finally:
        con.unregister("_rows")
    drop_table(con, ARRIVED)
    replaced = merge_feeds.settle_parts(con, source, rows, named, raw, is_tombstone=is_tombstone)
    replaced.add(gone.iter_rows())
    return replaced


def _replace(con: Connection, source: Source, *, is_tombstone: bool) -> Replaced:
    """Delete the current rows under the keys that arrived."""
    replaced = Replaced()
    same_key = same("stood", "arrived", source.key)
    for table in (_staging_table(source), _deleted_table(source)):
        is_compared = table == _staging_table(source) and not is_tombstone
        counts = counted(source.value_columns) if is_compared else "count(*), count(*)"
        query = statement(
            "loading/replaced_rows", standing=table, counts=Expression(counts), same_key=same_key
        )
        stood = fetch(con, query)
        replaced.add(stood.iter_rows())
        if stood.height:
            delete_replaced(con, table, ARRIVED, source.key)
    return replaced


def still_stands(con: Connection, source: Source, file: LedgerFile, raw: RawPath) -> bool:
    """Whether every row of a loaded delivery stands, or of a tombstone every deletion.

    ``raw`` is the source's folder of deliveries. Where staging is out of date it can't be said.
    """
    if not is_current(con, source):
        return False
    n_standing, n_sound = file.n_accepted or 0, (file.n_rows or 0) - (file.n_quarantined or 0)
    if n_standing == n_sound or file.raw_file is None:
        return n_standing == n_sound
    typed_key = Expression(casts.typed_key(source))
    query = statement("loading/n_keys_delivered", typed_key=typed_key)
    asked = {"raw_file": str(raw / file.raw_file), "file_id": file.file_id}
    return n_standing == int(fetch_value(con, query, asked))


def count_current(con: Connection, source: Source) -> dict[int, int]:
    """Count the current rows of each file, those of tombstones among them."""
    if merge_feeds.plan_text(con, source):
        counts = merge_feeds.count_parts(con, source)
        deleted = statement("loading/rows_by_file", counted=_deleted_table(source))
        for file_id, n in fetch(con, deleted).iter_rows():
            counts[file_id] = counts.get(file_id, 0) + n
        return counts
    standing = statement(
        "loading/current_by_file", staged=_staging_table(source), deleted=_deleted_table(source)
    )
    return dict(fetch(con, standing).iter_rows())


def _staging_table(source: Source) -> str:
    return f"staging.{source.name}"


def _deleted_table(source: Source) -> str:
    return f"ledger.deleted_{source.name}"


def _model(source: Source) -> Path:
    return SQL_FOLDER / "staging" / f"{source.name}.sql"


def _fingerprint(con: Connection, source: Source) -> str:
    """What staging depends on beside raw: the model, and the zone of times with an offset."""
    plan = merge_feeds.plan_text(con, source)
    plan = f"{plan}{merge_feeds.LAYOUT}" if plan else plan
    return hashlib.sha256(
        _model(source).read_bytes() + f"{time_zone(con)}{plan}".encode()
    ).hexdigest()
