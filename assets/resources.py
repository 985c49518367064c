"""The one resource: a refresh of one workspace, locked from its first asset to its last."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field, PrivateAttr

from assets.errors import describe_error
from assets.orphaned_runs import end_orphans
from assets.refresh_run import RefreshRun
from assets.run_errors import tell_in_run
from assets.run_history import forget_old_runs
from assets.run_tags import LANDED_TAG, OUTCOME_TAG, REFRESH_TAG, TAG, TURNED_AWAY_TAG
from assets.telling import RunTeller, telling
from pipelines.config.settings import Settings, load_settings
from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.arrow_alone import leave_pandas_alone
from pipelines.core.engine_limits import clear_spill, keep_to, loosen
from pipelines.core.errors import (
    MachineError,
    MemoryShortError,
    RefreshBusyError,
    SettingsError,
    WarehouseDamagedError,
)
from pipelines.core.expected_errors import WRITTEN_BY_OTHERS
from pipelines.core.free_space import check_room
from pipelines.core.freed_memory import give_back
from pipelines.core.lock import only_one
from pipelines.core.own_writes import is_written_by_others
from pipelines.core.private_files import FILE_MODE
from pipelines.core.step_log import bind, choose_format, note
from pipelines.core.warehouse import (
    Connection,
    DatabaseError,
    open_warehouse,
    read_published,
)
from pipelines.core.warehouse_file import rewrite, rewrite_worn
from pipelines.core.workspace import WORKSPACE_VARIABLE, Workspace
from pipelines.disclosure.cut_record import is_cut
from pipelines.engine.engine import IN_DUCKDB, Engine, open_engine
from pipelines.erasure.recovery import enter_what_is_in_raw, rebuild_warehouse
from pipelines.ingest.load import staging_upsert
from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.load.raw_check import naming_damage
from pipelines.ingest.pull.pull_database import Pull, pulls_for
from pipelines.ingest.read.landing_fingerprint import LandingState, landing_state
from pipelines.personal_data.erased_people import Erased
from pipelines.personal_data.erasure_registry import (
    check_not_half_erased,
    load_erased,
    without_receipt,
)
from pipelines.personal_data.pseudonyms import check_key, load_key
from pipelines.release import refresh_log
from pipelines.release.gate import ANEW, PLANNED, NotReadyError, note_made_from
from pipelines.release.publish import check_place

DEFAULT_WORKSPACE = "workspace"
WHERE = f"The workspace's folder; empty: the one that {WORKSPACE_VARIABLE} names."
EVERYTHING = "everything"
MOST_RETRIES = 5
"""Of a step that had too little memory by our own limit."""
REBUILD = (
    "What to make anew from private/raw before the refresh: names of sources (their staged rows), "
    f"or `{EVERYTHING}` (the whole warehouse). Nothing that was delivered is lost by it."
)


def workspace_from_environment() -> Workspace:
    """The workspace that the environment names, else ``./workspace``."""
    return Workspace(Path(os.environ.get(WORKSPACE_VARIABLE, DEFAULT_WORKSPACE)).resolve())


def sources_to_rebuild(names: Sequence[str]) -> list[Source] | None:
    """The sources to make anew; None for everything. An unknown name raises `SettingsError`."""
    if EVERYTHING in names:
        return None
    known = {source.name: source for source in load_contracts().landing}
    if unknown := sorted(set(names) - known.keys()):
        raise SettingsError(
            f"rebuild: {', '.join(unknown)} is no source; expected {EVERYTHING} or some of "
            f"{', '.join(known)}. Nothing was touched"
        )
    return [known[name] for name in names]


class RefreshResource(dg.ConfigurableResource[Any]):
    """Gives assets the workspace, its settings and connections to its warehouse.

    Settings are read before anything is touched; a wrong key stops the run there. A run of the
    nightly job is a refresh: it has a number, and what became of it is noted. Whoever makes single
    assets can look at them, but not publish.
    """

    workspace_root: str = Field(default="", description=WHERE)
    rebuild: list[str] = Field(default=[], description=REBUILD)

    _settings: Settings = PrivateAttr()
    _started_at: dt.datetime = PrivateAttr()
    _noted_at: dt.datetime = PrivateAttr()
    _status: str = PrivateAttr(default=refresh_log.FAILED)
    _landed: LandingState = PrivateAttr()
    _refresh_id: int | None = PrivateAttr(default=None)
    _compares: bool = PrivateAttr(default=True)
    _refused_since: dt.datetime | None = PrivateAttr(default=None)
    _keeper: contextlib.ExitStack = PrivateAttr(default_factory=contextlib.ExitStack)
    _pulls: dict[str, Pull] = PrivateAttr(default_factory=dict)
    _engine: Engine = PrivateAttr(default=IN_DUCKDB)
    _early: dict[str, IngestReport] = PrivateAttr(default_factory=dict)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[RefreshResource]:
        """Hold the workspace for one run, and note at its start and end what it is."""
        with telling(self.workspace, context) as teller:
            if context.instance is not None and context.run is not None:
                tell_in_run(context.instance, context.run)
            self._settings = load_settings(self.workspace.settings_file)
            choose_format(self._settings.log.format)
            keep_to(self._settings.limits.of_engine(self.workspace.root))
            self._started_at = dt.datetime.now(dt.UTC)
            self._landed = landing_state(self.workspace.landing, self.workspace.settings_file)
            self.workspace.prepare()
            with self._lock(context), self._held(context) as (run, anew):
                killed = self._begin(run, anew)
                teller.begins(is_refresh=self._refresh_id is not None, killed=killed)
                number = str(self._refresh_id or "")
                self._tag(context, {LANDED_TAG: self._landed.fingerprint, REFRESH_TAG: number})
                try:
                    with self._with_engine():
                        yield self
                finally:
                    self._end(teller)
                    if self._refresh_id is not None:
                        self._tag(context, {OUTCOME_TAG: self._status})
        self._tidy(context.instance)

    @contextmanager
    def _lock(self, context: dg.InitResourceContext) -> Iterator[None]:
        """Hold the workspace's lock; runs that Dagster believes at work beside it are dead."""
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(only_one(self.workspace.lock_file))
            except RefreshBusyError:
                if context.instance is not None and context.run is not None:
                    context.instance.add_run_tags(context.run.run_id, {TURNED_AWAY_TAG: "true"})
                raise
            end_orphans(context.instance, but=context.run)
            yield

    @contextmanager
    def _held(
        self, context: dg.InitResourceContext
    ) -> Iterator[tuple[RefreshRun, Sequence[Source]]]:
        """Hold the warehouse open, so that opening it again for each step costs nothing.

        What kind of run this is and which sources it makes anew are found out before.
        """
        leave_pandas_alone()
        self._check_erasures_and_keys()
        check_room(self.workspace)
        check_place(self.workspace)
        clear_spill()
        anew = sources_to_rebuild(self.rebuild)
        if anew is None or self.workspace.warehouse_damaged_note.exists():
            rebuild_warehouse(self.workspace)
        if is_written_by_others(self.workspace.warehouse_file):
            self.workspace.warehouse_damaged_note.touch(FILE_MODE)
            raise WRITTEN_BY_OTHERS
        run = RefreshRun.of(context.run, self.workspace)
        if run.is_too_short:
            raise NotReadyError(
                "more is due than when this night was asked for, so nothing was begun: the whole "
                "night follows by itself"
            )
        self._compares = run.compares
        with contextlib.ExitStack() as self._keeper:
            self._keeper.enter_context(self.connect())
            yield run, anew or ()
        self._give_back()

    def _check_erasures_and_keys(self) -> None:
        """Whatever would stop the publication for the sake of people stops the refresh at once."""
        under_way = self.workspace.erasure_under_way_file
        check_not_half_erased(under_way)
        check_key(self.workspace)
        load_key(self.workspace.pseudonym_key_file)  # made on the first night, before anything else
        load_erased(self.workspace.erasure_list_file, self.workspace.erasure_key_file)
        if (left := without_receipt(under_way)) is not None:
            note(left)

    @contextmanager
    def _with_engine(self) -> Iterator[None]:
        """Let models be made where the settings say; a session starts when one is first needed."""
        chosen = self._settings.engine
        with open_engine(
            chosen.name,
            chosen.url,
            chosen.options,
            time_zone=self._settings.time_zone,
            exchange=self.workspace.exchange,
        ) as self._engine:
            yield

    def rewrite_warehouse(self) -> None:
        """Write the warehouse's file anew, so that nothing of deleted rows is left in it.

        Nobody may have it open then: what was held goes on with the new file.
        """
        self._keeper.close()
        rewrite(self.workspace.warehouse_file, self.workspace.rewritten_warehouse_file)
        self._keeper.enter_context(self.connect())

    def _give_back(self) -> None:
        """Give free blocks of the warehouse back; where that can't be, another night does it."""
        file = self.workspace.warehouse_file
        with contextlib.suppress(MachineError, DatabaseError, OSError):
            if rewrite_worn(file, self.workspace.rewritten_warehouse_file):
                note("gave free blocks of the warehouse back")

    def _tag(self, context: dg.InitResourceContext, tags: dict[str, str]) -> None:
        """Let the list of runs tell what this one is; empty tags are left out."""
        if context.instance is not None and context.run is not None:
            told = {f"{TAG}/{name}": value for name, value in tags.items() if value}
            context.instance.add_run_tags(context.run.run_id, told)

    def _begin(self, run: RefreshRun, anew: Sequence[Source]) -> list[refresh_log.Killed]:
        """Note that a refresh runs; returns those that were killed, but for one it goes on with."""
        with self.connect() as con:
            refresh_log.check_clock(con, self._started_at)
            enter_what_is_in_raw(con, self.workspace)
            for source in anew:
                staging_upsert.forget(con, source)
            killed = refresh_log.settle(con, self._published_refreshes(con))
            self._refused_since = refresh_log.refused_since(con)
            self._noted_at = refresh_log.after_publication(con, self._started_at)
            if run.is_whole or (run.goes_on and refresh_log.knows_run(con, run.name)):
                self._refresh_id = refresh_log.begin(
                    con, self._settings, self._started_at, run.name
                )
                bind(refresh=self._refresh_id)
        return [each for each in killed if each.run != run.name]

    def _end(self, teller: RunTeller) -> None:
        """Note how it ended; where that can't be written, the next refresh notes it."""
        if self._refresh_id is None:
            return
        is_published = self._status == refresh_log.PUBLISHED
        if is_published:
            teller.stands()
        with contextlib.suppress(MachineError, DatabaseError, OSError):
            with self.connect() as con:
                if is_published:
                    teller.look_at(con)
                    return
                published = self._published_refreshes(con)
                refresh_log.end(con, self._refresh_id, self._status, published)
            teller.broke_down(was_refused=self._status == refresh_log.REFUSED)

    def _tidy(self, instance: dg.DagsterInstance | None) -> None:
        """Forget old runs; a history that can't be tidied tonight is tidied another night."""
        if instance is None or self._refresh_id is None or instance.is_ephemeral:
            return
        try:
            forget_old_runs(instance, self.workspace, self._settings.dagster.keep_runs_days)
        except Exception as error:
            note(f"old runs weren't forgotten: {describe_error(error).summary}")

    def _published_refreshes(self, con: Connection) -> Any:
        return read_published(con, self.workspace.published_analytics, "meta.refresh")

    @property
    def workspace(self) -> Workspace:
        """The folder layout of this organisation."""
        if self.workspace_root:
            return Workspace(Path(self.workspace_root))
        return workspace_from_environment()

    @property
    def engine(self) -> Engine:
        """What makes the tables of the models."""
        return self._engine

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
    def landed(self) -> LandingState:
        """The state of landing/ and the settings when this refresh began."""
        return self._landed

    @property
    def refresh_id(self) -> int:
        """The number of this refresh; raises `NotReadyError` where the run isn't one."""
        if self._refresh_id is None:
            raise NotReadyError(
                "single assets were asked for; a publication is made by the whole nightly job, so "
                f"that everything in it is of one refresh. {ANEW}"
            )
        return self._refresh_id

    @property
    def refused_since(self) -> dt.datetime | None:
        """The end of the last publication, if a refresh was refused after it."""
        return self._refused_since

    @property
    def started_at(self) -> dt.datetime:
        """When this refresh started (UTC); the only clock that assets use."""
        return self._started_at

    @property
    def noted_at(self) -> dt.datetime:
        """The moment that the ledger has for what comes in now: after the last publication."""
        return self._noted_at

    @property
    def today(self) -> dt.date:
        """The day of this refresh in the workspace's time zone."""
        return self._started_at.astimezone(self._settings.zone).date()

    def pulls_for(self, source: Source) -> dict[str, Pull]:
        """What databases give for a source; each is asked once in a refresh, when first needed."""
        return pulls_for(
            source.name, self._settings, self.workspace.pulled, self._started_at, self._pulls
        )

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection to the private warehouse, closed at the end of the block.

        What the block's frames took goes back to the machine with it.
        A damaged one is noted, so that the next refresh makes it anew. Where our own limit of
        memory was too low, the step is made again with twice as much.
        """
        file = self.workspace.warehouse_file
        try:
            with (
                naming_damage(self.workspace.raw),
                open_warehouse(file, time_zone=self.settings.time_zone) as con,
            ):
                yield con
            give_back()
        except MemoryShortError as error:
            if loosen(file.stat().st_size):
                raise dg.RetryRequested(max_retries=MOST_RETRIES) from error
            raise
        except WarehouseDamagedError:
            with contextlib.suppress(OSError):
                self.workspace.warehouse_damaged_note.touch(FILE_MODE)
            raise

    def note_planned(self, con: Connection) -> None:
        """Note which data this refresh rests on; of a run that is none, nothing."""
        if self._refresh_id is not None:
            note_made_from(con, self._refresh_id, PLANNED)

    def check_compares(self, con: Connection) -> None:
        """Raises `NotReadyError` where a refresh without comparisons turns out to need them.

        The plan stays, so that the next one makes them.
        """
        if self._refresh_id is not None and not self._compares and is_cut(con):
            raise NotReadyError(
                "comparisons have to be made anew tonight, as could be known only when the files "
                f"were taken in, and this run makes none. {ANEW}"
            )

    def note_early(self, report: IngestReport) -> None:
        """What became of files that were taken in before their turn."""
        self._early[report.source] = report

    def early(self, source: Source) -> IngestReport | None:
        """What was taken in of a source before its turn."""
        return self._early.pop(source.name, None)

    def note_refused(self) -> None:
        """A blocking quality check failed: this refresh ends as refused."""
        self._status = refresh_log.REFUSED

    def note_published(self) -> None:
        """The publication has been swapped in, and recorded with it."""
        self._status = refresh_log.PUBLISHED
