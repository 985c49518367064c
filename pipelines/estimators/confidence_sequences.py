"""Intervals that may be read every night, and acted upon on whichever night one likes.

A 95 % interval is right 19 times in 20 on a night chosen beforehand. Whoever looks every night and
stops when it excludes no difference is wrong far more often. An asymptotic confidence sequence is
a series of intervals that hold the truth on *all* nights together with 95 % probability, once
there are enough people for the usual approximations:

    estimate  +-  std_error * sqrt( (1 + v) / v * log( (1 + v) / alpha^2 ) )

with v = c (scale / std_error)^2 and c = -2 log(alpha) + log(1 - 2 log(alpha)), about 7.9 at 95 %.
It is Robbins' normal mixture boundary (Robbins 1970, Ann Math Stat 41:1397) for estimates that are
sums of influences (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2024, Ann Stat 52:2613). `scale`
must be fixed before the data are seen: it is the standard error at which the interval is narrowest
compared with the fixed one. Here that is 2 percentage points, where it is 1.55 times as wide.

It stands on information that grows by independent bits. Where more people of the same coaches come
in, estimates of successive nights move together more closely than that, which makes repeated
looking less dangerous, not more. A restatement of old data, or a horizon chosen after looking, is
covered by no interval. The t distribution's extra width for few coaches is kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from scipy import special

from pipelines.estimators.kernels.survival import Floats
from pipelines.estimators.results import ALL_PEOPLE, ANYTIME_INTERVAL_SCHEMA

NARROWEST_AT = 0.02
"""Standard error of a difference of risks at which the interval is tightest (2 per 100)."""
NARROWEST_AT_DEVIATIONS = 0.045
"""The same for a mean, in standard deviations between people: 2 per 100 are as much at a risk of 3
in 10."""
DESIGNS = ("weighted", "doubly_robust", "as_assigned")
_COPIED = [name for name in ANYTIME_INTERVAL_SCHEMA if not name.startswith("anytime")]


def anytime_factor(
    std_error: Floats, conf_level: float, narrowest_at: float = NARROWEST_AT
) -> Floats:
    """Return how many standard errors (> 0) an anytime-valid interval reaches to either side."""
    alpha = 1.0 - conf_level
    best = -2.0 * np.log(alpha) + np.log(1.0 - 2.0 * np.log(alpha))
    ratio = best * (narrowest_at / np.asarray(std_error, dtype=np.float64)) ** 2
    squared = (1.0 + ratio) / ratio * np.log((1.0 + ratio) / alpha**2)
    return np.asarray(np.sqrt(squared), dtype=np.float64)


def anytime_rows(comparison: pl.DataFrame) -> pl.DataFrame:
    """Return the adjusted differences of risks with the interval that holds on every night.

    `comparison` is the comparison as it may be shown; what has no interval there has none here.
    """
    told = comparison.filter(
        pl.col("segment") == ALL_PEOPLE,
        pl.col("design").is_in(DESIGNS),
        pl.col("estimand") == "risk_difference",
    )
    rows = [{name: row[name] for name in _COPIED} | _limits(row) for row in told.to_dicts()]
    return pl.DataFrame(rows, schema=ANYTIME_INTERVAL_SCHEMA)


def anytime_margin(
    std_error: float, margin: float, conf_level: float, narrowest_at: float = NARROWEST_AT
) -> float:
    """Return half the width of the interval for every night, from the error and half of one's."""
    few_coaches = margin / std_error / float(special.ndtri((1.0 + conf_level) / 2.0))
    factor = float(anytime_factor(np.array(std_error), conf_level, narrowest_at))
    return few_coaches * std_error * factor


def _limits(row: dict[str, Any]) -> dict[str, float | None]:
    error, low, high = row["std_error"], row["conf_low"], row["conf_high"]
    if not error or low is None or high is None:
        return {"anytime_conf_low": None, "anytime_conf_high": None}
    margin = anytime_margin(error, (high - low) / 2.0, row["conf_level"])
    return {
        "anytime_conf_low": row["estimate"] - margin,
        "anytime_conf_high": row["estimate"] + margin,
    }
