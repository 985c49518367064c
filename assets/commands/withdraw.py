"""Take a delivery back, and publish: ``python -m assets.commands.withdraw --file source/file``.

The file is named as messages and `quality.ingested_file` name it; ``feed/file`` takes back what a
feed's file gave, of all sources. Its rows leave staging, and what
they superseded comes back; raw keeps what was delivered. Exit status and last line as of a refresh.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from assets import refresh
from assets.command_line import ended, say, settings_of, workspace_parser
from assets.errors import describe_error
from assets.instance import prepare_instance
from pipelines.analysis.quiet_night import forget_landed
from pipelines.contracts.sources import load_contracts
from pipelines.core.errors import PipelineError
from pipelines.core.lock import only_one
from pipelines.core.queries import ledger_statement
from pipelines.core.warehouse import Connection, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.erasure.recovery import enter_what_is_in_raw
from pipelines.ingest.load.withdrawal import (
    WithdrawalError,
    Withdrawn,
    withdraw,
    withdraw_of_feed,
)
from pipelines.release.refresh_log import after_publication


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, withdraw, refresh."""
    parser = workspace_parser("Take a delivery back.")
    parser.add_argument("--file", required=True, metavar="SOURCE/FILE or FEED/FILE")
    options = parser.parse_args(arguments)
    workspace = Workspace(options.workspace.resolve())
    try:
        settings = settings_of(workspace)
        if not workspace.private.exists():
            raise WithdrawalError(f"{workspace.root} has no deliveries yet; nothing was changed")
        prepare_instance(workspace)
        with (
            only_one(workspace.lock_file),
            open_warehouse(workspace.warehouse_file, time_zone=settings.time_zone) as con,
        ):
            enter_what_is_in_raw(con, workspace)
            gone = _withdrawn(con, workspace, options.file)
            forget_landed(con)
        for each in gone:
            say(f"withdrawn {each.place}: {each.n_rows:,} rows count no longer")
    except PipelineError as error:
        return ended("failed", describe_error(error).summary, refresh.FAILED)
    return refresh.main(["--workspace", str(workspace.root)])


def _withdrawn(con: Connection, workspace: Workspace, text: str) -> list[Withdrawn]:
    """Withdraw what a text names; a path that leads through landing/ is read as well.

    ``ukg/October.csv`` is a feed's file, ``shifts/ukg/October.csv`` what it gave of one source.
    """
    now = after_publication(con, dt.datetime.now(dt.UTC))
    parts = Path(text).parts
    sources = {source.name: source for source in load_contracts().landing}
    feeds = {name for (name,) in con.execute(ledger_statement("feeds")).fetchall()}
    known = {*sources, *feeds}
    start = next((i for i, part in enumerate(parts[:-1]) if part in known), None)
    if start is None:
        raise WithdrawalError(
            f"FILE must be source/file or feed/file, with one of the sources {', '.join(sources)} "
            f"or of the feeds that delivered ({', '.join(sorted(filter(None, feeds))) or 'none'}); "
            "nothing was changed"
        )
    if parts[start] not in sources:
        return withdraw_of_feed(con, "/".join(parts[start:]), workspace.raw, now)
    source, name = sources[parts[start]], "/".join(parts[start + 1 :])
    return [withdraw(con, source, name, workspace.raw / source.name, now)]


if __name__ == "__main__":
    sys.exit(main())
