"""The disclosure test of a whole publication: its tables, pages, downloads, digest and PDF.

`assert_promise_kept` is called wherever a test publishes; `scan` says what it found. It doesn't
look into person rows of the analysts' file, which are outside of the promise, nor at a workspace
with ``grid = 0``, whose figures are exact by wish.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.config.settings import load_settings
from pipelines.core.workspace import Workspace
from pipelines.disclosure.confidentiality import Protection
from tests.disclosure.scan_files import file_breaches
from tests.disclosure.scan_tables import released_tables, table_breaches


def scan(published: Path, protection: Protection) -> list[str]:
    """Return everything in a publication folder that breaks the promise."""
    tables = released_tables(published / "analytics.duckdb")
    return [
        *table_breaches(tables, protection),
        *file_breaches(published / "site", tables, protection),
    ]


def assert_promise_kept(workspace: Workspace) -> None:
    """Scan what a workspace has published, by its own settings."""
    protection = Protection.of(load_settings(workspace.settings_file).privacy)
    if not protection.grid:
        return
    found = scan(workspace.published, protection)
    assert not found, "\n".join(found)
