"""Problems of one part of the workforce: what can't be told of it, while the whole can be."""

from __future__ import annotations

import polars as pl

from pipelines.contracts.reportability_rules import GradeRules
from pipelines.core import status as states
from pipelines.core.parts import CROSS
from pipelines.quality.reportability import GRADE_SCHEMA, NOT_REPORTABLE, withhold

SITE = "site"
_SHIFTS = "shift_days_missing"
PART_GRADE_SCHEMA = {
    "outcome": pl.String(),
    "segment": pl.String(),
    "segment_value": pl.String(),
    **{name: kind for name, kind in GRADE_SCHEMA.items() if name != "outcome"},
}


def part_grades(sites: pl.DataFrame, rules: GradeRules) -> pl.DataFrame:
    """One row per outcome not reportable for a site; ``sites`` as from `site_coverage`."""
    rule = rules.measures[_SHIFTS]
    rows = []
    for site in sites.sort(SITE).to_dicts():
        share, limit = site["missing_share"], rule.not_reportable_there
        if site["n_days"] < rule.min_n or not rule.is_beyond(share, limit):
            continue
        reason = rule.reason.format(value=f"{share:.0%}", detail=site["site"])
        rows += [
            (
                outcome,
                SITE,
                site["site"],
                NOT_REPORTABLE,
                states.NOT_REPORTABLE,
                reason,
                _SHIFTS,
                share,
                limit,
            )
            for outcome in rule.outcomes
        ]
    return pl.DataFrame(rows, schema=PART_GRADE_SCHEMA, orient="row")


def apply_part_grades(comparison: pl.DataFrame, grades: pl.DataFrame) -> pl.DataFrame:
    """``outcomes.comparison`` without verdict and numbers of what isn't reportable there.

    What can't be told of a part can't be told of the parts of it either.
    """
    own = grades.select(
        "outcome",
        "segment",
        "segment_value",
        pl.col("status").alias("status_there"),
        pl.col("reason").alias("reason_there"),
    )
    reasons = pl.concat([own, _of_parts_of_parts(comparison, own)])
    order = "position"
    joined = (
        comparison.with_row_index(order)
        .join(reasons, on=["outcome", "segment", "segment_value"], how="left")
        .sort(order)
    )
    there = ("status_there", "reason_there")
    return withhold(joined.drop(order), *(pl.col(name) for name in there)).drop(there)


def _of_parts_of_parts(comparison: pl.DataFrame, reasons: pl.DataFrame) -> pl.DataFrame:
    """Carry reasons over from the parts of one segment to those of two; the first one stays."""
    pair = ["segment", "segment_value"]
    single = (
        comparison.select(pair)
        .unique(maintain_order=True)
        .filter(pl.col("segment").str.contains(CROSS, literal=True))
        .with_columns(pl.col(name).str.split(CROSS).alias(f"single_{name}") for name in pair)
        .explode("single_segment", "single_segment_value")
    )
    carried = single.join(
        reasons,
        left_on=["single_segment", "single_segment_value"],
        right_on=pair,
        how="inner",
        maintain_order="left",
    )
    return carried.select(reasons.columns).unique(["outcome", *pair], keep="first")
