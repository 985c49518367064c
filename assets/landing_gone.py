"""Whether everything that lay in `landing/` is gone at once, as when a share isn't mounted."""

from __future__ import annotations

from pipelines.config.settings import load_settings
from pipelines.core.queries import ledger_statement
from pipelines.core.warehouse import fetch_value, has_table, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.ingest.read.landing_fingerprint import landing_state

FEWEST = 2
"""Files that are gone together; one alone was taken out by somebody."""


def landing_gone(workspace: Workspace) -> str | None:
    """What to tell where files lay in `landing/` at the last refresh and now there is none.

    It is told once: from then on none is known to lie there.
    """
    if landing_state(workspace.landing, workspace.settings_file).n_files:
        return None
    settings = load_settings(workspace.settings_file)
    pulled = [database.feed for database in settings.databases]
    with open_warehouse(workspace.warehouse_file, time_zone=settings.time_zone) as con:
        if not has_table(con, "ledger.file"):
            return None
        n_files = int(fetch_value(con, ledger_statement("n_in_landing"), {"feeds": pulled}))
    if n_files < FEWEST:
        return None
    return (
        f"all {n_files:,} files that lay in {workspace.landing} are gone at once: is what is "
        "mounted there not mounted? Nothing is lost, what was loaded counts on, and nothing new "
        "comes in until it is back. Where they were moved away on purpose, nothing is to be done"
    )
