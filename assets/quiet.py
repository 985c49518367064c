"""Which assets a night needs: a workspace comes in, and out go the assets that can have moved.

Where nothing came in these are the few that move by date. Where something came of sources that
others don't depend on, it is what is made of these every night, and at a cut everything but the
other sources' own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

import dagster as dg

from pipelines.analysis.quiet_night import comparisons_stand, folders_with_news, is_quiet
from pipelines.analysis.survey_scores import SCORE_TABLES, SOURCE
from pipelines.config.settings import Settings, load_settings
from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.errors import MachineError
from pipelines.core.own_writes import is_written_by_others
from pipelines.core.warehouse import Connection, DatabaseError, open_warehouse
from pipelines.core.workspace import Workspace
from pipelines.erasure import age_due
from pipelines.ingest.load import staging_upsert
from pipelines.ingest.load.known_content import has_known_content
from pipelines.ingest.read.landing_fingerprint import LandingState, landing_state
from pipelines.quality.check_specs import tables_read

QUIET_ASSETS = tuple(
    dg.AssetKey(key.split("/"))
    for key in (
        "staging/study_setting",
        "staging/pseudonym",
        "quality/freshness",
        "marts/agent",
        "release/outcomes",
        "published/analytics",
        "published/site",
        "published/current",
    )
)
"""What changes without a new file: the day, the age of the sources, and the pages that say so."""
DAILY_ASSETS = tuple(
    dg.AssetKey(key.split("/")) for key in ("quality/retention", "quality/set_aside_summary")
)
"""What else moves with a file between cuts, beside what is taken in and scored of it."""


def makes_publication(selected: Collection[dg.AssetKey]) -> bool:
    """Whether these are assets of a refresh: what every night makes is among them."""
    return {*QUIET_ASSETS} <= {*selected}


def assets_of_tonight(workspace: Workspace) -> list[dg.AssetKey] | None:
    """Return the assets to make tonight; None for all of them."""
    if not workspace.warehouse_file.exists() or not workspace.published_analytics.exists():
        return None
    if workspace.warehouse_damaged_note.exists():
        return None
    if is_written_by_others(workspace.warehouse_file):
        return None
    settings = load_settings(workspace.settings_file)
    if settings.databases:
        return None  # whether anything came in is known when it has been asked for
    landed = landing_state(workspace.landing, workspace.settings_file)
    today = dt.datetime.now(settings.zone).date()
    try:
        with open_warehouse(
            workspace.warehouse_file, read_only=True, time_zone=settings.time_zone
        ) as con:
            return _assets(con, workspace, settings, landed, today)
    except (DatabaseError, MachineError):
        # Somebody else writes, or the file is broken: the refresh itself says which.
        return None


def _assets(
    con: Connection, workspace: Workspace, settings: Settings, landed: LandingState, today: dt.date
) -> list[dg.AssetKey] | None:
    news = folders_with_news(con, landed.folders, today)
    if news is None:
        return None
    news = frozenset(each for each in news if not has_known_content(con, workspace.landing / each))
    if not news <= _by_themselves():
        return None
    if not all(staging_upsert.is_current(con, source) for source in load_contracts().landing):
        return None
    if not news and is_quiet(con, settings, today):
        return list(QUIET_ASSETS)
    with_news = {each for each in load_contracts().landing if each.name in news}
    if age_due.is_due(con, workspace, settings.data_until or today, settings.retention.years):
        return None
    if any(each.required for each in with_news) or not comparisons_stand(con, settings, today):
        return _without({*load_contracts().landing} - with_news)
    scores = [dg.AssetKey(table.split(".")) for table in SCORE_TABLES if SOURCE in news]
    return [*QUIET_ASSETS, *DAILY_ASSETS, *scores, *sorted(_of(with_news))]


def _by_themselves() -> set[str]:
    """The sources whose rows no other source is made of or held against."""
    sources = load_contracts().landing
    read = {name for source in sources for name in tables_read(source)}
    return {source.name for source in sources} - read - {"roster", "people"}


def _without(sources: Iterable[Source]) -> list[dg.AssetKey]:
    """Every asset but what is taken in of some sources."""
    from assets.definitions import defs  # it imports the schedule that asks

    return sorted(defs.resolve_asset_graph().materializable_asset_keys - _of(sources))


def _of(sources: Iterable[Source]) -> set[dg.AssetKey]:
    return {dg.AssetKey([schema, each.name]) for each in sources for schema in ("raw", "staging")}
