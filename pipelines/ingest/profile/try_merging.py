"""From the newest file of each feed of a source to the rows they are merged into, in memory."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pipelines.config.feeds import Feed
from pipelines.config.settings import Settings
from pipelines.contracts.sources import Source
from pipelines.core.queries import statement
from pipelines.core.warehouse import Connection, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.ingest.load import merge_feeds
from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.load.ingest_source import open_ledger, restore_views
from pipelines.ingest.load.load_delivery import RawFolder, load
from pipelines.ingest.load.lone_parts import part_table
from pipelines.ingest.load.prefetch import prepare
from pipelines.ingest.profile.try_standing import bring_standing, loaded_files
from pipelines.ingest.read.delivery import Delivery
from pipelines.ingest.read.landing_folder import LandingFile, look_into
from pipelines.ingest.shape.file_reader import FileReader
from pipelines.personal_data.erased_people import NOBODY

Readers = Callable[[Feed | None], FileReader]


@dataclass(frozen=True)
class TriedFile:
    """A file, maybe pulled, of a feed (or of a source's own folder), and the keys of its rows."""

    feed: str
    file: LandingFile
    keys: pa.Table


def merged_lines(
    workspace: Workspace,
    settings: Settings,
    source: Source,
    tried: TriedFile,
    readers: Readers,
    show: Callable[[pa.Table], list[str]],
    known: Connection,
) -> list[str]:
    """Describe the merged rows of the tried file's keys; nothing where nothing is merged.

    They are merged with what stands under these keys in the workspace's warehouse, ``known``, and
    with the newest file in landing/ of each other feed.
    """
    making = [feed for feed in settings.feeds if source.name in feed.recipe.sources]
    files: list[tuple[Feed | None, LandingFile]] = []
    for feed in (None, *making):
        name = feed.name if feed else source.name
        file = tried.file if name == tried.feed else newest_file(workspace.landing / name)
        if file is not None:
            files.append((feed, file))
    with (
        tempfile.TemporaryDirectory() as folder,
        open_warehouse(Path(":memory:"), time_zone=settings.time_zone) as con,
        ThreadPoolExecutor(max_workers=1) as pool,
    ):
        raw = Path(folder)
        open_ledger(con, source, raw)
        has_own = any(feed is None for feed, _ in files)
        merge_feeds.write_plan(con, source, making, has_own=has_own)
        if not merge_feeds.read_plan(con, source):
            return []
        store = RawFolder(raw / source.name, pool)
        loaded = loaded_files(known, source, *_as_in_ledger(tried, making))
        others, number, n_replaced = [], 0, 0
        if bring_standing(con, known, source, tried.keys, store.path, loaded):
            others = ["what earlier files say of the same"]
        restore_views(con, source, raw)
        there = {(each.file, each.sha256) for each in loaded}
        for feed, file in files:
            is_tried = (feed.name if feed else source.name) == tried.feed
            if not is_tried and _named(feed, file, hashlib.sha256(file.path.read_bytes())) in there:
                continue
            report, file_id = _loaded(con, source, file, readers(feed), settings, store)
            if is_tried:
                number, n_replaced = file_id, report.n_replaced
            else:
                others.append(_told(feed, source, file, is_loaded=bool(file_id)))
        lines = _counted(con, source, number, others, n_replaced)
        return [*lines, *show(_rows(con, source, number))]


def _as_in_ledger(tried: TriedFile, making: Sequence[Feed]) -> tuple[str, str]:
    """The tried file's name and content, as the ledger has them."""
    feed = next((each for each in making if each.name == tried.feed), None)
    return _named(feed, tried.file, hashlib.sha256(tried.file.path.read_bytes()))


def _named(feed: Feed | None, file: LandingFile, content: hashlib._Hash) -> tuple[str, str]:
    return f"{feed.name}/{file.name}" if feed else file.name, content.hexdigest()


def _loaded(
    con: Connection,
    source: Source,
    file: LandingFile,
    reader: FileReader,
    settings: Settings,
    store: RawFolder,
) -> tuple[IngestReport, int]:
    """Load a file into the warehouse in memory; its number, 0 where it would be refused."""
    report = IngestReport(source.name)
    prepared = prepare(file, source, reader, None, settings.limits)
    if not isinstance(prepared.delivery, Delivery):
        return report, 0
    landed = prepared.landed(None, dt.datetime.now(dt.UTC), NOBODY)
    report, file_id = load(con, landed, prepared.delivery, store, report)
    return report, file_id if report.n_files_loaded else 0


def _told(feed: Feed | None, source: Source, file: LandingFile, *, is_loaded: bool) -> str:
    place = f"{feed.name if feed else source.name}/{file.name}"
    return place if is_loaded else f"{place} (which would be refused, so nothing of it is there)"


def _counted(
    con: Connection, source: Source, number: int, others: list[str], n_replaced: int
) -> list[str]:
    """How many rows the parts of the tried file come to, and with what they are merged."""
    n_parts = merge_feeds.count_parts(con, source).get(number, 0)
    n_rows = _rows(con, source, number).num_rows
    beside = f", with {' and '.join(others)}" if others else ""
    gone = f"; {n_replaced:,} rows of earlier files give way to them" if n_replaced else ""
    return [
        f"merged{beside}: {n_parts:,} rows of the file become or add to {n_rows:,}{gone}; "
        "the first:",
        *merge_feeds.merge_notes(con, source),
    ]


def _rows(con: Connection, source: Source, number: int) -> pa.Table:
    """The merged rows that the tried file has a part in."""
    query = statement(
        "loading/merged_rows_of",
        key=source.key,
        parts=part_table(source),
        staged=f"staging.{source.name}",
        columns=source.column_names,
    )
    return con.sql(query, params={"file_id": number}).to_arrow_table()


def newest_file(folder: Path) -> LandingFile | None:
    """The file of a folder that was written last; None where it has none."""
    files = look_into(folder).files
    return max(files, key=lambda file: file.path.stat().st_mtime, default=None)
