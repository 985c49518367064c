"""``make try FEED=name``: what becomes of a feed's or source's newest file; changes nothing."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import pyarrow as pa

from pipelines.config.databases import Database
from pipelines.config.feeds import Feed
from pipelines.config.settings import Settings, load_settings
from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.errors import PipelineError
from pipelines.core.line_numbers import line_name
from pipelines.core.warehouse import Connection, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.ingest.load.close_weeks import told_together
from pipelines.ingest.load.ingest_source import ingest_source
from pipelines.ingest.load.known_people import compare, doubled_people
from pipelines.ingest.load.landed_file import contract_for
from pipelines.ingest.load.load_delivery import SHOWN_PROBLEMS
from pipelines.ingest.load.prefetch import prepare
from pipelines.ingest.profile.try_merging import TriedFile, merged_lines, newest_file
from pipelines.ingest.profile.try_people import with_people_of
from pipelines.ingest.pull.pull_database import pull, pulls_for
from pipelines.ingest.read.delivery import LINE_NUMBER, Delivery
from pipelines.ingest.read.landing_folder import LandingFile, look_into
from pipelines.ingest.read.readers import CANONICAL
from pipelines.ingest.shape.file_reader import CanonicalReader, FileReader, RecipeReader
from pipelines.ingest.shape.lookups import PEOPLE, ROSTER, read_lookups
from pipelines.ingest.validate.error_hints import hint_for
from pipelines.ingest.validate.validation import Validation, validate

SHOWN_ROWS = 5


@dataclass(frozen=True)
class Tried:
    """What is told of a file, and whether a refresh would refuse it."""

    lines: list[str]
    is_refused: bool
    keys: pa.Table | None = None
    """Of the rows of one source, where they would be taken."""


def try_feed(workspace: Workspace, name: str) -> Tried:
    """Describe what the newest file of a feed, or of a source's folder, gives.

    A feed with a database is pulled for it, into a folder that goes again. Raises `PipelineError`
    where there is nothing to try.
    """
    settings = load_settings(workspace.settings_file)
    feed = next((each for each in settings.feeds if each.name == name), None)
    database = next((each for each in settings.databases if each.feed == name), None)
    if feed is None and database is None:
        _check_source(name, settings)
    with tempfile.TemporaryDirectory() as folder:
        file, told = _newest(workspace, name, database, Path(folder), settings)
        by = f"the recipe {feed.recipe.name}" if feed else "its canonical columns"
        lines, is_refused = [f"{name}/{file.name} by {by}", *told], False
        n_told = len(lines)
        with _lookup_warehouse(workspace, settings, feed) as con:
            for each in feed.recipe.sources if feed else (name,):
                source = load_contracts().source(each)
                found = _tried(con, file, feed, source, settings, with_records=len(lines) == n_told)
                lines += ["", f"== {each}", *found.lines]
                is_refused |= found.is_refused
                if found.keys is not None:
                    tried = TriedFile(name, file, found.keys)
                    readers = partial(
                        _reader, con, source=source, settings=settings, tried=(feed, file)
                    )
                    lines += merged_lines(workspace, settings, source, tried, readers, _shown, con)
    return Tried(lines, is_refused)


def _check_source(name: str, settings: Settings) -> None:
    """Raise where neither a feed nor a source is called so."""
    sources = [source.name for source in load_contracts().landing]
    if name in sources:
        return
    known = [each.name for each in settings.feeds]
    known += [each.feed for each in settings.databases if each.feed not in known]
    near = get_close_matches(name, [*known, *sources], n=1)
    meant = f" (is {near[0]} meant?)" if near else ""
    raise PipelineError(
        f"settings.toml declares no feed {name}{meant}; it declares {', '.join(known) or 'none'}. "
        f"Files with canonical columns are tried by the name of their source: {', '.join(sources)}"
    )


def _newest(
    workspace: Workspace, name: str, database: Database | None, folder: Path, settings: Settings
) -> tuple[LandingFile, list[str]]:
    """The newest file of a feed, pulled into a folder if it comes from a database; and notes."""
    if database is None:
        file = newest_file(workspace.landing / name)
        if file is None:
            raise PipelineError(f"landing/{name}/ has no file; drop an export there")
        return file, []
    pulled = pull(database, folder / name, dt.datetime.now(dt.UTC), settings.limits)
    if pulled.refusal is not None:
        raise PipelineError(pulled.refusal)
    return look_into(pulled.folder).files[0], list(pulled.notes)


@contextmanager
def _lookup_warehouse(
    workspace: Workspace, settings: Settings, feed: Feed | None
) -> Iterator[Connection]:
    """The warehouse to look people up in; before the first refresh one in memory."""
    if workspace.warehouse_file.exists():
        with open_warehouse(
            workspace.warehouse_file, read_only=True, time_zone=settings.time_zone
        ) as con:
            yield con
        return
    looked_up = feed.recipe.declared.lookups if feed else ()
    names = dict.fromkeys(("roster", "people", *looked_up))
    with (
        tempfile.TemporaryDirectory() as raw,
        tempfile.TemporaryDirectory() as pulled,
        open_warehouse(Path(":memory:"), time_zone=settings.time_zone) as con,
    ):
        for name in names:
            ingest_source(
                con,
                load_contracts().source(name),
                workspace.landing_source(name),
                pulls=pulls_for(name, settings, Path(pulled), dt.datetime.now(dt.UTC)),
                raw=Path(raw),
                now=dt.datetime.now(dt.UTC),
                mapping=settings.mapping.get(name),
                limits=settings.limits,
                feeds=settings.feeds,
                time_zone=settings.time_zone,
            )
        yield con


def _tried(
    con: Connection,
    file: LandingFile,
    feed: Feed | None,
    source: Source,
    settings: Settings,
    *,
    with_records: bool,
) -> Tried:
    contract = contract_for(file, source)
    reader = _reader(con, feed, source, settings, tried=(feed, file))
    prepared = prepare(file, source, reader, None, settings.limits)
    delivery = prepared.delivery
    if not isinstance(delivery, Delivery):
        return Tried([f"the file would be refused: {delivery}"], is_refused=True)
    with open_warehouse(Path(":memory:"), time_zone=settings.time_zone) as own:
        found = validate(own, contract, delivery, prepared.reader.mapping)
        is_of_feed = feed is not None
        validation = (
            found if file.is_tombstone else told_together(found, source, of_feed=is_of_feed)
        )
    shown = [f"the first {SHOWN_ROWS} records:", *_shown(delivery.as_delivered.table)]
    lines = [*_described(con, contract, delivery, validation, prepared.reader)]
    lines += shown if with_records else []
    if delivery.shaped_from:
        lines += [f"the first {SHOWN_ROWS} rows:", *_shown(delivery.table)]
    doubled = None if file.is_tombstone else doubled_people(con, contract, validation)
    if doubled is not None:
        lines.insert(0, f"the file would be refused: {doubled}")
    if doubled is not None or validation.is_refused(contract):
        return Tried(lines, is_refused=True)
    sound = ~validation.is_bad
    keys = {name: validation.columns[name].values_of(sound) for name in contract.key}
    return Tried(lines, is_refused=False, keys=pa.table(keys))


def _described(
    con: Connection,
    source: Source,
    delivery: Delivery,
    validation: Validation,
    reader: FileReader,
) -> list[str]:
    share = validation.n_quarantined / max(delivery.n_rows, 1)
    hints = [
        hint_for(problem, source, reader.mapping, reader.of, share=share).removeprefix(". ")
        for problem in validation.first_problems(1)
    ]
    records, n_skipped = delivery.as_delivered, sum(n for _, n in delivery.skipped)
    verdict = ", too many: it would be refused" if validation.is_refused(source) else ""
    return [
        f"{records.n_rows:,} records: {n_skipped:,} left out; {delivery.n_rows:,} rows made of the "
        f"others, {validation.n_quarantined:,} of them rejected{verdict}",
        *_nobody(con, source, validation),
        *validation.delivery.notes,
        "the first rejected:" if validation.n_quarantined else "nothing rejected",
        *(f"  {problem.describe()}" for problem in validation.first_problems(SHOWN_PROBLEMS)),
        *filter(None, hints),
    ]


def _nobody(con: Connection, source: Source, validation: Validation) -> list[str]:
    """How many of the rows' people aren't on the roster: their rows would be set aside."""
    found = None if source.is_lookup or source.name == ROSTER else compare(con, validation)
    if found is None or not found.n_unknown:
        return []
    alike = max(
        (found.n_without_zeros, "match it without leading zeros (employee_without_zeros)"),
        (found.n_folded, "match it but for capitals and blanks"),
    )
    told = f"; {alike[0]:,} of them {alike[1]}" if alike[0] else ""
    return [
        f"{found.n_unknown:,} of the people aren't on the roster{told}: their rows would be set "
        "aside until it has them"
    ]


def _reader(
    con: Connection,
    feed: Feed | None,
    source: Source,
    settings: Settings,
    *,
    tried: tuple[Feed | None, LandingFile],
) -> FileReader:
    """What reads the files of a feed, or of the source's own folder."""
    if feed is None:
        return CanonicalReader(settings.mapping.get(source.name, CANONICAL))
    lookups = read_lookups(con, feed.recipe.declared.lookups)
    if feed == tried[0] and source.name != PEOPLE:
        lookups = with_people_of(tried[1], feed, lookups, settings)
    return RecipeReader(feed, lookups, settings.time_zone)


def _shown(table: pa.Table) -> list[str]:
    """Rows as name=value, without what is empty; whoever tries has the file anyway."""
    lines = []
    for row in table.slice(0, SHOWN_ROWS).to_pylist():
        line = row.pop(LINE_NUMBER, None)
        filled = ", ".join(
            f"{name}={value}" for name, value in row.items() if value not in ("", None)
        )
        lines.append(f"  line {line_name(line)}: {filled}" if line is not None else f"  {filled}")
    return lines


def main() -> int:
    """Print what the feed on the command line gives; 1 where it would be refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("feed")
    parser.add_argument("--workspace", type=Path, default=Path("workspace"))
    arguments = parser.parse_args()
    try:
        tried = try_feed(Workspace(arguments.workspace.resolve()), arguments.feed)
    except (PipelineError, OSError) as error:
        print(f"{arguments.feed}: {error}", file=sys.stderr)
        return 1
    print("\n".join(tried.lines))
    return int(tried.is_refused)


if __name__ == "__main__":
    sys.exit(main())
