"""`quality/retention`: what is past its age goes, before anything is made of it."""

from __future__ import annotations

import dagster as dg

from assets.resources import RefreshResource
from pipelines.analysis.study_setting import end_of_data
from pipelines.contracts.sources import load_contracts
from pipelines.core.warehouse import rewrite
from pipelines.erasure.age_sweep import RETENTION_TABLE, sweep

RETENTION = dg.AssetKey(RETENTION_TABLE.split("."))


@dg.asset(
    key=RETENTION,
    deps=[["raw", source.name] for source in load_contracts().sources],
    group_name="quality",
    kinds={"python"},
)
def retention(refresh: RefreshResource) -> dg.MaterializeResult[None]:
    """Records older than `[retention] years`, and people who left before: removed and counted."""
    workspace, settings = refresh.workspace, refresh.settings
    with refresh.connect() as con:
        data_until = end_of_data(con, settings, refresh.today)
        swept = sweep(con, workspace, data_until, settings.retention.years)
    if not swept.is_nothing:
        rewrite(workspace.warehouse_file, workspace.rewritten_warehouse_file)
    removed = {source: dg.MetadataValue.int(n) for source, n in swept.n_rows.items()}
    return dg.MaterializeResult(metadata={"kept_from": str(swept.cut_off), **removed})


retention_assets = [retention]
