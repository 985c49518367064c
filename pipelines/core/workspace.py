"""The workspace: one folder holds one organisation's data, and every path is built here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipelines.core.object_store import ObjectStore
from pipelines.core.places import check_file, check_folder
from pipelines.core.private_files import narrow
from pipelines.core.raw_files import RawPath, raw_store

WORKSPACE_VARIABLE = "COACHING_WORKSPACE"
"""The environment variable that names the workspace of a process."""
SETTINGS = "settings.toml"
WAREHOUSE = "warehouse.duckdb"
"""The name of the private warehouse's file."""
LEDGER_LINE = ".json"
"""How the name of a delivery's line in raw ends."""
PRIVATE_MODE = 0o700
OPEN_MODE = 0o755
"""Of the folders that others pass through or drop files into, whatever the umask is."""


@dataclass(frozen=True)
class Workspace:
    """The layout of one organisation's folder.

    ``root`` need not exist yet; `prepare` creates what the pipeline owns. The landing
    folders belong to whoever drops files into them and are never changed by the pipeline.
    """

    root: Path

    @property
    def settings_file(self) -> Path:
        """``settings.toml``; optional, every key has a default."""
        return self.root / SETTINGS

    @property
    def recipes(self) -> Path:
        """The organisation's own recipes for its exports."""
        return self.root / "recipes"

    @property
    def landing(self) -> Path:
        """The folder that holds one folder of delivered files per source."""
        return self.root / "landing"

    def landing_source(self, source: str) -> Path:
        """Where the deliveries of one source are dropped."""
        return self.landing / source

    @property
    def pulled(self) -> Path:
        """What was pulled from databases: one folder per feed, one file per pull (mode 0700)."""
        return self.root / "pulled"

    @property
    def private(self) -> Path:
        """Everything that must never leave the organisation's administrators (mode 0700)."""
        return self.root / "private"

    @property
    def warehouse_file(self) -> Path:
        """The private DuckDB warehouse: views of raw; ledger, staging, marts, outcomes."""
        return self.private / WAREHOUSE

    @property
    def raw(self) -> RawPath:
        """Every delivery as text: one folder per source, one Parquet file per delivery.

        In the private folder, or where the settings say (``[raw] url``).
        """
        store = self.raw_store
        return self.private_raw if store is None else store.root

    @property
    def private_raw(self) -> Path:
        """Where raw is unless the settings name a store."""
        return self.private / "raw"

    @property
    def raw_store(self) -> ObjectStore | None:
        """The object store that keeps raw, if the settings name one."""
        return raw_store(self.settings_file)

    @property
    def raw_mark_file(self) -> Path:
        """The number by which the store is known to be this workspace's."""
        return self.private / "raw.mark"

    @property
    def pseudonym_key_file(self) -> Path:
        """The HMAC key of the pseudonyms, unless the environment brings it (mode 0600)."""
        return self.private / "pseudonym.key"

    @property
    def erasure_key_file(self) -> Path:
        """The key of the list of erased people and of the receipts (mode 0600)."""
        return self.private / "erasure.key"

    @property
    def erasure_list_file(self) -> Path:
        """Who was erased, as keyed hashes: their rows are left out of every delivery."""
        return self.private / "erased.json"

    @property
    def erasure_under_way_file(self) -> Path:
        """An erasure that has begun and hasn't ended."""
        return self.private / "erasing.json"

    @property
    def receipts(self) -> Path:
        """What was erased when, without whom it was about."""
        return self.private / "receipts"

    @property
    def rewritten_warehouse_file(self) -> Path:
        """The warehouse copied without its free pages, before it takes the old one's place."""
        return self.private / "warehouse.rewritten.duckdb"

    @property
    def warehouse_damaged_note(self) -> Path:
        """Left by a refresh that found the warehouse damaged: the next one makes it anew."""
        return self.private / "warehouse.damaged"

    @property
    def warehouse_temporary(self) -> Path:
        """Where DuckDB puts what doesn't fit into memory; a killed refresh may leave it."""
        return self.private / f"{WAREHOUSE}.tmp"

    @property
    def exchange(self) -> Path:
        """Tables on their way to Spark and back; a killed refresh may leave it."""
        return self.private / "exchange"

    @property
    def unpublished(self) -> list[Path]:
        """What a killed refresh or restore may have left beside the current publication."""
        left = sorted(self.root.glob(f"{self.build.name}*"))
        return [*left, self.restoring] if self.restoring.exists() else left

    @property
    def quarantine(self) -> Path:
        """Rejected rows, one file per delivery that had any."""
        return self.private / "quarantine"

    @property
    def dagster_home(self) -> Path:
        """Dagster's instance: run storage, event logs, schedules."""
        return self.private / "dagster"

    @property
    def dagster_config(self) -> Path:
        """Dagster's configuration of this workspace."""
        return self.dagster_home / "dagster.yaml"

    @property
    def dagster_config_mark(self) -> Path:
        """The digest of what was written there, so that a change by somebody is seen."""
        return self.dagster_home / ".dagster.yaml.written"

    @property
    def dagster_workspace(self) -> Path:
        """Where the webserver and the daemon find the code server."""
        return self.dagster_home / "workspace.yaml"

    @property
    def run_history(self) -> Path:
        """Dagster's runs and their events, where they are kept in files."""
        return self.dagster_home / "history"

    @property
    def run_output(self) -> Path:
        """What runs printed, as Dagster keeps it."""
        return self.dagster_home / "storage"

    @property
    def publications(self) -> Path:
        """The last publications, one folder each by the number of its refresh."""
        return self.private / "publications"

    @property
    def publications_note(self) -> Path:
        """From which refresh on publications may be kept."""
        return self.publications / "keep_after.json"

    @property
    def standing_tables(self) -> Path:
        """What the analysts' file has that stands between cuts: each night's begins with it."""
        return self.publications / "standing_tables.duckdb"

    @property
    def published_copy(self) -> Path:
        """The analysts' file that stands, copied to be read while a program writes in it."""
        return self.private / "standing_copy.duckdb"

    @property
    def restoring(self) -> Path:
        """Where a backup is unpacked and checked before it is brought back."""
        return self.root / ".restoring"

    @property
    def error_log(self) -> Path:
        """Unexpected errors by their numbers: kinds and lines of code, no words."""
        return self.private / "logs" / "errors.jsonl"

    @property
    def alert_addresses_file(self) -> Path:
        """Whom to tell, with passwords in it (mode 0600)."""
        return self.private / "alert.addresses"

    @property
    def alert_memory_file(self) -> Path:
        """What has been told, so that it isn't told twice."""
        return self.private / "alerts.json"

    @property
    def lock_file(self) -> Path:
        """Held by the one refresh that may run at a time."""
        return self.private / "refresh.lock"

    @property
    def build(self) -> Path:
        """Where the next publication is put together; on the same file system as `published`."""
        return self.root / ".publishing"

    @property
    def published(self) -> Path:
        """The publication, replaced as a whole."""
        return self.root / "published"

    @property
    def published_site(self) -> Path:
        """The static dashboards of the current publication."""
        return self.published / "site"

    @property
    def published_analytics(self) -> Path:
        """The analysts' DuckDB file of the current publication."""
        return self.published / "analytics.duckdb"

    def has_begun(self) -> bool:
        """Whether anything was ever published or taken in: then there is a key, and a warehouse.

        Of an object store its list is asked.
        """
        if self.published_analytics.exists():
            return True
        return any(path.suffix == LEDGER_LINE for path in self.raw.glob("[!.]*/*"))

    @property
    def secret_files(self) -> tuple[Path, ...]:
        """Files that are refused, not narrowed, where others could read them."""
        return (self.pseudonym_key_file, self.erasure_key_file, self.alert_addresses_file)

    def check_places(self) -> None:
        """Raises `PlaceError` where a file lies in a folder's place, or a link to nothing."""
        for folder in (self.root, self.landing, self.private, self.published, self.build):
            check_folder(folder)
        for folder in (self.private_raw, self.publications, self.dagster_home):
            check_folder(folder)
        for file in (self.lock_file, self.warehouse_file, self.pseudonym_key_file):
            check_file(file)

    def prepare(self) -> None:
        """Create the folders that the pipeline owns; narrow the modes of all that is private.

        Keys that others could read stay as they are: who reads them refuses them, because it is
        too late to hide them. Raises `PlaceError` where something else lies in a place, before
        anything is made.
        """
        self.check_places()
        for folder in (self.root, self.landing):
            if not folder.exists():
                folder.mkdir(parents=True)
                folder.chmod(OPEN_MODE)
        self.private.mkdir(mode=PRIVATE_MODE, exist_ok=True)
        self.private.chmod(PRIVATE_MODE)
        narrow(self.private, except_for=self.secret_files)
        self.dagster_home.mkdir(mode=PRIVATE_MODE, exist_ok=True)
