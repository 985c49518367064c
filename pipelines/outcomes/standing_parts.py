"""Parts of the workforce read together when some of them stand as they were on an earlier night.

A part that is held back for privacy keeps its estimate and its error as they were released. Beside
the parts of tonight it counts with these; how its error hangs together with theirs is left aside,
because it would tell of tonight's people. Coaches seldom work in two parts, so that costs little.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from scipy import special

from pipelines.outcomes.segment_estimates import segment_estimates
from pipelines.outcomes.segments import Together

PART_TOGETHER = "part_together"
"""The private table of `outcomes` that keeps `together_frame`."""
PART_TOGETHER_SCHEMA: dict[str, pl.DataType] = {
    "segment": pl.String(),
    "outcome": pl.String(),
    "horizon_days": pl.Int64(),
    "estimand": pl.String(),
    "segment_values": pl.List(pl.String()),
    "covariance": pl.List(pl.Float64()),
    "n_clusters": pl.Int64(),
    "largest_smd": pl.List(pl.Float64()),
}
"""`Together` as rows; the covariance of K parts as K x K numbers, row by row."""
PART = ("segment", "segment_value", "outcome", "horizon_days")
"""What names a part's estimate."""
_DESIGN = "weighted"

Part = tuple[str, str, str, int]
"""Segment, its value, outcome and horizon."""


def together_frame(together: Iterable[Together]) -> pl.DataFrame:
    """How the parts' estimates err together, as it is kept for the release."""
    rows = [
        (
            each.segment,
            each.outcome,
            each.horizon_days,
            each.estimand,
            list(each.values),
            each.covariance.ravel().tolist(),
            each.n_clusters,
            each.largest_smd.tolist(),
        )
        for each in together
    ]
    return pl.DataFrame(rows, schema=PART_TOGETHER_SCHEMA, orient="row")


def together_of(frame: pl.DataFrame) -> list[Together]:
    """Read what `together_frame` wrote."""
    return [
        Together(
            segment=row["segment"],
            outcome=row["outcome"],
            horizon_days=row["horizon_days"],
            estimand=row["estimand"],
            values=tuple(row["segment_values"]),
            covariance=np.array(row["covariance"], dtype=np.float64).reshape(
                (len(row["segment_values"]),) * 2
            ),
            n_clusters=row["n_clusters"],
            largest_smd=np.array(row["largest_smd"], dtype=np.float64),
        )
        for row in frame.to_dicts()
    ]


def read_together(
    released: pl.DataFrame, together: Sequence[Together], held: Collection[Part]
) -> pl.DataFrame:
    """Return the rows of `segment_estimates` where some parts are ``held`` as in `released`.

    What the weights leave of the differences between a held part's arms isn't told, because it is
    tonight's.
    """
    if not held:
        return segment_estimates(released, together)
    variances = _released_variances(released)
    adjusted = [_with_standing(each, variances, held) for each in together]
    return segment_estimates(released, adjusted)


def _released_variances(released: pl.DataFrame) -> dict[Part, float]:
    """The variance that each part's released interval says, read with the normal distribution."""
    rows = released.filter(pl.col("design") == _DESIGN, pl.col("conf_low").is_not_null())
    return {
        (row["segment"], row["segment_value"], row["outcome"], row["horizon_days"]): (
            (row["conf_high"] - row["conf_low"])
            / (2.0 * float(special.ndtri((1.0 + row["conf_level"]) / 2.0)))
        )
        ** 2
        for row in rows.to_dicts()
        if row["estimand"] in ("risk_difference", "mean_difference")
    }


def _with_standing(
    each: Together, variances: dict[Part, float], held: Collection[Part]
) -> Together:
    """Put the released variance in the place of everything tonight says of a held part's error."""
    parts = [(each.segment, value, each.outcome, each.horizon_days) for value in each.values]
    covariance, largest_smd = each.covariance.copy(), each.largest_smd.copy()
    for position, part in enumerate(parts):
        if part in held:
            covariance[position, :] = covariance[:, position] = 0.0
            covariance[position, position] = variances.get(part, np.nan)
            largest_smd[position] = np.nan
    return replace(each, covariance=covariance, largest_smd=largest_smd)
