"""A panel of units over periods, checked and spread out for `staggered_did`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.core.errors import PipelineError
from pipelines.estimators.kernels.survival import Floats, Ints

PANEL_COLUMNS = ("unit", "period", "first_treated_period", "value", "weight")
NEVER = np.iinfo(np.int64).max
"""Stands for the first period of a unit that doesn't start while it is observed."""


class RolloutError(PipelineError):
    """A panel can't be used: what is wrong with it, and what was expected."""


@dataclass(frozen=True)
class Panel:
    """Values (n, periods), their weights (0: not observed), and when units start."""

    values: Floats
    weights: Floats
    first: Ints
    """(n,) position of the period of the start; 0 or less: no period before it is there."""
    cluster: Ints
    """(n,) cluster of each unit, 0..n_clusters-1."""
    n_clusters: int


def panel_of(panel: pl.DataFrame) -> Panel:
    """Check a panel and spread it over units and periods; its columns as for `event_study`."""
    if missing := [name for name in PANEL_COLUMNS if name not in panel.columns]:
        raise RolloutError(f"the panel lacks the column(s) {', '.join(missing)}")
    known = panel.select(
        pl.col("unit"),
        pl.col("period", "first_treated_period").cast(pl.Int64),
        pl.col("value", "weight").cast(pl.Float64),
        cluster="cluster" if "cluster" in panel.columns else pl.lit(None, pl.String),
    ).filter(pl.col("value").is_finite(), pl.col("weight") > 0)
    row = _numbered(known["unit"])
    period = known["period"].to_numpy()
    start = int(period.min()) if len(period) else 0
    column = period - start
    shape = int(row.max(initial=-1)) + 1, int(column.max(initial=-1)) + 1
    units = _units_of(known, row, column, shape)
    values, weights = np.zeros((2, *shape))
    values[row, column] = known["value"].to_numpy()
    weights[row, column] = known["weight"].to_numpy()
    first = (units["first_treated_period"] - start).fill_null(NEVER).to_numpy()
    names, cluster = np.unique(_cluster_names(units).to_numpy().astype(str), return_inverse=True)
    return Panel(values, weights, first, cluster.astype(np.int64), len(names))


def _numbered(unit: pl.Series) -> Ints:
    """Number the units by their names, for each row; rows in that order need no sorting."""
    number = unit.rle_id() if unit.is_sorted() else unit.rank("dense") - 1
    return number.to_numpy().astype(np.int64)


def _units_of(known: pl.DataFrame, row: Ints, column: Ints, shape: tuple[int, int]) -> pl.DataFrame:
    """Return one row per unit, by number; raises RolloutError where a unit contradicts itself."""
    is_there = np.zeros(shape, dtype=bool)
    is_there[row, column] = True
    if int(is_there.sum()) < len(row):
        raise RolloutError("a unit is there more than once in a period")
    first_seen = np.zeros(shape[0], dtype=np.int64)
    first_seen[row[::-1]] = np.arange(len(row))[::-1]
    units = known.select("unit", "first_treated_period", "cluster")[first_seen]
    for name in ("first_treated_period", "cluster"):
        if not known[name].eq_missing(units[name].gather(row)).all():
            raise RolloutError("a unit has more than one first_treated_period or cluster")
    return units


def _cluster_names(units: pl.DataFrame) -> pl.Series:
    """The cluster of each unit; one without is its own."""
    return units.select(
        pl.coalesce(pl.format("cluster {}", "cluster"), pl.format("unit {}", "unit"))
    ).to_series()
