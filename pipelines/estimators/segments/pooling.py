"""Every part's estimate beside what all parts of its segment say together.

Made of released rows only: a part that is hidden for privacy takes no part in the pooling, so
nothing that is published about the others tells about it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from pipelines.core.parts import CROSS
from pipelines.core.status import TOO_LITTLE_DATA, Absence
from pipelines.estimators.kernels.multiplicity import holm
from pipelines.estimators.kernels.random_effects import Pooled, heterogeneity_p, pool
from pipelines.estimators.results import COMPARISON_SCHEMA, SEGMENT_ESTIMATE_SCHEMA
from pipelines.estimators.segments.comparison import JointEstimates

POOLED_VERDICTS = ("better", "worse", "no_clear_difference")
"""Estimates with these words have enough data to be pooled."""
TOO_FEW = Absence(
    TOO_LITTLE_DATA, "too few parts of this segment have enough data to be read together"
)

_OWN = [name for name in SEGMENT_ESTIMATE_SCHEMA if name in COMPARISON_SCHEMA or name == "rounding"]
"""What a part says by itself, as it is released."""
_Row = dict[str, Any]


def segment_estimates(released: pl.DataFrame, joint: Sequence[JointEstimates]) -> pl.DataFrame:
    """Return a row for every part, outcome and horizon: its own estimate and the shrunken one.

    `released` is the comparison as it may be shown. The p-values of all segments, outcomes and
    horizons are adjusted together. Parts of which nobody is compared stand at the end.
    """
    found = {
        (row["segment"], row["segment_value"], row["outcome"], row["horizon_days"]): row
        for row in released.filter(
            pl.col("design") == "weighted",
            pl.col("estimand").is_in(["risk_difference", "mean_difference"]),
            pl.col("segment") != "all",
        ).to_dicts()
    }
    groups: list[list[_Row]] = []
    p_values: list[float | None] = []
    for each in joint:
        names = [(each.segment, v, each.outcome, each.horizon_days) for v in each.values]
        rows, p_value = _one_segment(each, [found.pop(name) for name in names])
        groups.append(rows)
        p_values.append(p_value)
    tested = [p for p in p_values if p is not None]
    adjusted = iter(holm(tested))
    for group, p in zip(groups, p_values, strict=True):
        test = {"heterogeneity_p": p, "heterogeneity_p_adjusted": None, "n_tests": len(tested)}
        if p is not None:
            test["heterogeneity_p_adjusted"] = next(adjusted)
        for row in group:
            row |= test
    rows = [row for group in groups for row in group]
    rows += [
        {key: row[key] for key in _OWN} | _test_beside(name, rows)
        for name, row in found.items()
        if CROSS not in name[0]
    ]
    return pl.DataFrame(rows, schema=SEGMENT_ESTIMATE_SCHEMA)


def _test_beside(name: tuple[str, str, str, int], rows: Sequence[_Row]) -> _Row:
    """Return the test of the parts that a part without counterparts stands beside."""
    beside = (
        row
        for row in rows
        if (row["segment"], row["outcome"], row["horizon_days"]) == (name[0], *name[2:])
    )
    told = next(beside, {})
    tested = ("heterogeneity_p", "heterogeneity_p_adjusted", "n_tests")
    return {key: told.get(key) for key in tested}


def _one_segment(
    each: JointEstimates, part_rows: Sequence[_Row]
) -> tuple[list[_Row], float | None]:
    """Return the rows of one segment for one outcome and horizon, and its p-value."""
    pooled_at = [position for position, row in enumerate(part_rows) if _is_pooled(row)]
    rows = [_own(each, position, row) for position, row in enumerate(part_rows)]
    if len(pooled_at) < 2:
        for position in pooled_at:
            rows[position] |= TOO_FEW.columns()
        return rows, None
    estimates = np.array([part_rows[position]["estimate"] for position in pooled_at])
    covariance = each.covariance[np.ix_(pooled_at, pooled_at)]
    pooled = pool(estimates, covariance, part_rows[0]["conf_level"])
    for place, position in enumerate(pooled_at):
        rows[position] |= _shrunken(pooled, place)
    return rows, heterogeneity_p(estimates, covariance, each.n_clusters)


def _is_pooled(row: _Row) -> bool:
    return row["verdict"] in POOLED_VERDICTS and bool(row["std_error"])


def _own(each: JointEstimates, position: int, row: _Row) -> _Row:
    """Return what a part says by itself."""
    smd = float(each.largest_smd[position])
    is_shown = row["estimate"] is not None and not math.isnan(smd)
    return {name: row[name] for name in _OWN} | {"largest_smd_after": smd if is_shown else None}


def _shrunken(pooled: Pooled, place: int) -> _Row:
    return {
        "shrunken_estimate": float(pooled.shrunken[place]),
        "shrunken_conf_low": float(pooled.conf_low[place]),
        "shrunken_conf_high": float(pooled.conf_high[place]),
        "n_pooled": len(pooled.shrunken),
        "pooled_mean": pooled.mean,
        "between_sd": pooled.between_sd,
        "between_sd_low": pooled.between_sd_low,
        "between_sd_high": pooled.between_sd_high,
    }
