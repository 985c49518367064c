"""From the newest file of each feed of a source to the rows they are merged into, in memory."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from pipelines.config.feeds import Feed
from pipelines.config.settings import Settings
from pipelines.contracts.sources import Source
from pipelines.core.sql_text import identifier, table_name
from pipelines.core.warehouse import Connection, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.ingest.load import merge_feeds
from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.load.ingest_source import open_ledger, restore_views
from pipelines.ingest.load.load_delivery import RawFolder, load
from pipelines.ingest.load.lone_parts import part_table
from pipelines.ingest.load.prefetch import prepare
from pipelines.ingest.read.delivery import Delivery
from pipelines.ingest.read.landing_folder import LandingFile, look_into
from pipelines.ingest.shape.file_reader import FileReader
from pipelines.personal_data.erased_people import NOBODY

Readers = Callable[[Feed | None], FileReader]


def merged_lines(
    workspace: Workspace,
    settings: Settings,
    source: Source,
    tried: tuple[str, LandingFile],
    readers: Readers,
    show: Callable[[pa.Table], list[str]],
) -> list[str]:
    """Describe the merged rows of the tried file's keys; nothing where nothing is merged.

    ``tried`` is the feed's name (or the source's) with its file, which may have been pulled; of the
    others the newest file in landing/ is taken.
    """
    making = [feed for feed in settings.feeds if source.name in feed.recipe.sources]
    files: list[tuple[Feed | None, LandingFile]] = []
    for feed in (None, *making):
        name = feed.name if feed else source.name
        file = tried[1] if name == tried[0] else newest_file(workspace.landing / name)
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
        restore_views(con, source, raw)
        if not merge_feeds.read_plan(con, source):
            return []
        others, number = [], 0
        for feed, file in files:
            is_tried = (feed.name if feed else source.name) == tried[0]
            store = RawFolder(raw / source.name, pool)
            file_id = _loaded(con, source, file, readers(feed), settings, store)
            number = file_id if is_tried and file_id else number
            others += [] if is_tried else [_told(feed, source, file, is_loaded=bool(file_id))]
        return [*_counted(con, source, number, others), *show(_rows(con, source, number))]


def _loaded(
    con: Connection,
    source: Source,
    file: LandingFile,
    reader: FileReader,
    settings: Settings,
    store: RawFolder,
) -> int | None:
    """Load a file into the warehouse in memory; its number, None where it would be refused."""
    prepared = prepare(file, source, reader, None, settings.limits)
    if not isinstance(prepared.delivery, Delivery):
        return None
    landed = prepared.landed(None, dt.datetime.now(dt.UTC), NOBODY)
    report, file_id = load(con, landed, prepared.delivery, store, IngestReport(source.name))
    return file_id if report.n_files_loaded else None


def _told(feed: Feed | None, source: Source, file: LandingFile, *, is_loaded: bool) -> str:
    place = f"{feed.name if feed else source.name}/{file.name}"
    return place if is_loaded else f"{place} (which would be refused, so nothing of it is there)"


def _counted(con: Connection, source: Source, number: int, others: list[str]) -> list[str]:
    """How many rows the parts of the tried file come to, and with what they are merged."""
    n_parts = merge_feeds.count_parts(con, source).get(number, 0)
    n_rows = _rows(con, source, number).num_rows
    beside = f", with {' and '.join(others)}" if others else ""
    return [
        f"merged{beside}: {n_parts:,} rows of the file become or add to {n_rows:,}; the first:",
        *merge_feeds.merge_notes(con, source),
    ]


def _rows(con: Connection, source: Source, number: int) -> pa.Table:
    """The merged rows that the tried file has a part in."""
    key = ", ".join(map(identifier, source.key))
    staged = table_name(f"staging.{source.name}")
    names = ", ".join(map(identifier, source.column_names))
    return con.sql(
        f"select {names} from {staged} semi join (select {key} from {part_table(source)} "
        f"where file_id = {number} union all select {key} from {staged} where file_id = {number}) "
        f"using ({key}) order by {key}"
    ).to_arrow_table()


def newest_file(folder: Path) -> LandingFile | None:
    """The file of a folder that was written last; None where it has none."""
    files = look_into(folder).files
    return max(files, key=lambda file: file.path.stat().st_mtime, default=None)
