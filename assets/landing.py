"""From landing files to `raw/<source>` and `staging/<source>`: an asset per source, with checks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from assets.resources import RefreshResource
from assets.table_facts import code_version_of, made, text_of
from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.check_results import DELIVERIES_ACCEPTED, FILES_READABLE
from pipelines.core.checked_data import delivered_fingerprint
from pipelines.core.sql_models import SQL_FOLDER
from pipelines.core.warehouse import Connection
from pipelines.ingest.load.ingest_report import IngestReport
from pipelines.ingest.shape.lookups import PEOPLE, ROSTER


def source_asset(source: Source) -> dg.AssetsDefinition:
    """The asset that takes in one source's landing files: as delivered, and what stands of them."""
    raw, staging = (dg.AssetKey([schema, source.name]) for schema in ("raw", "staging"))

    @dg.multi_asset(
        name=source.name,
        specs=[
            dg.AssetSpec(
                raw,
                deps=looked_up(source),
                group_name="raw",
                kinds={"duckdb"},
                description=f"{source.description}\n\nText as delivered, with file and line.",
            ),
            dg.AssetSpec(
                staging,
                deps=[raw],
                group_name="staging",
                kinds={"sql", "duckdb"},
                description=text_of(_model(source)),
                code_version=code_version_of(_model(source)),
            ),
        ],
        check_specs=[
            dg.AssetCheckSpec(
                DELIVERIES_ACCEPTED,
                asset=raw,
                description="No delivery has so many rejected rows that it is refused.",
            ),
            dg.AssetCheckSpec(
                FILES_READABLE,
                asset=raw,
                description="Every file in the landing folder can be taken at all.",
            ),
        ],
    )
    def land(refresh: RefreshResource) -> Iterator[dg.MaterializeResult[None]]:
        report, standing, delivered = _take_in(refresh, source)
        if report.delivery_refusals and source.required:
            refresh.note_refused()
        yield dg.MaterializeResult(
            asset_key=raw,
            metadata=_metadata(report),
            check_results=_checks(report, source),
            data_version=dg.DataVersion(delivered),
        )
        yield dg.MaterializeResult(asset_key=staging, **standing)

    return land


def _take_in(refresh: RefreshResource, source: Source) -> tuple[IngestReport, dict[str, Any], str]:
    """Take in the source's own folder and its feeds'; what became of the files, and what stands.

    The last is the version of what was delivered. Where recipes look people up to make the roster,
    what makes people is taken in before it; whoever is only known by the roster follows after it.
    """
    from pipelines.ingest.load.source_folders import looks_people_up  # see `_ingested`

    with refresh.connect() as con:
        if source.name == ROSTER and looks_people_up(refresh.settings.feeds):
            refresh.note_early(_ingested(con, refresh, load_contracts().source(PEOPLE)))
        report = _ingested(con, refresh, source).after(refresh.early(source))
        standing = made(con, f"staging.{source.name}")
        return report, standing, delivered_fingerprint(con, source.name)


def _ingested(con: Connection, refresh: RefreshResource, source: Source) -> IngestReport:
    from pipelines.ingest.load.ingest_source import ingest_source  # and with it every reader

    workspace, settings = refresh.workspace, refresh.settings
    return ingest_source(
        con,
        source,
        workspace.landing_source(source.name),
        raw=workspace.raw,
        now=refresh.noted_at,
        mapping=settings.mapping.get(source.name),
        quarantine=workspace.quarantine / source.name,
        erased=refresh.erased,
        limits=settings.limits,
        feeds=settings.feeds,
        time_zone=settings.time_zone,
        refused_since=refresh.refused_since,
        pulls=refresh.pulls_for(source),
        engine=refresh.engine,
        is_emptied=refresh.landed.n_files == 0,
    )


def looked_up(source: Source) -> list[dg.AssetKey]:
    """What recipes may look up for a source: whom the roster has, and what others call them.

    Not by what is staged, though that is read: its checks come after the sweep, and so after every
    delivery.
    """
    before = {"roster": [], "people": ["roster"]}.get(source.name, ["roster", "people"])
    return [dg.AssetKey(["raw", name]) for name in before]


def _model(source: Source) -> Path:
    """What stands of a source's rows; `ingest_source` keeps it so, delivery by delivery."""
    return SQL_FOLDER / "staging" / f"{source.name}.sql"


def _metadata(report: IngestReport) -> dict[str, dg.MetadataValue]:
    return {
        "files_new": dg.MetadataValue.int(report.n_files_loaded),
        "files_known": dg.MetadataValue.int(report.n_files_known),
        "rows_new": dg.MetadataValue.int(report.n_rows),
        "rows_accepted": dg.MetadataValue.int(report.n_accepted),
        "rows_quarantined": dg.MetadataValue.int(report.n_quarantined),
        "rows_superseded": dg.MetadataValue.int(report.n_superseded),
    }


def _checks(report: IngestReport, source: Source) -> list[dg.AssetCheckResult]:
    """What became of the files; only of a required source a refused one blocks.

    It does so behind the checks on what is staged (`assets.checks`), so that every other source is
    taken in and checked in the same night. What is refused of an optional source doesn't count.
    """
    severity = dg.AssetCheckSeverity.ERROR if source.required else dg.AssetCheckSeverity.WARN
    return [
        dg.AssetCheckResult(
            check_name=DELIVERIES_ACCEPTED,
            passed=not report.delivery_refusals,
            severity=severity,
            description="\n".join(report.delivery_refusals) or None,
        ),
        dg.AssetCheckResult(
            check_name=FILES_READABLE,
            passed=not report.gate_refusals,
            severity=dg.AssetCheckSeverity.WARN,
            description="\n".join(report.gate_refusals) or None,
        ),
    ]


source_assets = [source_asset(source) for source in load_contracts().landing]
