"""``make try FEED=name``: what a feed's recipe makes of its newest file; nothing is changed."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from pipelines.config.feeds import Feed
from pipelines.config.settings import Settings, load_settings
from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.errors import GateError, PipelineError
from pipelines.core.warehouse import Connection, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.ingest.load.doubles import told_doubles
from pipelines.ingest.load.ingest_source import ingest_source
from pipelines.ingest.load.load_delivery import SHOWN_PROBLEMS
from pipelines.ingest.read.delivery import LINE_NUMBER
from pipelines.ingest.read.landing_folder import LandingFile, look_into
from pipelines.ingest.shape.file_reader import RecipeReader
from pipelines.ingest.shape.lookups import read_lookups
from pipelines.ingest.validate.validation import validate

SHOWN_ROWS = 5


def try_feed(workspace: Workspace, name: str) -> list[str]:
    """Describe in lines what the newest file of a feed gives; raises `PipelineError`."""
    settings = load_settings(workspace.settings_file)
    feed = next((each for each in settings.feeds if each.name == name), None)
    if feed is None:
        known = ", ".join(each.name for each in settings.feeds) or "none"
        raise PipelineError(f"settings.toml declares no feed {name}; it declares {known}")
    files = look_into(workspace.landing / name).files
    if not files:
        raise PipelineError(f"landing/{name}/ has no file; drop an export there")
    newest = max(files, key=lambda file: file.path.stat().st_mtime)
    lines = [f"{name}/{newest.name} by the recipe {feed.recipe.name}"]
    with _lookup_warehouse(workspace, settings, feed) as con:
        for source in feed.recipe.sources:
            contract = load_contracts().source(source)
            lines += ["", f"== {source}", *_tried(con, newest, feed, contract, settings)]
    return lines


@contextmanager
def _lookup_warehouse(workspace: Workspace, settings: Settings, feed: Feed) -> Iterator[Connection]:
    """The warehouse to look people up in; before the first refresh one in memory."""
    if workspace.warehouse_file.exists():
        with open_warehouse(
            workspace.warehouse_file, read_only=True, time_zone=settings.time_zone
        ) as con:
            yield con
        return
    names = dict.fromkeys(("roster", "people", *feed.recipe.declared.lookups))
    with (
        tempfile.TemporaryDirectory() as raw,
        open_warehouse(Path(":memory:"), time_zone=settings.time_zone) as con,
    ):
        for name in names:
            ingest_source(
                con,
                load_contracts().source(name),
                workspace.landing_source(name),
                raw=Path(raw),
                now=dt.datetime.now(dt.UTC),
                mapping=settings.mapping.get(name),
                limits=settings.limits,
                feeds=settings.feeds,
                time_zone=settings.time_zone,
            )
        yield con


def _tried(
    con: Connection, file: LandingFile, feed: Feed, source: Source, settings: Settings
) -> list[str]:
    lookups = read_lookups(con, feed.recipe.declared.lookups)
    reader = RecipeReader(feed, lookups, settings.time_zone)
    try:
        delivery = reader.read(file.path.read_bytes(), file, source, settings.limits)
    except GateError as error:
        return [f"the file would be refused: {error}"]
    with open_warehouse(Path(":memory:"), time_zone=settings.time_zone) as own:
        found = validate(own, source, delivery, reader.mapping)
        validation = told_doubles(found, source, of_feed=True)
    records, n_skipped = delivery.as_delivered, sum(n for _, n in delivery.skipped)
    verdict = ", too many: it would be refused" if validation.is_refused(source) else ""
    return [
        f"{records.n_rows:,} records: {n_skipped:,} left out; {delivery.n_rows:,} rows made of the "
        f"others, {validation.n_quarantined:,} of them rejected{verdict}",
        *delivery.notes,
        "the first rejected:" if validation.n_quarantined else "nothing rejected",
        *(f"  {problem.describe()}" for problem in validation.first_problems(SHOWN_PROBLEMS)),
        f"the first {SHOWN_ROWS} records:",
        *_shown(records.table),
        f"the first {SHOWN_ROWS} rows:",
        *_shown(delivery.table),
    ]


def _shown(table: pa.Table) -> list[str]:
    """Rows as name=value, without what is empty; whoever tries has the file anyway."""
    rows = table.slice(0, SHOWN_ROWS).to_pylist()
    return [
        f"  line {row[LINE_NUMBER]}: "
        + ", ".join(f"{name}={text}" for name, text in row.items() if text and name != LINE_NUMBER)
        for row in rows
    ]


def main() -> int:
    """Print what the feed on the command line gives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed")
    parser.add_argument("--workspace", type=Path, default=Path("workspace"))
    arguments = parser.parse_args()
    try:
        print("\n".join(try_feed(Workspace(arguments.workspace.resolve()), arguments.feed)))
    except (PipelineError, OSError) as error:
        print(f"{arguments.feed}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
