"""Rare values of characteristics that tell people apart: pooled into "other", the same everywhere.

A value that fewer than ``min_group`` people ever had points at them, whatever else is coarsened.
People are counted over all tables together and the pooled values are the same in all of them, so
that no join undoes it. Where the pool itself would hold fewer people than that, the rarest of the
values that are left goes in too: a pool of three is no better than a value that three people have.
"""

from __future__ import annotations

import polars as pl

from pipelines.core.parts import POOL

RareValues = dict[str, tuple[str, ...]]
"""By characteristic, the values that are pooled, in order."""


def rare_values(people: pl.DataFrame, min_group: int) -> RareValues:
    """Find the values to pool.

    ``people`` has a row per ``characteristic``, ``value`` (text) and ``person`` who ever had it;
    rows may stand several times. Characteristics without a rare value aren't in the result.
    """
    found = {}
    for (characteristic,), rows in people.partition_by(
        "characteristic", as_dict=True, include_key=False
    ).items():
        pooled = _pooled(rows, min_group)
        if pooled:
            found[str(characteristic)] = tuple(sorted(pooled))
    return dict(sorted(found.items()))


def _pooled(rows: pl.DataFrame, min_group: int) -> list[str]:
    """The values of one characteristic to pool; what people already have in the pool counts."""
    sizes = (
        rows.group_by("value")
        .agg(n_people=pl.col("person").n_unique())
        .sort("n_people", "value")
        .rows()
    )
    pooled = [value for value, n_people in sizes if n_people < min_group]
    left = [value for value, n_people in sizes if n_people >= min_group]
    while pooled and left and _n_people(rows, [*pooled, POOL]) < min_group:
        pooled.append(left.pop(0))
    return pooled


def _n_people(rows: pl.DataFrame, values: list[str]) -> int:
    return rows.filter(pl.col("value").is_in(values))["person"].n_unique()
