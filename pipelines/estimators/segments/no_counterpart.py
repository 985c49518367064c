"""From the people who were set aside to rows of the comparison: parts that gave one kind alone.

In come everybody of both arms, and those of them who are compared; out comes a row without figures
for every part of the workforce of which nobody is compared, so that no site goes missing without a
word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from pipelines.core.status import NO_DATA
from pipelines.estimators.results import COMPARISON_SCHEMA, ComparisonSpec, Measure
from pipelines.estimators.segments.comparison import OUTCOME
from pipelines.estimators.segments.definitions import divide

DESIGNS = ("unadjusted", "weighted")
REASON = "no counterpart: everybody in this part was coached in one of the two ways"


def no_counterpart_rows(
    everybody: pl.DataFrame,
    compared: pl.DataFrame,
    spec: ComparisonSpec,
    measures: Sequence[Measure],
) -> pl.DataFrame:
    """Return the rows of the parts of which nobody is in `compared`; people are told of exits."""
    in_arms = everybody.filter(pl.col("arm").cast(pl.String).is_in([spec.arm_a, spec.arm_b]))
    is_compared = in_arms["agent_key"].is_in(compared["agent_key"].implode())
    exits = [(OUTCOME, days, "risk_difference") for days in spec.horizon_days]
    others = [(each.outcome, each.horizon_days, "mean_difference") for each in measures]
    rows: list[dict[str, Any]] = []
    for segment, parts in divide(in_arms).items() if not is_compared.all() else ():
        for part in parts:
            if is_compared[part.rows].any():
                continue
            name = {"segment": segment, "segment_value": part.value}
            people = _people(in_arms[part.rows], spec)
            rows += [name | each | people for each in _rows(spec, exits)]
            rows += [name | each for each in _rows(spec, others)]
    return pl.DataFrame(rows, schema=COMPARISON_SCHEMA)


def _rows(spec: ComparisonSpec, asked: Sequence[tuple[str, int, str]]) -> Iterator[dict[str, Any]]:
    for outcome, days, estimand in asked:
        for design in DESIGNS:
            yield {
                "outcome": outcome,
                "horizon_days": days,
                "design": design,
                "estimand": estimand,
                "arm_a": spec.arm_a,
                "arm_b": spec.arm_b,
                "conf_level": spec.conf_level,
                "verdict": "too_little_data",
                "status": NO_DATA,
                "reason": REASON,
                "is_alike": False,
            }


def _people(part: pl.DataFrame, spec: ComparisonSpec) -> dict[str, int]:
    """Count the people and coaches of either arm, and nobody who left: that isn't told here."""
    found: dict[str, int] = {}
    for arm, label in (("a", spec.arm_a), ("b", spec.arm_b)):
        own = part.filter(pl.col("arm").cast(pl.String) == label)
        found |= {
            f"n_people_{arm}": own.height,
            f"n_coaches_{arm}": own["coach_key"].n_unique(),
            f"n_leavers_{arm}": 0,
        }
    return found
