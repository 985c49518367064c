"""What divides the workforce into parts: sites, roles, tenure, contracts and quarters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.outcomes.survival import Ints

UNKNOWN = "unknown"
TENURE_BANDS = {
    "under 90 days": 90,
    "90 days to 1 year": 365,
    "1 to 3 years": 1096,
    "3 years or more": None,
}
"""Each band's name, and the day of tenure on which the next one begins."""


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


@dataclass(frozen=True)
class Part:
    """The people who share one value of a segment."""

    segment: str
    value: str
    rows: Ints
    """Positions among the people of the comparison."""


def divide(frame: pl.DataFrame) -> dict[str, list[Part]]:
    """Divide the people (rows of `frame`) by every segment that has at least two values.

    Who lacks the value is a part of their own, so that the parts always add up to everybody.
    """
    parts = {}
    for segment, (column, expression) in SEGMENTS.items():
        if column not in frame.columns:
            continue
        text = frame.select(expression.fill_null(UNKNOWN)).to_series().to_numpy().astype(str)
        names, code = np.unique(text, return_inverse=True)
        if len(names) < 2:
            continue
        order = np.argsort(code, kind="stable")
        ends = np.cumsum(np.bincount(code))[:-1]
        parts[segment] = [
            Part(segment, str(name), rows)
            for name, rows in zip(names, np.split(order, ends), strict=True)
        ]
    return parts
