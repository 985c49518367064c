"""What divides the workforce into parts: sites, roles, tenure, contracts and quarters.

A part has one value of one segment, or one value each of two of them ("site × tenure_band").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from pipelines.core.parts import CROSS, TENURE_BANDS
from pipelines.estimators.kernels.survival import Ints

UNKNOWN = "unknown"


def _tenure_band() -> pl.Expr:
    """Return the first band whose end lies after the tenure; NULL for an unknown tenure."""
    tenure = pl.col("tenure_days")
    return pl.coalesce(
        pl.when(tenure < below if below is not None else tenure.is_not_null()).then(pl.lit(name))
        for name, below in TENURE_BANDS.items()
    )


def _text(column: str) -> pl.Expr:
    text = pl.col(column).cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(text)


SEGMENTS: Mapping[str, tuple[str, pl.Expr]] = {
    "site": ("site", _text("site")),
    "role": ("role", _text("role")),
    "tenure_band": ("tenure_days", _tenure_band()),
    "employment_type": ("employment_type", _text("employment_type")),
    "period": (
        "day_0",
        pl.format("{}-Q{}", pl.col("day_0").dt.year(), pl.col("day_0").dt.quarter()),
    ),
}
"""What divides the people: the column of the episodes that it is made of, and how."""


CROSSED = ("site", "role", "tenure_band", "period")
"""Segments that are also taken two at a time; each pair keeps this order."""


NAMED = ("site", "role", "employment_type")
"""Columns with words of the organisation's own; a word that few have could be a person's name."""
RARE = "other"


@dataclass(frozen=True)
class Part:
    """The people who share one value of a segment, or of two."""

    segment: str
    value: str
    rows: Ints
    """Positions among the people of the comparison."""


def pool_rare(frame: pl.DataFrame, min_group: int) -> pl.DataFrame:
    """Return the people with "other" for every word that fewer than `min_group` of them have."""
    return frame.with_columns(
        pl.when(pl.len().over(name) < min_group, pl.col(name).is_not_null())
        .then(pl.lit(RARE))
        .otherwise(name)
        .alias(name)
        for name in NAMED
        if name in frame.columns
    )


def divide(frame: pl.DataFrame) -> dict[str, list[Part]]:
    """Divide the people (rows of `frame`) by every segment that has at least two values.

    Who lacks the value is a part of their own, so that the parts always add up to everybody.
    """
    return {
        segment: _parts(segment, names, code) for segment, (names, code) in _codes(frame).items()
    }


def divide_twice(frame: pl.DataFrame) -> dict[str, list[Part]]:
    """Divide the people by every two of `CROSSED` that have at least two values each.

    Parts that nobody is in aren't listed; the others add up to everybody.
    """
    codes = _codes(frame)
    parts = {}
    for pair in combinations([segment for segment in CROSSED if segment in codes], 2):
        (names, code), (other_names, other_code) = codes[pair[0]], codes[pair[1]]
        names_of_both = [
            CROSS.join(each.replace(CROSS, " x ") for each in (name, other))
            for name in names
            for other in other_names
        ]
        found, both = np.unique(code * len(other_names) + other_code, return_inverse=True)
        segment = CROSS.join(pair)
        parts[segment] = _parts(segment, [names_of_both[each] for each in found], both)
    return parts


def _codes(frame: pl.DataFrame) -> dict[str, tuple[list[str], Ints]]:
    """Return each segment's values, and which of them every person has (n,)."""
    codes = {}
    for segment, (column, expression) in SEGMENTS.items():
        if column not in frame.columns:
            continue
        text = frame.select(expression.fill_null(UNKNOWN)).to_series().to_numpy().astype(str)
        names, code = np.unique(text, return_inverse=True)
        if len(names) > 1:
            codes[segment] = (names.tolist(), code)
    return codes


def _parts(segment: str, names: Sequence[str], code: Ints) -> list[Part]:
    order = np.argsort(code, kind="stable")
    ends = np.cumsum(np.bincount(code, minlength=len(names)))[:-1]
    return [
        Part(segment, name, rows) for name, rows in zip(names, np.split(order, ends), strict=True)
    ]
