"""The one resource: a refresh of one workspace, locked from its first asset to its last."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import PrivateAttr

from pipelines.config.settings import Settings, load_settings
from pipelines.core.lock import only_one
from pipelines.core.warehouse import Connection, open_warehouse
from pipelines.core.workspace import WORKSPACE_VARIABLE, Workspace
from pipelines.erasure.recovery import enter_what_is_in_raw
from pipelines.ingest.read.landing_fingerprint import landing_state
from pipelines.personal_data.erased_people import Erased
from pipelines.personal_data.erasure_registry import check_not_half_erased, load_erased
from pipelines.release.refresh_log import record_refresh

DEFAULT_WORKSPACE = "workspace"


def workspace_from_environment() -> Workspace:
    """The workspace that the environment names, else ``./workspace``."""
    return Workspace(Path(os.environ.get(WORKSPACE_VARIABLE, DEFAULT_WORKSPACE)).resolve())


class RefreshResource(dg.ConfigurableResource[Any]):
    """Gives assets the workspace, its settings and connections to its warehouse.

    Settings are read before anything is touched; a wrong key stops the run there.
    """

    workspace_root: str

    _settings: Settings = PrivateAttr()
    _started_at: dt.datetime = PrivateAttr()
    _status: str = PrivateAttr(default="failed")
    _landed: str = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[RefreshResource]:
        """Hold the workspace for one run, and note in the end what became of it."""
        self._settings = load_settings(self.workspace.settings_file)
        self._started_at = dt.datetime.now(dt.UTC)
        self._landed = landing_state(
            self.workspace.landing, self.workspace.settings_file
        ).fingerprint
        self.workspace.prepare()
        with only_one(self.workspace.lock_file):
            check_not_half_erased(self.workspace.erasure_under_way_file)
            with self.connect() as con:
                enter_what_is_in_raw(con, self.workspace)
            try:
                yield self
            finally:
                if self._status != "published":
                    with self.connect() as con:
                        record_refresh(con, self._started_at, self._status, self._settings)

    @property
    def workspace(self) -> Workspace:
        """The folder layout of this organisation."""
        return Workspace(Path(self.workspace_root))

    @property
    def settings(self) -> Settings:
        """The settings as they were when the run started."""
        return self._settings

    @property
    def erased(self) -> Erased:
        """Whose rows are left out of every delivery."""
        workspace = self.workspace
        return load_erased(workspace.erasure_list_file, workspace.erasure_key_file)

    @property
    def landed(self) -> str:
        """How landing/ and the settings stood when this refresh began."""
        return self._landed

    @property
    def started_at(self) -> dt.datetime:
        """When this refresh started (UTC); the only clock that assets use."""
        return self._started_at

    @property
    def today(self) -> dt.date:
        """The day of this refresh in the workspace's time zone."""
        return self._started_at.astimezone(self._settings.zone).date()

    def connect(self) -> AbstractContextManager[Connection]:
        """A connection to the private warehouse, closed at the end of the block."""
        return open_warehouse(self.workspace.warehouse_file, time_zone=self.settings.time_zone)

    def note_refused(self) -> None:
        """A blocking quality check failed: this refresh ends as refused."""
        self._status = "refused"

    def note_published(self) -> None:
        """The publication has been swapped in, and recorded with it."""
        self._status = "published"
