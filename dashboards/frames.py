"""Which published table stands behind each frame of a publication, and what it must carry.

The only place that makes an empty frame or asks whether a column is there: everything else reads
columns as the contracts name them. A missing one is an error of the program, not of the data.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import polars as pl

from pipelines.contracts.tables import empty_frame, table_of
from pipelines.core.errors import PipelineError

FRAMES: dict[str, str] = {
    table.partition(".")[2]: table
    for table in (
        "outcomes.comparison",
        "outcomes.retention_curve",
        "outcomes.covariate_balance",
        "outcomes.weight_summary",
        "outcomes.trial_flow",
        "outcomes.claim",
        "outcomes.claim_estimate",
        "outcomes.sensitivity",
        "outcomes.credibility",
        "outcomes.credibility_check",
        "outcomes.segment_estimate",
        "outcomes.worth",
        "outcomes.anytime_interval",
        "outcomes.next_look",
        "outcomes.trend",
        "outcomes.site_leaving",
        "marts.exit_reason",
        "marts.regretted_exit",
        "marts.hire_quarter",
        "outcomes.instrument",
        "outcomes.event_study",
        "outcomes.coaching_practice",
        "outcomes.practice_summary",
        "quality.style_agreement",
        "quality.rater_agreement",
        "quality.outcome_grade",
        "quality.outcome_problem",
        "quality.response_rate",
        "quality.part_grade",
        "quality.ingested_file",
        "quality.freshness",
        "quality.check_result",
        "quality.quarantine_summary",
        "quality.k_anonymity",
        "meta.estimate_change",
        "meta.data_change",
    )
}
"""The published table behind each frame, by the frame's name."""


class MissingColumnError(PipelineError):
    """A frame lacks a column that the contract of its table names."""


def empty(name: str) -> Callable[[], pl.DataFrame]:
    """Return what makes a frame without rows: the columns and types of its contract."""
    return partial(empty_frame, FRAMES[name])


def require_columns(name: str, frame: pl.DataFrame) -> None:
    """Raise `MissingColumnError` unless the frame has every column of its contract."""
    table = table_of(FRAMES[name])
    missing = [each.name for each in table.columns if each.name not in frame.columns]
    if missing:
        raise MissingColumnError(
            f"{table.full_name} has no column {', '.join(missing)}; its contract names "
            f"{len(table.columns)} columns. No page was written; the last good publication stands. "
            "Make the comparisons anew (make cut), or report this."
        )
