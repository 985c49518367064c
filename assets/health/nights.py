"""The warehouse: its layout, how the last refresh ended, how old the publication is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from assets.health.finding import Finding, note, ok, wrong
from pipelines.core.errors import PipelineError, WarehouseLockedError
from pipelines.core.expected_errors import WRITTEN_BY_OTHERS
from pipelines.core.own_writes import is_written_by_others
from pipelines.core.schema_version import SCHEMA_VERSION, found_version
from pipelines.core.warehouse import Connection, fetch_query, has_table, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.ingest.read.landing_folder import printable
from pipelines.release.manifest import MANIFEST, changed_files, has_spoilt_manifest, read_manifest

MOST_NAMED = 3
_ANEW = "`make refresh` publishes anew, `make rollback` lets the one before stand"
STALE = dt.timedelta(hours=36)
"""A publication older than a night and a morning: no schedule ran, or every refresh failed."""


def look_at_nights(workspace: Workspace, now: dt.datetime) -> Iterator[Finding]:
    """What the warehouse says of itself and of the last nights."""
    yield from _files(workspace)
    if not workspace.warehouse_file.exists():
        yield _no_warehouse(workspace)
        return
    if is_written_by_others(workspace.warehouse_file):
        yield wrong("warehouse", str(WRITTEN_BY_OTHERS))
        return
    try:
        with open_warehouse(workspace.warehouse_file, read_only=True) as con:
            yield ok("warehouse", f"layout {found_version(con)}, this program's {SCHEMA_VERSION}")
            yield from _refreshes(con, workspace, now)
    except WarehouseLockedError:
        yield note("warehouse", "a refresh is running, or another program holds it open")
    except PipelineError as error:
        yield wrong("warehouse", str(error))


def _files(workspace: Workspace) -> Iterator[Finding]:
    """Whether what stands published is what was published."""
    folder = workspace.published
    if has_spoilt_manifest(folder):
        yield note(
            "files",
            f"{folder.name}/{MANIFEST} isn't what was written there: it can't be told whether the "
            "pages and tables are. The next refresh replaces them all (`make refresh`)",
        )
    elif (manifest := read_manifest(folder)) is not None:
        number = manifest.refresh_id
        if changed := changed_files(folder, manifest):
            names = ", ".join(map(printable, changed[:MOST_NAMED]))
            yield wrong(
                "files",
                f"{len(changed):,} files of publication {number} aren't as they were published: "
                f"{names}; {_ANEW}",
            )
        else:
            files = f"the {len(manifest.files):,} files of publication {number}"
            yield ok("files", f"{files} are as they were published")


def _no_warehouse(workspace: Workspace) -> Finding:
    if not workspace.has_begun():
        return note("warehouse", "none yet; the first refresh makes it")
    return wrong(
        "warehouse",
        "lost: there were refreshes, and their warehouse is gone. The next refresh makes it anew "
        "from private/raw, as `make rebuild` does at once; where that is gone, too, `make restore`",
    )


def _refreshes(con: Connection, workspace: Workspace, now: dt.datetime) -> Iterator[Finding]:
    if not has_table(con, "meta.refresh"):
        yield note("refresh", "there has been none yet")
        return
    last = fetch_query(con, "alerts/last_refresh")
    if not last.height:
        yield note("refresh", "there has been none yet")
        return
    row = last.row(0, named=True)
    number, status, started = row["refresh_id"], row["status"], row["started_at"]
    told = f"refresh {number} of {started:%d %b %Y %H:%M} UTC: {status}"
    if status in ("failed", "refused"):
        yield wrong("refresh", f"{told}; its last line in the log says why")
    else:
        yield ok("refresh", told)
    published = row["last_published_at"]
    if published is None:
        yield note("publication", "none yet")
        return
    if not workspace.published_analytics.exists():
        yield wrong("publication", f"{workspace.published.name}/ isn't there any more; {_ANEW}")
        return
    age = now - published.replace(tzinfo=dt.UTC)
    hours = round(age.total_seconds() / 3600)
    said = f"the last was made {hours:,} hour{'s' if hours != 1 else ''} ago"
    if age > STALE:
        yield wrong("publication", f"{said}: no refresh has published since")
    else:
        yield ok("publication", said)
