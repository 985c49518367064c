"""The nightly job: every asset and every check, in one process, because DuckDB has one writer."""

from __future__ import annotations

import dagster as dg

NIGHTLY_REFRESH = "nightly_refresh"

nightly_refresh = dg.define_asset_job(
    NIGHTLY_REFRESH,
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    config={"loggers": {"console": {"config": {}}}},
    description="From landing files to the publication, or nothing at all.",
)
