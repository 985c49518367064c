"""`quality/*`: how fresh the sources are, and which claims the data can bear."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets.models import KEPT_SINCE_CUT, read_by
from assets.resources import RefreshResource
from assets.retention import STAGED, after_sweep
from pipelines.contracts.computed import GRADE_TABLES
from pipelines.contracts.sources import load_contracts
from pipelines.disclosure.cut_record import is_cut
from pipelines.quality.freshness import write_freshness

FRESHNESS = dg.AssetKey(["quality", "freshness"])


@dg.asset(
    key=FRESHNESS,
    deps=after_sweep(STAGED),
    group_name="quality",
    kinds={"duckdb"},
    check_specs=[
        dg.AssetCheckSpec(
            f"{source.name}_on_time",
            asset=FRESHNESS,
            description=f"The newest event of {source.title.lower()} is at most "
            f"{source.expected_days} days old.",
        )
        for source in load_contracts().sources
    ],
)
def freshness(refresh: RefreshResource) -> Iterator[dg.MaterializeResult[None]]:
    """How old each source is against what is expected of it."""
    with refresh.connect() as con:
        frame = write_freshness(con, as_of=refresh.today)
    rows = frame.to_dicts()
    yield dg.MaterializeResult(
        metadata={row["source"]: row["status"] for row in rows},
        check_results=[_on_time(row) for row in rows],
    )


def _on_time(row: dict[str, Any]) -> dg.AssetCheckResult:
    """Whether a source is as fresh as its contract expects; late ones block nothing."""
    age = "nothing was ever accepted"
    if row["latest_date"] is not None:
        age = f"newest event {row['latest_date']}, {row['age_days']} days ago"
    return dg.AssetCheckResult(
        check_name=f"{row['source']}_on_time",
        passed=row["is_on_time"],
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{age}; expected at most {row['expected_days']} days",
        metadata={"age_days": str(row["age_days"]), "expected_days": row["expected_days"]},
    )


@dg.multi_asset(
    name="claim_grades",
    specs=[
        dg.AssetSpec(
            ["quality", table],
            # Every staged table, because what its checks found is weighed too.
            deps=after_sweep([*STAGED, *read_by("grades"), FRESHNESS]),
            group_name="quality",
            kinds={"python"},
            description=description,
        )
        for table, description in GRADE_TABLES.items()
    ],
)
def claim_grades(refresh: RefreshResource) -> Iterator[dg.MaterializeResult[None]]:
    """Data problems weighed where they matter, at a cut; after every check on staged tables."""
    grades: dict[str, str] = dict(KEPT_SINCE_CUT)
    with refresh.connect() as con:
        if is_cut(con):
            from pipelines.analysis.reportability_tables import write_grades

            grades = write_grades(con, refresh.settings, as_of=refresh.today)
    for table in GRADE_TABLES:
        yield dg.MaterializeResult(asset_key=["quality", table], metadata=dict(grades))


quality_assets = [freshness, claim_grades]
