"""The nightly job: every asset and every check, in one process, because DuckDB has one writer.

A run may be asked for what tonight needs alone. Should that turn out too little, a whole one
follows: whoever sees to it is named by a tag of the run (`assets.run_tags`).
"""

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
