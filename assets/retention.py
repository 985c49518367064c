"""`quality/retention`: what is past its age goes, before anything is made of it.

It takes rows out of tables that the sources' assets declare, as erasing a person does, and so does
`quality/set_aside_summary` after it; so whatever reads a source's rows names both (`after_sweep`).
"""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from assets.resources import RefreshResource
from pipelines.analysis.study_setting import end_of_data
from pipelines.contracts.sources import load_contracts
from pipelines.erasure.age_due import RETENTION_TABLE
from pipelines.erasure.age_sweep import sweep
from pipelines.ingest.load.set_aside import SUMMARY
from pipelines.release.versions import forget_publications

RETENTION = dg.AssetKey(RETENTION_TABLE.split("."))
SET_ASIDE = dg.AssetKey(SUMMARY.split("."))
"""The asset that sets rows aside that can't count yet (`assets.set_aside`)."""
STAGED = [dg.AssetKey(["staging", source.name]) for source in load_contracts().sources]


def after_sweep(keys: Iterable[dg.AssetKey]) -> list[dg.AssetKey]:
    """Assets to depend on, each once; behind them what takes rows out of a source, if it's read."""
    listed = list(dict.fromkeys(keys))
    return [*listed, RETENTION, SET_ASIDE] if any(key in STAGED for key in listed) else listed


@dg.asset(
    key=RETENTION,
    # Not on what is staged, though it is read: the checks on that come after the sweep.
    deps=[["raw", source.name] for source in load_contracts().sources],
    group_name="staging",  # it is swept what is staged; what measures quality comes later
    kinds={"python"},
)
def retention(refresh: RefreshResource) -> dg.MaterializeResult[None]:
    """Records older than `[retention] years`, and people who left before: removed and counted."""
    workspace, settings = refresh.workspace, refresh.settings
    with refresh.connect() as con:
        data_until = end_of_data(con, settings, refresh.today)
        swept = sweep(con, workspace, data_until, settings.retention.years)
    if not swept.is_nothing:
        refresh.rewrite_warehouse()
        forget_publications(workspace)
    removed = {source: dg.MetadataValue.int(n) for source, n in swept.n_rows.items()}
    return dg.MaterializeResult(metadata={"kept_from": str(swept.cut_off), **removed})


retention_assets = [retention]
