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
from pipelines.release.manifest import MANIFEST, has_spoilt_manifest

STALE = dt.timedelta(hours=36)
"""A publication older than a night and a morning: no schedule ran, or every refresh failed."""


def look_at_nights(workspace: Workspace, now: dt.datetime) -> Iterator[Finding]:
    """What the warehouse says of itself and of the last nights."""
    if not workspace.warehouse_file.exists():
        yield note("warehouse", "none yet; the first refresh makes it")
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
    if has_spoilt_manifest(workspace.published):
        yield note(
            "publication",
            f"{workspace.published.name}/{MANIFEST} isn't what was written there: it can't be told "
            "whether the pages and tables are. The next refresh replaces them all (`make refresh`)",
        )
    published = row["last_published_at"]
    if published is None:
        yield note("publication", "none yet")
        return
    age = now - published.replace(tzinfo=dt.UTC)
    hours = round(age.total_seconds() / 3600)
    said = f"the last was made {hours:,} hour{'s' if hours != 1 else ''} ago"
    if age > STALE:
        yield wrong("publication", f"{said}: no refresh has published since")
    else:
        yield ok("publication", said)
