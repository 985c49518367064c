"""Whether a column says something else of late: its mix of values, or its mean.

The last `RECENT_DAYS` of a source are held against the year before them.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.contracts.sources import Source
from pipelines.core.warehouse import Connection
from pipelines.quality.staged_values import fetch_staged

RECENT_DAYS = 90
BASE_DAYS = 365
MIN_ROWS = 50
"""In each of the two spans; with fewer, a share may move by 14 points by chance alone."""
MAX_PSI = 0.25
"""The usual reading of the index: under 0.1 stable, over 0.25 another population."""
CHANCE = 0.001
"""With few rows the index exceeds 0.25 by chance; it is only told where that has this chance."""
MAX_MEAN_SHIFT = 0.5
"""Half a standard deviation: what a change of scale or of who is measured does, no season."""
MAX_VALUES = 20
EMPTY, OTHERS = "(empty)", "(others)"
_SPANS: dict[str, Any] = {"recent_days": RECENT_DAYS, "base_days": BASE_DAYS}


@dataclass(frozen=True)
class MixShift:
    """How far a mix moved (population stability index) and the value that moved most."""

    index: float
    n_values: int
    value: str
    share_before: float
    share_now: float
    n_rows: int
    n_rows_now: int

    @property
    def limit(self) -> float:
        """What the index may be."""
        return psi_limit(self.n_rows_now, self.n_rows - self.n_rows_now, self.n_values)

    @property
    def is_beyond_limit(self) -> bool:
        """Whether the mix moved further than is allowed and than chance explains."""
        return self.index > MAX_PSI and self.index > self.limit


@dataclass(frozen=True)
class MeanShift:
    """How far a mean moved, in standard deviations of the year before."""

    in_sd: float
    n_rows: int
    n_rows_now: int

    @property
    def is_beyond_limit(self) -> bool:
        """Whether the mean moved further than is allowed."""
        return not abs(self.in_sd) <= MAX_MEAN_SHIFT


def psi_terms(now: Sequence[int], before: Sequence[int]) -> list[float]:
    """The terms whose sum is the population stability index of two lists of counts.

    Half a row is added to every count, so that a value that is new or gone has a finite term.
    """
    total_now, total_before = (sum(n) + 0.5 * len(n) for n in (now, before))
    shares = [
        ((a + 0.5) / total_now, (b + 0.5) / total_before) for a, b in zip(now, before, strict=True)
    ]
    return [(p - q) * math.log(p / q) for p, q in shares]


def psi_limit(n_now: int, n_before: int, n_values: int) -> float:
    """What the index may be: `MAX_PSI`, or more where chance alone reaches that.

    Between two samples of one population the index is distributed as (1/n + 1/m) times
    chi-squared with one degree of freedom fewer than there are values.
    """
    if n_values < 2:
        return MAX_PSI
    from scipy.special import chdtri  # most nights have no mix that moved so far

    by_chance = (1 / n_now + 1 / n_before) * float(chdtri(n_values - 1, CHANCE))
    return max(MAX_PSI, by_chance)


def mix_shift(con: Connection, source: Source, column: str, *, as_of: dt.date) -> MixShift | None:
    """The shift of a text column's mix, empty values included; None with too few rows.

    Absence types are counted where hours were missed only.
    """
    counts = fetch_staged(
        con,
        "checks/values_by_span",
        source,
        column,
        where="absent_hours > 0" if column == "absence_type" else "true",
        as_of=as_of,
        empty=EMPTY,
        **_SPANS,
    )
    n_now, n_before = int(counts["n_now"].sum()), int(counts["n_before"].sum())
    if min(n_now, n_before) < MIN_ROWS:
        return None
    counts = _few_values(counts)
    terms = psi_terms(counts["n_now"].to_list(), counts["n_before"].to_list())
    moved = counts.row(max(range(len(terms)), key=terms.__getitem__), named=True)
    return MixShift(
        index=sum(terms),
        n_values=counts.height,
        value=moved["value"],
        share_before=moved["n_before"] / n_before,
        share_now=moved["n_now"] / n_now,
        n_rows=n_now + n_before,
        n_rows_now=n_now,
    )


def mean_shift(con: Connection, source: Source, column: str, *, as_of: dt.date) -> MeanShift | None:
    """The shift of a numeric column's mean; None with too few values or without any spread."""
    found = fetch_staged(con, "checks/mean_by_span", source, column, as_of=as_of, **_SPANS)
    row = found.row(0, named=True)
    if min(row["n_now"], row["n_before"]) < MIN_ROWS or not row["spread"]:
        return None
    return MeanShift(
        in_sd=(row["mean_now"] - row["mean_before"]) / row["spread"],
        n_rows=row["n_now"] + row["n_before"],
        n_rows_now=row["n_now"],
    )


def _few_values(counts: pl.DataFrame) -> pl.DataFrame:
    """The most frequent values; the rest together, since a free label may have hundreds."""
    if counts.height <= MAX_VALUES:
        return counts
    rest = counts[MAX_VALUES - 1 :].select(
        pl.lit(OTHERS).alias("value"), pl.col("n_now").sum(), pl.col("n_before").sum()
    )
    return pl.concat([counts[: MAX_VALUES - 1], rest])
