"""How many people share what others may know of a person: k-anonymity (Sweeney 2002).

People with the same values of some characteristics form a class. Whoever knows these of somebody
finds a class, not a person; k is the size of the smallest class. It is reported, not promised:
with many characteristics at once k is 1 in any organisation, and then it says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

SMALL_CLASS = 5
"""The size that reports on health and personnel data are usually held to."""

K_ANONYMITY_SCHEMA: dict[str, type[pl.DataType]] = {
    "table_name": pl.String,
    "characteristics": pl.String,
    "n_people": pl.Int64,
    "n_classes": pl.Int64,
    "smallest_class": pl.Int64,
    "share_in_classes_under_5": pl.Float64,
    "share_in_small_classes": pl.Float64,
}


@dataclass(frozen=True)
class QuasiIdentifiers:
    """Quasi-identifiers: what somebody may know about the people in one published table."""

    table_name: str
    characteristics: tuple[str, ...]


KNOWN_TOGETHER = (
    QuasiIdentifiers("marts.agent", ("site", "role")),
    QuasiIdentifiers("marts.agent", ("site", "role", "employment_type")),
    QuasiIdentifiers("marts.agent", ("site", "team", "role")),
    QuasiIdentifiers("marts.agent", ("site", "role", "hire_month")),
    QuasiIdentifiers("marts.agent", ("site", "exit_month")),
    QuasiIdentifiers(
        "marts.agent",
        ("site", "team", "role", "employment_type", "weekly_hours", "hire_month", "exit_month"),
    ),
    QuasiIdentifiers("marts.coaching_episode", ("site", "calendar_month")),
    QuasiIdentifiers(
        "marts.coaching_episode", ("site", "team", "employment_type", "calendar_month")
    ),
)
"""What colleagues know of each other, from little to a lot."""


def k_anonymity(frame: pl.DataFrame, known: QuasiIdentifiers, min_group: int) -> dict[str, object]:
    """Return one row of the report over a table with one row per person.

    A missing value is a value of its own. Shares are fractions of the people, NULL without people.
    """
    sizes = class_sizes(frame, known.characteristics)
    return {
        "table_name": known.table_name,
        "characteristics": ", ".join(known.characteristics),
        "n_people": frame.height,
        "n_classes": sizes.len(),
        "smallest_class": sizes.min(),
        "share_in_classes_under_5": _share_of_people(sizes, SMALL_CLASS),
        "share_in_small_classes": _share_of_people(sizes, min_group),
    }


def class_sizes(frame: pl.DataFrame, characteristics: Sequence[str]) -> pl.Series:
    """How many people each class has, in no order."""
    return frame.group_by(characteristics).len(name="n_people")["n_people"].cast(pl.Int64)


def _share_of_people(sizes: pl.Series, under: int) -> float | None:
    return int(sizes.filter(sizes < under).sum()) / int(sizes.sum()) if sizes.len() else None
