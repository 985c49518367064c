"""`quality/set_aside_summary`: rows that can't count yet leave staging before it is used."""

from __future__ import annotations

import dagster as dg

from assets.resources import RefreshResource
from assets.retention import RETENTION, SET_ASIDE
from pipelines.ingest.load.arm_labels import fold_arm_labels
from pipelines.ingest.load.set_aside import describe, set_rows_aside


@dg.asset(key=SET_ASIDE, deps=[RETENTION], group_name="staging", kinds={"sql", "duckdb"})
def set_aside_summary(refresh: RefreshResource) -> dg.MaterializeResult[None]:
    """Rows of people or days that nothing can be made of yet: set aside, counted by reason."""
    arms = refresh.settings.comparison
    with refresh.connect() as con:
        fold_arm_labels(con, (arms.arm_a, arms.arm_b))
        found = set_rows_aside(con, refresh.today)
    return dg.MaterializeResult(metadata={"set_aside": "\n".join(describe(found)) or "nothing"})


set_aside_assets = [set_aside_summary]
