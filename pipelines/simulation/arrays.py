"""Array types and the day arithmetic shared by the sample's modules.

Inside the simulation a date is a whole number of days since 1970-01-01, which NumPy adds and
compares without ceremony; frames get real dates at the very end.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NEVER = 10**6
"""A day number beyond every calendar here: the event hasn't happened."""

_EPOCH = date(1970, 1, 1)
_MONDAY = 4  # 1970-01-05 was a Monday: day number 4


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def weekday(days: Ints) -> Ints:
    """Day of the week of day numbers, Monday = 0."""
    return np.asarray((days - _MONDAY) % 7, dtype=np.int64)


def to_weekday(days: Ints) -> Ints:
    """Move a Saturday to the Friday before and a Sunday to the Monday after."""
    of_week = weekday(days)
    return np.asarray(days + np.array([0, 0, 0, 0, 0, -1, 1])[of_week], dtype=np.int64)


def date_series(days: Ints) -> pl.Series:
    """Day numbers as a Polars date column; null where it is `NEVER`."""
    missing = days >= NEVER
    series = pl.Series(np.where(missing, 0, days).astype(np.int32)).cast(pl.Date)
    return with_nulls(series, missing)


def with_nulls(series: pl.Series, missing: Bools) -> pl.Series:
    """The same column with null where ``missing``."""
    if not missing.any():
        return series
    return pl.select(pl.when(pl.Series(~missing)).then(series)).to_series()


def numbered(prefix: str, numbers: Ints, width: int) -> pl.Series:
    """Identifiers such as ``E000123``: a prefix and zero-padded numbers."""
    text = pl.Series(numbers).cast(pl.String).str.zfill(width)
    return pl.select(pl.lit(prefix) + text).to_series()


def sigmoid(logit: Floats) -> Floats:
    """Probability of a log-odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-logit)), dtype=np.float64)


def choose(rng: np.random.Generator, probabilities: Floats) -> Ints:
    """Draw one category per row.

    Args:
        rng: the source of randomness.
        probabilities: (rows, categories), each row summing to 1.
    """
    draws = rng.random(len(probabilities))
    chosen = (draws[:, None] > np.cumsum(probabilities, axis=1)).sum(axis=1)
    last = probabilities.shape[1] - 1
    return np.asarray(np.minimum(chosen, last), dtype=np.int64)
