"""Who has to know how a refresh ended, is told by the run itself, whatever started it.

A run that was killed can't tell: the daemon does (`assets.watch`), and where there is none, the
next run. What goes wrong before there is a run, the command tells.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import dagster as dg

from assets.errors import FROM_OUTSIDE, ErrorSummary, describe_error, hearing_errors
from assets.jobs import NIGHTLY_REFRESH
from assets.landing_gone import landing_gone
from assets.outcome import (
    SWAPPED,
    UNTOUCHED,
    Outcome,
    ended_from_outside,
    failed_outcome,
    refusals_among,
    refused_outcome,
)
from assets.run_tags import FOLLOWED_TAG, MAX_RETRIES_TAG, TOO_SHORT_TAG
from pipelines.alerts.delivery import BEGAN, PUBLISHED
from pipelines.alerts.kinds import LateSource, NightEnd
from pipelines.alerts.notifier import notify, pass_over, send_beat
from pipelines.config.settings import Alerts, load_settings
from pipelines.core.errors import PipelineError, RefreshBusyError
from pipelines.core.lock import held_seconds
from pipelines.core.step_log import log_step, note
from pipelines.core.warehouse import Connection, fetch_query
from pipelines.core.workspace import Workspace
from pipelines.release.gate import NotReadyError
from pipelines.release.manifest import read_manifest
from pipelines.release.refresh_log import Killed, last_published

STUCK_SECONDS = 6 * 3600
"""A refresh that is turned away is worth telling only where another has run for so long."""


def is_too_short(errors: Sequence[ErrorSummary]) -> bool:
    """Whether a run made less than a publication of tonight needs."""
    return any(error.cause.startswith(f"{NotReadyError.__name__} ") for error in errors)


class RunTeller:
    """What a run learns about itself until it ends."""

    def __init__(
        self, workspace: Workspace, context: dg.InitResourceContext, errors: list[ErrorSummary]
    ) -> None:
        """Know a run; whether it is a refresh is seen when it begins."""
        self._workspace, self._context, self._errors = workspace, context, errors
        self._before = _refresh_that_stands(workspace)
        self._is_refresh = context.run is not None and context.run.job_name == NIGHTLY_REFRESH
        self._late: tuple[LateSource, ...] | None = None
        self._gone: str | None = None
        self._outcome: Outcome | None = None

    def begins(self, *, is_refresh: bool, killed: Sequence[Killed]) -> None:
        """The workspace is held, whether this run is a refresh is known, and which were killed."""
        self._is_refresh = is_refresh
        for each in killed:
            tell_killed(self._workspace, each)
        if is_refresh:
            send_beat(self._workspace, BEGAN, note)
            self._gone = landing_gone(self._workspace)
            if self._gone is not None:
                log_step("warn", self._gone)

    def stands(self) -> None:
        """A publication of this refresh stands."""
        self._outcome = Outcome(PUBLISHED, "The publication stands")

    def look_at(self, con: Connection) -> None:
        """See what was published, and which sources are late."""
        row = last_published(con).row(0, named=True)
        news = f"Refresh {row['refresh_id']} published data until {row['data_until']}"
        self._outcome = Outcome(PUBLISHED, news)
        rows = fetch_query(con, "alerts/late_sources").iter_rows(named=True)
        self._late = tuple(LateSource(**row) for row in rows)

    def broke_down(self, *, was_refused: bool) -> None:
        """Nothing was published, or an error came behind the swap; the workspace is still held."""
        if was_refused and (refusals := self._refusals()):
            self._outcome = refused_outcome(self._workspace, refusals)
            return
        has_swapped = _refresh_that_stands(self._workspace) != self._before
        if not has_swapped and self._is_being_stopped():
            self._outcome = ended_from_outside()  # what broke then is no fault of the program
            return
        self._outcome = failed_outcome(self._errors, SWAPPED if has_swapped else UNTOUCHED)

    def tell(self) -> None:
        """Tell whoever has to know, once for this run; the workspace is free again."""
        run = self._context.run
        if self._is_followed(self._errors) or not self._is_refresh or run is None:
            return
        outcome = self._outcome or failed_outcome(self._errors, UNTOUCHED)
        tell(self._workspace, outcome, run=run.run_id, late=self._late, gone=self._gone)
        if outcome.status == PUBLISHED:
            send_beat(self._workspace, PUBLISHED, note)

    def broke_off(self, error: Exception) -> None:
        """Tell of an error before anything was made, as of settings or of a full disk."""
        if self._is_followed([describe_error(error)]):
            return
        if self._is_refresh and self._context.run is not None:
            tell_error(self._workspace, error, run=self._context.run.run_id)

    def _is_followed(self, errors: Sequence[ErrorSummary]) -> bool:
        """Whether a whole run follows this one, since it made too little: that one tells.

        It is noted on the run for whoever begins the other. Dagster, which tries again what ended
        before its first step, would begin as little once more.
        """
        run, instance = self._context.run, self._context.instance
        if run is None or FOLLOWED_TAG not in run.tags or not is_too_short(errors):
            return False
        pass_over(self._workspace, run.run_id)
        if instance is not None:
            instance.add_run_tags(run.run_id, {TOO_SHORT_TAG: "true", MAX_RETRIES_TAG: "0"})
        return True

    def _is_being_stopped(self) -> bool:
        instance, run = self._context.instance, self._context.run
        if instance is None or run is None:
            return False
        asked = dg.DagsterEventType.PIPELINE_CANCELING  # its status may say FAILURE by now
        return bool(instance.get_records_for_run(run.run_id, of_type=asked).records)

    def _refusals(self) -> list[dg.AssetCheckEvaluation]:
        instance, run = self._context.instance, self._context.run
        if instance is None or run is None:
            return []
        records = instance.get_records_for_run(
            run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
        ).records
        events = [record.event_log_entry.dagster_event for record in records]
        return refusals_among([event.asset_check_evaluation_data for event in events if event])


@contextmanager
def telling(workspace: Workspace, context: dg.InitResourceContext) -> Iterator[RunTeller]:
    """Hear of a run's errors, those of its beginning too, and tell how it ended."""
    with hearing_errors() as errors:
        teller = RunTeller(workspace, context, errors)
        try:
            yield teller
        except Exception as error:
            teller.broke_off(error)
            raise
        teller.tell()


def tell(
    workspace: Workspace,
    outcome: Outcome,
    *,
    run: str | None,
    late: tuple[LateSource, ...] | None = None,
    gone: str | None = None,
) -> None:
    """Tell how a refresh ended; nothing that goes wrong here is worth more than a note."""
    try:
        settings = load_settings(workspace.settings_file).alerts
    except PipelineError:
        settings = Alerts()
    try:
        stands = what_stands(workspace)
        night = NightEnd(run, outcome.status, outcome.cause, outcome.summary, stands, late, gone)
        notify(workspace, settings, night, note)
    except Exception as error:
        note(f"nobody was told: {describe_error(error).summary}")


def tell_error(workspace: Workspace, error: BaseException, *, run: str | None) -> None:
    """Tell of an error that ended a refresh; being turned away isn't one, unless it lasts."""
    if isinstance(error, RefreshBusyError) and held_seconds(workspace.lock_file) < STUCK_SECONDS:
        if run is not None:
            pass_over(workspace, run)
        return
    tell(workspace, failed_outcome([describe_error(error)], UNTOUCHED), run=run)


def tell_killed(workspace: Workspace, killed: Killed) -> None:
    """Tell of a refresh that was killed, unless the daemon has: under cron nobody else could."""
    began = f"{killed.started_at:%d %b %Y %H:%M} UTC"
    summary = (
        f"refresh {killed.refresh_id}, begun {began}, was ended from outside: killed, out of "
        "memory, or the machine stopped; what was committed stays, and this refresh starts over"
    )
    note(summary)
    tell(workspace, Outcome("failed", summary, cause=FROM_OUTSIDE), run=killed.run)


def what_stands(workspace: Workspace) -> str:
    """Which publication readers see now."""
    number = _refresh_that_stands(workspace)
    if number is None:
        return "nothing has been published yet" if not workspace.published.exists() else UNTOUCHED
    since = dt.datetime.fromtimestamp(workspace.published.stat().st_mtime, dt.UTC)
    return f"the publication of refresh {number}, of {since:%d %b %Y %H:%M} UTC, whole"


def _refresh_that_stands(workspace: Workspace) -> int | None:
    manifest = read_manifest(workspace.published)
    return manifest.refresh_id if manifest else None
