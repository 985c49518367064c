"""From a database's query to one Parquet delivery, written whole or not at all.

Deliveries lie in ``pulled/<feed>/``, never in ``landing/``, which belongs to whoever drops files
there. A pull is written beside the others under a hidden name and gets its own when every record
has come. The same records as at the last pull, in whatever order, are no new delivery.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.config.databases import Database
from pipelines.config.settings import Limits, Settings
from pipelines.core.errors import GateError
from pipelines.core.private_files import FILE_MODE, make_durable
from pipelines.core.workspace import PRIVATE_MODE
from pipelines.ingest.pull.connection import PullError, opened_records
from pipelines.ingest.pull.record_types import check_schema, plain_batch, plain_schema, words_for
from pipelines.ingest.read.limits import limit_bytes

UNFINISHED = ".part"
_STAMP = "%Y%m%dT%H%M%S-%fZ"
_NAME = re.compile(r"-(\d{8})T\d{6}-\d{6}Z\.parquet$")
_SEEDS = (1, 2)


@dataclass(frozen=True)
class Pull:
    """What became of a feed's pull; ``refusal`` says why nothing new came, None where all is well.

    ``folder`` has the deliveries of this and earlier pulls.
    """

    feed: str
    folder: Path
    refusal: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Told:
    """What a pull's file says of itself: its records' digest, its query, its columns' kinds."""

    digest: str
    query: str
    kinds: dict[str, str]

    @staticmethod
    def of(path: Path) -> _Told | None:
        """What a file says; None where it isn't one that was pulled."""
        try:
            known = pq.read_metadata(path).metadata or {}
            return _Told(
                known[b"digest"].decode(),
                known[b"query"].decode(),
                json.loads(known[b"kinds"]),
            )
        except (pa.ArrowException, OSError, KeyError, ValueError):
            return None

    def as_metadata(self) -> dict[str, str]:
        """As it is written into the file."""
        return {"digest": self.digest, "query": self.query, "kinds": json.dumps(self.kinds)}


def pull(
    database: Database,
    folder: Path,
    now: dt.datetime,
    limits: Limits,
    *,
    kept_from: dt.date | None = None,
) -> Pull:
    """Pull a feed's records into its folder; nothing is raised for what database or query do.

    Args:
        folder: where the feed's deliveries lie; it is made, for its user alone.
        kept_from: deliveries that were pulled before this day go.
    """
    folder.parent.mkdir(mode=PRIVATE_MODE, parents=True, exist_ok=True)
    folder.mkdir(mode=PRIVATE_MODE, exist_ok=True)
    for left in folder.glob(f".*{UNFINISHED}"):
        left.unlink()
    last = last_pull(folder)
    unfinished = folder / f".{database.feed}{UNFINISHED}"
    try:
        told, n_rows = _write(database, unfinished, last, limits)
        notes = _settle(database, folder, unfinished, told, last, now, n_rows)
    except GateError as error:
        return Pull(database.feed, folder, f"nothing was taken: {error}; {_standing(last, folder)}")
    finally:
        unfinished.unlink(missing_ok=True)
    if kept_from is not None:
        _drop_old(folder, kept_from)
    return Pull(database.feed, folder, notes=notes)


def pulls_for(
    source: str,
    settings: Settings,
    pulled: Path,
    now: dt.datetime,
    before: dict[str, Pull] | None = None,
) -> dict[str, Pull]:
    """Pull whatever databases give for a source, each into its folder in ``pulled``.

    What is in ``before`` was pulled already; the rest is added to it.
    """
    known = {} if before is None else before
    making = {feed.name for feed in settings.feeds if source in feed.recipe.sources}
    wanted = [each for each in settings.databases if each.feed in {source, *making}]
    kept_from = settings.retention.kept_from(now.astimezone(settings.zone).date())
    for database in wanted:
        if database.feed not in known:
            folder = pulled / database.feed
            known[database.feed] = pull(database, folder, now, settings.limits, kept_from=kept_from)
    return {each.feed: known[each.feed] for each in wanted}


def last_pull(folder: Path) -> Path | None:
    """The newest delivery that was pulled into a folder."""
    return max(folder.glob("*.parquet"), key=lambda path: path.name, default=None)


def _write(
    database: Database, target: Path, last: Path | None, limits: Limits
) -> tuple[_Told, int]:
    """Stream every record into a file; what the file says of itself, and how many there are."""
    sums, n_rows, n_bytes = np.zeros(len(_SEEDS), dtype=np.uint64), 0, 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file, opened_records(database) as records:
        check_schema(records.schema, database)
        kinds = {field.name: words_for(field) for field in records.schema}
        _check_change(kinds, last, database)
        schema = plain_schema(records.schema)
        with pq.ParquetWriter(file, schema, write_page_checksum=True) as writer:
            for batch in records:
                plain = plain_batch(batch, schema, database)
                n_rows, n_bytes = n_rows + plain.num_rows, n_bytes + plain.nbytes
                _check_size(n_rows, n_bytes, limits, database)
                writer.write_batch(plain)
                sums += _sums(plain)
            told = _Told(f"{n_rows}:{sums[0]:x}:{sums[1]:x}", database.fingerprint, kinds)
            writer.add_key_value_metadata(told.as_metadata())
    make_durable(target)
    return told, n_rows


def _check_size(n_rows: int, n_bytes: int, limits: Limits, database: Database) -> None:
    """Refuse more than a file may have, as soon as it has come."""
    beyond = {
        f"{limits.rows_per_file:,} rows ([limits] rows_per_file": n_rows > limits.rows_per_file,
        f"{limits.unpacked_megabytes:,} MB ([limits] unpacked_megabytes": (
            n_bytes > limit_bytes(limits)
        ),
    }
    for told, is_beyond in beyond.items():
        if is_beyond:
            raise PullError(
                f"the query recipes/{database.file} gives more than {told} in settings.toml); let "
                "it give fewer columns, or the last weeks only: what was pulled before stays"
            )


def _sums(batch: pa.RecordBatch) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Sums of the records' hashes: the same whatever the order."""
    frame = pl.DataFrame(pa.Table.from_batches([batch]))
    with np.errstate(over="ignore"):
        return np.array(
            [frame.hash_rows(seed=seed).to_numpy().sum(dtype=np.uint64) for seed in _SEEDS],
            dtype=np.uint64,
        )


def _check_change(kinds: dict[str, str], last: Path | None, database: Database) -> None:
    """Refuse columns that are gone or of another kind, unless the query was changed, too."""
    before = _Told.of(last) if last else None
    if before is None or before.query != database.fingerprint:
        return
    gone = [name for name in before.kinds if name not in kinds]
    other = [
        f"{name} was {before.kinds[name]} and is {kind}"
        for name, kind in kinds.items()
        if before.kinds.get(name, kind) != kind
    ]
    told = [*([f"it lacks {', '.join(gone)}"] if gone else []), *other]
    if told:
        raise PullError(
            f"the query recipes/{database.file} gives other columns than at the last pull: "
            f"{'; '.join(told)}. If that is meant, say so in the query: any change of its file "
            "takes the columns as they are now"
        )


def _settle(
    database: Database,
    folder: Path,
    unfinished: Path,
    told: _Told,
    last: Path | None,
    now: dt.datetime,
    n_rows: int,
) -> tuple[str, ...]:
    """Give the file its name, unless it says what the last one says; what is worth noting."""
    before = _Told.of(last) if last else None
    if before is not None and (before.digest, before.kinds) == (told.digest, told.kinds):
        return (f"{n_rows:,} records, the same as at the last pull: no new delivery",)
    unfinished.rename(folder / f"{database.feed}-{now.astimezone(dt.UTC):{_STAMP}}.parquet")
    make_durable(folder)
    new = [name for name in told.kinds if before and name not in before.kinds]
    more = (f"new columns: {', '.join(new)}",) if new else ()
    return (f"{n_rows:,} records pulled", *more)


def _standing(last: Path | None, folder: Path) -> str:
    if last is None:
        return "nothing was ever pulled of it"
    pulled = _pulled_on(last)
    when = f" of {pulled:%Y-%m-%d}" if pulled else ""
    return f"what came with the last pull{when} goes on counting and grows old"


def is_pulled(name: str) -> bool:
    """Whether a delivery's name says that it was pulled from a database."""
    return _NAME.search(name) is not None


def _pulled_on(path: Path) -> dt.date | None:
    found = _NAME.search(path.name)
    return dt.datetime.strptime(found[1], "%Y%m%d").date() if found else None


def _drop_old(folder: Path, kept_from: dt.date) -> None:
    """Remove deliveries of before a day, but never the newest: the next is compared with it."""
    newest = last_pull(folder)
    for path in folder.glob("*.parquet"):
        pulled = _pulled_on(path)
        if path != newest and pulled is not None and pulled < kept_from:
            path.unlink()
